//! Others' proofs, and each of them spoiled in every way that they name.

use serde_json::Value;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/tlog/rfc6962.json")).unwrap()
}

fn hash(value: &Value) -> Hash {
    Hash::from_base64(value.as_str().unwrap()).unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

#[derive(Clone)]
struct Inclusion {
    index: u64,
    size: u64,
    leaf: Hash,
    root: Hash,
    proof: Vec<Hash>,
}

impl Inclusion {
    fn check(&self) -> Result<(), VerifyError> {
        let (index, size) = (LeafIndex::new(self.index), TreeSize::new(self.size));
        verify_inclusion(&self.leaf, index, size, &InclusionProof(self.proof.clone()), &self.root)
    }
}

#[derive(Clone)]
struct Consistency {
    old: u64,
    new: u64,
    old_root: Hash,
    new_root: Hash,
    proof: Vec<Hash>,
}

impl Consistency {
    fn check(&self) -> Result<(), VerifyError> {
        let (old, new) = (TreeSize::new(self.old), TreeSize::new(self.new));
        let proof = ConsistencyProof(self.proof.clone());
        verify_consistency(old, new, &self.old_root, &self.new_root, &proof)
    }
}

/// A proof with a bit flipped, hashes added, taken away and put in front.
fn spoiled(proof: &[Hash], roots: &[Hash]) -> Vec<(String, Vec<Hash>)> {
    let garbage = [leaf_hash(b"garbage")];
    let others = roots.iter().chain(&garbage).chain(&[EMPTY_ROOT]);
    let mut spoiled = Vec::new();
    for (at, hash) in proof.iter().enumerate() {
        for bit in [3, 4, 255] {
            let mut proof = proof.to_vec();
            proof[at] = flip(hash, bit);
            spoiled.push((format!("bit {bit} of hash {at} flipped"), proof));
        }
        spoiled.push((format!("cut to {at}"), proof[..at].to_vec()));
        let without = [&proof[..at], &proof[at + 1..]].concat();
        spoiled.push((format!("without {at}"), without));
    }
    for other in others {
        for at in 0..=proof.len() {
            let mut proof = proof.to_vec();
            proof.insert(at, *other);
            spoiled.push((format!("{other} put in at {at}"), proof));
        }
    }
    spoiled
}

#[test]
fn others_inclusion_proofs_verify_and_spoiled_ones_do_not() {
    let vectors = vectors();
    let cases = vectors["inclusion"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let good = Inclusion {
            index: case["leafIdx"].as_u64().unwrap(),
            size: case["treeSize"].as_u64().unwrap(),
            leaf: hash(&case["leafHash"]),
            root: hash(&case["root"]),
            proof: hashes(&case["proof"]),
        };
        assert_eq!(good.check(), Ok(()));
        for (how, proof) in spoiled(&good.proof, &[good.root, good.leaf]) {
            assert!(Inclusion { proof, ..good.clone() }.check().is_err(), "{how}");
        }
        let indexes = [good.index.wrapping_sub(1), good.index + 1, good.index ^ 2, good.size];
        for index in indexes {
            assert!(Inclusion { index, ..good.clone() }.check().is_err(), "index {index}");
        }
        for size in [0, good.size * 2, good.size / 2, good.index] {
            assert!(Inclusion { size, ..good.clone() }.check().is_err(), "size {size}");
        }
        for other in [EMPTY_ROOT, leaf_hash(b"garbage"), flip(&good.root, 4)] {
            assert!(Inclusion { root: other, ..good.clone() }.check().is_err());
            assert!(Inclusion { leaf: other, ..good.clone() }.check().is_err());
        }
    }
}

#[test]
fn others_consistency_proofs_verify_and_spoiled_ones_do_not() {
    let vectors = vectors();
    let cases = vectors["consistency"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let good = Consistency {
            old: case["size1"].as_u64().unwrap(),
            new: case["size2"].as_u64().unwrap(),
            old_root: hash(&case["root1"]),
            new_root: hash(&case["root2"]),
            proof: hashes(&case["proof"]),
        };
        assert_eq!(good.check(), Ok(()));
        for (how, proof) in spoiled(&good.proof, &[good.old_root, good.new_root]) {
            assert!(Consistency { proof, ..good.clone() }.check().is_err(), "{how}");
        }
        for old in [good.old - 1, good.old + 1, good.old ^ 2, good.new] {
            assert!(Consistency { old, ..good.clone() }.check().is_err(), "old size {old}");
        }
        for new in [good.new * 2, good.new / 2, good.old, 0] {
            assert!(Consistency { new, ..good.clone() }.check().is_err(), "new size {new}");
        }
        let (old_root, new_root) = (good.new_root, good.old_root);
        assert!(Consistency { old_root, new_root, ..good.clone() }.check().is_err(), "swapped");
        for other in [EMPTY_ROOT, leaf_hash(b"garbage")] {
            assert!(Consistency { old_root: other, ..good.clone() }.check().is_err());
            assert!(Consistency { new_root: other, ..good.clone() }.check().is_err());
        }
    }
}
