//! The bucket stanza: how a record's age file key is wrapped under its bucket.
//!
//! ```text
//! -> muniment-bucket NAME SALT
//! WRAPPED
//! ```
//! `NAME` is the name of the bucket's row, `SALT` 16 random bytes in unpadded base64. The
//! wrapping key is HKDF-SHA256 of the bucket key with that salt and the info
//! `muniment/bucket-stanza/v1`; `WRAPPED` is the 16-byte file key under
//! ChaCha20-Poly1305 with a zero nonce (the key is used once).
//!
//! A symmetric stanza, because X25519 costs 0.12–0.2 ms a record.

use std::cell::OnceCell;
use std::collections::HashSet;

use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use super::bucket::BucketKey;
use crate::record::RecordId;

pub(super) const TAG: &str = "muniment-bucket";
const STANZA_INFO: &[u8] = b"muniment/bucket-stanza/v1";
const COMMITMENT_INFO: &[u8] = b"muniment/commitment/v1";
const SALT_BYTES: usize = 16;

/// A bucket in the role of age's recipient and identity, for one record.
///
/// It sees the record's file key pass by and derives the secret of the record's
/// commitment from it, so that the secret dies with the file key.
pub(super) struct BucketStanza<'a> {
    bucket: &'a BucketKey,
    record: RecordId,
    commitment_key: OnceCell<hmac::Key>,
}

impl<'a> BucketStanza<'a> {
    pub(super) fn new(bucket: &'a BucketKey, record: RecordId) -> Self {
        Self { bucket, record, commitment_key: OnceCell::new() }
    }

    /// HMAC-SHA256 of the plaintext under the record's secret; `None` before the
    /// file key was wrapped or unwrapped.
    pub(super) fn commitment(&self, plaintext: &[u8]) -> Option<[u8; 32]> {
        let tag = hmac::sign(self.commitment_key.get()?, plaintext);
        tag.as_ref().try_into().ok()
    }

    fn learn(&self, file_key: &[u8; FILE_KEY_BYTES]) {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, self.record.as_bytes());
        let secret = salt.extract(file_key);
        let key = secret
            .expand(&[COMMITMENT_INFO], hmac::HMAC_SHA256)
            .expect("32 bytes are within HKDF's bound")
            .into();
        let _ = self.commitment_key.set(key);
    }
}

impl age::Recipient for BucketStanza<'_> {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        let file_key = file_key.expose_secret();
        let Wrapped { salt, body } = wrap(self.bucket, file_key)?;
        self.learn(file_key);
        let args = vec![self.bucket.row.to_string(), salt];
        Ok((vec![Stanza { tag: TAG.to_owned(), args, body }], HashSet::new()))
    }
}

impl age::Identity for BucketStanza<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        let [name, salt] = stanza.args.as_slice() else { return None };
        if stanza.tag != TAG || *name != self.bucket.row.to_string() {
            return None;
        }
        let file_key = unwrap(self.bucket, salt, &stanza.body).map(|file_key| {
            self.learn(&file_key);
            FileKey::new(Box::new(*file_key))
        });
        Some(file_key.ok_or(age::DecryptError::DecryptionFailed))
    }
}

/// A file key under a bucket's key.
pub(super) struct Wrapped {
    /// Unpadded base64.
    pub(super) salt: String,
    pub(super) body: Vec<u8>,
}

/// Wraps a file key under a bucket's key.
pub(super) fn wrap(
    bucket: &BucketKey,
    file_key: &[u8; FILE_KEY_BYTES],
) -> std::io::Result<Wrapped> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut body = file_key.to_vec();
    wrapping_key(bucket, &salt)
        .seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut body)
        .map_err(|_| std::io::Error::other("sealing 16 bytes failed"))?;
    Ok(Wrapped { salt: BASE64.encode(salt), body })
}

/// Opens what [`wrap`] made; `None` where the bucket's key does not.
pub(super) fn unwrap(
    bucket: &BucketKey,
    salt: &str,
    wrapped: &[u8],
) -> Option<Zeroizing<[u8; FILE_KEY_BYTES]>> {
    let salt = BASE64.decode(salt).ok().filter(|salt| salt.len() == SALT_BYTES)?;
    let mut wrapped = Zeroizing::new(wrapped.to_vec());
    let opened =
        wrapping_key(bucket, &salt).open_in_place(zero_nonce(), Aad::empty(), &mut wrapped).ok()?;
    Some(Zeroizing::new((&*opened).try_into().ok()?))
}

fn wrapping_key(bucket: &BucketKey, salt: &[u8]) -> LessSafeKey {
    let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(bucket.key.as_ref());
    let key: UnboundKey = secret
        .expand(&[STANZA_INFO], &CHACHA20_POLY1305)
        .expect("32 bytes are within HKDF's bound")
        .into();
    LessSafeKey::new(key)
}

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
