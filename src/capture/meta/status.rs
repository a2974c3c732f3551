//! What became of a message that was sent.
//!
//! The words are an open set: `sent`, `delivered`, `read`, `played`, `failed` …
//! A message may skip some, and they come in any order.

use super::json::Object;
use super::party::{self, PARTICIPANT, RECIPIENT};
use super::reading::Reading;
use super::source::Source;
use super::{failure, leaves, unknown};
use crate::record::{Class, Direction, Party, Relation, RelationKind};

/// Reads a status; `None` where it does not say what became of what.
pub(super) fn read(source: &Source, status: &Object<'_>) -> Option<Reading> {
    let word = status.word("status")?;
    let provider_id = status.word("id")?;
    let is_group = status.word("recipient_type").as_deref() == Some("group");
    let recipient = party::named(status, if is_group { &PARTICIPANT } else { &RECIPIENT });
    let note = "biz_opaque_callback_data";
    let note = status.get(note).map(|json| leaves::labelled_as(note, json)).unwrap_or_default();
    let class = if is_of_call(status, &provider_id) { Class::Call } else { Class::Status };
    let mut reading = Reading::of(class, word, status)
        .between(source.business(), source.complete(recipient))
        .saying(failure::lines(status).into_iter().chain(note));
    reading.direction = Some(Direction::Outbound);
    reading.group_id = is_group.then(|| status.word("recipient_id")).flatten();
    reading.body.relation = Some(Relation { kind: RelationKind::Reports, provider_id });
    Some(reading)
}

/// Reads what a customer did with a message, such as following its link.
pub(super) fn action(source: &Source, action: &Object<'_>) -> Option<Reading> {
    let kind = action.word("action_type")?;
    let mut reading = Reading::of(Class::Status, kind, action)
        .between(source.complete(party::named(action, &party::ITSELF)), Party::default())
        .saying(unknown::lines(action));
    reading.provider_id = action.word("id");
    reading.direction = Some(Direction::Inbound);
    Some(reading)
}

fn is_of_call(status: &Object<'_>, id: &str) -> bool {
    status.word("type").as_deref() == Some("call") || id.starts_with("wacid.")
}
