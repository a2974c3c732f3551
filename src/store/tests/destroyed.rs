//! What was destroyed is in no byte of the directory.

use std::fs;
use std::path::Path;

use super::created;
use crate::record::RecordId;
use crate::store::{Commit, HeaderChange, OnceKey, Store, StoreConfig};
use crate::tlog::LeafIndex;

const ENTRIES: u64 = 400;

/// Bytes of a row that are found nowhere else.
fn bytes(kind: &str, entry: u64, length: usize) -> Vec<u8> {
    let digest = crate::tlog::hash::sha256(format!("{kind} {entry}").as_bytes());
    digest.as_bytes().iter().copied().cycle().take(length).collect()
}

fn body(entry: u64) -> Vec<u8> {
    // Some are large enough for a blob file.
    bytes("body", entry, if entry.is_multiple_of(3) { 9000 } else { 300 })
}

fn seen(entry: u64) -> OnceKey {
    OnceKey::from_bytes(*bytes("seen", entry, 16).first_chunk().unwrap())
}

fn record(entry: u64) -> RecordId {
    RecordId::from_bytes(*bytes("id", entry, 16).first_chunk().unwrap())
}

/// Entries in several files, and the last of them only in the write-ahead log.
fn filled() -> (tempfile::TempDir, Store) {
    let (dir, store) = created();
    let mut commit = Commit::default();
    commit.put_bucket("derived", b"as in every archive".to_vec());
    store.commit(commit).unwrap();
    for entry in 0..ENTRIES {
        let (index, mut commit) = (LeafIndex::new(entry), Commit::default());
        commit.put_leaf(index, bytes("leaf", entry, 100));
        commit.put_sealed(index, record(entry), bytes("header", entry, 200).into(), body(entry));
        commit.put_seen(seen(entry), index);
        commit.put_media_task(index, bytes("task", entry, 40));
        store.commit(commit).unwrap();
        if entry % 90 == 89 {
            store.flush().unwrap();
        }
        if entry == 200 {
            store.compact_raw();
        }
    }
    (dir, store)
}

fn destroyed() -> Vec<u64> {
    [0, 3, 4, 5, 89, 90, 91, 200, 201, 202, 399].into_iter().chain(120..150).collect()
}

fn destroy(store: &Store, entries: &[u64]) {
    let mut indices: Vec<_> = entries.iter().copied().map(LeafIndex::new).collect();
    indices.sort_unstable();
    for batch in indices.chunks(7) {
        let mut commit = Commit::default();
        batch.iter().for_each(|index| commit.destroy_sealed(*index));
        store.commit(commit).unwrap();
    }
    assert_eq!(store.delete_seen_of(&indices).unwrap(), indices.len() as u64);
    assert_eq!(store.delete_seen_of(&indices).unwrap(), 0);
    let (first, last) = (indices[0], indices[indices.len() - 1]);
    store.compact_destroyed(first, last).unwrap();
}

/// The kinds of a destroyed entry's rows that are in some file below a directory.
fn left(dir: &Path, entries: &[u64]) -> Vec<String> {
    let needle = |entry: &u64| {
        [("header", 32), ("body", 32), ("seen", 16), ("task", 32)]
            .map(|(kind, length)| (format!("{kind} of {entry}"), bytes(kind, *entry, length)))
    };
    let needles: Vec<_> = entries.iter().flat_map(needle).collect();
    let mut left = vec![];
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            left.extend(self::left(&path, entries));
            continue;
        }
        let found = fs::read(&path).unwrap();
        for window in found.windows(16) {
            let begins = needles.iter().find(|(_, needle)| needle.starts_with(window));
            left.extend(begins.map(|(name, _)| format!("{name} in {}", path.display())));
        }
    }
    left
}

fn check(dir: &Path, store: &Store, gone: &[u64]) {
    assert_eq!(left(dir, gone), Vec::<String>::new());
    for entry in 0..ENTRIES {
        let (index, is_gone) = (LeafIndex::new(entry), gone.contains(&entry));
        assert_eq!(store.body(index).unwrap(), (!is_gone).then(|| body(entry)), "{entry}");
        let header = (!is_gone).then(|| bytes("header", entry, 200));
        assert_eq!(store.header(index).unwrap(), header, "{entry}");
        assert_eq!(store.seen(&seen(entry)).unwrap(), (!is_gone).then_some(index), "{entry}");
        assert_eq!(store.index_of(record(entry)).unwrap(), Some(index), "{entry}");
        assert_eq!(store.leaf(index).unwrap(), Some(bytes("leaf", entry, 100)), "{entry}");
    }
}

#[test]
fn no_byte_of_a_destroyed_record_is_left_in_any_file_and_every_other_record_is_whole() {
    let (dir, store) = filled();
    assert!(left(dir.path(), &destroyed()).len() >= 4 * destroyed().len());
    destroy(&store, &destroyed());
    check(dir.path(), &store, &destroyed());
    drop(store);
    let store = Store::open(&dir.path().join("archive"), &StoreConfig::default()).unwrap();
    check(dir.path(), &store, &destroyed());
}

#[test]
fn all_of_them_can_be_destroyed_and_one_alone() {
    let (dir, store) = filled();
    destroy(&store, &[299]);
    check(dir.path(), &store, &[299]);
    let rest: Vec<u64> = (0..ENTRIES).filter(|entry| *entry != 299).collect();
    destroy(&store, &rest);
    check(dir.path(), &store, &(0..ENTRIES).collect::<Vec<_>>());
}

#[test]
fn large_bodies_that_are_kept_are_left_where_they_are_afterwards() {
    let (_dir, store) = filled();
    destroy(&store, &[30, 33]);
    let before = store.listed_blob_files().unwrap();
    store.compact_raw();
    assert_eq!(store.listed_blob_files().unwrap(), before);
}

#[test]
fn a_header_is_changed_only_where_it_is_still_the_old_one() {
    let (_dir, store) = filled();
    let change = |entry: u64, old: &[u8]| {
        let new = bytes("new header", entry, 200);
        HeaderChange { entry: LeafIndex::new(entry), old: old.to_vec(), new }
    };
    let mut commit = Commit::default();
    commit.destroy_sealed(LeafIndex::new(2));
    store.commit(commit).unwrap();
    let changes = vec![
        change(1, &bytes("header", 1, 200)),
        change(2, &bytes("header", 2, 200)),
        change(3, b"another"),
    ];
    assert_eq!(store.change_headers(changes).unwrap(), 1);
    let header = |entry| store.header(LeafIndex::new(entry)).unwrap();
    assert_eq!(header(1), Some(bytes("new header", 1, 200)));
    assert_eq!(header(2), None);
    assert_eq!(header(3), Some(bytes("header", 3, 200)));
}
