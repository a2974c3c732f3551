//! A whole log that others made and published with its key: fifteen entries, and
//! the checkpoint of every size. Everything that this code makes of the entries
//! must be theirs to the byte.

use std::convert::Infallible;

use super::*;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{Note, SigningKey};
use crate::tlog::proof::{consistency, inclusion, verify_consistency};
use crate::tlog::receipt::Receipt;
use crate::tlog::tile::{Coordinate, Path, bundle, to_bytes};
use crate::tlog::tree::{Edge, root_of};
use crate::tlog::{LeafIndex, TreeSize, leaf_hash};

struct Log {
    origin: String,
    key: SigningKey,
    leaves: Vec<Vec<u8>>,
    /// The note of each size, from 0.
    checkpoints: Vec<String>,
}

impl Log {
    fn read() -> Self {
        let log = include_str!("../../../tests/vectors/tlog/log.json");
        let log: Value = serde_json::from_str(log).unwrap();
        let key: SigningKey = text(&log["private_key"]).parse().unwrap();
        assert_eq!(key.verifier().to_string(), text(&log["vkey"]));
        let texts = |list: &Value| -> Vec<String> {
            super::list(list).iter().map(|line| text(line).to_owned()).collect()
        };
        let leaves = texts(&log["leaves"]).into_iter().map(String::into_bytes).collect();
        let origin = text(&log["origin"]).to_owned();
        Self { origin, key, leaves, checkpoints: texts(&log["checkpoints"]) }
    }

    fn hashes(&self, size: usize) -> Vec<Hash> {
        self.leaves[..size].iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    /// What of the tree of a size is read to prove something.
    fn read_tile(&self, size: usize) -> impl Fn(Coordinate) -> Result<Option<Vec<u8>>, Infallible> {
        let tile = to_bytes(&self.hashes(size));
        move |at| Ok((at == Coordinate::leaves(0)).then(|| tile.clone()))
    }
}

fn size_of(number: usize) -> TreeSize {
    TreeSize::new(number as u64)
}

#[test]
fn every_checkpoint_is_read_and_would_be_signed_the_same() {
    let log = Log::read();
    assert_eq!((log.leaves.len(), log.checkpoints.len()), (15, 16));
    for (size, theirs) in log.checkpoints.iter().enumerate() {
        let root = root_of(&log.hashes(size));
        let ours = Checkpoint::new(&log.origin, size_of(size), root).unwrap();
        assert_eq!(checkpoint::sign(&ours, &log.key), *theirs, "{size}");
        assert_eq!(checkpoint::open(theirs, log.key.verifier(), &log.origin), Ok(ours), "{size}");
    }
}

#[test]
fn every_tile_and_bundle_is_named_and_filled_the_same() {
    let log = Log::read();
    let (mut edge, mut entries) = (Edge::empty(), Vec::new());
    for (at, leaf) in log.leaves.iter().enumerate() {
        assert!(edge.push(leaf_hash(leaf)).is_empty(), "no tile is full");
        bundle::append(&mut entries, leaf).unwrap();
        let size = at + 1;
        let names: Vec<String> = Path::all(size_of(size)).map(|path| path.to_string()).collect();
        let theirs = ["tile/entries/000", "tile/0/000"].map(|name| format!("{name}.p/{size}"));
        assert_eq!(names, theirs);
        let tile = edge.partial_tile(Coordinate::leaves(0)).unwrap();
        assert_eq!(tile, to_bytes(&log.hashes(size)));
        let read = bundle::decode(&entries, size.try_into().unwrap()).unwrap();
        assert_eq!(read, log.leaves[..size]);
    }
}

#[test]
fn every_entry_is_proven_by_a_receipt_under_every_checkpoint() {
    let log = Log::read();
    for size in 1..=log.leaves.len() {
        let note = Note::parse(&log.checkpoints[size]).unwrap();
        for at in 0..size {
            let index = LeafIndex::new(at as u64);
            let proof = inclusion(index, size_of(size), log.read_tile(size)).unwrap();
            let receipt = Receipt::new(index, proof, note.clone()).to_string();
            let receipt: Receipt = receipt.parse().unwrap();
            for (other, leaf) in log.leaves.iter().enumerate() {
                let found = receipt.verify(leaf, log.key.verifier(), &log.origin);
                assert_eq!(found.is_ok(), other == at, "{at} of {size} for {other}");
            }
        }
    }
}

#[test]
fn every_tree_goes_on_from_every_earlier_one() {
    let log = Log::read();
    let head = |size: usize| {
        checkpoint::open(&log.checkpoints[size], log.key.verifier(), &log.origin).unwrap()
    };
    for new in 0..=log.leaves.len() {
        for old in 0..=new {
            let tiles = log.read_tile(new);
            let (old, new) = (head(old), head(new));
            let proof = consistency(old.size(), new.size(), tiles).unwrap();
            let check =
                |old_root| verify_consistency(old.size(), new.size(), old_root, new.root(), &proof);
            assert_eq!(check(old.root()), Ok(()), "{} to {}", old.size(), new.size());
            assert!(check(&leaf_hash(b"another")).is_err());
        }
    }
}
