//! No timestamp is accepted but those that the authority gave.

use std::sync::LazyLock;

use crate::timestamp::{Authorities, RESPONSE_BYTES_MAX, Stamp, verify};

/// What was stamped, and with which nonce.
const TEXT: &[u8] = b"archive.example/1\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
const NONCE: u64 = 0x0d61_9913_c9c7_8391;

/// Two authorities' answers, made with `openssl ts` by keys that nobody has any more:
/// ECDSA on P-256, and RSA in the older form of RFC 3161.
pub const HONEST: [&[u8]; 2] =
    [include_bytes!("../../timestamp/p256.tsr"), include_bytes!("../../timestamp/rsa.tsr")];

/// The certificates to trust.
pub const ROOTS: &[u8] = include_bytes!("../../timestamp/roots.pem");

static AUTHORITIES: LazyLock<Authorities> =
    LazyLock::new(|| Authorities::from_pem(ROOTS).expect("they are certificates"));

static STAMPS: LazyLock<Vec<Stamp>> = LazyLock::new(|| {
    let stamps = HONEST.map(|response| verify(response, TEXT, Some(NONCE), Some(&AUTHORITIES)));
    stamps.into_iter().map(|stamp| stamp.expect("an honest answer verifies")).collect()
});

/// Reads an authority's answer, and certificates.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let _ = Authorities::from_pem(input);
    let Ok(stamp) = verify(input, TEXT, Some(NONCE), Some(&AUTHORITIES)) else { return };
    assert!(input.len() <= RESPONSE_BYTES_MAX);
    assert!(STAMPS.contains(&stamp), "nobody else has the keys");
    assert_eq!(verify(input, TEXT, None, None), Ok(stamp), "asking less accepts no less");
    assert!(verify(input, TEXT, Some(NONCE ^ 1), None).is_err());
    assert!(verify(input, &[TEXT, b"\n"].concat(), Some(NONCE), None).is_err());
}
