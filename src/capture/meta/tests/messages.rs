//! Every type of message.

use serde_json::json;

use super::{BUSINESS, MIRA, message, record, text};
use crate::record::{Class, Direction, Origin, Relation, RelationKind};

const BASE64: &str = "Y9vvGyeo3n76ptkXu3CwDBsnzbRFqpjHskQdMGSVqas=";
const HEX: &str = "63dbef1b27a8de7efaa6d917bb70b00c1b27cdb445aa98c7b2441d306495a9ab";

fn relation(kind: RelationKind, id: &str) -> Option<Relation> {
    Some(Relation { kind, provider_id: id.into() })
}

#[test]
fn a_text_has_its_author_its_addressee_and_its_time() {
    let record = message(&json!({"type": "text", "text": {"body": "Grüße, 101.25?"}}));
    assert_eq!((record.class, record.origin), (Class::Message, Origin::Live));
    assert_eq!((record.body.kind.as_str(), text(&record)), ("text", "Grüße, 101.25?"));
    assert_eq!((record.at, record.direction), (Some(1_790_000_001), Some(Direction::Inbound)));
    assert_eq!(record.provider_id.as_deref(), Some("wamid.FIC0001"));
    assert_eq!(record.account.as_deref(), Some("109900000000001"));
    assert_eq!(record.number_id.as_deref(), Some("209900000000001"));
    assert_eq!(record.number.as_deref(), Some(BUSINESS));
    let from = record.from.unwrap();
    assert_eq!((from.phone.as_deref(), from.user_id.as_deref()), (Some(MIRA), Some("DE.1")));
    assert_eq!(from.name.as_deref(), Some("Mira Kestrel"));
    assert_eq!(from.username.as_deref(), Some("mirak"));
    assert_eq!(record.to.unwrap().phone.as_deref(), Some(BUSINESS));
}

#[test]
fn media_are_announced_with_a_digest_in_hexadecimal() {
    for kind in ["image", "video", "audio", "document", "sticker", "voice"] {
        let medium = json!({"id": "3099000001", "mime_type": "audio/ogg; codecs=opus", "sha256": BASE64,
            "filename": "v3.pdf", "caption": "signed page", "url": "https://lookaside.example/"});
        let record = message(&json!({"type": kind, kind: medium}));
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Message, kind));
        assert_eq!(text(&record), "signed page");
        let media = record.body.media.unwrap();
        assert_eq!((media.id.as_str(), media.sha256.as_deref()), ("3099000001", Some(HEX)));
        assert_eq!(media.mime.as_deref(), Some("audio/ogg; codecs=opus"));
        assert_eq!(media.file_name.as_deref(), Some("v3.pdf"));
    }
}

#[test]
fn a_place_is_found_by_its_name_and_its_address() {
    let place = json!({"latitude": 52.5101, "longitude": 13.40020, "name": "Blue Heron Kiosk",
        "address": "Example Str. 7", "url": "https://maps.example/heron"});
    let record = message(&json!({"type": "location", "location": place}));
    assert_eq!(
        text(&record),
        "Blue Heron Kiosk\nExample Str. 7\nhttps://maps.example/heron\n52.5101, 13.4002"
    );
}

#[test]
fn contact_cards_name_further_parties() {
    let odo = json!({"name": {"formatted_name": "Odo Finch", "first_name": "Odo"},
        "phones": [{"phone": "+49 1555 0100888", "wa_id": "4915550100888", "type": "CELL"}],
        "emails": [{"email": "odo@example.net", "type": "WORK"}],
        "org": {"company": "Finch Ltd", "title": "Clerk"}, "birthday": "1990-02-03",
        "addresses": [{"street": "Quay 4", "city": "Emden", "type": "HOME"}],
        "urls": [{"url": "https://example.net", "type": "WORK"}]});
    let bare = json!({"vcard": "BEGIN:VCARD\nFN:Nobody\nEND:VCARD", "origin": "other"});
    let named = json!({"name": {"first_name": "Pia", "last_name": "Wren"}});
    let record = message(&json!({"type": "contacts", "contacts": [odo, bare, named]}));
    for word in [
        "Odo Finch",
        "+49 1555 0100888",
        "odo@example.net",
        "Finch Ltd",
        "Clerk",
        "1990-02-03",
        "Quay 4, Emden",
        "https://example.net",
        "FN:Nobody",
        "Pia Wren",
    ] {
        assert!(text(&record).contains(word), "{word} in {}", text(&record));
    }
    let mentions = record.body.mentions;
    assert_eq!(mentions.len(), 2);
    assert_eq!(mentions[0].phone.as_deref(), Some("4915550100888"));
    assert_eq!(mentions[0].name.as_deref(), Some("Odo Finch"));
    assert_eq!(mentions[1].name.as_deref(), Some("Pia Wren"));
}

#[test]
fn answers_are_read_by_what_the_customer_saw() {
    let answers = [
        (
            json!({"type": "button_reply", "button_reply": {"id": "approve-7", "title": "Approve"}}),
            "Approve",
        ),
        (
            json!({"type": "list_reply", "list_reply": {"id": "slot-2", "title": "Tuesday", "description": "10:00"}}),
            "Tuesday\n10:00",
        ),
        (
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent",
                "response_json": "{\"risk\":\"low\",\"limits\":{\"day\":5}}"}}),
            "Sent\nrisk: low\nlimits.day: 5",
        ),
        (
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "not JSON"}}),
            "flow\nnot JSON",
        ),
        (
            json!({"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}),
            "response: accept",
        ),
        (json!({"type": "payment_method", "payment_method": {"payment": "pix"}}), "payment: pix"),
        (json!({"type": "cta_url", "body": {"text": "Pay here"}}), "Pay here"),
    ];
    for (interactive, wanted) in answers {
        let quoted = json!({"from": BUSINESS, "id": "wamid.FIC0000"});
        let record =
            message(&json!({"type": "interactive", "interactive": interactive, "context": quoted}));
        assert_eq!(record.class, Class::Message);
        assert_eq!(record.body.kind, interactive["type"].as_str().unwrap());
        assert_eq!(text(&record), wanted);
        assert_eq!(record.body.relation, relation(RelationKind::RepliesTo, "wamid.FIC0000"));
    }
    let broken = message(&json!({"type": "interactive"}));
    assert_eq!((broken.class, broken.body.kind.as_str()), (Class::Message, "interactive"));
}

#[test]
fn a_templates_button_is_read_by_its_text() {
    let record = message(&json!({"type": "button", "button": {"text": "Stop", "payload": "STOP"}}));
    assert_eq!((record.body.kind.as_str(), text(&record)), ("button", "Stop"));
}

#[test]
fn an_order_lists_its_products() {
    let items = json!([{"product_retailer_id": "SKU-9", "quantity": 2, "item_price": 19.5, "currency": "EUR"},
        {"product_retailer_id": "SKU-1", "quantity": "1"}]);
    let order = json!({"catalog_id": "555000111", "text": "as agreed", "product_items": items});
    let record = message(&json!({"type": "order", "order": order}));
    assert_eq!(text(&record), "as agreed\n2 × SKU-9, 19.5 EUR\n1 × SKU-1\ncatalog_id: 555000111");
}

#[test]
fn a_reaction_and_its_removal_speak_of_the_same_message() {
    let given = message(
        &json!({"type": "reaction", "reaction": {"message_id": "wamid.FIC0000", "emoji": "👍"}}),
    );
    let absent = message(&json!({"type": "reaction", "reaction": {"message_id": "wamid.FIC0000"}}));
    let empty = message(
        &json!({"type": "reaction", "reaction": {"message_id": "wamid.FIC0000", "emoji": ""}}),
    );
    assert_eq!(text(&given), "👍");
    for record in [given, absent, empty] {
        assert_eq!(record.body.relation, relation(RelationKind::ReactsTo, "wamid.FIC0000"));
        assert_eq!(record.class, Class::Message);
    }
}

#[test]
fn an_edit_has_the_new_words_and_names_the_old_message() {
    let new = json!({"type": "text", "text": {"body": "at 101.30"}});
    let record = message(&json!({"type": "edit",
        "edit": {"original_message_id": "wamid.FIC0000", "message": new}}));
    assert_eq!((record.body.kind.as_str(), text(&record)), ("edit", "at 101.30"));
    assert_eq!(record.body.relation, relation(RelationKind::Edits, "wamid.FIC0000"));

    let caption = json!({"type": "image", "image": {"id": "3099000001", "caption": "page 2"}});
    let record = message(&json!({"type": "edit",
        "edit": {"original_message_id": "wamid.FIC0000", "message": caption}}));
    assert_eq!(text(&record), "page 2");
    assert_eq!(record.body.media.unwrap().id, "3099000001");
}

#[test]
fn a_revocation_names_what_it_takes_back_where_it_says_it() {
    let record =
        message(&json!({"type": "revoke", "revoke": {"original_message_id": "wamid.FIC0000"}}));
    assert_eq!(record.body.relation, relation(RelationKind::Revokes, "wamid.FIC0000"));
    let bare = message(&json!({"type": "revoke"}));
    assert_eq!((bare.class, bare.body.relation), (Class::Message, None));
}

#[test]
fn what_the_provider_does_not_give_us_says_why() {
    let errors = json!([{"code": 131_051, "title": "Message type unknown",
        "message": "Message type unknown", "error_data": {"details": "It is not supported."}}]);
    let record = message(
        &json!({"type": "unsupported", "unsupported": {"type": "poll_creation"}, "errors": errors}),
    );
    assert_eq!(record.class, Class::Message);
    assert_eq!(text(&record), "poll_creation\n131051 Message type unknown\nIt is not supported.");
    for kind in ["unknown", "errors", "ephemeral"] {
        let record = message(&json!({"type": kind, "errors": errors}));
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Message, kind));
        assert!(text(&record).starts_with("131051"));
    }
}

#[test]
fn messages_without_content_are_messages() {
    for kind in ["request_welcome", "media_placeholder"] {
        let record = message(&json!({"type": kind}));
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Message, kind));
        assert_eq!(record.body.text, None);
    }
}

#[test]
fn a_notice_about_the_customer_is_a_change_of_contact() {
    let system = json!({"body": "Mira changed from 4915550100777 to 4915550100779",
        "wa_id": "4915550100779", "type": "user_changed_number"});
    let record = message(&json!({"type": "system", "system": system}));
    assert_eq!((record.class, record.body.kind.as_str()), (Class::Contact, "user_changed_number"));
    assert_eq!(record.body.mentions[0].phone.as_deref(), Some("4915550100779"));

    let system = json!({"body": "new id", "user_id": "DE.9", "type": "user_changed_user_id"});
    let element = json!({"from_user_id": "DE.1", "id": "w", "timestamp": 1, "type": "system", "system": system});
    let record = super::record("messages", &[("messages", json!([element]))]);
    assert_eq!(record.from.unwrap().user_id.as_deref(), Some("DE.1"));
    assert_eq!(record.body.mentions[0].user_id.as_deref(), Some("DE.9"));
}

#[test]
fn a_quotation_a_forward_and_an_advertisement_are_told() {
    let said = json!({"body": "I saw your ad"});
    let forwarded = message(&json!({"type": "text", "text": said, "context": {"forwarded": true}}));
    assert_eq!(forwarded.body.relation, None);
    let context = json!({"from": BUSINESS, "id": "wamid.FIC0000",
        "referred_product": {"catalog_id": "555", "product_retailer_id": "SKU-9"}});
    let referral = json!({"source_url": "https://fb.example/ad/1", "headline": "Save 5 %"});
    let record =
        message(&json!({"type": "text", "text": said, "context": context, "referral": referral}));
    assert_eq!(record.body.relation, relation(RelationKind::RepliesTo, "wamid.FIC0000"));
    let lines: Vec<_> = text(&record).lines().collect();
    assert_eq!(lines[0], "I saw your ad");
    assert!(lines.contains(&"referral.headline: Save 5 %"), "{lines:?}");
    assert!(lines.contains(&"referred_product.product_retailer_id: SKU-9"), "{lines:?}");
}

#[test]
fn a_message_in_a_group_belongs_to_the_group() {
    let record = message(&json!({"type": "text", "text": {"body": "all"}, "group_id": "R3JvdXA"}));
    assert_eq!(record.group_id.as_deref(), Some("R3JvdXA"));
    assert_eq!(record.from.as_ref().unwrap().phone.as_deref(), Some(MIRA));
}

#[test]
fn a_message_of_no_known_type_is_unrecognised_and_readable() {
    let hologram =
        json!({"id": "3099000009", "mime_type": "model/x", "sha256": HEX, "title": "A greeting"});
    let record =
        message(&json!({"type": "hologram", "hologram": hologram, "context": {"id": "w"}}));
    assert_eq!((record.class, record.body.kind.as_str()), (Class::Unrecognised, "hologram"));
    assert_eq!(record.from.as_ref().unwrap().phone.as_deref(), Some(MIRA));
    assert_eq!((record.at, record.direction), (Some(1_790_000_001), Some(Direction::Inbound)));
    assert!(text(&record).contains("hologram.title: A greeting"));
    assert_eq!(record.body.media.unwrap().id, "3099000009");
    assert_eq!(record.body.relation, relation(RelationKind::RepliesTo, "w"));
}

#[test]
fn a_known_type_in_an_unknown_shape_is_unrecognised_and_readable() {
    for (kind, members) in [
        ("text", json!({"type": "text", "text": "hello"})),
        ("text", json!({"type": "text", "text": {"words": "hello"}})),
        ("image", json!({"type": "image", "images": ["hello"]})),
        ("order", json!({"type": "order", "order": ["hello"]})),
        ("interactive", json!({"type": "interactive", "interactive": "hello"})),
        ("untyped", json!({"text": {"body": "hello"}})),
    ] {
        let record = message(&members);
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Unrecognised, kind));
        assert!(text(&record).contains("hello"), "{record:?}");
        assert_eq!(record.from.unwrap().phone.as_deref(), Some(MIRA));
    }
}

#[test]
fn an_empty_text_is_a_message_that_says_nothing() {
    let record =
        record("messages", &[("messages", json!([{"type": "text", "text": {"body": ""}}]))]);
    assert_eq!((record.class, record.body.text), (Class::Message, None));
}
