//! Holds against a naive matcher, and who may do what with them.

mod matching;

use super::*;
use crate::tlog::LeafIndex;

pub(super) fn id(number: u64) -> RecordId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    RecordId::from_bytes(bytes)
}

/// A decision of a person, so many days after the beginning.
pub(super) fn at(record: u64, day: i64, who: &'static str) -> At<'static> {
    let time = Timestamp::from_second(day * 86_400).unwrap();
    let name = match who {
        "t1" | "t9" => "Mira",
        _ => who,
    };
    At { index: LeafIndex::new(record), time, record: id(record), who, name }
}

pub(super) fn placed(scope: Scope) -> Placed {
    Placed {
        matter: "Halyard v. Quay".into(),
        custodian: "Noor Customer".into(),
        reason: "A claim was filed.".into(),
        authority: "Order of the court, 4 O 12/26".into(),
        scope,
        silent: false,
        notice: None,
    }
}

fn of_party() -> Scope {
    Scope { parties: vec!["+49 1555 0100777".into()], ..Scope::default() }
}

fn released(hold: u64, approvals: u8) -> HoldAct {
    let reason = "It was settled.".into();
    HoldAct::Released { hold: id(hold), reason, approvals, grace_days: 30 }
}

fn approved(hold: u64) -> HoldAct {
    HoldAct::ReleaseApproved { hold: id(hold), reason: "I read the settlement.".into() }
}

fn one_hold(silent: bool) -> Holds {
    let mut holds = Holds::default();
    let placed = Placed { silent, ..placed(of_party()) };
    holds.apply(&at(1, 0, "t1"), &HoldAct::Placed(placed)).unwrap();
    holds
}

fn in_force(holds: &Holds, day: i64) -> bool {
    holds.get(id(1)).unwrap().in_force(at(0, day, "t1").time)
}

#[test]
fn a_release_needs_a_second_person_and_then_has_a_period_of_grace() {
    let mut holds = one_hold(false);
    assert!(holds.apply(&at(2, 1, "t2"), &approved(1)).is_err(), "nobody asked for it");
    holds.apply(&at(2, 1, "t1"), &released(1, 1)).unwrap();
    assert_eq!(holds.get(id(1)).unwrap().stage, Stage::ReleaseAsked);
    assert!(holds.apply(&at(3, 2, "t2"), &released(1, 1)).is_err(), "asked for already");
    for same in ["t1", "t9"] {
        let refused = holds.apply(&at(3, 2, same), &approved(1)).unwrap_err();
        assert!(refused.0.contains("another person"), "{refused}");
    }
    assert!(in_force(&holds, 4000), "it waits, however long");
    holds.apply(&at(3, 10, "t2"), &approved(1)).unwrap();
    assert_eq!(holds.get(id(1)).unwrap().stage, Stage::Released);
    assert!(in_force(&holds, 39) && !in_force(&holds, 40));
    assert!(!holds.compile(at(0, 39, "t1").time).is_empty());
    assert!(holds.compile(at(0, 40, "t1").time).is_empty());
    for late in [released(1, 1), approved(1)] {
        let refused = holds.apply(&at(4, 41, "t3"), &late).unwrap_err();
        assert!(refused.0.contains("was released"), "{refused}");
    }
    assert_eq!(holds.iter().count(), 1, "it is not deleted");
}

#[test]
fn without_a_second_person_asked_for_the_release_is_at_once() {
    let mut holds = one_hold(false);
    holds.apply(&at(2, 1, "t1"), &released(1, 0)).unwrap();
    assert!(in_force(&holds, 30) && !in_force(&holds, 31));
}

#[test]
fn who_finds_it_still_needed_ends_a_release_that_waits() {
    let mut holds = one_hold(false);
    holds.apply(&at(2, 1, "t1"), &released(1, 1)).unwrap();
    let needed = HoldAct::Reviewed { hold: id(1), reason: "An appeal was filed.".into() };
    holds.apply(&at(3, 2, "t2"), &needed).unwrap();
    assert_eq!(holds.get(id(1)).unwrap().stage, Stage::InForce);
    assert!(holds.apply(&at(4, 3, "t2"), &approved(1)).is_err());
    holds.apply(&at(4, 3, "t1"), &released(1, 0)).unwrap();
    assert!(holds.apply(&at(5, 4, "t2"), &needed).is_err(), "too late");
    let did: Vec<_> = holds.get(id(1)).unwrap().history.iter().map(|step| step.did).collect();
    assert_eq!(did, ["placed", "released", "reviewed", "released"]);
}

#[test]
fn a_notice_is_confirmed_by_name_and_its_text_is_kept_once() {
    let mut holds = Holds::default();
    let text = "Keep every message with Noor Customer.";
    for record in [1, 2] {
        let placed = Placed { notice: Some(text.into()), ..placed(of_party()) };
        holds.apply(&at(record, 0, "t1"), &HoldAct::Placed(placed)).unwrap();
    }
    assert_eq!(holds.texts.len(), 1);
    let confirmed =
        |notice| HoldAct::Acknowledged { hold: id(1), notice: id(notice), by: "Noor".into() };
    let refused = holds.apply(&at(3, 1, "t1"), &confirmed(2)).unwrap_err();
    assert!(refused.0.contains("has no notice"), "{refused}");
    holds.apply(&at(3, 1, "t1"), &confirmed(1)).unwrap();
    let told = HoldAct::Noticed { hold: id(1), to: "Noor".into(), text: "A reminder.".into() };
    holds.apply(&at(4, 2, "t1"), &told).unwrap();
    let hold = holds.get(id(1)).unwrap();
    let [first, reminder] = hold.notices.as_slice() else { panic!("{hold:?}") };
    assert_eq!((first.to.as_str(), &*first.text), ("Noor Customer", text));
    assert_eq!(first.acknowledged[0].by, "Noor");
    assert!(reminder.acknowledged.is_empty());
}

#[test]
fn nobody_is_told_of_a_silent_hold() {
    let mut holds = one_hold(true);
    let told = HoldAct::Noticed { hold: id(1), to: "Noor".into(), text: "Keep it.".into() };
    assert!(holds.apply(&at(2, 1, "t1"), &told).unwrap_err().0.contains("silent"));
    let both = Placed { silent: true, notice: Some("Keep it.".into()), ..placed(of_party()) };
    let refused = holds.check(&at(2, 1, "t1"), &HoldAct::Placed(both)).unwrap_err();
    assert!(refused.0.contains("leave out"), "{refused}");
}

#[test]
fn holds_stand_in_the_order_of_the_log_whatever_their_names() {
    let mut holds = Holds::default();
    for record in [7, 3, 5] {
        holds.apply(&at(record, 0, "t1"), &HoldAct::Placed(placed(of_party()))).unwrap();
    }
    let order: Vec<_> = holds.iter().map(|(hold, _)| hold).collect();
    assert_eq!(order, [id(7), id(3), id(5)]);
    let held = holds.compile(Timestamp::UNIX_EPOCH);
    let delivery =
        crate::policy::Facts::bare(crate::record::Class::Delivery, Timestamp::UNIX_EPOCH);
    assert_eq!(held.all(&delivery, Finds::NOTHING), order);
}

#[test]
fn a_hold_that_is_not_there_takes_no_step() {
    let mut holds = Holds::default();
    assert!(holds.apply(&at(1, 0, "t1"), &released(7, 0)).is_err());
    assert!(holds.apply(&at(1, 0, "t1"), &approved(7)).is_err());
}

#[test]
fn what_cannot_be_a_hold_is_refused_with_what_to_do() {
    let scope = Scope::default;
    let names = |name: &str| Scope { parties: vec![name.into()], ..scope() };
    for (scope, advice) in [
        (scope(), "everything"),
        (Scope { everything: true, ..of_party() }, "leave it out"),
        (names("01555 0100777"), "international form"),
        (names("0049 1555 0100777"), "international form"),
        (names(" "), "empty"),
        (names("a\u{7}b"), "control"),
        (names(&"x".repeat(NAME_BYTES_MAX + 1)), "at most 200"),
        (Scope { parties: vec!["a".into(); NAMES_MAX + 1], ..scope() }, "two holds"),
        (Scope { threads: vec!["9A41".into()], ..scope() }, "32 lower-case"),
        (Scope { query: Some(" ".into()), ..scope() }, "leave it out"),
        (Scope { query: Some("x".repeat(4097)), ..scope() }, "4096"),
        (
            Scope {
                from: Some("2026-03-02".parse().unwrap()),
                to: Some("2026-03-01".parse().unwrap()),
                ..scope()
            },
            "turn them round",
        ),
    ] {
        let refused = HoldAct::Placed(placed(scope)).check().unwrap_err();
        assert!(refused.0.contains(advice), "{refused}");
    }
    let nameless = Placed { matter: String::new(), ..placed(of_party()) };
    assert!(HoldAct::Placed(nameless).check().unwrap_err().0.contains("`matter` is empty"));
    let long = Placed { notice: Some("x".repeat(NOTICE_BYTES_MAX + 1)), ..placed(of_party()) };
    assert!(HoldAct::Placed(long).check().unwrap_err().0.contains("16000"));
    let lines = Placed { custodian: "a\nb".into(), ..placed(of_party()) };
    assert!(HoldAct::Placed(lines).check().unwrap_err().0.contains("one line"));
    HoldAct::Placed(placed(Scope { everything: true, ..Scope::default() })).check().unwrap();
}

#[test]
fn a_hold_reads_back_as_it_was_written() {
    let scope = Scope { from: Some("2026-03-01".parse().unwrap()), ..of_party() };
    let act = HoldAct::Placed(placed(scope));
    let json = serde_json::to_string(&act).unwrap();
    assert!(json.starts_with(r#"{"did":"placed","matter":"#), "{json}");
    assert!(json.contains(r#""scope":{"parties":["+49 1555 0100777"],"from":"2026-03-01"}"#));
    assert_eq!(serde_json::from_str::<HoldAct>(&json).unwrap(), act);
}

#[test]
fn a_hold_holds_what_it_is_told_that_its_parties_are_called_and_nothing_where_it_names_none() {
    use crate::policy::{Facts, Mark};
    let also = |name: &str| HoldAct::Followed {
        hold: id(1),
        also: Followed { parties: vec![Mark::of(name).0.to_be_bytes()], threads: vec![[7; 16]] },
    };
    let told = |name: &str| {
        let mut facts = Facts::bare(crate::record::Class::Message, Timestamp::UNIX_EPOCH);
        (facts.parties, facts.thread) = (vec![Mark::of(name)], Some([1; 16]));
        facts
    };
    let holds = |holds: &Holds, name: &str| {
        let held = holds.compile(Timestamp::UNIX_EPOCH);
        held.first(&told(name), Finds::NOTHING).is_some()
    };
    let mut by_party = one_hold(false);
    assert!(!holds(&by_party, "DE.1"));
    by_party.apply(&at(2, 1, "muniment"), &also("DE.1")).unwrap();
    assert!(holds(&by_party, "DE.1") && holds(&by_party, "4915550100777"));
    assert!(!holds(&by_party, "DE.2"));
    // A list that a scope does not have asks for nothing, followed or not.
    let mut by_day = Holds::default();
    let scope = Scope { from: Some("1970-01-01".parse().unwrap()), ..Scope::default() };
    by_day.apply(&at(1, 0, "t1"), &HoldAct::Placed(placed(scope))).unwrap();
    by_day.apply(&at(2, 1, "muniment"), &also("DE.1")).unwrap();
    assert!(holds(&by_day, "DE.2"));
}

#[test]
fn what_it_caught_is_counted_once_and_reads_back_as_it_was_written() {
    let mut holds = one_hold(false);
    let sha256 = crate::tlog::Hash::from_bytes([9; 32]);
    let counted = HoldAct::Counted { hold: id(1), caught: Caught { log: 7, records: 2, sha256 } };
    let also = Followed { parties: vec![[1; 8]], threads: vec![[2; 16]] };
    let followed = HoldAct::Followed { hold: id(1), also };
    for act in [&counted, &followed] {
        let json = serde_json::to_string(act).unwrap();
        assert_eq!(&serde_json::from_str::<HoldAct>(&json).unwrap(), act, "{json}");
    }
    let json = serde_json::to_string(&followed).unwrap();
    assert!(json.contains(r#""parties":["0101010101010101"]"#), "{json}");
    let json = json.replace("0101010101010101", "01");
    assert!(serde_json::from_str::<HoldAct>(&json).is_err(), "{json}");

    holds.apply(&at(2, 1, "muniment"), &followed).unwrap();
    holds.apply(&at(3, 1, "muniment"), &counted).unwrap();
    holds.apply(&at(4, 2, "muniment"), &followed).unwrap();
    let refused = holds.apply(&at(5, 2, "muniment"), &counted).unwrap_err();
    assert!(refused.0.contains("was counted"), "{refused}");
    let hold = holds.get(id(1)).unwrap();
    let (_, then) = hold.caught.as_ref().unwrap();
    assert_eq!((then.parties.len(), hold.followed.parties.len()), (1, 2));
    // Also by a hold with as many steps as there may be.
    let noticed = HoldAct::Noticed { hold: id(1), to: "Noor".into(), text: "Keep it.".into() };
    while holds.get(id(1)).unwrap().history.len() < STEPS_MAX {
        holds.apply(&at(6, 2, "t1"), &noticed).unwrap();
    }
    assert!(holds.check(&at(7, 3, "t1"), &noticed).is_err());
    holds.check(&at(7, 3, "muniment"), &followed).unwrap();
}
