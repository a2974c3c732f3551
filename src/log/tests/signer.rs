//! What the signer refuses to sign, and who signs after a hand-over.

use std::time::Duration;

use super::*;
use crate::store::rows::{Family, index_key};

/// Longer than any test: only the last round at the close signs.
const NEVER_MS: u64 = 3_600_000;

/// A log with so many entries more than its first, closed in order.
fn archive_with(entries: u8) -> Archive {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    archive.append(&log, (0..entries).map(|n| Group::of(link(n))).collect());
    drop(log);
    threads.close().unwrap();
    archive
}

fn refusal(opened: Result<(Log, LogThreads), Error>) -> SignerError {
    let error = opened.unwrap_err();
    let Error::Signer(refusal) = error else { panic!("not the signer's refusal: {error}") };
    refusal
}

#[test]
fn the_signer_refuses_an_older_backup() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    drop(log);
    threads.close().unwrap();
    let backup = archive.dir.path().join("backup");
    copy_tree(&archive.data(), &backup);

    let (log, threads) = archive.open().unwrap();
    archive.append(&log, vec![Group::of(link(1)), Group::of(link(2))]);
    drop(log);
    threads.close().unwrap();

    std::fs::remove_dir_all(archive.data()).unwrap();
    copy_tree(&backup, &archive.data());
    let refused = archive.open().unwrap_err();
    let Error::Signer(SignerError::Shrunk { found, signed }) = refused else {
        panic!("not refused as shrunk: {refused}");
    };
    assert_eq!((found, signed), (TreeSize::new(1), TreeSize::new(3)));
}

#[test]
fn the_signer_refuses_another_history() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    archive.append(&log, vec![Group::of(link(1))]);
    drop(log);
    threads.close().unwrap();

    std::fs::remove_dir_all(archive.data()).unwrap();
    drop(Store::create(&archive.data(), &StoreConfig::default()).unwrap());
    let memory = archive.signer().last_checkpoint;
    let hidden = archive.dir.path().join("hidden");
    std::fs::rename(&memory, &hidden).unwrap();
    let (log, threads) = archive.open().unwrap();
    archive.append(&log, (0..9).map(|_| Group::of(link(9))).collect());
    drop(log);
    threads.close().unwrap();

    std::fs::rename(&hidden, &memory).unwrap();
    let refused = archive.open().unwrap_err();
    assert!(matches!(refused, Error::Signer(SignerError::Forked(_))), "{refused}");
}

#[test]
fn the_signer_signs_nothing_that_the_rows_do_not_give_back() {
    let archive = archive_with(3);
    let (log, threads) = archive.open_signing_every(NEVER_MS).unwrap();
    archive.append(&log, vec![Group::of(link(7)), Group::of(link(8))]);
    let other = log.store().leaf(LeafIndex::new(3)).unwrap().unwrap();
    log.store().put_raw(Family::Entries, &index_key(LeafIndex::new(4)), &other);
    drop(log);
    let refused = threads.close().unwrap_err();
    let Error::Signer(SignerError::NotAsWritten { from }) = refused else { panic!("{refused}") };
    assert_eq!(from, LeafIndex::new(4));
    let store = Store::open_read_only(&archive.data()).unwrap();
    let newest = store.checkpoint_up_to(TreeSize::new(u64::MAX)).unwrap();
    assert_eq!(newest.unwrap().0, TreeSize::new(4), "nothing was signed beyond");
}

#[test]
fn a_new_entry_that_is_gone_from_the_rows_is_not_signed_either() {
    let archive = archive_with(3);
    let (log, threads) = archive.open_signing_every(NEVER_MS).unwrap();
    archive.append(&log, vec![Group::of(link(7)), Group::of(link(8))]);
    log.store().delete_raw(Family::Entries, &index_key(LeafIndex::new(4)));
    drop(log);
    let refused = threads.close().unwrap_err();
    assert!(matches!(refused, Error::Signer(SignerError::NotAsWritten { .. })), "{refused}");
}

#[test]
fn a_clock_that_went_back_a_little_is_lived_with_and_one_that_went_far_is_not() {
    let archive = archive_with(1);
    archive.hand.retreat(Duration::from_secs(299));
    let (log, threads) = archive.open().unwrap();
    archive.append(&log, vec![Group::of(link(2))]);
    drop(log);
    threads.close().unwrap();

    let (log, threads) = archive.open_signing_every(NEVER_MS).unwrap();
    archive.hand.retreat(Duration::from_secs(2));
    archive.append(&log, vec![Group::of(link(3))]);
    drop(log);
    let refused = threads.close().unwrap_err();
    let Error::Signer(SignerError::ClockBack { behind_seconds, .. }) = refused else {
        panic!("{refused}");
    };
    assert_eq!(behind_seconds, 302);

    let refused = refusal(archive.open());
    assert!(refused.to_string().contains("timedatectl"), "{refused}");
    archive.hand.advance(Duration::from_secs(2));
    let (log, threads) = archive.open().unwrap();
    drop(log);
    threads.close().unwrap();
}

#[test]
fn after_a_hand_over_only_the_new_key_signs_and_old_checkpoints_still_verify() {
    let archive = archive_with(2);
    let new = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    let (log, threads) = archive.open().unwrap();
    let old: SigningKey = archive.key.parse().unwrap();
    assert_eq!(log.hand_over(&old, &new).unwrap(), LeafIndex::new(3));
    drop(log);
    threads.close().unwrap();
    let refused = refusal(archive.open());
    assert!(matches!(refused, SignerError::OtherKey { .. }), "{refused}");

    let archive = Archive { key: new.to_private_text().to_string(), ..archive };
    let (log, threads) = archive.open().unwrap();
    archive.append(&log, vec![Group::of(link(9))]);
    drop(log);
    threads.close().unwrap();

    let (log, threads) = archive.open().unwrap();
    let keys = log.keys();
    assert_eq!(keys.all().collect::<Vec<_>>(), [old.verifier(), new.verifier()]);
    let mut sizes = vec![];
    for checkpoint in log.store().checkpoints_from(TreeSize::EMPTY) {
        let (size, note) = checkpoint.unwrap();
        let note = String::from_utf8(note).unwrap();
        keys.open(&note, ORIGIN).unwrap();
        let by_new = crate::tlog::checkpoint::open(&note, new.verifier(), ORIGIN).is_ok();
        assert_eq!(by_new, size > TreeSize::new(3), "{size}");
        sizes.push(size.get());
    }
    assert_eq!(sizes.last(), Some(&5));
    let receipt: Receipt = log.receipt(LeafIndex::new(3)).unwrap().unwrap().parse().unwrap();
    let leaf = log.store().leaf(LeafIndex::new(3)).unwrap().unwrap();
    receipt.verify(&leaf, new.verifier(), ORIGIN).unwrap();
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_key_that_does_not_sign_the_log_cannot_hand_it_over() {
    let archive = archive_with(0);
    let (log, threads) = archive.open().unwrap();
    let [stranger, new] = [(); 2].map(|()| SigningKey::generate(ORIGIN.parse().unwrap()).unwrap());
    assert!(matches!(log.hand_over(&stranger, &new), Err(Error::Rotation(_))));
    assert_eq!(log.size(), TreeSize::new(1));
    drop(log);
    threads.close().unwrap();
}
