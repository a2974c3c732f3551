//! The log itself: entries, chain, tree, head, checkpoints.

use super::archive::{Archive, FIRST_SIZE, MESSAGE, ORIGIN, Open, SIZE, assert_found, assert_only};
use crate::entry::{Entry, Event, codec};
use crate::store::rows::{Family, HEAD};
use crate::store::tamper::copy_tree;
use crate::store::{Commit, Head};
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::SigningKey;
use crate::tlog::tree::Edge;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};
use crate::verify::{FindingKind, OutsideCheckpoint};

fn entry_at(open: &Open, index: u64) -> Entry {
    codec::decode(&open.row_at(Family::Entries, index)).unwrap()
}

/// An entry that says that another body was kept.
fn forged(open: &Open, index: u64) -> Entry {
    let mut entry = entry_at(open, index);
    let Event::Captured { kept, .. } = &mut entry.event else { panic!("not captured") };
    kept.sealed_sha256 = Hash::from_bytes([9; 32]);
    entry
}

fn put(open: &Open, entry: &Entry) {
    open.put_at(Family::Entries, entry.index.get(), &codec::encode(entry));
}

/// Makes all that can be made without the log's key fit the leaves as they are:
/// the chain, the tiles and the head.
fn refit(open: &Open, from: u64) {
    let mut edge = Edge::empty();
    let mut commit = Commit::default();
    let mut last = Hash::from_bytes([0; 32]);
    for index in 0..SIZE {
        let mut entry = entry_at(open, index);
        if index >= from {
            entry.prev = last;
        }
        let leaf = codec::encode(&entry);
        last = leaf_hash(&leaf);
        edge.push(last).iter().for_each(|full| commit.put_tile(full.at(), full.to_bytes()));
        commit.put_leaf(LeafIndex::new(index), leaf);
    }
    let head = Head { size: TreeSize::new(SIZE), root: edge.root(), last };
    open.store.commit(commit.with_head(head)).unwrap();
}

#[test]
fn an_entry_that_is_altered_is_named_and_only_it() {
    // In a full tile, in the first, at both ends of a tile, behind the last one, the last.
    for index in [MESSAGE, 255, 256, 400, 520, SIZE - 2, SIZE - 1] {
        let archive = Archive::new();
        let open = archive.open();
        put(&open, &forged(&open, index));
        let report = open.verify();
        assert_found(&report, FindingKind::Altered, "entries", Some(index));
        assert_found(&report, FindingKind::Altered, "bodies", Some(index));
        assert_eq!(report.findings.len(), 2, "{report}");
        assert_eq!(report.signed_size, Some(SIZE), "the tree goes on");
    }
}

#[test]
fn a_leaf_that_is_no_entry_or_not_canonical_is_named() {
    for index in [MESSAGE, 256, SIZE - 1] {
        let archive = Archive::new();
        let open = archive.open();
        let mut leaf = open.row_at(Family::Entries, index);
        leaf.insert(1, b' ');
        open.put_at(Family::Entries, index, &leaf);
        assert_found(&open.verify(), FindingKind::Malformed, "entries", Some(index));
        open.put_at(Family::Entries, index, b"");
        let report = open.verify();
        assert_found(&report, FindingKind::Malformed, "entries", Some(index));
        assert_found(&report, FindingKind::Altered, "entries", Some(index));
    }
}

#[test]
fn an_entry_that_is_gone_is_named_and_the_tree_goes_on() {
    for index in [0, MESSAGE, 256, 511, SIZE - 2] {
        let archive = Archive::new();
        let open = archive.open();
        open.delete_at(Family::Entries, index);
        let report = open.verify();
        assert_found(&report, FindingKind::Missing, "entries", Some(index));
        assert_eq!(report.signed_size, Some(SIZE), "{report}");
    }
}

#[test]
fn entries_in_another_order_are_found() {
    let archive = Archive::new();
    let open = archive.open();
    let (one, other) = (open.row_at(Family::Entries, 300), open.row_at(Family::Entries, 301));
    open.put_at(Family::Entries, 300, &other);
    open.put_at(Family::Entries, 301, &one);
    let report = open.verify();
    assert_found(&report, FindingKind::WrongOrder, "entries", Some(300));
    assert_found(&report, FindingKind::WrongOrder, "entries", Some(301));
}

#[test]
fn an_entry_dated_before_its_predecessor_is_found() {
    let archive = Archive::new();
    let open = archive.open();
    let mut entry = entry_at(&open, 350);
    entry.time = "2026-11-21T07:00:00Z".parse().unwrap();
    put(&open, &entry);
    refit(&open, 351);
    let report = open.verify();
    assert_found(&report, FindingKind::WrongOrder, "entries", Some(350));
    assert_found(&report, FindingKind::WrongRoot, "checkpoints", None);
}

#[test]
fn a_predecessor_named_wrongly_is_found() {
    for index in [300, 650] {
        let archive = Archive::new();
        let open = archive.open();
        let mut entry = entry_at(&open, index);
        entry.prev = Hash::from_bytes([5; 32]);
        put(&open, &entry);
        assert_only(&open.verify(), FindingKind::Altered, "entries", Some(index));
    }
}

#[test]
fn a_forged_history_that_fits_itself_does_not_fit_what_was_signed() {
    let archive = Archive::new();
    let open = archive.open();
    let mut entry = entry_at(&open, 650);
    let Event::Captured { kept, .. } = &mut entry.event else { panic!("not captured") };
    kept.commitment = Hash::from_bytes([9; 32]);
    put(&open, &entry);
    refit(&open, 651);
    let report = open.verify();
    // The first checkpoint still fits, so that the forgery is known to lie behind it.
    assert_eq!(report.signed_size, Some(FIRST_SIZE));
    assert_found(&report, FindingKind::WrongRoot, "checkpoints", None);
    assert_found(&report, FindingKind::WrongRoot, "outside", None);
    let wrong = report.findings.iter().find(|found| found.place.rows == "checkpoints").unwrap();
    assert_eq!(wrong.place.key, Some(SIZE.to_string()));
    assert!(wrong.text.contains("entries 600 and later"), "{}", wrong.text);
    assert_found(&report, FindingKind::Commitment, "bodies", Some(650));
    assert_eq!(report.findings.len(), 3, "{report}");
}

#[test]
fn the_head_must_be_that_of_the_entries() {
    let head = |open: &Open| open.store.head().unwrap();
    let put = |open: &Open, head: Head| {
        open.store.commit(Commit::default().with_head(head)).unwrap();
    };
    let archive = Archive::new();
    let open = archive.open();
    let right = head(&open);
    put(&open, Head { root: Hash::from_bytes([1; 32]), ..right });
    assert_only(&open.verify(), FindingKind::WrongRoot, "state", None);
    put(&open, Head { last: Hash::from_bytes([1; 32]), ..right });
    assert_only(&open.verify(), FindingKind::Altered, "state", None);
    for size in [SIZE + 1, u64::MAX] {
        put(&open, Head { size: TreeSize::new(size), ..right });
        assert_only(&open.verify(), FindingKind::Missing, "state", None);
    }
    put(&open, Head { size: TreeSize::new(SIZE - 1), ..right });
    let report = open.verify();
    assert_found(&report, FindingKind::WrongRoot, "state", None);
    assert_found(&report, FindingKind::Orphan, "entries", Some(SIZE - 1));

    open.store.put_raw(Family::State, HEAD, b"short");
    assert_only(&open.verify(), FindingKind::Unreadable, "state", None);
    open.store.delete_raw(Family::State, HEAD);
    assert_only(&open.verify(), FindingKind::Missing, "state", None);
}

#[test]
fn an_end_cut_off_in_every_row_is_found_by_what_was_signed() {
    let archive = Archive::new();
    let open = archive.open();
    for index in FIRST_SIZE..SIZE {
        open.store.delete_raw(Family::Ids, open.record_at(index).as_bytes());
        for family in [Family::Entries, Family::Bodies, Family::Headers] {
            open.delete_at(family, index);
        }
    }
    for (key, value) in open.store.rows_raw(Family::Seen) {
        if u64::from_be_bytes(value.try_into().unwrap()) >= FIRST_SIZE {
            open.store.delete_raw(Family::Seen, &key);
        }
    }
    let mut edge = Edge::empty();
    let mut last = Hash::from_bytes([0; 32]);
    for index in 0..FIRST_SIZE {
        last = leaf_hash(&open.row_at(Family::Entries, index));
        edge.push(last);
    }
    let head = Head { size: TreeSize::new(FIRST_SIZE), root: edge.root(), last };
    open.store.commit(Commit::default().with_head(head)).unwrap();

    let report = open.verify();
    assert_found(&report, FindingKind::ShorterThanSigned, "checkpoints", None);
    assert_found(&report, FindingKind::ShorterThanSigned, "outside", None);
    assert_eq!(report.findings.len(), 2, "{report}");
    open.store.delete_raw(Family::Checkpoints, &SIZE.to_be_bytes());
    assert_only(&open.verify(), FindingKind::ShorterThanSigned, "outside", None);
}

#[test]
fn an_older_copy_is_found_by_a_newer_checkpoint() {
    let archive = Archive::empty();
    archive.grow(FIRST_SIZE);
    let copy = archive.dir.path().join("copy");
    copy_tree(&archive.data(), &copy);
    archive.grow(SIZE);
    let open = archive.open_copy(&copy).unwrap();
    let report = open.verify();
    assert_only(&report, FindingKind::ShorterThanSigned, "outside", None);
    assert_eq!(report.findings[0].place.key.as_deref(), Some("log.checkpoint"));
}

#[test]
fn a_checkpoint_that_is_altered_resigned_moved_or_of_another_log_is_found() {
    let archive = Archive::new();
    let mut open = archive.open();
    let key = FIRST_SIZE.to_be_bytes();
    let right = open.row(Family::Checkpoints, &key);
    let sign = |origin: &str, size: u64, root: Hash, key: &SigningKey| {
        let checkpoint = Checkpoint::new(origin, TreeSize::new(size), root).unwrap();
        checkpoint::sign(&checkpoint, key).into_bytes()
    };
    let note = std::str::from_utf8(&right).unwrap();
    let text: Checkpoint =
        note.split_once("\n\n").map(|(text, _)| format!("{text}\n")).unwrap().parse().unwrap();
    let own = archive.signing_key();
    let other = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    let another_root = Hash::from_bytes([2; 32]);
    for (note, kind) in [
        (sign(ORIGIN, FIRST_SIZE, *text.root(), &other), FindingKind::BadSignature),
        (sign(ORIGIN, FIRST_SIZE, another_root, &own), FindingKind::WrongRoot),
        (sign("archive.example/x", FIRST_SIZE, *text.root(), &own), FindingKind::OtherLog),
        (open.row(Family::Checkpoints, &SIZE.to_be_bytes()), FindingKind::WrongOrder),
        (note.replacen("600", "601", 1).into_bytes(), FindingKind::BadSignature),
        (vec![0xff], FindingKind::Malformed),
        (b"no note".to_vec(), FindingKind::Malformed),
    ] {
        open.store.put_raw(Family::Checkpoints, &key, &note);
        let report = open.verify();
        assert_only(&report, kind, "checkpoints", None);
        assert_eq!(report.findings[0].place.key, Some(FIRST_SIZE.to_string()));
    }
    open.store.put_raw(Family::Checkpoints, &key, &right);
    for (note, kind) in [
        (sign(ORIGIN, SIZE, another_root, &own), FindingKind::WrongRoot),
        (sign(ORIGIN, SIZE, another_root, &other), FindingKind::BadSignature),
        (sign(ORIGIN, SIZE + 1, another_root, &own), FindingKind::ShorterThanSigned),
        (b"no note".to_vec(), FindingKind::Malformed),
    ] {
        open.request.outside = vec![OutsideCheckpoint { name: "kept".to_owned(), note }];
        assert_only(&open.verify(), kind, "outside", None);
    }
}

#[test]
fn everything_gone_is_not_right_where_a_checkpoint_is_kept() {
    let archive = Archive::new();
    let open = archive.open();
    for family in Family::ALL {
        for (key, _) in open.store.rows_raw(family) {
            open.store.delete_raw(family, &key);
        }
    }
    assert_only(&open.verify(), FindingKind::ShorterThanSigned, "outside", None);
}
