//! Notices about accounts, numbers and templates: the whole value is one.

use super::Item;
use super::json::Json;
use super::reading::Reading;
use super::source::Source;
use super::{leaves, unknown};
use crate::record::Class;

/// The item of an account field's value. It has no id: the time of its entry
/// tells the second approval of a template from the first.
pub(super) fn item(source: &Source, value: Json<'_>) -> Item {
    let object = value.object();
    let named = object.as_ref().and_then(|object| object.word_of(&["event", "decision"]));
    let kind = named.unwrap_or_else(|| source.field_name().to_owned());
    let lines = match &object {
        Some(object) => unknown::lines(object),
        None => leaves::labelled(value),
    };
    source.item("", None, value, Reading::bare(Class::Account, kind).saying(lines))
}
