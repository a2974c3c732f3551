//! Authorities' timestamps, kept beside the checkpoints that they are of.
//!
//! What is stamped is the *text* of a checkpoint: its lines up to the empty one, with
//! their line ends. Signatures are no part of it, so that those of witnesses, which
//! come later, change nothing. What a timestamp says, the room `timestamp` reads.

use super::{Error, Log, proofs};
use crate::store::{Commit, Store};
use crate::tlog::TreeSize;
use crate::tlog::note::Note;

/// A checkpoint and the timestamp on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// How many entries it is of.
    pub size: TreeSize,
    /// The checkpoint: a signed note.
    pub checkpoint: String,
    /// What was stamped: the checkpoint without its signatures.
    pub text: String,
    /// The authority's response: a `TimeStampResp` (RFC 3161), DER.
    pub response: Vec<u8>,
}

/// The timestamp on the checkpoint of a size, or the newest; `None` where there is none.
///
/// # Errors
/// When the rows cannot be read, or the checkpoint is gone.
pub fn stamped(store: &Store, size: Option<TreeSize>) -> Result<Option<Stamped>, Error> {
    let found = match size {
        Some(size) => store.timestamp(size).map(|row| row.map(|response| (size, response))),
        None => store.newest_timestamp(),
    };
    let Some((size, response)) = found.map_err(Error::Store)? else { return Ok(None) };
    let row = store.checkpoint_from(size).map_err(Error::Store)?;
    let note = row.filter(|(found, _)| *found == size).map(|(_, note)| note).ok_or_else(|| {
        Error::Broken(format!(
            "there is a timestamp on the checkpoint of {size}, but no checkpoint"
        ))
    })?;
    let checkpoint = proofs::text(note)?;
    let text = text_of(&checkpoint)?;
    Ok(Some(Stamped { size, checkpoint, text, response }))
}

/// What is stamped of a checkpoint.
fn text_of(checkpoint: &str) -> Result<String, Error> {
    let note = Note::parse(checkpoint).map_err(|_| proofs::not_a_note())?;
    Ok(note.text().to_owned())
}

impl Log {
    /// The text of the newest checkpoint, which is to be stamped; `None` before the first.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn to_be_stamped(&self) -> Result<Option<(TreeSize, String)>, Error> {
        let newest = self.checkpoint()?;
        newest.map(|(size, checkpoint)| Ok((size, text_of(&checkpoint)?))).transpose()
    }

    /// As [`stamped`], of this log.
    ///
    /// # Errors
    /// As [`stamped`].
    pub fn stamped(&self, size: Option<TreeSize>) -> Result<Option<Stamped>, Error> {
        stamped(&self.shared.store, size)
    }

    /// Keeps an authority's response beside the checkpoint that it is of; no entry
    /// tells of it. The caller has verified it.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn put_timestamp(&self, size: TreeSize, response: Vec<u8>) -> Result<(), Error> {
        let mut commit = Commit::default();
        commit.put_timestamp(size, response);
        self.shared.store.commit(commit).map_err(Error::Store)
    }
}
