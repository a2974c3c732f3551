//! Inclusion and consistency proofs, RFC 6962 sections 2.1.1 and 2.1.2.
//!
//! The making is in `prove`: [`inclusion`], [`consistency`] and [`root_at`] read
//! tiles through a function of the caller's. The checking is in `verify`:
//! [`verify_inclusion`] and [`verify_consistency`] need nothing but their
//! arguments, and fail for any argument that is not exactly right.

mod nodes;
mod prove;
#[cfg(test)]
mod tests;
mod verify;

pub use nodes::TileError;
pub use prove::{ProveError, consistency, inclusion, root_at};
pub use verify::{VerifyError, verify_consistency, verify_inclusion};

use super::hash::Hash;

/// The most hashes in a proof: one for each level of the largest tree.
pub const PROOF_HASHES_MAX: usize = 63;

/// A proof with more hashes than any tree needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a proof of {hashes} hashes; no tree needs more than {PROOF_HASHES_MAX}")]
pub struct ProofTooLong {
    /// How many hashes it has.
    pub hashes: usize,
}

/// The siblings on the way from a leaf to the root, the leaf's own first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof(Vec<Hash>);

/// The subtrees that show one tree to be the beginning of another.
///
/// Empty when the trees are the same, or the older one has no leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof(Vec<Hash>);

impl InclusionProof {
    /// Takes hashes from outside. Only [`verify_inclusion`] tells what they are worth.
    ///
    /// # Errors
    /// With more than [`PROOF_HASHES_MAX`] hashes.
    pub fn new(hashes: Vec<Hash>) -> Result<Self, ProofTooLong> {
        bounded(hashes).map(Self)
    }

    /// The hashes, the leaf's sibling first.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }
}

impl ConsistencyProof {
    /// Takes hashes from outside. Only [`verify_consistency`] tells what they are worth.
    ///
    /// # Errors
    /// With more than [`PROOF_HASHES_MAX`] hashes.
    pub fn new(hashes: Vec<Hash>) -> Result<Self, ProofTooLong> {
        bounded(hashes).map(Self)
    }

    /// The hashes, in the order of RFC 6962.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }
}

fn bounded(hashes: Vec<Hash>) -> Result<Vec<Hash>, ProofTooLong> {
    match hashes.len() {
        0..=PROOF_HASHES_MAX => Ok(hashes),
        hashes => Err(ProofTooLong { hashes }),
    }
}
