//! An entry is written as it was read, and both ways of reading agree.

use crate::entry::codec::{DecodeError, decode, encode};
use crate::entry::{Event, FOUND_BY_BYTES_MAX, LEAF_BYTES_MAX};

/// The quick reader by itself: [`decode`] asks it first.
#[path = "../../../src/entry/codec/canonical.rs"]
#[allow(clippy::duplicate_mod, reason = "the codec keeps it to itself")]
mod canonical;

/// Reads a leaf.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(leaf: &[u8]) {
    let quickly = canonical::read(leaf);
    let Ok(entry) = decode(leaf) else {
        assert!(leaf.len() > LEAF_BYTES_MAX || quickly.is_none(), "quickly read, and refused");
        return;
    };
    assert!(leaf.len() <= LEAF_BYTES_MAX, "a bundle could not hold it");
    assert_eq!(encode(&entry), leaf, "an entry is written as it was read");
    if let Some(quickly) = quickly {
        assert_eq!(quickly, entry);
    }
    is_read_slowly_too(leaf);
    match &entry.event {
        Event::HandedOver(hand_over) => assert_eq!(hand_over.index(), entry.index),
        Event::Found { by, .. } => assert!(by.len() <= FOUND_BY_BYTES_MAX),
        Event::Began { .. }
        | Event::Captured { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::Accessed { .. }
        | Event::Governed { .. }
        | Event::Destroyed { .. } => {}
    }
}

/// A space after the line stops the quick reader and not the slow one, which must
/// find the form, and nothing else, to be wrong.
fn is_read_slowly_too(leaf: &[u8]) {
    let spaced = [leaf, b" "].concat();
    if spaced.len() <= LEAF_BYTES_MAX {
        assert!(matches!(decode(&spaced), Err(DecodeError::NotCanonical)));
    }
}
