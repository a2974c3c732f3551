//! Checking proofs, with nothing to read.
//!
//! The last leaf's path and the path in question run apart below some level.
//! Below it each bit of the index says on which side the sibling is; above it
//! the siblings are all on the left, one for each bit that is set. This is the
//! algorithm of RFC 9162 sections 2.1.3.2 and 2.1.4.2, with the number of
//! hashes known beforehand.

use super::{ConsistencyProof, InclusionProof};
use crate::tlog::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::tlog::position::{LeafIndex, TREE_SIZE_MAX, TreeSize};

/// What is wrong with a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The tree does not have the leaf.
    #[error("a tree of {size} leaves has no leaf {index}")]
    IndexBeyondTree {
        /// The leaf claimed.
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
    /// The proof has more or fewer hashes than trees of these sizes need.
    #[error("the proof has {found} hashes; these positions need {expected}")]
    WrongLength {
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// The leaf and the proof lead to another root.
    #[error("the proof leads to the root {computed}, not to {claimed}")]
    RootMismatch {
        /// The root that leaf and proof lead to.
        computed: Hash,
        /// The root that they should lead to.
        claimed: Hash,
    },
    /// The proof, or the roots when no proof is needed, fit the later tree and not
    /// the earlier one. As no other hashes lead to the later root, the later tree
    /// begins with another tree than the earlier one: where both are signed, this
    /// proves that the log has two histories.
    #[error("the proof leads to the earlier root {computed}, not to {claimed}")]
    OldRootMismatch {
        /// The earlier root that the proof leads to.
        computed: Hash,
        /// The earlier root that it should lead to.
        claimed: Hash,
    },
}

/// Checks that the tree with a size and a root has a leaf hash at an index.
///
/// # Errors
/// In every other case; the variant says what does not fit.
pub fn verify_inclusion(
    leaf_hash: &Hash,
    index: LeafIndex,
    size: TreeSize,
    proof: &InclusionProof,
    root: &Hash,
) -> Result<(), VerifyError> {
    check_size(size)?;
    if !size.contains(index) {
        return Err(VerifyError::IndexBeyondTree { index, size });
    }
    let (inner, border) = path_lengths(index.get(), size.get());
    let (siblings, lefts) = split_proof(proof.hashes(), inner, border)?;
    let below = siblings.iter().enumerate().fold(*leaf_hash, |node, (level, sibling)| {
        if index.get() >> level & 1 == 0 {
            node_hash(&node, sibling)
        } else {
            node_hash(sibling, &node)
        }
    });
    let computed = with_lefts(below, lefts);
    if computed == *root {
        Ok(())
    } else {
        Err(VerifyError::RootMismatch { computed, claimed: *root })
    }
}

/// Checks that the tree of `old_size` is the beginning of the tree of `new_size`.
///
/// From the empty tree every tree goes on, with an empty proof.
///
/// # Errors
/// In every other case; the variant says what does not fit.
pub fn verify_consistency(
    old_size: TreeSize,
    new_size: TreeSize,
    old_root: &Hash,
    new_root: &Hash,
    proof: &ConsistencyProof,
) -> Result<(), VerifyError> {
    check_size(new_size)?;
    if old_size > new_size {
        return Err(VerifyError::SizeShrinks { old: old_size, new: new_size });
    }
    let (old_computed, new_computed) = match old_size.last_leaf() {
        None => {
            split_proof(proof.hashes(), 0, 0)?;
            let only = if new_size == TreeSize::EMPTY { EMPTY_ROOT } else { *new_root };
            (EMPTY_ROOT, only)
        }
        Some(_) if old_size == new_size => {
            split_proof(proof.hashes(), 0, 0)?;
            (*new_root, *new_root)
        }
        Some(last) => roots_of(last, old_size, new_size, old_root, proof.hashes())?,
    };
    // In this order: that the earlier tree is another one is only proven by hashes
    // that lead to the later tree.
    if new_computed != *new_root {
        return Err(VerifyError::RootMismatch { computed: new_computed, claimed: *new_root });
    }
    if old_computed != *old_root {
        return Err(VerifyError::OldRootMismatch { computed: old_computed, claimed: *old_root });
    }
    Ok(())
}

/// The roots of both trees that a proof between different sizes leads to.
///
/// `last` is the old tree's last leaf: the proof goes up from the largest
/// complete subtree that ends with it.
fn roots_of(
    last: LeafIndex,
    old_size: TreeSize,
    new_size: TreeSize,
    old_root: &Hash,
    proof: &[Hash],
) -> Result<(Hash, Hash), VerifyError> {
    let (inner, border) = path_lengths(last.get(), new_size.get());
    // Never below 0: the last leaf's path leaves the new tree's edge above this subtree.
    let height = old_size.get().trailing_zeros();
    let inner = inner - usize::try_from(height).expect("at most 63");
    // When that subtree is the whole old tree, its root is known and not repeated.
    let (subtree, proof) = if old_size.get().is_power_of_two() {
        (*old_root, proof)
    } else {
        let expected = inner + border + 1;
        let (subtree, rest) =
            proof.split_first().ok_or(VerifyError::WrongLength { expected, found: 0 })?;
        if rest.len() != inner + border {
            return Err(VerifyError::WrongLength { expected, found: proof.len() });
        }
        (*subtree, rest)
    };
    let (siblings, lefts) = split_proof(proof, inner, border)?;
    let (mut old, mut new) = (subtree, subtree);
    for (level, sibling) in siblings.iter().enumerate() {
        if last.get() >> height >> level & 1 == 0 {
            // The old tree ended before this sibling.
            new = node_hash(&new, sibling);
        } else {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        }
    }
    Ok((with_lefts(old, lefts), with_lefts(new, lefts)))
}

/// How many hashes a leaf's path has below and above the place where it meets
/// the path of the last leaf. Needs `index < size`.
fn path_lengths(index: u64, size: u64) -> (usize, usize) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    let length = |bits| usize::try_from(bits).expect("at most 64");
    (length(inner), length(border))
}

fn split_proof(
    proof: &[Hash],
    inner: usize,
    border: usize,
) -> Result<(&[Hash], &[Hash]), VerifyError> {
    let (expected, found) = (inner + border, proof.len());
    proof
        .split_at_checked(inner)
        .filter(|_| found == expected)
        .ok_or(VerifyError::WrongLength { expected, found })
}

/// Goes up where every sibling is on the left.
fn with_lefts(node: Hash, lefts: &[Hash]) -> Hash {
    lefts.iter().fold(node, |node, left| node_hash(left, &node))
}

fn check_size(size: TreeSize) -> Result<(), VerifyError> {
    if size > TREE_SIZE_MAX { Err(VerifyError::SizeTooLarge { size }) } else { Ok(()) }
}
