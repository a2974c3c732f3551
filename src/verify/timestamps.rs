//! What authorities stamped: each timestamp is of the text of a stored checkpoint,
//! and bears a right signature; of whom, only their certificates tell.
//!
//! A timestamp that was taken away is not missed: nothing says how many there were.

use jiff::Timestamp;
use serde::Serialize;

use super::chunk::{Reader, size_of};
use super::finding::{FindingKind, Findings, Place};
use super::report::Counts;
use crate::causes::told;
use crate::store::rows::Family;
use crate::timestamp::{self, Authorities, Error, Stamp};
use crate::tlog::TreeSize;
use crate::tlog::note::Note;

/// What the newest timestamp says: the first so many entries existed at this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stamped {
    /// How many entries it covers.
    pub size: u64,
    /// When they existed, by the authority's clock.
    pub time: Timestamp,
}

/// Checks every stored timestamp, up to the size that is verified where the log
/// grows meanwhile; gives the newest that is right.
pub(super) fn check(
    reader: &Reader<'_>,
    authorities: Option<&Authorities>,
    counts: &mut Counts,
    findings: &mut Findings,
) -> Option<Stamped> {
    let behind = reader.size.get().saturating_add(1).to_be_bytes();
    let before = reader.scope.is_growing().then_some(behind.as_slice());
    let mut scan = reader.store.scan(Family::Timestamps, &[], before);
    let mut newest = None;
    loop {
        match scan.advance() {
            Ok(true) => {}
            Ok(false) => return newest,
            Err(error) => {
                let last = newest.map_or(0, |stamped: Stamped| stamped.size);
                let place = Place::row(Family::Timestamps, last.to_string());
                let text = format!("timestamps after it cannot be read ({})", told(&error));
                findings.add(place, FindingKind::Unreadable, text);
                return newest;
            }
        }
        counts.bytes += size_of(scan.key()) + size_of(scan.value());
        let Some(size) = scan.key().try_into().map(u64::from_be_bytes).ok() else {
            let place = Place::row(Family::Timestamps, hex::encode(scan.key()));
            let text = "a row with a key that no timestamp can have: somebody put it there";
            findings.add(place, FindingKind::Orphan, text);
            continue;
        };
        match one(reader, TreeSize::new(size), scan.value(), authorities) {
            Ok(Stamp { time, .. }) => {
                counts.timestamps += 1;
                newest = Some(Stamped { size, time });
            }
            Err((kind, text)) => {
                findings.add(Place::row(Family::Timestamps, size.to_string()), kind, text);
            }
        }
    }
}

fn one(
    reader: &Reader<'_>,
    size: TreeSize,
    response: &[u8],
    authorities: Option<&Authorities>,
) -> Result<Stamp, (FindingKind, String)> {
    let text = text_of(reader, size)?;
    timestamp::verify(response, text.as_bytes(), None, authorities).map_err(|error| {
        let kind = match error {
            Error::OtherBytes => FindingKind::WrongContent,
            Error::BadSignature(_) | Error::Unfit(_) | Error::Untrusted(_) => {
                FindingKind::BadSignature
            }
            Error::TooLarge(_)
            | Error::Malformed(_)
            | Error::Refused(_)
            | Error::OtherNonce
            | Error::Unsupported(_) => FindingKind::Malformed,
        };
        (kind, format!("the timestamp on the checkpoint of {size} does not hold: {error}"))
    })
}

/// The text that was stamped, from the stored checkpoint.
fn text_of(reader: &Reader<'_>, size: TreeSize) -> Result<String, (FindingKind, String)> {
    let missing = |why: &str| {
        let text = format!("the checkpoint of {size} that it stamps {why}");
        (FindingKind::Missing, text)
    };
    let row = reader.store.row(Family::Checkpoints, &size.get().to_be_bytes());
    let row = row.map_err(|error| missing(&format!("cannot be read ({})", told(&error))))?;
    let note = row.ok_or_else(|| missing("is gone"))?;
    let note = String::from_utf8(note).ok().and_then(|note| Note::parse(&note).ok());
    Ok(note.ok_or_else(|| missing("is no checkpoint any more"))?.text().to_owned())
}
