//! What entries say was destroyed, and whether it was.
//!
//! Which entries say so is known before the others are read, from the marks of those that
//! govern; that the marks are right is checked with everything else. So a record that is
//! gone is accepted exactly where an entry names it. That one which is named is gone is
//! looked at where the entry is that names it.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::chunk::{Chunk, Reader};
use super::finding::{FindingKind, Place};
use crate::causes::told;
use crate::entry::{Entry, Event, Ranges, codec};
use crate::record::RecordId;
use crate::store::Store;
use crate::store::rows::{Family, index_key, index_of_key};
use crate::tlog::LeafIndex;

/// What entries say was destroyed.
pub(super) struct Destroyed {
    /// As it was when the run began.
    begun: Runs,
    /// As it is, where others are destroyed meanwhile.
    now: RwLock<Runs>,
}

/// Runs of entries that follow each other, each by its first and its last one. So much
/// memory as the texts in which entries name them, and no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Runs(BTreeMap<u64, u64>);

impl Runs {
    /// Adds a run; those that it meets become one with it.
    fn add(&mut self, (mut first, mut last): (u64, u64)) {
        while let Some((from, to)) = self.meeting(first, last) {
            self.0.remove(&from);
            (first, last) = (first.min(from), last.max(to));
        }
        self.0.insert(first, last);
    }

    /// One that overlaps with this one, or stands right beside it.
    fn meeting(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        let (from, to) = self.0.range(..=last.saturating_add(1)).next_back()?;
        (to.saturating_add(1) >= first).then_some((*from, *to))
    }

    fn contains(&self, index: LeafIndex) -> bool {
        let behind = self.0.range(..=index.get()).next_back();
        behind.is_some_and(|(_, last)| index.get() <= *last)
    }

    /// What the entries that are marked say; one that cannot be read says nothing, and is
    /// found where it stands.
    fn read(store: &Store) -> Self {
        let mut runs = Self::default();
        for index in store.governing_from(LeafIndex::FIRST).map_while(Result::ok) {
            let Ok(Some(leaf)) = store.leaf(index) else { continue };
            let Ok(entry) = codec::decode(&leaf) else { continue };
            if let Event::Destroyed { entries, .. } = entry.event
                && entry.index == index
            {
                entries.runs().for_each(|(first, last)| runs.add((first.get(), last.get())));
            }
        }
        runs
    }
}

impl Destroyed {
    pub(super) fn read(store: &Store) -> Self {
        let begun = Runs::read(store);
        Self { now: RwLock::new(begun.clone()), begun }
    }

    /// What it was when the run began: what two sides that are compared are both taken by.
    pub(super) const fn begun(&self) -> &Runs {
        &self.begun
    }

    /// Whether an entry's record was destroyed before the run began.
    pub(super) fn had(&self, index: LeafIndex) -> bool {
        self.begun.contains(index)
    }

    /// Whether it was by now.
    fn has(&self, index: LeafIndex) -> bool {
        self.now.read().unwrap_or_else(PoisonError::into_inner).contains(index)
    }

    /// Whether more was destroyed since the run began.
    pub(super) fn has_grown(&self, store: &Store) -> bool {
        Runs::read(store) != self.begun
    }

    fn read_again(&self, store: &Store) {
        let runs = Runs::read(store);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = runs;
    }
}

impl Reader<'_> {
    /// Whether an entry's record was destroyed; `is_gone` where something of it is missing.
    /// The entry that says so is durable before anything is deleted, so that while others
    /// write, it may be newer than what was known.
    pub(super) fn is_destroyed(&self, index: LeafIndex, is_gone: bool) -> bool {
        if self.destroyed.has(index) {
            return true;
        }
        if !is_gone || !self.scope.is_growing() {
            return false;
        }
        self.destroyed.read_again(self.store);
        self.destroyed.has(index)
    }

    /// Whether a record was destroyed before the run began.
    pub(super) fn was_destroyed(&self, record: RecordId) -> bool {
        if self.destroyed.begun.0.is_empty() {
            return false;
        }
        let index = self.store.index_of(record).ok().flatten();
        index.is_some_and(|index| self.destroyed.had(index))
    }
}

/// Checks an entry that says what was destroyed. That it names only earlier ones, its
/// canonical form says already.
pub(super) fn check(reader: &Reader<'_>, entry: &Entry, chunk: &mut Chunk) {
    let Event::Destroyed { entries, .. } = &entry.event else { return };
    bound_records(reader, entry, entries, chunk);
    // While others write, the rows may still be on their way out.
    if !reader.scope.is_growing() {
        for family in [Family::Bodies, Family::Headers, Family::MediaQueue] {
            still_there(reader, family, entries, chunk);
        }
    }
}

/// Whether there was a record to be destroyed.
fn bound_records(reader: &Reader<'_>, entry: &Entry, entries: &Ranges, chunk: &mut Chunk) {
    for index in entries.iter() {
        // One that does not read is found where it stands.
        let Ok(Some(leaf)) = reader.store.leaf(index) else { continue };
        let Ok(named) = codec::decode(&leaf) else { continue };
        if named.kept().is_none() {
            let text = format!(
                "entry {} says that the record of this entry was destroyed, and it never had one",
                entry.index
            );
            let place = Place::entry(Family::Entries, index);
            chunk.findings.add(place, FindingKind::WrongContent, text);
        }
    }
}

fn still_there(reader: &Reader<'_>, family: Family, entries: &Ranges, chunk: &mut Chunk) {
    for (first, last) in entries.runs() {
        let before = last.next().map(index_key);
        let before = before.as_ref().map(<[u8; 8]>::as_slice);
        let mut scan = reader.store.scan(family, &index_key(first), before);
        loop {
            match scan.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let text = format!(
                        "whether this was destroyed cannot be told: rows do not read ({})",
                        told(&error)
                    );
                    let place = Place::entry(family, first);
                    chunk.findings.add(place, FindingKind::Unreadable, text);
                    break;
                }
            }
            if let Some(index) = index_of_key(scan.key()) {
                let text = "an entry says that this was destroyed, and it is still there: the \
                            work was cut short (the daemon, once started, finishes it), or \
                            somebody put it back";
                chunk.findings.add(Place::entry(family, index), FindingKind::NotDestroyed, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_are_the_set_of_all_that_was_added(
            added in prop::collection::vec((0..60_u64, 0..8_u64), 0..30),
        ) {
            let (mut runs, mut naive) = (Runs::default(), BTreeSet::new());
            for (first, more) in added {
                runs.add((first, first + more));
                naive.extend(first..=first + more);
            }
            for index in 0..80 {
                prop_assert_eq!(runs.contains(LeafIndex::new(index)), naive.contains(&index));
            }
            let pairs: Vec<_> = runs.0.iter().collect();
            for pair in pairs.windows(2) {
                prop_assert!(pair[0].1 + 1 < *pair[1].0, "neighbours are one run: {pairs:?}");
            }
        }
    }

    #[test]
    fn the_last_entry_that_there_can_be_is_no_special_case() {
        let mut runs = Runs::default();
        runs.add((u64::MAX, u64::MAX));
        runs.add((u64::MAX - 1, u64::MAX - 1));
        runs.add((0, 0));
        assert!(runs.contains(LeafIndex::new(u64::MAX)) && runs.contains(LeafIndex::FIRST));
        assert_eq!(runs.0.len(), 2);
    }
}
