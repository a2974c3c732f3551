//! Each family of rows: bits flipped, rows deleted, swapped, put where none belong.

use super::archive::{
    ACCESSED, Archive, DELIVERY, LINKED, LINKED_MESSAGE, MEDIUM, MESSAGE, MISSED, Open, SIZE,
    WAITING_MESSAGE, assert_found, assert_only,
};
use crate::store::rows::{Family, link_key, tile_key};
use crate::tlog::tile::Coordinate;
use crate::verify::{FindingKind, Report};

/// Damages a new archive, verifies it with and without the identity, and gives
/// out the report of each.
fn damaged(damage: impl Fn(&Open)) -> [Report; 2] {
    let archive = Archive::new();
    let open = archive.open();
    damage(&open);
    [open.verify(), open.verify_sealed()]
}

fn flipped(open: &Open, family: Family, key: &[u8], at: usize) {
    let mut value = open.row(family, key);
    value[at] ^= 1;
    open.store.put_raw(family, key, &value);
}

#[test]
fn a_body_that_is_altered_gone_or_cut_is_found() {
    for report in damaged(|open| flipped(open, Family::Bodies, &300_u64.to_be_bytes(), 100)) {
        assert_only(&report, FindingKind::Altered, "bodies", Some(300));
    }
    for report in damaged(|open| open.delete_at(Family::Bodies, ACCESSED)) {
        assert_only(&report, FindingKind::Missing, "bodies", Some(ACCESSED));
    }
    for report in damaged(|open| open.put_at(Family::Bodies, MEDIUM, b"short")) {
        assert_only(&report, FindingKind::Altered, "bodies", Some(MEDIUM));
    }
}

#[test]
fn two_bodies_swapped_are_found_in_both_places() {
    for report in damaged(|open| {
        let (one, other) = (open.row_at(Family::Bodies, 20), open.row_at(Family::Bodies, 30));
        open.put_at(Family::Bodies, 20, &other);
        open.put_at(Family::Bodies, 30, &one);
    }) {
        assert_found(&report, FindingKind::Altered, "bodies", Some(20));
        assert_found(&report, FindingKind::Altered, "bodies", Some(30));
        assert_eq!(report.findings.len(), 2, "{report}");
    }
}

#[test]
fn a_header_that_is_gone_or_of_another_form_is_found() {
    for report in damaged(|open| open.delete_at(Family::Headers, 300)) {
        assert_only(&report, FindingKind::Missing, "headers", Some(300));
    }
    for report in damaged(|open| open.put_at(Family::Headers, 300, b"age-encryption.org/v2\n")) {
        assert_only(&report, FindingKind::Altered, "headers", Some(300));
    }
}

#[test]
fn a_header_of_another_record_is_found_with_the_identity() {
    let [opened, sealed] = damaged(|open| {
        let other = open.row_at(Family::Headers, 31);
        open.put_at(Family::Headers, 30, &other);
    });
    assert_only(&opened, FindingKind::DoesNotOpen, "headers", Some(30));
    assert!(sealed.is_right(), "only the identity can tell: {sealed}");
}

#[test]
fn rows_of_an_entry_that_binds_nothing_are_found() {
    for report in damaged(|open| {
        open.put_at(Family::Bodies, LINKED, b"something");
        open.put_at(Family::Headers, MISSED, b"something");
        open.put_at(Family::MediaQueue, LINKED, b"{}");
    }) {
        assert_found(&report, FindingKind::Orphan, "bodies", Some(LINKED));
        assert_found(&report, FindingKind::Orphan, "headers", Some(MISSED));
        assert_found(&report, FindingKind::Orphan, "media_queue", Some(LINKED));
    }
}

#[test]
fn rows_under_alien_keys_are_found_in_every_family() {
    for family in Family::ALL {
        for key in [&b"x"[..], &[0, 0, 0, 0, 0, 0, 1, 1, 1], &[0xff; 40]] {
            for report in damaged(|open| open.store.put_raw(family, key, b"alien")) {
                let named = report.findings.iter().any(|finding| {
                    finding.place.rows == family.name()
                        && finding.place.key.as_ref() == Some(&hex::encode(key))
                });
                assert!(named, "{key:?} in {family:?}: {report}");
                assert_eq!(report.findings.len(), 1, "{key:?} in {family:?}: {report}");
            }
        }
    }
}

#[test]
fn rows_behind_the_end_are_found() {
    for report in damaged(|open| {
        for index in [SIZE, SIZE + 1, u64::MAX] {
            open.put_at(Family::Entries, index, &open.row_at(Family::Entries, 9));
        }
        open.put_at(Family::Bodies, SIZE, b"body");
        open.put_at(Family::Headers, SIZE + 7, b"header");
        open.store.put_raw(Family::Tiles, &tile_key(Coordinate::leaves(2)), &[0; 8192]);
        let above = Coordinate { level: 1, number: 0 };
        open.store.put_raw(Family::Tiles, &tile_key(above), &[0; 8192]);
    }) {
        // Two that follow each other are one finding.
        for index in [SIZE, u64::MAX] {
            assert_found(&report, FindingKind::Orphan, "entries", Some(index));
        }
        assert_found(&report, FindingKind::Orphan, "bodies", Some(SIZE));
        assert_found(&report, FindingKind::Orphan, "headers", Some(SIZE + 7));
        assert_found(&report, FindingKind::Orphan, "tiles", None);
        assert_eq!(report.findings.len(), 6, "{report}");
    }
}

#[test]
fn the_row_of_an_id_must_lead_to_the_records_entry() {
    for report in damaged(|open| {
        let id = open.record_at(MESSAGE);
        open.store.put_raw(Family::Ids, id.as_bytes(), &DELIVERY.to_be_bytes());
        open.store.delete_raw(Family::Ids, open.record_at(50).as_bytes());
        open.store.put_raw(Family::Ids, &[7; 16], &60_u64.to_be_bytes());
    }) {
        assert_found(&report, FindingKind::Altered, "ids", Some(MESSAGE));
        assert_found(&report, FindingKind::Missing, "ids", Some(50));
        assert_found(&report, FindingKind::Orphan, "ids", None);
        assert_eq!(report.findings.len(), 3, "{report}");
    }
}

#[test]
fn the_row_of_a_link_must_say_what_its_entry_says() {
    let key = |open: &Open| link_key(open.record_at(LINKED_MESSAGE), open.record_at(MEDIUM));
    for report in damaged(|open| open.store.put_raw(Family::Links, &key(open), &[0])) {
        assert_only(&report, FindingKind::Altered, "links", Some(LINKED));
    }
    for report in damaged(|open| open.store.delete_raw(Family::Links, &key(open))) {
        assert_only(&report, FindingKind::Missing, "links", Some(LINKED));
    }
    for report in damaged(|open| open.store.put_raw(Family::Links, &[3; 32], &[1])) {
        assert_only(&report, FindingKind::Orphan, "links", None);
    }
    for report in damaged(|open| open.store.put_raw(Family::Links, &key(open), &[2])) {
        assert_found(&report, FindingKind::Malformed, "links", None);
    }
}

#[test]
fn each_captured_record_has_one_mark() {
    let rows = |open: &Open| open.store.rows_raw(Family::Seen);
    for report in damaged(|open| {
        let rows = rows(open);
        let of = |index: u64| {
            let found = rows.iter().find(|(_, value)| *value == index.to_be_bytes());
            found.unwrap().0.clone()
        };
        open.store.put_raw(Family::Seen, &of(40), &41_u64.to_be_bytes());
        open.store.delete_raw(Family::Seen, &of(50));
        open.store.put_raw(Family::Seen, &[9; 16], &LINKED.to_be_bytes());
        open.store.put_raw(Family::Seen, &[8; 16], &u64::MAX.to_be_bytes());
    }) {
        assert_found(&report, FindingKind::Missing, "seen", Some(40));
        assert_found(&report, FindingKind::Altered, "seen", Some(41));
        assert_found(&report, FindingKind::Missing, "seen", Some(50));
        assert_found(&report, FindingKind::Orphan, "seen", None);
        assert_eq!(report.findings.len(), 6, "{report}");
    }
}

#[test]
fn a_wait_for_a_medium_must_be_one() {
    let [opened, sealed] = damaged(|open| open.delete_at(Family::MediaQueue, WAITING_MESSAGE));
    assert_only(&opened, FindingKind::Missing, "media_queue", Some(WAITING_MESSAGE));
    assert!(sealed.is_right(), "only the identity can tell: {sealed}");

    let [opened, _] = damaged(|open| {
        let task = open.row_at(Family::MediaQueue, WAITING_MESSAGE);
        open.put_at(Family::MediaQueue, LINKED_MESSAGE, &task);
        open.put_at(Family::MediaQueue, 100, &task);
    });
    assert_found(&opened, FindingKind::Orphan, "media_queue", Some(LINKED_MESSAGE));
    assert_found(&opened, FindingKind::Orphan, "media_queue", Some(100));
    assert_eq!(opened.findings.len(), 2, "{opened}");

    for report in damaged(|open| open.put_at(Family::MediaQueue, WAITING_MESSAGE, b"{}")) {
        assert_only(&report, FindingKind::Altered, "media_queue", Some(WAITING_MESSAGE));
    }
}

#[test]
fn a_tile_that_is_altered_gone_or_cut_is_found() {
    let key = tile_key(Coordinate::leaves(1));
    for report in damaged(|open| flipped(open, Family::Tiles, &key, 5 * 32 + 3)) {
        assert_only(&report, FindingKind::Altered, "tiles", Some(256 + 5));
    }
    for report in damaged(|open| open.store.delete_raw(Family::Tiles, &key)) {
        assert_only(&report, FindingKind::Missing, "tiles", None);
    }
    for cut in [0, 32, 8191] {
        for report in damaged(|open| {
            let row = open.row(Family::Tiles, &key);
            open.store.put_raw(Family::Tiles, &key, &row[..cut]);
        }) {
            assert_only(&report, FindingKind::Altered, "tiles", None);
        }
    }
}

#[test]
fn a_buckets_key_that_is_altered_gone_or_locked_is_found() {
    let name = b"message-2026-11.1";
    for report in damaged(|open| open.store.delete_raw(Family::Buckets, name)) {
        assert_only(&report, FindingKind::Missing, "buckets", None);
    }
    for report in damaged(|open| open.store.put_raw(Family::Buckets, name, b"gone")) {
        assert_only(&report, FindingKind::Altered, "buckets", None);
    }
    let [opened, sealed] = damaged(|open| {
        let length = open.row(Family::Buckets, name).len();
        flipped(open, Family::Buckets, name, length - 1);
    });
    assert_only(&opened, FindingKind::DoesNotOpen, "buckets", None);
    assert_eq!(opened.counts.locked, SIZE - 3 - 3);
    assert!(sealed.is_right(), "only the identity can tell: {sealed}");
}
