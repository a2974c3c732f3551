//! Tiles: 256 sibling hashes stored together, as C2SP tlog-tiles lays them out.
//!
//! The tile at level L with number N holds the roots of the complete subtrees of
//! 256^L leaves, from the subtree 256·N on. A full tile never changes; a
//! partial one is a prefix of the full one. Specification:
//! <https://c2sp.org/tlog-tiles>. [`path`] names tiles in files and URLs,
//! [`bundle`] holds the entries themselves.

pub mod bundle;
pub mod path;

use std::num::NonZeroU8;

use super::hash::{HASH_BYTES, Hash};
use super::position::TreeSize;
use super::tree::root_of;

pub use path::{BadPath, Path};

/// Levels of the binary tree that one tile spans.
pub const TILE_HEIGHT: u32 = 8;

/// Hashes in a full tile.
pub const TILE_HASHES: usize = 1 << TILE_HEIGHT;

/// Length of a full tile in bytes.
pub const TILE_BYTES: usize = TILE_HASHES * HASH_BYTES;

/// The place of a tile in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinate {
    /// 0 for tiles of leaf hashes, L for tiles whose hashes stand for 256^L leaves.
    pub level: u8,
    /// The tile's position within its level, from 0.
    pub number: u64,
}

/// How many hashes a tile has, or how many entries a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// Fewer than 256.
    Partial(NonZeroU8),
    /// All 256.
    Full,
}

/// A full tile, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    at: Coordinate,
    hashes: Vec<Hash>,
}

impl Coordinate {
    /// The tile of leaf hashes with this number.
    pub const fn leaves(number: u64) -> Self {
        Self { level: 0, number }
    }

    /// The tile that holds the root of this one.
    pub fn parent(self) -> Self {
        Self { level: self.level.saturating_add(1), number: self.number >> TILE_HEIGHT }
    }
}

impl Width {
    /// The number of hashes or entries, 1 to 256.
    pub fn get(self) -> usize {
        match self {
            Self::Partial(width) => usize::from(width.get()),
            Self::Full => TILE_HASHES,
        }
    }

    /// The width of the last tile at a level in a tree, when that tile is
    /// partial; `None` when the level ends with a full tile or is empty.
    pub fn of_partial(level: u8, size: TreeSize) -> Option<Self> {
        let [.., width] = hashes_at(level, size).to_be_bytes();
        NonZeroU8::new(width).map(Self::Partial)
    }
}

impl Full {
    /// Holds 256 hashes as the tile at a place.
    ///
    /// # Panics
    /// With any other number of hashes.
    pub(super) fn new(at: Coordinate, hashes: Vec<Hash>) -> Self {
        assert_eq!(hashes.len(), TILE_HASHES, "a full tile has {TILE_HASHES} hashes");
        Self { at, hashes }
    }

    /// Where the tile belongs.
    pub const fn at(&self) -> Coordinate {
        self.at
    }

    /// Its 256 hashes.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The 8,192 bytes to store and to serve.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&self.hashes)
    }
}

/// Writes the bytes of a tile, full or partial.
pub fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(Hash::as_bytes).copied().collect()
}

/// Reads the hashes of a tile, full or partial.
///
/// `None` when the length is not that of 1 to 256 hashes.
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    let fits = rest.is_empty() && (1..=TILE_HASHES).contains(&hashes.len());
    fits.then(|| hashes.iter().copied().map(Hash::from_bytes).collect())
}

/// The root of a full tile's hashes, which stands in its parent.
///
/// `None` unless the bytes are a full tile.
pub fn root_of_full(bytes: &[u8]) -> Option<Hash> {
    let hashes = from_bytes(bytes).filter(|hashes| hashes.len() == TILE_HASHES)?;
    Some(root_of(&hashes))
}

/// How many hashes a level of tiles has in a tree.
pub(super) fn hashes_at(level: u8, size: TreeSize) -> u64 {
    size.get().checked_shr(u32::from(level) * TILE_HEIGHT).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::leaf_hash;

    #[test]
    fn widths_are_those_of_the_specification() {
        let width = |level, size| Width::of_partial(level, TreeSize::new(size)).map(Width::get);
        assert_eq!(
            [width(0, 70_000), width(1, 70_000), width(2, 70_000)],
            [Some(112), Some(17), Some(1)]
        );
        assert_eq!([width(0, 256), width(1, 256), width(2, 256)], [None, Some(1), None]);
        assert_eq!([width(0, 0), width(63, u64::MAX), width(255, 1)], [None, None, None]);
    }

    #[test]
    fn a_tile_survives_its_bytes() {
        let hashes: Vec<Hash> = (0..=255_u8).map(|i| leaf_hash(&[i])).collect();
        for width in [1, 2, 255, 256] {
            let bytes = to_bytes(&hashes[..width]);
            assert_eq!(from_bytes(&bytes).unwrap(), hashes[..width]);
            assert_eq!(root_of_full(&bytes).is_some(), width == 256);
        }
        let full = Full::new(Coordinate::leaves(7), hashes.clone());
        assert_eq!(full.to_bytes().len(), TILE_BYTES);
        assert_eq!(root_of_full(&full.to_bytes()), Some(root_of(&hashes)));
        assert_eq!(full.at().parent(), Coordinate { level: 1, number: 0 });
    }

    #[test]
    fn bytes_of_another_length_are_no_tile() {
        for length in [0, 1, 31, 33, TILE_BYTES - 1, TILE_BYTES + HASH_BYTES] {
            assert_eq!(from_bytes(&vec![0; length]), None, "{length}");
        }
    }
}
