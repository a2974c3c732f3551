//! A daemon verifies its own archive while entries are added to it.

use super::archive::{Archive, FIRST_SIZE, MESSAGE, Open, SIZE, assert_found};
use crate::log::{Draft, Group, Log};
use crate::record::Class;
use crate::store::rows::Family;
use crate::tlog::TreeSize;
use crate::verify::{FindingKind, Report, Run};

/// Verifies the first entries, and does something after each piece.
fn verified(open: &Open, size: u64, mut meanwhile: impl FnMut()) -> Report {
    let signed = TreeSize::new(size);
    let keyring = Some(&open.keyring);
    let mut run = Run::begin_beside_the_writer(&open.store, keyring, &open.request, signed);
    while run.advance(1, 1, |_| {}) {
        meanwhile();
    }
    run.finish()
}

fn append(log: &Log, open: &Open) {
    let sealed = open
        .keyring
        .seal(Class::Message, "2026-11-21T08:00:00Z".parse().unwrap(), br#"{"v":1}"#)
        .unwrap();
    log.append_blocking(Group::of(Draft::captured(sealed, None))).unwrap();
}

#[test]
fn the_entries_that_were_signed_are_right_while_others_are_added() {
    let archive = Archive::empty();
    archive.grow(FIRST_SIZE);
    let (log, threads) = archive.log();
    let open = archive.over_shared(log.store());
    let report = verified(&open, FIRST_SIZE, || append(&log, &open));
    assert!(report.is_right(), "{report}");
    assert_eq!((report.size, report.signed_size), (FIRST_SIZE, Some(FIRST_SIZE)));
    let counts = report.counts;
    assert_eq!((counts.entries, counts.ids), (FIRST_SIZE, FIRST_SIZE - 3));
    assert_eq!((counts.links, counts.tiles), (1, 2));
    drop((log, open));
    threads.close().unwrap();
}

#[test]
fn damage_is_found_while_others_are_added() {
    let archive = Archive::empty();
    archive.grow(FIRST_SIZE);
    let (log, threads) = archive.log();
    let open = archive.over_shared(log.store());
    append(&log, &open);
    for (family, kind) in
        [(Family::Bodies, FindingKind::Altered), (Family::Headers, FindingKind::DoesNotOpen)]
    {
        let right = open.row_at(family, MESSAGE);
        let mut altered = right.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        open.put_at(family, MESSAGE, &altered);
        let report = verified(&open, FIRST_SIZE, || append(&log, &open));
        assert_found(&report, kind, family.name(), Some(MESSAGE));
        open.put_at(family, MESSAGE, &right);
    }
    // The last entry is vouched for by the one behind it.
    let last = FIRST_SIZE - 1;
    let right = open.row_at(Family::Entries, last);
    let mut altered = right.clone();
    let micros = altered.windows(2).position(|two| two == b"Z\"").unwrap() - 1;
    altered[micros] ^= 1;
    open.put_at(Family::Entries, last, &altered);
    let report = verified(&open, FIRST_SIZE, || append(&log, &open));
    assert_found(&report, FindingKind::Altered, "entries", Some(last));
    open.put_at(Family::Entries, last, &right);
    let id = open.record_at(MESSAGE);
    open.store.delete_raw(Family::Ids, id.as_bytes());
    let report = verified(&open, FIRST_SIZE, || {});
    assert_found(&report, FindingKind::Altered, "ids", None);
    drop((log, open));
    threads.close().unwrap();
}

#[test]
fn all_of_an_archive_that_does_not_grow_is_right_as_well() {
    let archive = Archive::new();
    let open = archive.open();
    for size in [1, 2, 256, FIRST_SIZE, SIZE] {
        let report = verified(&open, size, || {});
        assert!(report.is_right(), "{size}: {report}");
        assert_eq!(report.counts.entries, size);
    }
}
