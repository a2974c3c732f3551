//! The right edge of a tree that is kept in tiles.

use crate::tlog::hash::Hash;
use crate::tlog::position::TreeSize;
use crate::tlog::tile::{
    Coordinate, Full, TILE_BYTES, TILE_HASHES, TILE_HEIGHT, hashes_at, root_of_full, to_bytes,
};

use super::frontier::{Frontier, root_of};

/// The levels of tiles that the largest tree has.
const LEVELS_MAX: u8 = 8;

/// The tiles that are not full yet, and the root over everything before them.
///
/// Holds at most 255 hashes a level: 64 KiB for the largest log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    frontier: Frontier,
    /// The hashes of the partial tile of each level, from level 0 up.
    partials: Vec<Vec<Hash>>,
}

/// Why an edge cannot be rebuilt from what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError<E> {
    /// The leaves after the last full tile were not given.
    #[error("a tree of {size} leaves has {expected} after its last full tile, not {found}")]
    LeafCount {
        /// The size to restore.
        size: TreeSize,
        /// How many leaf hashes belong to the partial tile.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// A full tile is not there.
    #[error("tile {} of level {} is missing", at.number, at.level)]
    Missing {
        /// Its place.
        at: Coordinate,
    },
    /// A tile that must be full is not 8,192 bytes long.
    #[error("tile {} of level {} has {bytes} bytes, not {TILE_BYTES}", at.number, at.level)]
    WrongSize {
        /// Its place.
        at: Coordinate,
        /// Its length.
        bytes: usize,
    },
    /// Reading failed.
    #[error("cannot read tile {} of level {}", at.number, at.level)]
    Read {
        /// The tile's place.
        at: Coordinate,
        /// What the reader says.
        source: E,
    },
}

impl Edge {
    /// The edge of the tree without leaves.
    pub const fn empty() -> Self {
        Self { frontier: Frontier::empty(), partials: Vec::new() }
    }

    /// Rebuilds the edge of a tree from what is stored of it.
    ///
    /// `leaf_hashes` are the last `size mod 256` leaf hashes. `read_full`
    /// answers with the bytes of a full tile, `None` when there is none; it is
    /// asked for at most 255 tiles a level. The edge is as true as what it is
    /// rebuilt from: compare [`Edge::root`] with a signed checkpoint.
    ///
    /// # Errors
    /// When a tile is missing, has another length, or cannot be read, and when
    /// there are more or fewer leaf hashes.
    pub fn restore<B: AsRef<[u8]>, E>(
        size: TreeSize,
        leaf_hashes: &[Hash],
        mut read_full: impl FnMut(Coordinate) -> Result<Option<B>, E>,
    ) -> Result<Self, RestoreError<E>> {
        let expected = partial_hashes(0, size).count();
        if leaf_hashes.len() != expected {
            let found = leaf_hashes.len();
            return Err(RestoreError::LeafCount { size, expected, found });
        }
        if size == TreeSize::EMPTY {
            return Ok(Self::empty());
        }
        let mut partials = vec![leaf_hashes.to_vec()];
        for level in (1..LEVELS_MAX).take_while(|level| hashes_at(*level, size) > 0) {
            let children = partial_hashes(level, size)
                .map(|number| Coordinate { level: level.saturating_sub(1), number });
            let roots = children.map(|at| full_root(at, read_full(at)));
            partials.push(roots.collect::<Result<_, _>>()?);
        }
        Ok(Self::from_partials(size, partials).expect("each level has its bits' hashes"))
    }

    /// Puts an edge together from the partial tiles of its levels, the lowest first,
    /// as [`Edge::partial`] gives them.
    ///
    /// `None` where a level has more or fewer hashes than a tree of this size.
    pub fn from_partials(size: TreeSize, mut partials: Vec<Vec<Hash>>) -> Option<Self> {
        let levels = (0..LEVELS_MAX).take_while(|level| hashes_at(*level, size) > 0);
        partials.resize(levels.clone().count(), Vec::new());
        let fit = levels.zip(&partials);
        let fit = fit.filter(|(level, held)| held.len() == partial_hashes(*level, size).count());
        if fit.count() != partials.len() {
            return None;
        }
        let roots = partials.iter().rev().flat_map(|hashes| complete_roots(hashes)).collect();
        Some(Self { frontier: Frontier::from_parts(size, roots)?, partials })
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> TreeSize {
        self.frontier.size()
    }

    /// The root of the tree: at most 62 node hashes.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends a leaf and gives out the tiles that it fills, the lowest first.
    ///
    /// Costs one node hash, taken over many leaves; 255 leaves of 256 fill
    /// nothing and allocate nothing.
    ///
    /// # Panics
    /// Past [`TREE_SIZE_MAX`](crate::tlog::TREE_SIZE_MAX) leaves.
    pub fn push(&mut self, leaf: Hash) -> Vec<Full> {
        let mut full = Vec::new();
        let number = self.size().get();
        let partials = &mut self.partials;
        self.frontier.push_and_see(leaf, |height, hash| {
            if height.is_multiple_of(TILE_HEIGHT) {
                full.extend(append(partials, height / TILE_HEIGHT, hash, number));
            }
        });
        full
    }

    /// The hashes of the partial tile of a level; empty when its last tile is full.
    pub fn partial(&self, level: u8) -> &[Hash] {
        self.partials.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// The bytes of a partial tile; `None` for full tiles and for places without a tile.
    ///
    /// With the stored full tiles this answers every read that a proof needs.
    pub fn partial_tile(&self, at: Coordinate) -> Option<Vec<u8>> {
        let is_last = hashes_at(at.level, self.size()) >> TILE_HEIGHT == at.number;
        let hashes = self.partial(at.level);
        (is_last && !hashes.is_empty()).then(|| to_bytes(hashes))
    }
}

/// Appends a hash to the partial tile of a level; the tile when that fills it.
///
/// `leaf` is the index of the leaf that is being pushed.
fn append(partials: &mut Vec<Vec<Hash>>, level: u32, hash: Hash, leaf: u64) -> Option<Full> {
    let level = u8::try_from(level).expect("a tree has at most 8 levels of tiles");
    if partials.len() <= usize::from(level) {
        partials.push(Vec::with_capacity(TILE_HASHES));
    }
    let hashes = partials.get_mut(usize::from(level)).expect("levels begin one after another");
    hashes.push(hash);
    if hashes.len() < TILE_HASHES {
        return None;
    }
    // `leaf` is the last leaf under this tile.
    let number = leaf.checked_shr((u32::from(level) + 1) * TILE_HEIGHT).unwrap_or(0);
    let hashes = std::mem::replace(hashes, Vec::with_capacity(TILE_HASHES));
    Some(Full::new(Coordinate { level, number }, hashes))
}

/// The positions of a level's hashes that stand in its partial tile.
fn partial_hashes(level: u8, size: TreeSize) -> std::ops::Range<u64> {
    let end = hashes_at(level, size);
    (end >> TILE_HEIGHT << TILE_HEIGHT)..end
}

/// The root of a full tile, as a reader answered for it.
fn full_root<B: AsRef<[u8]>, E>(
    at: Coordinate,
    answer: Result<Option<B>, E>,
) -> Result<Hash, RestoreError<E>> {
    let bytes = answer.map_err(|source| RestoreError::Read { at, source })?;
    let bytes = bytes.ok_or(RestoreError::Missing { at })?;
    let bytes = bytes.as_ref();
    root_of_full(bytes).ok_or(RestoreError::WrongSize { at, bytes: bytes.len() })
}

/// The roots of the complete subtrees over a partial tile's hashes, the largest first.
fn complete_roots(hashes: &[Hash]) -> Vec<Hash> {
    let mut roots = Vec::new();
    let mut rest = hashes;
    for height in (0..TILE_HEIGHT).rev() {
        if hashes.len() >> height & 1 == 1 {
            let (subtree, after) = rest.split_at(1 << height);
            roots.push(root_of(subtree));
            rest = after;
        }
    }
    roots
}
