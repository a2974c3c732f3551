//! Whatever comes: nothing panics, nothing is lost, nothing is told twice.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::capture::meta::read;

/// Any JSON, with the names that mean something here among its members.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zä\"\\\\ 0-9]{0,6}".prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let name = prop_oneof![3 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => "[a-z]{1,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

const WORDS: [&str; 12] = [
    "text",
    "edit",
    "revoke",
    "image",
    "system",
    "interactive",
    "button_reply",
    "messages",
    "history",
    "standby",
    "account_update",
    "calls",
];

const NAMES: [&str; 40] = [
    "entry",
    "changes",
    "field",
    "value",
    "messages",
    "message_echoes",
    "statuses",
    "contacts",
    "metadata",
    "history",
    "threads",
    "standby",
    "calls",
    "errors",
    "state_sync",
    "user_preferences",
    "groups",
    "user_actions",
    "user_id_update",
    "id",
    "from",
    "to",
    "timestamp",
    "type",
    "text",
    "edit",
    "message",
    "interactive",
    "image",
    "system",
    "reaction",
    "context",
    "order",
    "contact",
    "profile",
    "phones",
    "body",
    "status",
    "event",
    "call_recording",
];

/// Any JSON in the place of a change's value.
fn any_body() -> impl Strategy<Value = (String, Value)> {
    (prop::sample::select(&FIELDS[..]).prop_map(str::to_owned), any_json())
}

const FIELDS: [&str; 8] = [
    "messages",
    "smb_message_echoes",
    "history",
    "standby",
    "smb_app_state_sync",
    "account_update",
    "messaging_handovers",
    "quantum_sync",
];

fn whole(field: &str, value: &Value) -> Value {
    json!({"entry": [{"id": "1", "changes": [{"field": field, "value": value}]}]})
}

/// One thing told, with everything that says where it stands.
#[derive(Clone, Debug)]
struct Told {
    account: u8,
    number: u8,
    member: &'static str,
    element: Value,
}

fn told() -> impl Strategy<Value = Told> {
    let member = prop::sample::select(&["messages", "statuses", "errors", "unheard_of"][..]);
    let element = (0..20u8, "[a-ü/\"]{0,4}", any::<bool>()).prop_map(|(id, text, timed)| {
        let mut element = json!({"id": format!("w{id}"), "status": "sent", "type": "text",
            "text": {"body": text, "preview": null}, "list": [{"b": 1, "a": text}, 2.5]});
        if timed {
            element["timestamp"] = json!("1790000001");
        }
        element
    });
    (0..2u8, 0..2u8, member, element).prop_map(|(account, number, member, element)| Told {
        account,
        number,
        member,
        element,
    })
}

/// One change for each run of things that may stand in one, several to an entry.
fn grouped(told: &[Told], run_max: usize) -> Value {
    let mut entries = vec![];
    for run in told.chunk_by(|a, b| (a.account, a.number) == (b.account, b.number)) {
        for part in run.chunks(run_max) {
            let first = &part[0];
            let mut value = Map::new();
            for one in part {
                let array = value.entry(one.member).or_insert_with(|| json!([]));
                array.as_array_mut().unwrap().push(one.element.clone());
            }
            value.insert(
                "metadata".into(),
                json!({"phone_number_id": format!("{}{}", first.account, first.number)}),
            );
            let change = json!({"field": "messages", "value": value});
            entries.push(json!({"id": first.account.to_string(), "changes": [change]}));
        }
    }
    json!({"entry": entries})
}

/// The same JSON in another spelling: members from Z to A, all text escaped.
fn respelt(value: &Value) -> String {
    let text = |text: &str| {
        let units: Vec<_> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{}\"", units.concat())
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(plain) => text(plain),
        Value::Array(elements) => {
            format!("[ {} ]", elements.iter().map(respelt).collect::<Vec<_>>().join(" ,\n"))
        }
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .rev()
                .map(|(name, member)| format!("{} : {}", text(name), respelt(member)))
                .collect();
            format!("{{{}}}", members.join(" , "))
        }
    }
}

fn samenesses(body: &str) -> BTreeSet<Vec<u8>> {
    read(body.as_bytes()).into_iter().map(|item| item.sameness).collect()
}

/// What must be in exactly one item of a value with arrays of elements: each
/// element of a known array, and whatever else is more than a word.
fn expected(value: &Value) -> Vec<String> {
    const ARRAYS: [&str; 9] = [
        "messages",
        "message_echoes",
        "statuses",
        "calls",
        "errors",
        "state_sync",
        "user_preferences",
        "groups",
        "user_actions",
    ];
    let mut expected = vec![];
    for (name, member) in value.as_object().into_iter().flatten() {
        let is_context =
            (name == "contacts" && member.is_array()) || (name == "metadata" && member.is_object());
        match member {
            Value::Array(elements) if ARRAYS.contains(&name.as_str()) => {
                expected.extend(elements.iter().map(Value::to_string));
            }
            Value::Object(_) if ARRAYS.contains(&name.as_str()) => {
                expected.push(member.to_string())
            }
            _ if is_context => {}
            Value::Array(elements) if elements.iter().all(Value::is_object) => {
                expected.extend(elements.iter().map(Value::to_string));
            }
            Value::Array(_) => expected.push(member.to_string()),
            Value::Object(members) if !members.is_empty() => expected.push(member.to_string()),
            Value::Object(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {}
        }
    }
    if expected.is_empty() { vec![value.to_string()] } else { expected }
}

proptest! {
    #[test]
    fn any_bytes_give_an_item(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!read(&bytes).is_empty());
    }

    #[test]
    fn any_json_is_read_and_its_records_survive_their_form(json in any_json()) {
        for item in read(json.to_string().as_bytes()) {
            let written = serde_json::to_string(&item.record).unwrap();
            let again: crate::record::Record = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(again.raw.get(), item.record.raw.get());
            prop_assert!(json.to_string().contains(again.raw.get()));
        }
    }

    #[test]
    fn any_value_of_a_field_gives_an_item((field, value) in any_body()) {
        let body = whole(&field, &value).to_string();
        let items = read(body.as_bytes());
        prop_assert!(!items.is_empty());
        for item in &items {
            prop_assert_eq!(&item.record.field, &field);
            prop_assert!(body.contains(item.record.raw.get()));
        }
        prop_assert_eq!(samenesses(&body), samenesses(&respelt(&whole(&field, &value))));
    }

    #[test]
    fn every_element_is_in_exactly_one_item(value in any_json()) {
        let has_levels = |value: &Value| ["history", "standby", "user_id_update"].iter().any(|name| value.get(name).is_some());
        prop_assume!(!has_levels(&value) && (value.is_object() || value.is_array()));
        let items = read(whole("messages", &value).to_string().as_bytes());
        let mut found: Vec<_> = items.iter().map(|item| item.record.raw.get().to_owned()).collect();
        let mut expected = expected(&value);
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn regrouped_and_respelt_batches_tell_the_same_things(
        (told, shuffled) in prop::collection::vec(told(), 1..24)
            .prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
        (one_max, other_max) in (1..9usize, 1..9usize),
    ) {
        let one = grouped(&told, one_max);
        let other = grouped(&shuffled, other_max);
        let distinct: BTreeSet<_> = told.iter().map(|one| {
            (one.account, one.number, one.member, one.element.to_string())
        }).collect();
        prop_assert_eq!(samenesses(&one.to_string()).len(), distinct.len());
        prop_assert_eq!(samenesses(&one.to_string()), samenesses(&respelt(&other)));
    }
}
