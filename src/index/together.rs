//! What records show together: the identifiers of one person, and the names of one
//! conversation.
//!
//! A conversation has the name that the first record with one of its identifiers gave
//! it: see `thread`. When that record is gone, an index that is made anew may name it
//! otherwise, but always by one of the names that its records show together here.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::{DocId, SegmentReader};

use super::facts::{PIECE_DOCUMENTS, Words, incomplete, mark};
use super::schema::{ALIAS, LEAF, PARTIES, THREAD};
use super::selection::Selection;
use super::view::Shared;
use super::{Error, Index};
use crate::policy::{Groups, Joined};
use crate::tlog::LeafIndex;

const STEP: &str = "read what records show together";

/// Which identifiers of parties records show together, and of which pieces of the index
/// that was read: what was read once is not read again.
#[derive(Clone, Debug, Default)]
pub struct People {
    joined: Arc<Joined>,
    read: HashSet<SegmentId>,
}

/// What records show together: see [`Index::together`].
#[derive(Debug, Default)]
pub struct Together {
    /// Identifiers of parties.
    pub parties: Joined,
    /// Names of conversations, used and not.
    pub threads: Joined<[u8; 16]>,
}

/// The columns of a segment that names are in.
struct Named {
    leaf: Column<u64>,
    parties: Words<8>,
    thread: Words<16>,
    alias: Words<16>,
}

impl Index {
    /// Which identifiers of parties records show together, reading only what was not read
    /// before: what was joined once stays joined, though a record that showed it be erased
    /// meanwhile. Blocks.
    ///
    /// # Errors
    /// As [`Index::facts`].
    pub fn people(&self, before: &People) -> Result<People, Error> {
        people(&self.0, before)
    }

    /// What records show together, those of some entries left out. Blocks.
    ///
    /// # Errors
    /// As [`Index::facts`].
    pub fn together(&self, without: &Selection) -> Result<Together, Error> {
        together(&self.0, without)
    }
}

impl People {
    /// Whether nothing was joined since.
    pub(super) fn is_as(&self, before: &Self) -> bool {
        Arc::ptr_eq(&self.joined, &before.joined)
    }

    /// What belongs together.
    pub fn joined(&self) -> &Joined {
        &self.joined
    }
}

/// Reads on: see [`Index::people`].
fn people(shared: &Arc<Shared>, before: &People) -> Result<People, Error> {
    let view = shared.view();
    let parts = shared.ask(STEP, &view, |view| {
        let segments = view.searcher.segment_readers().par_iter();
        let new = segments.filter(|segment| !before.read.contains(&segment.segment_id()));
        new.map(shown_in).collect::<tantivy::Result<Vec<Joined>>>()
    })?;
    let mut joined = Arc::clone(&before.joined);
    for part in parts.iter().filter(|part| !part.is_empty()) {
        Arc::make_mut(&mut joined).unite(part);
    }
    let segments = view.searcher.segment_readers().iter();
    let read = segments.map(SegmentReader::segment_id).collect();
    Ok(People { joined, read })
}

/// Which identifiers the records of a segment show together. They are put together by the
/// numbers that they have in the segment: there are few of them, and many records.
fn shown_in(segment: &SegmentReader) -> tantivy::Result<Joined> {
    let parties: Words<8> = Words::read(segment.fast_fields().bytes(PARTIES)?)?;
    let mut groups = Groups::of(parties.all().len());
    let alive = segment.alive_bitset();
    for document in 0..segment.max_doc() {
        if alive.is_some_and(|alive| alive.is_deleted(document)) {
            continue;
        }
        let mut numbers = parties.numbers_of(document);
        if let Some(first) = numbers.next() {
            numbers.for_each(|other| groups.join(first, other));
        }
    }
    let mut joined = Joined::default();
    for (number, name) in (0..).zip(parties.all()) {
        // One alone joins nothing.
        let first = Some(groups.first(number)).filter(|first| *first != number);
        if let Some(first) = first.and_then(|first| parties.all().get(first as usize)) {
            joined.take(&[mark(first), mark(name)]);
        }
    }
    Ok(joined)
}

/// Reads everything but some entries: see [`Index::together`].
fn together(shared: &Arc<Shared>, without: &Selection) -> Result<Together, Error> {
    let view = shared.view();
    let parts = shared.ask(STEP, &view, |view| {
        let mut parts = vec![];
        for segment in view.searcher.segment_readers() {
            let named = Named::open(segment)?;
            let pieces = (0..segment.max_doc()).step_by(PIECE_DOCUMENTS as usize);
            let read: Vec<Together> = pieces
                .collect::<Vec<DocId>>()
                .into_par_iter()
                .map(|first| {
                    let end = first.saturating_add(PIECE_DOCUMENTS).min(segment.max_doc());
                    named.read(segment, first..end, without)
                })
                .collect::<io::Result<_>>()?;
            parts.extend(read);
        }
        Ok(parts)
    })?;
    let mut whole = Together::default();
    for part in &parts {
        whole.parties.unite(&part.parties);
        whole.threads.unite(&part.threads);
    }
    Ok(whole)
}

impl Named {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            leaf: columns.u64(LEAF)?,
            parties: Words::read(columns.bytes(PARTIES)?)?,
            thread: Words::read(columns.bytes(THREAD)?)?,
            alias: Words::read(columns.bytes(ALIAS)?)?,
        })
    }

    fn read(
        &self,
        segment: &SegmentReader,
        documents: std::ops::Range<DocId>,
        without: &Selection,
    ) -> io::Result<Together> {
        let alive = segment.alive_bitset();
        let mut together = Together::default();
        let (mut parties, mut threads) = (vec![], vec![]);
        for document in documents {
            if alive.is_some_and(|alive| alive.is_deleted(document)) {
                continue;
            }
            let leaf = self.leaf.first(document).ok_or_else(incomplete)?;
            if without.contains(LeafIndex::new(leaf)) {
                continue;
            }
            parties.clear();
            parties.extend(self.parties.of(document).map(mark));
            together.parties.take(&parties);
            threads.clear();
            threads.extend(self.thread.of(document).chain(self.alias.of(document)).copied());
            together.threads.take(&threads);
        }
        Ok(together)
    }
}
