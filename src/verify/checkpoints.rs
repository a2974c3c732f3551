//! What was signed: the checkpoints in the archive, and those kept apart from it.
//!
//! Here their form and signature are checked; whether the tree is the one that
//! was signed, `fold` finds out when it has grown to their size.

use std::ops::Range;

use super::chunk::{Chunk, Reader};
use super::finding::{FindingKind, Findings, Place};
use super::{OutsideCheckpoint, Request};
use crate::causes::told;
use crate::store::Store;
use crate::store::rows::Family;
use crate::tlog::checkpoint::{self, Checkpoint, OpenError};
use crate::tlog::note::{Note, VerifierKey};
use crate::tlog::{Hash, TreeSize};

/// Somebody says that the tree of this size has this root.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) size: TreeSize,
    pub(super) root: Hash,
    /// Whether the log's signature on it was checked.
    pub(super) signed: bool,
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
        match stored(size, scan.value(), reader.key, reader.origin) {
            Ok(claim) => {
                chunk.counts.checkpoints += 1;
                chunk.checkpoints.push(claim);
            }
            Err((kind, text)) => {
                let place = Place::row(Family::Checkpoints, size.to_string());
                chunk.findings.add(place, kind, text);
            }
        }
    }
}

/// Reports the stored checkpoints of trees larger than the log.
pub(super) fn read_beyond(
    store: &Store,
    size: TreeSize,
    request: &Request,
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
        match stored(signed_size, scan.value(), request.key.as_ref(), &request.origin) {
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
pub(super) fn outside(request: &Request, size: TreeSize, findings: &mut Findings) -> Vec<Claim> {
    let mut claims = vec![];
    for OutsideCheckpoint { name, note } in &request.outside {
        let place = Place::outside(name);
        match open(note, request.key.as_ref(), &request.origin) {
            Ok(checkpoint) if checkpoint.size() > size => {
                let text = shorter(checkpoint.size(), size);
                findings.add(place, FindingKind::ShorterThanSigned, text);
            }
            Ok(checkpoint) => claims.push(claim(&checkpoint, request.key.is_some(), place)),
            Err((kind, text)) => findings.add(place, kind, text),
        }
    }
    claims
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
    key: Option<&VerifierKey>,
    origin: &str,
) -> Result<Claim, (FindingKind, String)> {
    let checkpoint = open(note, key, origin)?;
    if checkpoint.size().get() != size {
        let text = format!("in its place stands a checkpoint of {} entries", checkpoint.size());
        return Err((FindingKind::WrongOrder, text));
    }
    let place = Place::row(Family::Checkpoints, size.to_string());
    Ok(claim(&checkpoint, key.is_some(), place))
}

fn claim(checkpoint: &Checkpoint, signed: bool, place: Place) -> Claim {
    Claim { size: checkpoint.size(), root: *checkpoint.root(), signed, place }
}

/// Reads a checkpoint of the log; checks its signature where there is a key.
fn open(
    note: &[u8],
    key: Option<&VerifierKey>,
    origin: &str,
) -> Result<Checkpoint, (FindingKind, String)> {
    let note = std::str::from_utf8(note).map_err(|_| {
        (FindingKind::Malformed, "the checkpoint is not text: it was altered".to_owned())
    })?;
    let opened = match key {
        Some(key) => checkpoint::open(note, key, origin),
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
