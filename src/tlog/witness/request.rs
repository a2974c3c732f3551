//! The body of add-checkpoint.

use std::fmt;
use std::str::FromStr;

use crate::tlog::checkpoint::{BadCheckpoint, Checkpoint};
use crate::tlog::hash::{BadHash, Hash};
use crate::tlog::note::{BadNote, NOTE_BYTES_MAX, Note};
use crate::tlog::position::{BadNumber, TreeSize};
use crate::tlog::proof::{ConsistencyProof, PROOF_HASHES_MAX, ProofTooLong};

/// The most bytes of a request: a note, and before it a size and a proof.
pub const ADD_CHECKPOINT_BYTES_MAX: usize = NOTE_BYTES_MAX + 64 * (PROOF_HASHES_MAX + 1);

/// A checkpoint, and the proof that its tree goes on from an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    old: TreeSize,
    proof: ConsistencyProof,
    note: Note,
    claimed: Checkpoint,
}

/// Why a text is not such a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadAddCheckpoint {
    /// It is longer than [`ADD_CHECKPOINT_BYTES_MAX`].
    #[error("the request has {bytes} bytes; the most is {ADD_CHECKPOINT_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It does not begin with the size of a tree.
    #[error("the request does not begin with the line `old SIZE`")]
    NoOld,
    /// That size does not read.
    #[error("the old size is malformed")]
    Old(#[source] BadNumber),
    /// A line of the proof is not a hash.
    #[error("line {line} of the proof is not a hash")]
    Hash {
        /// The line of the proof, from 1.
        line: usize,
        /// What is wrong with it.
        source: BadHash,
    },
    /// The proof has more hashes than any tree needs.
    #[error("the proof is too long")]
    Proof(#[source] ProofTooLong),
    /// No blank line divides the proof from the checkpoint.
    #[error("the request has no checkpoint after a blank line")]
    NoCheckpoint,
    /// What follows is not a signed note.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] BadNote),
    /// The note's text is not a checkpoint.
    #[error("the signed text is not a checkpoint")]
    Checkpoint(#[source] BadCheckpoint),
}

impl AddCheckpoint {
    /// Asks for a cosignature on a checkpoint.
    ///
    /// # Errors
    /// When the note is no checkpoint's.
    pub fn new(
        old: TreeSize,
        proof: ConsistencyProof,
        note: Note,
    ) -> Result<Self, BadAddCheckpoint> {
        let claimed = note.text().parse().map_err(BadAddCheckpoint::Checkpoint)?;
        Ok(Self { old, proof, note, claimed })
    }

    /// The size of the tree that the proof begins with.
    pub const fn old(&self) -> TreeSize {
        self.old
    }

    /// The proof, unverified.
    pub const fn proof(&self) -> &ConsistencyProof {
        &self.proof
    }

    /// The checkpoint's note, unverified.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// What the note says: nothing of it is true before its signature was verified.
    pub const fn claimed(&self) -> &Checkpoint {
        &self.claimed
    }
}

impl BadAddCheckpoint {
    /// The HTTP status that tells it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLong { .. } => 413,
            Self::Checkpoint(BadCheckpoint::EmptyTreeRoot) => 422,
            Self::NoOld
            | Self::Old(_)
            | Self::Hash { .. }
            | Self::Proof(_)
            | Self::NoCheckpoint
            | Self::Note(_)
            | Self::Checkpoint(_) => 400,
        }
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.hashes().iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for AddCheckpoint {
    type Err = BadAddCheckpoint;

    fn from_str(text: &str) -> Result<Self, BadAddCheckpoint> {
        if text.len() > ADD_CHECKPOINT_BYTES_MAX {
            return Err(BadAddCheckpoint::TooLong { bytes: text.len() });
        }
        let (head, note) = text.split_once("\n\n").ok_or(BadAddCheckpoint::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.ok_or(BadAddCheckpoint::NoOld)?.parse().map_err(BadAddCheckpoint::Old)?;
        let hashes = (1..).zip(lines).map(|(line, text)| {
            Hash::from_base64(text).map_err(|source| BadAddCheckpoint::Hash { line, source })
        });
        // One more than allowed is enough to be told so.
        let hashes = hashes.take(PROOF_HASHES_MAX + 1).collect::<Result<_, _>>()?;
        let proof = ConsistencyProof::new(hashes).map_err(BadAddCheckpoint::Proof)?;
        Self::new(old, proof, Note::parse(note).map_err(BadAddCheckpoint::Note)?)
    }
}
