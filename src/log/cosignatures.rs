//! Cosignatures on the log's checkpoints, and which checkpoint a receipt carries.
//!
//! Witnesses answer after a checkpoint was stored: their lines are added to its row.
//! The text and the log's own signature never change.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Error, Log, Poison, Shared};
use crate::store::Commit;
use crate::tlog::TreeSize;
use crate::tlog::note::{Note, Signature};
use crate::tlog::policy::Policy;

/// Checkpoints that are looked at, from the oldest that covers an entry, for one
/// that the policy is content with.
const LOOKED_AT_MAX: usize = 64;

/// What is known of cosignatures while the log runs.
#[derive(Debug, Default)]
pub(super) struct Cosigning {
    /// Reading a row and writing it with more lines is one step.
    writing: Mutex<()>,
    policy: OnceLock<Policy>,
    /// The largest tree whose cosignatures the policy is content with; 0 when none is.
    newest: AtomicU64,
}

impl Log {
    /// Prefers for receipts what this policy is content with, from now on. Only the
    /// first policy counts.
    ///
    /// # Errors
    /// When checkpoints cannot be read.
    pub fn prefer_cosigned(&self, policy: Policy) -> Result<(), Error> {
        let cosigning = &self.shared.cosigning;
        let policy = cosigning.policy.get_or_init(|| policy);
        let mut up_to = self.signed_size();
        for _ in 0..LOOKED_AT_MAX {
            let found = self.shared.store.checkpoint_up_to(up_to).map_err(Error::Store)?;
            let Some((size, note)) = found else { break };
            if is_content(policy, &note) {
                cosigning.newest.fetch_max(size.get(), Ordering::SeqCst);
                break;
            }
            let Some(before) = size.get().checked_sub(1) else { break };
            up_to = TreeSize::new(before);
        }
        Ok(())
    }

    /// Adds cosignatures, which the caller has verified, to the checkpoint of a
    /// size, each in place of an earlier one by the same key. Lines that claim to be
    /// by the log itself are left out.
    ///
    /// # Errors
    /// When there is no such checkpoint, or it cannot be written; then the log is
    /// poisoned.
    pub fn put_cosignatures(
        &self,
        size: TreeSize,
        cosignatures: &[Signature],
    ) -> Result<(), Error> {
        let shared = &self.shared;
        let keys = self.keys();
        let others: Vec<Signature> = cosignatures
            .iter()
            .filter(|signature| !keys.all().any(|key| signature.claims(key)))
            .cloned()
            .collect();
        let cosigning = &shared.cosigning;
        let _writing = cosigning.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shared.store.checkpoint_from(size).map_err(Error::Store)?;
        let (_, note) = found.filter(|(found, _)| *found == size).ok_or_else(|| {
            Error::Broken(format!("there is no checkpoint of {size} entries to be cosigned"))
        })?;
        let before = parse(&note)?;
        let note = before.clone().with_signatures(&others);
        let note = note.map_err(|error| Error::Broken(error.to_string()))?;
        if note != before {
            let mut commit = Commit::default();
            commit.put_cosigned_checkpoint(size, note.to_string().into_bytes());
            shared.store.commit(commit).map_err(Error::Store).inspect_err(|error| {
                shared.poison.set(Poison::from_error(error));
            })?;
        }
        let policy = cosigning.policy.get();
        if policy.and_then(|policy| policy.cosigned(&note).ok()).is_some_and(|found| found.meets) {
            cosigning.newest.fetch_max(size.get(), Ordering::SeqCst);
        }
        Ok(())
    }
}

impl Shared {
    /// The checkpoint that a receipt of an entry carries: where there is a policy,
    /// an old one that covers the entry and that it is content with; else the oldest
    /// that covers it.
    pub(super) fn checkpoint_covering(
        &self,
        covering: TreeSize,
    ) -> Result<Option<(TreeSize, Vec<u8>)>, Error> {
        let mut rows = self.store.checkpoints_from(covering);
        let Some(oldest) = rows.next().transpose().map_err(Error::Store)? else {
            return Ok(None);
        };
        let Some(policy) = self.cosigning.policy.get() else { return Ok(Some(oldest)) };
        if is_content(policy, &oldest.1) {
            return Ok(Some(oldest));
        }
        for row in rows.take(LOOKED_AT_MAX) {
            let row = row.map_err(Error::Store)?;
            if is_content(policy, &row.1) {
                return Ok(Some(row));
            }
        }
        // Witnesses were away for long: what they cosigned after that covers it too.
        let newest = TreeSize::new(self.cosigning.newest.load(Ordering::SeqCst));
        if newest >= covering {
            let found = self.store.checkpoint_from(newest).map_err(Error::Store)?;
            return Ok(found.or(Some(oldest)));
        }
        Ok(Some(oldest))
    }
}

fn is_content(policy: &Policy, note: &[u8]) -> bool {
    let cosigned = parse(note).ok().and_then(|note| Some(policy.cosigned(&note).ok()?.meets));
    cosigned.unwrap_or(false)
}

fn parse(note: &[u8]) -> Result<Note, Error> {
    let note = std::str::from_utf8(note).ok().and_then(|note| Note::parse(note).ok());
    note.ok_or_else(|| Error::Broken("a checkpoint is not a signed note".to_owned()))
}
