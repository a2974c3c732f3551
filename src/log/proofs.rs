//! Proofs out of the durable log: roots, consistency, receipts.

use super::{Error, Log, Published, Shared};
use crate::tlog::note::Note;
use crate::tlog::proof::{self, ConsistencyProof, InclusionProof, ProveError};
use crate::tlog::receipt::Receipt;
use crate::tlog::tile::Coordinate;
use crate::tlog::{LeafIndex, TreeSize};

impl Log {
    /// The newest signed checkpoint, as a signed note; `None` before the first.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn checkpoint(&self) -> Result<Option<(TreeSize, String)>, Error> {
        let found = self.shared.store.checkpoint_up_to(self.size()).map_err(Error::Store)?;
        found.map(|(size, note)| Ok((size, text(note)?))).transpose()
    }

    /// The receipt of an entry: its leaf, its inclusion proof and the oldest checkpoint
    /// that covers it, or an old one that the policy of [`Log::prefer_cosigned`] is
    /// content with, as a C2SP tlog-proof file. `None` while no checkpoint covers it.
    ///
    /// # Errors
    /// When rows cannot be read or do not fit together.
    pub fn receipt(&self, index: LeafIndex) -> Result<Option<String>, Error> {
        let Some(covering) = index.size_with() else { return Ok(None) };
        let found = self.shared.checkpoint_covering(covering)?;
        let Some((size, note)) = found else { return Ok(None) };
        let proof = self.shared.prove_inclusion(&self.shared.published(), index, size)?;
        let note = Note::parse(&text(note)?).map_err(|_| not_a_note())?;
        let leaf = self.shared.store.leaf(index).map_err(Error::Store)?;
        let leaf = leaf.ok_or_else(|| Error::Broken(format!("entry {index} is missing")))?;
        let receipt = Receipt::new(index, proof, note).with_extra(leaf);
        let receipt = receipt.map_err(|error| Error::Broken(format!("entry {index}: {error}")))?;
        Ok(Some(receipt.to_string()))
    }

    /// Proves that the tree of `old` entries is the beginning of the tree of `new`.
    ///
    /// # Errors
    /// [`Error::NotCovered`] where `new` is smaller, or larger than the newest signed
    /// checkpoint; and when rows cannot be read or do not fit together.
    pub fn consistency(&self, old: TreeSize, new: TreeSize) -> Result<ConsistencyProof, Error> {
        let signed = self.signed_size();
        if old > new || new > signed {
            return Err(Error::NotCovered { old, new, signed });
        }
        self.shared.prove_between(&self.shared.published(), old, new)
    }
}

impl Shared {
    pub(super) fn prove_inclusion(
        &self,
        published: &Published,
        index: LeafIndex,
        size: TreeSize,
    ) -> Result<InclusionProof, Error> {
        proof::inclusion(index, size, |at| self.tile(published, at)).map_err(broken)
    }

    pub(super) fn prove_consistency(
        &self,
        published: &Published,
        old: TreeSize,
    ) -> Result<ConsistencyProof, Error> {
        self.prove_between(published, old, published.head.size)
    }

    fn prove_between(
        &self,
        published: &Published,
        old: TreeSize,
        new: TreeSize,
    ) -> Result<ConsistencyProof, Error> {
        proof::consistency(old, new, |at| self.tile(published, at)).map_err(broken)
    }

    fn tile(&self, published: &Published, at: Coordinate) -> Result<Option<Vec<u8>>, Error> {
        match published.edge.partial_tile(at) {
            Some(partial) => Ok(Some(partial)),
            None => self.store.tile(at).map_err(Error::Store),
        }
    }
}

pub(super) fn broken(error: ProveError<Error>) -> Error {
    Error::Broken(format!("a proof cannot be made: {error}"))
}

pub(super) fn text(note: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(note).map_err(|_| not_a_note())
}

pub(super) fn not_a_note() -> Error {
    Error::Broken("a checkpoint is not a signed note".to_owned())
}
