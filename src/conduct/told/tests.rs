//! What records tell, by examples of each shape that the provider sends.

use serde_json::{Value, json};

use super::*;

const NOTE: &str = "template=";

fn record(members: &Value) -> Record {
    let mut record = json!({"v": 1, "class": "status", "provider": "meta", "field": "messages",
        "origin": "live", "number": "4915550100100", "number_id": "209900000000001",
        "account": "109900000000001", "direction": "outbound", "at": 1000,
        "to": {"phone": "4915550100777", "user_id": "DE.5", "username": "mira"},
        "body": {"kind": "sent", "relation": {"kind": "reports", "provider_id": "wamid.1"}},
        "raw": {}});
    for (name, member) in members.as_object().unwrap() {
        record[name] = member.clone();
    }
    // A raw value is read from text alone.
    serde_json::from_str(&record.to_string()).unwrap()
}

fn sent(members: &Value) -> Sighting {
    let told = read(&record(members), NOTE);
    let Told::Sent(seen) = told else { panic!("{told:?}") };
    seen
}

fn of_status(raw: &Value) -> Sighting {
    sent(&json!({"raw": raw}))
}

#[test]
fn a_status_tells_when_to_whom_and_at_which_price() {
    let raw = json!({"pricing": {"category": "marketing_lite", "type": "regular"}});
    let seen = of_status(&raw);
    assert_eq!(seen.message, Mark::of("wamid.1"));
    assert_eq!(seen.number, Mark::of("209900000000001"), "by its id");
    assert_eq!(seen.parties, ["4915550100777", "DE.5"].map(Mark::of), "not by the user name");
    assert_eq!((seen.at, seen.sent_then, seen.how), (1000, true, How::Api));
    assert_eq!(seen.price, Some(Price::Template(Priced::Marketing)));
    for (pricing, expected) in [
        (json!(null), None),
        (json!({"category": "utility"}), Some(Price::Template(Priced::Utility))),
        (
            json!({"category": "authentication_international"}),
            Some(Price::Template(Priced::Authentication)),
        ),
        (json!({"category": "service", "type": "free_customer_service"}), Some(Price::Service)),
        (json!({"category": "service", "type": "free_entry_point"}), Some(Price::FreeEntry)),
        (json!({"category": "referral_conversion"}), Some(Price::FreeEntry)),
        (
            json!({"category": "marketing", "type": "free_entry_point"}),
            Some(Price::Template(Priced::Marketing)),
        ),
        (json!({"category": "something new"}), Some(Price::Other)),
        (json!({"category": 7}), None),
        (json!([]), None),
    ] {
        assert_eq!(of_status(&json!({"pricing": pricing})).price, expected, "{pricing}");
    }
}

#[test]
fn later_statuses_do_not_tell_when_it_was_sent() {
    let relation = json!({"kind": "reports", "provider_id": "wamid.1"});
    for (kind, sent_then, refused) in [
        ("sent", true, None),
        ("delivered", false, None),
        ("read", false, None),
        ("played", false, None),
        ("failed", true, Some(131_047)),
    ] {
        let body = json!({"kind": kind, "relation": relation});
        let seen = sent(&json!({"body": body, "raw": {"errors": [{"code": 131_047}]}}));
        assert_eq!((seen.sent_then, seen.refused), (sent_then, refused), "{kind}");
    }
    let body = json!({"kind": "failed", "relation": relation});
    for errors in [json!([]), json!(null), json!([{"code": "x"}]), json!([{"code": u64::MAX}])] {
        let seen = sent(&json!({"body": body, "raw": {"errors": errors}}));
        assert_eq!(seen.refused, Some(0), "not delivered, and nobody knows why: {errors}");
    }
}

#[test]
fn an_advertisement_opens_until_the_provider_says() {
    let conversation = |origin: &str, until: Value| {
        let conversation = json!({"origin": {"type": origin}, "expiration_timestamp": until});
        of_status(&json!({"conversation": conversation})).free_until
    };
    assert_eq!(conversation("referral_conversion", json!("1790086500")), Some(1_790_086_500));
    assert_eq!(conversation("referral_conversion", json!(1_790_086_500)), Some(1_790_086_500));
    assert_eq!(conversation("service", json!("1790086500")), None);
    assert_eq!(conversation("referral_conversion", json!(null)), None);
}

#[test]
fn the_sender_can_note_which_template_it_was() {
    let noted = |note: &str, data: Value| {
        let told = read(&record(&json!({"raw": {"biz_opaque_callback_data": data}})), note);
        let Told::Sent(seen) = told else { panic!("{told:?}") };
        seen.template
    };
    let named = Used::of("109900000000001", "spring", "").unwrap();
    let german = Used::of("109900000000001", "spring", "de").unwrap();
    assert_eq!(noted(NOTE, json!("case=7;template=spring;x=1")), Some(named));
    assert_eq!(noted(NOTE, json!("template=spring:de")), Some(german));
    assert_eq!(noted("", json!("template=spring")), None, "nothing says where it stands");
    assert_eq!(noted("tpl:", json!("tpl:spring:de|")), Some(german));
    for data in [json!("case-42"), json!("template="), json!("template=;"), json!(7), json!(null)] {
        assert_eq!(noted(NOTE, data.clone()), None, "{data}");
    }
}

#[test]
fn what_customers_write_or_say_opens_the_window_for_each_of_their_names() {
    let from = json!({"phone": "4915550100777", "user_id": "DE.5"});
    let inbound = |members: Value| {
        let mut all = json!({"class": "message", "direction": "inbound", "from": from,
            "to": null, "body": {"kind": "text"}});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        read(&record(&all), NOTE)
    };
    let number = Mark::of("209900000000001");
    let pairs = ["4915550100777", "DE.5"].map(|name| (number, Mark::of(name))).to_vec();
    for class in ["message", "call", "unrecognised"] {
        let expected = Told::Inbound(Inbound { pairs: pairs.clone(), at: 1000 });
        assert_eq!(inbound(json!({"class": class})), expected, "{class}");
    }
    for members in [
        json!({"origin": "history"}),
        json!({"group_id": "g1"}),
        json!({"at": null}),
        json!({"from": null}),
        json!({"from": {"username": "mira"}}),
        json!({"class": "contact"}),
        json!({"class": "consent"}),
    ] {
        assert_eq!(inbound(members.clone()), Told::Nothing, "{members}");
    }
}

#[test]
fn what_is_typed_in_the_app_or_by_another_application_is_told_apart() {
    let outbound = |origin: &str, kind: &str, raw: Value| {
        let body = json!({"kind": kind});
        read(
            &record(&json!({"class": "message", "origin": origin, "provider_id": "wamid.2",
                "body": body, "raw": raw})),
            NOTE,
        )
    };
    let how = |told: Told| {
        let Told::Sent(seen) = told else { panic!("{told:?}") };
        (seen.how, seen.template.is_some())
    };
    assert_eq!(how(outbound("echo", "text", json!({}))), (How::Typed, false));
    assert_eq!(how(outbound("history", "text", json!({}))), (How::Typed, false));
    assert_eq!(how(outbound("standby", "text", json!({}))), (How::ApiPlain, false));
    let template = json!({"name": "spring", "language": {"code": "de"}});
    for raw in [json!({"template": template}), json!({"message": {"template": template}})] {
        let told = outbound("standby", "template", raw);
        assert_eq!(how(told.clone()), (How::Api, true));
        let Told::Sent(seen) = told else { panic!() };
        assert_eq!(seen.template, Used::of("109900000000001", "spring", "de"));
    }
    assert_eq!(how(outbound("standby", "template", json!({}))), (How::Api, true), "nameless");
    for kind in ["edit", "revoke"] {
        assert_eq!(outbound("echo", kind, json!({})), Told::Nothing, "{kind}");
    }
}

#[test]
fn a_notice_about_a_template_tells_its_state() {
    let notice = |field: &str, raw: Value| {
        read(&record(&json!({"class": "account", "field": field, "raw": raw})), NOTE)
    };
    let update = |event: &str| {
        json!({"event": event, "message_template_name": "spring",
            "message_template_language": "de"})
    };
    let field = "message_template_status_update";
    let Told::Template(told) = notice(field, update("PAUSED")) else { panic!() };
    assert_eq!(told.used, Used::of("109900000000001", "spring", "de").unwrap());
    assert_eq!((told.state, told.at), (TemplateState::Paused, 1000));
    for (field, raw) in [
        ("message_template_quality_update", update("PAUSED")),
        (field, update("FLAGGED")),
        (field, json!({"event": "PAUSED"})),
        (field, json!({"event": "PAUSED", "message_template_name": " "})),
        (field, json!([1])),
    ] {
        assert_eq!(notice(field, raw.clone()), Told::Nothing, "{field} {raw}");
    }
}

#[test]
fn what_names_no_message_or_nobody_tells_nothing() {
    for members in [
        json!({"body": {"kind": "sent"}}),
        json!({"to": null}),
        json!({"to": {"username": "mira"}}),
        json!({"at": null}),
        json!({"number": null, "number_id": null}),
        json!({"group_id": "g1"}),
        json!({"class": "contact"}),
    ] {
        assert_eq!(read(&record(&members), NOTE), Told::Nothing, "{members}");
    }
}
