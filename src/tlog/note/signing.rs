//! The private side of a note's keys.
//!
//! A private key's text is the one of Go's `golang.org/x/mod/sumdb/note`:
//! `PRIVATE+KEY+<name>+<key id in hex>+<base64(type || seed)>`. The seed and
//! the text are wiped from memory when dropped; the key that `ring` expands the
//! seed into is not, which `ring` has no way to do.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use super::Signature;
use super::key::{
    BadKey, KEY_BYTES, KEY_TEXT_BYTES_MAX, KeyId, KeyName, KeyType, VerifierKey, split_key,
};

const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";

/// A key that signs notes with Ed25519, type 0x01.
#[derive(Debug)]
pub struct SigningKey(PrivateKey);

/// The system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes for a new key")]
pub struct NoRandomness;

/// A seed with its name, for signatures of one type.
pub(super) struct PrivateKey {
    seed: Zeroizing<[u8; KEY_BYTES]>,
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SigningKey {
    /// Makes a new key of the system's randomness.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn generate(name: KeyName) -> Result<Self, NoRandomness> {
        PrivateKey::generate(name, KeyType::Ed25519).map(Self)
    }

    /// Makes the key of a seed: 32 bytes that nobody can guess.
    pub fn from_seed(name: KeyName, seed: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(PrivateKey::new(name, KeyType::Ed25519, seed))
    }

    /// The key that verifies what this one signs.
    pub const fn verifier(&self) -> &VerifierKey {
        self.0.verifier()
    }

    /// The key's secret text, to be stored where only the log can read it.
    pub fn to_private_text(&self) -> Zeroizing<String> {
        self.0.to_text()
    }

    /// Signs a note's text.
    pub(super) fn sign(&self, text: &str) -> Signature {
        let bytes = self.0.sign(text.as_bytes()).to_vec();
        Signature::new(self.verifier().name(), self.verifier().id(), bytes)
    }
}

impl FromStr for SigningKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        PrivateKey::parse(text, KeyType::Ed25519).map(Self)
    }
}

impl PrivateKey {
    pub(super) fn new(name: KeyName, key_type: KeyType, seed: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).expect("a seed has 32 bytes");
        let public = pair.public_key().as_ref().try_into().expect("a public key has 32 bytes");
        Self { seed, pair, verifier: VerifierKey::new(name, key_type, public) }
    }

    pub(super) fn generate(name: KeyName, key_type: KeyType) -> Result<Self, NoRandomness> {
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        SystemRandom::new().fill(seed.as_mut_slice()).map_err(|_| NoRandomness)?;
        Ok(Self::new(name, key_type, seed))
    }

    pub(super) fn parse(text: &str, key_type: KeyType) -> Result<Self, BadKey> {
        if text.len() > KEY_TEXT_BYTES_MAX {
            return Err(BadKey::TooLong { bytes: text.len() });
        }
        let text = text.strip_prefix(PRIVATE_PREFIX).ok_or(BadKey::Malformed)?;
        let (name, id, key) = split_key(text)?;
        let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| BadKey::Malformed)?);
        let (found_type, seed) = key.split_first().ok_or(BadKey::Malformed)?;
        if *found_type != key_type.byte() {
            return Err(BadKey::UnusableType(*found_type));
        }
        let seed = seed.try_into().map_err(|_| BadKey::WrongLength(seed.len()))?;
        let key = Self::new(name, key_type, Zeroizing::new(seed));
        if key.id() == id { Ok(key) } else { Err(BadKey::WrongId) }
    }

    pub(super) fn to_text(&self) -> Zeroizing<String> {
        let mut key = Zeroizing::new([self.verifier.key_type().byte(); 1 + KEY_BYTES]);
        let (_, seed) = key.split_at_mut(1);
        seed.copy_from_slice(self.seed.as_slice());
        let key = Zeroizing::new(STANDARD.encode(key.as_slice()));
        let (name, id) = (self.verifier.name(), self.id());
        Zeroizing::new(format!("{PRIVATE_PREFIX}{name}+{id}+{}", key.as_str()))
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    pub(super) const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    const fn id(&self) -> KeyId {
        self.verifier.id()
    }
}

impl fmt::Debug for PrivateKey {
    /// Names the key and hides the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}+{}, secret)", self.verifier.name(), self.id())
    }
}
