//! What is known of consent, when records on which nothing rests are gone.

use proptest::prelude::*;

use super::model::{Naive, WHO, play, step};
use super::*;

/// The ledger that a restart comes to without some records.
pub(super) fn replayed(log: &[Logged], without: &[LeafIndex]) -> Ledger {
    let mut ledger = Ledger::default();
    for logged in log {
        match logged {
            Logged::Record { index, .. } if without.contains(index) => {}
            Logged::Record { index, time, id, record } => ledger.take(*index, *time, *id, record),
            Logged::Act { index, time, record, act } => {
                let (index, time, record) = (*index, *time, *record);
                let at = At { index, time, record, who: "a1b2", name: "Dana" };
                ledger.apply(&at, act).unwrap();
            }
        }
    }
    ledger
}

pub(super) fn states(ledger: &Ledger, now: Timestamp) -> Vec<State> {
    let questions = WHO.into_iter().flat_map(|who| {
        Purpose::ALL.into_iter().flat_map(move |purpose| {
            let numbered = asked(purpose, now);
            [(who, Asked { number: None, ..numbered.clone() }), (who, numbered)]
        })
    });
    questions.map(|(who, asked)| ledger.consent(Mark::of(who), &asked).state).collect()
}

#[test]
fn a_withdrawal_is_rested_on_until_a_newer_word_takes_its_place() {
    let mut book = Book::new();
    let rests = |book: &Book, entry| book.ledger.rests_on(LeafIndex::new(entry), book.now());
    book.said("stop promotions");
    assert!(rests(&book, 0));
    book.said("stop promotions");
    assert!(!rests(&book, 0) && rests(&book, 1));
    book.said("STOP");
    assert!(!rests(&book, 1) && rests(&book, 2), "all of it was withdrawn");
    book.captured(&json!({"body": {"kind": "other"}}));
    assert!(!rests(&book, 3) && !rests(&book, 9), "it tells nothing, and there is none");
}

#[test]
fn what_shows_two_identifiers_of_one_person_is_rested_on_while_there_is_a_word_of_them() {
    let mut book = Book::new();
    let both = json!({"from": {"phone": MIRA, "user_id": "DE.1"}});
    book.captured(&both);
    let rests = |book: &Book| book.ledger.rests_on(LeafIndex::new(0), book.now());
    assert!(!rests(&book), "nothing is known of her");
    let told = Signal { subject: vec!["DE.1".into()], ..signal(Kind::OptOut, "all", HOUR) };
    book.tell(&told);
    assert!(rests(&book));
}

#[test]
fn consent_that_expired_goes_unless_it_took_the_place_of_one_that_did_not() {
    let captured = |book: &mut Book, expires: Option<i64>| {
        let told = Signal { expires: expires.map(at), ..signal(Kind::OptIn, "marketing", 60) };
        book.tell(&told);
    };
    let mut book = Book::new();
    captured(&mut book, Some(61));
    assert!(!book.ledger.rests_on(LeafIndex::new(0), book.now()));
    let mut book = Book::new();
    captured(&mut book, None);
    captured(&mut book, Some(61));
    assert!(book.ledger.rests_on(LeafIndex::new(1), book.now()));
    assert_eq!(book.state(MIRA, Purpose::Marketing, book.now()), State::Expired);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn without_any_records_on_which_nothing_rests_a_restart_comes_to_the_same(
        steps in proptest::collection::vec(step(), 0..24),
        gone in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let (mut book, mut naive) = (Book::new(), Naive::default());
        play(&steps, &mut book, &mut naive);
        let now = book.now();
        let records = book.log.iter().filter_map(|logged| match logged {
            Logged::Record { index, .. } => Some(*index),
            Logged::Act { .. } => None,
        });
        let free = records.filter(|index| !book.ledger.rests_on(*index, now));
        let without: Vec<LeafIndex> = free.zip(&gone).filter(|(_, gone)| **gone).map(|it| it.0).collect();
        let after = replayed(&book.log, &without);
        for (before, after) in states(&book.ledger, now).into_iter().zip(states(&after, now)) {
            // What has ended may be unknown afterwards, but nothing is given again by it.
            let same = before == after || (before == State::Expired && after != State::Given);
            prop_assert!(same, "{before:?} became {after:?} without {without:?}");
        }
    }
}
