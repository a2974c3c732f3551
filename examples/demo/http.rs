//! The HTTP that the demonstration speaks itself: a provider's deliveries, and
//! the doors that need no token.

use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// A client with one connection that is kept.
#[derive(Debug)]
pub struct Http(ureq::Agent);

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What `/readyz` says.
#[derive(Debug, Deserialize)]
pub struct Readiness {
    pub log: LogState,
    pub index: IndexState,
}

/// How the log stands.
#[derive(Debug, Deserialize)]
pub struct LogState {
    pub entries: u64,
}

/// How the index stands.
#[derive(Debug, Deserialize)]
pub struct IndexState {
    pub entries_behind: u64,
}

impl Http {
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_WAIT_MAX))
            .http_status_as_error(false)
            // What a proxy is configured for is not this machine's own loopback.
            .proxy(None)
            .build();
        Self(config.new_agent())
    }

    /// Delivers a body as Meta does.
    pub fn deliver(&self, url: &str, signature: &str, body: &[u8]) -> anyhow::Result<u16> {
        let answer = self
            .0
            .post(url)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .send(body)
            .with_context(|| format!("could not deliver to {url}"))?;
        Ok(answer.status().as_u16())
    }

    /// Asks with `GET`, with a token where there is one.
    pub fn get(&self, url: &str, token: Option<&str>) -> anyhow::Result<Answer> {
        let mut request = self.0.get(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().with_context(|| format!("could not ask {url}"))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_to_vec().with_context(|| format!("{url} broke off"))?;
        Ok(Answer { status, body })
    }

    /// How far log and index are.
    pub fn readiness(&self, api: &str) -> anyhow::Result<Readiness> {
        let answer = self.get(&format!("{api}/readyz"), None)?;
        serde_json::from_slice(&answer.body).context("/readyz answers other JSON than expected")
    }
}
