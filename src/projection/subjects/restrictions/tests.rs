//! Restrictions: what they hide and keep, and how they end; against a plain list of them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::projection::subjects::{IdentifierKind, Requested, SubjectAct};

const PHONES: [&str; 4] = ["4915550100777", "4915550100888", "4915550100999", "390655501234"];

fn id(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

fn at(number: u8) -> At<'static> {
    let time = Timestamp::from_second(1_790_000_000 + i64::from(number)).unwrap();
    let index = LeafIndex::new(number.into());
    At { index, time, record: id(number), who: "a1b2", name: "Petra" }
}

fn restricted(phone: &str, ground: Ground) -> SubjectAct {
    let identifiers = vec![Identifier::said(phone).unwrap()];
    let reason = "disputed".to_owned();
    SubjectAct::Restricted(Restricted { identifiers, ground, reason, request: None })
}

fn lifted(restriction: RecordId) -> SubjectAct {
    let (reason, informed) = ("settled".to_owned(), "letter of 3 December".to_owned());
    SubjectAct::Lifted(Lifted { restriction, reason, informed })
}

fn message(phone: &str) -> Record {
    let record = json!({"v": 1, "class": "message", "provider": "meta", "field": "messages",
        "origin": "live", "direction": "inbound", "from": {"phone": phone},
        "body": {"kind": "text"}, "raw": {}});
    serde_json::from_str(&record.to_string()).unwrap()
}

fn facts(phone: &str) -> Facts {
    Facts::of(&message(phone), Timestamp::UNIX_EPOCH)
}

fn apply(subjects: &mut Subjects, number: u8, act: &SubjectAct) -> Result<(), Refused> {
    subjects.check(&at(number), act)?;
    subjects.apply(&at(number), act)
}

#[test]
fn while_it_is_in_force_it_hides_and_keeps_its_persons_records_alone() {
    let mut subjects = Subjects::default();
    assert!(subjects.restrictions().is_empty());
    apply(&mut subjects, 1, &restricted(PHONES[0], Ground::Accuracy)).unwrap();
    let now = subjects.restrictions();
    assert_eq!(now.of(&message(PHONES[0])), Some(id(1)));
    assert_eq!(now.on(&facts(PHONES[0])), Some(id(1)));
    assert_eq!((now.of(&message(PHONES[1])), now.on(&facts(PHONES[1]))), (None, None));

    apply(&mut subjects, 2, &lifted(id(1))).unwrap();
    let now = subjects.restrictions();
    assert!(now.is_empty());
    assert_eq!((now.of(&message(PHONES[0])), now.on(&facts(PHONES[0]))), (None, None));
    let ended = now.get(id(1)).unwrap().lifted.as_ref().unwrap();
    assert_eq!((ended.since.0, ended.informed.as_str()), (at(2).index, "letter of 3 December"));
    let again = apply(&mut subjects, 3, &lifted(id(1))).unwrap_err();
    assert!(again.0.contains("was lifted by entry 2"), "{again}");
}

#[test]
fn an_objection_hides_and_keeps_nothing_from_destruction() {
    for ground in Ground::ALL {
        let mut subjects = Subjects::default();
        apply(&mut subjects, 1, &restricted(PHONES[0], ground)).unwrap();
        let now = subjects.restrictions();
        assert_eq!(now.of(&message(PHONES[0])), Some(id(1)), "{ground:?}");
        let keeps = ground != Ground::Objection;
        assert_eq!(now.on(&facts(PHONES[0])).is_some(), keeps, "{ground:?}");
        assert_eq!(serde_json::to_value(ground).unwrap(), ground.as_str());
    }
}

#[test]
fn who_has_the_number_now_is_not_hidden_and_in_doubt_nothing_is_destroyed() {
    let mut subjects = Subjects::default();
    apply(&mut subjects, 1, &restricted(PHONES[0], Ground::Claims)).unwrap();
    let mut other = message(PHONES[0]);
    other.from.as_mut().unwrap().user_id = Some("DE.2".to_owned());
    assert_eq!(subjects.restrictions().of(&other), None);
    let facts = Facts::of(&other, Timestamp::UNIX_EPOCH);
    assert_eq!(subjects.restrictions().on(&facts), Some(id(1)));
}

#[test]
fn what_came_later_hides_where_it_is_the_surest_and_keeps_wherever_it_stands() {
    let mut subjects = Subjects::default();
    apply(&mut subjects, 1, &restricted(PHONES[0], Ground::Objection)).unwrap();
    apply(&mut subjects, 2, &restricted(PHONES[1], Ground::Claims)).unwrap();
    apply(&mut subjects, 3, &restricted(PHONES[2], Ground::Claims)).unwrap();
    apply(&mut subjects, 4, &lifted(id(2))).unwrap();
    let all = subjects.restrictions();
    let known = [(PHONES[0], 1), (PHONES[2], 3)];
    let known = known.map(|(phone, entry)| (vec![Mark::of(phone)], LeafIndex::new(entry)));
    assert_eq!(all.known(), known, "what was lifted follows nobody");
    let later = vec![vec![Mark::of(PHONES[3]), Mark::of("DE.1")], vec![Mark::of("DE.1")]];
    let now = RestrictedNow::new(std::sync::Arc::clone(all), later);
    let both =
        |record: &Record| (now.of(record), now.on(&Facts::of(record, Timestamp::UNIX_EPOCH)));
    assert_eq!(both(&message(PHONES[3])), (Some(id(1)), None), "an objection keeps nothing");
    assert_eq!(both(&message(PHONES[2])), (Some(id(3)), Some(id(3))), "as without it");
    assert_eq!(both(&message(PHONES[1])), (None, None));
    let with_id = |phone: &str, user_id: &str| {
        let mut record = message(phone);
        record.from.as_mut().unwrap().user_id = Some(user_id.to_owned());
        record
    };
    assert_eq!(both(&with_id(PHONES[1], "DE.1")), (Some(id(1)), Some(id(3))), "the oldest");
    assert_eq!(both(&with_id(PHONES[3], "DE.2")), (None, None), "who has the number now");
}

#[test]
fn what_cannot_follow_or_says_too_little_is_refused() {
    let mut subjects = Subjects::default();
    let none = apply(&mut subjects, 1, &lifted(id(9))).unwrap_err();
    assert!(none.0.contains("no restriction"), "{none}");
    let with = |change: &dyn Fn(&mut Restricted)| {
        let identifiers = vec![Identifier::said("DE.1").unwrap()];
        let (ground, reason) = (Ground::Unlawful, "r".to_owned());
        let mut act = Restricted { identifiers, ground, reason, request: None };
        change(&mut act);
        SubjectAct::Restricted(act)
    };
    let empty = Identifier { kind: IdentifierKind::Phone, value: " ".to_owned() };
    for (act, what) in [
        (with(&|it| it.identifiers.clear()), "identifiers"),
        (with(&|it| it.identifiers = vec![empty.clone()]), "empty"),
        (with(&|it| it.reason = " ".to_owned()), "reason"),
        (with(&|it| it.reason = "x".repeat(4_001)), "4000"),
        (with(&|it| it.request = Some(id(8))), "no request"),
    ] {
        let refused = apply(&mut subjects, 1, &act).unwrap_err();
        assert!(refused.0.contains(what), "{what}: {refused}");
    }
    apply(&mut subjects, 1, &with(&|_| {})).unwrap();
    let (restriction, reason, informed) = (id(1), "r".to_owned(), " ".to_owned());
    let untold = SubjectAct::Lifted(Lifted { restriction, reason, informed });
    let refused = apply(&mut subjects, 2, &untold).unwrap_err();
    assert!(refused.0.contains("18(3)"), "{refused}");
}

#[test]
fn a_request_for_a_report_is_answered_by_no_restriction() {
    let mut subjects = Subjects::default();
    let asked = |kind| {
        SubjectAct::Requested(Requested {
            kind,
            identifiers: vec!["DE.1".to_owned()],
            reason: "letter".to_owned(),
            received: "2026-09-20".parse().unwrap(),
        })
    };
    apply(&mut subjects, 1, &asked(RequestKind::Report)).unwrap();
    apply(&mut subjects, 2, &asked(RequestKind::Restriction)).unwrap();
    let answering = |request| {
        let identifiers = vec![Identifier::said("DE.1").unwrap()];
        let (ground, reason) = (Ground::Accuracy, "r".to_owned());
        SubjectAct::Restricted(Restricted { identifiers, ground, reason, request: Some(request) })
    };
    let refused = apply(&mut subjects, 3, &answering(id(1))).unwrap_err();
    assert!(refused.0.contains("report"), "{refused}");
    apply(&mut subjects, 3, &answering(id(2))).unwrap();
    assert_eq!(subjects.restrictions().get(id(3)).unwrap().request, Some(id(2)));
}

#[test]
fn the_acts_are_written_as_documented() {
    let act = serde_json::to_value(restricted(PHONES[0], Ground::Claims)).unwrap();
    let expected = json!({"did": "restricted", "ground": "claims", "reason": "disputed",
        "identifiers": [{"kind": "phone", "value": PHONES[0]}]});
    assert_eq!(act, expected);
    let act = serde_json::to_value(lifted(id(1))).unwrap();
    assert_eq!((&act["did"], &act["restriction"]), (&json!("lifted"), &json!(id(1))));
}

#[derive(Clone, Debug)]
enum Step {
    Restrict(usize, usize),
    Lift(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..PHONES.len(), 0..Ground::ALL.len())
            .prop_map(|(who, ground)| Step::Restrict(who, ground)),
        (0_u8..12).prop_map(Step::Lift),
    ]
}

proptest! {
    #[test]
    fn what_is_in_force_is_what_a_plain_list_says(steps in prop::collection::vec(step(), 0..24)) {
        let mut subjects = Subjects::default();
        let mut model: Vec<(RecordId, &str, Ground, bool)> = vec![];
        for (number, step) in (0_u8..).zip(&steps) {
            match step {
                Step::Restrict(who, ground) => {
                    let (phone, ground) = (PHONES[*who], Ground::ALL[*ground]);
                    apply(&mut subjects, number, &restricted(phone, ground)).unwrap();
                    model.push((id(number), phone, ground, true));
                }
                Step::Lift(which) => {
                    let found = model.iter_mut().find(|it| it.0 == id(*which) && it.3);
                    let done = apply(&mut subjects, number, &lifted(id(*which)));
                    prop_assert_eq!(done.is_ok(), found.is_some());
                    if let Some(found) = found {
                        found.3 = false;
                    }
                }
            }
            for phone in PHONES {
                let mut theirs = model.iter().filter(|it| it.1 == phone && it.3);
                let hides = theirs.clone().next().map(|it| it.0);
                let keeps = theirs.find(|it| it.2.keeps()).map(|it| it.0);
                let now = subjects.restrictions();
                prop_assert_eq!(now.of(&message(phone)), hides);
                prop_assert_eq!(now.on(&facts(phone)), keeps);
            }
        }
        prop_assert_eq!(subjects.restrictions().is_empty(), model.iter().all(|it| !it.3));
    }
}
