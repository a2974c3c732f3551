//! Errors: of an account, of a message, of a status.

use super::json::{Json, Object};
use super::reading::Reading;
use super::source::Source;
use super::{leaves, unknown};
use crate::record::Class;

/// The words of the errors beside a message or in a status.
pub(super) fn lines(object: &Object<'_>) -> Vec<String> {
    object.array("errors").into_iter().flat_map(words).collect()
}

/// Reads an error that stands alone: it concerns the account. That a business
/// declined to share its past comes so too.
pub(super) fn read(_: &Source, error: &Object<'_>) -> Option<Reading> {
    Some(Reading::of(Class::Account, "error", error).saying(of(error)))
}

fn words(error: Json<'_>) -> Vec<String> {
    match error.object() {
        Some(object) => of(&object),
        None => leaves::words(error),
    }
}

/// `131026 Message undeliverable`, and what else is said that differs from it.
fn of(error: &Object<'_>) -> Vec<String> {
    let details = error.object("error_data").and_then(|data| data.word("details"));
    let mut said: Vec<String> = vec![];
    for words in [error.word("title"), error.word("message"), details].into_iter().flatten() {
        if !said.contains(&words) {
            said.push(words);
        }
    }
    match (error.word("code"), said.first_mut()) {
        (Some(code), Some(first)) => *first = format!("{code} {first}"),
        (Some(code), None) => said.push(code),
        (None, _) => {}
    }
    if said.is_empty() { unknown::lines(error) } else { said }
}
