//! Making proofs and roots from tiles.
//!
//! The reader that each function takes answers for a place with the bytes of
//! the tile there: the full one, or a partial one that is at least as wide as
//! the tree in question needs. A log that has grown on answers with its wider
//! tiles, since a partial tile is a prefix of them:
//!
//! ```text
//! let read = |at| match edge.partial_tile(at) {
//!     Some(bytes) => Ok(Some(bytes)),
//!     None => store.full_tile(at),
//! };
//! ```
//!
//! A proof reads at most three tiles for each 256-fold of the size.

use super::nodes::{Nodes, TileError};
use super::{ConsistencyProof, InclusionProof};
use crate::tlog::hash::{EMPTY_ROOT, Hash};
use crate::tlog::position::{LeafIndex, TREE_SIZE_MAX, TreeSize};
use crate::tlog::tile::Coordinate;

/// Why a proof or a root cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError<E> {
    /// The tree does not have the leaf.
    #[error("a tree of {size} leaves has no leaf {index}")]
    IndexBeyondTree {
        /// The leaf asked for.
        index: LeafIndex,
        /// The tree's size.
        size: TreeSize,
    },
    /// The tree that should be the later one is smaller.
    #[error("a tree of {new} leaves does not come after one of {old}")]
    SizeShrinks {
        /// The size of the earlier tree.
        old: TreeSize,
        /// The size of the later tree.
        new: TreeSize,
    },
    /// The tree is larger than any that is signed.
    #[error("a tree of {size} leaves is larger than {TREE_SIZE_MAX}")]
    SizeTooLarge {
        /// The size.
        size: TreeSize,
    },
    /// A tile is not there, or not what it should be.
    #[error(transparent)]
    Tile(TileError<E>),
}

/// Proves that the tree of a size has the leaf at an index.
///
/// # Errors
/// When the tree has no such leaf, or a tile cannot be had.
pub fn inclusion<B: AsRef<[u8]>, E>(
    index: LeafIndex,
    size: TreeSize,
    read: impl FnMut(Coordinate) -> Result<Option<B>, E>,
) -> Result<InclusionProof, ProveError<E>> {
    check_size(size)?;
    if !size.contains(index) {
        return Err(ProveError::IndexBeyondTree { index, size });
    }
    let mut nodes = Nodes::new(read);
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size.get());
    // Down from the root, always leaving the half without the leaf behind.
    while end - start > 1 {
        let middle = start + left_leaves(end - start);
        let other = if index.get() < middle {
            let right = middle..end;
            end = middle;
            right
        } else {
            let left = start..middle;
            start = middle;
            left
        };
        path.push(nodes.range(other).map_err(ProveError::Tile)?);
    }
    path.reverse();
    Ok(InclusionProof(path))
}

/// Proves that the tree of size `old` is the beginning of the tree of size `new`.
///
/// # Errors
/// When `new` is smaller, or a tile cannot be had.
pub fn consistency<B: AsRef<[u8]>, E>(
    old: TreeSize,
    new: TreeSize,
    read: impl FnMut(Coordinate) -> Result<Option<B>, E>,
) -> Result<ConsistencyProof, ProveError<E>> {
    check_size(new)?;
    if old > new {
        return Err(ProveError::SizeShrinks { old, new });
    }
    if old == TreeSize::EMPTY {
        return Ok(ConsistencyProof(Vec::new()));
    }
    let mut nodes = Nodes::new(read);
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, new.get());
    // Down from the new root to the subtree that ends where the old tree ends.
    while end != old.get() {
        let middle = start + left_leaves(end - start);
        let other = if old.get() <= middle {
            let right = middle..end;
            end = middle;
            right
        } else {
            let left = start..middle;
            start = middle;
            left
        };
        proof.push(nodes.range(other).map_err(ProveError::Tile)?);
    }
    // From leaf 0 on that subtree is the old tree, whose root the verifier has.
    if start > 0 {
        proof.push(nodes.range(start..end).map_err(ProveError::Tile)?);
    }
    proof.reverse();
    Ok(ConsistencyProof(proof))
}

/// Computes the root that the tree had at a size, now or earlier.
///
/// # Errors
/// When a tile cannot be had.
pub fn root_at<B: AsRef<[u8]>, E>(
    size: TreeSize,
    read: impl FnMut(Coordinate) -> Result<Option<B>, E>,
) -> Result<Hash, ProveError<E>> {
    check_size(size)?;
    if size == TreeSize::EMPTY {
        return Ok(EMPTY_ROOT);
    }
    Nodes::new(read).range(0..size.get()).map_err(ProveError::Tile)
}

fn check_size<E>(size: TreeSize) -> Result<(), ProveError<E>> {
    if size > TREE_SIZE_MAX { Err(ProveError::SizeTooLarge { size }) } else { Ok(()) }
}

/// How many of a subtree's leaves are on its left: the largest power of two
/// below their number, which is at least 2.
fn left_leaves(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}
