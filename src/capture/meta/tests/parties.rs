//! Address books, groups, new identities and handovers.

use serde_json::json;

use super::{BUSINESS, MIRA, body, record, records, text};
use crate::capture::meta::read;
use crate::record::Class;

#[test]
fn the_address_book_tells_names_and_removals() {
    let changes = json!([
        {"type": "contact", "contact": {"full_name": "Mira Kestrel", "first_name": "Mira",
            "phone_number": "+49 1555 0100777", "user_id": "DE.1", "username": "@mirak"},
            "action": "add", "metadata": {"timestamp": "1790000300"}},
        {"type": "contact", "contact": {"phone_number": "4915550100888"},
            "action": "remove", "metadata": {"timestamp": "1790000301"}},
        {"type": "label", "label": {"name": "vip"}, "action": "add"},
    ]);
    let records = records("smb_app_state_sync", &[("state_sync", changes)]);
    let [added, removed, label] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((added.class, added.body.kind.as_str()), (Class::Contact, "add"));
    assert_eq!((added.at, text(added)), (Some(1_790_000_300), "Mira Kestrel"));
    let party = added.to.as_ref().unwrap();
    assert_eq!((party.phone.as_deref(), party.username.as_deref()), (Some(MIRA), Some("mirak")));
    assert_eq!((removed.class, removed.body.kind.as_str()), (Class::Contact, "remove"));
    assert_eq!(removed.counterparty().unwrap().phone.as_deref(), Some("4915550100888"));
    assert_eq!(label.class, Class::Unrecognised);
    assert!(text(label).contains("label.name: vip"));
}

#[test]
fn a_new_user_id_names_the_old_and_the_new() {
    let update = json!({"detail": "User id has been updated.", "timestamp": "1790000810",
        "user_id": {"previous": "DE.1", "current": "DE.9"},
        "parent_user_id": {"previous": "DE.ENT.1", "current": "DE.ENT.9"}});
    let contacts = json!([{"profile": {"name": "M."}}]);
    let update_record =
        record("user_id_update", &[("contacts", contacts), ("user_id_update", json!([update]))]);
    assert_eq!((update_record.class, update_record.at), (Class::Contact, Some(1_790_000_810)));
    let from = update_record.from.unwrap();
    assert_eq!((from.user_id.as_deref(), from.name.as_deref()), (Some("DE.1"), Some("M.")));
    let now = &update_record.body.mentions[0];
    assert_eq!(
        (now.user_id.as_deref(), now.parent_user_id.as_deref()),
        (Some("DE.9"), Some("DE.ENT.9"))
    );
    let empty = record("user_id_update", &[("user_id_update", json!([{"detail": "?"}]))]);
    assert_eq!(empty.class, Class::Unrecognised);
}

#[test]
fn who_joins_a_group_is_a_change_of_contact_and_the_group_itself_the_accounts() {
    let joins = json!({"timestamp": "1790000900", "group_id": "R3JvdXA", "type": "group_participants_add",
        "reason": "invite_link", "added_participants": [{"wa_id": "4915550100778", "user_id": "DE.2"}],
        "failed_participants": [{"input": "+49 1555 0100779"}]});
    let join = record("group_participants_update", &[("groups", json!([joins]))]);
    assert_eq!((join.class, join.body.kind.as_str()), (Class::Contact, "group_participants_add"));
    assert_eq!((join.at, join.group_id.as_deref()), (Some(1_790_000_900), Some("R3JvdXA")));
    let phones: Vec<_> =
        join.body.mentions.iter().map(|party| party.phone.as_deref().unwrap()).collect();
    assert_eq!(phones, ["4915550100778", "4915550100779"]);
    let created =
        json!({"timestamp": "1", "type": "group_create", "request_id": "r1", "subject": "Crate 7"});
    let create = record("group_lifecycle_update", &[("groups", json!([created]))]);
    assert_eq!((create.class, create.provider_id.as_deref()), (Class::Account, Some("r1")));
    assert!(text(&create).contains("subject: Crate 7"));
}

#[test]
fn a_handover_belongs_to_the_number_it_names_as_its_recipient() {
    let value = json!({"type": "control_passed", "timestamp": 1_790_001_000, "sender": {"phone_number": MIRA},
        "recipient": {"phone_number_id": "209900000000001", "display_phone_number": BUSINESS},
        "control_passed": {"previous_owner_app_role": "meta_business_agent"}});
    let items = read(&body("messaging_handovers", &value));
    let [item] = items.as_slice() else { panic!("{items:?}") };
    let record = &item.record;
    assert_eq!((record.class, record.body.kind.as_str()), (Class::Account, "control_passed"));
    assert_eq!(record.number_id.as_deref(), Some("209900000000001"));
    assert_eq!(record.number.as_deref(), Some(BUSINESS));
    assert_eq!(record.counterparty().unwrap().phone.as_deref(), Some(MIRA));
    assert_eq!(record.raw.get(), value.to_string());
}

#[test]
fn a_batch_names_each_author_by_the_contact_that_is_theirs() {
    let contacts = json!([{"profile": {"name": "Odo"}, "wa_id": "4915550100888"},
        {"profile": {"name": "Mira"}, "user_id": "DE.1"}]);
    let say = |members: &str| {
        let mut message: serde_json::Value = serde_json::from_str(members).unwrap();
        message["type"] = json!("request_welcome");
        message
    };
    let messages = json!([
        say(r#"{"from_user_id":"DE.1"}"#),
        say(r#"{"from":"4915550100888"}"#),
        say(r#"{"from":"DE.1"}"#),
        say(r#"{"from":"4915550100999"}"#),
        say("{}"),
    ]);
    let records = records("messages", &[("contacts", contacts), ("messages", messages)]);
    let names: Vec<_> =
        records.iter().map(|one| one.from.as_ref().and_then(|from| from.name.as_deref())).collect();
    assert_eq!(names, [Some("Mira"), Some("Odo"), Some("Mira"), None, None]);
}
