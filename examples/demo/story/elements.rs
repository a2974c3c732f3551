//! Turns a line of the story into the element that Meta's webhook brings.

use serde_json::Value;

use super::content::{Member, content, context, errors};
use super::envelope::{Part, Place};
use super::json::{object, text, value};
use super::past::history;
use super::script::{Line, Person, Script, desk};

/// The element of a line; `None` for a line that repeats or replaces a body.
pub fn element(script: &Script, line: &Line) -> Option<Part> {
    if line.0.get("value").is_some() {
        Some(whole_value(line))
    } else if line.0.get("history").is_some() {
        Some(history(script, line))
    } else if line.0.get("book").is_some() {
        Some(address_book(script, line))
    } else if line.get("status").is_some() {
        Some(status(script, line))
    } else if line.get("prefers").is_some() {
        Some(preference(script, line))
    } else if line.get("moves_to").is_some() {
        Some(number_change(script, line))
    } else {
        line.customer().map(|(who, outbound)| message(script, line, script.person(who), outbound))
    }
}

/// A field whose value the data file gives as it is.
fn whole_value(line: &Line) -> Part {
    let class = match line.must("class") {
        "account" => "account",
        "call" => "call",
        "unrecognised" => "unrecognised",
        other => panic!("a whole value of class {other:?} is not told here"),
    };
    Part {
        desk: desk(line.must("desk")),
        field: line.must("field").to_owned(),
        time: (class == "account").then(|| line.at()),
        contacts: Vec::new(),
        place: Place::Whole(line.0.get("value").map(value).unwrap_or_default()),
        class,
        records: 1,
    }
}

fn message(script: &Script, line: &Line, person: &Person, outbound: bool) -> Part {
    let (kind, content) = content(script, line);
    let mut members = context(script, line, person);
    members.extend(authors(person, outbound));
    members.push(("id", text(&script.id_for(line))));
    members.push(("timestamp", text(&line.dated().to_string())));
    members.push(("type", text(kind)));
    members.extend(content);
    let name = if outbound { "message_echoes" } else { "messages" };
    let field = if outbound { "smb_message_echoes" } else { "messages" };
    Part {
        desk: person.desk(),
        field: line.get("field").unwrap_or(field).to_owned(),
        time: None,
        contacts: vec![contact(person, !outbound)],
        place: Place::In(name, vec![object(members)]),
        class: if line.get("strange").is_some() { "unrecognised" } else { "message" },
        records: 1,
    }
}

/// `from` and `to`; a customer with a user name is known by the user id alone.
pub fn authors(person: &Person, outbound: bool) -> Vec<Member> {
    let user_id = text(person.user_id());
    let phone = person.phone().map(text);
    if outbound {
        let from = ("from", text(person.desk().number));
        let to = phone.map(|phone| ("to", phone));
        [from].into_iter().chain(to).chain([("to_user_id", user_id)]).collect()
    } else {
        let from = phone.map(|phone| ("from", phone));
        from.into_iter().chain([("from_user_id", user_id)]).collect()
    }
}

fn contact(person: &Person, with_profile: bool) -> String {
    let mut profile = vec![("name", text(person.name()))];
    profile.extend(person.username().map(|name| ("username", text(name))));
    let profile = with_profile.then(|| ("profile", object(profile)));
    let wa_id = person.phone().map(|phone| ("wa_id", text(phone)));
    object(profile.into_iter().chain(wa_id).chain([("user_id", text(person.user_id()))]))
}

fn status(script: &Script, line: &Line) -> Part {
    let (who, _) = line.customer().expect("a status has an addressee");
    let person = script.person(who);
    let word = line.must("status");
    let mut members = vec![
        ("id", text(&script.id_for(line))),
        ("status", text(word)),
        ("timestamp", text(&line.at().to_string())),
    ];
    members.extend(person.phone().map(|phone| ("recipient_id", text(phone))));
    members.push(("recipient_user_id", text(person.user_id())));
    if word == "delivered" {
        let pricing = [
            ("billable", "false".to_owned()),
            ("pricing_model", text("PMP")),
            ("type", text("free_customer_service")),
            ("category", text("service")),
        ];
        members.push(("pricing", object(pricing)));
    }
    if let Some(code) = line.0.get("error").and_then(Value::as_i64) {
        let details = object([("details", text(line.must("say")))]);
        members.push(("errors", errors(code, line.must("say"), details)));
    }
    Part {
        desk: person.desk(),
        field: "messages".to_owned(),
        time: None,
        contacts: if word == "failed" { Vec::new() } else { vec![contact(person, true)] },
        place: Place::In("statuses", vec![object(members)]),
        class: "status",
        records: 1,
    }
}

fn preference(script: &Script, line: &Line) -> Part {
    let person = script.person(line.must("who"));
    let word = line.must("prefers");
    let detail = format!("User requested to {word} marketing messages");
    let wa_id = person.phone().map(|phone| ("wa_id", text(phone)));
    let rest = [
        ("user_id", text(person.user_id())),
        ("detail", text(&detail)),
        ("category", text("marketing_messages")),
        ("value", text(word)),
        ("timestamp", line.at().to_string()),
    ];
    Part {
        desk: person.desk(),
        field: "user_preferences".to_owned(),
        time: None,
        contacts: vec![contact(person, true)],
        place: Place::In("user_preferences", vec![object(wa_id.into_iter().chain(rest))]),
        class: "consent",
        records: 1,
    }
}

fn number_change(script: &Script, line: &Line) -> Part {
    let (old, new) = (script.person(line.must("who")), script.person(line.must("moves_to")));
    let (from, to) = (old.identifier(), new.identifier());
    let system = object([
        ("body", text(&format!("User {} changed from {from} to {to}", old.name()))),
        ("wa_id", text(to)),
        ("type", text("user_changed_number")),
    ]);
    let mut members = authors(old, false);
    members.push(("id", text(&script.id_for(line))));
    members.push(("timestamp", text(&line.at().to_string())));
    members.push(("type", text("system")));
    members.push(("system", system));
    Part {
        desk: old.desk(),
        field: "messages".to_owned(),
        time: None,
        contacts: Vec::new(),
        place: Place::In("messages", vec![object(members)]),
        class: "contact",
        records: 1,
    }
}

fn address_book(script: &Script, line: &Line) -> Part {
    let (action, desk) = (line.must("action"), desk(line.must("desk")));
    let people = line.words("book");
    let change = |who: &&str| {
        let person = script.person(who);
        let first_name = person.name().split(' ').next().unwrap_or_default();
        let names = [("full_name", text(person.name())), ("first_name", text(first_name))];
        let names = names.into_iter().filter(|_| action == "add");
        let phone = person.phone().map(|phone| ("phone_number", text(phone)));
        let user_id = [("user_id", text(person.user_id()))];
        let metadata = object([("timestamp", text(&line.at().to_string()))]);
        object([
            ("type", text("contact")),
            ("contact", object(names.chain(phone).chain(user_id))),
            ("action", text(action)),
            ("metadata", metadata),
        ])
    };
    let changes: Vec<String> = people.iter().map(change).collect();
    Part {
        desk,
        field: "smb_app_state_sync".to_owned(),
        time: None,
        contacts: Vec::new(),
        place: Place::In("state_sync", changes),
        class: "contact",
        records: people.len(),
    }
}
