//! Lines that witnesses add to stored checkpoints, and which checkpoint a receipt
//! then carries.

use super::*;
use crate::tlog::note::{CosignatureTime, CosigningKey, Note, Signature};
use crate::tlog::policy::Policy;

fn witness(number: u8) -> CosigningKey {
    let name = format!("witness.example/{number}").parse().unwrap();
    CosigningKey::from_seed(name, zeroize::Zeroizing::new([number; 32]))
}

fn policy(count: u8, quorum: &str) -> Policy {
    let lines =
        (1..=count).map(|number| format!("witness W{number} {}\n", witness(number).verifier()));
    format!("{}group both all {}\nquorum {quorum}\n", lines.collect::<String>(), "W1 W2")
        .parse()
        .unwrap()
}

/// The signature that a witness makes on the checkpoint of a size.
fn cosignature(log: &Log, size: TreeSize, by: u8, seconds: u64) -> Signature {
    let at = CosignatureTime::from_seconds(seconds).unwrap();
    let key = witness(by);
    let note = stored(log, size).cosign(&key, at).unwrap();
    let own = note.signatures().iter().find(|signature| signature.claims(key.verifier()));
    own.unwrap().clone()
}

fn stored(log: &Log, size: TreeSize) -> Note {
    let (found, note) = log.store().checkpoint_from(size).unwrap().unwrap();
    assert_eq!(found, size);
    Note::parse(std::str::from_utf8(&note).unwrap()).unwrap()
}

/// Appends one entry and waits for its checkpoint.
fn grow(log: &Log, number: u8) -> TreeSize {
    log.append_blocking(Group::of(link(number))).unwrap();
    let size = log.size();
    let mut signed = log.follow_signed();
    while *signed.borrow_and_update() < size {
        std::thread::yield_now();
    }
    size
}

fn names(note: &Note) -> Vec<String> {
    note.signatures().iter().map(|signature| signature.name().to_string()).collect()
}

/// The size of the checkpoint in an entry's receipt.
fn size_in_receipt(log: &Log, index: u64) -> TreeSize {
    let receipt = log.receipt(LeafIndex::new(index)).unwrap().unwrap();
    let receipt: Receipt = receipt.parse().unwrap();
    let leaf = log.store().leaf(LeafIndex::new(index)).unwrap().unwrap();
    receipt.verify(&leaf, log.verifier_key(), ORIGIN).unwrap().size()
}

#[test]
fn cosignatures_follow_the_logs_own_line_and_a_newer_one_replaces_an_older() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let size = grow(&log, 1);
    let text = stored(&log, size).text().to_owned();
    log.put_cosignatures(size, &[cosignature(&log, size, 1, 10)]).unwrap();
    log.put_cosignatures(size, &[cosignature(&log, size, 2, 11)]).unwrap();
    log.put_cosignatures(size, &[cosignature(&log, size, 1, 12)]).unwrap();
    let note = stored(&log, size);
    assert_eq!(names(&note), [ORIGIN, "witness.example/2", "witness.example/1"]);
    assert_eq!(note.text(), text);
    let policy = policy(2, "both");
    let cosigned = policy.cosigned(&note).unwrap();
    let times: Vec<u64> = cosigned.by.iter().map(|(_, at)| at.as_seconds()).collect();
    assert_eq!((times, cosigned.meets), (vec![11, 12], true));
    // What is served shows them by itself.
    let served = log.checkpoint().unwrap().unwrap();
    assert_eq!((served.0, served.1), (size, note.to_string()));
    drop(log);
    threads.close().unwrap();
}

#[test]
fn the_logs_own_signature_cannot_be_replaced_and_no_checkpoint_be_made_up() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let size = grow(&log, 1);
    let before = stored(&log, size);
    let forged = Note::sign("something else\n", &archive.key.parse().unwrap()).unwrap();
    log.put_cosignatures(size, forged.signatures()).unwrap();
    assert_eq!(stored(&log, size), before);
    let beyond = TreeSize::new(size.get() + 1);
    let good = cosignature(&log, size, 1, 10);
    assert!(matches!(log.put_cosignatures(beyond, &[good]), Err(Error::Broken(_))));
    assert!(log.poisoned().is_none());
    drop(log);
    threads.close().unwrap();
}

#[test]
fn witnesses_that_answer_at_once_all_find_their_lines_kept() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let size = grow(&log, 1);
    let lines: Vec<Signature> = (1..=8).map(|by| cosignature(&log, size, by, 10)).collect();
    std::thread::scope(|scope| {
        for line in &lines {
            scope.spawn(|| log.put_cosignatures(size, std::slice::from_ref(line)).unwrap());
        }
    });
    assert_eq!(stored(&log, size).signatures().len(), 9);
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_receipt_carries_an_old_checkpoint_that_the_policy_is_content_with() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let sizes: Vec<TreeSize> = (1..=4).map(|number| grow(&log, number)).collect();
    let entry = sizes[0].get() - 1;
    assert_eq!(size_in_receipt(&log, entry), sizes[0], "without a policy, the oldest");
    log.prefer_cosigned(policy(2, "both")).unwrap();
    assert_eq!(size_in_receipt(&log, entry), sizes[0], "nothing is cosigned yet");
    log.put_cosignatures(sizes[1], &[cosignature(&log, sizes[1], 1, 10)]).unwrap();
    assert_eq!(size_in_receipt(&log, entry), sizes[0], "one of two is not enough");
    for by in [1, 2] {
        log.put_cosignatures(sizes[2], &[cosignature(&log, sizes[2], by, 10)]).unwrap();
        log.put_cosignatures(sizes[3], &[cosignature(&log, sizes[3], by, 10)]).unwrap();
    }
    assert_eq!(size_in_receipt(&log, entry), sizes[2]);
    assert_eq!(size_in_receipt(&log, sizes[3].get() - 1), sizes[3]);
    let newer = grow(&log, 5);
    assert_eq!(size_in_receipt(&log, newer.get() - 1), newer, "better than none");
    drop(log);
    threads.close().unwrap();
}

#[test]
fn after_long_silence_and_a_restart_a_later_cosigned_checkpoint_is_found() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let first = grow(&log, 0);
    let last = (1..100).map(|number| grow(&log, number)).max().unwrap();
    log.prefer_cosigned(policy(2, "W1")).unwrap();
    log.put_cosignatures(last, &[cosignature(&log, last, 1, 10)]).unwrap();
    assert_eq!(size_in_receipt(&log, first.get() - 1), last);
    drop(log);
    threads.close().unwrap();

    let (log, threads) = archive.open().unwrap();
    log.prefer_cosigned(policy(2, "W1")).unwrap();
    assert_eq!(size_in_receipt(&log, first.get() - 1), last);
    drop(log);
    threads.close().unwrap();
}
