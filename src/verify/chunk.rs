//! A piece of the archive, read and checked by itself on any thread.
//!
//! What needs its neighbours (the chain, the tree, the order of time) is handed
//! on to `fold`, which takes the pieces in order.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Timestamp;

use super::cursor::{Cursor, RowAt};
use super::finding::{FindingKind, Findings, Place};
use super::sealed::{Ground, check_sealed};
use super::sides::{Side, Sums};
use super::sums::SumKey;
use super::tiles::{self, TileRow};
use super::{Counts, checkpoints, leaf, queue, sides};
use crate::causes::told;
use crate::entry::{Entry, Event};
use crate::seal::Keyring;
use crate::store::Store;
use crate::store::rows::Family;
use crate::tlog::note::VerifierKey;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// Entries in a piece: whole tiles of them, enough to be worth a thread's while,
/// few enough that what is known of some pieces at once is little memory.
pub(super) const CHUNK_ENTRIES: u64 = 4096;

/// What every piece is checked against.
pub(super) struct Reader<'a> {
    pub(super) store: &'a Store,
    pub(super) origin: &'a str,
    pub(super) key: Option<&'a VerifierKey>,
    pub(super) keyring: Option<&'a Keyring>,
    pub(super) sums: &'a SumKey,
}

/// One piece of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// A range of entries with what belongs to them.
    Entries(Range<u64>),
    /// The rows of a family whose keys begin with a byte.
    Rows(Side, u8),
}

/// All the work there is, numbered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jobs {
    size: u64,
}

/// What a piece hands on.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) first: u64,
    pub(super) links: Vec<Link>,
    /// The time of the first and of the last entry that could be read.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    pub(super) checkpoints: Vec<checkpoints::Claim>,
    /// The stored tiles of leaf hashes, by their numbers.
    pub(super) tiles: Vec<(u64, TileRow)>,
    /// What follows from the entries …
    pub(super) expected: Sums,
    /// … and what the rows say.
    pub(super) found: Sums,
    /// The names of the buckets that entries name.
    pub(super) buckets: BTreeSet<String>,
    /// Records of which it is not known whether they announce a medium, or whether
    /// it is still waited for.
    pub(super) unopened: u64,
    pub(super) counts: Counts,
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

impl Jobs {
    /// The work on an archive of so many entries.
    pub(super) const fn of(size: TreeSize) -> Self {
        Self { size: size.get() }
    }

    /// How many pieces there are.
    pub(super) fn count(self) -> u64 {
        self.chunks().saturating_add(Side::IN_ROWS.len() as u64 * 256)
    }

    /// A piece by its number; `None` where there is none.
    pub(super) fn get(self, number: u64) -> Option<Job> {
        if let Some(rows) = number.checked_sub(self.chunks()) {
            let [.., side, byte] = rows.to_be_bytes();
            return Side::IN_ROWS.get(usize::from(side)).map(|side| Job::Rows(*side, byte));
        }
        let start = number.saturating_mul(CHUNK_ENTRIES);
        Some(Job::Entries(start..start.saturating_add(CHUNK_ENTRIES).min(self.size)))
    }

    /// At least one, which looks for what stands before the first entry.
    fn chunks(self) -> u64 {
        self.size.div_ceil(CHUNK_ENTRIES).max(1)
    }
}

impl Reader<'_> {
    /// Does one piece of the work.
    pub(super) fn work(&self, job: &Job) -> Chunk {
        match job {
            Job::Entries(range) => self.read(range),
            Job::Rows(side, byte) => sides::read(self, *side, *byte),
        }
    }

    fn read(&self, range: &Range<u64>) -> Chunk {
        let mut chunk = Chunk { first: range.start, ..Chunk::default() };
        let cursor = |family| Cursor::of_entries(self.store, family, range);
        let mut entries = cursor(Family::Entries);
        let mut bodies = cursor(Family::Bodies);
        let mut headers = cursor(Family::Headers);
        let mut tasks = cursor(Family::MediaQueue);
        chunk.links.reserve(usize::try_from(CHUNK_ENTRIES).unwrap_or(0));
        for index in range.clone().map(LeafIndex::new) {
            let (link, entry) = self.read_leaf(index, entries.at_index(index), &mut chunk);
            chunk.links.push(link);
            let (body, header) = (bodies.at_index(index), headers.at_index(index));
            let task = tasks.at_index(index);
            if let Some(entry) = entry {
                let ground = Ground { index, entry: &entry, keyring: self.keyring };
                let announces = check_sealed(&ground, body, header, &mut chunk);
                sides::note(self.sums, &entry, announces, &mut chunk);
                queue::check(self.sums, &entry, &task, &mut chunk);
                note_bucket(&entry, &mut chunk);
            }
        }
        for cursor in [entries, bodies, headers, tasks] {
            cursor.finish(&mut chunk.findings);
        }
        tiles::read(self.store, range, &mut chunk);
        checkpoints::read(self, range, &mut chunk);
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
        chunk.counts.bytes += size_of(&leaf);
        let hash = Some(leaf_hash(&leaf));
        match leaf::read(index, &leaf, self.origin) {
            Ok(entry) => {
                note_time(&entry, chunk);
                chunk.counts.entries += 1;
                (Link { hash, prev: Some(entry.prev) }, Some(entry))
            }
            Err((kind, text)) => {
                chunk.findings.add(place, kind, text);
                (Link { hash, prev: None }, None)
            }
        }
    }
}

fn note_time(entry: &Entry, chunk: &mut Chunk) {
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

fn note_bucket(entry: &Entry, chunk: &mut Chunk) {
    match &entry.event {
        Event::Captured { kept, .. } | Event::Accessed { kept, .. } => {
            if !chunk.buckets.contains(&kept.bucket) {
                chunk.buckets.insert(kept.bucket.clone());
            }
        }
        Event::Began { .. } | Event::Linked { .. } | Event::Missed { .. } => {}
    }
}

/// The length of bytes as a number of a report.
pub(super) fn size_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_covers_every_entry_once_and_every_first_byte_of_each_family() {
        for size in [0, 1, 4096, 4097, 10_000] {
            let jobs = Jobs::of(TreeSize::new(size));
            let all: Vec<_> = (0..jobs.count()).map(|number| jobs.get(number).unwrap()).collect();
            assert_eq!(jobs.get(jobs.count()), None);
            let mut next = 0;
            let mut rows = vec![];
            for job in all {
                match job {
                    Job::Entries(range) => {
                        assert_eq!(range.start, next);
                        next = range.end;
                    }
                    Job::Rows(side, byte) => rows.push((side, byte)),
                }
            }
            assert_eq!(next, size);
            assert_eq!(rows.len(), 3 * 256);
            rows.dedup();
            assert_eq!(rows.len(), 3 * 256);
        }
    }
}
