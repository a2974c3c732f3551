//! A piece of the archive, read and checked by itself on any thread.
//!
//! What needs its neighbours (the chain, the tree, the order of time) is handed
//! on to `fold`, which takes the pieces in order.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, RowAt};
use super::destroyed::{self, Destroyed};
use super::finding::{FindingKind, Findings, Place};
use super::keys::Keys;
use super::scope::Scope;
use super::sealed::{Ground, check_sealed};
use super::sides::{Side, Sums};
use super::sums::SumKey;
use super::tiles::{self, TileRow};
use super::{Counts, checkpoints, governance, leaf, look_up, queue, sides};
use crate::causes::told;
use crate::entry::Entry;
use crate::seal::{Keyring, RowName};
use crate::store::Store;
use crate::store::rows::Family;
use crate::tlog::policy::Policy;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// Entries in a piece: whole tiles of them, enough to be worth a thread's while,
/// few enough that what is known of some pieces at once is little memory.
pub(super) const CHUNK_ENTRIES: u64 = 16_384;

/// What every piece is checked against.
pub(super) struct Reader<'a> {
    pub(super) store: &'a Store,
    pub(super) origin: &'a str,
    pub(super) keys: Keys,
    pub(super) keyring: Option<&'a Keyring>,
    pub(super) policy: Option<&'a Policy>,
    pub(super) sums: SumKey,
    pub(super) scope: Scope,
    /// What entries say was destroyed.
    pub(super) destroyed: Destroyed,
    /// Whether entries that govern are marked in this archive.
    pub(super) is_marked: bool,
    /// Where the log ends, as far as it is checked.
    pub(super) size: TreeSize,
}

/// One piece of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// A range of entries with what belongs to them.
    Entries(Range<u64>),
    /// The rows of a family whose keys begin with a byte.
    Rows(Side, u8),
}

/// All the work there is, numbered: first the entries, then the rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jobs {
    from: u64,
    size: TreeSize,
    chunk_entries: u64,
    sides: &'static [Side],
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
    /// The rows of the buckets whose keys headers are under.
    pub(super) buckets: BTreeSet<String>,
    /// Records of which it is not known whether they announce a medium, or whether
    /// it is still waited for.
    pub(super) unopened: u64,
    pub(super) counts: Counts,
    pub(super) findings: Findings,
}

/// An entry as a link of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    /// Its leaf hash; `None` when there are no bytes.
    pub(super) hash: Option<Hash>,
    /// What it says its predecessor's leaf hash is; `None` when it is no entry,
    /// or not the one of its place.
    pub(super) prev: Option<Hash>,
}

impl Jobs {
    /// The work on the entries from a position on, in pieces of so many, and on what
    /// belongs to them.
    pub(super) const fn of(scope: Scope, from: u64, size: TreeSize, chunk_entries: u64) -> Self {
        Self { from, size, chunk_entries, sides: scope.sides_in_rows() }
    }

    /// No work at all.
    pub(super) const fn none() -> Self {
        Self { from: 1, size: TreeSize::EMPTY, chunk_entries: CHUNK_ENTRIES, sides: &[] }
    }

    /// The work that is left from an entry on.
    pub(super) const fn beginning_at(self, from: u64) -> Self {
        Self { from, ..self }
    }

    /// How many pieces there are.
    pub(super) fn count(self) -> u64 {
        self.chunks().saturating_add(self.rows())
    }

    /// A piece by its number; `None` where there is none.
    pub(super) fn get(self, number: u64) -> Option<Job> {
        if let Some(rows) = number.checked_sub(self.chunks()) {
            let [.., side, byte] = rows.to_be_bytes();
            return self.sides.get(usize::from(side)).map(|side| Job::Rows(*side, byte));
        }
        let start = self.from.saturating_add(number.saturating_mul(self.chunk_entries));
        Some(Job::Entries(start..start.saturating_add(self.chunk_entries).min(self.size.get())))
    }

    /// How many pieces are entries. Of an archive without any there is one, which
    /// looks for what stands before the first.
    pub(super) fn chunks(self) -> u64 {
        let entries = self.size.get().saturating_sub(self.from);
        entries.div_ceil(self.chunk_entries.max(1)).max(u64::from(self.from == 0))
    }

    /// How many pieces are rows.
    pub(super) const fn rows(self) -> u64 {
        self.sides.len() as u64 * 256
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
        let mut marks = cursor(Family::Governance);
        chunk.links.reserve(usize::try_from(CHUNK_ENTRIES).unwrap_or(0));
        for index in range.clone().map(LeafIndex::new) {
            let (link, entry) = self.read_leaf(index, entries.at_index(index), &mut chunk);
            chunk.links.push(link);
            let (body, header) = (bodies.at_index(index), headers.at_index(index));
            let (task, mark) = (tasks.at_index(index), marks.at_index(index));
            if let Some(entry) = entry {
                let ground = Ground { index, entry: &entry, reader: self };
                let announces = check_sealed(&ground, body, header, &mut chunk);
                sides::note(self, &entry, announces, &mut chunk);
                look_up::check(self, &entry, &mut chunk);
                if !self.destroyed.had(index) {
                    queue::check(self.sums, &entry, &task, &mut chunk);
                }
                governance::check(self, &entry, &mark, &mut chunk);
                destroyed::check(self, &entry, &mut chunk);
                self.keys.check(&entry, &mut chunk.findings);
            }
        }
        for cursor in [entries, bodies, headers, tasks, marks] {
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

impl Chunk {
    /// Notes that a bucket's row is needed; whether the name can be one's. That is looked at
    /// once a name: the headers of a piece are under few.
    pub(super) fn needs_bucket(&mut self, row: &str) -> bool {
        self.buckets.contains(row)
            || RowName::parse(row).is_some() && self.buckets.insert(row.to_owned())
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
        for (from, size) in [(0, 0), (0, 1), (0, 4096), (0, 4097), (256, 10_000), (7, 7), (9, 10)] {
            let scope = if from == 0 { Scope::Whole } else { Scope::Growing };
            let jobs = Jobs::of(scope, from, TreeSize::new(size), CHUNK_ENTRIES);
            let all: Vec<_> = (0..jobs.count()).map(|number| jobs.get(number).unwrap()).collect();
            assert_eq!(jobs.get(jobs.count()), None);
            let mut next = from;
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
            let expected = scope.sides_in_rows().len() * 256;
            assert_eq!(rows.len(), expected);
            rows.dedup();
            assert_eq!(rows.len(), expected);
        }
        assert_eq!(Jobs::none().count(), 0);
    }
}
