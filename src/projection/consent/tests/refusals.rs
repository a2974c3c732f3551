//! Which records a refusal rests on.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::model::{Naive, WHO, play, step};
use super::resting::{replayed, states};
use super::*;

fn refusals(book: &Book) -> BTreeSet<RecordId> {
    book.ledger.refusals(Mark::of(MIRA), book.now())
}

#[test]
fn what_withdraws_is_what_a_refusal_rests_on_until_it_is_given_again() {
    let mut book = Book::new();
    assert_eq!(refusals(&book), BTreeSet::new());
    let first = book.said("STOP");
    assert_eq!(refusals(&book), BTreeSet::from([first]));
    // A later one of the same scope says all that the first does.
    let second = book.said("unsubscribe");
    assert!(refusals(&book).contains(&second));
    // START gives service and marketing again, and not recording or AI.
    book.said("START");
    assert!(!refusals(&book).is_empty());
}

#[test]
fn what_may_be_a_refusal_and_waits_for_review_is_one() {
    let mut book = Book::new();
    let candidate = book.said("cancel");
    assert_eq!(refusals(&book), BTreeSet::from([candidate]));
    let resolved = ConsentAct::Resolved {
        candidate,
        verdict: Verdict::NotMeant,
        purposes: None,
        reason: "they cancelled an order".into(),
    };
    book.act(&resolved).unwrap();
    assert_eq!(refusals(&book), BTreeSet::new());
}

#[test]
fn a_resolution_of_what_was_destroyed_since_is_no_obstacle() {
    let mut book = Book::new();
    let resolved = ConsentAct::Resolved {
        candidate: RecordId::from_bytes([5; 16]),
        verdict: Verdict::Meant,
        purposes: None,
        reason: "she said so".into(),
    };
    let at = At {
        index: LeafIndex::new(9),
        time: book.now(),
        record: RecordId::from_bytes([6; 16]),
        who: "a1b2",
        name: "Dana",
    };
    book.ledger.apply(&at, &resolved).unwrap();
    assert_eq!(refusals(&book), BTreeSet::new());
    assert!(book.ledger.check(&at, &resolved).is_err(), "nobody decides it any more");
}

#[test]
fn what_was_destroyed_is_forgotten_as_a_restart_would_not_know_it() {
    let mut book = Book::new();
    book.said("STOP");
    let candidate = book.said("cancel");
    book.said("START");
    let entries = crate::entry::Ranges::covering([0, 1].map(LeafIndex::new));
    assert_eq!(book.ledger.open(), 1);
    entries.iter().for_each(|set| book.ledger.forget(set));
    assert_eq!(book.ledger.open(), 0);
    assert_eq!(book.ledger.history(Mark::of(MIRA)).len(), 1);
    assert_eq!(refusals(&book), BTreeSet::new());
    assert!(book.ledger.review(None).all(|review| review.given.id.record != candidate));
    // Again, and what it never knew.
    entries.iter().for_each(|set| book.ledger.forget(set));
    assert_eq!(book.ledger.history(Mark::of(MIRA)).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn who_refused_is_not_written_to_when_all_else_of_theirs_is_erased(
        steps in proptest::collection::vec(step(), 0..24),
    ) {
        let (mut book, mut naive) = (Book::new(), Naive::default());
        play(&steps, &mut book, &mut naive);
        let now = book.now();
        let marks = WHO.into_iter().map(Mark::of);
        let refusals: BTreeSet<_> =
            marks.flat_map(|mark| book.ledger.refusals(mark, now)).collect();
        let goes = |logged: &Logged| match logged {
            Logged::Record { index, id, .. } => {
                let needed = refusals.contains(id) || book.ledger.shows_one_person(*index);
                (!needed).then_some(*index)
            }
            Logged::Act { .. } => None,
        };
        let without: Vec<LeafIndex> = book.log.iter().filter_map(goes).collect();
        let after = replayed(&book.log, &without);
        let refuses = |state| matches!(state, State::Withdrawn | State::Refused | State::InReview);
        for (before, after) in states(&book.ledger, now).into_iter().zip(states(&after, now)) {
            // Under what may be a refusal stands what was given, or what has ended.
            let is_heeded = refuses(after) || (before, after) == (State::InReview, State::Expired);
            prop_assert!(!refuses(before) || is_heeded, "{before:?} became {after:?}");
        }
    }
}
