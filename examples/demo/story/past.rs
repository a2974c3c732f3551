//! The synchronised past: chunks of threads from before the number joined.

use serde_json::Value;

use super::elements::authors;
use super::envelope::{Part, Place};
use super::json::{array, object, text};
use super::script::{Line, Person, Script, desk, history_seed, unix_seconds, wamid};

/// A chunk of the synchronised past: threads of older messages.
pub fn history(script: &Script, line: &Line) -> Part {
    let chunk = Line(line.0.get("history").cloned().unwrap_or_default());
    let number = |key: &str| chunk.0.get(key).map(Value::to_string).unwrap_or_default();
    let metadata = object([
        ("phase", number("phase")),
        ("chunk_order", number("chunk_order")),
        ("progress", number("progress")),
    ]);
    let threads = items(&chunk, "threads");
    let records = threads.iter().map(|thread| items(thread, "messages").len()).sum();
    let threads: Vec<String> = threads.iter().map(|thread| past_thread(script, thread)).collect();
    let item = object([("metadata", metadata), ("threads", array(&threads))]);
    Part {
        desk: desk(line.must("desk")),
        field: "history".to_owned(),
        time: None,
        contacts: Vec::new(),
        place: Place::In("history", vec![item]),
        class: "message",
        records,
    }
}

fn items(line: &Line, key: &str) -> Vec<Line> {
    line.0.get(key).and_then(Value::as_array).into_iter().flatten().cloned().map(Line).collect()
}

fn past_thread(script: &Script, thread: &Line) -> String {
    let who = thread.must("who");
    let person = script.person(who);
    let messages: Vec<String> =
        items(thread, "messages").iter().map(|line| past_message(person, who, line)).collect();
    let context = [("wa_id", text(person.identifier())), ("user_id", text(person.user_id()))];
    object([
        ("id", text(person.identifier())),
        ("context", object(context)),
        ("messages", array(&messages)),
    ])
}

fn past_message(person: &Person, who: &str, line: &Line) -> String {
    let at = line.must("at");
    let outbound = line.must("from") == "us";
    let mut members = authors(person, outbound);
    let id = wamid(&history_seed(who, at), person.identifier(), outbound);
    members.push(("id", text(&id)));
    members.push(("timestamp", text(&unix_seconds(at).to_string())));
    match line.get("say") {
        Some(say) => {
            members.push(("type", text("text")));
            members.push(("text", object([("body", text(say))])));
        }
        // The file follows in a webhook of its own, under the same id.
        None => members.push(("type", text("media_placeholder"))),
    }
    let mut past = vec![("status", text("read"))];
    past.extend(outbound.then(|| ("from_me", "true".to_owned())));
    members.push(("history_context", object(past)));
    object(members)
}
