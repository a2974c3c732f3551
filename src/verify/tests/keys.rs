//! A log that was handed to another key.

use super::archive::{Archive, ORIGIN, Open, assert_found, assert_only};
use crate::entry::{Entry, Event, HandOver, KeyChain, codec};
use crate::store::rows::{Family, KEYS};
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{SigningKey, VerifierKey};
use crate::tlog::{LeafIndex, TreeSize, leaf_hash};
use crate::verify::FindingKind;

const HANDED_OVER_AT: u64 = 20;

fn new_key() -> SigningKey {
    SigningKey::generate(ORIGIN.parse().unwrap()).unwrap()
}

/// An archive of 30 entries, handed over in the middle; and its first key.
fn rotated() -> (Archive, VerifierKey) {
    let archive = Archive::empty();
    archive.grow(HANDED_OVER_AT);
    let old = archive.signing_key();
    let new = new_key();
    let (log, threads) = archive.log();
    assert_eq!(log.hand_over(&old, &new).unwrap(), LeafIndex::new(HANDED_OVER_AT));
    drop(log);
    threads.close().unwrap();
    let archive = archive.signed_by(&new);
    archive.grow(30);
    (archive, old.verifier().clone())
}

fn trusting(archive: &Archive, key: VerifierKey) -> Open {
    let mut open = archive.open();
    open.request.key = Some(key);
    open
}

#[test]
fn whoever_trusts_either_key_verifies_everything() {
    let (archive, old) = rotated();
    for key in [old, archive.signing_key().verifier().clone()] {
        let report = trusting(&archive, key).verify();
        assert!(report.is_right() && report.not_checked.is_empty(), "{report}");
        assert_eq!(report.signed_size, Some(30));
    }
}

#[test]
fn a_stranger_key_verifies_nothing() {
    let (archive, _) = rotated();
    let report = trusting(&archive, new_key().verifier().clone()).verify();
    assert_found(&report, FindingKind::BadSignature, "checkpoints", None);
    assert_eq!(report.signed_size, None);
}

#[test]
fn a_list_of_keys_that_is_gone_or_altered_is_found() {
    let (archive, old) = rotated();
    let open = trusting(&archive, old.clone());
    let listed = open.row(Family::State, KEYS);
    open.store.delete_raw(Family::State, KEYS);
    let report = open.verify();
    assert_found(&report, FindingKind::Orphan, "entries", Some(HANDED_OVER_AT));
    assert_found(&report, FindingKind::BadSignature, "checkpoints", None);

    let mut other = KeyChain::new(old.clone());
    let hand_over = HandOver::sign(LeafIndex::new(7), &new_key(), &new_key()).unwrap();
    assert!(other.extend(&hand_over).is_err());
    let text = format!("0 {old}\n7 {}\n", archive.signing_key().verifier());
    open.store.put_raw(Family::State, KEYS, text.as_bytes());
    assert_found(&open.verify(), FindingKind::Altered, "state", None);

    open.store.put_raw(Family::State, KEYS, b"no list");
    assert_found(&open.verify(), FindingKind::Unreadable, "state", None);
    open.store.put_raw(Family::State, KEYS, &listed);
    assert!(open.verify().is_right());
}

#[test]
fn a_list_of_keys_in_a_log_that_never_changed_its_key_is_found() {
    let archive = Archive::empty();
    archive.grow(5);
    let open = archive.open();
    let text = format!("0 {}\n3 {}\n", new_key().verifier(), new_key().verifier());
    open.store.put_raw(Family::State, KEYS, text.as_bytes());
    assert_only(&open.verify(), FindingKind::Altered, "state", None);
}

#[test]
fn the_old_key_signs_no_tree_that_holds_the_hand_over() {
    let archive = Archive::empty();
    archive.grow(HANDED_OVER_AT);
    let old = archive.signing_key();
    let (archive, new) = {
        let new = new_key();
        let (log, threads) = archive.log();
        log.hand_over(&old, &new).unwrap();
        drop(log);
        threads.close().unwrap();
        (archive.signed_by(&new), new)
    };
    archive.grow(25);
    let open = archive.open();
    let root = open.store.head().unwrap().root;
    let stated = Checkpoint::new(ORIGIN, TreeSize::new(25), root).unwrap();
    let key = 25_u64.to_be_bytes();
    let by_new = checkpoint::sign(&stated, &new);
    assert_eq!(open.row(Family::Checkpoints, &key), by_new.as_bytes());
    open.store.put_raw(Family::Checkpoints, &key, checkpoint::sign(&stated, &old).as_bytes());
    assert_found(&open.verify(), FindingKind::BadSignature, "checkpoints", None);
}

#[test]
fn an_entry_that_hands_the_log_over_twice_is_found() {
    let (archive, _) = rotated();
    let open = archive.open();
    let last: Entry = codec::decode(&open.row_at(Family::Entries, 29)).unwrap();
    let hand_over = HandOver::sign(LeafIndex::new(29), &new_key(), &new_key()).unwrap();
    let planted = Entry { event: Event::HandedOver(Box::new(hand_over)), ..last };
    let leaf = codec::encode(&planted);
    open.put_at(Family::Entries, 29, &leaf);
    assert_ne!(leaf_hash(&leaf), open.store.head().unwrap().last);
    let report = open.verify();
    assert_found(&report, FindingKind::Orphan, "entries", Some(29));
    assert_found(&report, FindingKind::Altered, "entries", Some(29));
}
