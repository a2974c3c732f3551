//! Answers to what the business offered: buttons, lists, forms, permissions.

use super::Content;
use crate::capture::meta::json::{Json, Object};
use crate::capture::meta::leaves;

/// Reads an interactive message. A broken one was seen without its own object.
pub(super) fn interactive(message: &Object<'_>) -> Option<Content> {
    let Some(interactive) = message.object("interactive") else {
        let absent = message.get("interactive").is_none();
        return absent.then(|| Content::of("interactive"));
    };
    let kind = interactive.word("type").unwrap_or_else(|| "interactive".to_owned());
    let lines = match (kind.as_str(), interactive.get(&kind)) {
        ("button_reply" | "list_reply", Some(reply)) => choice(reply),
        ("nfm_reply", Some(reply)) => form(reply),
        (_, Some(reply)) => leaves::labelled(reply),
        // What was sent rather than answered has its words elsewhere.
        (_, None) => leaves::words_but(&interactive, &["type"]),
    };
    Some(Content::saying(&kind, lines))
}

/// Reads the answer to a template's button.
pub(super) fn button(message: &Object<'_>) -> Option<Content> {
    let button = message.object("button")?;
    Some(Content::saying("button", button.word_of(&["text", "payload"])))
}

fn choice(reply: Json<'_>) -> Vec<String> {
    let Some(reply) = reply.object() else { return leaves::labelled(reply) };
    [reply.word_of(&["title", "id"]), reply.word("description")].into_iter().flatten().collect()
}

/// A form's answers come as JSON in a string.
fn form(reply: Json<'_>) -> Vec<String> {
    let Some(reply) = reply.object() else { return leaves::labelled(reply) };
    let mut lines: Vec<_> = reply.word_of(&["body", "name"]).into_iter().collect();
    match reply.word("response_json") {
        Some(answers) => match Json::parse(answers.as_bytes()) {
            Some(answers) => lines.extend(leaves::labelled(answers)),
            None => lines.push(answers),
        },
        None => lines.extend(reply.get("response_json").map(leaves::labelled).unwrap_or_default()),
    }
    lines
}
