//! What the business wrote on the telephone, and what an agent wrote for it.

use serde_json::{Value, json};

use super::{BUSINESS, MIRA, record, records, text};
use crate::record::{Class, Direction, Origin, RelationKind};

fn echo(members: &Value) -> Value {
    let mut echo =
        json!({"from": BUSINESS, "to": MIRA, "id": "wamid.FIC2001", "timestamp": "1790000200"});
    for (name, member) in members.as_object().unwrap() {
        echo[name] = member.clone();
    }
    echo
}

#[test]
fn an_echo_goes_from_the_business_to_the_customer() {
    let echo = echo(
        &json!({"type": "text", "text": {"body": "Typed on the phone"}, "to_user_id": "DE.1"}),
    );
    let record = record("smb_message_echoes", &[("message_echoes", json!([echo]))]);
    assert_eq!((record.class, record.origin), (Class::Message, Origin::Echo));
    assert_eq!(record.direction, Some(Direction::Outbound));
    assert_eq!(record.from.as_ref().unwrap().phone.as_deref(), Some(BUSINESS));
    let to = record.to.unwrap();
    assert_eq!((to.phone.as_deref(), to.user_id.as_deref()), (Some(MIRA), Some("DE.1")));
    assert_eq!(record.body.text.as_deref(), Some("Typed on the phone"));
}

#[test]
fn edits_and_revocations_of_the_business_are_echoed() {
    let new = json!({"type": "text", "text": {"body": "corrected"}});
    let edit =
        echo(&json!({"type": "edit", "edit": {"original_message_id": "w1", "message": new}}));
    let revoke = echo(&json!({"type": "revoke", "revoke": {"original_message_id": "w1"}}));
    let records = records("smb_message_echoes", &[("message_echoes", json!([edit, revoke]))]);
    let relations: Vec<_> =
        records.iter().map(|record| record.body.relation.as_ref().unwrap().kind).collect();
    assert_eq!(relations, [RelationKind::Edits, RelationKind::Revokes]);
    assert!(records.iter().all(|record| record.direction == Some(Direction::Outbound)));
}

#[test]
fn the_field_decides_the_direction_where_the_parties_are_turned_round() {
    let turned = echo(&json!({"type": "revoke", "from": MIRA, "to": BUSINESS}));
    let record = record("smb_message_echoes", &[("message_echoes", json!([turned]))]);
    assert_eq!(record.direction, Some(Direction::Outbound));
    assert_eq!(record.to.unwrap().phone.as_deref(), Some(MIRA));
    assert_eq!(record.from.unwrap().phone.as_deref(), Some(BUSINESS));
}

#[test]
fn a_customer_without_a_number_is_known_by_the_user_id() {
    let echo = json!({"from": BUSINESS, "to_user_id": "DE.1", "to_parent_user_id": "DE.ENT.6",
        "id": "w", "timestamp": "1", "type": "revoke"});
    let contacts = json!([{"profile": {"username": "mirak"}, "user_id": "DE.1"}]);
    let record =
        record("smb_message_echoes", &[("contacts", contacts), ("message_echoes", json!([echo]))]);
    let to = record.to.unwrap();
    assert_eq!((to.phone, to.user_id.as_deref()), (None, Some("DE.1")));
    assert_eq!(to.parent_user_id.as_deref(), Some("DE.ENT.6"));
    assert_eq!(to.username.as_deref(), Some("mirak"));
}

#[test]
fn an_echo_into_a_group_has_no_single_addressee() {
    let echo = echo(
        &json!({"type": "text", "text": {"body": "all"}, "recipient_type": "group", "to": "R3JvdXA"}),
    );
    let record = record("smb_message_echoes", &[("message_echoes", json!([echo]))]);
    assert_eq!((record.group_id.as_deref(), record.to), (Some("R3JvdXA"), None));
}

#[test]
fn what_another_application_owns_is_read_one_level_deeper() {
    let standby = json!({
        "contacts": super::mira(),
        "messages": [{"from": MIRA, "id": "w1", "timestamp": "1", "type": "text", "text": {"body": "asked"}}],
        "message_echoes": [{"id": "w2", "timestamp": "2",
            "message": {"to": MIRA, "type": "text", "text": {"body": "answered"}}}],
        "statuses": [{"id": "w2", "status": "read", "timestamp": "3", "recipient_id": MIRA}],
        "weather": {"wind": "calm"},
    });
    let records = records("standby", &[("standby", standby)]);
    assert!(records.iter().all(|record| record.origin == Origin::Standby));
    let by_class = |class| records.iter().filter(|one| one.class == class).collect::<Vec<_>>();
    let [answered, asked] = by_class(Class::Message)[..] else { panic!("{records:?}") };
    assert_eq!((text(asked), asked.direction), ("asked", Some(Direction::Inbound)));
    assert_eq!(asked.from.as_ref().unwrap().name.as_deref(), Some("Mira Kestrel"));
    assert_eq!((text(answered), answered.direction), ("answered", Some(Direction::Outbound)));
    assert_eq!(answered.to.as_ref().unwrap().phone.as_deref(), Some(MIRA));
    assert_eq!(answered.provider_id.as_deref(), Some("w2"));
    assert_eq!(by_class(Class::Status).len(), 1);
    assert_eq!(by_class(Class::Unrecognised).len(), 1);
}

#[test]
fn standby_messages_may_stand_directly_in_the_value() {
    let asked = json!({"from": MIRA, "id": "w1", "timestamp": "1", "type": "text", "text": {"body": "asked"}});
    let record = record("standby", &[("messages", json!([asked]))]);
    assert_eq!((record.class, record.origin), (Class::Message, Origin::Standby));
}

#[test]
fn a_template_sent_by_an_agent_is_read_by_its_words() {
    let template =
        json!({"name": "autumn_offer", "components": [{"parameters": [{"text": "Mira"}]}]});
    let echo = json!({"id": "w", "timestamp": "2", "message": {"to": MIRA, "type": "template", "template": template}});
    let record = record("standby", &[("standby", json!({"message_echoes": [echo]}))]);
    assert_eq!((record.class, text(&record)), (Class::Message, "Mira\nautumn_offer"));
}
