//! Opening everything of one person: all of it is written down first, in pages, then
//! opened piece by piece.
//!
//! Who answers a data subject opens records whose use is restricted as well: the person
//! has a right to them.

use std::collections::HashSet;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::access::Asked;
use super::medium::Medium;
use super::open::Opened;
use super::view::LinkView;
use super::{Access, Error, Inner, Query};
use crate::entry::{Entry, codec};
use crate::index::Selection;
use crate::record::{MediaRef, Record, RecordId};
use crate::tlog::hash::leaf_hash;
use crate::tlog::{Hash, LeafIndex};

/// The most records that one access names.
const PAGE_RECORDS_MAX: usize = 1_000;

/// What is opened of a person, and what for.
#[derive(Clone, Debug)]
pub struct Collecting {
    /// What for, in one word: `identify`, `report`.
    pub of: &'static str,
    /// Who it is, by the identifiers that were asked for.
    pub subject: Vec<String>,
    /// The request that it answers.
    pub request: Option<RecordId>,
    /// What is about to be opened.
    pub entries: Vec<LeafIndex>,
}

/// Records that were written down as opened, and may be.
#[derive(Debug)]
pub struct Collection {
    inner: Arc<Inner>,
    entries: Selection,
    media: HashSet<RecordId>,
}

/// One of them, opened.
pub struct Piece {
    /// The record.
    pub record: RecordId,
    /// The entry that keeps it.
    pub entry: Entry,
    /// The entry's leaf hash.
    pub leaf: Hash,
    /// What it says.
    pub content: Record,
    /// The same, exact bytes: JSON in one line.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// Its media, those that were fetched.
    pub media: Vec<LinkView>,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Piece").field("record", &self.record).finish_non_exhaustive()
    }
}

impl Query {
    /// Writes down that records are about to be opened, and gives what opens them. Nothing
    /// is opened before all of it is on disk.
    ///
    /// # Errors
    /// When a record has no place, or the accesses cannot be written down.
    pub async fn collect(
        &self,
        access: &Access,
        collecting: Collecting,
    ) -> Result<Collection, Error> {
        let Collecting { of, subject, request, entries } = collecting;
        let (named, media, entries) = self
            .blocking(move |inner| {
                let named = inner.named(&entries)?;
                let media = named.iter().map(|record| inner.linked(*record));
                let media: Vec<Vec<RecordId>> = media.collect::<Result<_, _>>()?;
                Ok((named, media, entries))
            })
            .await?;
        // Media are named beside the record that shows them.
        let shown: Vec<RecordId> = named
            .iter()
            .zip(&media)
            .flat_map(|(record, media)| std::iter::once(*record).chain(media.iter().copied()))
            .collect();
        let pages = shown.len().div_ceil(PAGE_RECORDS_MAX).max(1);
        for page in 1..=pages {
            let from = (page - 1) * PAGE_RECORDS_MAX;
            let part = shown.iter().skip(from).take(PAGE_RECORDS_MAX).copied();
            let (part, subject, access): (Vec<RecordId>, _, _) =
                (part.collect(), subject.clone(), access.clone());
            let prepared = self
                .blocking(move |inner| {
                    let (subject, shown) = (&subject[..], &part[..]);
                    let asked = Asked::Subject { of, subject, request, page, pages, shown };
                    inner.prepare(&access, asked)
                })
                .await?;
            self.write_down(prepared).await?;
        }
        let entries: Selection = entries.into_iter().collect();
        let media = media.into_iter().flatten().collect();
        Ok(Collection { inner: Arc::clone(&self.0), entries, media })
    }
}

impl Collection {
    /// Opens a record. Blocks.
    ///
    /// # Errors
    /// [`Error::Destroyed`], [`Error::Damaged`]; [`Error::NotFound`] where it is not one of
    /// those that were written down.
    pub fn open(&self, index: LeafIndex) -> Result<Piece, Error> {
        if !self.entries.contains(index) {
            return Err(Error::NotFound("record among those written down as opened"));
        }
        let leaf = leaf_hash(&self.inner.leaf_at(index)?);
        let opened = self.inner.open(index)?;
        let content = self.inner.record_in(index, &opened)?;
        let Opened { entry, kept, plaintext } = opened;
        let media = self.inner.links_of(index, kept.record)?;
        Ok(Piece { record: kept.record, entry, leaf, content, plaintext, media })
    }

    /// Opens a medium of a record that was opened. Blocks.
    ///
    /// # Errors
    /// As [`Collection::open`].
    pub fn medium(&self, announced: &MediaRef, medium: RecordId) -> Result<Medium, Error> {
        if !self.media.contains(&medium) {
            return Err(Error::NotFound("medium among those written down as opened"));
        }
        self.inner.medium(announced, self.inner.place_of(medium)?, medium)
    }

    /// The entry of a record, which is no content; `None` where its leaf does not read.
    pub fn entry(&self, index: LeafIndex) -> Option<(Entry, Hash)> {
        let leaf = self.inner.log.store().leaf(index).ok().flatten()?;
        Some((codec::decode(&leaf).ok()?, leaf_hash(&leaf)))
    }

    /// The entry that keeps a record, where there is one.
    pub fn place_of(&self, record: RecordId) -> Option<LeafIndex> {
        self.inner.place_of(record).ok()
    }

    /// The name under which a medium is given out, without opening it.
    pub fn name_of(announced: &MediaRef, medium: RecordId) -> String {
        super::medium::file_name_of(announced, medium)
    }
}

impl Inner {
    /// The records of entries.
    fn named(&self, entries: &[LeafIndex]) -> Result<Vec<RecordId>, Error> {
        let record = |index: &LeafIndex| {
            let entry = codec::decode(&self.leaf_at(*index)?)
                .map_err(|_| self.damaged(*index, "its leaf does not read"))?;
            let kept = entry.kept();
            let kept = kept.ok_or_else(|| self.damaged(*index, "it binds no record"))?;
            Ok(kept.record)
        };
        entries.iter().map(record).collect()
    }

    fn linked(&self, record: RecordId) -> Result<Vec<RecordId>, Error> {
        let links = self.log.store().links(record).map_err(Error::Store)?;
        Ok(links.into_iter().map(|(medium, _)| medium).collect())
    }
}
