//! What a message holds: its type, and the members that the type brings.

use super::json::{array, object, text, value};
use super::media::{Medium, medium};
use super::script::{Line, Person, Script};

/// A key and its composed value.
pub type Member = (&'static str, String);

/// The message that is quoted, or the mark of a forwarded one.
pub fn context(script: &Script, line: &Line, person: &Person) -> Vec<Member> {
    if line.0.get("forwarded").is_some() {
        let members = [("forwarded", "true".to_owned())];
        return vec![("context", object(members))];
    }
    let quote = |label| {
        let members = [("from", text(person.desk().number)), ("id", text(script.id_of(label)))];
        ("context", object(members))
    };
    line.get("quotes").map(quote).into_iter().collect()
}

/// The type of a message and the members that it brings.
pub fn content(script: &Script, line: &Line) -> (&'static str, Vec<Member>) {
    let say = line.get("say").map(text);
    if let Some(name) = line.get("media") {
        let medium = medium(name);
        (medium.kind(), vec![(medium.kind(), announced(medium, say))])
    } else if let Some(place) = line.0.get("place") {
        ("location", vec![("location", value(place))])
    } else if let Some(card) = line.0.get("card") {
        ("contacts", vec![("contacts", array(&[business_card(&Line(card.clone()))]))])
    } else if let Some(label) = line.get("reacts_to") {
        let target = ("message_id", text(script.id_of(label)));
        let emoji = line.get("emoji").map(|emoji| ("emoji", text(emoji)));
        ("reaction", vec![("reaction", object([target].into_iter().chain(emoji)))])
    } else if line.get("taps").is_some() {
        tap(line)
    } else if let Some(items) = line.0.get("order") {
        let catalogue = ("catalog_id", text("555077001"));
        let say = say.map(|say| ("text", say));
        let items = ("product_items", value(items));
        ("order", vec![("order", object([catalogue].into_iter().chain(say).chain([items])))])
    } else {
        change_or_text(script, line)
    }
}

fn change_or_text(script: &Script, line: &Line) -> (&'static str, Vec<Member>) {
    let body = || ("text", object([("body", text(line.must("say")))]));
    if let Some(label) = line.get("edits") {
        let target = ("original_message_id", text(script.id_of(label)));
        let message = object([("type", text("text")), body()]);
        ("edit", vec![("edit", object([target, ("message", message)]))])
    } else if let Some(label) = line.get("revokes") {
        let target = ("original_message_id", text(script.id_of(label)));
        ("revoke", vec![("revoke", object([target]))])
    } else if let Some(kind) = line.get("unsupported") {
        let details = object([("details", text("Message type is currently not supported."))]);
        let error = errors(131_051, "Message type unknown", details);
        ("unsupported", vec![("errors", error), ("unsupported", object([("type", text(kind))]))])
    } else if line.get("strange").is_some() {
        let hologram = object([("title", text(line.must("say"))), ("depth", "3".to_owned())]);
        ("hologram", vec![("hologram", hologram)])
    } else {
        ("text", vec![body()])
    }
}

fn announced(medium: &Medium, caption: Option<String>) -> String {
    let members = [
        ("id", text(medium.id)),
        ("mime_type", text(medium.mime)),
        ("sha256", text(&medium.sha256_base64())),
    ];
    let voice = (medium.kind() == "audio").then(|| ("voice", "true".to_owned()));
    let name = medium.file_name.map(|name| ("filename", text(name)));
    let caption = caption.map(|caption| ("caption", caption));
    object(members.into_iter().chain(name).chain(caption).chain(voice))
}

fn business_card(card: &Line) -> String {
    let name = object([
        ("formatted_name", text(card.must("name"))),
        ("first_name", text(card.must("first_name"))),
        ("last_name", text(card.must("last_name"))),
    ]);
    let digits = card.must("phone");
    let phone = object([
        ("phone", text(&format!("+{digits}"))),
        ("wa_id", text(digits)),
        ("type", text("CELL")),
    ]);
    let email = object([("email", text(card.must("email"))), ("type", text("WORK"))]);
    object([
        ("name", name),
        ("phones", array(&[phone])),
        ("emails", array(&[email])),
        ("org", object([("company", text(card.must("company")))])),
    ])
}

/// The answer to a button or a list.
fn tap(line: &Line) -> (&'static str, Vec<Member>) {
    let (title, payload) = (text(line.must("say")), text(line.must("payload")));
    if line.get("taps") == Some("button") {
        return ("button", vec![("button", object([("payload", payload), ("text", title)]))]);
    }
    let description = line.get("description").map(|words| ("description", text(words)));
    let reply = object([("id", payload), ("title", title)].into_iter().chain(description));
    let kind = if line.get("taps") == Some("list_reply") { "list_reply" } else { "button_reply" };
    ("interactive", vec![("interactive", object([("type", text(kind)), (kind, reply)]))])
}

/// The `errors` of a message or a status: one error.
pub fn errors(code: i64, title: &str, error_data: String) -> String {
    array(&[object([
        ("code", code.to_string()),
        ("title", text(title)),
        ("message", text(title)),
        ("error_data", error_data),
    ])])
}
