//! A SHA-256 as a provider writes it down.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// Reads 64 hexadecimal digits or 43 characters of base64 with or without
/// padding: webhooks have the one, look-ups the other.
pub(super) fn read(text: &str) -> Option<[u8; 32]> {
    let bare = text.trim_end_matches('=');
    let bytes = match bare.len() {
        64 => hex::decode(bare).ok()?,
        43 => BASE64_STANDARD_NO_PAD
            .decode(bare)
            .or_else(|_| BASE64_URL_SAFE_NO_PAD.decode(bare))
            .ok()?,
        _ => return None,
    };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_the_same_digest_and_nothing_else_does() {
        let hex = "fbffbf1b27a8de7efaa6d917bb70b00c1b27cdb445aa98c7b2441d306495a9ab";
        let standard = BASE64_STANDARD_NO_PAD.encode(hex::decode(hex).unwrap());
        assert!(standard.starts_with("+/+/"));
        let url_safe = standard.replace('+', "-").replace('/', "_");
        for text in [hex, &hex.to_uppercase(), &standard, &format!("{standard}="), &url_safe] {
            assert_eq!(read(text).map(hex::encode).as_deref(), Some(hex), "{text}");
        }
        for text in ["", "=", &hex[1..], &standard[1..], &"?".repeat(64), &"?".repeat(43)] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
