//! The past of a number that joined: chunks of threads of messages.
//!
//! Chunks come in any order. The file behind a placeholder comes later, in a
//! change of its own, as a message or an echo under the same field.

use super::json::{Json, Object};
use super::party::{self, FROM, TO};
use super::reading::Reading;
use super::source::Source;
use super::{Item, failure, message, unknown};
use crate::record::{Class, Direction, Party};

/// Reads a chunk: its messages, or the error that there is no past to be had.
/// A chunk of neither says how far the synchronisation is.
pub(super) fn read(source: &Source, chunk: Json<'_>) -> Vec<Item> {
    let Some(object) = chunk.object() else { return vec![unknown::item(source, "history", chunk)] };
    let mut items = vec![];
    for (name, member) in object.members() {
        match name {
            "metadata" if member.object().is_some() => {}
            "threads" => {
                for thread in member.elements() {
                    items.extend(read_thread(source, thread));
                }
            }
            "errors" => items.extend(errors(source, member)),
            name => items.extend(unknown::member(source, name, member)),
        }
    }
    if items.is_empty() {
        let reading = Reading::bare(Class::Account, "history").saying(unknown::lines(&object));
        items.push(source.item("history", None, chunk, reading));
    }
    items
}

fn errors(source: &Source, errors: Json<'_>) -> Vec<Item> {
    let item = |error: Json<'_>| match error.object().and_then(|o| failure::read(source, &o)) {
        Some(reading) => source.item("errors", None, error, reading),
        None => unknown::item(source, "errors", error),
    };
    errors.elements().into_iter().map(item).collect()
}

fn read_thread(source: &Source, thread: Json<'_>) -> Vec<Item> {
    let Some(object) = thread.object() else {
        return vec![unknown::item(source, "threads", thread)];
    };
    let party = party_of(&object);
    let mut items = vec![];
    for (name, member) in object.members() {
        match name {
            "context" if member.object().is_some() => {}
            "messages" => {
                let read = |element| read_message(source, &party, element);
                items.extend(member.elements().into_iter().map(read));
            }
            name => items.extend(unknown::member(source, name, member)),
        }
    }
    if items.is_empty() { vec![unknown::item(source, "threads", thread)] } else { items }
}

/// The customer whose thread it is.
fn party_of(thread: &Object<'_>) -> Party {
    let party = Party::from_address(&thread.word("id").unwrap_or_default());
    match thread.object("context") {
        Some(context) => party::merged(party, &party::described(&context)),
        None => party,
    }
}

fn read_message(source: &Source, party: &Party, element: Json<'_>) -> Item {
    let Some(message) = element.object() else {
        return unknown::item(source, "messages", element);
    };
    let direction = direction(source, &message);
    let reading = message::read(source, &message, direction, party.clone());
    source.item("messages", party.identifier(), element, reading)
}

/// Which way a message of the past went: what it says itself, else who wrote it.
fn direction(source: &Source, message: &Object<'_>) -> Direction {
    let context = message.object("history_context");
    let from_me = context.and_then(|context| context.get("from_me")?.flag());
    let (from, to) = (party::named(message, &FROM), party::named(message, &TO));
    let outbound = from_me.unwrap_or_else(|| source.is_business(&from) && !source.is_business(&to));
    if outbound { Direction::Outbound } else { Direction::Inbound }
}
