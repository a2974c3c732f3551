//! A piece of the log, read and checked by itself on any thread.
//!
//! What needs its neighbours (the chain, the tree, the order of time) is handed
//! on to `fold`, which takes the pieces in order.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Timestamp;

use super::cursor::{Cursor, RowAt};
use super::finding::{FindingKind, Findings, Place, told};
use super::sealed::{Ground, check_sealed};
use super::sums::{Sum, SumKey};
use super::{Counts, checkpoints, leaf};
use crate::entry::{Entry, Event};
use crate::seal::Keyring;
use crate::store::Store;
use crate::store::rows::{Family, link_key};
use crate::tlog::note::VerifierKey;
use crate::tlog::{Hash, LeafIndex, leaf_hash};

/// Entries in a piece: enough to be worth a thread's while, few enough that
/// what is known of some pieces at once is little memory.
pub(super) const CHUNK_ENTRIES: u64 = 4096;

/// What every piece is checked against.
pub(super) struct Reader<'a> {
    pub(super) store: &'a Store,
    pub(super) origin: &'a str,
    pub(super) key: Option<&'a VerifierKey>,
    pub(super) keyring: Option<&'a Keyring>,
    pub(super) sums: Option<SumKey>,
}

/// What a piece hands on.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) first: u64,
    pub(super) links: Vec<Link>,
    /// The time of the first and of the last entry that could be read.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    pub(super) checkpoints: Vec<checkpoints::Claim>,
    pub(super) ids: Sum,
    pub(super) media_links: Sum,
    /// The names of the buckets that entries name.
    pub(super) buckets: BTreeSet<String>,
    pub(super) counts: Counts,
    pub(super) bytes: u64,
    pub(super) findings: Findings,
}

/// An entry as a link of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// Its leaf hash; `None` when there are no bytes.
    pub(super) hash: Option<Hash>,
    /// What it says its predecessor's leaf hash is; `None` when it is no entry,
    /// or not the one of its place.
    pub(super) prev: Option<Hash>,
}

impl Reader<'_> {
    /// Reads and checks a range of the log.
    pub(super) fn read(&self, range: Range<u64>) -> Chunk {
        let mut chunk = Chunk { first: range.start, ..Chunk::default() };
        let mut entries = Cursor::new(self.store, Family::Entries, &range);
        let mut bodies = Cursor::new(self.store, Family::Bodies, &range);
        let mut headers = Cursor::new(self.store, Family::Headers, &range);
        for index in range.clone().map(LeafIndex::new) {
            let (link, entry) = self.read_leaf(index, entries.at(index), &mut chunk);
            chunk.links.push(link);
            let (body, header) = (bodies.at(index), headers.at(index));
            if let Some(entry) = entry {
                let ground = Ground { index, event: &entry.event, keyring: self.keyring };
                check_sealed(&ground, body, header, &mut chunk);
                self.note(&entry, &mut chunk);
            }
        }
        let strays = [
            (Family::Entries, entries.into_strays()),
            (Family::Bodies, bodies.into_strays()),
            (Family::Headers, headers.into_strays()),
        ];
        for (family, keys) in strays {
            for key in keys {
                chunk.findings.add(
                    Place::row(family, hex::encode(key)),
                    FindingKind::Orphan,
                    "a row with a key that no entry can have: somebody put it there",
                );
            }
        }
        checkpoints::read(self, &range, &mut chunk);
        chunk
    }

    fn read_leaf(
        &self,
        index: LeafIndex,
        row: RowAt<'_>,
        chunk: &mut Chunk,
    ) -> (Link, Option<Entry>) {
        let place = Place::entry(Family::Entries, index);
        let leaf = match row {
            RowAt::There(leaf) => leaf,
            RowAt::Absent => {
                let text = "the entry is gone: the log has a gap here";
                chunk.findings.add(place, FindingKind::Missing, text);
                return (Link::default(), None);
            }
            RowAt::Unreadable(error) => {
                let text = format!("the entry cannot be read from the disk ({})", told(&error));
                chunk.findings.add(place, FindingKind::Unreadable, text);
                return (Link::default(), None);
            }
        };
        chunk.bytes += size_of(&leaf);
        let hash = Some(leaf_hash(&leaf));
        match leaf::read(index, &leaf, self.origin) {
            Ok(entry) => {
                self.note_time(&entry, chunk);
                chunk.counts.entries += 1;
                (Link { hash, prev: Some(entry.prev) }, Some(entry))
            }
            Err((kind, text)) => {
                chunk.findings.add(place, kind, text);
                (Link { hash, prev: None }, None)
            }
        }
    }

    fn note_time(&self, entry: &Entry, chunk: &mut Chunk) {
        let (first, last) = chunk.times.unwrap_or((entry.time, entry.time));
        if entry.time < last {
            chunk.findings.add(
                Place::entry(Family::Entries, entry.index),
                FindingKind::WrongOrder,
                leaf::time_text(entry.time, last),
            );
        }
        chunk.times = Some((first, last.max(entry.time)));
    }

    fn note(&self, entry: &Entry, chunk: &mut Chunk) {
        if let Some(kept) = entry.kept() {
            if !chunk.buckets.contains(&kept.bucket) {
                chunk.buckets.insert(kept.bucket.clone());
            }
            if let Some(sums) = &self.sums {
                chunk.ids.add(sums.record_at(kept.record, entry.index));
            }
        }
        if let (Event::Linked { record, medium, matches }, Some(sums)) = (&entry.event, &self.sums)
        {
            let value: Vec<u8> = matches.map(u8::from).into_iter().collect();
            chunk.media_links.add(sums.link(&link_key(*record, *medium), &value));
        }
    }
}

/// The length of bytes as a number of a report.
pub(super) fn size_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
