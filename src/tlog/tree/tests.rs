use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::tlog::hash::{EMPTY_ROOT, Hash, leaf_hash};
use crate::tlog::model;
use crate::tlog::position::TreeSize;
use crate::tlog::tile::{self, Coordinate, TILE_BYTES, TILE_HASHES, hashes_at};

type Stored = BTreeMap<Coordinate, Vec<u8>>;

/// Pushes leaves and keeps the tiles that come out.
fn grow(leaves: &[Hash]) -> (Edge, Stored) {
    let (mut edge, mut stored) = (Edge::empty(), Stored::new());
    for leaf in leaves {
        for full in edge.push(*leaf) {
            assert_eq!(stored.insert(full.at(), full.to_bytes()), None, "a tile fills once");
        }
    }
    (edge, stored)
}

fn restore(size: u64, leaves: &[Hash], stored: &Stored) -> Result<Edge, RestoreError<Infallible>> {
    Edge::restore(TreeSize::new(size), leaves, |at| Ok(stored.get(&at)))
}

/// The leaf hashes after the last full tile.
fn last_leaves(leaves: &[Hash]) -> &[Hash] {
    leaves.chunks_exact(TILE_HASHES).remainder()
}

#[test]
fn the_roots_of_the_eight_leaf_vector_are_found() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/tlog/rfc6962.json")).unwrap();
    let leaves = vectors["leaves"].as_array().unwrap();
    let roots = vectors["roots"].as_array().unwrap();
    assert_eq!((leaves.len(), roots.len()), (8, 8));
    let (mut edge, mut hashes) = (Edge::empty(), Vec::new());
    assert_eq!(edge.root(), EMPTY_ROOT);
    for (leaf, root) in leaves.iter().zip(roots) {
        let leaf = leaf_hash(&hex::decode(leaf.as_str().unwrap()).unwrap());
        edge.push(leaf);
        hashes.push(leaf);
        let root: Hash = root.as_str().unwrap().parse().unwrap();
        assert_eq!((edge.root(), model::root(&hashes)), (root, root));
    }
}

#[test]
fn every_root_to_1_200_is_that_of_the_model() {
    let leaves = model::leaves(1_200);
    let (mut edge, mut frontier) = (Edge::empty(), Frontier::empty());
    for (count, leaf) in (1..).zip(&leaves) {
        edge.push(*leaf);
        frontier.push(*leaf);
        let root = model::root(&leaves[..count]);
        assert_eq!((edge.root(), frontier.root()), (root, root), "{count}");
        assert_eq!(edge.size().get(), count as u64);
    }
}

#[test]
fn a_tile_comes_out_when_its_last_leaf_is_pushed() {
    let leaves = model::leaves(513);
    let mut edge = Edge::empty();
    for (index, leaf) in leaves.iter().enumerate() {
        let full = edge.push(*leaf);
        match index {
            255 | 511 => {
                let [tile] = full.as_slice() else { panic!("one tile fills at leaf {index}") };
                assert_eq!(tile.at(), Coordinate::leaves(index as u64 / 256));
                assert_eq!(tile.hashes(), &leaves[index - 255..=index]);
            }
            _ => assert!(full.is_empty(), "nothing fills at leaf {index}"),
        }
    }
    assert_eq!(edge.partial(0), &leaves[512..]);
    assert_eq!(edge.partial(1), [model::root(&leaves[..256]), model::root(&leaves[256..512])]);
    assert_eq!(edge.partial(2), []);
}

#[test]
fn a_third_level_begins_at_65_536_leaves() {
    let leaves = model::leaves(65_536 + 300);
    let (mut edge, mut stored) = grow(&leaves[..65_535]);
    assert!(!stored.contains_key(&Coordinate { level: 1, number: 0 }));
    let filled = edge.push(leaves[65_535]);
    let places: Vec<Coordinate> = filled.iter().map(tile::Full::at).collect();
    assert_eq!(places, [Coordinate::leaves(255), Coordinate { level: 1, number: 0 }]);
    assert_eq!(edge.partial(2), [edge.root()]);
    assert_eq!((edge.partial(0), edge.partial(1)), ([].as_slice(), [].as_slice()));
    assert_eq!(edge.root(), model::root(&leaves[..65_536]));
    for leaf in &leaves[65_536..] {
        filled.iter().cloned().chain(edge.push(*leaf)).for_each(|full| {
            stored.insert(full.at(), full.to_bytes());
        });
    }
    assert_eq!(edge.root(), model::root(&leaves));
    assert_eq!(stored.len(), 257 + 1);
    let restored = restore(leaves.len() as u64, last_leaves(&leaves), &stored).unwrap();
    assert_eq!(restored, edge);
}

#[test]
fn a_partial_tile_is_there_only_while_it_is_partial() {
    let (edge, _) = grow(&model::leaves(256));
    assert_eq!(edge.partial_tile(Coordinate::leaves(0)), None);
    assert_eq!(edge.partial_tile(Coordinate::leaves(1)), None);
    let root = edge.root().as_bytes().to_vec();
    assert_eq!(edge.partial_tile(Coordinate { level: 1, number: 0 }), Some(root));
    assert_eq!(edge.partial_tile(Coordinate { level: 1, number: 1 }), None);
    assert_eq!(edge.partial_tile(Coordinate { level: 2, number: 0 }), None);
    assert_eq!(edge.partial_tile(Coordinate { level: 200, number: 0 }), None);
}

#[test]
fn an_edge_is_not_restored_from_too_little_or_too_much() {
    let leaves = model::leaves(700);
    let (edge, mut stored) = grow(&leaves);
    assert_eq!(restore(700, &leaves[512..], &stored), Ok(edge));

    let refusal = restore(700, &leaves[513..], &stored);
    let size = TreeSize::new(700);
    assert_eq!(refusal, Err(RestoreError::LeafCount { size, expected: 188, found: 187 }));
    let at = Coordinate::leaves(1);
    for bytes in [0, 32, TILE_BYTES - 1, TILE_BYTES + 32] {
        stored.insert(at, vec![0; bytes]);
        assert_eq!(
            restore(700, &leaves[512..], &stored),
            Err(RestoreError::WrongSize { at, bytes })
        );
    }
    stored.remove(&at);
    assert_eq!(restore(700, &leaves[512..], &stored), Err(RestoreError::Missing { at }));
    let refusal = Edge::restore(size, &leaves[512..], |_| Err::<Option<Vec<u8>>, _>("disk"));
    assert_eq!(refusal, Err(RestoreError::Read { at: Coordinate::leaves(0), source: "disk" }));
}

#[test]
fn an_edge_restored_from_an_altered_tile_has_another_root() {
    let leaves = model::leaves(700);
    let (edge, mut stored) = grow(&leaves);
    stored.get_mut(&Coordinate::leaves(1)).unwrap()[77] ^= 1;
    assert_ne!(restore(700, &leaves[512..], &stored).unwrap().root(), edge.root());
}

#[test]
fn the_empty_edge_is_restored_of_nothing() {
    assert_eq!(restore(0, &[], &Stored::new()), Ok(Edge::empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_restored_edge_goes_on_as_the_one_before_would(
        before in 0..1_300_usize,
        after in 0..300_usize,
    ) {
        let leaves = model::leaves((before + after) as u64);
        let (mut edge, stored) = grow(&leaves[..before]);
        let last = last_leaves(&leaves[..before]);
        let mut restored = restore(before as u64, last, &stored).unwrap();
        prop_assert_eq!(&restored, &edge);
        for leaf in &leaves[before..] {
            prop_assert_eq!(restored.push(*leaf), edge.push(*leaf));
        }
        prop_assert_eq!(restored.root(), model::root(&leaves));
    }

    #[test]
    fn tiles_and_edge_hold_every_subtree_of_their_level(count in 1..1_300_u64) {
        let leaves = model::leaves(count);
        let (edge, stored) = grow(&leaves);
        for level in 0..3_u8 {
            let roots = leaves.chunks_exact(TILE_HASHES.pow(level.into())).map(model::root);
            let expected: Vec<u8> = tile::to_bytes(&roots.collect::<Vec<_>>());
            let level_tiles = stored.iter().filter(|(at, _)| at.level == level);
            let mut found: Vec<u8> = level_tiles.flat_map(|(_, bytes)| bytes.clone()).collect();
            let number = hashes_at(level, edge.size()) / TILE_HASHES as u64;
            found.extend(edge.partial_tile(Coordinate { level, number }).unwrap_or_default());
            prop_assert_eq!(found, expected, "level {}", level);
        }
    }
}
