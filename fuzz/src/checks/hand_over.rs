//! A hand-over prints as it was read and is signed by both keys; so is the list of
//! a log's keys.

use super::text_of;
use crate::entry::{HandOver, KEYS_MAX, KeyChain};
use crate::known::{LOG_KEY, NEXT_KEY, hand_over};
use crate::tlog::TreeSize;
use crate::tlog::note::KeyType;

/// Reads a hand-over, and a list of keys.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    if let Ok(stated) = HandOver::parse(text) {
        assert_eq!(stated.note().to_string(), text, "a hand-over prints as it was read");
        is_by_both_keys(&stated);
    }
    if let Ok(chain) = KeyChain::parse(text) {
        assert_eq!(chain.to_text(), text, "a list of keys prints as it was read");
        is_in_order(&chain);
    }
}

fn is_by_both_keys(stated: &HandOver) {
    let keys = [stated.from().clone(), stated.to().clone()];
    assert!(stated.from() != stated.to() && stated.from().name() == stated.to().name());
    assert!(keys.iter().all(|key| key.key_type() == KeyType::Ed25519));
    assert_eq!(stated.note().verify(&keys).map(|found| found.len()), Ok(2));
    // Nobody else has the keys that are known here.
    if (stated.from(), stated.to()) == (LOG_KEY.verifier(), NEXT_KEY.verifier()) {
        assert_eq!(stated.note().text(), hand_over(stated.index()).note().text());
    }
    let mut chain = KeyChain::new(stated.from().clone());
    assert_eq!(chain.extend(stated), Ok(()));
    assert_eq!(chain.newest(), stated.to());
    assert!(chain.extend(stated).is_err(), "a key hands over once");
}

fn is_in_order(chain: &KeyChain) {
    assert!((1..=KEYS_MAX).contains(&chain.all().count()));
    assert_eq!(chain.key_for(TreeSize::EMPTY), chain.all().next().expect("it is never empty"));
    assert_eq!(chain.key_for(TreeSize::new(u64::MAX)), chain.newest());
    assert!(chain.hand_overs().is_sorted());
    for (at, key) in chain.hand_overs().zip(chain.all().skip(1)) {
        assert_eq!(chain.key_for(at.size_with().expect("below the largest")), key);
    }
}
