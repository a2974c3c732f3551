//! A verification that is interrupted and goes on.

use proptest::prelude::*;

use super::archive::{Archive, FIRST_SIZE, LINKED, MISSED, Open, SIZE};
use crate::seal::Keyring;
use crate::store::rows::Family;
use crate::store::tamper::copy_tree;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::SigningKey;
use crate::tlog::{Hash, TreeSize};
use crate::verify::{BadState, OutsideCheckpoint, Report, Run};

/// A tile of entries a piece, so that there are some.
const CHUNK_ENTRIES: u64 = 256;

/// A report without how long it took.
fn told(mut report: Report) -> String {
    (report.elapsed_ms, report.entries_per_second) = (0, 0);
    serde_json::to_string(&report).unwrap()
}

fn begun<'a>(open: &'a Open, keyring: Option<&'a Keyring>) -> Run<'a> {
    Run::begin_in(&open.store, keyring, &open.request, CHUNK_ENTRIES)
}

fn resumed<'a>(
    open: &'a Open,
    keyring: Option<&'a Keyring>,
    state: &[u8],
) -> Result<Run<'a>, BadState> {
    Run::resume_in(&open.store, keyring, &open.request, CHUNK_ENTRIES, state)
}

fn in_one_go(open: &Open, keyring: Option<&Keyring>) -> String {
    let mut run = begun(open, keyring);
    while run.advance(1, u64::MAX, |_| {}) {}
    told(run.finish())
}

/// Interrupted after so many pieces each, over and over.
fn in_parts(
    open: &Open,
    keyring: Option<&Keyring>,
    mut parts: impl Iterator<Item = u64>,
) -> String {
    let mut state: Option<Vec<u8>> = None;
    loop {
        let mut run = match &state {
            None => begun(open, keyring),
            Some(state) => resumed(open, keyring, state).unwrap(),
        };
        if !run.advance(2, parts.next().unwrap(), |_| {}) {
            return told(run.finish());
        }
        state = Some(run.save());
    }
}

/// Damage of every kind that there is something to remember of.
fn damage(open: &Open) {
    for index in [3, 99, 255, 256, 257, 400, 699] {
        let mut body = open.row_at(Family::Bodies, index);
        body[0] ^= 1;
        open.put_at(Family::Bodies, index, &body);
    }
    for index in 500..520 {
        open.delete_at(Family::Headers, index);
    }
    open.delete_at(Family::Entries, 511);
    let mut leaf = open.row_at(Family::Entries, 254);
    let time = leaf.windows(4).position(|four| four == b":00:").unwrap();
    leaf[time + 1] = b'1';
    open.put_at(Family::Entries, 254, &leaf);
    open.delete_at(Family::MediaQueue, 5);
    let id = open.record_at(77);
    open.store.delete_raw(Family::Ids, id.as_bytes());
    open.store.put_raw(Family::Checkpoints, b"odd", b"");
}

#[test]
fn interrupted_after_every_piece_it_comes_to_the_same_report() {
    let archive = Archive::new();
    let open = archive.open();
    for keyring in [None, Some(&open.keyring)] {
        let whole = in_one_go(&open, keyring);
        assert!(whole.contains(r#""right":true"#), "{whole}");
        assert_eq!(in_parts(&open, keyring, std::iter::repeat(1)), whole);
    }
    damage(&open);
    for keyring in [None, Some(&open.keyring)] {
        let whole = in_one_go(&open, keyring);
        assert!(whole.contains(r#""entry":254"#), "{whole}");
        assert_eq!(in_parts(&open, keyring, std::iter::repeat(1)), whole);
    }
    // Where neither the entry nor its tile is there, the tree is lost from there on.
    open.store.delete_raw(Family::Tiles, &[0; 9]);
    open.delete_at(Family::Entries, 100);
    open.delete_at(Family::Entries, 101);
    let whole = in_one_go(&open, None);
    assert!(whole.contains(r#""root":null"#), "{whole}");
    assert_eq!(in_parts(&open, None, std::iter::repeat(1)), whole);
}

#[test]
fn interrupted_anywhere_it_comes_to_the_same_report() {
    let archive = Archive::new();
    let open = archive.open();
    damage(&open);
    let whole = in_one_go(&open, Some(&open.keyring));
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() };
    proptest!(config, |(parts in prop::collection::vec(1..300_u64, 1..8))| {
        let parts = parts.into_iter().chain(std::iter::repeat(u64::MAX));
        prop_assert_eq!(in_parts(&open, Some(&open.keyring), parts), whole.clone());
    });
}

#[test]
fn what_was_added_meanwhile_is_checked_too() {
    for pieces in [1, 2, 3, 300, 1000] {
        let archive = Archive::empty();
        archive.grow(FIRST_SIZE);
        let open = archive.open();
        let mut run = begun(&open, Some(&open.keyring));
        run.advance(1, pieces, |_| {});
        let state = run.save();
        drop(run);
        drop(open);
        archive.grow(SIZE);
        let open = archive.open();
        let mut run = resumed(&open, Some(&open.keyring), &state).unwrap();
        while run.advance(1, u64::MAX, |_| {}) {}
        let report = run.finish();
        assert!(report.is_right(), "after {pieces}: {report}");
        let mut fresh: serde_json::Value =
            serde_json::from_str(&in_one_go(&open, Some(&open.keyring))).unwrap();
        let mut report: serde_json::Value = serde_json::from_str(&told(report)).unwrap();
        assert_eq!(report["counts"]["entries"], SIZE);
        // The same, but for what was read twice.
        for one in [&mut fresh, &mut report] {
            one["counts"]["bytes"] = 0.into();
        }
        assert_eq!(report, fresh, "after {pieces}");
    }
}

#[test]
fn a_state_that_was_altered_or_cut_is_refused() {
    let archive = Archive::new();
    let open = archive.open();
    let mut run = begun(&open, None);
    run.advance(1, 2, |_| {});
    let state = run.save();
    assert!(resumed(&open, None, &state).is_ok());
    for at in (0..state.len()).step_by(9973).chain([state.len() - 1]) {
        let mut altered = state.clone();
        altered[at] ^= 1;
        let refused = resumed(&open, None, &altered).unwrap_err();
        assert!(matches!(refused, BadState::Malformed), "byte {at}: {refused}");
    }
    for cut in [0, 1, 70, state.len() / 2, state.len() - 1] {
        assert!(matches!(resumed(&open, None, &state[..cut]), Err(BadState::Malformed)), "{cut}");
    }
    let line = br#"{"v":3}"#;
    let digest = crate::tlog::hash::sha256(line);
    let later = [line.as_slice(), format!("\n{digest}\n").as_bytes()].concat();
    assert!(matches!(resumed(&open, None, &later), Err(BadState::Version(3))));
}

#[test]
fn a_state_of_another_archive_or_request_is_refused() {
    let (archive, other) = (Archive::new(), Archive::new());
    let mut open = archive.open();
    let mut run = begun(&open, None);
    run.advance(1, 2, |_| {});
    let state = run.save();
    drop(run);

    // Another history under the same name and the same key.
    let mut stranger = other.open();
    stranger.request.key = open.request.key.clone();
    let refused = resumed(&stranger, None, &state).unwrap_err();
    assert!(matches!(refused, BadState::Differs(index) if index.get() == 511), "{refused}");
    let refused = resumed(&open, Some(&open.keyring), &state).unwrap_err();
    assert!(matches!(refused, BadState::OtherRequest), "{refused}");
    open.request.key = None;
    assert!(matches!(resumed(&open, None, &state), Err(BadState::OtherRequest)));
    open.request.origin = "archive.example/another".to_owned();
    let refused = resumed(&open, None, &state).unwrap_err();
    assert!(matches!(refused, BadState::OtherArchive { .. }), "{refused}");
}

#[test]
fn a_state_of_more_entries_than_there_are_is_refused() {
    let archive = Archive::empty();
    archive.grow(FIRST_SIZE);
    let older = archive.dir.path().join("older");
    copy_tree(&archive.data(), &older);
    archive.grow(SIZE);
    let open = archive.open();
    let mut run = begun(&open, None);
    run.advance(1, 1, |_| {});
    let state = run.save();
    let older = archive.open_copy(&older).unwrap();
    let refused = resumed(&older, None, &state).unwrap_err();
    assert!(matches!(refused, BadState::Shorter { .. }), "{refused}");
}

#[test]
fn a_checkpoint_given_only_later_is_compared_or_refused() {
    let archive = Archive::new();
    let mut open = archive.open();
    let key = archive.signing_key();
    let mut run = begun(&open, None);
    run.advance(1, 2, |_| {});
    let state = run.save();
    drop(run);
    for (size, too_late) in [(500, true), (650, false)] {
        open.request.outside.push(forged(size, &key));
        let resumed = resumed(&open, None, &state);
        match resumed {
            Err(BadState::NewCheckpoint(name)) => assert!(too_late, "{name}"),
            Err(other) => panic!("{other}"),
            Ok(mut run) => {
                assert!(!too_late);
                while run.advance(1, u64::MAX, |_| {}) {}
                assert!(run.finish().to_string().contains("forged: wrong root"));
            }
        }
        open.request.outside.pop();
    }
}

/// Signed, and of a tree that never was.
fn forged(size: u64, key: &SigningKey) -> OutsideCheckpoint {
    let root = Hash::from_bytes([7; 32]);
    let forged = Checkpoint::new(super::archive::ORIGIN, TreeSize::new(size), root).unwrap();
    let note = checkpoint::sign(&forged, key).into_bytes();
    OutsideCheckpoint { name: "forged".to_owned(), note }
}

#[test]
fn what_is_remembered_does_not_grow_with_the_archive() {
    let sizes: Vec<usize> = [300, 3000]
        .map(|size| {
            let archive = Archive::empty();
            archive.grow(size);
            let open = archive.open();
            // Each checkpoint in the middle of nowhere: the tree is lost at entry 1.
            for index in [LINKED, MISSED] {
                open.delete_at(Family::Entries, index);
            }
            open.store.delete_raw(Family::Tiles, &[0; 9]);
            let note = open.row(Family::Checkpoints, &size.to_be_bytes());
            for at in 300..size {
                open.store.put_raw(Family::Checkpoints, &at.to_be_bytes(), &note);
            }
            let mut run = begun(&open, None);
            run.advance(1, size / CHUNK_ENTRIES, |_| {});
            run.save().len()
        })
        .to_vec();
    assert!(sizes[1] < sizes[0] * 2, "{sizes:?}");
}
