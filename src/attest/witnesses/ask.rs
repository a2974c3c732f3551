//! One request to one witness. <https://c2sp.org/tlog-witness>

use std::time::Duration;

use ureq::http::{Uri, header};

use crate::attest::client;
use crate::tlog::TreeSize;
use crate::tlog::witness::{ADD_CHECKPOINT_PATH, AddCheckpoint, SIZE_TYPE};

/// Most bytes of an answer: a few signature lines.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Where a witness takes checkpoints.
#[derive(Debug)]
pub(super) struct Door {
    agent: ureq::Agent,
    url: String,
}

/// What a witness answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200: these signature lines, unverified.
    Lines(String),
    /// 409: it cosigned a tree of this size last.
    Knows(TreeSize),
    /// 409 without a size: it knows another tree of the checkpoint's size.
    OtherRoot,
    /// 422: the tree does not go on from the one that it knows.
    NotProven,
    /// Any other status.
    Refused(u16),
    /// No answer, or one that makes no sense.
    Unreachable(String),
}

impl Door {
    /// A door at the witness' submission prefix; `None` where that is no address.
    pub(super) fn new(prefix: &str, longest: Duration) -> Option<Self> {
        let address: Uri = prefix.parse().ok()?;
        let is_http = matches!(address.scheme_str(), Some("http" | "https"));
        let is_prefix =
            address.host().is_some_and(|host| !host.is_empty()) && address.query().is_none();
        if !is_http || !is_prefix {
            return None;
        }
        let url = format!("{}{ADD_CHECKPOINT_PATH}", prefix.trim_end_matches('/'));
        Some(Self { agent: client(longest), url })
    }

    /// Submits; blocks until there is an answer.
    pub(super) fn ask(&self, request: &AddCheckpoint) -> Answer {
        let unreachable = |error: ureq::Error| Answer::Unreachable(error.to_string());
        let asked = self.agent.post(&self.url).header(header::CONTENT_TYPE, "text/plain");
        let mut answer = match asked.send(request.to_string()) {
            Ok(answer) => answer,
            Err(error) => return unreachable(error),
        };
        let status = answer.status().as_u16();
        let is_size = answer.headers().get(header::CONTENT_TYPE).is_some_and(|mime| {
            let mime = mime.as_bytes();
            mime.get(..SIZE_TYPE.len())
                .is_some_and(|mime| mime.eq_ignore_ascii_case(SIZE_TYPE.as_bytes()))
        });
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        match (status, body) {
            (200, Ok(lines)) => Answer::Lines(lines),
            (200, Err(error)) => unreachable(error),
            (409, body) if is_size => {
                let known = body.ok().and_then(|body| body.trim_end().parse().ok());
                known.map_or_else(
                    || Answer::Unreachable("a size that is none".into()),
                    Answer::Knows,
                )
            }
            (409, _) => Answer::OtherRoot,
            (422, _) => Answer::NotProven,
            (status, _) => Answer::Refused(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_the_web_is_one() {
        let longest = Duration::from_secs(1);
        for (prefix, url) in [
            ("https://w.example", "https://w.example/add-checkpoint"),
            ("http://127.0.0.1:8610/", "http://127.0.0.1:8610/add-checkpoint"),
            ("https://w.example/my/witness", "https://w.example/my/witness/add-checkpoint"),
        ] {
            assert_eq!(Door::new(prefix, longest).unwrap().url, url);
        }
        for prefix in ["", "w.example", "ftp://w.example", "https://", "https://w.example/?a=b"] {
            assert!(Door::new(prefix, longest).is_none(), "{prefix}");
        }
    }
}
