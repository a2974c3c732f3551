//! SHA-256 as RFC 6962 section 2.1 uses it for a Merkle tree.
//!
//! A leaf and a node are hashed with different first bytes, so that neither can
//! be passed off as the other.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Length of a hash in bytes.
pub const HASH_BYTES: usize = 32;

/// The root of the tree that has no leaves: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// A SHA-256 value; 64 lower-case hex digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; HASH_BYTES]);

/// A text that is not a hash in the form asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHash {
    /// Not lower-case hex of 32 bytes.
    #[error("a hash is 64 lower-case hexadecimal digits")]
    Hex,
    /// Not standard, padded base64 of 32 bytes.
    #[error("a hash is 44 characters of standard base64 with padding")]
    Base64,
}

/// Hashes the bytes of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[LEAF_PREFIX]);
    context.update(leaf);
    Hash::from_digest(&context.finish())
}

/// Hashes two subtrees into the node above them.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [NODE_PREFIX; 1 + 2 * HASH_BYTES];
    let (_, children) = input.split_at_mut(1);
    let (first, second) = children.split_at_mut(HASH_BYTES);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    sha256(&input)
}

/// Plain SHA-256, without a prefix: for key ids and digests of stored bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash::from_digest(&digest::digest(&digest::SHA256, bytes))
}

impl Hash {
    /// Takes 32 bytes that are a hash already.
    pub const fn from_bytes(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Writes the hash in standard base64 with padding, as checkpoints and proofs have it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Hash::to_base64`] writes.
    ///
    /// # Errors
    /// [`BadHash::Base64`] for any other text, also for one that decodes to the
    /// same bytes with other padding bits.
    pub fn from_base64(text: &str) -> Result<Self, BadHash> {
        let bytes = STANDARD.decode(text).map_err(|_| BadHash::Base64)?;
        bytes.try_into().map(Self).map_err(|_| BadHash::Base64)
    }

    fn from_digest(digest: &digest::Digest) -> Self {
        Self(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
    }

    /// Lends the 64 digits: a log writes and reads several for each entry, too
    /// many to allocate each.
    fn with_digits<T>(&self, take: impl FnOnce(&str) -> T) -> T {
        let mut digits = [0; 2 * HASH_BYTES];
        hex::encode_to_slice(self.0, &mut digits).expect("32 bytes are 64 digits");
        take(std::str::from_utf8(&digits).expect("hex is ASCII"))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_digits(|digits| f.write_str(digits))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(BadHash::Hex);
        }
        let mut bytes = [0; HASH_BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadHash::Hex)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_digits(|digits| serializer.serialize_str(digits))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Digits<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);
        Digits::deserialize(deserializer)?.0.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(sha256(b""), EMPTY_ROOT);
        assert_eq!(EMPTY_ROOT.to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn a_leaf_and_a_node_of_the_same_bytes_differ() {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let children = [left.as_bytes().as_slice(), right.as_bytes()].concat();
        assert_ne!(leaf_hash(&children), node_hash(&left, &right));
        assert_ne!(node_hash(&left, &right), node_hash(&right, &left));
    }

    #[test]
    fn the_prefixes_are_those_of_the_rfc() {
        assert_eq!(leaf_hash(b"x"), sha256(b"\x00x"));
        let node = [&[1], EMPTY_ROOT.as_bytes().as_slice(), EMPTY_ROOT.as_bytes()].concat();
        assert_eq!(node_hash(&EMPTY_ROOT, &EMPTY_ROOT), sha256(&node));
    }

    #[test]
    fn a_hash_survives_both_text_forms() {
        let hash = leaf_hash(b"entry");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
    }

    #[test]
    fn other_texts_are_refused() {
        let upper = EMPTY_ROOT.to_string().to_uppercase();
        for text in ["", "e3", &upper, &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            assert_eq!(text.parse::<Hash>(), Err(BadHash::Hex), "{text}");
        }
        let good = EMPTY_ROOT.to_base64();
        let other_padding_bits = good.replace("FU=", "FV=");
        for text in ["", "AAAA", good.trim_end_matches('='), &other_padding_bits] {
            assert_eq!(Hash::from_base64(text), Err(BadHash::Base64), "{text}");
        }
    }
}
