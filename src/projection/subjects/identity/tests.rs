//! Whose records are, by every way in which a provider names a party.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use super::*;

const BUSINESS: &str = "49301234567";

fn record(members: &Value) -> Record {
    let mut record = json!({"v": 1, "class": "message", "provider": "meta", "field": "messages",
        "origin": "live", "number": BUSINESS, "number_id": "209900000000001",
        "direction": "inbound", "to": {"phone": BUSINESS},
        "body": {"kind": "text"}, "raw": {}});
    for (name, member) in members.as_object().unwrap() {
        record[name] = member.clone();
    }
    serde_json::from_str(&record.to_string()).unwrap()
}

fn known(said: &[&str]) -> Identity {
    let said: Vec<_> = said.iter().map(|text| Identifier::said(text).unwrap()).collect();
    Identity::of(&said)
}

fn from(party: &Value) -> Record {
    record(&json!({"from": party}))
}

#[test]
fn a_user_id_decides_before_a_phone_number_and_that_before_a_user_name() {
    let mira = known(&["DE.1", "+49 1555 0100777", "@mira"]);
    for (party, theirs) in [
        (json!({"user_id": "DE.1"}), true),
        (json!({"user_id": "de.1"}), true),
        (json!({"user_id": "DE.1", "phone": "4915550100888"}), true),
        // The number is somebody else's now.
        (json!({"user_id": "DE.2", "phone": "4915550100777"}), false),
        (json!({"parent_user_id": "DE.ENT.2", "phone": "4915550100777"}), false),
        (json!({"phone": "4915550100777"}), true),
        (json!({"phone": "4915550100777", "username": "other"}), true),
        (json!({"phone": "4915550100888", "username": "mira"}), false),
        (json!({"username": "Mira"}), true),
        (json!({"name": "mira"}), false),
        (json!({"user_id": " ", "phone": "4915550100777"}), true),
        (json!({}), false),
    ] {
        assert_eq!(is_of(&from(&party), &mira), theirs, "{party}");
    }
    assert!(!is_of(&from(&json!({"phone": "4915550100777"})), &known(&["DE.1"])));
}

#[test]
fn a_parent_user_id_is_an_id_as_well() {
    let party = json!({"user_id": "DE.7", "parent_user_id": "DE.ENT.1"});
    assert!(is_of(&from(&party), &known(&["DE.ENT.1"])));
    assert!(!is_of(&from(&party), &known(&["DE.ENT.2", "DE.8"])));
}

#[test]
fn the_side_of_the_business_is_nobodys() {
    let business = known(&[BUSINESS]);
    assert!(!is_of(&from(&json!({"phone": "4915550100777"})), &business));
    let echo = json!({"direction": "outbound", "from": {"phone": BUSINESS},
        "to": {"phone": "4915550100777"}});
    assert!(!is_of(&record(&echo), &business));
    assert!(is_of(&record(&echo), &known(&["4915550100777"])));
    // Who writes for the business is not who is written to.
    let agent = json!({"direction": "outbound", "from": {"user_id": "DE.5"},
        "to": {"phone": "4915550100777"}});
    assert!(!is_of(&record(&agent), &known(&["DE.5"])));
}

#[test]
fn a_notice_of_a_change_is_about_both_and_a_shared_card_about_nobody() {
    let body = json!({"kind": "user_changed_number", "mentions": [{"phone": "4915550100779"}]});
    let mut notice = json!({"class": "contact", "from": {"phone": "4915550100777"}, "body": body});
    for phone in ["4915550100777", "4915550100779"] {
        assert!(is_of(&record(&notice), &known(&[phone])), "{phone}");
    }
    notice["class"] = json!("message");
    assert!(!is_of(&record(&notice), &known(&["4915550100779"])));
    let book = json!({"class": "contact", "field": "smb_app_state_sync", "direction": null,
        "to": {"phone": "4915550100777", "username": "mira"}});
    assert!(is_of(&record(&book), &known(&["4915550100777"])));
}

#[test]
fn what_somebody_writes_is_read_by_its_form() {
    use IdentifierKind::{ParentUserId, Phone, UserId, UserName};
    for (text, kind, value) in [
        (" +49 (1555) 0100-777 ", Phone, "4915550100777"),
        ("٤٩١٥٥٥٠١٠٠٧٧٧", Phone, "4915550100777"),
        ("DE.5550000000000000001", UserId, "DE.5550000000000000001"),
        ("us.ENT.12ab", ParentUserId, "us.ENT.12ab"),
        ("@de.mira", UserName, "de.mira"),
        ("mira.k", UserName, "mira.k"),
        ("DE.", UserName, "DE."),
        ("DE.1.2", UserName, "DE.1.2"),
    ] {
        let said = Identifier::said(text).unwrap();
        assert_eq!((said.kind, said.value.as_str()), (kind, value), "{text}");
    }
    let national = Identifier::said("01555 0100777").unwrap_err();
    assert!(national.contains("international form"), "{national}");
    assert!(Identifier::said("  ").is_err());
}

proptest! {
    /// The index's columns never lose a record that is the person's.
    #[test]
    fn what_is_somebodys_may_be_so_by_its_facts(
        asked in subsequence(vec!["DE.1", "DE.2", "DE.ENT.1", "4915550100777", "mira"], 1..4),
        user_id in prop::option::of(prop::sample::select(vec!["DE.1", "DE.2", "DE.3", " "])),
        parent in prop::option::of(prop::sample::select(vec!["DE.ENT.1", "DE.ENT.2"])),
        phone in prop::option::of(prop::sample::select(vec!["4915550100777", "49155", BUSINESS])),
        username in prop::option::of(prop::sample::select(vec!["mira", "odo"])),
        way in prop::sample::select(vec!["inbound", "outbound", "none"]),
        changed in any::<bool>(),
    ) {
        let party = json!({"user_id": user_id, "parent_user_id": parent, "phone": phone,
            "username": username});
        let mut members = match way {
            "inbound" => json!({"from": party}),
            "outbound" => json!({"direction": way, "from": {"phone": BUSINESS}, "to": party}),
            _ => json!({"direction": null, "to": null, "from": party}),
        };
        if changed {
            members["class"] = json!("contact");
            members["body"] = json!({"kind": "k", "mentions": [{"phone": "4915550100777"}]});
        }
        let (record, identity) = (record(&members), known(&asked));
        if is_of(&record, &identity) {
            prop_assert!(identity.may_be_of(&Facts::of(&record, Timestamp::UNIX_EPOCH)));
        }
    }
}
