//! Trusted time: what a timestamp authority says existed, and when.
//!
//! [`query`] asks for a timestamp on the SHA-256 of some bytes; [`verify`] checks what
//! an authority answered, from the answer's bytes alone: that it was granted, is of
//! these bytes and answers this request; that its signature is right and made by the
//! certificate that it names; that this certificate is for timestamps and nothing
//! else, was valid at that time, and was issued by an authority that is trusted.
//!
//! RFC 3161 (with RFC 5816), the Cryptographic Message Syntax of RFC 5652, in DER.
//! Signatures: RSA PKCS #1 with 2048 to 8192 bits and SHA-256, 384 or 512; ECDSA on
//! P-256 and P-384 with SHA-256 or 384.
//!
//! What it cannot tell: whether a certificate was revoked. It asks nobody and reads no
//! clock. Asking an authority is `attest`'s, keeping its answers `log`'s.

mod authorities;
mod certificate;
mod cms;
mod message;
mod syntax;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

pub use authorities::{Authorities, BadAuthorities};
pub use message::query;

/// The largest answer that is read; real ones have 2 to 10 KiB.
pub const RESPONSE_BYTES_MAX: usize = 64 * 1024;

/// What an authority vouches for: these bytes existed at this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When, by the authority's clock.
    pub time: Timestamp,
    /// How far that clock may be off, where the authority says so.
    pub accuracy: Option<Duration>,
}

/// Why an answer is no timestamp on the bytes in question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More than is read.
    #[error("the answer has {0} bytes; a timestamp has {RESPONSE_BYTES_MAX} at most")]
    TooLarge(usize),
    /// Not the form of a timestamp.
    #[error("the answer is no timestamp as in RFC 3161: {0} cannot be read")]
    Malformed(&'static str),
    /// The authority gave none.
    #[error("the authority gave no timestamp: {0}")]
    Refused(String),
    /// A timestamp, but of something else.
    #[error("the timestamp is of other bytes")]
    OtherBytes,
    /// A timestamp, but not the one that was asked for now.
    #[error("the timestamp answers another request: it bears another nonce")]
    OtherNonce,
    /// An algorithm that is not known, or not safe.
    #[error("the timestamp uses {0}, which is not supported")]
    Unsupported(&'static str),
    /// The signature does not fit.
    #[error("the timestamp was altered: {0}")]
    BadSignature(&'static str),
    /// A certificate that must not sign timestamps.
    #[error("the certificate of the timestamp's signer {0}")]
    Unfit(&'static str),
    /// Nobody who is trusted stands behind the signer.
    #[error("no trusted authority stands behind the timestamp: {0}")]
    Untrusted(String),
}

/// Checks an authority's response (a `TimeStampResp`, DER) on some bytes: with the
/// nonce of the request where that is known, and up to a trusted certificate where
/// some are given. Without `authorities` the signer may be anybody.
///
/// # Errors
/// Whatever is not as it must be: see [`Error`].
pub fn verify(
    response: &[u8],
    bytes: &[u8],
    nonce: Option<u64>,
    authorities: Option<&Authorities>,
) -> Result<Stamp, Error> {
    if response.len() > RESPONSE_BYTES_MAX {
        return Err(Error::TooLarge(response.len()));
    }
    let signed = cms::SignedData::read(message::granted(response)?)?;
    let told = message::Told::read(signed.content)?;
    told.check(bytes, nonce)?;
    let signer = signed.signer_certificate()?;
    signed.check_signature(&signer)?;
    signer.check_purpose()?;
    signer.check_valid_at(told.stamp.time)?;
    if let Some(authorities) = authorities {
        authorities.vouch_for(&signer, &signed.certificates, told.stamp.time)?;
    }
    Ok(told.stamp)
}
