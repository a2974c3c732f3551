//! The authority's door: a request over HTTP, as RFC 3161 §3.4 has it.

use std::io::Read as _;
use std::time::Duration;

use ureq::http::{Uri, header};

use crate::attest::client;
use crate::timestamp::RESPONSE_BYTES_MAX;

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// Asks one authority; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    agent: ureq::Agent,
    address: Uri,
    name: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The network, or no such host, or too late.
    #[error("no answer: {0}; see that timestamp.url is right and can be reached from here")]
    Unreachable(String),
    /// An answer that is no timestamp.
    #[error("it answered with status {0}; see that timestamp.url is right")]
    Status(u16),
    /// Something else than was asked for.
    #[error("it answered with something else than {REPLY}; see that timestamp.url is right")]
    OtherType,
    /// More than a timestamp can be.
    #[error("its answer is longer than {RESPONSE_BYTES_MAX} bytes")]
    TooLong,
}

impl Asker {
    pub(super) fn new(address: Uri, longest: Duration) -> Self {
        let name = address.host().unwrap_or_default().to_owned();
        Self { agent: client(longest), address, name }
    }

    /// What the authority is called in traces and entries: its host.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sends a request, and gives what came back, whatever it says.
    pub(super) fn ask(&self, query: &[u8]) -> Result<Vec<u8>, Failure> {
        let asked = self
            .agent
            .post(self.address.clone())
            .header(header::CONTENT_TYPE, QUERY)
            .header(header::ACCEPT, REPLY)
            .send(query);
        let mut answer = asked.map_err(|error| Failure::Unreachable(error.to_string()))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(Failure::Status(status));
        }
        let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(REPLY)) {
            return Err(Failure::OtherType);
        }
        let mut response = vec![];
        let limit = RESPONSE_BYTES_MAX as u64 + 1;
        answer
            .body_mut()
            .as_reader()
            .take(limit)
            .read_to_end(&mut response)
            .map_err(|error| Failure::Unreachable(error.kind().to_string()))?;
        if response.len() > RESPONSE_BYTES_MAX {
            return Err(Failure::TooLong);
        }
        Ok(response)
    }
}
