use super::*;
use crate::policy::consent::{Notice, Signals};
use crate::projection::consent::Verdict;
use crate::projection::findings::FindingKind::{
    AfterOptOut, OutsideWindow, TemplateNotApproved, WithoutConsent,
};

#[test]
fn marketing_needs_an_opt_in_that_was_there_when_it_was_sent() {
    let mut book = Book::new();
    let first = book.sent("wamid.1", START, "marketing");
    assert_eq!(book.open(), [(WithoutConsent, Because::NeverGiven)]);
    book.now += DAY;
    book.told(MIRA, Kind::OptIn, MARKETING, START + HOUR);
    assert_eq!(book.open(), [(WithoutConsent, Because::NeverGiven)], "it came after");
    book.sent("wamid.2", START + 2 * HOUR, "marketing");
    book.sent("wamid.3", START - HOUR, "utility");
    book.sent("wamid.4", START - HOUR, "authentication");
    assert_eq!(book.open().len(), 1, "what came later, and what needs none");
    let found = book.state.findings().next().unwrap().clone();
    assert_eq!((found.id.record, found.at, found.certain), (first, moment(START), false));
    // A form of before is found in a drawer.
    book.told(MIRA, Kind::OptIn, MARKETING, START - DAY);
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::ConsentTold]));
}

#[test]
fn other_categories_need_consent_where_the_archive_is_told_so() {
    let mut book = Book::with(|config| config.consent_for = vec!["utility".into()]);
    book.sent("wamid.1", START, "utility");
    book.sent("wamid.2", START, "marketing");
    assert_eq!(book.open(), [(WithoutConsent, Because::NeverGiven)]);
    book.told(MIRA, Kind::OptIn, MARKETING, START - DAY);
    assert_eq!(book.open().len(), 1, "marketing is another purpose");
    book.told(MIRA, Kind::OptIn, &[Purpose::Service], START - DAY);
    assert_eq!(book.open(), []);
}

#[test]
fn consent_can_be_too_old() {
    let mut book = Book::with(|config| config.consent_valid_months = 12);
    book.told(MIRA, Kind::OptIn, MARKETING, START - 370 * DAY);
    book.sent("wamid.1", START, "marketing");
    assert_eq!(book.open(), [(WithoutConsent, Because::Outdated)]);
    book.told(MIRA, Kind::OptIn, MARKETING, START - 300 * DAY);
    assert_eq!(book.open(), []);
}

#[test]
fn after_an_opt_out_one_confirmation_is_allowed_for_some_minutes() {
    let mut book = Book::new();
    book.inbound(MIRA, START);
    book.told(MIRA, Kind::OptOut, ALL, START);
    book.sent("wamid.1", START + 60, "service");
    assert_eq!(book.open(), [], "it confirms");
    book.sent("wamid.2", START + 120, "service");
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)], "one is enough");
    // One that was sent before both comes late: now neither of them is the first.
    book.now += HOUR;
    book.sent("wamid.0", START + 30, "service");
    assert_eq!(book.open().len(), 2);

    let mut book = Book::new();
    book.told(MIRA, Kind::OptOut, ALL, START);
    book.now += DAY;
    book.sent("wamid.1", START + 301, "utility");
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)], "too late to confirm");

    let mut book = Book::new();
    book.told(MIRA, Kind::OptOut, ALL, START);
    book.sent("wamid.1", START + 60, "marketing");
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)], "an offer confirms nothing");
}

#[test]
fn who_asks_after_an_opt_out_may_be_answered_but_not_offered_anything() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptOut, ALL, START);
    book.now += DAY;
    book.inbound(MIRA, START + 10 * HOUR);
    book.sent("wamid.1", START + 11 * HOUR, "service");
    book.echo("wamid.2", START + 12 * HOUR);
    assert_eq!(book.open(), []);
    book.sent("wamid.3", START + 12 * HOUR, "marketing");
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)]);
    book.now += DAY;
    book.echo("wamid.4", START + 35 * HOUR);
    assert_eq!(book.open().len(), 2, "a day later it is no answer, typed or not");
}

#[test]
fn who_stops_offers_is_told_what_they_ordered_all_the_same() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptIn, ALL, START - DAY);
    book.told(MIRA, Kind::OptOut, MARKETING, START);
    book.now += DAY;
    book.sent("wamid.1", START + 10 * HOUR, "utility");
    assert_eq!(book.open(), []);
    book.sent("wamid.2", START + 10 * HOUR, "marketing");
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)]);
}

#[test]
fn an_answer_without_a_message_in_the_day_before_is_outside_the_window() {
    let mut book = Book::new();
    book.sent("wamid.1", START, "service");
    assert_eq!(book.open(), [(OutsideWindow, Because::NoMessage)]);
    // The provider's other tries come through an hour later.
    book.now += HOUR;
    book.inbound("4930111", START - HOUR);
    assert_eq!(book.open().len(), 1, "somebody else wrote");
    book.inbound(MIRA, START - DAY - 2 * 60);
    assert_eq!(book.open().len(), 1, "more than a day before");
    book.inbound(MIRA, START - DAY + 60);
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::MessageCame]));
}

#[test]
fn templates_free_entry_and_what_is_typed_in_the_app_need_no_window() {
    let mut book = Book::new();
    book.sent("wamid.1", START, "utility");
    book.sent("wamid.2", START, "referral_conversion");
    book.echo("wamid.3", START);
    let until = json!({"pricing": {"category": "service"}, "conversation":
        {"origin": {"type": "referral_conversion"}, "expiration_timestamp": START + 3600}});
    book.status("wamid.4", MIRA, "sent", START, until);
    assert_eq!(book.open(), []);
    book.sent("wamid.5", START + HOUR, "service");
    assert_eq!(book.open(), [], "the same person, before it ends");
    book.now += DAY;
    book.sent("wamid.6", START + HOUR + 61, "service");
    assert_eq!(book.open(), [(OutsideWindow, Because::NoMessage)]);
    book.echo("wamid.6", START + HOUR + 61);
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::Typed]));
}

#[test]
fn a_price_that_comes_with_a_later_status_counts_from_then_on() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptOut, MARKETING, START - DAY);
    book.status("wamid.1", MIRA, "delivered", START + 5, json!({}));
    assert_eq!(book.open(), [], "neither when nor for what");
    book.status("wamid.1", MIRA, "sent", START, json!({}));
    assert_eq!(book.open(), []);
    book.status("wamid.1", MIRA, "read", START + 9, json!({"pricing": {"category": "marketing"}}));
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)]);
    assert_eq!(book.state.findings().next().unwrap().at, moment(START));
    book.status("wamid.1", MIRA, "failed", START + 9, json!({"errors": [{"code": 131_026}]}));
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::StatusTold]));
}

#[test]
fn attempts_that_the_provider_refused_are_found() {
    let mut book = Book::new();
    for (message, code) in [("wamid.1", 131_047), ("wamid.2", 131_050), ("wamid.3", 132_015)] {
        book.status(message, MIRA, "failed", START, json!({"errors": [{"code": code}]}));
    }
    assert_eq!(
        book.open(),
        [
            (AfterOptOut, Because::ProviderStopped),
            (OutsideWindow, Because::ProviderWindow),
            (TemplateNotApproved, Because::ProviderTemplatePaused),
        ]
    );
}

#[test]
fn a_template_that_was_paused_is_found_where_the_sender_notes_its_name() {
    let mut book = Book::new();
    book.template("spring", "APPROVED", START - DAY);
    let paused = book.template("spring", "PAUSED", START);
    let noted = json!({"pricing": {"category": "utility"},
        "biz_opaque_callback_data": "template=spring"});
    book.now += HOUR;
    book.status("wamid.1", MIRA, "sent", START - HOUR, noted.clone());
    book.sent("wamid.2", START + 600, "utility");
    assert_eq!(book.open(), [], "before the pause, and nobody says which");
    book.status("wamid.3", MIRA, "sent", START + 600, noted);
    assert_eq!(book.open(), [(TemplateNotApproved, Because::TemplatePaused)]);
    assert_eq!(book.state.findings().next().unwrap().evidence, Some(paused));
    // The provider's notice that it may be sent again was held up.
    book.template("spring", "REINSTATED", START + 300);
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::TemplateTold]));
}

#[test]
fn a_message_that_may_be_an_opt_out_stops_offers_until_somebody_looked() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptIn, ALL, START - DAY);
    let what = Signals::shipped().read("quiero darme de baja").unwrap();
    let notice = Notice::Recognised { record: book.id(), what };
    let raw: Value = serde_json::from_str(notice.to_raw().get()).unwrap();
    let record = json!({"v": 1, "class": "consent", "provider": "meta", "field": "messages",
        "origin": "live", "number": "4915550100100", "number_id": NUMBER_ID,
        "direction": "inbound", "from": {"phone": MIRA}, "at": START,
        "body": {"kind": "opt_out"}, "raw": raw});
    let record: Record = serde_json::from_str(&record.to_string()).unwrap();
    let Place { entry, record: candidate, .. } = book.place();
    book.ledger.take(LeafIndex::new(entry), moment(START), candidate, &record);
    book.state.consent([Mark::of(MIRA)], Some(START), entry);
    book.entries += 1;
    book.now += HOUR;
    book.sent("wamid.1", START + 60, "marketing");
    book.sent("wamid.2", START + 60, "utility");
    assert_eq!(book.open(), [(AfterOptOut, Because::InReview)]);
    let act = ConsentAct::Resolved {
        candidate,
        verdict: Verdict::NotMeant,
        purposes: None,
        reason: "they meant the order".into(),
    };
    book.act(&act, "nobody", Kind::OptIn, START);
    book.state.resolved(false, book.entries);
    assert_eq!((book.open(), book.withdrawn()), (vec![], vec![Withdrawal::ConsentTold]));
}

#[test]
fn what_is_known_of_a_person_by_another_name_counts() {
    let mut book = Book::new();
    book.told(MIRA, Kind::OptIn, MARKETING, START - DAY);
    let relation = json!({"kind": "reports", "provider_id": "wamid.1"});
    book.captured(&json!({"class": "status", "direction": "outbound", "at": START,
        "to": {"phone": MIRA, "user_id": "DE.5"}, "body": {"kind": "sent", "relation": relation},
        "raw": {"pricing": {"category": "marketing"}}}));
    assert_eq!(book.open(), []);
    book.now += HOUR;
    book.told("DE.5", Kind::OptOut, MARKETING, START - HOUR);
    assert_eq!(book.open(), [(AfterOptOut, Because::Withdrawn)], "the newest of both counts");
}
