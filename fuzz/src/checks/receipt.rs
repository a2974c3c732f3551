//! A receipt prints as it was read, and proves one entry at one place.

use super::text_of;
use crate::known::{KEYS, LOG, LOG_KEY, NEXT_KEY, ORIGIN};
use crate::tlog::checkpoint;
use crate::tlog::proof::PROOF_HASHES_MAX;
use crate::tlog::receipt::{EXTRA_BYTES_MAX, RECEIPT_BYTES_MAX, Receipt};

/// Reads a receipt.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let Ok(receipt) = text.parse::<Receipt>() else { return };
    assert_eq!(receipt.to_string(), text, "a receipt prints as it was read");
    assert!(text.len() <= RECEIPT_BYTES_MAX && receipt.extra().len() <= EXTRA_BYTES_MAX);
    assert!(receipt.proof().hashes().len() <= PROOF_HASHES_MAX);
    // Without a checkpoint of the log it proves nothing, and costs nothing more.
    match checkpoint::open_note(receipt.checkpoint(), LOG_KEY.verifier(), ORIGIN) {
        Ok(_) => proves_its_entry_alone(&receipt),
        Err(_) => assert!(receipt.verify(&[], LOG_KEY.verifier(), ORIGIN).is_err()),
    }
}

fn proves_its_entry_alone(receipt: &Receipt) {
    let key = LOG_KEY.verifier();
    for (position, leaf) in (0..).zip(LOG.leaves()) {
        let Ok(checkpoint) = receipt.verify(leaf, key, ORIGIN) else { continue };
        assert_eq!(receipt.index().get(), position, "it is proven where it stands");
        assert!(checkpoint.size().contains(receipt.index()));
        let longer = [leaf.as_slice(), b" "].concat();
        assert!(receipt.verify(&longer, key, ORIGIN).is_err());
        assert!(receipt.verify(leaf, key, "log.example/other").is_err());
        assert!(receipt.verify(leaf, NEXT_KEY.verifier(), ORIGIN).is_err());
        if let Ok(proven) = receipt.verify_by(leaf, KEYS.as_slice()) {
            assert_eq!(proven.checkpoint, checkpoint);
        }
    }
}
