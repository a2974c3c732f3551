use super::*;
use crate::policy::consent::{Certainty, Purpose, Purposes};
use crate::projection::At;
use crate::projection::consent::{ConsentAct, Evidence, Means, Signal};

const DAY: i64 = 24 * 3600;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * DAY).unwrap()
}

/// A ledger of signals: whom, which way, on which day, until which.
fn ledger(signals: &[(&str, Kind, i64, Option<i64>)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (entry, (who, kind, day, expires)) in signals.iter().enumerate() {
        let signal = Signal {
            kind: *kind,
            certainty: Certainty::Certain,
            subject: vec![(*who).to_owned()],
            purposes: Purposes::of([Purpose::Marketing]).unwrap(),
            channel: None,
            numbers: vec![],
            at: at(*day),
            expires: expires.map(at),
            wording: None,
            jurisdiction: None,
            legal_basis: None,
            evidence: Evidence::of_record(Means::Form, RecordId::from_bytes([200; 16])),
        };
        let record = RecordId::from_bytes([u8::try_from(entry).unwrap(); 16]);
        let (index, time) = (LeafIndex::new(entry as u64), at(1000));
        let act = ConsentAct::Told { signal: Box::new(signal) };
        ledger.apply(&At { index, time, record, who: "a1", name: "Dana" }, &act).unwrap();
    }
    ledger
}

#[test]
fn what_was_given_and_not_withdrawn_or_renewed_is_relied_upon() {
    let ledger = ledger(&[
        ("4930111", Kind::OptIn, 0, None),
        ("4930222", Kind::OptIn, 0, None),
        ("4930222", Kind::OptOut, 1, None),
        ("4930333", Kind::OptIn, 0, None),
        ("4930333", Kind::OptIn, 5, None),
        ("4930444", Kind::OptIn, 0, Some(3)),
    ]);
    let entries = |day| relied(&ledger, at(day)).iter().map(|one| one.entry.get()).collect();
    let mut now: Vec<u64> = entries(10);
    now.sort_unstable();
    assert_eq!(now, [0, 4]);
    let mut before: Vec<u64> = entries(2);
    before.sort_unstable();
    assert_eq!(before, [0, 3, 5]);
    let one = relied(&ledger, at(10)).into_iter().find(|one| one.entry.get() == 0).unwrap();
    assert_eq!(one.evidence, Some(RecordId::from_bytes([200; 16])));
    assert!(!one.may_go, "a decision is kept for the life of the archive");
}

#[test]
fn consent_ends_by_its_date_or_its_age_and_is_told_some_days_before() {
    let ledger = ledger(&[
        ("4930111", Kind::OptIn, 0, Some(100)),
        ("4930222", Kind::OptIn, 0, None),
        ("4930333", Kind::OptIn, 0, Some(700)),
    ]);
    let ending = |day: i64, months: u16| {
        let ahead = Ahead { now: at(day), warn_days: 30, consent_valid_months: months };
        let mut found = ending(&relied(&ledger, at(day)), &ahead);
        found.sort_unstable_by_key(|finding| finding.entry);
        found.into_iter().map(|finding| (finding.entry, finding.at)).collect::<Vec<_>>()
    };
    assert_eq!(ending(69, 0), []);
    assert_eq!(ending(70, 0), [(0, at(100))]);
    assert_eq!(ending(99, 0), [(0, at(100))]);
    assert_eq!(ending(100, 0), [], "it has ended");
    // Twelve months of this year are 365 days.
    assert_eq!(ending(340, 12), [(1, at(365)), (2, at(365))]);
    assert_eq!(ending(365, 12), []);
    assert_eq!(ending(340, 0), []);
}
