//! What a witness is asked, and what it decides.
//!
//! <https://c2sp.org/tlog-witness>. A log submits a checkpoint with a proof that
//! its tree goes on from the one that the witness cosigned last. A witness that
//! follows [`judge`] vouches for one history of each log: of two that contradict
//! each other it can only ever cosign one.
//!
//! Reading and deciding only: who keeps what was cosigned, and writes it down
//! before answering, is the room `witness`.

mod request;
#[cfg(test)]
mod tests;

use super::checkpoint::Checkpoint;
use super::hash::{EMPTY_ROOT, Hash};
use super::position::TreeSize;
use super::proof::{ConsistencyProof, VerifyError, verify_consistency};

pub use request::{ADD_CHECKPOINT_BYTES_MAX, AddCheckpoint, BadAddCheckpoint};

/// The path below a witness's address that checkpoints are submitted to.
pub const ADD_CHECKPOINT_PATH: &str = "/add-checkpoint";

/// The media type of a conflict's answer: the size that the witness knows.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// A tree that a witness has cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves it has.
    pub size: TreeSize,
    /// Its root.
    pub root: Hash,
}

/// What a witness decides about a checkpoint that the log has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether to cosign it.
    pub verdict: Result<(), Refusal>,
    /// What it says about the log, cosigned or not.
    pub contradiction: Option<Contradiction>,
}

/// Why a witness does not cosign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The proof begins at a larger tree than the checkpoint's.
    #[error("the old size {old} is larger than the checkpoint's {new}")]
    OldBeyondNew {
        /// Where the proof begins.
        old: TreeSize,
        /// The checkpoint's size.
        new: TreeSize,
    },
    /// The proof begins elsewhere than at the tree that was cosigned last.
    #[error("the tree that was cosigned last has {known} leaves: prove from there")]
    OtherOld {
        /// The size of that tree.
        known: TreeSize,
    },
    /// The tree is not proven to go on from the one that was cosigned last.
    #[error("the checkpoint does not go on from the tree that was cosigned last")]
    NotProven(#[source] VerifyError),
}

/// How sure it is that a log has two histories.
///
/// Whoever has a checkpoint can submit it, and add a proof that is none. So a
/// proof that fails shows nothing by itself, or anybody could accuse any log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// The two signed checkpoints, with the hashes submitted, prove it to anybody.
    Proven,
    /// A signed checkpoint came that was not proven to go on: either it does not,
    /// or somebody else than the log submitted it without its proof.
    Suspected,
}

impl TreeHead {
    /// Of a log of which nothing was cosigned.
    pub const EMPTY: Self = Self { size: TreeSize::EMPTY, root: EMPTY_ROOT };

    /// The tree of a checkpoint.
    pub const fn of(checkpoint: &Checkpoint) -> Self {
        Self { size: checkpoint.size(), root: *checkpoint.root() }
    }
}

/// Decides about a checkpoint whose signature by the log was verified.
///
/// `known` is the tree that was cosigned last, `old` and `proof` are the
/// request's. Deciding and writing down must be one step for each log.
pub fn judge(
    known: &TreeHead,
    old: TreeSize,
    proof: &ConsistencyProof,
    next: &TreeHead,
) -> Judgement {
    let verdict = if old > next.size {
        Err(Refusal::OldBeyondNew { old, new: next.size })
    } else if old != known.size {
        Err(Refusal::OtherOld { known: known.size })
    } else {
        verify_consistency(known.size, next.size, &known.root, &next.root, proof)
            .map_err(Refusal::NotProven)
    };
    Judgement { verdict, contradiction: contradiction(known, next, verdict.err()) }
}

fn contradiction(
    known: &TreeHead,
    next: &TreeHead,
    refusal: Option<Refusal>,
) -> Option<Contradiction> {
    if next.size == known.size && next.root != known.root {
        return Some(Contradiction::Proven);
    }
    let Some(Refusal::NotProven(error)) = refusal else { return None };
    match error {
        // The hashes are the later tree's, and its beginning is another one.
        VerifyError::OldRootMismatch { .. } => Some(Contradiction::Proven),
        VerifyError::RootMismatch { .. } => Some(Contradiction::Suspected),
        // Not a proof at all.
        VerifyError::IndexBeyondTree { .. }
        | VerifyError::SizeShrinks { .. }
        | VerifyError::SizeTooLarge { .. }
        | VerifyError::WrongLength { .. } => None,
    }
}

impl Refusal {
    /// The HTTP status that tells it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::OldBeyondNew { .. } => 400,
            Self::OtherOld { .. } => 409,
            Self::NotProven(_) => 422,
        }
    }
}
