//! Another key for the log.
//!
//! The old key's last act is an entry that names the new one, signed by both. The
//! old key signs no checkpoint that covers it: the log is opened again with the
//! new key, which does.

use super::{Draft, Error, Group, Log};
use crate::entry::HandOver;
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;

impl Log {
    /// Hands the log over to another key, as its next entry. Nobody else may
    /// append meanwhile.
    ///
    /// When this returns, this log's own key signs nothing any more: close it,
    /// and open it with `to`.
    ///
    /// # Errors
    /// When the keys are not two keys of this log, or it cannot be written.
    pub fn hand_over(&self, from: &SigningKey, to: &SigningKey) -> Result<LeafIndex, Error> {
        let index = LeafIndex::new(self.size().get());
        let hand_over = HandOver::sign(index, from, to).map_err(Error::Rotation)?;
        if from.verifier() != self.verifier_key() {
            return Err(Error::Rotation(crate::entry::BadHandOver::Keys));
        }
        self.append_blocking(Group::of(Draft::handed_over(hand_over)))?;
        Ok(index)
    }
}
