//! Keys, and the short values that stand in other texts, have one text each.

use std::fmt::Display;
use std::str::FromStr;

use super::text_of;
use crate::record::RecordId;
use crate::tlog::note::{
    CosigningKey, KEY_TEXT_BYTES_MAX, KeyId, KeyName, KeyType, SigningKey, VerifierKey,
};
use crate::tlog::{Hash, LeafIndex, TreeSize};

/// Reads a key, public or private, a number, a hash and an id.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let public = text.parse::<VerifierKey>();
    if let Ok(key) = &public {
        assert!(text.len() <= KEY_TEXT_BYTES_MAX);
        assert_eq!(key.to_string(), text, "a key prints as it was read");
        assert_eq!(key.name().as_str().parse().as_ref(), Ok(key.name()));
    }
    let (log, witness) = (text.parse::<SigningKey>(), text.parse::<CosigningKey>());
    assert!(log.is_err() || witness.is_err(), "a key has one use");
    assert!(public.is_err() || (log.is_err() && witness.is_err()), "a key is secret or is not");
    if let Ok(key) = log {
        assert_eq!(*key.to_private_text(), text, "a secret key prints as it was read");
        is_public_side(key.verifier(), KeyType::Ed25519);
    }
    if let Ok(key) = witness {
        assert_eq!(*key.to_private_text(), text, "a secret key prints as it was read");
        is_public_side(key.verifier(), KeyType::CosignatureV1);
    }
    has_one_text::<KeyName>(text);
    has_one_text::<KeyId>(text);
    has_one_text::<Hash>(text);
    has_one_text::<RecordId>(text);
    has_one_text::<LeafIndex>(text);
    has_one_text::<TreeSize>(text);
    if let Ok(hash) = Hash::from_base64(text) {
        assert_eq!(hash.to_base64(), text);
    }
}

fn is_public_side(key: &VerifierKey, use_: KeyType) {
    assert_eq!(key.key_type(), use_);
    assert_eq!(key.to_string().parse().as_ref(), Ok(key));
}

fn has_one_text<T: FromStr + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text, "it prints as it was read");
    }
}
