//! What is not understood: kept whole, and read as far as its shape allows.

use super::json::{Json, Object};
use super::reading::Reading;
use super::source::Source;
use super::{Item, leaves, media, party};
use crate::record::{Class, Party};

/// What stands around the content of most elements, and is read apart.
const AROUND: [&str; 15] = [
    "contacts",
    "from",
    "from_parent_user_id",
    "from_user_id",
    "group_id",
    "history_context",
    "id",
    "messaging_product",
    "metadata",
    "timestamp",
    "to",
    "to_parent_user_id",
    "to_user_id",
    "type",
    "wa_id",
];

/// An element that is kept whole. `name` is what it stood under.
pub(super) fn item(source: &Source, name: &str, element: Json<'_>) -> Item {
    source.item(name, None, element, reading(source, name, element))
}

/// The items of a member that we do not know: each element of an array of
/// objects, else the whole. None where it says nothing, or is no more than a
/// word: then it is only in the delivery itself.
pub(super) fn member(source: &Source, name: &str, member: Json<'_>) -> Vec<Item> {
    if !member.is_container() || member.is_empty() {
        return vec![];
    }
    let elements = member.elements();
    let whole = [member];
    let elements = match elements.iter().all(|element| element.object().is_some()) {
        true => elements.as_slice(),
        false => whole.as_slice(),
    };
    elements.iter().map(|element| item(source, name, *element)).collect()
}

/// The words of an object's members, less those that stand around its content.
pub(super) fn lines(object: &Object<'_>) -> Vec<String> {
    lines_but(object, &[])
}

/// As [`lines`], less further members that are read otherwise.
pub(super) fn lines_but(object: &Object<'_>, but: &[&str]) -> Vec<String> {
    leaves::labelled_but(object, &[&AROUND, but].concat())
}

/// Reads what is where it usually is.
fn reading(source: &Source, name: &str, element: Json<'_>) -> Reading {
    let names = [name, source.field_name(), "element"];
    let otherwise = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let Some(object) = element.object() else {
        return Reading::bare(Class::Unrecognised, otherwise).saying(leaves::labelled(element));
    };
    let kind = object.word_of(&["type", "event"]).unwrap_or_else(|| otherwise.to_owned());
    let (from, to) = parties(source, &object);
    let mut reading =
        Reading::of(Class::Unrecognised, kind, &object).between(from, to).saying(lines(&object));
    reading.provider_id = object.word("id");
    reading.group_id = object.word("group_id");
    reading.body.media = media::within(&object);
    reading
}

/// The parties that an object names, else the only contact beside it.
fn parties(source: &Source, object: &Object<'_>) -> (Party, Party) {
    let itself = party::named(object, &party::ITSELF);
    let from = party::merged(party::named(object, &party::FROM), &itself);
    let to = party::named(object, &party::TO);
    if from.is_empty() && to.is_empty() {
        return (source.complete(from), to);
    }
    let complete = |party: Party| match party.is_empty() || source.is_business(&party) {
        true => party,
        false => source.complete(party),
    };
    (complete(from), complete(to))
}
