//! The public side of a note's keys: names, ids and verifier keys.
//!
//! A verifier key's text is `<name>+<key id in hex>+<base64(type || public key)>`.
//! <https://c2sp.org/signed-note#verifier-keys>

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::tlog::hash::sha256;

/// The most characters of a key's text, public or private.
pub const KEY_TEXT_BYTES_MAX: usize = 1_024;

pub(super) const KEY_BYTES: usize = 32;

/// The name of a key: not empty, without spaces and without `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// A text that cannot name a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key's name is not empty and has no spaces, control characters or plus signs")]
pub struct BadName;

/// The four bytes that, with the name, tell a key apart; 8 hex digits in text.
///
/// It is an identifier, not a fingerprint: another key with the same id is
/// easily made, and only fails to verify.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

/// What a key signs, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Ed25519 over the note's text.
    Ed25519,
    /// Ed25519 over a time and a checkpoint, <https://c2sp.org/tlog-cosignature>.
    CosignatureV1,
}

/// A public key that signatures on notes are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    key_type: KeyType,
    public: [u8; KEY_BYTES],
}

/// Why a text is not a key. No part of the text is repeated: it may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// It is longer than any key that is known here.
    #[error("a key of {bytes} characters; the most is {KEY_TEXT_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It does not have the parts of a key.
    #[error("expected a key of the form NAME+KEYID+BASE64 (a private one begins PRIVATE+KEY+)")]
    Malformed,
    /// Its name is not one.
    #[error("the key's name is malformed")]
    Name(#[source] BadName),
    /// It is of another type than can be used here.
    #[error("the key has type {0:#04x}, which cannot be used here")]
    UnusableType(u8),
    /// Its key material has another length.
    #[error("the key has {0} bytes, not {KEY_BYTES}")]
    WrongLength(usize),
    /// The id in the text is not the key's.
    #[error("the key's id is not that of its name and key: it was copied wrongly or altered")]
    WrongId,
}

impl KeyName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = BadName;

    fn from_str(name: &str) -> Result<Self, BadName> {
        let fits = |c: char| c >= ' ' && c != '+' && !c.is_whitespace();
        if name.is_empty() || !name.chars().all(fits) {
            return Err(BadName);
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyId {
    pub(super) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    /// SHA-256(name || 0x0A || type || public key), its first four bytes.
    pub(super) fn of(name: &KeyName, key_type: KeyType, public: &[u8; KEY_BYTES]) -> Self {
        let input = [name.0.as_bytes(), b"\n", &[key_type.byte()], public].concat();
        let [a, b, c, d, ..] = *sha256(&input).as_bytes();
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let mut id = [0; 4];
        hex::decode_to_slice(text, &mut id).map_err(|_| BadKey::Malformed)?;
        let id = Self(id);
        if id.to_string() == text { Ok(id) } else { Err(BadKey::Malformed) }
    }
}

impl KeyType {
    const ALL: [Self; 2] = [Self::Ed25519, Self::CosignatureV1];

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|key_type| key_type.byte() == byte)
    }

    /// The byte that stands for the type in keys and key ids.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }
}

impl VerifierKey {
    pub(super) fn new(name: KeyName, key_type: KeyType, public: [u8; KEY_BYTES]) -> Self {
        let id = KeyId::of(&name, key_type, &public);
        Self { name, id, key_type, public }
    }

    /// The key's name: for a log's key, the origin of its checkpoints.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's id.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What the key signs.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The key itself: two keys with the same are one key under two names.
    pub(in super::super) const fn public(&self) -> &[u8; KEY_BYTES] {
        &self.public
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [[self.key_type.byte()].as_slice(), &self.public].concat();
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        if text.len() > KEY_TEXT_BYTES_MAX {
            return Err(BadKey::TooLong { bytes: text.len() });
        }
        let (name, id, key) = split_key(text)?;
        let key = STANDARD.decode(key).map_err(|_| BadKey::Malformed)?;
        let (key_type, public) = key.split_first().ok_or(BadKey::Malformed)?;
        let key_type = KeyType::from_byte(*key_type).ok_or(BadKey::UnusableType(*key_type))?;
        let public = public.try_into().map_err(|_| BadKey::WrongLength(public.len()))?;
        let verifier = Self::new(name, key_type, public);
        if verifier.id == id { Ok(verifier) } else { Err(BadKey::WrongId) }
    }
}

/// Splits `<name>+<id>+<base64>`; the base64 may have further plus signs.
pub(super) fn split_key(text: &str) -> Result<(KeyName, KeyId, &str), BadKey> {
    let (name, rest) = text.split_once('+').ok_or(BadKey::Malformed)?;
    let (id, key) = rest.split_once('+').ok_or(BadKey::Malformed)?;
    Ok((name.parse().map_err(BadKey::Name)?, id.parse()?, key))
}
