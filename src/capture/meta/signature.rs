//! Is a delivery Meta's? `X-Hub-Signature-256`: HMAC-SHA256 of the raw body.
//!
//! The key is the app secret as it is displayed, the digits not decoded. The
//! signature proves who sent the bytes, not when: a delivery can be played
//! again, and is then recognised by its content.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use ring::hmac;
use zeroize::Zeroizing;

const PREFIX: &str = "sha256=";
const TAG_BYTES: usize = 32;

/// The secret of a Meta app: what its deliveries are signed with. Wiped when dropped.
#[derive(Clone)]
pub struct AppSecret(Zeroizing<Vec<u8>>);

/// Which bytes were signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedForm {
    /// The body as it was received.
    Raw,
    /// The body with everything beyond ASCII escaped as `\uxxxx`: something on
    /// the way wrote the escapes out.
    Escaped,
}

/// Why a delivery is not taken for Meta's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature.
    #[error("the header X-Hub-Signature-256 is missing")]
    Missing,
    /// The header has another form.
    #[error("the header X-Hub-Signature-256 is not `sha256=` and 64 hexadecimal digits")]
    Malformed,
    /// No secret made this signature of this body.
    #[error("the signature fits none of the configured app secrets; check `app_secrets`")]
    Mismatch,
}

/// An app secret without a single byte, with which anybody could sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an app secret is empty; copy it from the app's basic settings at Meta")]
pub struct EmptySecret;

impl AppSecret {
    /// Takes the secret as it is displayed.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(secret: impl Into<Vec<u8>>) -> Result<Self, EmptySecret> {
        let secret = Zeroizing::new(secret.into());
        if secret.is_empty() { Err(EmptySecret) } else { Ok(Self(secret)) }
    }
}

impl std::fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSecret(redacted)")
    }
}

/// Says whether a header can be a signature at all, before the body is read.
///
/// # Errors
/// [`SignatureError::Missing`] or [`SignatureError::Malformed`].
pub fn well_formed(header: Option<&str>) -> Result<(), SignatureError> {
    tag_of(header).map(|_| ())
}

/// Says whether one of the secrets signed the body, and in which form.
///
/// Every comparison takes constant time. The escaped form is tried only where
/// the body holds anything beyond ASCII; Meta's own bodies do not.
///
/// # Errors
/// When there is no signature, when it is none, or when no secret made it.
pub fn authentic(
    header: Option<&str>,
    body: &[u8],
    secrets: &[AppSecret],
) -> Result<SignedForm, SignatureError> {
    let tag = tag_of(header)?;
    if signed_by_any(&tag, body, secrets) {
        return Ok(SignedForm::Raw);
    }
    match escaped(body) {
        Some(body) if signed_by_any(&tag, &body, secrets) => Ok(SignedForm::Escaped),
        Some(_) | None => Err(SignatureError::Mismatch),
    }
}

fn tag_of(header: Option<&str>) -> Result<[u8; TAG_BYTES], SignatureError> {
    let digits = header.ok_or(SignatureError::Missing)?.strip_prefix(PREFIX);
    let mut tag = [0; TAG_BYTES];
    hex::decode_to_slice(digits.ok_or(SignatureError::Malformed)?, &mut tag)
        .map_err(|_| SignatureError::Malformed)?;
    Ok(tag)
}

fn signed_by_any(tag: &[u8; TAG_BYTES], body: &[u8], secrets: &[AppSecret]) -> bool {
    secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
        hmac::verify(&key, body, tag).is_ok()
    })
}

/// The body with everything beyond ASCII as `\uxxxx` in lower case; `None`
/// where nothing would change, or where it is no text.
fn escaped(body: &[u8]) -> Option<Vec<u8>> {
    if body.is_ascii() {
        return None;
    }
    let mut out = Vec::with_capacity(body.len().saturating_mul(2));
    for char in std::str::from_utf8(body).ok()?.chars() {
        if let Ok(byte) = u8::try_from(char)
            && byte.is_ascii()
        {
            out.push(byte);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            out.extend(format!("\\u{unit:04x}").into_bytes());
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const EMPTY_TAG: &str =
        "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";
    const ESCAPED: &[u8] = br#"{"t":"\u00e4\u00f6 \ud83d\ude00 https:\/\/x.example\/"}"#;
    const ESCAPED_TAG: &str =
        "sha256=ff117d0ddda545ac0d1ea5965ecd86536f0e91c92a4e3d8282ddc11c826a3e44";
    const UTF8: &str = r#"{"t":"äö 😀 https://x.example/"}"#;
    const UTF8_TAG: &str =
        "sha256=49a6a62b9c5774ce55b053bd6c5b71791ff5c9e7af43a36a5bab82d2efdddbac";

    fn secrets() -> Vec<AppSecret> {
        ["another", "test_app_secret"].map(|secret| AppSecret::new(secret).unwrap()).to_vec()
    }

    #[test]
    fn known_vectors_are_authentic_under_any_of_the_secrets() {
        for (body, tag) in [(EMPTY, EMPTY_TAG), (ESCAPED, ESCAPED_TAG), (UTF8.as_bytes(), UTF8_TAG)]
        {
            assert_eq!(authentic(Some(tag), body, &secrets()), Ok(SignedForm::Raw));
        }
    }

    #[test]
    fn a_body_whose_escapes_were_written_out_on_the_way_is_recognised() {
        let unescaped = r#"{"t":"äö 😀 https:\/\/x.example\/"}"#.as_bytes();
        let form = authentic(Some(ESCAPED_TAG), unescaped, &secrets());
        assert_eq!(form, Ok(SignedForm::Escaped));
    }

    #[test]
    fn one_changed_byte_or_another_secret_is_a_mismatch() {
        let mut body = EMPTY.to_vec();
        for at in 0..body.len() {
            body[at] ^= 1;
            let verdict = authentic(Some(EMPTY_TAG), &body, &secrets());
            assert_eq!(verdict, Err(SignatureError::Mismatch), "byte {at}");
            body[at] ^= 1;
        }
        let others = [AppSecret::new("another").unwrap()];
        assert_eq!(authentic(Some(EMPTY_TAG), EMPTY, &others), Err(SignatureError::Mismatch));
        assert_eq!(authentic(Some(EMPTY_TAG), EMPTY, &[]), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_body_that_is_no_text_is_a_mismatch() {
        let verdict = authentic(Some(EMPTY_TAG), b"\xff\xfe", &secrets());
        assert_eq!(verdict, Err(SignatureError::Mismatch));
    }

    #[test]
    fn missing_and_malformed_headers_are_told_apart() {
        assert_eq!(well_formed(None), Err(SignatureError::Missing));
        let digits = "0".repeat(64);
        for header in [
            "",
            "sha256=",
            &digits,
            &format!("sha1={digits}"),
            &format!("sha256={}", &digits[1..]),
            &format!("sha256={digits}0"),
            &format!("sha256= {}", &digits[1..]),
            &format!("sha256={}x", &digits[1..]),
        ] {
            assert_eq!(well_formed(Some(header)), Err(SignatureError::Malformed), "{header}");
            let verdict = authentic(Some(header), EMPTY, &secrets());
            assert_eq!(verdict, Err(SignatureError::Malformed), "{header}");
        }
        assert_eq!(well_formed(Some(EMPTY_TAG)), Ok(()));
    }

    #[test]
    fn a_secret_is_never_empty_and_never_shown() {
        assert_eq!(AppSecret::new("").unwrap_err(), EmptySecret);
        assert!(!format!("{:?}", secrets()).contains("test_app_secret"));
    }
}
