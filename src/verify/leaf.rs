//! An entry by itself: is it one, and the one of its place?

use jiff::Timestamp;

use super::finding::FindingKind;
use crate::causes::told;
use crate::entry::{Entry, Event, codec};
use crate::record::Class;
use crate::tlog::{Hash, LeafIndex};

/// Reads the entry of a place.
pub(super) fn read(
    index: LeafIndex,
    leaf: &[u8],
    origin: &str,
) -> Result<Entry, (FindingKind, String)> {
    let entry = codec::decode(leaf).map_err(|error| {
        let text = format!("the entry's bytes are not an entry of the log: {}", told(&error));
        (FindingKind::Malformed, text)
    })?;
    if entry.index != index {
        let text = format!("in the place of entry {index} stands entry {}", entry.index);
        return Err((FindingKind::WrongOrder, text));
    }
    let first = index == LeafIndex::FIRST;
    match &entry.event {
        Event::Began { .. } if !first => {
            let text = "a second beginning: a log begins once, with entry 0".to_owned();
            Err((FindingKind::WrongOrder, text))
        }
        Event::Began { origin: found } if found != origin => {
            let text = format!("the log is {found:?}; the one to be verified is {origin:?}");
            Err((FindingKind::OtherLog, text))
        }
        Event::Began { .. } if entry.prev != Hash::from_bytes([0; 32]) => {
            let text = "the first entry names a predecessor: the log's beginning was cut off";
            Err((FindingKind::WrongOrder, text.to_owned()))
        }
        Event::Captured { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::Accessed { .. }
        | Event::HandedOver(_)
        | Event::Governed { .. }
        | Event::Destroyed { .. }
        | Event::Found { .. }
            if first =>
        {
            let text = "entry 0 does not say that the log begins: its beginning was cut off";
            Err((FindingKind::WrongOrder, text.to_owned()))
        }
        Event::Captured { kept, .. } if kept.class == Class::Access => {
            let text =
                "a captured record of the class of openings: no capture writes it".to_owned();
            Err((FindingKind::WrongContent, text))
        }
        Event::Captured { kept, .. } if kept.class == Class::Governance => {
            let text =
                "a captured record of the class of decisions: no capture writes it".to_owned();
            Err((FindingKind::WrongContent, text))
        }
        Event::Governed { kept, .. } if kept.class != Class::Governance => {
            let text = format!("a decision whose record is of class {}", kept.class);
            Err((FindingKind::WrongContent, text))
        }
        Event::Accessed { kept, .. } if kept.class != Class::Access => {
            let text = format!("an opening whose record is of class {}", kept.class);
            Err((FindingKind::WrongContent, text))
        }
        Event::Began { .. }
        | Event::Captured { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::Accessed { .. }
        | Event::HandedOver(_)
        | Event::Governed { .. }
        | Event::Destroyed { .. }
        | Event::Found { .. } => Ok(entry),
    }
}

/// What it means that time goes back.
pub(super) fn time_text(found: Timestamp, before: Timestamp) -> String {
    format!("the entry is dated {found:.6}, before an earlier entry ({before:.6})")
}
