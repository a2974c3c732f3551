//! What queries found, put aside. That it is read, and not asked anew, is shown with answers
//! that no index would give.

use std::sync::Arc;

use super::archive::{Archive, Running};
use super::damage::put;
use crate::index::answers::Answer;
use crate::index::fixtures::Draft;
use crate::index::language::{Expr, parse};
use crate::index::select::asked;
use crate::index::{Index, Selection};
use crate::tlog::LeafIndex;

/// Entries that there are not.
const ZINC: LeafIndex = LeafIndex::new(1_000_001);
const TIN: LeafIndex = LeafIndex::new(1_000_002);

fn exprs() -> [Expr; 2] {
    ["zinc", "tin"].map(|query| parse(query).unwrap())
}

/// Adds an entry to what is known of each query.
fn pretend(index: &Index) {
    for (expr, more) in exprs().iter().zip([ZINC, TIN]) {
        let mut entries = Selection::clone(&index.select_again(expr).unwrap());
        entries.insert(more);
        let answer = Answer { entries: Arc::new(entries), until: index.progress().searchable };
        let answers = &index.0.answers;
        answers.put(asked(expr), answer, answers.erasures());
    }
}

fn again(running: &Running) -> [Vec<LeafIndex>; 2] {
    exprs().map(|expr| running.index.select_again(&expr).unwrap().iter().collect())
}

/// An archive with a record for each query, and answers to both put aside.
fn put_aside() -> (Archive, [LeafIndex; 2]) {
    let archive = Archive::new();
    let entries = ["zinc", "tin"].map(|text| archive.append(Draft::inbound("491", text)).1);
    let running = archive.run();
    pretend(&running.index);
    running.index.put_aside(&exprs());
    running.stop();
    (archive, entries)
}

#[test]
fn what_was_put_aside_is_known_after_a_start_and_only_what_is_newer_is_asked() {
    let (archive, [zinc, tin]) = put_aside();
    let running = archive.run();
    assert_eq!(again(&running), [vec![zinc, ZINC], vec![tin, TIN]]);
    let newer = archive.append(Draft::inbound("491", "zinc and tin")).1;
    running.catch_up();
    assert_eq!(again(&running), [vec![zinc, newer, ZINC], vec![tin, newer, TIN]]);
    running.stop();
    // That was not put aside, and is asked again.
    let running = archive.run();
    assert_eq!(again(&running), [vec![zinc, newer, ZINC], vec![tin, newer, TIN]]);
    running.stop();
}

#[test]
fn what_nobody_puts_aside_any_more_is_let_go_of() {
    let (archive, [zinc, tin]) = put_aside();
    let running = archive.run();
    running.index.put_aside(&exprs()[..1]);
    running.stop();
    let running = archive.run();
    assert_eq!(again(&running), [vec![zinc, ZINC], vec![tin]]);
    running.stop();
}

#[test]
fn what_is_erased_is_taken_out_of_what_was_put_aside() {
    let (archive, [zinc, tin]) = put_aside();
    let running = archive.run();
    running.index.erase(&[zinc, ZINC].into_iter().collect()).unwrap();
    assert_eq!(again(&running), [vec![], vec![tin, TIN]]);
    running.stop();
    let running = archive.run();
    assert_eq!(again(&running), [vec![], vec![tin, TIN]]);
    running.stop();
}

#[test]
fn who_asked_before_something_was_erased_does_not_answer_after() {
    let (archive, [zinc, _]) = put_aside();
    let running = archive.run();
    let answers = &running.index.0.answers;
    let before = answers.erasures();
    running.index.erase(&[zinc].into_iter().collect()).unwrap();
    let late = Answer {
        entries: Arc::new([zinc].into_iter().collect()),
        until: running.index.progress().searchable,
    };
    answers.put(asked(&exprs()[0]), late, before);
    assert_eq!(again(&running)[0], [ZINC]);
    running.stop();
}

#[test]
fn answers_that_were_altered_or_are_of_an_index_before_are_asked_anew() {
    let (archive, [zinc, tin]) = put_aside();
    let file = archive.index_dir().join("files").join("answers");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    put(&file, &bytes);
    let running = archive.run();
    assert_eq!(again(&running), [vec![zinc], vec![tin]]);
    running.index.put_aside(&exprs());
    assert_ne!(std::fs::read(&file).unwrap(), bytes, "written anew");
    pretend(&running.index);
    running.index.put_aside(&exprs());
    running.stop();
    // An index that is made anew has none.
    std::fs::remove_file(archive.index_dir().join("format")).unwrap();
    let running = archive.run();
    assert!(!file.exists());
    assert_eq!(again(&running), [vec![zinc], vec![tin]]);
    running.stop();
}
