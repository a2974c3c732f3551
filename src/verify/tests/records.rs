//! What records open to, with the identity.

use super::archive::{Archive, assert_found, assert_only};
use crate::entry::{Event, codec};
use crate::log::{Draft, Group, OnceKey};
use crate::record::Class;
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::rows::Family;
use crate::tlog::Hash;
use crate::verify::{FindingKind, verify};

/// Appends a record of a class with any plaintext, by the log's own path.
fn with_record(class: Class, plaintext: &[u8]) -> Archive {
    let archive = Archive::new();
    let (log, threads) = archive.log();
    let keyring = Keyring::new(std::sync::Arc::clone(log.store()), archive.identity(), vec![]);
    let sealed = keyring.seal(class, "2026-11-21T08:00:00Z".parse().unwrap(), plaintext).unwrap();
    let draft = Draft::captured(sealed, None).once(OnceKey::from_bytes([1; 16]));
    log.append_blocking(Group::of(draft)).unwrap();
    drop((log, keyring));
    threads.close().unwrap();
    archive
}

#[test]
fn a_record_that_is_not_what_its_class_holds_is_found() {
    let message = br#"{"v":1,"class":"message","provider":"meta","field":"messages",
        "origin":"live","body":{"kind":"text"},"raw":{}}"#;
    for (class, plaintext) in [
        (Class::Message, &b"no record"[..]),
        (Class::Status, message),
        (Class::Delivery, b"no line"),
        (Class::Delivery, b"{\"v\":1,\"class\":\"delivery\",\"size\":4}\nxyz"),
    ] {
        let archive = with_record(class, plaintext);
        let report = archive.open().verify();
        assert_only(&report, FindingKind::WrongContent, "bodies", Some(super::archive::SIZE));
        // No digest has such letters.
        assert!(!report.to_string().contains("xyz"), "{report}");
    }
    assert!(with_record(Class::Message, message).open().verify().is_right());
}

#[test]
fn a_medium_announced_and_never_waited_for_is_found() {
    let announcing = br#"{"v":1,"class":"message","provider":"meta","field":"messages",
        "origin":"live","body":{"kind":"image","media":{"id":"1"}},"raw":{}}"#;
    let report = with_record(Class::Message, announcing).open().verify();
    assert_only(&report, FindingKind::Missing, "media_queue", Some(super::archive::SIZE));
}

#[test]
fn a_commitment_that_is_not_the_records_is_found_with_the_identity() {
    let archive = Archive::new();
    let open = archive.open();
    let mut entry = codec::decode(&open.row_at(Family::Entries, 300)).unwrap();
    let Event::Captured { kept, .. } = &mut entry.event else { panic!("not captured") };
    kept.commitment = Hash::from_bytes([4; 32]);
    open.put_at(Family::Entries, 300, &codec::encode(&entry));
    let report = open.verify();
    assert_found(&report, FindingKind::Commitment, "bodies", Some(300));
    assert_found(&report, FindingKind::Altered, "entries", Some(300));
    assert_found(&open.verify_sealed(), FindingKind::Altered, "entries", Some(300));
}

#[test]
fn a_strangers_identity_finds_every_bucket_locked() {
    let archive = Archive::new();
    let open = archive.open();
    let store = std::sync::Arc::clone(&open.store);
    let stranger = Keyring::new(store, ArchiveIdentity::generate(), vec![]);
    let report = verify(&open.store, Some(&stranger), &open.request, |_| {});
    assert_found(&report, FindingKind::DoesNotOpen, "buckets", None);
    assert_eq!(report.findings.len(), 4, "one a bucket: {report}");
    assert_eq!(report.counts.opened, 0);
}
