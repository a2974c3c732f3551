//! What is not understood is kept whole, and nothing is too deep or too large.

use serde_json::{Value, json};

use super::{BUSINESS, MIRA, body, classes, mira, record, records, text, value};
use crate::capture::meta::{Item, read};
use crate::record::{Class, Direction};

fn raws(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.record.raw.get()).collect()
}

#[test]
fn a_body_that_is_no_json_is_kept_as_base64() {
    let cut = br#"{"object":"whatsapp_business_account","entry":[{"id":"1"#.as_slice();
    for body in [cut, b"", b"\xff\x00", b"{} {}", b"hello"] {
        let items = read(body);
        assert_eq!(classes(&items), [Class::Unrecognised]);
        let raw: Value = serde_json::from_str(items[0].record.raw.get()).unwrap();
        use base64::Engine as _;
        let kept = base64::prelude::BASE64_STANDARD.decode(raw["bytes_base64"].as_str().unwrap());
        assert_eq!(kept.unwrap(), body);
    }
    assert_ne!(read(b"a{")[0].sameness, read(b"b{")[0].sameness);
}

#[test]
fn a_body_without_an_element_gives_no_item() {
    for body in [
        r#"{"entry":[]}"#,
        r#"{"object":"x","entry":[ ]}"#,
        r#"{"entry":[{"id":"1","changes":[]}]}"#,
    ] {
        assert!(read(body.as_bytes()).is_empty(), "{body}");
    }
}

#[test]
fn a_body_of_another_shape_is_one_item() {
    for body in [
        "{}",
        "[]",
        "null",
        "7",
        r#""hello""#,
        r#"{"entry":7}"#,
        r#"[{"entry":[]}]"#,
        r#"{"event":"x","data":{"messages":[{"id":1}]}}"#,
    ] {
        let items = read(body.as_bytes());
        assert_eq!(classes(&items), [Class::Unrecognised], "{body}");
        assert_eq!(raws(&items), [body]);
    }
}

#[test]
fn entries_and_changes_of_other_shapes_are_items_as_they_are() {
    let body = r#"{"entry":[1,{"id":"1"},{"id":"2","messaging":[{"m":1}]},{"changes":[null,{},{"field":"messages"},{"field":"messages","value":"x"}]}]}"#;
    let items = read(body.as_bytes());
    assert_eq!(
        raws(&items),
        [
            "1",
            r#"{"id":"1"}"#,
            r#"{"id":"2","messaging":[{"m":1}]}"#,
            "null",
            "{}",
            r#"{"field":"messages"}"#,
            r#"{"field":"messages","value":"x"}"#
        ]
    );
    assert!(classes(&items).iter().all(|class| *class == Class::Unrecognised));
}

#[test]
fn unknown_members_beside_the_known_are_items_at_every_level() {
    let body = r#"{"beside":{"a":1},"word":"w","entry":[{"id":"1","beside":[[2]],"changes":[{"field":"messages","beside":[{"b":3},{"b":4}],"value":{"beside":[{"c":5},6],"nothing":[],"messages":[{"id":"w","type":"request_welcome","beside":{"d":7}}]}}]}]}"#;
    let items = read(body.as_bytes());
    assert_eq!(
        raws(&items),
        [
            r#"{"a":1}"#,
            "[[2]]",
            r#"{"b":3}"#,
            r#"{"b":4}"#,
            r#"[{"c":5},6]"#,
            r#"{"id":"w","type":"request_welcome","beside":{"d":7}}"#
        ]
    );
    assert_eq!(items[5].record.class, Class::Message);
}

#[test]
fn exact_bytes_are_kept_however_they_are_written() {
    let element = "{ \"id\" :\"w\\u00e4\",\n \"type\":\"text\", \"text\":{\"body\":\"\\ud83d\\ude00 a\\/b\"}, \"n\": 1.50e+2 }";
    let body = format!(
        r#"{{"entry":[{{"changes":[{{"value":{{"messages":[ {element} ]}},"field":"messages"}}]}}]}}"#
    );
    let items = read(body.as_bytes());
    assert_eq!(raws(&items), [element]);
    assert_eq!(text(&items[0].record), "😀 a/b");
    assert_eq!(items[0].record.provider_id.as_deref(), Some("wä"));
    let written = serde_json::to_string(&items[0].record).unwrap();
    let read_again: crate::record::Record = serde_json::from_str(&written).unwrap();
    assert_eq!(read_again.raw.get(), element);
}

#[test]
fn an_unknown_field_is_one_item_of_the_whole_value() {
    let entanglement = json!({"state": "up", "peers": [3, 5, 8]});
    let whole =
        value(&[("contacts", mira()), ("entanglement", entanglement), ("timestamp", json!(7))]);
    let items = read(&body("quantum_sync", &whole));
    assert_eq!(raws(&items), [whole.to_string()]);
    let record = &items[0].record;
    assert_eq!((record.class, record.body.kind.as_str()), (Class::Unrecognised, "quantum_sync"));
    assert_eq!((record.at, record.number.as_deref()), (Some(7), Some(BUSINESS)));
    assert_eq!(record.from.as_ref().unwrap().phone.as_deref(), Some(MIRA));
    assert!(text(record).contains("entanglement.state: up"));
}

#[test]
fn an_unknown_field_with_messages_has_them_one_by_one_and_readable() {
    let message =
        json!({"from": MIRA, "id": "w", "timestamp": "1", "type": "text", "text": {"body": "hi"}});
    let record = record("messages_v9", &[("messages", json!([message]))]);
    assert_eq!((record.class, text(&record)), (Class::Unrecognised, "hi"));
    assert_eq!((record.direction, record.at), (Some(Direction::Inbound), Some(1)));
}

#[test]
fn a_known_field_without_an_element_is_one_item_of_the_whole_value() {
    for members in [
        vec![],
        vec![("messages", json!([]))],
        vec![("messages", json!("x"))],
        vec![("contacts", mira())],
    ] {
        let records = records("messages", &members);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].class, Class::Unrecognised);
        assert_eq!(records[0].raw.get(), value(&members).to_string());
    }
}

#[test]
fn an_object_in_the_place_of_an_array_is_its_only_element() {
    let message = json!({"from": MIRA, "id": "w", "type": "text", "text": {"body": "hi"}});
    let record = record("messages", &[("messages", message)]);
    assert_eq!((record.class, text(&record)), (Class::Message, "hi"));
}

#[test]
fn repeated_members_lose_nothing() {
    let body = r#"{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"a"}],"messages":[{"id":"b"}]}}]}]}"#;
    assert_eq!(raws(&read(body.as_bytes())), [r#"{"id":"a"}"#, r#"{"id":"b"}"#]);
}

#[test]
fn a_field_at_the_wrong_level_is_found() {
    let value = r#"{"event":"PARTNER_APP_INSTALLED"}"#;
    for body in [
        format!(r#"{{"entry":[{{"field":"account_update","changes":[{{"value":{value}}}]}}]}}"#),
        format!(r#"{{"field":"account_update","entry":[{{"changes":[{{"value":{value}}}]}}]}}"#),
    ] {
        let items = read(body.as_bytes());
        assert_eq!(classes(&items), [Class::Account], "{body}");
        assert_eq!(items[0].record.field, "account_update");
    }
}

#[test]
fn a_thousand_updates_of_several_accounts_are_a_thousand_items() {
    let change = |from: u32| {
        let messages: Vec<_> = (from..from + 250)
            .map(|n| json!({"from": format!("49155501{n:05}"), "id": format!("w{n}"), "type": "text", "text": {"body": n.to_string()}}))
            .collect();
        let contacts: Vec<_> = (from..from + 250)
            .map(|n| json!({"wa_id": format!("49155501{n:05}"), "profile": {"name": format!("Party {n}")}}))
            .collect();
        json!({"field": "messages", "value": value(&[("messages", json!(messages)), ("contacts", json!(contacts))])})
    };
    let entry = |id: &str, from| json!({"id": id, "changes": [change(from), change(from + 250)]});
    let items = read(json!({"entry": [entry("1", 0), entry("2", 500)]}).to_string().as_bytes());
    assert_eq!(items.len(), 1000);
    for (n, item) in items.iter().enumerate() {
        assert_eq!(text(&item.record), n.to_string());
        assert_eq!(item.record.from.as_ref().unwrap().name, Some(format!("Party {n}")));
    }
}

#[test]
fn nesting_without_end_is_kept_and_overflows_nothing() {
    let deep = format!("{}7{}", "[".repeat(30_000), "]".repeat(30_000));
    let objects = format!("{}7{}", r#"{"edit":"#.repeat(15_000), "}".repeat(15_000));
    let edits =
        format!("{}7{}", r#"{"type":"edit","edit":{"message":"#.repeat(8_000), "}}".repeat(8_000));
    for nested in [&deep, &objects, &edits] {
        // Compared without being printed: a failure would fill the terminal.
        assert!(raws(&read(nested.as_bytes())) == [nested]);
        let value = format!(r#"{{"messages":[{nested}]}}"#);
        for (field, value, kept) in [
            ("messages", &value, nested),
            ("standby", &value, nested),
            ("account_update", &value, &value),
            ("account_update", nested, nested),
            ("quantum_sync", nested, nested),
        ] {
            let change = format!(r#"{{"field":"{field}","value":{value}}}"#);
            let body = format!(r#"{{"entry":[{{"changes":[{change}]}}]}}"#);
            assert!(raws(&read(body.as_bytes())) == [kept], "{field}");
        }
    }
}

#[test]
fn millions_of_bytes_are_read_and_their_text_is_limited() {
    let leaves = vec!["\"word\""; 300_000].join(",");
    let body = format!(
        r#"{{"entry":[{{"changes":[{{"field":"quantum_sync","value":{{"x":[{leaves}]}}}}]}}]}}"#
    );
    let items = read(body.as_bytes());
    assert_eq!(items.len(), 1);
    assert!(text(&items[0].record).len() < 100_000);
    assert!(items[0].record.raw.get().len() > 2_000_000);
}
