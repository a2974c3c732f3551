//! Records of consent on which what is known of somebody rests: they are kept past their
//! time, so that no restart forgets that somebody withdrew, or on what word they are
//! written to. A newer word takes the place of an older one, which then may go.

use jiff::Timestamp;

use super::plan::Candidate;
use super::{Error, Inner};
use crate::tlog::LeafIndex;

/// Why such a record stays.
pub(super) const WHY: &str = "what is known of somebody's consent rests on it";

impl Inner {
    /// Takes those candidates out on which something rests; how many they were.
    pub(super) fn without_relied(
        &self,
        candidates: &mut Vec<Candidate>,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let before = candidates.len();
        let retained = self.govern.read(|projection| {
            candidates.retain(|candidate| !projection.consent.rests_on(candidate.entry, now));
        });
        retained.map_err(Error::Govern)?;
        Ok((before - candidates.len()) as u64)
    }

    /// Whether something rests on the record of an entry.
    pub(super) fn is_relied_upon(&self, entry: LeafIndex, now: Timestamp) -> Result<bool, Error> {
        let rests = self.govern.read(|projection| projection.consent.rests_on(entry, now));
        rests.map_err(Error::Govern)
    }
}
