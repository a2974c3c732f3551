mod destroyed;

use super::*;
use crate::record::RecordId;
use crate::tlog::tile::Coordinate;
use crate::tlog::{Hash, LeafIndex, TreeSize};

fn created() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(&dir.path().join("archive"), &StoreConfig::default()).unwrap();
    (dir, store)
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let (dir, store) = created();
    let record = RecordId::from_bytes([1; 16]);
    let medium = RecordId::from_bytes([2; 16]);
    let tile = Coordinate { level: 1, number: 300 };
    let head = Head {
        size: TreeSize::new(8),
        root: Hash::from_bytes([3; 32]),
        last: Hash::from_bytes([4; 32]),
    };
    let mut commit = Commit::default();
    commit.put_leaf(LeafIndex::new(7), b"leaf".to_vec());
    commit.put_sealed(LeafIndex::new(7), record, b"header".to_vec().into(), vec![9; 100_000]);
    commit.put_seen(OnceKey::from_bytes([5; 16]), LeafIndex::new(7));
    commit.put_tile(tile, vec![6; 8192]);
    commit.put_link(record, medium, Some(false));
    commit.put_checkpoint(TreeSize::new(8), b"note".to_vec());
    commit.put_bucket("message-2026-11", b"wrapped".to_vec());
    let commit = commit.with_head(head);
    store.commit(commit).unwrap();
    drop(store);

    let store = Store::open(&dir.path().join("archive"), &StoreConfig::default()).unwrap();
    assert_eq!(store.leaf(LeafIndex::new(7)).unwrap().unwrap(), b"leaf");
    assert_eq!(store.header(LeafIndex::new(7)).unwrap().unwrap(), b"header");
    assert_eq!(store.body(LeafIndex::new(7)).unwrap().unwrap(), vec![9; 100_000]);
    assert_eq!(store.index_of(record).unwrap(), Some(LeafIndex::new(7)));
    assert_eq!(store.seen(&OnceKey::from_bytes([5; 16])).unwrap(), Some(LeafIndex::new(7)));
    assert_eq!(store.seen(&OnceKey::from_bytes([0; 16])).unwrap(), None);
    assert_eq!(store.tile(tile).unwrap().unwrap(), vec![6; 8192]);
    assert_eq!(store.links(record).unwrap(), vec![(medium, Some(false))]);
    assert_eq!(store.links(medium).unwrap(), vec![]);
    assert_eq!(store.bucket("message-2026-11").unwrap().unwrap(), b"wrapped");
    assert_eq!(store.head().unwrap(), head);
}

#[test]
fn leaves_come_in_the_order_of_the_log() {
    let (_dir, store) = created();
    let mut commit = Commit::default();
    for index in [300, 2, 255, 256, 1] {
        commit.put_leaf(LeafIndex::new(index), index.to_string().into_bytes());
    }
    store.commit(commit).unwrap();
    let read: Vec<_> =
        store.leaves_from(LeafIndex::new(2)).map(|leaf| leaf.unwrap().0.get()).collect();
    assert_eq!(read, [2, 255, 256, 300]);
}

#[test]
fn checkpoints_are_found_around_a_size() {
    let (_dir, store) = created();
    let mut commit = Commit::default();
    for size in [3, 7, 300] {
        commit.put_checkpoint(TreeSize::new(size), size.to_string().into_bytes());
    }
    store.commit(commit).unwrap();
    let up_to = |size| store.checkpoint_up_to(TreeSize::new(size)).unwrap().map(|at| at.0.get());
    assert_eq!([up_to(2), up_to(3), up_to(299), up_to(900)], [None, Some(3), Some(7), Some(300)]);
    let from = |size| store.checkpoint_from(TreeSize::new(size)).unwrap().map(|at| at.0.get());
    assert_eq!([from(1), from(4), from(300), from(301)], [Some(3), Some(7), Some(300), None]);
}

#[test]
fn a_second_opening_is_refused_with_the_holders_pid() {
    let (dir, _store) = created();
    let refused = Store::open(&dir.path().join("archive"), &StoreConfig::default()).unwrap_err();
    let text = refused.to_string();
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
}

#[test]
fn reading_only_is_possible_beside_the_writer() {
    let (dir, store) = created();
    let mut commit = Commit::default();
    commit.put_leaf(LeafIndex::new(0), b"first".to_vec());
    store.commit(commit).unwrap();
    let reader = Store::open_read_only(&dir.path().join("archive")).unwrap();
    assert_eq!(reader.leaf(LeafIndex::new(0)).unwrap().unwrap(), b"first");
}

#[test]
fn other_directories_are_refused_with_advice() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Store::open(dir.path(), &StoreConfig::default()).unwrap_err();
    assert!(missing.to_string().contains("muniment init"), "{missing}");

    std::fs::create_dir(dir.path().join("full")).unwrap();
    std::fs::File::create(dir.path().join("full/letters")).unwrap();
    let full = Store::create(&dir.path().join("full"), &StoreConfig::default()).unwrap_err();
    assert!(matches!(full, Error::Exists(_)), "{full}");

    let (dir, store) = created();
    drop(store);
    let format = dir.path().join("archive/format");
    std::fs::copy(dir.path().join("archive/lock"), &format).unwrap();
    let foreign = Store::open(&dir.path().join("archive"), &StoreConfig::default()).unwrap_err();
    assert!(matches!(foreign, Error::Format { .. }), "{foreign}");
}
