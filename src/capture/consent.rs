//! Noticing consent in what was captured: words in messages, and changes of number.
//!
//! What is noticed becomes a record of class `consent` beside the record that it was
//! noticed in, in the same durable group, so that who consents to what can be told from
//! records of that class alone. Recognising decides nothing and cannot fail: the message
//! is kept whatever is found in it.

use crate::policy::consent::{Kind, Notice, Signals};
use crate::record::{
    Body, Class, Direction, Party, RECORD_VERSION, Record, RecordId, Relation, RelationKind,
};

/// The kinds of messages whose text the customer has chosen: typed, or a button pressed.
const KINDS: [&str; 5] = ["text", "edit", "button", "button_reply", "list_reply"];

/// What is to be kept beside a record of this id; `None` where nothing was noticed.
pub(super) fn noticed(signals: &Signals, record: &Record, id: RecordId) -> Option<Record> {
    match record.class {
        Class::Message => recognised(signals, record, id),
        Class::Contact => joined(record, id),
        Class::Access
        | Class::Account
        | Class::Call
        | Class::Consent
        | Class::Delivery
        | Class::Governance
        | Class::Medium
        | Class::Status
        | Class::Unrecognised => None,
    }
}

/// A word by which a customer stops messages or asks for them. Not in a group: there it is
/// said to others.
fn recognised(signals: &Signals, message: &Record, id: RecordId) -> Option<Record> {
    let is_said = message.direction == Some(Direction::Inbound)
        && message.group_id.is_none()
        && KINDS.contains(&message.body.kind.as_str());
    let what = signals.read(message.body.text.as_deref().filter(|_| is_said)?)?;
    let kind = match what.kind {
        Kind::OptIn => "opt_in",
        Kind::OptOut | Kind::Refused | Kind::Expired => "opt_out",
    };
    Some(notice(message, kind, &Notice::Recognised { record: id, what }, vec![]))
}

/// A customer has another number, or other ids, from now on.
fn joined(change: &Record, id: RecordId) -> Option<Record> {
    let before: Vec<&String> = identifiers(change.from.as_ref()?).collect();
    let is_other = |party: &&Party| identifiers(party).any(|one| !before.contains(&one));
    let now: Vec<Party> = change.successors().iter().filter(is_other).cloned().collect();
    let is_change = !before.is_empty() && !now.is_empty();
    is_change.then(|| notice(change, "joined", &Notice::Joined { record: id }, now))
}

fn notice(of: &Record, kind: &str, notice: &Notice, mentions: Vec<Party>) -> Record {
    let relation = of.provider_id.clone();
    let relation = relation.map(|provider_id| Relation { kind: RelationKind::Notes, provider_id });
    Record {
        v: RECORD_VERSION,
        class: Class::Consent,
        provider_id: None,
        body: Body { kind: kind.to_owned(), relation, mentions, ..Body::default() },
        raw: notice.to_raw(),
        ..of.clone()
    }
}

fn identifiers(party: &Party) -> impl Iterator<Item = &String> {
    [&party.phone, &party.user_id, &party.parent_user_id].into_iter().flatten()
}

#[cfg(test)]
mod tests;
