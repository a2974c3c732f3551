//! Cosignatures on checkpoints: somebody else's word that a tree was seen at a time.
//!
//! <https://c2sp.org/tlog-cosignature>, the Ed25519 form (type 0x04). The
//! message does not name the cosigner, so a key must serve one name only.

use std::str::FromStr;

use zeroize::Zeroizing;

use super::Signature;
use super::key::{BadKey, KEY_BYTES, KeyName, KeyType, VerifierKey};
use super::signing::{NoRandomness, PrivateKey};

const TIME_BYTES: usize = 8;

/// When a cosignature was made, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CosignatureTime(u64);

/// A time that no cosignature may state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cosignature's time is at most 2^63 - 1 seconds")]
pub struct TimeTooLarge;

/// A key that cosigns checkpoints, type 0x04.
#[derive(Debug)]
pub struct CosigningKey(PrivateKey);

impl CosignatureTime {
    /// Takes whole seconds since 1970.
    ///
    /// # Errors
    /// Past 2^63 - 1.
    pub fn from_seconds(seconds: u64) -> Result<Self, TimeTooLarge> {
        if i64::try_from(seconds).is_err() { Err(TimeTooLarge) } else { Ok(Self(seconds)) }
    }

    /// Whole seconds since 1970.
    pub const fn as_seconds(self) -> u64 {
        self.0
    }
}

impl CosigningKey {
    /// Makes a new key of the system's randomness.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn generate(name: KeyName) -> Result<Self, NoRandomness> {
        PrivateKey::generate(name, KeyType::CosignatureV1).map(Self)
    }

    /// Makes the key of a seed: 32 bytes that nobody can guess.
    pub fn from_seed(name: KeyName, seed: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(PrivateKey::new(name, KeyType::CosignatureV1, seed))
    }

    /// The key that verifies what this one cosigns.
    pub const fn verifier(&self) -> &VerifierKey {
        self.0.verifier()
    }

    /// The key's secret text.
    pub fn to_private_text(&self) -> Zeroizing<String> {
        self.0.to_text()
    }

    pub(super) fn sign(&self, checkpoint: &str, at: CosignatureTime) -> Signature {
        let signature = self.0.sign(message(checkpoint, at).as_bytes());
        let bytes = [at.0.to_be_bytes().as_slice(), &signature].concat();
        Signature::new(self.verifier().name(), self.verifier().id(), bytes)
    }
}

impl FromStr for CosigningKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        PrivateKey::parse(text, KeyType::CosignatureV1).map(Self)
    }
}

/// The time that a cosignature states; `None` when it does not verify.
pub(super) fn verify(
    checkpoint: &str,
    timestamped: &[u8],
    key: &VerifierKey,
) -> Option<CosignatureTime> {
    let (seconds, signature) = timestamped.split_first_chunk::<TIME_BYTES>()?;
    let at = CosignatureTime::from_seconds(u64::from_be_bytes(*seconds)).ok()?;
    key.verifies(message(checkpoint, at).as_bytes(), signature).then_some(at)
}

fn message(checkpoint: &str, at: CosignatureTime) -> String {
    format!("cosignature/v1\ntime {}\n{checkpoint}", at.0)
}
