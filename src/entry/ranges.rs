//! Which entries, in few letters: `12-15,20`.

use std::fmt;
use std::str::FromStr;

use crate::tlog::LeafIndex;

/// The longest text of ranges that an entry may hold.
pub const RANGES_BYTES_MAX: usize = 60_000;

/// A set of entries, never empty.
///
/// In text: numbers and pairs `FIRST-LAST`, both included, in rising order, with a comma
/// between them; neighbours are joined, so that a set has one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(Vec<(u64, u64)>);

/// A text that is not the one text of a set of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "ranges of entries are rising numbers and pairs as in 12-15,20, at most {RANGES_BYTES_MAX} bytes"
)]
pub struct BadRanges;

impl Ranges {
    /// Sets of entries that hold all of these together, each with a text that an entry
    /// may hold.
    ///
    /// The indices rise; one that does not is a fault of the caller's.
    pub fn covering(indices: impl IntoIterator<Item = LeafIndex>) -> Vec<Self> {
        let mut all: Vec<Self> = vec![];
        let mut text_bytes = 0;
        for index in indices.into_iter().map(LeafIndex::get) {
            let newest = all.last_mut().and_then(|ranges| ranges.0.last_mut());
            match newest {
                Some((_, last)) if last.checked_add(1) == Some(index) => *last = index,
                Some((_, last)) if text_bytes < RANGES_BYTES_MAX - PAIR_BYTES_MAX => {
                    debug_assert!(*last < index, "indices rise");
                    text_bytes += PAIR_BYTES_MAX;
                    if let Some(ranges) = all.last_mut() {
                        ranges.0.push((index, index));
                    }
                }
                Some(_) | None => {
                    text_bytes = PAIR_BYTES_MAX;
                    all.push(Self(vec![(index, index)]));
                }
            }
        }
        all
    }

    /// Whether an entry is in the set.
    pub fn contains(&self, index: LeafIndex) -> bool {
        let index = index.get();
        let behind = self.0.partition_point(|(_, last)| *last < index);
        self.0.get(behind).is_some_and(|(first, _)| *first <= index)
    }

    /// The entries, rising.
    pub fn iter(&self) -> impl Iterator<Item = LeafIndex> + '_ {
        self.0.iter().flat_map(|(first, last)| *first..=*last).map(LeafIndex::new)
    }

    /// First and last entry of each run of neighbours, rising.
    pub fn runs(&self) -> impl Iterator<Item = (LeafIndex, LeafIndex)> + '_ {
        self.0.iter().map(|(first, last)| (LeafIndex::new(*first), LeafIndex::new(*last)))
    }

    /// How many entries.
    pub fn count(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |sum: u64, (first, last)| sum.saturating_add((last - first).saturating_add(1)))
    }

    /// The last of them.
    pub fn last(&self) -> LeafIndex {
        LeafIndex::new(self.0.last().map_or(0, |(_, last)| *last))
    }
}

/// The longest text of a pair, with its comma.
const PAIR_BYTES_MAX: usize = 20 + 1 + 20 + 1;

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (first, last)) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Ranges {
    type Err = BadRanges;

    fn from_str(text: &str) -> Result<Self, BadRanges> {
        if text.len() > RANGES_BYTES_MAX {
            return Err(BadRanges);
        }
        let mut ranges: Vec<(u64, u64)> = vec![];
        for part in text.split(',') {
            let number = |digits: &str| digits.parse::<u64>().map_err(|_| BadRanges);
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(part)?, number(part)?),
            };
            // Room for one between them: neighbours would be one range.
            let apart = ranges.last().is_none_or(|(_, before)| first > before.saturating_add(1));
            if !apart || last < first {
                return Err(BadRanges);
            }
            ranges.push((first, last));
        }
        let ranges = Self(ranges);
        // Leading zeros, signs, `7-7`: other spellings of the same.
        if ranges.to_string() == text { Ok(ranges) } else { Err(BadRanges) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "", ",", "1,", "1-", "-1", "7-7", "01", "+1", "3,2", "1,2", "1-3,4", "1-3,3", "2-1",
            "x",
        ] {
            assert_eq!(text.parse::<Ranges>(), Err(BadRanges), "{text}");
        }
    }

    #[test]
    fn many_entries_far_apart_are_several_sets_that_each_fit() {
        let indices: Vec<_> = (0..20_000).map(|at| LeafIndex::new(u64::MAX / 2 + 3 * at)).collect();
        let sets = Ranges::covering(indices.iter().copied());
        assert!(sets.len() > 1);
        assert!(sets.iter().all(|set| set.to_string().len() <= RANGES_BYTES_MAX));
        let all: Vec<_> = sets.iter().flat_map(Ranges::iter).collect();
        assert_eq!(all, indices);
        assert_eq!(Ranges::covering([]), []);
    }

    proptest! {
        #[test]
        fn a_set_says_of_each_entry_whether_it_is_in_it(
            naive in prop::collection::btree_set(0..200_u64, 1..60),
        ) {
            let sets = Ranges::covering(naive.iter().copied().map(LeafIndex::new));
            prop_assert_eq!(sets.len(), 1);
            let set = &sets[0];
            let read = set.to_string().parse::<Ranges>();
            prop_assert_eq!(read.as_ref(), Ok(set));
            for index in 0..201 {
                prop_assert_eq!(set.contains(LeafIndex::new(index)), naive.contains(&index));
            }
            let listed: BTreeSet<_> = set.iter().map(LeafIndex::get).collect();
            prop_assert_eq!(set.count(), naive.len() as u64);
            prop_assert_eq!(Some(set.last().get()), naive.last().copied());
            prop_assert_eq!(listed, naive);
        }
    }
}
