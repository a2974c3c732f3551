//! The past of a number that joined.

use serde_json::{Value, json};

use super::{BUSINESS, MIRA, body, classes, record, records, text, value};
use crate::capture::meta::read;
use crate::record::{Class, Direction, Origin};

fn chunk(thread: &Value) -> Value {
    json!([{"metadata": {"phase": 1, "chunk_order": 2, "progress": 55}, "threads": [thread]}])
}

fn thread(messages: &Value) -> Value {
    json!({"id": MIRA, "context": {"wa_id": MIRA, "user_id": "DE.1", "username": "mirak"}, "messages": messages})
}

fn past(members: &Value) -> Value {
    let mut past =
        json!({"id": "w", "timestamp": "1785000000", "type": "text", "text": {"body": "older"}});
    for (name, member) in members.as_object().unwrap() {
        past[name] = member.clone();
    }
    past
}

#[test]
fn past_messages_go_the_way_that_they_say() {
    let cases = [
        (json!({"from": MIRA, "history_context": {"status": "READ"}}), Direction::Inbound),
        (json!({"from": BUSINESS, "history_context": {"from_me": true}}), Direction::Outbound),
        (json!({"from": BUSINESS, "to": MIRA}), Direction::Outbound),
        (json!({"from": BUSINESS}), Direction::Outbound),
        (json!({"from_user_id": "DE.1", "to": BUSINESS}), Direction::Inbound),
        (json!({"from_user_id": "DE.1"}), Direction::Inbound),
        (
            json!({"from": MIRA, "to": BUSINESS, "history_context": {"from_me": false}}),
            Direction::Inbound,
        ),
    ];
    for (members, direction) in cases {
        let thread = thread(&json!([past(&members)]));
        let record = record("history", &[("history", chunk(&thread))]);
        assert_eq!((record.class, record.origin), (Class::Message, Origin::History));
        assert_eq!(
            (record.direction, record.at),
            (Some(direction), Some(1_785_000_000)),
            "{members}"
        );
        let customer = record.counterparty().unwrap();
        assert_eq!(customer.phone.as_deref(), Some(MIRA), "{members}");
        assert_eq!(customer.user_id.as_deref(), Some("DE.1"), "{members}");
        assert_eq!(customer.username.as_deref(), Some("mirak"), "{members}");
    }
}

#[test]
fn a_placeholder_and_its_file_are_two_records_of_one_id() {
    let placeholder = past(&json!({"from": BUSINESS, "type": "media_placeholder"}));
    let first = record("history", &[("history", chunk(&thread(&json!([placeholder]))))]);
    assert_eq!((first.class, first.body.kind.as_str()), (Class::Message, "media_placeholder"));
    let file = json!({"id": "3099000100", "mime_type": "application/pdf", "filename": "offer.pdf"});
    let echo = past(&json!({"from": BUSINESS, "to": MIRA, "type": "document", "document": file}));
    let second = record("history", &[("message_echoes", json!([echo]))]);
    assert_eq!((second.origin, second.direction), (Origin::History, Some(Direction::Outbound)));
    assert_eq!(second.body.media.unwrap().file_name.as_deref(), Some("offer.pdf"));
    assert_eq!(first.provider_id, second.provider_id);
    let inbound = past(&json!({"from": MIRA, "type": "image", "image": {"id": "3099000101"}}));
    let third = record("history", &[("messages", json!([inbound]))]);
    assert_eq!((third.origin, third.direction), (Origin::History, Some(Direction::Inbound)));
}

#[test]
fn a_declined_past_is_a_notice_about_the_account() {
    let error = json!({"code": 2_593_109, "title": "History sync is turned off"});
    let inside = record("history", &[("history", json!([{"errors": [error]}]))]);
    let beside = record("history", &[("errors", json!([error]))]);
    for record in [inside, beside] {
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Account, "error"));
        assert_eq!(text(&record), "2593109 History sync is turned off");
    }
}

#[test]
fn a_chunk_without_messages_tells_how_far_it_is() {
    let chunk =
        json!([{"metadata": {"phase": 2, "chunk_order": 9, "progress": 100}, "threads": []}]);
    let record = record("history", &[("history", chunk.clone())]);
    assert_eq!((record.class, record.body.kind.as_str()), (Class::Account, "history"));
    assert_eq!(record.raw.get(), chunk[0].to_string());
}

#[test]
fn a_thread_of_another_shape_is_unrecognised() {
    let history =
        json!([{"threads": [{"id": MIRA}, "x", {"id": MIRA, "messages": [1], "pins": [[2]]}]}, 7]);
    let items = read(&body("history", &value(&[("history", history)])));
    let raws: Vec<_> = items.iter().map(|item| item.record.raw.get()).collect();
    assert_eq!(raws, [r#"{"id":"4915550100777"}"#, r#""x""#, "1", "[[2]]", "7"]);
    assert!(classes(&items).iter().all(|class| *class == Class::Unrecognised));
}

#[test]
fn equal_messages_of_two_threads_are_two_things() {
    let message = json!({"id": "w", "timestamp": "1", "type": "request_welcome"});
    let threads = json!([{"id": MIRA, "messages": [message]}, {"id": "4915550100888", "messages": [message]}]);
    let items = read(&body("history", &value(&[("history", json!([{"threads": threads}]))])));
    assert_eq!(items.len(), 2);
    assert_ne!(items[0].sameness, items[1].sameness);
    assert_eq!(records("history", &[("history", json!([{"threads": threads}]))]).len(), 2);
}
