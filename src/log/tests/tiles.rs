//! What is served of the log, and what proves it.

use std::collections::BTreeMap;

use super::*;
use crate::tlog::leaf_hash;
use crate::tlog::proof::verify_consistency;
use crate::tlog::tile::{Path as TilePath, bundle};

/// A closed archive that was signed at each of these sizes.
pub(super) fn archive_of(sizes: &[u64]) -> Archive {
    archive_with(sizes, 7)
}

/// The same; archives with other links are other logs.
pub(super) fn archive_with(sizes: &[u64], number: u8) -> Archive {
    let archive = Archive::new();
    for size in sizes {
        let (log, threads) = archive.open_signing_every(3_600_000).unwrap();
        let missing = size - log.size().get();
        let drafts = (0..missing).map(|_| link(number)).collect();
        log.append_blocking(Group::all(drafts)).unwrap();
        drop(log);
        threads.close().unwrap();
    }
    archive
}

pub(super) fn rows(archive: &Archive) -> Store {
    Store::open_read_only(&archive.data()).unwrap()
}

#[test]
fn every_tile_of_every_signed_size_is_served_and_none_beyond() {
    let archive = archive_of(&[300, 517, 520]);
    let (log, threads) = archive.open().unwrap();
    let leaves: Vec<Vec<u8>> =
        log.store().leaves_from(LeafIndex::FIRST).map(|row| row.unwrap().1.into_vec()).collect();
    for size in [1, 255, 256, 257, 300, 511, 512, 517, 520].map(TreeSize::new) {
        let mut edge = Edge::empty();
        let mut full = BTreeMap::new();
        for leaf in &leaves[..usize::try_from(size.get()).unwrap()] {
            for tile in edge.push(leaf_hash(leaf)) {
                full.insert(tile.at(), tile.to_bytes());
            }
        }
        for path in TilePath::all(size) {
            let served = log.tile_file(&path).unwrap().unwrap_or_else(|| panic!("{path}"));
            match path {
                TilePath::Tile { at, .. } => {
                    let expected = full.get(&at).cloned().or_else(|| edge.partial_tile(at));
                    assert_eq!(Some(served), expected, "{size}: {path}");
                }
                TilePath::Entries { number, width } => {
                    let first = usize::try_from(number).unwrap() * 256;
                    let entries = bundle::decode(&served, width).unwrap();
                    assert_eq!(entries, leaves[first..first + width.get()], "{size}: {path}");
                }
            }
        }
    }
    let beyond = |text: &str| log.tile_file(&text.parse().unwrap()).unwrap();
    assert!(beyond("tile/0/002.p/8").is_some());
    for text in ["tile/0/002.p/9", "tile/0/002", "tile/1/000", "tile/2/000.p/1", "tile/63/000"] {
        assert_eq!(beyond(text), None, "{text}");
    }
    assert_eq!(beyond("tile/entries/002.p/9"), None);
    drop(log);
    threads.close().unwrap();
}

#[test]
fn nothing_is_served_that_was_not_signed() {
    let archive = archive_of(&[3]);
    let (log, threads) = archive.open_signing_every(3_600_000).unwrap();
    log.append_blocking(Group::of(link(1))).unwrap();
    let entries = |width: usize| TilePath::Entries { number: 0, width: width.try_into().unwrap() };
    assert!(log.tile_file(&entries(3)).unwrap().is_some());
    assert!(log.tile_file(&entries(4)).unwrap().is_none());
    let refused = log.consistency(TreeSize::new(3), TreeSize::new(4)).unwrap_err();
    assert!(refused.to_string().contains("newest checkpoint has 3 entries"), "{refused}");
    drop(log);
    threads.close().unwrap();
}

#[test]
fn any_two_signed_sizes_are_proven_consistent() {
    let archive = archive_of(&[300]);
    let (log, threads) = archive.open().unwrap();
    let root = |size| {
        let leaves = log.store().leaves_from(LeafIndex::FIRST).take(size);
        let mut edge = Edge::empty();
        leaves.for_each(|row| drop(edge.push(leaf_hash(&row.unwrap().1))));
        edge.root()
    };
    for (old, new) in [(0, 300), (1, 2), (1, 300), (255, 256), (256, 300), (299, 300), (7, 7)] {
        let sizes = [old, new].map(|size| TreeSize::new(size as u64));
        let proof = log.consistency(sizes[0], sizes[1]).unwrap();
        verify_consistency(sizes[0], sizes[1], &root(old), &root(new), &proof).unwrap();
    }
    for (old, new) in [(2, 1), (1, 301), (400, 500)] {
        let refused = log.consistency(TreeSize::new(old), TreeSize::new(new)).unwrap_err();
        assert!(matches!(refused, Error::NotCovered { .. }), "{refused}");
    }
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_receipt_carries_its_entry() {
    let archive = archive_of(&[3]);
    let (log, threads) = archive.open().unwrap();
    let receipt: Receipt = log.receipt(LeafIndex::new(2)).unwrap().unwrap().parse().unwrap();
    assert_eq!(Some(receipt.extra().to_vec()), log.store().leaf(LeafIndex::new(2)).unwrap());
    drop(log);
    threads.close().unwrap();
}
