//! From a queue row to a medium in the archive, linked to its record.

use std::sync::atomic::Ordering;

use zeroize::Zeroizing;

use super::fetch::Failure;
use super::{Fetcher, Task};
use crate::capture::{digest, once_key};
use crate::entry::{Kept, MissedReason};
use crate::log::{Draft, Group, Placed};
use crate::record::{Class, MediaRef, Record, RecordId};
use crate::tlog::hash::sha256;
use crate::tlog::{Hash, LeafIndex};

/// Downloads whose digest is not as announced are tried so often before the
/// bytes are kept with a note that they differ.
const DIGEST_ATTEMPTS_MAX: u32 = 3;

impl Fetcher {
    /// Fetches and keeps the medium that the record of an entry announces.
    pub(super) fn try_once(&self, index: LeafIndex, task: &Task) -> Result<(), Failure> {
        let (kept, record) = self.announcement(index)?;
        let Some(media) = record.body.media else {
            return Err(Failure::Archive("the record announces no medium".to_owned()));
        };
        let looked_up = self.door.look_up(&media.id, record.number_id.as_deref())?;
        let bytes = Zeroizing::new(self.door.download(&looked_up)?);
        let digest = sha256(&bytes);
        let matches = matches(&media, looked_up.sha256.as_deref(), digest);
        if matches == Some(false) && task.attempts < DIGEST_ATTEMPTS_MAX {
            return Err(Failure::Digest);
        }
        // From here on neither the record is destroyed, nor a medium that is had already.
        let _linking = self.log.linking();
        if self.is_destroyed(index) {
            return Ok(());
        }
        let medium = self.keep(&kept, digest, &bytes)?;
        let link = Draft::linked(kept.record, medium, matches).ending_wait_of(index);
        self.log.append_blocking(Group::of(link)).map_err(archive)?;
        self.counts.linked.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Says in the log that a medium was missed, and ends the wait for it.
    pub(super) fn give_up(
        &self,
        index: LeafIndex,
        reason: MissedReason,
    ) -> Result<(), crate::log::Error> {
        let record = self.log.kept_at(index)?.record;
        let draft = Draft::missed(record, reason).ending_wait_of(index);
        self.log.append_blocking(Group::of(draft))?;
        self.counts.missed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn announcement(&self, index: LeafIndex) -> Result<(Kept, Record), Failure> {
        let kept = self.log.kept_at(index).map_err(archive)?;
        let (header, body) = self.log.sealed_at(index).map_err(archive)?;
        let plaintext = self.keyring.open(&kept, &header, &body).map_err(archive)?;
        let record = serde_json::from_slice(&plaintext)
            .map_err(|_| Failure::Archive("the record does not read".to_owned()))?;
        Ok((kept, record))
    }

    /// The record of the medium's bytes: one for each class of record that
    /// announces it, however often it is sent. One that was destroyed, and is recognised
    /// until its run is finished, is kept anew.
    fn keep(&self, announced_by: &Kept, digest: Hash, bytes: &[u8]) -> Result<RecordId, Failure> {
        let mut sameness = announced_by.class.as_str().as_bytes().to_vec();
        sameness.extend_from_slice(digest.as_bytes());
        let mut key = once_key(&self.once, "medium", &sameness);
        while let Some(index) = self.log.seen_at(key).map_err(archive)? {
            if !self.is_destroyed(index) {
                self.counts.shared.fetch_add(1, Ordering::Relaxed);
                return Ok(self.log.kept_at(index).map_err(archive)?.record);
            }
            sameness.extend_from_slice(&index.get().to_be_bytes());
            key = once_key(&self.once, "medium", &sameness);
        }
        let sealed = self.keyring.seal(Class::Medium, self.clock.now(), bytes).map_err(archive)?;
        let id = sealed.kept.record;
        let group = Group::of(Draft::captured(sealed, None).once(key));
        match self.log.append_blocking(group).map_err(archive)?.first() {
            // Another worker was faster with the same bytes.
            Some(Placed::Seen(index)) => Ok(self.log.kept_at(*index).map_err(archive)?.record),
            Some(Placed::At(_) | Placed::Superfluous) | None => Ok(id),
        }
    }
}

/// Whether the bytes are those announced, by the message (often base64) and by
/// the look-up (hexadecimal); `None` when neither says.
fn matches(media: &MediaRef, looked_up: Option<&str>, digest: Hash) -> Option<bool> {
    let announced: Vec<_> = [media.sha256.as_deref(), looked_up]
        .into_iter()
        .flatten()
        .filter_map(digest::read)
        .collect();
    if announced.is_empty() {
        return None;
    }
    Some(announced.iter().all(|announced| announced == digest.as_bytes()))
}

fn archive(error: impl std::error::Error) -> Failure {
    let mut text = error.to_string();
    if let Some(source) = error.source() {
        text.push_str(": ");
        text.push_str(&source.to_string());
    }
    Failure::Archive(text)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn a_digest_is_compared_in_either_spelling() {
        let digest = sha256(b"a voice note");
        let hex = digest.to_string();
        let base64 = base64::prelude::BASE64_STANDARD.encode(digest.as_bytes());
        let announced = |text: &str| MediaRef { sha256: Some(text.into()), ..MediaRef::default() };
        assert_eq!(matches(&announced(&hex), Some(&base64), digest), Some(true));
        assert_eq!(matches(&announced(&base64), Some(&hex), digest), Some(true));
        assert_eq!(matches(&announced(&hex), Some(&"0".repeat(64)), digest), Some(false));
        assert_eq!(matches(&MediaRef::default(), None, digest), None);
        assert_eq!(matches(&announced("nonsense"), None, digest), None);
    }
}
