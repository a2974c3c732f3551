//! Where a leaf stands and how many there are: two numbers that are easily mistaken.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest size that this code reads, signs or proves.
///
/// Verifiers in other languages hold sizes as signed 64-bit numbers, and up to
/// here no proof has more than 63 hashes.
pub const TREE_SIZE_MAX: TreeSize = TreeSize(i64::MAX.unsigned_abs());

/// The position of a leaf in the log, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(u64);

/// How many leaves a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeSize(u64);

/// A text that is not a position or a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number without sign or leading zeros, at most {}", TREE_SIZE_MAX.0)]
pub struct BadNumber;

impl LeafIndex {
    /// The first leaf.
    pub const FIRST: Self = Self(0);

    /// Takes a position from 0.
    pub const fn new(index: u64) -> Self {
        Self(index)
    }

    /// The position as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position after this one; `None` at the end of the numbers.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The size of the smallest tree that has this leaf.
    pub fn size_with(self) -> Option<TreeSize> {
        self.0.checked_add(1).map(TreeSize)
    }
}

impl TreeSize {
    /// The size of the tree that has no leaves.
    pub const EMPTY: Self = Self(0);

    /// Takes a number of leaves.
    pub const fn new(size: u64) -> Self {
        Self(size)
    }

    /// The size as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size after one more leaf; `None` past [`TREE_SIZE_MAX`].
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self).filter(|size| *size <= TREE_SIZE_MAX)
    }

    /// The position that the next leaf will get.
    pub const fn next_leaf(self) -> LeafIndex {
        LeafIndex(self.0)
    }

    /// The position of the last leaf; `None` of the empty tree.
    pub fn last_leaf(self) -> Option<LeafIndex> {
        self.0.checked_sub(1).map(LeafIndex)
    }

    /// Whether a tree of this size has the leaf.
    pub const fn contains(self, index: LeafIndex) -> bool {
        index.0 < self.0
    }
}

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TreeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LeafIndex {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        parse_decimal(text).map(Self)
    }
}

impl FromStr for TreeSize {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        parse_decimal(text).map(Self)
    }
}

/// Reads a decimal number in its one form.
fn parse_decimal(text: &str) -> Result<u64, BadNumber> {
    let number: u64 = text.parse().map_err(|_| BadNumber)?;
    let canonical = text.starts_with(|first: char| first.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if canonical && number <= TREE_SIZE_MAX.0 { Ok(number) } else { Err(BadNumber) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_text() {
        for text in ["0", "1", "10", "9223372036854775807"] {
            assert_eq!(text.parse::<TreeSize>().unwrap().to_string(), text);
            assert_eq!(text.parse::<LeafIndex>().unwrap().to_string(), text);
        }
        for text in ["", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "1_0", "٣"] {
            assert_eq!(text.parse::<TreeSize>(), Err(BadNumber), "{text}");
        }
    }

    #[test]
    fn sizes_past_the_largest_are_refused() {
        assert_eq!("9223372036854775808".parse::<TreeSize>(), Err(BadNumber));
        assert_eq!(TREE_SIZE_MAX.next(), None);
        assert_eq!(LeafIndex::new(u64::MAX).next(), None);
        assert_eq!(LeafIndex::new(u64::MAX).size_with(), None);
    }

    #[test]
    fn a_size_and_its_leaves_agree() {
        let size = TreeSize::new(3);
        assert_eq!(size.last_leaf(), Some(LeafIndex::new(2)));
        assert_eq!(size.next_leaf(), LeafIndex::new(3));
        assert!(size.contains(LeafIndex::new(2)));
        assert!(!size.contains(LeafIndex::new(3)));
        assert_eq!(TreeSize::EMPTY.last_leaf(), None);
        assert_eq!(LeafIndex::FIRST.size_with(), TreeSize::EMPTY.next());
    }
}
