//! Proofs, good and bad, over the eight leaves of RFC 6962's implementations, and
//! two proofs of a log of 961,984,011 certificates.

use serde_json::Value;

use super::*;
use crate::tlog::proof::{ConsistencyProof, InclusionProof, verify_consistency, verify_inclusion};
use crate::tlog::{LeafIndex, TreeSize};

/// Whether an inclusion proof holds. What is no hash is refused where it is read.
fn includes(case: &Value) -> bool {
    let read = (hash(&case["leafHash"]), hashes(&case["proof"]), hash(&case["root"]));
    let (Some(leaf), Some(proof), Some(root)) = read else { return false };
    let (index, size) = (number(&case["leafIdx"]), number(&case["treeSize"]));
    let (index, size) = (LeafIndex::new(index), TreeSize::new(size));
    verify_inclusion(&leaf, index, size, &InclusionProof::new(proof).unwrap(), &root).is_ok()
}

fn goes_on(case: &Value) -> bool {
    let read = (hash(&case["root1"]), hash(&case["root2"]), hashes(&case["proof"]));
    let (Some(old_root), Some(new_root), Some(proof)) = read else { return false };
    let [old, new] = ["size1", "size2"].map(|size| TreeSize::new(number(&case[size])));
    let proof = ConsistencyProof::new(proof).unwrap();
    verify_consistency(old, new, &old_root, &new_root, &proof).is_ok()
}

/// Whether a case's proof holds.
type Judge = fn(&Value) -> bool;

#[test]
fn every_proof_of_the_corpus_is_judged_as_others_judge_it() {
    let corpus = include_str!("../../../tests/vectors/tlog/proofs.json");
    let corpus: Value = serde_json::from_str(corpus).unwrap();
    let (inclusion, consistency): (Judge, Judge) = (includes, goes_on);
    for (kind, holds, counts) in
        [("inclusion", inclusion, (98, 6)), ("consistency", consistency, (97, 7))]
    {
        let cases = list(&corpus[kind]);
        for case in cases {
            let is_bad = case["wantErr"].as_bool().unwrap();
            assert_eq!(holds(case), !is_bad, "{kind}: {}", case["name"]);
        }
        let good = cases.iter().filter(|case| holds(case)).count();
        assert_eq!((cases.len(), good), counts, "{kind}");
    }
}

#[test]
fn the_proofs_of_a_log_of_a_thousand_million_certificates_hold() {
    let log = include_str!("../../../tests/vectors/tlog/argon2020.json");
    let log: Value = serde_json::from_str(log).unwrap();
    let (size, root) = (TreeSize::new(number(&log["size"])), hash(&log["root"]).unwrap());
    let found = &log["inclusion"];
    let (leaf, index) = (hash(&found["leaf_hash"]).unwrap(), number(&found["index"]));
    let proof = InclusionProof::new(hashes(&found["proof"]).unwrap()).unwrap();
    let includes =
        |index| verify_inclusion(&leaf, LeafIndex::new(index), size, &proof, &root).is_ok();
    assert!(includes(index) && !includes(index + 1) && !includes(index ^ 1));

    let grown = &log["consistency"];
    let (old, old_root) = (number(&grown["old_size"]), hash(&grown["old_root"]).unwrap());
    let proof = ConsistencyProof::new(hashes(&grown["proof"]).unwrap()).unwrap();
    let goes_on =
        |old| verify_consistency(TreeSize::new(old), size, &old_root, &root, &proof).is_ok();
    assert!(goes_on(old) && !goes_on(old + 1) && !goes_on(old - 1));
}
