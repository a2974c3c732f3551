//! Messages: who wrote to whom, and what.

use super::json::Object;
use super::party::{self, FROM, TO};
use super::reading::Reading;
use super::source::Source;
use super::{content, failure, leaves};
use crate::record::{Direction, Party, Relation, RelationKind};

/// Reads a message of a known direction. `other` is what is known of the
/// customer from where the message stands.
pub(super) fn read(
    source: &Source,
    message: &Object<'_>,
    direction: Direction,
    other: Party,
) -> Reading {
    // An agent's echo holds the request that sent it one level deeper.
    let inner = if message.get("type").is_none() { message.object("message") } else { None };
    let said = inner.as_ref().unwrap_or(message);
    let group_id = group_id(message).or_else(|| group_id(said));
    let from = party::named(message, &FROM);
    let to = addressee(message, said);
    let (from, to) = match direction {
        Direction::Inbound => (party::agreed(from, &other), to),
        Direction::Outbound => (from, party::agreed(to, &other)),
    };
    let (from, mut to) = source.parties(direction, from, to);
    if direction == Direction::Outbound && group_id.is_some() {
        to = Party::default();
    }
    let content = content::read(said);
    let around = beside(said).into_iter().chain(failure::lines(message));
    let mut reading = Reading::of(content.class, content.kind, message)
        .between(from, to)
        .saying(content.lines.into_iter().chain(around))
        .mentioning(content.mentions);
    reading.provider_id = message.word("id");
    reading.direction = Some(direction);
    reading.group_id = group_id;
    reading.body.media = content.media;
    reading.body.relation = content.relation.or_else(|| quoted(said));
    reading
}

fn addressee(message: &Object<'_>, said: &Object<'_>) -> Party {
    party::merged(party::named(message, &TO), &party::named(said, &TO))
}

fn group_id(message: &Object<'_>) -> Option<String> {
    let is_group = message.word("recipient_type").as_deref() == Some("group");
    message.word("group_id").or_else(|| is_group.then(|| message.word("to")).flatten())
}

/// The message that is quoted. Without it nothing is proven: what is answered
/// from a telephone's notifications quotes nothing.
fn quoted(message: &Object<'_>) -> Option<Relation> {
    let provider_id = message.object("context")?.word("id")?;
    Some(Relation { kind: RelationKind::RepliesTo, provider_id })
}

/// What stands beside the content and is to be found: the advertisement that a
/// conversation began with, the product that is asked about.
fn beside(message: &Object<'_>) -> Vec<String> {
    let mut lines = vec![];
    if let Some(referral) = message.get("referral") {
        lines.extend(leaves::labelled_as("referral", referral));
    }
    let product = message.object("context").and_then(|context| context.get("referred_product"));
    if let Some(product) = product {
        lines.extend(leaves::labelled_as("referred_product", product));
    }
    lines
}
