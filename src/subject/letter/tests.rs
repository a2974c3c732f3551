//! Letters in every language: complete, the same each time, and silent about holds.

use jiff::civil::date;

use super::*;
use crate::projection::subjects::{Kept, Requested, SubjectAct};
use crate::projection::{Act, At, Projection};
use crate::tlog::LeafIndex;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(byte: u8) -> RecordId {
    RecordId::from_bytes([byte; 16])
}

fn request(kind: RequestKind) -> Request {
    let mut projection = Projection::default();
    let requested = Requested {
        kind,
        identifiers: vec!["+49 1555 0100-777".into(), "@noor".into()],
        reason: "by letter, with a copy of her passport".into(),
        received: date(2026, 11, 2),
    };
    let time = moment("2026-11-03T08:00:00Z");
    let at = At { index: LeafIndex::new(9), time, record: id(1), who: "aa01", name: "Dana" };
    projection.apply(&at, &Act::Subject(SubjectAct::Requested(requested))).unwrap();
    projection.subjects.request(id(1)).unwrap().clone()
}

fn counted(class: Class, records: u64) -> Counted {
    Counted { class, records, days: (date(2026, 1, 2), date(2026, 3, 4)) }
}

fn account() -> Account {
    let duty = Why::Duty {
        rule: "sec-17a-4/communications".into(),
        authority: vec!["17 CFR 240.17a-4(b)(4)".into()],
        until: moment("2029-11-21T00:00:00Z"),
    };
    let after = Why::DutyAfter {
        rule: "house/contracts".into(),
        authority: vec!["House rules, 1".into(), "House rules, 2".into()],
    };
    let mut kept: Vec<Kept> = [duty, after, Why::Claim, Why::Restricted, Why::Refusal]
        .into_iter()
        .map(|why| Kept { counted: counted(Class::Message, 3), why })
        .collect();
    kept.push(Kept { counted: counted(Class::Status, 1), why: Why::Unreadable });
    Account {
        as_of: moment("2026-11-21T08:00:00Z"),
        runs: vec![id(7)],
        destroyed: vec![counted(Class::Delivery, 12), counted(Class::Message, 14)],
        kept,
        left: 0,
    }
}

fn letter(language: &str, kind: RequestKind, account: Option<&Account>) -> String {
    let request = request(kind);
    let letter = Letter {
        reference: id(1),
        request: &request,
        from: "Halyard Bank\nprivacy@halyard.example",
        note: "Thank you for your patience.",
        account,
    };
    letter.write(language).unwrap()
}

#[test]
fn every_language_says_everything_that_the_account_does() {
    for language in LANGUAGES {
        let text = letter(language, RequestKind::Erasure, Some(&account()));
        for value in [
            "2026-11-02",
            "2026-11-21",
            "2029-11-21",
            "17 CFR 240.17a-4(b)(4)",
            "House rules, 1; House rules, 2",
            "+49 1555 0100-777, @noor",
            "Halyard Bank\nprivacy@halyard.example",
            "Thank you for your patience.",
            &id(1).to_string(),
            &id(7).to_string(),
            "2026-01-02 – 2026-03-04",
        ] {
            assert!(text.contains(value), "{language} lacks {value}:\n{text}");
        }
        assert!(!text.contains(['{', '}']), "{language}:\n{text}");
        // By which rule of ours is nothing to the person: what obliges us is.
        assert!(!text.contains("house/contracts"), "{language}:\n{text}");
        let lines = text.lines().count();
        assert_eq!(lines, letter("en", RequestKind::Erasure, Some(&account())).lines().count());
        assert!(text.contains("77") && text.contains("79"), "{language}: the right to complain");
    }
}

#[test]
fn every_template_has_every_word_and_each_language_its_own() {
    let mut titles = std::collections::HashSet::new();
    for words in WORDS.iter() {
        for kind in [RequestKind::Erasure, RequestKind::Report, RequestKind::Restriction] {
            assert!(words.titles.contains_key(kind.as_str()), "{}", words.language);
            assert!(titles.insert(words.title(kind).to_owned()), "{}", words.language);
        }
        let classes: Vec<_> = Class::ALL.iter().map(|class| class.as_str()).collect();
        assert!(classes.iter().all(|class| words.classes.contains_key(*class)));
        assert_eq!(words.classes.len(), classes.len(), "{}", words.language);
    }
    let languages: Vec<_> = WORDS.iter().map(|words| words.language.as_str()).collect();
    assert_eq!(languages, LANGUAGES);
    assert!(LANGUAGES.iter().all(|it| !letter(it, RequestKind::Report, None).is_empty()));
}

#[test]
fn a_letter_is_the_same_each_time_and_there_is_none_in_an_unknown_language() {
    let account = account();
    let one = letter("el", RequestKind::Erasure, Some(&account));
    assert_eq!(one, letter("el", RequestKind::Erasure, Some(&account)));
    let request = request(RequestKind::Erasure);
    let letter = Letter { reference: id(1), request: &request, from: "", note: "", account: None };
    assert_eq!(letter.write("xx"), None);
}

#[test]
fn a_letter_says_where_nothing_was_found_or_destroyed() {
    let mut account = account();
    account.destroyed.clear();
    let text = letter("en", RequestKind::Erasure, Some(&account));
    assert!(text.contains("No records were destroyed.") && !text.contains("Certificates"));
    account.kept.clear();
    let text = letter("en", RequestKind::Erasure, Some(&account));
    assert!(text.contains("We hold no records of you"), "{text}");
}

#[test]
fn values_in_a_letter_from_right_to_left_stand_by_themselves() {
    let text = letter("ar", RequestKind::Erasure, Some(&account()));
    assert!(text.contains("\u{2068}2029-11-21\u{2069}"), "{text}");
    assert!(!letter("en", RequestKind::Erasure, Some(&account())).contains('\u{2068}'));
}

#[test]
fn what_an_identifier_or_a_note_says_is_not_acted_on() {
    let mut request = request(RequestKind::Report);
    request.said = vec!["{reference}\u{1b}[31m".into()];
    let letter = Letter {
        reference: id(1),
        request: &request,
        from: "Halyard",
        note: "one\u{7}\ntwo {runs}",
        account: None,
    };
    let text = letter.write("en").unwrap();
    assert!(text.contains("{reference}[31m") && text.contains("one\ntwo {runs}"), "{text}");
}
