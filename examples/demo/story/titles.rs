//! Says in one line what a delivery brings, for whoever watches the story.

use super::script::{Line, Script};

/// The title of a delivery that brings one line.
pub fn title(script: &Script, line: &Line) -> String {
    if let Some(title) = line.get("title") {
        return title.to_owned();
    }
    if line.0.get("history").is_some() {
        return "A chunk of the past from before the number joined".to_owned();
    }
    if line.0.get("book").is_some() {
        let (action, count) = (line.must("action"), line.words("book").len());
        return format!("The address book changes: {action} ({count})");
    }
    let Some((who, outbound)) = line.customer() else { return line.0.to_string() };
    let name = script.person(who).name();
    if line.get("signature").is_some() {
        return format!("A forged delivery in the name of {name}");
    }
    if let Some(status) = line.get("status") {
        return format!("A message sent by software to {name}: {status}");
    }
    if line.get("field") == Some("history") {
        return format!("The file behind a placeholder in the past of {name}");
    }
    let (author, told) = if outbound {
        ("Staff".to_owned(), format!(" for {name}, on the telephone"))
    } else {
        (name.to_owned(), String::new())
    };
    format!("{author} {}{told}", deed(line))
}

/// The title of a delivery that brings several lines at once.
pub fn batch_title(lines: &[&Line]) -> String {
    format!("{} updates in one delivery", lines.len())
}

fn deed(line: &Line) -> String {
    let quoted = |key| line.get(key).map(|words| format!(" “{words}”")).unwrap_or_default();
    let say = quoted("say");
    if let Some(medium) = line.get("media") {
        format!("sends a file ({medium}){say}")
    } else if let Some(place) = line.0.get("place") {
        let name = place.get("name").and_then(|name| name.as_str()).unwrap_or("unnamed");
        format!("shares a place: {name}")
    } else if let Some(card) = line.0.get("card") {
        let name = card.get("name").and_then(|name| name.as_str()).unwrap_or("unnamed");
        format!("shares a contact: {name}")
    } else if line.get("reacts_to").is_some() {
        let emoji = line.get("emoji").map(|emoji| format!("reacts with {emoji}"));
        emoji.unwrap_or("takes a reaction back".to_owned())
    } else if line.get("taps").is_some() {
        format!("taps{say}")
    } else if line.0.get("order").is_some() {
        format!("orders from the catalogue{say}")
    } else if line.get("edits").is_some() {
        format!("corrects a message to{say}")
    } else if line.get("revokes").is_some() {
        "deletes a message for everyone".to_owned()
    } else if let Some(kind) = line.get("unsupported") {
        format!("sends something Meta does not pass on ({kind})")
    } else if line.get("strange").is_some() {
        "sends a message of a type nobody knows".to_owned()
    } else if let Some(word) = line.get("prefers") {
        format!("asks Meta to {word} marketing messages")
    } else if line.get("moves_to").is_some() {
        "changes the telephone number".to_owned()
    } else {
        format!("writes{say}")
    }
}
