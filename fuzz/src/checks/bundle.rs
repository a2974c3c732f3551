//! A bundle's entries make the same bundle again, and a tile's hashes the same tile.

use super::take;
use crate::tlog::tile::bundle::{self, BundleError, ENTRY_BYTES_MAX};
use crate::tlog::tile::{TILE_BYTES, Width, from_bytes, root_of_full, to_bytes};
use crate::tlog::tree::root_of;

/// Splits a bundle, of as many entries as the first byte says, and more or fewer as
/// the second; reads the rest also as a tile.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(mut input: &[u8]) {
    let [width, other]: [u8; 2] = take(&mut input);
    let [width, other] = [width, other]
        .map(|width| Width::try_from(usize::from(width) + 1).expect("1 to 256 entries"));
    match bundle::decode(input, width) {
        Ok(entries) => {
            makes_the_same_bundle(&entries, input);
            assert_eq!(entries.len(), width.get());
            assert_eq!(bundle::decode(input, other).is_ok(), other == width, "it has one width");
        }
        Err(BundleError::Truncated { entry, width: told }) => {
            assert!(entry < width.get() && told == width.get());
        }
        Err(BundleError::TrailingBytes { bytes, .. }) => {
            let whole = input.len().checked_sub(bytes).and_then(|end| input.get(..end));
            let whole = whole.expect("no more bytes follow than there are");
            assert!(bundle::decode(whole, width).is_ok(), "without them it is a bundle");
        }
    }
    is_a_tile_of_the_same_bytes(input);
}

fn makes_the_same_bundle(entries: &[&[u8]], bytes: &[u8]) {
    let mut again = Vec::new();
    for entry in entries {
        assert!(entry.len() <= ENTRY_BYTES_MAX);
        bundle::append(&mut again, entry).expect("it came out of a bundle");
    }
    assert_eq!(again, bytes, "a bundle is written as it was read");
}

fn is_a_tile_of_the_same_bytes(bytes: &[u8]) {
    let Some(hashes) = from_bytes(bytes) else {
        assert!(root_of_full(bytes).is_none());
        return;
    };
    assert_eq!(to_bytes(&hashes), bytes, "a tile is written as it was read");
    let root = (bytes.len() == TILE_BYTES).then(|| root_of(&hashes));
    assert_eq!(root_of_full(bytes), root);
}
