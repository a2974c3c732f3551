use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::tlog::hash::{EMPTY_ROOT, leaf_hash};
use crate::tlog::model;
use crate::tlog::position::{LeafIndex, TREE_SIZE_MAX, TreeSize};
use crate::tlog::tile::{self, Coordinate, TILE_BYTES, TILE_HASHES};
use crate::tlog::tree::{Edge, root_of};

mod vectors;

/// A log of the model's leaves, with its full tiles.
struct Log {
    leaves: Vec<Hash>,
    edge: Edge,
    stored: BTreeMap<Coordinate, Vec<u8>>,
}

impl Log {
    fn of(count: u64) -> Self {
        let leaves = model::leaves(count);
        let (mut edge, mut stored) = (Edge::empty(), BTreeMap::new());
        for leaf in &leaves {
            stored.extend(edge.push(*leaf).into_iter().map(|full| (full.at(), full.to_bytes())));
        }
        Self { leaves, edge, stored }
    }

    fn read(&self, at: Coordinate) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.edge.partial_tile(at).or_else(|| self.stored.get(&at).cloned()))
    }

    fn inclusion(&self, index: usize, size: usize) -> InclusionProof {
        inclusion(leaf_index(index), tree_size(size), |at| self.read(at)).unwrap()
    }

    fn consistency(&self, old: usize, new: usize) -> ConsistencyProof {
        consistency(tree_size(old), tree_size(new), |at| self.read(at)).unwrap()
    }

    fn root_at(&self, size: usize) -> Hash {
        root_at(tree_size(size), |at| self.read(at)).unwrap()
    }
}

fn leaf_index(index: usize) -> LeafIndex {
    LeafIndex::new(index as u64)
}

fn tree_size(size: usize) -> TreeSize {
    TreeSize::new(size as u64)
}

fn flip(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

#[test]
fn every_proof_in_every_tree_to_70_leaves_is_the_models_and_verifies() {
    let log = Log::of(70);
    for size in 1..=70 {
        let root = model::root(&log.leaves[..size]);
        assert_eq!(log.root_at(size), root);
        for index in 0..size {
            let proof = log.inclusion(index, size);
            assert_eq!(proof.hashes(), model::path(index, &log.leaves[..size]));
            let (leaf, index) = (&log.leaves[index], leaf_index(index));
            assert_eq!(verify_inclusion(leaf, index, tree_size(size), &proof, &root), Ok(()));
        }
        for old in 1..=size {
            let proof = log.consistency(old, size);
            assert_eq!(proof.hashes(), model::proof(old, &log.leaves[..size]));
            let (old_root, old) = (model::root(&log.leaves[..old]), tree_size(old));
            let verdict = verify_consistency(old, tree_size(size), &old_root, &root, &proof);
            assert_eq!(verdict, Ok(()), "{old} to {size}");
        }
    }
}

#[test]
fn proofs_around_the_third_level_are_the_models() {
    let log = Log::of(65_536 + 300);
    for size in [65_535, 65_536, 65_537, 65_792, 65_836] {
        let leaves = &log.leaves[..size];
        let root = model::root(leaves);
        assert_eq!(log.root_at(size), root);
        for index in [0, 255, 256, 40_000, 65_534, size - 1] {
            let proof = log.inclusion(index, size);
            assert_eq!(proof.hashes(), model::path(index, leaves), "{index} in {size}");
            let (leaf, index) = (&leaves[index], leaf_index(index));
            assert_eq!(verify_inclusion(leaf, index, tree_size(size), &proof, &root), Ok(()));
        }
        for old in [1, 255, 256, 257, 32_768, 65_535, size - 1] {
            let proof = log.consistency(old, size);
            assert_eq!(proof.hashes(), model::proof(old, leaves), "{old} to {size}");
        }
    }
}

/// A log whose leaves are all the same, so that its tiles need no storage.
fn uniform_tile(level: u8) -> Vec<u8> {
    let mut hash = leaf_hash(b"the same each time");
    for _ in 0..level {
        hash = root_of(&[hash; TILE_HASHES]);
    }
    tile::to_bytes(&[hash; TILE_HASHES])
}

#[test]
fn proofs_in_vast_logs_read_few_tiles_and_verify() {
    let tiles: Vec<Vec<u8>> = (0..8).map(uniform_tile).collect();
    let reads = RefCell::new(0);
    let read = |at: Coordinate| {
        *reads.borrow_mut() += 1;
        Ok::<_, Infallible>(tiles.get(usize::from(at.level)))
    };
    let leaf = leaf_hash(b"the same each time");
    for (size, reads_max) in [(10_000_019, 9), (1 << 40, 15), ((1 << 40) + 12_345, 18)] {
        let tree = TreeSize::new(size);
        let root = root_at(tree, read).unwrap();
        for index in [0, 1, size / 3, size / 2, size - 300, size - 1] {
            *reads.borrow_mut() = 0;
            let proof = inclusion(LeafIndex::new(index), tree, read).unwrap();
            assert!(*reads.borrow() <= reads_max, "{} reads", reads.borrow());
            let verdict = verify_inclusion(&leaf, LeafIndex::new(index), tree, &proof, &root);
            assert_eq!(verdict, Ok(()));

            *reads.borrow_mut() = 0;
            let old = TreeSize::new(index + 1);
            let proof = consistency(old, tree, read).unwrap();
            assert!(*reads.borrow() <= reads_max, "{} reads", reads.borrow());
            let old_root = root_at(old, read).unwrap();
            assert_eq!(verify_consistency(old, tree, &old_root, &root, &proof), Ok(()));
        }
    }
}

#[test]
fn the_largest_tree_has_proofs_within_the_limit() {
    let tiles: Vec<Vec<u8>> = (0..8).map(uniform_tile).collect();
    let read = |at: Coordinate| Ok::<_, Infallible>(tiles.get(usize::from(at.level)));
    let proof = inclusion(LeafIndex::FIRST, TREE_SIZE_MAX, read).unwrap();
    assert_eq!(proof.hashes().len(), PROOF_HASHES_MAX);
    let size = TreeSize::new(TREE_SIZE_MAX.get() - (1 << 61) - 1);
    let proof = consistency(size, TREE_SIZE_MAX, read).unwrap();
    assert!(proof.hashes().len() <= PROOF_HASHES_MAX);
    let past = TreeSize::new(TREE_SIZE_MAX.get() + 1);
    assert_eq!(root_at(past, read), Err(ProveError::SizeTooLarge { size: past }));
    assert_eq!(InclusionProof::new(vec![EMPTY_ROOT; 64]), Err(ProofTooLong { hashes: 64 }));
}

#[test]
fn the_empty_tree_comes_before_every_tree_and_after_none() {
    let none = ConsistencyProof::new(Vec::new()).unwrap();
    let root = leaf_hash(b"x");
    let (empty, one) = (TreeSize::EMPTY, TreeSize::new(1));
    assert_eq!(verify_consistency(empty, one, &EMPTY_ROOT, &root, &none), Ok(()));
    assert_eq!(verify_consistency(empty, empty, &EMPTY_ROOT, &EMPTY_ROOT, &none), Ok(()));
    let refusals = [
        verify_consistency(empty, one, &root, &root, &none),
        verify_consistency(empty, empty, &EMPTY_ROOT, &root, &none),
        verify_consistency(one, empty, &root, &EMPTY_ROOT, &none),
        verify_consistency(empty, one, &EMPTY_ROOT, &root, &ConsistencyProof(vec![root])),
        verify_inclusion(&root, LeafIndex::FIRST, empty, &InclusionProof(vec![]), &EMPTY_ROOT),
    ];
    assert!(refusals.iter().all(Result::is_err), "{refusals:?}");
    assert_eq!(Log::of(3).consistency(0, 3), none);
    assert_eq!(Log::of(0).root_at(0), EMPTY_ROOT);
}

#[test]
fn a_tile_that_is_missing_or_malformed_is_named() {
    let log = Log::of(600);
    let at = Coordinate::leaves(1);
    let prove = |answer: Option<Vec<u8>>| {
        inclusion(leaf_index(300), tree_size(600), |asked| {
            if asked == at { Ok(answer.clone()) } else { log.read(asked) }
        })
    };
    assert_eq!(prove(None), Err(ProveError::Tile(TileError::Missing { at })));
    for bytes in [0, 32 * 32, TILE_BYTES - 1, TILE_BYTES + 32] {
        let refusal = prove(Some(vec![0; bytes]));
        let found = matches!(refusal, Err(ProveError::Tile(TileError::WrongSize { at: place, bytes: length, .. })) if place == at && length == bytes);
        assert!(found, "{bytes}: {refusal:?}");
    }
    let refusal = root_at(tree_size(600), |_| Err::<Option<Vec<u8>>, _>("disk"));
    let at = Coordinate { level: 1, number: 0 };
    assert_eq!(refusal, Err(ProveError::Tile(TileError::Read { at, source: "disk" })));
}

#[test]
fn what_the_tree_does_not_have_is_not_proven() {
    let log = Log::of(5);
    let (index, size) = (leaf_index(5), tree_size(5));
    let refusal = inclusion(index, size, |at| log.read(at));
    assert_eq!(refusal, Err(ProveError::IndexBeyondTree { index, size }));
    let (old, new) = (tree_size(5), tree_size(4));
    let refusal = consistency(old, new, |at| log.read(at));
    assert_eq!(refusal, Err(ProveError::SizeShrinks { old, new }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn proofs_to_1_200_are_the_models_from_a_log_that_has_grown_on(
        size in 1..1_200_usize,
        index: prop::sample::Index,
        old: prop::sample::Index,
        grown in 0..300_usize,
    ) {
        let log = Log::of((size + grown) as u64);
        let leaves = &log.leaves[..size];
        let (index, old) = (index.index(size), old.index(size) + 1);
        let root = log.root_at(size);
        prop_assert_eq!(root, model::root(leaves));
        let proof = log.inclusion(index, size);
        prop_assert_eq!(proof.hashes(), model::path(index, leaves));
        let verdict =
            verify_inclusion(&leaves[index], leaf_index(index), tree_size(size), &proof, &root);
        prop_assert_eq!(verdict, Ok(()));
        let proof = log.consistency(old, size);
        prop_assert_eq!(proof.hashes(), model::proof(old, leaves));
        let old_root = model::root(&leaves[..old]);
        let verdict =
            verify_consistency(tree_size(old), tree_size(size), &old_root, &root, &proof);
        prop_assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn an_inclusion_proof_with_anything_changed_fails(
        size in 2..600_usize,
        index: prop::sample::Index,
        hash: prop::sample::Index,
        bit in 0..256_usize,
        other_index in 0..700_usize,
        other_size in 0..700_usize,
    ) {
        let log = Log::of(size as u64);
        let index = index.index(size);
        let (leaf, root, proof) = (log.leaves[index], log.edge.root(), log.inclusion(index, size));
        let check = |leaf: &Hash, index, size, proof: &InclusionProof, root: &Hash| {
            verify_inclusion(leaf, leaf_index(index), tree_size(size), proof, root)
        };
        prop_assert!(check(&flip(&leaf, bit), index, size, &proof, &root).is_err());
        prop_assert!(check(&leaf, index, size, &proof, &flip(&root, bit)).is_err());
        if other_index != index {
            prop_assert!(check(&leaf, other_index, size, &proof, &root).is_err());
        }
        // A size says only how long the path is and where it turns: sizes with the
        // same path are told apart by the root that the checkpoint signs.
        let wrong_size = check(&leaf, index, other_size, &proof, &root);
        if wrong_size.is_ok() && other_size != size {
            prop_assert_eq!(
                model::path(index, &model::leaves(other_size as u64)).len(),
                proof.hashes().len()
            );
        }
        let mut hashes = proof.hashes().to_vec();
        let at = hash.index(hashes.len());
        hashes[at] = flip(&hashes[at], bit);
        prop_assert!(check(&leaf, index, size, &InclusionProof(hashes.clone()), &root).is_err());
        hashes.remove(at);
        prop_assert!(check(&leaf, index, size, &InclusionProof(hashes), &root).is_err());
    }

    #[test]
    fn a_consistency_proof_with_anything_changed_fails(
        new in 2..600_usize,
        old: prop::sample::Index,
        hash: prop::sample::Index,
        bit in 0..256_usize,
        other_old in 0..600_usize,
    ) {
        let log = Log::of(new as u64);
        let old = old.index(new - 1) + 1;
        let (old_root, new_root) = (model::root(&log.leaves[..old]), log.edge.root());
        let proof = log.consistency(old, new);
        let check = |old, old_root: &Hash, new_root: &Hash, proof: &ConsistencyProof| {
            verify_consistency(tree_size(old), tree_size(new), old_root, new_root, proof)
        };
        prop_assert_eq!(check(old, &old_root, &new_root, &proof), Ok(()));
        prop_assert!(check(old, &flip(&old_root, bit), &new_root, &proof).is_err());
        prop_assert!(check(old, &old_root, &flip(&new_root, bit), &proof).is_err());
        if other_old != old {
            prop_assert!(check(other_old, &old_root, &new_root, &proof).is_err());
        }
        let mut hashes = proof.hashes().to_vec();
        let at = hash.index(hashes.len());
        hashes[at] = flip(&hashes[at], bit);
        prop_assert!(check(old, &old_root, &new_root, &ConsistencyProof(hashes.clone())).is_err());
        hashes.remove(at);
        prop_assert!(check(old, &old_root, &new_root, &ConsistencyProof(hashes)).is_err());
    }

    #[test]
    fn no_arguments_make_the_verifiers_panic(
        index: u64,
        old: u64,
        new: u64,
        length in 0..=PROOF_HASHES_MAX,
    ) {
        let hashes = vec![EMPTY_ROOT; length];
        let (root, size) = (EMPTY_ROOT, TreeSize::new(new));
        let proof = InclusionProof(hashes.clone());
        let leaf = leaf_hash(b"x");
        prop_assert!(verify_inclusion(&leaf, LeafIndex::new(index), size, &proof, &root).is_err());
        let proof = ConsistencyProof(hashes);
        let verdict = verify_consistency(TreeSize::new(old), size, &leaf, &root, &proof);
        prop_assert!(verdict.is_err());
    }
}
