//! Signed notes: a text and signatures on it, as C2SP signed-note has them.
//!
//! <https://c2sp.org/signed-note>. A [`Note`] that was parsed is only well
//! formed; nothing of its text is true before [`Note::verify`] says whose
//! signature it bears. Signatures by unknown keys are kept and ignored.
//! Ed25519 signatures (type 0x01) and Ed25519 cosignatures (type 0x04) are
//! known; others pass through untouched.

mod cosignature;
mod key;
mod signing;
#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use cosignature::{CosignatureTime, CosigningKey, TimeTooLarge};
pub use key::{BadKey, BadName, KEY_TEXT_BYTES_MAX, KeyId, KeyName, KeyType, VerifierKey};
pub use signing::{NoRandomness, SigningKey};

/// The most bytes of a note: room for 16 post-quantum signatures and more.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// The most signatures on a note; the specification asks for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 100;

const SIGNATURE_PREFIX: &str = "\u{2014} ";
const KEY_ID_BYTES: usize = 4;

/// A text with at least one signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    name: KeyName,
    id: KeyId,
    /// What follows the key id; its form is the key type's.
    bytes: Vec<u8>,
}

/// A signature that verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// The key that made it.
    pub key: &'k VerifierKey,
    /// The time that a cosignature states; `None` for a plain signature.
    pub cosigned_at: Option<CosignatureTime>,
}

/// Why a text is not a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadNote {
    /// It is longer than [`NOTE_BYTES_MAX`].
    #[error("the note has {bytes} bytes; the most is {NOTE_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It has an ASCII control character other than the newline.
    #[error("the note has a control character at byte {at}")]
    ControlCharacter {
        /// Its position.
        at: usize,
    },
    /// No blank line divides a text from signatures.
    #[error("the note has no blank line before its signatures")]
    NoBlankLine,
    /// The text to sign does not end with a newline.
    #[error("the note's text does not end with a newline")]
    OpenText,
    /// What follows the last blank line is not all signature lines.
    #[error("line {line} after the note's last blank line is not a signature")]
    BadSignatureLine {
        /// The line, from 1.
        line: usize,
    },
    /// There are more signatures than [`NOTE_SIGNATURES_MAX`].
    #[error("the note has more than {NOTE_SIGNATURES_MAX} signatures")]
    TooManySignatures,
}

/// Why a note is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// None of the signatures is by a key that was given.
    #[error("no signature on the note is by a trusted key")]
    NoKnownKey,
    /// A signature claims a key that was given and does not verify.
    #[error("the signature by {name}+{id} does not verify")]
    BadSignature {
        /// The key's name.
        name: KeyName,
        /// The key's id.
        id: KeyId,
    },
    /// Two keys that were given cannot be told apart in a signature line.
    #[error("two trusted keys are called {name}+{id}")]
    AmbiguousKey {
        /// The name of both.
        name: KeyName,
        /// The id of both.
        id: KeyId,
    },
}

impl Note {
    /// Reads a note, with all its signatures unverified.
    ///
    /// # Errors
    /// When the text is not a note in its one form.
    pub fn parse(note: &str) -> Result<Self, BadNote> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(BadNote::TooLong { bytes: note.len() });
        }
        check_characters(note)?;
        let end_of_text = note.rfind("\n\n").ok_or(BadNote::NoBlankLine)?;
        let (text, rest) = note.split_at_checked(end_of_text + 1).ok_or(BadNote::NoBlankLine)?;
        let lines = rest.strip_prefix('\n').ok_or(BadNote::NoBlankLine)?;
        let mut signatures = Vec::new();
        for (line, text) in (1..).zip(lines.split_inclusive('\n')) {
            if line > NOTE_SIGNATURES_MAX {
                return Err(BadNote::TooManySignatures);
            }
            signatures.push(Signature::parse(text).ok_or(BadNote::BadSignatureLine { line })?);
        }
        if signatures.is_empty() {
            return Err(BadNote::BadSignatureLine { line: 1 });
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Signs a text.
    ///
    /// # Errors
    /// When the text cannot stand in a note.
    pub fn sign(text: &str, key: &SigningKey) -> Result<Self, BadNote> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(BadNote::OpenText);
        }
        Self { text: text.to_owned(), signatures: vec![key.sign(text)] }.within_limits()
    }

    /// Adds another key's signature on the same text.
    ///
    /// # Errors
    /// When the note would become too long.
    pub fn sign_also(mut self, key: &SigningKey) -> Result<Self, BadNote> {
        self.signatures.push(key.sign(&self.text));
        self.within_limits()
    }

    /// Adds a cosignature for a time, in place of an earlier one by the same key.
    ///
    /// The cosigner vouches for a tree: it must know the text to be a
    /// checkpoint that is consistent with all it has seen.
    ///
    /// # Errors
    /// When the note would become too long.
    pub fn cosign(mut self, key: &CosigningKey, at: CosignatureTime) -> Result<Self, BadNote> {
        let cosignature = key.sign(&self.text, at);
        self.signatures.retain(|signature| !signature.is_by(cosignature.name(), cosignature.id()));
        self.signatures.push(cosignature);
        self.within_limits()
    }

    /// Leaves out every signature that claims none of the keys; `None` when no
    /// signature is left. What is left is as true as [`Note::verify`] found it.
    pub fn signed_by(mut self, keys: &[VerifierKey]) -> Option<Self> {
        self.signatures.retain(|signature| keys.iter().any(|key| signature.claims(key)));
        (!self.signatures.is_empty()).then_some(self)
    }

    /// Adds signatures that others made on this text, each in place of an earlier
    /// one by the same key.
    ///
    /// # Errors
    /// When the note would become too long.
    pub fn with_signatures(mut self, others: &[Signature]) -> Result<Self, BadNote> {
        for other in others {
            self.signatures.retain(|signature| !signature.is_by(other.name(), other.id()));
            self.signatures.push(other.clone());
        }
        self.within_limits()
    }

    /// The signed text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures, verified or not.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Checks each signature that claims one of the keys, and tells which verified.
    ///
    /// A key that signed more than once is told once.
    ///
    /// # Errors
    /// When no signature is by one of the keys, and when one claims to be and
    /// does not verify: such a note is refused whole.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Verified<'k>>, Untrusted> {
        let mut verified: Vec<Verified<'k>> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = signature.key_among(keys)? else { continue };
            let found = signature.verify(&self.text, key)?;
            if !verified.iter().any(|earlier| earlier.key == found.key) {
                verified.push(found);
            }
        }
        if verified.is_empty() { Err(Untrusted::NoKnownKey) } else { Ok(verified) }
    }

    fn within_limits(self) -> Result<Self, BadNote> {
        if self.signatures.len() > NOTE_SIGNATURES_MAX {
            return Err(BadNote::TooManySignatures);
        }
        match self.to_string().len() {
            0..=NOTE_BYTES_MAX => Ok(self),
            bytes => Err(BadNote::TooLong { bytes }),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

impl Signature {
    fn new(name: &KeyName, id: KeyId, bytes: Vec<u8>) -> Self {
        Self { name: name.clone(), id, bytes }
    }

    /// Reads one line with its newline.
    fn parse(line: &str) -> Option<Self> {
        let (name, blob) =
            line.strip_prefix(SIGNATURE_PREFIX)?.strip_suffix('\n')?.split_once(' ')?;
        let blob = STANDARD.decode(blob).ok()?;
        let (id, bytes) = blob.split_first_chunk::<KEY_ID_BYTES>()?;
        let name = name.parse().ok()?;
        (!bytes.is_empty()).then(|| Self::new(&name, KeyId::from_bytes(*id), bytes.to_vec()))
    }

    /// The name of the key that the line claims.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key that the line claims.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the line claims to be by this key; [`Note::verify`] tells if it is.
    pub fn claims(&self, key: &VerifierKey) -> bool {
        self.is_by(key.name(), key.id())
    }

    fn is_by(&self, name: &KeyName, id: KeyId) -> bool {
        self.name == *name && self.id == id
    }

    /// The key that the line claims, when it was given.
    fn key_among<'k>(&self, keys: &'k [VerifierKey]) -> Result<Option<&'k VerifierKey>, Untrusted> {
        let mut claimed = keys.iter().filter(|key| self.claims(key));
        let key = claimed.next();
        if claimed.next().is_some() {
            return Err(Untrusted::AmbiguousKey { name: self.name.clone(), id: self.id });
        }
        Ok(key)
    }

    fn verify<'k>(&self, text: &str, key: &'k VerifierKey) -> Result<Verified<'k>, Untrusted> {
        let cosigned_at = match key.key_type() {
            KeyType::Ed25519 => key.verifies(text.as_bytes(), &self.bytes).then_some(None),
            KeyType::CosignatureV1 => cosignature::verify(text, &self.bytes, key).map(Some),
        };
        let bad = || Untrusted::BadSignature { name: self.name.clone(), id: self.id };
        cosigned_at.map(|cosigned_at| Verified { key, cosigned_at }).ok_or_else(bad)
    }
}

impl fmt::Display for Signature {
    /// Writes the line with its newline, as a witness answers it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [self.id.as_bytes().as_slice(), &self.bytes].concat();
        writeln!(f, "{SIGNATURE_PREFIX}{} {}", self.name, STANDARD.encode(blob))
    }
}

fn check_characters(text: &str) -> Result<(), BadNote> {
    match text.bytes().position(|byte| byte < b' ' && byte != b'\n') {
        Some(at) => Err(BadNote::ControlCharacter { at }),
        None => Ok(()),
    }
}
