//! What is turned away, and what never is: an authentic delivery.

use muniment::entry::Event;
use muniment::record::Class;
use serde_json::json;

use crate::support::{House, VERIFY_TOKEN, sign, text_message, webhook};

const FROM: &str = "447700900322";

fn classes(house: &House) -> Vec<Class> {
    let entries = house.entries();
    let class = |event: &Event| match event {
        Event::Captured { kept, .. } => Some(kept.class),
        Event::Began { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::Accessed { .. }
        | Event::HandedOver(_)
        | Event::Governed { .. }
        | Event::Destroyed { .. }
        | Event::Found { .. } => None,
    };
    entries.iter().filter_map(|entry| class(&entry.event)).collect()
}

#[test]
fn a_forged_an_unsigned_and_an_altered_delivery_are_401_and_leave_no_trace_in_the_log() {
    let house = House::new();
    let daemon = house.serve();
    let body = webhook(&[text_message(1, FROM, "Sell everything")]);
    let good = sign(body.as_bytes());
    let forged = format!("sha256={}", "ab".repeat(32));
    let sha1 = good.replace("sha256=", "sha1=");
    for signature in [forged.as_str(), &sha1, "sha256=", "", &good[..good.len() - 1]] {
        let answer = daemon.deliver_as(body.as_bytes(), signature);
        assert_eq!(answer.status, 401, "{signature}: {}", answer.text());
    }
    assert_eq!(daemon.hooks.post("/hooks/meta", body.as_bytes()).status, 401);
    let altered = body.replace("everything", "nothing at all");
    assert_eq!(daemon.deliver_as(altered.as_bytes(), &good).status, 401);
    assert_eq!(classes(&house), []);

    assert_eq!(daemon.deliver_as(body.as_bytes(), &good).status, 200);
    assert_eq!(classes(&house), [Class::Delivery, Class::Message]);
}

#[test]
fn a_body_over_the_limit_is_413_and_one_at_the_limit_is_kept() {
    let mut house = House::new();
    house.set("MUNIMENT_CAPTURE__BODY_BYTES_MAX", "20000");
    let daemon = house.serve();
    let empty = webhook(&[text_message(1, FROM, "")]).len();
    let fits = webhook(&[text_message(1, FROM, &"x".repeat(20_000 - empty))]);
    assert_eq!(fits.len(), 20_000);
    let over = webhook(&[text_message(1, FROM, &"x".repeat(20_001 - empty))]);
    assert_eq!(daemon.deliver(&over).status, 413);
    assert_eq!(classes(&house), []);
    assert_eq!(daemon.deliver(&fits).status, 200);
    assert_eq!(classes(&house), [Class::Delivery, Class::Message]);
}

#[test]
fn authentic_bytes_that_are_not_json_are_kept_and_answered_200() {
    let house = House::new();
    let daemon = house.serve();
    let whole = webhook(&[text_message(1, FROM, "cut off in the mid")]);
    let bodies: [&[u8]; 4] = [b"not JSON at all", &whole.as_bytes()[..80], b"\xff\xfe\x00", b"[]"];
    for body in bodies {
        let answer = daemon.deliver_as(body, &sign(body));
        assert_eq!(answer.status, 200, "{body:?}: {}", answer.text());
    }
    assert_eq!(classes(&house), [Class::Delivery, Class::Unrecognised].repeat(bodies.len()));
}

#[test]
fn a_message_type_and_a_field_that_nobody_knows_are_kept_whole() {
    let house = House::new();
    let daemon = house.serve();
    let officer = house.token("officer");
    let mut strange = text_message(7, FROM, "");
    strange["type"] = json!("hologram");
    strange["hologram"] = json!({"title": "Lighthouse at dusk", "depth": 3});
    daemon.take(&webhook(std::slice::from_ref(&strange)));
    let field = webhook(&[text_message(8, FROM, "x")])
        .replace("\"field\":\"messages\"", "\"field\":\"tide_tables\"");
    daemon.take(&field);

    let found = daemon.search(&house, &officer, "lighthouse");
    assert_eq!(found["total"], 1, "{found}");
    let id = found["hits"][0]["record"].as_str().unwrap();
    let record = daemon.api.with_token(&officer).get(&format!("/v1/records/{id}")).json();
    assert_eq!(record["content"]["raw"], strange);
    let unrecognised = daemon.search(&house, &officer, "class:unrecognised");
    assert!(unrecognised["total"].as_u64().unwrap() >= 1, "{unrecognised}");
}

#[test]
fn a_batch_of_a_thousand_updates_becomes_a_thousand_records() {
    let house = House::new();
    let daemon = house.serve();
    let thousand: Vec<_> = (0..1000).map(|n| text_message(n, FROM, &format!("Lot {n}"))).collect();
    daemon.take(&webhook(&thousand));
    let classes = classes(&house);
    assert_eq!(classes.iter().filter(|class| **class == Class::Message).count(), 1000);
    assert_eq!(classes.len(), 1001);
}

#[test]
fn the_handshake_answers_only_who_knows_the_verify_token() {
    let house = House::new();
    let daemon = house.serve();
    let shake = |token| {
        let parameters = [
            ("hub.mode", "subscribe"),
            ("hub.verify_token", token),
            ("hub.challenge", "1158201444"),
        ];
        daemon.hooks.get_with("/hooks/meta", &parameters)
    };
    let good = shake(VERIFY_TOKEN);
    assert_eq!((good.status, good.text().as_str()), (200, "1158201444"));
    let bad = shake("quay-verify-5572");
    assert_eq!(bad.status, 403);
    assert!(!bad.text().contains("1158201444"));
}
