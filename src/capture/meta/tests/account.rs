//! Notices about accounts, numbers and templates.

use serde_json::{Value, json};

use super::{body, text};
use crate::capture::meta::read;
use crate::record::{Class, Record};

fn notice(field: &str, value: &Value) -> Record {
    let items = read(&body(field, value));
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0].record.raw.get(), value.to_string());
    items[0].record.clone()
}

fn at_time(time: Value, value: &Value) -> Vec<u8> {
    let change = json!({"field": "message_template_status_update", "value": value});
    json!({"entry": [{"id": "109900000000001", "time": time, "changes": [change]}]})
        .to_string()
        .into_bytes()
}

#[test]
fn every_account_field_is_one_record_of_the_whole_value() {
    for field in [
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "business_username_updates",
        "flows",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "template_category_update",
    ] {
        let record = notice(field, &json!({"messages": [{"id": 1}], "note": "a word"}));
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Account, field));
        assert!(text(&record).contains("note: a word"));
    }
}

#[test]
fn a_gap_in_the_archive_is_found_by_its_words() {
    let value = json!({"phone_number": "4915550100100", "event": "PARTNER_REMOVED",
        "disconnection_info": {"reason": "PRIMARY_INACTIVITY", "initiated_by": "SYSTEM"}});
    let record = notice("account_update", &value);
    assert_eq!(record.body.kind, "PARTNER_REMOVED");
    assert_eq!(record.number.as_deref(), Some("4915550100100"));
    assert!(text(&record).contains("disconnection_info.reason: PRIMARY_INACTIVITY"));
}

#[test]
fn numbers_of_sixteen_digits_keep_every_digit() {
    let value = json!({"event": "REJECTED", "message_template_id": 1_990_000_000_000_001_u64, "reason": "NONE"});
    let record = notice("message_template_status_update", &value);
    assert!(text(&record).contains("message_template_id: 1990000000000001"), "{record:?}");
}

#[test]
fn the_time_of_the_entry_tells_a_second_approval_from_the_first() {
    let approved = json!({"event": "APPROVED", "message_template_id": 7});
    let sameness = |time: Value| {
        let items = read(&at_time(time, &approved));
        assert_eq!(items.len(), 1);
        items[0].sameness.clone()
    };
    assert_ne!(sameness(json!(1_790_000_500)), sameness(json!(1_790_000_600)));
    assert_eq!(sameness(json!(1_790_000_500)), sameness(json!("1790000500")));
    assert_eq!(read(&at_time(json!(1_790_000_500), &approved))[0].record.at, Some(1_790_000_500));
}

#[test]
fn a_notice_of_another_shape_is_still_the_accounts() {
    assert_eq!(text(&notice("account_update", &json!(["ACCOUNT_DELETED"]))), "ACCOUNT_DELETED");
    assert_eq!(notice("security", &json!({})).class, Class::Account);
}
