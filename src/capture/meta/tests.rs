//! Bodies composed for the tests, with fictional parties, and what is read of them.

mod account;
mod calls;
mod echoes;
mod history;
mod messages;
mod parties;
mod properties;
mod shapes;
mod statuses;

use serde_json::{Value, json};

use super::{Item, read};
use crate::record::{Class, Record};

const BUSINESS: &str = "4915550100100";
const MIRA: &str = "4915550100777";

/// A body with one change.
fn body(field: &str, value: &Value) -> Vec<u8> {
    let change = json!({"field": field, "value": value});
    let entry = json!({"id": "109900000000001", "changes": [change]});
    json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string().into_bytes()
}

/// The value of a change about the one number of these tests.
fn value(members: &[(&str, Value)]) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "+49 1555 0100100", "phone_number_id": "209900000000001"},
    });
    for (name, member) in members {
        value[*name] = member.clone();
    }
    value
}

/// Mira's contact, as it stands beside what she wrote.
fn mira() -> Value {
    json!([{"profile": {"name": "Mira Kestrel", "username": "@mirak"}, "wa_id": MIRA, "user_id": "DE.1"}])
}

/// The records of one change.
fn records(field: &str, members: &[(&str, Value)]) -> Vec<Record> {
    read(&body(field, &value(members))).into_iter().map(|item| item.record).collect()
}

/// The only record of one change.
fn record(field: &str, members: &[(&str, Value)]) -> Record {
    let mut records = records(field, members);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

/// A message of Mira's with these members besides, as it is read.
fn message(members: &Value) -> Record {
    let mut message = json!({"from": MIRA, "id": "wamid.FIC0001", "timestamp": "1790000001"});
    for (name, member) in members.as_object().unwrap() {
        message[name] = member.clone();
    }
    let record = record("messages", &[("contacts", mira()), ("messages", json!([message]))]);
    assert_eq!(record.raw.get(), message.to_string());
    record
}

fn text(record: &Record) -> &str {
    record.body.text.as_deref().unwrap_or_default()
}

fn classes(items: &[Item]) -> Vec<Class> {
    items.iter().map(|item| item.record.class).collect()
}
