//! Which tags are on a record, in a form that is asked of 10⁷ of them.
//!
//! What is put by party, number or conversation is filed under that name. What is put on
//! entries lies in stretches of the log that the same puttings list; a record's stretch is
//! found by a search in a sorted list, however many puttings there are.

use std::collections::HashMap;

use super::{On, Putting};
use crate::entry::Ranges;
use crate::policy::{Facts, Mark};
use crate::projection::threads::Names;
use crate::tlog::LeafIndex;

/// Every tag, ready to be asked for.
#[derive(Debug, Default)]
pub struct Tagged {
    /// Of all puttings, in their order.
    tags: Vec<OfPutting>,
    parties: HashMap<Mark, Vec<u32>>,
    numbers: HashMap<Mark, Vec<u32>>,
    threads: HashMap<[u8; 16], Vec<u32>>,
    stretches: Stretches,
    /// As they were written first.
    names: HashMap<Mark, String>,
    has_taken: bool,
}

/// What of a putting is looked at.
#[derive(Clone, Copy, Debug)]
struct OfPutting {
    tag: Mark,
    since: LeafIndex,
    counts: bool,
}

/// Which puttings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagsOn {
    /// Those that count.
    Now,
    /// Those as well that were taken since.
    Ever,
}

impl Tagged {
    pub(super) fn of<'a>(puttings: impl Iterator<Item = &'a Putting>, names: &Names) -> Self {
        let mut made = Self::default();
        let mut runs = vec![];
        for (place, putting) in (0..).zip(puttings) {
            let (tag, counts) = (Mark::of(&putting.tag), putting.counts());
            made.has_taken |= !counts;
            made.names.entry(tag).or_insert_with(|| putting.tag.clone());
            made.tags.push(OfPutting { tag, since: putting.since, counts });
            match &putting.on {
                On::Party { party } => made.parties.entry(Mark::of(party)).or_default().push(place),
                On::Number { number } => {
                    made.numbers.entry(Mark::of(number)).or_default().push(place);
                }
                On::Thread { .. } => {
                    for name in putting.on.thread().iter().flat_map(|thread| names.of(thread)) {
                        made.threads.entry(*name).or_default().push(place);
                    }
                }
                On::Records { entries, .. } | On::Query { entries, .. } => {
                    let all = entries.iter().flat_map(Ranges::runs);
                    runs.extend(all.map(|(first, last)| (first.get(), last.get(), place)));
                }
            }
        }
        made.stretches = Stretches::of(&runs);
        made
    }

    /// Whether there is no tag: no record need be asked about.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Whether some tag was taken.
    pub fn has_taken(&self) -> bool {
        self.has_taken
    }

    /// How a tag is written.
    pub fn name(&self, tag: Mark) -> Option<&str> {
        self.names.get(&tag).map(String::as_str)
    }

    /// Puts the tags of the record of an entry into its facts, in the order in which they
    /// were put, each once, and the entries that put them.
    pub fn put_on(&self, entry: LeafIndex, which: TagsOn, facts: &mut Facts) {
        facts.tags.clear();
        facts.tags_since.clear();
        if self.tags.is_empty() {
            return;
        }
        let listed = self.stretches.at(entry.get());
        let parties = facts.parties.iter().filter_map(|party| self.parties.get(party));
        let numbers = facts.numbers.iter().filter_map(|number| self.numbers.get(number));
        let thread = facts.thread.and_then(|thread| self.threads.get(&thread));
        let filed = parties.chain(numbers).chain(thread).flatten();
        let mut places: Vec<u32> = listed.iter().chain(filed).copied().collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            let Some(of) = usize::try_from(place).ok().and_then(|at| self.tags.get(at)) else {
                continue;
            };
            let asked = of.counts || which == TagsOn::Ever;
            if asked && !facts.tags.contains(&of.tag) {
                facts.tags.push(of.tag);
                facts.tags_since.push(of.since.get());
            }
        }
    }
}

/// Stretches of the log, each with the puttings that list all of its entries.
#[derive(Debug, Default)]
struct Stretches {
    /// Where each begins, and which set of puttings lists it; it ends with the next.
    begins: Vec<(u64, u32)>,
    /// The sets, each once.
    sets: Vec<Vec<u32>>,
}

impl Stretches {
    /// Of runs with both ends included, and the putting that lists each.
    fn of(runs: &[(u64, u64, u32)]) -> Self {
        let mut edges: Vec<(u64, bool, u32)> = vec![];
        for (first, last, place) in runs {
            edges.push((*first, true, *place));
            edges.extend(last.checked_add(1).map(|behind| (behind, false, *place)));
        }
        edges.sort_unstable();
        let mut made = Self::default();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut open: Vec<u32> = vec![];
        for at in edges.chunk_by(|one, next| one.0 == next.0) {
            for (_, begins, place) in at {
                let found = open.binary_search(place);
                match (begins, found) {
                    (true, Err(to)) => open.insert(to, *place),
                    (false, Ok(from)) => drop(open.remove(from)),
                    (true, Ok(_)) | (false, Err(_)) => {}
                }
            }
            let set = *known.entry(open.clone()).or_insert_with(|| {
                made.sets.push(open.clone());
                u32::try_from(made.sets.len() - 1).unwrap_or(u32::MAX)
            });
            made.begins.extend(at.first().map(|(begin, ..)| (*begin, set)));
        }
        made
    }

    fn at(&self, entry: u64) -> &[u32] {
        let behind = self.begins.partition_point(|(begin, _)| *begin <= entry);
        let set = behind.checked_sub(1).and_then(|at| self.begins.get(at)).map(|(_, set)| *set);
        let set = set.and_then(|set| self.sets.get(usize::try_from(set).ok()?));
        set.map_or(&[], Vec::as_slice)
    }
}
