//! What an entry binds: the sealed body, its header and, where there are keys,
//! what they open to.

use super::chunk::{Chunk, Reader, size_of};
use super::cursor::RowAt;
use super::finding::{FindingKind, Place};
use super::plaintext;
use crate::causes::told;
use crate::entry::{Entry, Event, Kept};
use crate::seal::{self, Error as SealError, Keyring, RowName};
use crate::store::rows::Family;
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

/// The entry that a body and a header are checked against.
pub(super) struct Ground<'a> {
    pub(super) index: LeafIndex,
    pub(super) entry: &'a Entry,
    pub(super) reader: &'a Reader<'a>,
}

/// Checks the body and the header of an entry; of an entry that binds none,
/// that there is none. Answers whether the record announces a medium, as far as
/// it could be opened.
pub(super) fn check_sealed(
    ground: &Ground<'_>,
    body: RowAt<'_>,
    header: RowAt<'_>,
    chunk: &mut Chunk,
) -> bool {
    let Some(kept) = ground.entry.kept() else {
        for (family, row) in [(Family::Bodies, body), (Family::Headers, header)] {
            check_nothing(ground, family, &row, chunk);
        }
        return false;
    };
    let is_gone = matches!(body, RowAt::Absent) || matches!(header, RowAt::Absent);
    if ground.reader.is_destroyed(ground.index, is_gone) {
        chunk.counts.destroyed += 1;
        return false;
    }
    let body_holds = check_body(ground, kept, &body, chunk);
    let header_holds = check_header(ground, kept, &header, chunk);
    let Some(keyring) = ground.reader.keyring else { return false };
    let (RowAt::There(body), RowAt::There(header), true) =
        (body, header, body_holds && header_holds)
    else {
        chunk.unopened += 1;
        return false;
    };
    match open(ground, keyring, kept, &header, &body) {
        Ok(announces) => {
            chunk.counts.opened += 1;
            return announces;
        }
        // Said once of the bucket, not of each of its records.
        Err(None) => chunk.counts.locked += 1,
        Err(Some((kind, text))) => {
            // The body is the one that was logged: what does not open it is the header.
            let is_header = kind == FindingKind::DoesNotOpen;
            let family = if is_header { Family::Headers } else { Family::Bodies };
            chunk.findings.add(Place::entry(family, ground.index), kind, text);
        }
    }
    chunk.unopened += 1;
    false
}

fn check_nothing(ground: &Ground<'_>, family: Family, row: &RowAt<'_>, chunk: &mut Chunk) {
    let place = Place::entry(family, ground.index);
    match row {
        RowAt::Absent => {}
        RowAt::There(_) => {
            let kind = ground.entry.event.kind();
            let text = format!("something is stored for a {kind:?} entry, which binds nothing");
            chunk.findings.add(place, FindingKind::Orphan, text);
        }
        RowAt::Unreadable(error) => {
            let text = format!("cannot be read from the disk ({})", told(error));
            chunk.findings.add(place, FindingKind::Unreadable, text);
        }
    }
}

fn check_body(ground: &Ground<'_>, kept: &Kept, body: &RowAt<'_>, chunk: &mut Chunk) -> bool {
    let finding = match body {
        RowAt::There(body) => {
            chunk.counts.bytes += size_of(body);
            differs(body, kept).map(|text| (FindingKind::Altered, text))
        }
        RowAt::Absent => {
            let text = "the sealed record is gone, though its entry is there and none says that it was \
                        destroyed";
            Some((FindingKind::Missing, text.to_owned()))
        }
        RowAt::Unreadable(error) => {
            let text = format!("the sealed record cannot be read from the disk ({})", told(error));
            Some((FindingKind::Unreadable, text))
        }
    };
    let holds = finding.is_none();
    match finding {
        None => chunk.counts.bodies += 1,
        Some((kind, text)) => {
            chunk.findings.add(Place::entry(Family::Bodies, ground.index), kind, text);
        }
    }
    holds
}

/// What makes a body another than the one that was logged.
fn differs(body: &[u8], kept: &Kept) -> Option<String> {
    if size_of(body) != kept.sealed_size {
        let (size, logged) = (body.len(), kept.sealed_size);
        return Some(format!("the sealed record has {size} bytes, its entry says {logged}"));
    }
    let differs = sha256(body) != kept.sealed_sha256;
    differs.then(|| "the sealed record is not the one that was logged".to_owned())
}

fn check_header(ground: &Ground<'_>, kept: &Kept, header: &RowAt<'_>, chunk: &mut Chunk) -> bool {
    let finding = match header {
        RowAt::There(header) => {
            chunk.counts.bytes += size_of(header);
            let text = "the record's key header is not of the form that is written, \
                        or names another bucket than the entry";
            let row = seal::row_named_in(header)
                .filter(|name| RowName::bucket_in(name) == kept.bucket && chunk.needs_bucket(name));
            row.is_none().then(|| (FindingKind::Altered, text.to_owned()))
        }
        RowAt::Absent => {
            let text = "the record's key header is gone: the record was made unreadable, \
                        and no entry says by whom and why";
            Some((FindingKind::Missing, text.to_owned()))
        }
        RowAt::Unreadable(error) => {
            let text =
                format!("the record's key header cannot be read from the disk ({})", told(error));
            Some((FindingKind::Unreadable, text))
        }
    };
    let holds = finding.is_none();
    match finding {
        None => chunk.counts.headers += 1,
        Some((kind, text)) => {
            chunk.findings.add(Place::entry(Family::Headers, ground.index), kind, text);
        }
    }
    holds
}

/// Opens a record and looks at what is inside: whether it announces a medium.
/// `Err(None)` when its bucket has no key that can be read and opens.
fn open(
    ground: &Ground<'_>,
    keyring: &Keyring,
    kept: &Kept,
    header: &[u8],
    body: &[u8],
) -> Result<bool, Option<(FindingKind, String)>> {
    let plaintext = keyring.open(kept, header, body).map_err(|error| match error {
        SealError::NoBucket(_)
        | SealError::BucketLocked { .. }
        | SealError::NoShare(_)
        | SealError::BadShare(_)
        | SealError::Share { .. }
        | SealError::Store(_) => None,
        SealError::Commitment => {
            let text = "the record opens, but is not the one that the log commits to";
            Some((FindingKind::Commitment, text.to_owned()))
        }
        other @ (SealError::Altered(_)
        | SealError::InUse(_)
        | SealError::ShareExists(_)
        | SealError::Survivor { .. }
        | SealError::Identity { .. }
        | SealError::Random(_)
        | SealError::Recipient(_)) => Some((
            FindingKind::DoesNotOpen,
            format!("the record does not open with the archive's keys ({})", told(&other)),
        )),
    })?;
    match ground.entry.event {
        Event::Captured { .. } => plaintext::check(kept.class, &plaintext)
            .map_err(|text| Some((FindingKind::WrongContent, text))),
        Event::Accessed { .. } | Event::Governed { .. } => plaintext::check(kept.class, &plaintext)
            .map(|_| false)
            .map_err(|text| Some((FindingKind::WrongContent, text))),
        Event::Began { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::HandedOver(_)
        | Event::Destroyed { .. }
        | Event::Found { .. } => Ok(false),
    }
}
