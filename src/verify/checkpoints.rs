//! What was signed: the checkpoints in the archive, and those kept apart from it.
//!
//! Here their form and signature are checked; whether the tree is the one that
//! was signed, `fold` finds out when it has grown to their size.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::chunk::{Chunk, Reader};
use super::cosignatures;
use super::finding::{FindingKind, Findings, Place};
use super::{OutsideCheckpoint, Request};
use crate::causes::told;
use crate::entry::KeyChain;
use crate::store::Store;
use crate::store::rows::Family;
use crate::tlog::checkpoint::{Checkpoint, OpenError};
use crate::tlog::note::Note;
use crate::tlog::{Hash, TreeSize};

/// Somebody says that the tree of this size has this root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) size: TreeSize,
    pub(super) root: Hash,
    /// Whether the log's signature on it was checked.
    pub(super) signed: bool,
    /// The witnesses who cosigned it, where the policy is content with them.
    pub(super) cosigned: Option<Vec<String>>,
    /// Where it was read: for a finding.
    pub(super) place: Place,
}

/// Reads the stored checkpoints of the trees that end within a range of leaves.
pub(super) fn read(reader: &Reader<'_>, range: &Range<u64>, chunk: &mut Chunk) {
    let from = range.start.saturating_add(1).to_be_bytes();
    // The first range has the empty tree's, and whatever stands before it.
    let from = if range.start == 0 { &[] } else { from.as_slice() };
    let before = range.end.saturating_add(1).to_be_bytes();
    let mut scan = reader.store.scan(Family::Checkpoints, from, Some(&before));
    let mut last = range.start;
    loop {
        match scan.advance() {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let text = format!("checkpoints after it cannot be read ({})", told(&error));
                let place = Place::row(Family::Checkpoints, last.to_string());
                chunk.findings.add(place, FindingKind::Unreadable, text);
                return;
            }
        }
        let Some(size) = size_of_key(scan.key(), &mut chunk.findings) else { continue };
        last = size;
        match stored(size, scan.value(), reader.keys.trusted.as_ref(), reader.origin) {
            Ok(claim) => {
                chunk.counts.checkpoints += 1;
                let claim = witnessed(claim, reader, scan.value(), chunk);
                chunk.checkpoints.push(claim);
            }
            Err((kind, text)) => {
                let place = Place::row(Family::Checkpoints, size.to_string());
                chunk.findings.add(place, kind, text);
            }
        }
    }
}

/// The claim with those who cosigned it; reports a cosignature that does not hold.
fn witnessed(claim: Claim, reader: &Reader<'_>, note: &[u8], chunk: &mut Chunk) -> Claim {
    match cosignatures::check(reader.policy, note, reader.origin) {
        Ok(lines) => {
            chunk.counts.cosignatures += lines.known;
            chunk.counts.cosignatures_by_others += lines.unknown;
            Claim { cosigned: lines.enough, ..claim }
        }
        Err((kind, text)) => {
            chunk.findings.add(claim.place.clone(), kind, text);
            claim
        }
    }
}

/// Reports the stored checkpoints of trees larger than the log.
pub(super) fn read_beyond(
    store: &Store,
    size: TreeSize,
    origin: &str,
    keys: Option<&KeyChain>,
    findings: &mut Findings,
) {
    let from = size.get().saturating_add(1).to_be_bytes();
    let mut scan = store.scan(Family::Checkpoints, &from, None);
    loop {
        match scan.advance() {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let text = format!("checkpoints after it cannot be read ({})", told(&error));
                let place = Place::row(Family::Checkpoints, size.to_string());
                return findings.add(place, FindingKind::Unreadable, text);
            }
        }
        let Some(signed_size) = size_of_key(scan.key(), findings) else { continue };
        let place = Place::row(Family::Checkpoints, signed_size.to_string());
        match stored(signed_size, scan.value(), keys, origin) {
            Ok(claim) => {
                findings.add(place, FindingKind::ShorterThanSigned, shorter(claim.size, size));
            }
            Err((kind, text)) => findings.add(place, kind, text),
        }
    }
}

/// The size that a checkpoint's key tells; reports a key that tells none.
fn size_of_key(key: &[u8], findings: &mut Findings) -> Option<u64> {
    let size = key.try_into().map(u64::from_be_bytes).ok();
    if size.is_none() {
        let place = Place::row(Family::Checkpoints, hex::encode(key));
        let text = "a row with a key that no checkpoint can have: somebody put it there";
        findings.add(place, FindingKind::Orphan, text);
    }
    size
}

/// What the checkpoints say that are kept apart from the archive.
pub(super) fn outside(
    request: &Request,
    keys: Option<&KeyChain>,
    size: TreeSize,
    findings: &mut Findings,
) -> Vec<Claim> {
    let read = |one| outside_one(&request.origin, keys, one, size, findings);
    request.outside.iter().filter_map(read).collect()
}

/// What one of them says; `None`, and a finding, where it does not hold.
pub(super) fn outside_one(
    origin: &str,
    keys: Option<&KeyChain>,
    checkpoint: &OutsideCheckpoint,
    size: TreeSize,
    findings: &mut Findings,
) -> Option<Claim> {
    let OutsideCheckpoint { name, note } = checkpoint;
    let place = Place::outside(name);
    match open(note, keys, origin) {
        Ok(checkpoint) if checkpoint.size() > size => {
            let text = shorter(checkpoint.size(), size);
            findings.add(place, FindingKind::ShorterThanSigned, text);
            None
        }
        Ok(checkpoint) => Some(claim(&checkpoint, keys.is_some(), place)),
        Err((kind, text)) => {
            findings.add(place, kind, text);
            None
        }
    }
}

fn shorter(signed: TreeSize, size: TreeSize) -> String {
    format!(
        "the log once signed {signed} entries; the archive has {size}: \
         its end was cut off, or this is an older copy"
    )
}

fn stored(
    size: u64,
    note: &[u8],
    keys: Option<&KeyChain>,
    origin: &str,
) -> Result<Claim, (FindingKind, String)> {
    let checkpoint = open(note, keys, origin)?;
    if checkpoint.size().get() != size {
        let text = format!("in its place stands a checkpoint of {} entries", checkpoint.size());
        return Err((FindingKind::WrongOrder, text));
    }
    let place = Place::row(Family::Checkpoints, size.to_string());
    Ok(claim(&checkpoint, keys.is_some(), place))
}

fn claim(checkpoint: &Checkpoint, signed: bool, place: Place) -> Claim {
    Claim { size: checkpoint.size(), root: *checkpoint.root(), signed, cosigned: None, place }
}

/// Reads a checkpoint of the log; checks its signature where there is a key.
fn open(
    note: &[u8],
    keys: Option<&KeyChain>,
    origin: &str,
) -> Result<Checkpoint, (FindingKind, String)> {
    let note = std::str::from_utf8(note).map_err(|_| {
        (FindingKind::Malformed, "the checkpoint is not text: it was altered".to_owned())
    })?;
    let opened = match keys {
        Some(keys) => keys.open(note, origin),
        None => open_unsigned(note, origin),
    };
    opened.map_err(|error| {
        let kind = match error {
            OpenError::Untrusted(_) => FindingKind::BadSignature,
            OpenError::OtherOrigin { .. } => FindingKind::OtherLog,
            OpenError::Note(_) | OpenError::Text(_) => FindingKind::Malformed,
        };
        (kind, format!("the checkpoint does not hold: {}", told(&error)))
    })
}

fn open_unsigned(note: &str, origin: &str) -> Result<Checkpoint, OpenError> {
    let note = Note::parse(note).map_err(OpenError::Note)?;
    let checkpoint: Checkpoint = note.text().parse().map_err(OpenError::Text)?;
    if checkpoint.origin() == origin {
        return Ok(checkpoint);
    }
    let (found, expected) = (checkpoint.origin().to_owned(), origin.to_owned());
    Err(OpenError::OtherOrigin { found, expected })
}
