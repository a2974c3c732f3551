//! What became of messages, and what customers let the business send.

use serde_json::{Value, json};

use super::{BUSINESS, MIRA, body, mira, record, records, text, value};
use crate::capture::meta::read;
use crate::record::{Class, Direction, Relation, RelationKind};

fn status(members: &Value) -> Value {
    let mut status = json!({"id": "wamid.FIC1001", "status": "sent", "timestamp": "1790000100", "recipient_id": MIRA});
    for (name, member) in members.as_object().unwrap() {
        status[name] = member.clone();
    }
    status
}

#[test]
fn a_status_reports_on_a_message_to_its_recipient() {
    for word in ["sent", "delivered", "read", "played", "failed", "deleted", "warning", "pondered"]
    {
        let status = status(&json!({"status": word, "recipient_user_id": "DE.1",
            "conversation": {"id": "c0ffee", "origin": {"type": "service"}},
            "pricing": {"billable": false, "category": "service"}}));
        let record = record("messages", &[("contacts", mira()), ("statuses", json!([status]))]);
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Status, word));
        assert_eq!((record.at, record.direction), (Some(1_790_000_100), Some(Direction::Outbound)));
        let reports = Relation { kind: RelationKind::Reports, provider_id: "wamid.FIC1001".into() };
        assert_eq!(record.body.relation, Some(reports));
        assert_eq!(record.from.unwrap().phone.as_deref(), Some(BUSINESS));
        let to = record.to.unwrap();
        assert_eq!((to.phone.as_deref(), to.name.as_deref()), (Some(MIRA), Some("Mira Kestrel")));
    }
}

#[test]
fn a_failure_is_found_by_the_words_of_its_errors() {
    let errors = json!([{"code": 131_026, "title": "Message undeliverable", "message": "Message undeliverable",
        "error_data": {"details": "The recipient cannot be reached."}}, "and more", {"code": 7}, {"why": "odd"}]);
    let status = status(
        &json!({"status": "failed", "errors": errors, "biz_opaque_callback_data": "case-42"}),
    );
    let record = record("messages", &[("statuses", json!([status]))]);
    let lines: Vec<_> = text(&record).lines().collect();
    assert_eq!(
        lines,
        [
            "131026 Message undeliverable",
            "The recipient cannot be reached.",
            "and more",
            "7",
            "why: odd",
            "biz_opaque_callback_data: case-42"
        ]
    );
}

#[test]
fn statuses_of_one_message_differ_by_word_and_by_time() {
    let statuses = json!([
        status(&json!({})),
        status(&json!({"status": "delivered"})),
        status(&json!({"timestamp": "1790000101"})),
        status(&json!({"recipient_participant_id": "4915550100778"})),
        status(&json!({})),
    ]);
    let items = read(&body("messages", &value(&[("statuses", statuses)])));
    let mut samenesses: Vec<_> = items.into_iter().map(|item| item.sameness).collect();
    assert_eq!(samenesses[0], samenesses[4]);
    samenesses.sort();
    samenesses.dedup();
    assert_eq!(samenesses.len(), 4);
}

#[test]
fn a_status_in_a_group_names_the_group_and_the_participant() {
    for name in ["recipient_participant_id", "participant_recipient_id"] {
        let status = status(
            &json!({"recipient_id": "R3JvdXA", "recipient_type": "group", name: "4915550100778",
            "recipient_participant_user_id": "DE.2"}),
        );
        let record = record("messages", &[("statuses", json!([status]))]);
        assert_eq!(record.group_id.as_deref(), Some("R3JvdXA"));
        let to = record.to.unwrap();
        assert_eq!(
            (to.phone.as_deref(), to.user_id.as_deref()),
            (Some("4915550100778"), Some("DE.2"))
        );
    }
}

#[test]
fn a_status_without_its_word_or_its_message_is_unrecognised() {
    for element in
        [json!({"id": "wamid.FIC1001"}), json!({"status": "sent"}), json!([]), json!(null)]
    {
        let record = record("messages", &[("statuses", json!([element]))]);
        assert_eq!(record.class, Class::Unrecognised);
        assert_eq!(record.raw.get(), element.to_string());
    }
}

#[test]
fn what_a_customer_did_with_a_message_is_kept() {
    let action = json!({"action_type": "marketing_messages_link_click", "timestamp": "1790000170",
        "marketing_messages_link_click_data": {"click_component": "cta", "click_id": "ck-1"}});
    let record = record("messages", &[("user_actions", json!([action]))]);
    assert_eq!((record.class, record.at), (Class::Status, Some(1_790_000_170)));
    assert_eq!(record.body.kind, "marketing_messages_link_click");
    assert!(text(&record).contains("click_id: ck-1"), "{record:?}");
}

#[test]
fn a_stop_and_a_resumption_of_marketing_are_consent() {
    for word in ["stop", "resume", "signup"] {
        let preference = json!({"wa_id": MIRA, "user_id": "DE.1", "detail": "User asked for it",
            "category": "marketing_messages", "value": word, "timestamp": 1_790_000_600});
        let record = record(
            "user_preferences",
            &[("contacts", mira()), ("user_preferences", json!([preference]))],
        );
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Consent, word));
        assert_eq!(
            (record.at, text(&record)),
            (Some(1_790_000_600), "User asked for it\nmarketing_messages")
        );
        assert_eq!(record.direction, Some(Direction::Inbound));
        assert_eq!(record.from.unwrap().name.as_deref(), Some("Mira Kestrel"));
    }
    let unsaid = record("user_preferences", &[("user_preferences", json!([{"wa_id": MIRA}]))]);
    assert_eq!(unsaid.class, Class::Unrecognised);
    assert_eq!(unsaid.from.unwrap().phone.as_deref(), Some(MIRA));
}

#[test]
fn messages_statuses_and_errors_of_one_change_are_all_read() {
    let message = json!({"from": MIRA, "id": "w", "timestamp": "1", "type": "interactive"});
    let records = records(
        "messages",
        &[
            ("errors", json!([{"code": 131_000, "title": "Something went wrong"}])),
            ("messages", json!([message])),
            ("statuses", json!([status(&json!({}))])),
        ],
    );
    let classes: Vec<_> = records.iter().map(|record| record.class).collect();
    assert_eq!(classes, [Class::Account, Class::Message, Class::Status]);
    assert_eq!(text(&records[0]), "131000 Something went wrong");
}
