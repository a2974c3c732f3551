//! What entries say was destroyed, and what is and is not there.

use super::archive::{
    ACCESSED, Archive, DELIVERY, LINKED, LINKED_MESSAGE, MEDIUM, MESSAGE, MISSED, Open, SIZE,
    WAITING_MESSAGE, assert_found, assert_only,
};
use crate::entry::Ranges;
use crate::log::{Draft, Group};
use crate::record::RecordId;
use crate::store::Commit;
use crate::store::rows::{Family, index_key};
use crate::tlog::{LeafIndex, TreeSize};
use crate::verify::{BadState, FindingKind, OutsideCheckpoint, Run};

/// Records of every kind, some in a row.
const GONE: [u64; 9] =
    [DELIVERY, MESSAGE, LINKED_MESSAGE, WAITING_MESSAGE, MEDIUM, ACCESSED, 300, 301, 302];

impl Archive {
    /// Writes an entry that says that records were destroyed, and has it signed.
    fn say_destroyed(&self, entries: &[u64]) {
        let (log, threads) = self.log();
        for entries in Ranges::covering(entries.iter().copied().map(LeafIndex::new)) {
            let draft = Draft::destroyed(RecordId::from_bytes([5; 16]), entries);
            log.append_blocking(Group::of(draft)).unwrap();
        }
        drop(log);
        threads.close().unwrap();
    }

    /// Has records destroyed in all that it takes.
    fn destroy(&self, entries: &[u64]) {
        self.say_destroyed(entries);
        self.open().delete(entries);
    }
}

impl Open {
    fn delete(&self, entries: &[u64]) {
        let indices: Vec<_> = entries.iter().copied().map(LeafIndex::new).collect();
        let mut commit = Commit::default();
        indices.iter().for_each(|index| commit.destroy_sealed(*index));
        self.store.commit(commit).unwrap();
        self.store.delete_seen_of(&indices).unwrap();
        let buckets = ["access", "delivery", "medium", "message"];
        let buckets = buckets.map(|class| format!("{class}-2026-11")).into_iter().collect();
        self.keyring.rekey(&buckets).unwrap();
        self.store.compact_destroyed(indices[0], indices[indices.len() - 1]).unwrap();
    }
}

#[test]
fn what_was_destroyed_and_said_to_be_is_right_and_counted() {
    let archive = Archive::new();
    archive.destroy(&GONE);
    let open = archive.open();
    for report in [open.verify(), open.verify_sealed()] {
        assert!(report.is_right(), "{report}");
        let (counts, gone) = (report.counts, GONE.len() as u64);
        assert_eq!(counts.destroyed, gone);
        // All but the beginning, a link, a miss, and what says what was destroyed.
        assert_eq!((counts.bodies, counts.headers), (SIZE + 1 - 4 - gone, SIZE + 1 - 4 - gone));
        // The opening that was destroyed had no mark.
        assert_eq!((counts.ids, counts.seen), (SIZE - 3, SIZE - 4 - (gone - 1)));
        assert_eq!((counts.media_queue, counts.governance), (0, 2));
        assert!(report.to_string().contains(", 9 destroyed, as entries say"), "{report}");
    }
    let report = open.verify();
    assert!(report.is_complete(), "{report}");
    // Of other buckets than the messages' nothing is left.
    assert_eq!(report.counts.buckets, 1);
}

#[test]
fn a_record_that_is_gone_and_that_no_entry_names_is_found() {
    let archive = Archive::new();
    archive.destroy(&GONE);
    let open = archive.open();
    open.delete_at(Family::Headers, 303);
    open.delete_at(Family::Bodies, 299);
    for report in [open.verify(), open.verify_sealed()] {
        assert_found(&report, FindingKind::Missing, "headers", Some(303));
        assert_found(&report, FindingKind::Missing, "bodies", Some(299));
        assert_eq!(report.findings.len(), 2, "{report}");
    }
}

#[test]
fn rows_of_what_is_said_to_be_destroyed_are_found() {
    let archive = Archive::new();
    archive.say_destroyed(&GONE);
    let open = archive.open();
    for report in [open.verify(), open.verify_sealed()] {
        for entry in [DELIVERY, WAITING_MESSAGE, MEDIUM, ACCESSED, 300] {
            let of_entry = |finding: &&crate::verify::Finding| {
                let place = &finding.place;
                let first = place.entry.unwrap_or(u64::MAX);
                finding.kind == FindingKind::NotDestroyed
                    && (first..=place.through.unwrap_or(first)).contains(&entry)
            };
            let rows: Vec<_> =
                report.findings.iter().filter(of_entry).map(|at| at.place.rows.clone()).collect();
            assert!(rows.contains(&"headers".into()), "{entry}: {report}");
            assert!(rows.contains(&"bodies".into()), "{entry}: {report}");
            assert_eq!(rows.contains(&"seen".into()), entry != ACCESSED, "{entry}: {report}");
            assert_eq!(rows.contains(&"media_queue".into()), entry == WAITING_MESSAGE, "{entry}");
        }
        let all = |kind| report.findings.iter().all(|finding| finding.kind == kind);
        assert!(all(FindingKind::NotDestroyed), "{report}");
    }
    // Each kind of row by itself.
    let header = open.row_at(Family::Headers, 301);
    open.delete(&GONE);
    assert!(open.verify().is_right());
    open.put_at(Family::Headers, 301, &header);
    assert_only(&open.verify(), FindingKind::NotDestroyed, "headers", Some(301));
    open.delete_at(Family::Headers, 301);
    open.store.put_raw(Family::Seen, &[7; 16], &301_u64.to_be_bytes());
    assert_only(&open.verify(), FindingKind::NotDestroyed, "seen", Some(301));
}

#[test]
fn a_destruction_of_what_never_was_or_is_yet_to_come_is_found() {
    let archive = Archive::new();
    archive.say_destroyed(&[LINKED, MISSED]);
    let open = archive.open();
    for report in [open.verify(), open.verify_sealed()] {
        assert_found(&report, FindingKind::WrongContent, "entries", Some(LINKED));
        assert_eq!(report.findings.len(), 1, "two that follow each other are one: {report}");
    }
    drop(open);
    let archive = Archive::new();
    archive.say_destroyed(&[300]);
    let open = archive.open();
    let leaf = String::from_utf8(open.row_at(Family::Entries, SIZE)).unwrap();
    open.delete_at(Family::Headers, 300);
    for named in [SIZE, SIZE + 40] {
        let later = leaf.replace("\"entries\":\"300\"", &format!("\"entries\":\"300,{named}\""));
        assert_ne!(leaf, later);
        open.put_at(Family::Entries, SIZE, later.as_bytes());
        let report = open.verify_sealed();
        assert_found(&report, FindingKind::Malformed, "entries", Some(SIZE));
        // And it excuses nothing.
        assert_found(&report, FindingKind::Missing, "headers", Some(300));
    }
}

#[test]
fn two_entries_may_name_the_same_record() {
    let archive = Archive::new();
    archive.say_destroyed(&[300, 301]);
    archive.destroy(&[301, 302]);
    let open = archive.open();
    open.delete(&[300]);
    let report = open.verify();
    assert!(report.is_right(), "{report}");
    assert_eq!(report.counts.destroyed, 3);
}

#[test]
fn since_a_checkpoint_what_was_destroyed_of_before_is_checked_too() {
    let archive = Archive::new();
    let note = archive.open().row(Family::Checkpoints, &SIZE.to_be_bytes());
    archive.say_destroyed(&GONE);
    archive.grow(SIZE + 300);
    let mut open = archive.open();
    open.request.since = Some(OutsideCheckpoint { name: "daily".to_owned(), note });
    assert_found(&open.verify(), FindingKind::NotDestroyed, "headers", Some(DELIVERY));
    open.delete(&GONE);
    // Of what is newer, too.
    let report = open.verify();
    assert!(report.is_right(), "{report}");
    assert_eq!(report.counts.destroyed, 0, "what is older was left alone");
    drop(open);
    let newer = SIZE + 200;
    archive.destroy(&[newer]);
    let mut open = archive.open();
    let note = open.row(Family::Checkpoints, &SIZE.to_be_bytes());
    open.request.since = Some(OutsideCheckpoint { name: "daily".to_owned(), note });
    let report = open.verify();
    assert!(report.is_right(), "{report}");
    assert_eq!(report.counts.destroyed, 1);
}

#[test]
fn a_verification_is_not_gone_on_with_after_records_were_destroyed() {
    let archive = Archive::new();
    archive.destroy(&[300]);
    let open = archive.open();
    let mut run = Run::begin(&open.store, Some(&open.keyring), &open.request);
    run.advance(1, 1, |_| {});
    let state = run.save();
    let mut run = Run::resume(&open.store, Some(&open.keyring), &open.request, &state).unwrap();
    while run.advance(1, 1, |_| {}) {}
    assert!(run.finish().is_right());
    drop(open);
    archive.destroy(&[301]);
    let open = archive.open();
    let refused = Run::resume(&open.store, Some(&open.keyring), &open.request, &state).unwrap_err();
    assert!(matches!(refused, BadState::Destroyed), "{refused}");
}

#[test]
fn beside_the_writer_a_destruction_at_any_moment_is_no_finding() {
    // Before which piece of the work each step of the destruction is made.
    for said in 0..3 {
        for deleted in said..4 {
            let archive = Archive::new();
            let (log, threads) = archive.log();
            let open = archive.over_shared(log.store());
            let signed = TreeSize::new(SIZE);
            let keyring = Some(&open.keyring);
            let mut run = Run::begin_beside_the_writer(&open.store, keyring, &open.request, signed);
            let mut piece = 0;
            loop {
                if piece == said {
                    for entries in Ranges::covering(GONE.map(LeafIndex::new)) {
                        let draft = Draft::destroyed(RecordId::from_bytes([5; 16]), entries);
                        log.append_blocking(Group::of(draft)).unwrap();
                    }
                }
                if piece == deleted {
                    open.delete(&GONE);
                }
                piece += 1;
                // The first piece is all entries, the others are rows.
                if !run.advance(1, if piece == 1 { 1 } else { 200 }, |_| {}) {
                    break;
                }
            }
            let report = run.finish();
            assert!(report.is_right(), "said before {said}, deleted before {deleted}: {report}");
            drop((open, log));
            threads.close().unwrap();
        }
    }
}

#[test]
fn marks_of_entries_that_govern_are_checked() {
    let archive = Archive::new();
    archive.destroy(&[300]);
    let open = archive.open();
    let mark = |index: u64| index_key(LeafIndex::new(index));
    open.store.put_raw(Family::Governance, &mark(MESSAGE), &[]);
    assert_only(&open.verify(), FindingKind::Orphan, "governance", Some(MESSAGE));
    open.store.delete_raw(Family::Governance, &mark(MESSAGE));
    open.store.put_raw(Family::Governance, &mark(SIZE), &[1]);
    assert_only(&open.verify(), FindingKind::Altered, "governance", Some(SIZE));
    open.store.delete_raw(Family::Governance, &mark(SIZE));
    assert_found(&open.verify(), FindingKind::Missing, "governance", Some(SIZE));
    // An archive of a build that marked nothing has no first mark, and no such entry.
    open.store.delete_raw(Family::Governance, &mark(0));
    assert_found(&open.verify(), FindingKind::Missing, "governance", Some(SIZE));
    open.store.put_raw(Family::Governance, &mark(SIZE), &[]);
    assert!(open.verify().is_right());
}

#[test]
fn a_key_that_was_destroyed_and_its_share_that_was_not_are_told_apart() {
    let archive = Archive::new();
    archive.destroy(&[MEDIUM]);
    let open = archive.open();
    assert_eq!(open.row(Family::Buckets, b"medium-2026-11.1"), b"");
    let share = open.keyring.shares().path("medium-2026-11.1");
    std::fs::File::create(&share).unwrap();
    assert_only(&open.verify(), FindingKind::NotDestroyed, "buckets", None);
    assert!(open.verify_sealed().is_right(), "only the identity's folder can tell");
    std::fs::remove_file(&share).unwrap();
    // The key of records that are there, emptied.
    open.store.put_raw(Family::Buckets, b"message-2026-11.2", b"");
    assert_found(&open.verify_sealed(), FindingKind::Missing, "buckets", None);
}

#[test]
fn a_missing_share_is_told_once_of_its_bucket_with_the_files_name() {
    let archive = Archive::new();
    let open = archive.open();
    let share = open.keyring.shares().path("message-2026-11.1");
    std::fs::remove_file(&share).unwrap();
    let report = open.verify();
    assert_only(&report, FindingKind::DoesNotOpen, "buckets", None);
    assert!(report.to_string().contains(&share.display().to_string()), "{report}");
    assert_eq!(report.counts.locked, SIZE - 3 - 3);
}
