//! A submission to a witness prints as it was read, and is cosigned only when it
//! goes on from what was.

use super::text_of;
use crate::known::LOG;
use crate::tlog::proof::PROOF_HASHES_MAX;
use crate::tlog::witness::{
    ADD_CHECKPOINT_BYTES_MAX, AddCheckpoint, Contradiction, TreeHead, judge,
};

/// Reads a submission and decides about it, as a witness of a young log and of one
/// that it has never seen.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let Ok(asked) = text.parse::<AddCheckpoint>() else { return };
    assert_eq!(asked.to_string(), text, "a submission prints as it was read");
    assert!(text.len() <= ADD_CHECKPOINT_BYTES_MAX);
    assert!(asked.proof().hashes().len() <= PROOF_HASHES_MAX);
    assert_eq!(asked.note().text().parse().as_ref(), Ok(asked.claimed()));
    for known in [TreeHead::EMPTY, LOG.head(1), LOG.head(5)] {
        is_judged_soundly(&known, &asked);
    }
}

fn is_judged_soundly(known: &TreeHead, asked: &AddCheckpoint) {
    let next = TreeHead::of(asked.claimed());
    let judged = judge(known, asked.old(), asked.proof(), &next);
    let goes_on = judged.verdict.is_ok();
    if goes_on {
        assert!(asked.old() == known.size && known.size <= next.size);
        assert!(known.size != next.size || known.root == next.root);
        assert_eq!(judged.contradiction, None);
    }
    let differs = known.size == next.size && known.root != next.root;
    assert!(!differs || judged.contradiction == Some(Contradiction::Proven));
    // No log can be accused of what it has really signed, unless its proof is missing.
    let size = usize::try_from(next.size.get()).ok().filter(|size| *size <= LOG.leaves().len());
    if size.is_some_and(|size| LOG.head(size) == next) {
        assert_ne!(judged.contradiction, Some(Contradiction::Proven));
    }
}
