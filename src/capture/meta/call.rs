//! Calls: how they begin and end, and the recordings and transcripts of them.
//!
//! The session's description is for machines and stays in the raw bytes.

use super::json::Object;
use super::party::{self, FROM, TO};
use super::reading::Reading;
use super::source::Source;
use super::{leaves, media};
use crate::record::{Class, Direction};

/// Members that are read otherwise, or say nothing to a reader.
const AROUND: [&str; 15] = [
    "call_recording",
    "call_transcript",
    "connection",
    "direction",
    "event",
    "from",
    "from_parent_user_id",
    "from_user_id",
    "id",
    "session",
    "timestamp",
    "to",
    "to_parent_user_id",
    "to_user_id",
    "wacid",
];

/// Reads an event of a call.
pub(super) fn read(source: &Source, call: &Object<'_>) -> Option<Reading> {
    let kind = call.word_of(&["event", "status"])?;
    let (from, to) = (party::named(call, &FROM), party::named(call, &TO));
    let direction = match call.word("direction").map(|word| word.to_uppercase()).as_deref() {
        Some("BUSINESS_INITIATED") => Direction::Outbound,
        Some("USER_INITIATED") => Direction::Inbound,
        Some(_) | None if source.is_business(&from) => Direction::Outbound,
        Some(_) | None => Direction::Inbound,
    };
    let (from, to) = source.parties(direction, from, to);
    let mut reading = Reading::of(Class::Call, kind, call)
        .between(from, to)
        .saying(leaves::labelled_but(call, &AROUND));
    reading.at = reading.at.or_else(|| call.integer("start_time"));
    reading.provider_id = call.word_of(&["id", "wacid"]);
    reading.direction = Some(direction);
    let kept = ["call_recording", "call_transcript"].map(|name| call.object(name));
    reading.body.media = kept.iter().flatten().find_map(media::within);
    Some(reading)
}
