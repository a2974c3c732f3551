//! Only what came after a checkpoint is read.

use super::archive::{Archive, FIRST_SIZE, ORIGIN, Open, SIZE, assert_found, assert_only};
use crate::store::rows::Family;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::SigningKey;
use crate::tlog::{Hash, TreeSize};
use crate::verify::{FindingKind, OutsideCheckpoint};

/// The tile that the first checkpoint's last entry is in begins here.
const FROM: u64 = 512;

/// An archive of which the first entries were verified, up to the first checkpoint.
fn opened(archive: &Archive) -> Open {
    let mut open = archive.open();
    let note = open.row(Family::Checkpoints, &FIRST_SIZE.to_be_bytes());
    open.request.since = Some(OutsideCheckpoint { name: "daily".to_owned(), note });
    open
}

fn signed(size: u64, root: Hash, key: &SigningKey) -> OutsideCheckpoint {
    let checkpoint = Checkpoint::new(ORIGIN, TreeSize::new(size), root).unwrap();
    let note = checkpoint::sign(&checkpoint, key).into_bytes();
    OutsideCheckpoint { name: "daily".to_owned(), note }
}

#[test]
fn only_the_newer_entries_are_read_and_joined_to_the_older() {
    let archive = Archive::new();
    let open = opened(&archive);
    let whole = {
        let mut open = archive.over(crate::store::Store::open_read_only(&archive.data()).unwrap());
        open.request.since = None;
        open.verify()
    };
    for report in [open.verify(), open.verify_sealed()] {
        assert!(report.is_right(), "{report}");
        assert_eq!((report.size, report.from), (SIZE, FROM));
        assert_eq!(report.counts.entries, SIZE - FROM);
        assert_eq!(report.counts.bodies, SIZE - FROM);
        assert_eq!(report.counts.ids, SIZE - FROM);
        assert_eq!((report.root.clone(), report.signed_size), (whole.root.clone(), Some(SIZE)));
        let text = report.to_string();
        assert!(text.contains("not checked  the first 512 entries"), "{text}");
        assert!(text.contains("the checkpoint daily of 600 entries of 2026-11-21T08:00"), "{text}");
    }
    let report = open.verify();
    assert!(report.is_complete(), "{report}");
    assert!(report.to_string().contains("Everything from entry 512 on was checked"), "{report}");
    assert!(!open.verify_sealed().is_complete(), "without the identity not even that");
}

#[test]
fn each_row_of_a_newer_entry_is_checked() {
    let archive = Archive::new();
    let open = opened(&archive);
    let index = SIZE - 50;
    for family in [Family::Entries, Family::Bodies, Family::Headers] {
        let right = open.row_at(family, index);
        let mut altered = right.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        open.put_at(family, index, &altered);
        assert!(!open.verify().is_right(), "{}", family.name());
        open.delete_at(family, index);
        assert_found(&open.verify(), FindingKind::Missing, family.name(), Some(index));
        open.put_at(family, index, &right);
    }
    let id = open.record_at(index);
    let right = open.row(Family::Ids, id.as_bytes());
    open.store.put_raw(Family::Ids, id.as_bytes(), &7_u64.to_be_bytes());
    assert_only(&open.verify(), FindingKind::Altered, "ids", Some(index));
    open.store.delete_raw(Family::Ids, id.as_bytes());
    assert_only(&open.verify(), FindingKind::Missing, "ids", Some(index));
    open.store.put_raw(Family::Ids, id.as_bytes(), &right);
    open.put_at(Family::Bodies, SIZE + 3, b"behind the end");
    assert_only(&open.verify(), FindingKind::Orphan, "bodies", Some(SIZE + 3));
}

#[test]
fn older_entries_are_left_alone_but_their_tiles_must_lead_to_the_checkpoint() {
    let archive = Archive::new();
    let open = opened(&archive);
    let mut body = open.row_at(Family::Bodies, 40);
    body[0] ^= 1;
    open.put_at(Family::Bodies, 40, &body);
    let report = open.verify();
    assert!(report.is_right(), "it was verified before: {report}");
    let mut tile = open.row(Family::Tiles, &[0; 9]);
    let right = tile.clone();
    tile[40] ^= 1;
    open.store.put_raw(Family::Tiles, &[0; 9], &tile);
    assert_found(&open.verify(), FindingKind::WrongRoot, "outside", None);
    open.store.put_raw(Family::Tiles, &[0; 9], &tile[1..]);
    assert_found(&open.verify(), FindingKind::Altered, "tiles", None);
    open.store.delete_raw(Family::Tiles, &[0; 9]);
    let report = open.verify();
    assert_found(&report, FindingKind::Missing, "tiles", None);
    assert_eq!(report.counts.entries, SIZE - FROM, "what is new was read all the same");
    open.store.put_raw(Family::Tiles, &[0; 9], &right);
    assert!(open.verify().is_right());
}

#[test]
fn a_checkpoint_of_no_use_is_a_finding_and_never_a_full_pass() {
    let archive = Archive::new();
    let mut open = opened(&archive);
    let key = archive.signing_key();
    let stranger = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    let (root, other) = (open.store.head().unwrap().root, Hash::from_bytes([1; 32]));
    let unread = OutsideCheckpoint { name: "daily".to_owned(), note: b"no note".to_vec() };
    for (since, kind) in [
        (signed(SIZE, root, &stranger), FindingKind::BadSignature),
        (signed(SIZE + 1, root, &key), FindingKind::ShorterThanSigned),
        (unread, FindingKind::Malformed),
    ] {
        open.request.since = Some(since);
        let report = open.verify();
        assert_only(&report, kind, "outside", None);
        assert_eq!((report.counts.entries, report.root.clone()), (0, None), "{report}");
        assert!(report.to_string().contains("not checked  any entry"), "{report}");
    }
    // Well signed, but of another history: what is new is read, and does not fit.
    for size in [1, FIRST_SIZE, SIZE] {
        open.request.since = Some(signed(size, other, &key));
        assert_found(&open.verify(), FindingKind::WrongRoot, "outside", None);
    }
    open.request.since = Some(signed(SIZE, root, &key));
    open.request.key = None;
    assert_found(&open.verify(), FindingKind::BadSignature, "outside", None);
}

#[test]
fn checkpoints_from_before_are_proved_to_be_continued() {
    let archive = Archive::new();
    let mut open = opened(&archive);
    let key = archive.signing_key();
    let root_at = |size: u64| {
        let mut tree = crate::tlog::tree::Edge::empty();
        for index in 0..size {
            let leaf = open.row_at(Family::Entries, index);
            tree.push(crate::tlog::leaf_hash(&leaf));
        }
        tree.root()
    };
    let older: Vec<_> =
        [1, 255, 256, 300, FROM].map(|size| signed(size, root_at(size), &key)).to_vec();
    open.request.outside.extend(older);
    let report = open.verify();
    assert!(report.is_right(), "{report}");
    open.request.outside.push(signed(300, Hash::from_bytes([1; 32]), &key));
    assert_only(&open.verify(), FindingKind::WrongRoot, "outside", None);
}

#[test]
fn nothing_new_is_right_too() {
    let archive = Archive::new();
    let mut open = opened(&archive);
    let note = open.row(Family::Checkpoints, &SIZE.to_be_bytes());
    open.request.since = Some(OutsideCheckpoint { name: "daily".to_owned(), note });
    let report = open.verify();
    assert!(report.is_right() && report.is_complete(), "{report}");
    assert_eq!(report.from, FROM);
}
