//! The value of a change: arrays of elements, or one notice as a whole.

use super::field::Field;
use super::json::{Json, Object};
use super::reading::Reading;
use super::source::{ECHOES, Source};
use super::{
    Item, account, call, consent, contact, failure, group, handover, history, message, status,
    unknown,
};
use crate::record::{Direction, Party};

/// Reads one element of an array that is known; `None` where it is not an
/// element of that kind after all.
type ReadElement = fn(&Source, &Object<'_>) -> Option<Reading>;

/// Reads a value. It always gives at least one item.
pub(super) fn read(source: &Source, value: Json<'_>) -> Vec<Item> {
    let items = match (source.field(), value.object()) {
        (Field::Account, _) => vec![account::item(source, value)],
        (Field::Handover, Some(object)) => {
            vec![source.item("", None, value, handover::read(source, &object))]
        }
        (Field::Conversation, Some(object)) => members(source, &object),
        (Field::Unknown, Some(object)) if has_elements(&object) => members(source, &object),
        (Field::Conversation | Field::Handover | Field::Unknown, _) => vec![],
    };
    if items.is_empty() { vec![unknown::item(source, "", value)] } else { items }
}

/// Whether an array that is known stands in the value of a field that is not:
/// then its elements are told apart all the same.
fn has_elements(value: &Object<'_>) -> bool {
    value.members().any(|(name, member)| {
        let is_known = name == "history" || name == "standby" || element_of(name).is_some();
        is_known && member.is_container() && !member.is_empty()
    })
}

fn members(source: &Source, value: &Object<'_>) -> Vec<Item> {
    let mut items = vec![];
    for (name, member) in value.members() {
        match name {
            // What the elements are read with; it is in the delivery itself.
            "metadata" if member.object().is_some() => {}
            "contacts" if member.array().is_some() => {}
            "history" => {
                for chunk in member.elements() {
                    items.extend(history::read(source, chunk));
                }
            }
            "standby" => items.extend(standby(source, member)),
            name => items.extend(elements(source, name, member)),
        }
    }
    items
}

/// What somebody else's application was told, one level deeper.
fn standby(source: &Source, member: Json<'_>) -> Vec<Item> {
    let Some(inner) = member.object() else { return unknown::member(source, "standby", member) };
    let source = source.standby(&inner);
    let mut items = vec![];
    for (name, member) in inner.members() {
        if !(name == "contacts" && member.array().is_some()) {
            items.extend(elements(&source, name, member));
        }
    }
    if items.is_empty() { unknown::member(&source, "standby", member) } else { items }
}

fn elements(source: &Source, name: &str, member: Json<'_>) -> Vec<Item> {
    let Some(read) = element_of(name) else { return unknown::member(source, name, member) };
    let read = |element: Json<'_>| {
        let reading = element.object().and_then(|object| read(source, &object));
        match reading {
            Some(reading) => source.item(name, None, element, reading),
            None => unknown::item(source, name, element),
        }
    };
    member.elements().into_iter().map(read).collect()
}

/// How the elements of an array of that name are read.
fn element_of(name: &str) -> Option<ReadElement> {
    Some(match name {
        "messages" => inbound,
        ECHOES => outbound,
        "statuses" => status::read,
        "user_actions" => status::action,
        "calls" => call::read,
        "errors" => failure::read,
        "state_sync" => contact::of_address_book,
        "user_id_update" => contact::of_new_id,
        "user_preferences" => consent::read,
        "groups" => group::read,
        _ => return None,
    })
}

fn inbound(source: &Source, message: &Object<'_>) -> Option<Reading> {
    Some(message::read(source, message, Direction::Inbound, Party::default()))
}

fn outbound(source: &Source, message: &Object<'_>) -> Option<Reading> {
    Some(message::read(source, message, Direction::Outbound, Party::default()))
}
