//! The envelope: a body has entries, an entry has changes, a change has a value.
//!
//! What stands beside these and holds more than a word is an item of its own;
//! what is of another shape is an item as it is.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::json::{Json, Object};
use super::reading::Reading;
use super::source::Source;
use super::{Item, unknown, value};
use crate::record::Class;

/// Takes a body apart, see [`super::read`].
pub(super) fn read(body: &[u8]) -> Vec<Item> {
    match Json::parse(body) {
        Some(json) => level(&Source::default(), json, "entry", |body, entry| {
            let source = entry.object().as_ref().map(Source::entry).unwrap_or_default();
            level(&source, entry, "changes", |entry, change| {
                read_change(&source, change, [entry, body])
            })
        }),
        None => vec![not_json(body)],
    }
}

/// Reads the elements under `inner` of one level, and what stands beside them.
/// Without `inner` the whole is of another shape, and stays whole.
fn level<'a>(
    source: &Source,
    whole: Json<'a>,
    inner: &str,
    read: impl Fn(&Object<'a>, Json<'a>) -> Vec<Item>,
) -> Vec<Item> {
    let Some(object) = holding(whole, inner) else { return vec![unknown::item(source, "", whole)] };
    let mut items = vec![];
    for (name, member) in object.members() {
        if name == inner {
            let elements = member.elements();
            items.extend(elements.into_iter().flat_map(|element| read(&object, element)));
        } else {
            items.extend(unknown::member(source, name, member));
        }
    }
    items
}

/// The members of an object that holds a container under `inner`.
fn holding<'a>(whole: Json<'a>, inner: &str) -> Option<Object<'a>> {
    let object = whole.object()?;
    object.get(inner)?.is_container().then_some(object)
}

/// Reads a change. Some senders put its field into what is around it.
fn read_change(entry: &Source, change: Json<'_>, around: [&Object<'_>; 2]) -> Vec<Item> {
    let own = change.object().and_then(|object| object.word("field"));
    let field = own.or_else(|| around.iter().find_map(|place| place.word("field")));
    let source = entry.change(field.unwrap_or_default());
    let Some(object) = holding(change, "value") else {
        return vec![unknown::item(&source, "", change)];
    };
    let mut items = vec![];
    for (name, member) in object.members() {
        if name == "value" && member.is_container() {
            items.extend(value::read(&source.clone().of_value(member.object().as_ref()), member));
        } else {
            items.extend(unknown::member(&source, name, member));
        }
    }
    items
}

/// A body that is no JSON, in the one form of ours.
fn not_json(body: &[u8]) -> Item {
    let raw = serde_json::json!({ "bytes_base64": BASE64_STANDARD.encode(body) });
    let raw = serde_json::value::to_raw_value(&raw).expect("a text in an object is always JSON");
    let reading = Reading::bare(Class::Unrecognised, "not_json");
    Source::default().item("bytes_base64", None, Json::of(&raw), reading)
}
