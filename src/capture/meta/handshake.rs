//! Meta asks whether an address is ours, before it delivers anything there.
//!
//! A GET with `hub.mode=subscribe`, `hub.verify_token` and `hub.challenge`.
//! The challenge goes back only to those who know the token: otherwise anybody
//! could make us say what they like.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::collections::BTreeMap;

use ring::hmac;

/// Longest challenge given back; Meta's are about ten digits.
const CHALLENGE_BYTES_MAX: usize = 1024;

/// Why a challenge is not given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no question of this kind.
    #[error("hub.mode is not `subscribe`")]
    Mode,
    /// The token is missing or another, or none is configured.
    #[error("hub.verify_token is not the configured verify token")]
    Token,
    /// There is nothing to give back, or too much.
    #[error("hub.challenge is missing or over {CHALLENGE_BYTES_MAX} bytes")]
    Challenge,
}

/// Gives the challenge to be sent back as the whole body, as plain text.
///
/// `query` holds the decoded names and values of the address; of a repeated
/// name the caller keeps whichever it likes. An empty `verify_token` fits
/// nobody.
///
/// # Errors
/// When the question is another, the token is wrong or there is no challenge;
/// to be answered with a 4xx.
pub fn answer(query: &BTreeMap<String, String>, verify_token: &str) -> Result<String, Refusal> {
    if query.get("hub.mode").map(String::as_str) != Some("subscribe") {
        return Err(Refusal::Mode);
    }
    let token = query.get("hub.verify_token").ok_or(Refusal::Token)?;
    if verify_token.is_empty() || !same(token, verify_token) {
        return Err(Refusal::Token);
    }
    match query.get("hub.challenge") {
        Some(challenge) if (1..=CHALLENGE_BYTES_MAX).contains(&challenge.len()) => {
            Ok(challenge.clone())
        }
        Some(_) | None => Err(Refusal::Challenge),
    }
}

/// Compares in a time that does not tell how much was right: two texts of any
/// length are the same when their tags under one key are.
fn same(given: &str, wanted: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"comparison of verify tokens");
    let tag = hmac::sign(&key, wanted.as_bytes());
    hmac::verify(&key, given.as_bytes(), tag.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(mode: &str, token: &str, challenge: &str) -> BTreeMap<String, String> {
        [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", challenge)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn whoever_knows_the_token_gets_the_challenge_back() {
        let asked = query("subscribe", "let-me-in", "1158201444");
        assert_eq!(answer(&asked, "let-me-in").unwrap(), "1158201444");
    }

    #[test]
    fn a_wrong_token_is_refused_and_so_is_an_empty_configuration() {
        for token in ["", "let-me-i", "let-me-in\0", "LET-ME-IN"] {
            let asked = query("subscribe", token, "1");
            assert_eq!(answer(&asked, "let-me-in"), Err(Refusal::Token), "{token:?}");
        }
        assert_eq!(answer(&query("subscribe", "", "1"), ""), Err(Refusal::Token));
    }

    #[test]
    fn other_questions_and_missing_parts_are_refused() {
        assert_eq!(answer(&query("unsubscribe", "t", "1"), "t"), Err(Refusal::Mode));
        assert_eq!(answer(&BTreeMap::new(), "t"), Err(Refusal::Mode));
        assert_eq!(answer(&query("subscribe", "t", ""), "t"), Err(Refusal::Challenge));
        let long = "1".repeat(CHALLENGE_BYTES_MAX + 1);
        assert_eq!(answer(&query("subscribe", "t", &long), "t"), Err(Refusal::Challenge));
        let mut without = query("subscribe", "t", "1");
        without.remove("hub.verify_token");
        assert_eq!(answer(&without, "t"), Err(Refusal::Token));
    }
}
