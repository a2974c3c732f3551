//! Only the one true proof holds, of all that can be put together from a tree's own
//! hashes; and no number makes checking fall over.

use std::sync::LazyLock;

use super::take;
use crate::known::{LOG, index_of, size_of};
use crate::tlog::hash;
use crate::tlog::proof::{ConsistencyProof, InclusionProof, verify_consistency, verify_inclusion};
use crate::tlog::{Hash, LeafIndex, TreeSize, node_hash};

/// RFC 6962 word for word.
#[path = "../../../src/tlog/model.rs"]
#[allow(dead_code, reason = "its leaves are not needed here")]
mod model;

/// How many of the log's leaves are enough: trees of every shape of four levels.
const LEAVES: usize = 13;

/// Checks a proof between two numbers, made of hashes that the further bytes choose.
///
/// # Panics
/// When a proof holds that should not, or the other way round.
pub fn check(mut input: &[u8]) {
    let input = &mut input;
    let [small, smaller]: [u8; 2] = take(input);
    let [large, larger] = [take(input), take(input)].map(u64::from_be_bytes);
    let chosen = chosen(input);
    if let (Ok(inclusion), Ok(growth)) =
        (InclusionProof::new(chosen.clone()), ConsistencyProof::new(chosen.clone()))
    {
        let new = usize::from(small) % LEAVES + 1;
        let old = usize::from(smaller) % (new + 2);
        includes_only_what_is_there(old, new, &inclusion);
        goes_on_only_from_what_was(old, new, &growth);
        stands_any_number(large, larger, &inclusion, &growth);
    }
}

/// Leaves, nodes and roots of the log.
static POOL: LazyLock<Vec<Hash>> = LazyLock::new(|| {
    let leaves = LOG.hashes(LEAVES);
    let pairs = leaves.chunks_exact(2).filter_map(|pair| match pair {
        [left, right] => Some(node_hash(left, right)),
        _ => None,
    });
    let roots = (0..=LEAVES).map(|size| LOG.head(size).root);
    leaves.iter().copied().chain(pairs).chain(roots).collect()
});

/// A hash of the pool for each byte.
fn chosen(bytes: &[u8]) -> Vec<Hash> {
    bytes.iter().filter_map(|byte| POOL.get(usize::from(*byte) % POOL.len()).copied()).collect()
}

fn includes_only_what_is_there(index: usize, size: usize, proof: &InclusionProof) {
    let hashes = LOG.hashes(size);
    let root = model::root(&hashes);
    let truth = (index < size).then(|| model::path(index, &hashes));
    // The leaf that is asked for, and its neighbours: one of them for another.
    for (position, leaf) in hashes.iter().enumerate().skip(index.saturating_sub(1)).take(3) {
        let holds = |proof: &InclusionProof| {
            verify_inclusion(leaf, index_of(index), size_of(size), proof, &root).is_ok()
        };
        let is_true = position == index && truth.as_deref() == Some(proof.hashes());
        assert_eq!(holds(proof), is_true, "{position} at {index} of {size}");
    }
    if let (Some(truth), Some(leaf)) = (truth, hashes.get(index)) {
        let truth = InclusionProof::new(truth).expect("a small tree");
        let (index, size) = (index_of(index), size_of(size));
        assert_eq!(verify_inclusion(leaf, index, size, &truth, &root), Ok(()));
    }
}

fn goes_on_only_from_what_was(old: usize, new: usize, proof: &ConsistencyProof) {
    let hashes = LOG.hashes(new);
    let new_root = model::root(&hashes);
    let old_root = LOG.head(old).root;
    let truth = match old {
        0 => Some(vec![]),
        old => (old <= new).then(|| model::proof(old, &hashes)),
    };
    let verify = |proof: &ConsistencyProof| {
        verify_consistency(size_of(old), size_of(new), &old_root, &new_root, proof)
    };
    let is_true = truth.as_deref() == Some(proof.hashes());
    assert_eq!(verify(proof).is_ok(), is_true, "{old} to {new}");
    if let Some(truth) = truth {
        let truth = ConsistencyProof::new(truth).expect("a small tree");
        assert_eq!(verify(&truth), Ok(()));
    }
}

fn stands_any_number(
    large: u64,
    larger: u64,
    inclusion: &InclusionProof,
    growth: &ConsistencyProof,
) {
    let (root, other) = (LOG.head(3).root, LOG.head(4).root);
    let (index, size) = (LeafIndex::new(large), TreeSize::new(larger));
    let included = verify_inclusion(&root, index, size, inclusion, &other);
    assert!(included.is_err(), "nobody finds a collision");
    let old = TreeSize::new(large);
    let grown = verify_consistency(old, size, &root, &other, growth);
    assert!(grown.is_err(), "nobody finds a collision");
}
