//! A set of entries, small where few or neighbours are in it.

use std::fmt;

use roaring::RoaringTreemap;

use crate::entry::Ranges;
use crate::tlog::LeafIndex;

/// A set of entries: what a query matches, what a hold holds, what is to be erased.
///
/// Sets over 10⁷ entries take two bytes an entry at most, 1.3 MB where they are dense,
/// and are united and compared in blocks.
#[derive(Clone, Default, PartialEq)]
pub struct Selection(RoaringTreemap);

impl Selection {
    /// No entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; whether it is new.
    pub fn insert(&mut self, entry: LeafIndex) -> bool {
        self.0.insert(entry.get())
    }

    /// Adds a run of neighbours, both ends included.
    pub fn insert_run(&mut self, first: LeafIndex, last: LeafIndex) {
        self.0.insert_range(first.get()..=last.get());
    }

    /// Whether an entry is in it.
    pub fn contains(&self, entry: LeafIndex) -> bool {
        self.0.contains(entry.get())
    }

    /// Whether one entry of a run is in it, both ends included.
    pub fn touches(&self, first: LeafIndex, last: LeafIndex) -> bool {
        let below = |end: LeafIndex| self.0.rank(end.get());
        below(last) > first.get().checked_sub(1).map_or(0, |before| below(LeafIndex::new(before)))
    }

    /// How many entries.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.0.serialized_size()).unwrap_or(u64::MAX)
    }

    /// The set in the portable format of Roaring bitmaps, of 64 bits.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.serialized_size());
        self.0.serialize_into(&mut bytes).expect("a vector takes every byte");
        bytes
    }

    /// Reads what [`Selection::to_bytes`] gives; `None` for any other bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let set = RoaringTreemap::deserialize_from(&mut rest).ok()?;
        rest.is_empty().then_some(Self(set))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries, rising.
    pub fn iter(&self) -> impl Iterator<Item = LeafIndex> + '_ {
        self.0.iter().map(LeafIndex::new)
    }

    /// Adds those of another.
    pub fn unite(&mut self, other: &Self) {
        self.0 |= &other.0;
    }

    /// Takes those of another out.
    pub fn remove(&mut self, other: &Self) {
        self.0 -= &other.0;
    }

    /// Whether some of its entries are in another.
    pub(super) fn meets(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }

    /// Keeps only those that another has too.
    pub fn intersect(&mut self, other: &Self) {
        self.0 &= &other.0;
    }
}

impl FromIterator<LeafIndex> for Selection {
    fn from_iter<I: IntoIterator<Item = LeafIndex>>(entries: I) -> Self {
        Self(entries.into_iter().map(LeafIndex::get).collect())
    }
}

impl Extend<LeafIndex> for Selection {
    fn extend<I: IntoIterator<Item = LeafIndex>>(&mut self, entries: I) {
        self.0.extend(entries.into_iter().map(LeafIndex::get));
    }
}

impl From<&Ranges> for Selection {
    fn from(ranges: &Ranges) -> Self {
        let mut selection = Self::new();
        ranges.runs().for_each(|(first, last)| selection.insert_run(first, last));
        selection
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selection({} entries)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(naive: &BTreeSet<u64>) -> Selection {
        naive.iter().copied().map(LeafIndex::new).collect()
    }

    fn naive(selection: &Selection) -> BTreeSet<u64> {
        selection.iter().map(LeafIndex::get).collect()
    }

    proptest! {
        #[test]
        fn it_is_the_set_that_a_naive_one_is(
            one in prop::collection::btree_set(0..300_u64, 0..80),
            other in prop::collection::btree_set(0..300_u64, 0..80),
            first in 0..300_u64, more in 0..40_u64,
        ) {
            let with = |change: fn(&mut Selection, &Selection)| {
                let mut selection = of(&one);
                change(&mut selection, &of(&other));
                naive(&selection)
            };
            prop_assert_eq!(with(Selection::unite), &one | &other);
            prop_assert_eq!(with(Selection::remove), &one - &other);
            prop_assert_eq!(with(Selection::intersect), &one & &other);
            let (run, mut set) = (first..=first + more, of(&one));
            let (begin, end) = (LeafIndex::new(first), LeafIndex::new(first + more));
            prop_assert_eq!(set.touches(begin, end), one.iter().any(|entry| run.contains(entry)));
            set.insert_run(begin, end);
            prop_assert_eq!(naive(&set), one.iter().copied().chain(run).collect::<BTreeSet<_>>());
            for ranges in Ranges::covering(set.iter()) {
                prop_assert_eq!(&Selection::from(&ranges), &set);
            }
        }
    }
}
