//! Receipts: that an entry is in the log, in one file that needs no network.
//!
//! A C2SP tlog-proof: the leaf's index, its inclusion proof and the checkpoint
//! that the proof leads to. <https://c2sp.org/tlog-proof>. Its extra data is the
//! leaf itself, so that one file is enough. A [`Receipt`] that was parsed proves
//! nothing before [`Receipt::verify`].

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{Checkpoint, OpenError, open_by, open_note};
use super::hash::{BadHash, Hash, leaf_hash};
use super::note::{BadNote, Note, Verified, VerifierKey};
use super::position::{BadNumber, LeafIndex};
use super::proof::{InclusionProof, ProofTooLong, VerifyError, verify_inclusion};

/// The most bytes of the extra data.
pub const EXTRA_BYTES_MAX: usize = 64 * 1024;

/// The most bytes of a receipt: a note, the extra data in base64, and the proof.
pub const RECEIPT_BYTES_MAX: usize = 384 * 1024;

/// The name that a receipt's file ends with.
pub const RECEIPT_EXTENSION: &str = "tlog-proof";

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The proof of one entry, complete with the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    extra: Vec<u8>,
    index: LeafIndex,
    proof: InclusionProof,
    checkpoint: Note,
}

/// What a receipt that holds leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven<'k> {
    /// The checkpoint whose tree has the entry.
    pub checkpoint: Checkpoint,
    /// The signatures on it that verified, the log's among them.
    pub signatures: Vec<Verified<'k>>,
}

/// Why a text is not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadReceipt {
    /// It is longer than [`RECEIPT_BYTES_MAX`].
    #[error("the receipt has {bytes} bytes; the most is {RECEIPT_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It does not begin as a receipt does.
    #[error("a receipt begins with the line {HEADER}")]
    Header,
    /// The extra data is not base64, empty though announced, or too long.
    #[error("the receipt's extra data is not 1 to {EXTRA_BYTES_MAX} bytes in base64")]
    Extra,
    /// There is no line `index <number>`.
    #[error("the receipt has no index line")]
    NoIndex,
    /// The index does not read.
    #[error("the receipt's index is malformed")]
    Index(#[source] BadNumber),
    /// A line of the proof is not a hash.
    #[error("line {line} of the receipt's proof is not a hash")]
    Hash {
        /// The line of the proof, from 1.
        line: usize,
        /// What is wrong with it.
        source: BadHash,
    },
    /// The proof has more hashes than any tree needs.
    #[error("the receipt's proof is too long")]
    Proof(#[source] ProofTooLong),
    /// No blank line divides the proof from the checkpoint.
    #[error("the receipt has no checkpoint after its proof")]
    NoCheckpoint,
    /// The checkpoint is not a signed note.
    #[error("the receipt's checkpoint is not a signed note")]
    Checkpoint(#[source] BadNote),
}

/// Why a receipt does not prove an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Its checkpoint is not the log's.
    #[error("the receipt's checkpoint does not open")]
    Checkpoint(#[source] OpenError),
    /// The entry is not in the tree at that place.
    #[error("the receipt does not prove this entry")]
    Inclusion(#[source] VerifyError),
}

impl Receipt {
    /// Puts a receipt together.
    pub const fn new(index: LeafIndex, proof: InclusionProof, checkpoint: Note) -> Self {
        Self { extra: Vec::new(), index, proof, checkpoint }
    }

    /// Adds data that nothing vouches for; none when it is empty.
    ///
    /// # Errors
    /// With more than [`EXTRA_BYTES_MAX`] bytes.
    pub fn with_extra(self, extra: Vec<u8>) -> Result<Self, BadReceipt> {
        if extra.len() > EXTRA_BYTES_MAX {
            Err(BadReceipt::Extra)
        } else {
            Ok(Self { extra, ..self })
        }
    }

    /// The extra data, which no signature covers; empty when there is none.
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// The index that the receipt claims for the entry.
    pub const fn index(&self) -> LeafIndex {
        self.index
    }

    /// The proof, unverified.
    pub const fn proof(&self) -> &InclusionProof {
        &self.proof
    }

    /// The checkpoint's note, unverified.
    pub const fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }

    /// Checks that the log `origin`, by its key, has the entry with these bytes
    /// at [`Receipt::index`]. Gives the checkpoint that says so.
    ///
    /// # Errors
    /// In every other case.
    pub fn verify(
        &self,
        leaf: &[u8],
        key: &VerifierKey,
        origin: &str,
    ) -> Result<Checkpoint, ReceiptError> {
        self.verify_leaf_hash(&leaf_hash(leaf), key, origin)
    }

    /// The same for an entry of which only the leaf hash is at hand.
    ///
    /// # Errors
    /// In every other case.
    pub fn verify_leaf_hash(
        &self,
        leaf_hash: &Hash,
        key: &VerifierKey,
        origin: &str,
    ) -> Result<Checkpoint, ReceiptError> {
        let checkpoint =
            open_note(&self.checkpoint, key, origin).map_err(ReceiptError::Checkpoint)?;
        let (size, root) = (checkpoint.size(), checkpoint.root());
        verify_inclusion(leaf_hash, self.index, size, &self.proof, root)
            .map_err(ReceiptError::Inclusion)?;
        Ok(checkpoint)
    }

    /// Checks that the log has the entry with these bytes at [`Receipt::index`], by
    /// any of the keys that it had. Keys of witnesses may be given with them: see
    /// [`open_by`].
    ///
    /// # Errors
    /// In every other case.
    pub fn verify_by<'k>(
        &self,
        leaf: &[u8],
        keys: &'k [VerifierKey],
    ) -> Result<Proven<'k>, ReceiptError> {
        let opened = open_by(&self.checkpoint, keys).map_err(ReceiptError::Checkpoint)?;
        let (checkpoint, signatures) = opened;
        let (size, root) = (checkpoint.size(), checkpoint.root());
        verify_inclusion(&leaf_hash(leaf), self.index, size, &self.proof, root)
            .map_err(ReceiptError::Inclusion)?;
        Ok(Proven { checkpoint, signatures })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", STANDARD.encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.proof.hashes().iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = BadReceipt;

    fn from_str(text: &str) -> Result<Self, BadReceipt> {
        if text.len() > RECEIPT_BYTES_MAX {
            return Err(BadReceipt::TooLong { bytes: text.len() });
        }
        let body = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
        let (head, note) =
            body.ok_or(BadReceipt::Header)?.split_once("\n\n").ok_or(BadReceipt::NoCheckpoint)?;
        let mut lines = head.split('\n').peekable();
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(parse_extra);
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.ok_or(BadReceipt::NoIndex)?.parse().map_err(BadReceipt::Index)?;
        let hashes = (1..).zip(lines).map(|(line, text)| {
            Hash::from_base64(text).map_err(|source| BadReceipt::Hash { line, source })
        });
        let proof = InclusionProof::new(hashes.collect::<Result<_, _>>()?);
        Ok(Self {
            extra: extra.transpose()?.unwrap_or_default(),
            index,
            proof: proof.map_err(BadReceipt::Proof)?,
            checkpoint: Note::parse(note).map_err(BadReceipt::Checkpoint)?,
        })
    }
}

fn parse_extra(line: &str) -> Result<Vec<u8>, BadReceipt> {
    let text = line.strip_prefix("extra ").ok_or(BadReceipt::Extra)?;
    let extra = STANDARD.decode(text).map_err(|_| BadReceipt::Extra)?;
    let fits = (1..=EXTRA_BYTES_MAX).contains(&extra.len());
    if fits { Ok(extra) } else { Err(BadReceipt::Extra) }
}
