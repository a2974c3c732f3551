use std::fs::File;
use std::io::Write as _;

use super::*;
use crate::conduct::config::ConductConfig;
use crate::query::fixtures::Archive;

fn measure() -> Measure {
    ConductConfig::default().measure()
}

fn position(size: u64) -> Position {
    Position { size, last: Hash::from_bytes([3; 32]) }
}

fn snapshot(archive: &Archive) -> Snapshot {
    Snapshot::new(archive.dir.path().join("conduct"), Arc::clone(&archive.keyring))
}

fn written(archive: &Archive, anew: bool) -> Vec<u8> {
    let snapshot = snapshot(archive);
    snapshot.write(&measure(), position(7), &State::begin(7), anew).unwrap();
    fs::read(snapshot.dir.join(NAME)).unwrap()
}

/// The shares of snapshots: the index has its own.
fn shares(archive: &Archive) -> Vec<String> {
    let mut names = archive.keyring.shares().names().unwrap();
    names.retain(|name| name.starts_with(SHARE));
    names
}

fn put(archive: &Archive, file: &[u8]) {
    let path = archive.dir.path().join("conduct").join(NAME);
    File::create(path).unwrap().write_all(file).unwrap();
}

#[test]
fn what_is_put_aside_is_read_back_and_nobody_else_can() {
    use std::os::unix::fs::PermissionsExt as _;
    let archive = Archive::new();
    assert!(snapshot(&archive).read(&measure()).unwrap().is_none());
    let file = written(&archive, false);
    let (at, _) = snapshot(&archive).read(&measure()).unwrap().unwrap();
    assert_eq!(at, position(7));
    assert!(!file.windows(8).any(|bytes| bytes == b"position"), "it is sealed");
    let path = archive.dir.path().join("conduct").join(NAME);
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_ne!(written(&archive, false), file, "no key seals twice");
    assert_eq!(shares(&archive), ["conduct.1"]);
}

#[test]
fn every_flipped_bit_and_every_cut_is_found() {
    let archive = Archive::new();
    let file = written(&archive, false);
    for place in 0..file.len() {
        let mut damaged = file.clone();
        damaged[place] ^= 1 << (place % 8);
        put(&archive, &damaged);
        let why = snapshot(&archive).read(&measure()).map(|_| place).unwrap_err();
        assert!(!why.is_empty());
    }
    for length in [0, 7, 8, 43, 44, 59, file.len() - 1] {
        put(&archive, file.get(..length).unwrap());
        snapshot(&archive).read(&measure()).map(|_| length).unwrap_err();
    }
    put(&archive, &file);
    snapshot(&archive).read(&measure()).unwrap().unwrap();
}

#[test]
fn after_something_was_destroyed_no_older_file_opens() {
    let archive = Archive::new();
    let before = written(&archive, false);
    let after = written(&archive, true);
    assert_eq!(shares(&archive), ["conduct.2"]);
    put(&archive, &before);
    let why = snapshot(&archive).read(&measure()).map(|_| ()).unwrap_err();
    assert_eq!(why, "the share of its key is gone");
    put(&archive, &after);
    snapshot(&archive).read(&measure()).unwrap().unwrap();
}

#[test]
fn a_crash_between_share_and_file_leaves_what_was_there() {
    let archive = Archive::new();
    let file = written(&archive, false);
    // The share of the next file was made, and the file was not put in its place.
    archive.keyring.shares().make("conduct.2").unwrap();
    put(&archive, &file);
    snapshot(&archive).read(&measure()).unwrap().unwrap();
    written(&archive, false);
    assert_eq!(shares(&archive), ["conduct.2"]);
    snapshot(&archive).read(&measure()).unwrap().unwrap();
}

#[test]
fn what_was_judged_otherwise_is_not_used() {
    let archive = Archive::new();
    written(&archive, false);
    let other = ConductConfig { confirmation_minutes: 9, ..ConductConfig::default() }.measure();
    let why = snapshot(&archive).read(&other).map(|_| ()).unwrap_err();
    assert!(why.contains("configuration"), "{why}");
}

#[test]
fn what_is_switched_off_leaves_nothing() {
    let archive = Archive::new();
    snapshot(&archive).remove().unwrap();
    written(&archive, false);
    snapshot(&archive).remove().unwrap();
    assert!(snapshot(&archive).read(&measure()).unwrap().is_none());
    assert!(shares(&archive).is_empty());
}
