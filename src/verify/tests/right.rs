//! Archives that are right, and what a report says of them.

use super::archive::{Archive, FIRST_SIZE, ORIGIN, SIZE};
use crate::store::rows::Family;
use crate::tlog::note::SigningKey;
use crate::verify::{Counts, FindingKind, Stage, verify};

#[test]
fn a_right_archive_verifies_to_the_last_row() {
    let archive = Archive::new();
    let open = archive.open();
    let report = open.verify();
    assert!(report.is_right(), "{report}");
    assert_eq!(report.not_checked, []);
    assert_eq!((report.size, report.signed_size), (SIZE, Some(SIZE)));
    let head = open.store.head().unwrap();
    assert_eq!(report.root, Some(head.root.to_string()));
    let sealed = SIZE - 3;
    let expected = Counts {
        entries: SIZE,
        bodies: sealed,
        headers: sealed,
        opened: sealed,
        locked: 0,
        tiles: 2,
        checkpoints: 2,
        cosignatures: 0,
        cosignatures_by_others: 0,
        timestamps: 0,
        buckets: 4,
        ids: sealed,
        links: 1,
        seen: sealed - 1,
        media_queue: 1,
        destroyed: 0,
        governance: 1,
        bytes: report.counts.bytes,
    };
    assert_eq!(report.counts, expected);
}

#[test]
fn without_the_identity_it_says_what_was_not_checked() {
    let archive = Archive::new();
    let mut open = archive.open();
    open.request.key = None;
    open.request.outside.clear();
    let report = open.verify_sealed();
    assert!(report.is_right(), "{report}");
    assert_eq!(report.counts.opened, 0);
    assert_eq!(report.signed_size, None);
    let whys: Vec<_> = report.not_checked.iter().map(|not| not.why.as_str()).collect();
    let options = ["--identity", "--vkey", "--checkpoint"];
    assert_eq!(whys.len(), options.len(), "{report}");
    for (why, option) in whys.iter().zip(options) {
        assert!(why.ends_with(option), "{why}");
    }
}

#[test]
fn empty_and_small_archives_verify() {
    let archive = Archive::empty();
    let report = archive.open_copy(&archive.data()).unwrap().verify();
    assert!(report.is_right(), "{report}");
    assert_eq!((report.size, report.signed_size), (0, None));
    for size in [1, 2, 3, 10, 11] {
        let archive = Archive::empty();
        archive.grow(size);
        let report = archive.open().verify();
        assert!(report.is_right(), "{size}: {report}");
        assert_eq!((report.size, report.signed_size), (size, Some(size)));
    }
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let archive = Archive::new();
    let mut open = archive.open();
    for index in [3, 99, 255, 256, 400, 699] {
        let mut body = open.row_at(crate::store::rows::Family::Bodies, index);
        body[0] ^= 1;
        open.put_at(crate::store::rows::Family::Bodies, index, &body);
        open.delete_at(crate::store::rows::Family::Headers, index);
    }
    let reports: Vec<_> = [1, 2, 5]
        .into_iter()
        .map(|threads| {
            open.request.threads = threads;
            let mut report = open.verify();
            (report.elapsed_ms, report.entries_per_second) = (0, 0);
            serde_json::to_string(&report).unwrap()
        })
        .collect();
    assert!(reports[0].contains(r#""entry":699"#), "{}", reports[0]);
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
}

#[test]
fn progress_ends_at_the_size() {
    let archive = Archive::new();
    let open = archive.open();
    let (mut entries, mut rows) = (0, 0);
    verify(&open.store, None, &open.request, |progress| {
        match progress.stage {
            Stage::Entries => entries = progress.done,
            Stage::Rows => rows = progress.done,
        }
        assert!(progress.done <= progress.of, "{progress:?}");
    });
    assert_eq!((entries, rows), (SIZE, 768));
}

#[test]
fn beside_the_writer_the_archive_of_that_moment_is_verified() {
    let archive = Archive::empty();
    archive.grow(FIRST_SIZE);
    let (log, threads) = archive.log();
    let reader = archive.open_copy(&archive.data()).unwrap();
    let report = reader.verify();
    assert!(report.is_right(), "{report}");
    assert_eq!(report.size, FIRST_SIZE);
    drop(log);
    threads.close().unwrap();
}

#[test]
fn the_text_and_the_json_name_entry_family_and_kind() {
    let archive = Archive::new();
    let open = archive.open();
    let mut body = open.row_at(crate::store::rows::Family::Bodies, 77);
    body[9] ^= 0x10;
    open.put_at(crate::store::rows::Family::Bodies, 77, &body);
    let report = open.verify();
    let text = report.to_string();
    assert!(text.contains("FOUND        entry 77 (bodies): altered: "), "{text}");
    assert!(text.ends_with("The archive is NOT right: 1 finding.\n"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["right"], false);
    assert_eq!(json["findings"][0]["place"], serde_json::json!({"entry": 77, "rows": "bodies"}));
    assert_eq!(json["findings"][0]["kind"], "altered");
}

#[test]
fn the_archive_of_another_log_or_key_is_not_right() {
    let archive = Archive::new();
    let mut open = archive.open();
    open.request.key =
        Some(SigningKey::generate(ORIGIN.parse().unwrap()).unwrap().verifier().clone());
    let report = open.verify();
    super::archive::assert_found(&report, FindingKind::BadSignature, "checkpoints", None);
    super::archive::assert_found(&report, FindingKind::BadSignature, "outside", None);
    assert_eq!(report.signed_size, None);

    drop(open);
    let mut open = archive.open();
    open.request.origin = "archive.example/another".to_owned();
    let report = open.verify();
    super::archive::assert_found(&report, FindingKind::OtherLog, "entries", Some(0));
    super::archive::assert_found(&report, FindingKind::OtherLog, "checkpoints", None);
}

#[test]
fn an_end_that_no_checkpoint_covers_is_told_unless_a_daemon_will_sign_it() {
    let archive = Archive::new();
    let told = |mut open: super::archive::Open| {
        open.request.outside.clear();
        let report = open.verify();
        assert!(report.is_right(), "{report}");
        assert_eq!(report.signed_size, Some(FIRST_SIZE));
        report.not_checked.iter().any(|not| not.why.contains("the last 100"))
    };
    let open = archive.open();
    open.delete_at(Family::Checkpoints, SIZE);
    assert!(!told(open), "while it is being written");
    assert!(told(archive.open_copy(&archive.data()).unwrap()), "afterwards");
}
