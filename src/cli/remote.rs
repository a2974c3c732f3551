//! Asks a running daemon over its API.
//!
//! The token goes into one header and nowhere else; no proxy of the
//! environment is used, so that nobody stands between who reads and the archive
//! whom nobody chose.

mod asked;
mod listing;

use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{Response, Uri};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::Setting;
use crate::config::{ConfigError, read_secret};

pub(super) use listing::{Listing, behind};

/// Longest wait for an answer, a medium included.
const ANSWER_SECONDS_MAX: u64 = 120;
const CONNECT_SECONDS_MAX: u64 = 10;
/// Largest answer that is held in memory: a page of results, a delivery of 8 MiB in base64.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where the daemon is, and who asks.
#[derive(Debug, Default, clap::Args)]
pub(super) struct RemoteArgs {
    /// The daemon's API; by default server.api of the configuration.
    #[arg(long, value_name = "URL", env = "MUNIMENT_SERVER", help_heading = "Asking the daemon")]
    server: Option<String>,
    /// A file with your token on its first line; or set MUNIMENT_TOKEN.
    #[arg(long, value_name = "FILE", help_heading = "Asking the daemon")]
    token_file: Option<PathBuf>,
    /// Why you read; it is sealed into the entry that says that you did.
    #[arg(long, value_name = "TEXT", env = "MUNIMENT_REASON", help_heading = "Asking the daemon")]
    reason: Option<String>,
}

/// A daemon that can be asked.
#[derive(Debug)]
pub(super) struct Remote {
    agent: Agent,
    base: String,
    token: Zeroizing<String>,
    reason: Option<String>,
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoteError {
    /// No token.
    #[error(
        "no token: set MUNIMENT_TOKEN, or name a file with --token-file; \
         `muniment token create` makes one"
    )]
    NoToken,
    /// Neither a configuration nor an address.
    #[error("which daemon? name it with --server or MUNIMENT_SERVER, or its configuration")]
    NoServer(#[source] ConfigError),
    /// An address that is none.
    #[error("{0:?} is no address of a daemon; write it as http://127.0.0.1:8601")]
    BadServer(String),
    /// Nobody answers.
    #[error("no answer from {base}; is the daemon running there (`muniment serve`)?")]
    Unreachable {
        /// Where.
        base: String,
        /// Why not.
        #[source]
        source: ureq::Error,
    },
    /// It answers no.
    #[error("{detail}{}", hint(code, request_id))]
    Refused {
        /// The word for it.
        code: String,
        /// What is wrong, and what to do.
        detail: String,
        /// Finds it in the daemon's trace.
        request_id: String,
    },
    /// It answers something else.
    #[error("{0} answers (status {1}), but not as Muniment does; is it the address of server.api?")]
    Stranger(String, u16),
}

/// The answer to a question that was refused (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
    #[serde(default)]
    request_id: String,
}

impl RemoteError {
    /// Whether what was asked for is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "not_found")
    }

    /// Whether asking again in a second may help.
    pub(super) fn is_not_yet(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "not_yet")
    }
}

fn hint(code: &str, request_id: &str) -> String {
    match code {
        "inside" => format!(" (request {request_id})"),
        "reason_missing" => "; say why with --reason".to_owned(),
        _ => String::new(),
    }
}

impl Remote {
    /// The daemon of the arguments, the environment or the configuration.
    pub(super) fn of(args: &RemoteArgs, setting: &Setting) -> anyhow::Result<Self> {
        let base = match &args.server {
            Some(server) => server.trim_end_matches('/').to_owned(),
            None => {
                let config = setting.config().map_err(RemoteError::NoServer)?;
                address_of(&config.server.api)
            }
        };
        check_address(&base)?;
        let token = match &args.token_file {
            Some(path) => Some(read_secret(path)?),
            None => setting.environment.api_token(),
        };
        let token = token.ok_or(RemoteError::NoToken)?;
        Ok(Self { agent: agent(), base, token, reason: args.reason.clone() })
    }

    /// The same, saying why what is asked for is wanted.
    pub(super) fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    /// Gets what a path stands for, as it was sent.
    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, RemoteError> {
        whole(self.answer_to(path, query)?).map_err(|source| self.unreachable(source))
    }

    /// Gets the bytes of a path, to be read as they come.
    pub(super) fn open(&self, path: &str) -> Result<impl Read + use<>, RemoteError> {
        Ok(self.answer_to(path, &[])?.into_body().into_reader())
    }

    /// Sends a file of a type, and gets the answer as it was sent.
    pub(super) fn post_file(
        &self,
        path: &str,
        mime: &str,
        file: &[u8],
    ) -> Result<Vec<u8>, RemoteError> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = self.introduce(request).header("Content-Type", mime);
        let answer = request.send(file).map_err(|source| self.unreachable(source))?;
        whole(self.checked(answer)?).map_err(|source| self.unreachable(source))
    }

    /// Sends JSON, and gets the answer as it was sent.
    pub(super) fn post(
        &self,
        path: &str,
        json: &serde_json::Value,
    ) -> Result<Vec<u8>, RemoteError> {
        self.post_file(path, "application/json", json.to_string().as_bytes())
    }

    /// Sends JSON, and gets the bytes of the answer, to be read as they come. They may take
    /// as long as they take, as long as some come.
    pub(super) fn post_and_open(
        &self,
        path: &str,
        json: &serde_json::Value,
    ) -> Result<impl Read + use<>, RemoteError> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = self.introduce(request).header("Content-Type", "application/json");
        let request = request
            .config()
            .timeout_global(None)
            .timeout_per_read(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
            .build();
        let answer = request.send(json.to_string()).map_err(|source| self.unreachable(source))?;
        Ok(self.checked(answer)?.into_body().into_reader())
    }

    /// Reads an answer that is one of the shapes of the API.
    pub(super) fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, RemoteError> {
        serde_json::from_slice(body).map_err(|_| RemoteError::Stranger(self.base.clone(), 200))
    }

    fn answer_to(&self, path: &str, query: &[(&str, &str)]) -> Result<Response<Body>, RemoteError> {
        let mut request = self.introduce(self.agent.get(format!("{}{path}", self.base)));
        for (name, value) in query {
            request = request.query(name, value);
        }
        let answer = request.call().map_err(|source| self.unreachable(source))?;
        self.checked(answer)
    }

    /// Says who asks, and why.
    fn introduce<Any>(&self, request: ureq::RequestBuilder<Any>) -> ureq::RequestBuilder<Any> {
        let bearer = Zeroizing::new(format!("Bearer {}", self.token.as_str()));
        let request = request.header("Authorization", bearer.as_str());
        match &self.reason {
            Some(reason) => request.header("Muniment-Reason", reason.as_bytes()),
            None => request,
        }
    }

    fn checked(&self, answer: Response<Body>) -> Result<Response<Body>, RemoteError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let stranger = || RemoteError::Stranger(self.base.clone(), status.as_u16());
        let body = whole(answer).map_err(|_| stranger())?;
        let problem: Problem = serde_json::from_slice(&body).map_err(|_| stranger())?;
        let Problem { code, detail, request_id } = problem;
        Err(RemoteError::Refused { code, detail, request_id })
    }

    fn unreachable(&self, source: ureq::Error) -> RemoteError {
        RemoteError::Unreachable { base: self.base.clone(), source }
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
        .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS_MAX)))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("muniment/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

fn whole(answer: Response<Body>) -> Result<Vec<u8>, ureq::Error> {
    answer.into_body().into_with_config().limit(ANSWER_BYTES_MAX).read_to_vec()
}

/// The address at which a daemon of this machine is asked: an unspecified one is
/// every one, this machine's own among them.
fn address_of(api: &str) -> String {
    match api.parse::<std::net::SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => {
            let host = if address.is_ipv4() { "127.0.0.1" } else { "[::1]" };
            format!("http://{host}:{}", address.port())
        }
        _ => format!("http://{api}"),
    }
}

/// Refuses what is no address, and warns where a token would be seen on its way.
fn check_address(base: &str) -> Result<(), RemoteError> {
    let bad = || RemoteError::BadServer(base.to_owned());
    let uri: Uri = base.parse().map_err(|_| bad())?;
    let host = uri.host().ok_or_else(bad)?;
    match uri.scheme_str() {
        _ if uri.port_u16() == Some(0) => Err(bad()),
        Some("https") => Ok(()),
        Some("http") => {
            if !is_this_machine(host) {
                tracing::warn!(
                    "the token and what you read travel unencrypted; use https, or an SSH tunnel"
                );
            }
            Ok(())
        }
        _ => Err(bad()),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The path of something of a record.
pub(super) fn record_path(record: crate::record::RecordId, of_it: &str) -> String {
    let path = format!("/v1/records/{record}");
    if of_it.is_empty() { path } else { format!("{path}/{of_it}") }
}

#[cfg(test)]
mod tests;
