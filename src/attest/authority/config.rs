//! Which authority, and how often it is asked.

use std::path::PathBuf;

use serde::Deserialize;
use ureq::http::Uri;

/// `[timestamp]`: who says what time it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorityConfig {
    /// Where the authority takes requests (RFC 3161 over HTTP). Without it, nothing is
    /// stamped.
    pub url: Option<String>,
    /// Certificates (PEM) of those whose timestamps are trusted: who issued the
    /// authority's own, or that itself.
    pub ca_file: Option<PathBuf>,
    /// How often a checkpoint is stamped, while the log grows.
    pub interval_seconds: u64,
    /// Longest wait for an answer.
    pub request_seconds_max: u64,
    /// How far the machine's clock may be from the authority's before that is a finding.
    pub clock_seconds_max: u64,
}

/// What cannot be in the configuration of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct BadAuthority {
    /// The key.
    pub key: &'static str,
    /// What is wrong, and what would be right.
    pub problem: &'static str,
}

impl Default for AuthorityConfig {
    fn default() -> Self {
        Self {
            url: None,
            ca_file: None,
            interval_seconds: 3600,
            request_seconds_max: 10,
            clock_seconds_max: 60,
        }
    }
}

impl AuthorityConfig {
    /// Says what cannot be.
    ///
    /// # Errors
    /// The first key that is wrong.
    pub fn check(&self) -> Result<(), BadAuthority> {
        self.address().map(drop)
    }

    /// Where the authority is; `None` where there is none.
    pub(super) fn address(&self) -> Result<Option<Uri>, BadAuthority> {
        let wrong = |key, problem| Err(BadAuthority { key, problem });
        let Some(url) = self.url.as_deref().filter(|url| !url.is_empty()) else { return Ok(None) };
        let address = url.parse::<Uri>().ok().filter(|address| {
            let is_http = matches!(address.scheme_str(), Some("http" | "https"));
            is_http && address.host().is_some_and(|host| !host.is_empty())
        });
        let Some(address) = address else {
            return wrong("timestamp.url", "is no address, such as `http://tsa.example.com/`");
        };
        if address.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return wrong(
                "timestamp.url",
                "holds a name or a password: authorities that need one are not supported",
            );
        }
        if self.ca_file.is_none() {
            return wrong(
                "timestamp.ca_file",
                "is missing: name the file with the certificate (PEM) of who issued the \
                 authority's own, or timestamps prove nothing",
            );
        }
        if self.interval_seconds == 0 {
            return wrong("timestamp.interval_seconds", "is 0: allow one at least");
        }
        if self.request_seconds_max == 0 {
            return wrong("timestamp.request_seconds_max", "is 0: allow one at least");
        }
        Ok(Some(address))
    }
}
