//! The provider's media door: look up an id, download what it points to.
//!
//! The token goes only to the Graph API's own host and to the configured
//! download hosts. Neither the link (it is a credential) nor the token is ever
//! traced.

use std::io::Read as _;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::Uri;
use zeroize::Zeroizing;

use super::MediaConfig;
use crate::entry::MissedReason;

/// The access token of the provider's API.
pub struct BearerToken(Zeroizing<String>);

/// Asks the provider.
#[derive(Debug)]
pub(super) struct Door {
    agent: ureq::Agent,
    token: BearerToken,
    graph_url: String,
    download_hosts: Vec<String>,
    medium_bytes_max: u64,
}

/// What a look-up told.
#[derive(Debug, Deserialize)]
pub(super) struct LookedUp {
    url: String,
    /// Hexadecimal, or base64 in some answers.
    #[serde(default)]
    pub(super) sha256: Option<String>,
    /// A number, or a string of one.
    #[serde(default)]
    file_size: Option<serde_json::Value>,
}

/// Why a medium was not had this time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The provider does not know the id (any more).
    #[error("the provider does not have it (status {0})")]
    Gone(u16),
    /// The provider refused us: the token, most likely.
    #[error("the provider refused (status {0}); check media.token_file")]
    Refused(u16),
    /// Larger than the archive keeps.
    #[error("it is larger than media.medium_bytes_max")]
    TooLarge,
    /// The link leads to a host that the token must not be sent to.
    #[error("its link leads outside media.download_hosts")]
    ForeignHost,
    /// The bytes have another digest than announced; tried again before it is believed.
    #[error("its digest is not the one announced")]
    Digest,
    /// The network, or an answer that makes no sense.
    #[error("no usable answer: {0}")]
    Unreachable(String),
    /// The archive itself could not read or write.
    #[error("the archive could not read or write: {0}")]
    Archive(String),
}

impl Failure {
    /// Whether another try cannot help.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::TooLarge)
    }

    /// The word for the entry that says it was missed.
    pub(super) fn reason(&self) -> MissedReason {
        match self {
            Self::Gone(_) => MissedReason::Expired,
            Self::Refused(_) | Self::ForeignHost => MissedReason::Refused,
            Self::TooLarge => MissedReason::TooLarge,
            Self::Digest | Self::Unreachable(_) | Self::Archive(_) => MissedReason::Unreachable,
        }
    }
}

impl BearerToken {
    /// Takes the token's text.
    pub fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }
}

impl Door {
    pub(super) fn new(token: BearerToken, config: &MediaConfig) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_millis(config.timeout_ms)))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("muniment/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Self {
            agent,
            token,
            graph_url: config.graph_url.trim_end_matches('/').to_owned(),
            download_hosts: config.download_hosts.clone(),
            medium_bytes_max: config.medium_bytes_max,
        }
    }

    /// Asks where a medium is now; the answer holds for five minutes.
    pub(super) fn look_up(&self, id: &str, number_id: Option<&str>) -> Result<LookedUp, Failure> {
        let mut request = self.agent.get(format!("{}/{}", self.graph_url, path_segment(id)));
        if let Some(number_id) = number_id {
            request = request.query("phone_number_id", number_id);
        }
        let mut answer = self.call(request)?;
        let looked_up: LookedUp = answer
            .body_mut()
            .with_config()
            .limit(1024 * 1024)
            .read_json()
            .map_err(|error| Failure::Unreachable(without_address(&error)))?;
        match looked_up.size() {
            Some(size) if size > self.medium_bytes_max => Err(Failure::TooLarge),
            _ => Ok(looked_up),
        }
    }

    /// Downloads what a look-up pointed to.
    pub(super) fn download(&self, looked_up: &LookedUp) -> Result<Vec<u8>, Failure> {
        if !self.may_have_the_token(&looked_up.url) {
            return Err(Failure::ForeignHost);
        }
        let mut answer = self.call(self.agent.get(&looked_up.url))?;
        let mut bytes = vec![];
        answer
            .body_mut()
            .as_reader()
            .take(self.medium_bytes_max.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::Unreachable(error.kind().to_string()))?;
        if bytes.len() as u64 > self.medium_bytes_max {
            return Err(Failure::TooLarge);
        }
        match looked_up.size() {
            Some(size) if size != bytes.len() as u64 => {
                Err(Failure::Unreachable(format!("{} bytes of {size}", bytes.len())))
            }
            _ => Ok(bytes),
        }
    }

    fn call(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithoutBody>,
    ) -> Result<ureq::http::Response<ureq::Body>, Failure> {
        let authorization = Zeroizing::new(format!("Bearer {}", self.token.0.as_str()));
        let answer = request
            .header("authorization", authorization.as_str())
            .call()
            .map_err(|error| Failure::Unreachable(without_address(&error)))?;
        match answer.status().as_u16() {
            200 => Ok(answer),
            status @ (400 | 404 | 410) => Err(Failure::Gone(status)),
            status @ (401 | 403) => Err(Failure::Refused(status)),
            status => Err(Failure::Unreachable(format!("status {status}"))),
        }
    }

    /// Whether a link leads to the Graph API's host or a configured one, over TLS
    /// unless the Graph API itself is configured without.
    fn may_have_the_token(&self, url: &str) -> bool {
        let (Ok(link), Ok(graph)) = (url.parse::<Uri>(), self.graph_url.parse::<Uri>()) else {
            return false;
        };
        let (Some(host), Some(own)) = (link.host(), graph.host()) else { return false };
        let same_origin = link.authority() == graph.authority() && link.scheme() == graph.scheme();
        let listed = self.download_hosts.iter().any(|listed| {
            host == listed || host.strip_suffix(listed.as_str()).is_some_and(|h| h.ends_with('.'))
        });
        let tls = link.scheme_str() == Some("https");
        same_origin || (tls && (listed || host == own))
    }
}

impl LookedUp {
    fn size(&self) -> Option<u64> {
        let size = self.file_size.as_ref()?;
        size.as_u64().or_else(|| size.as_str()?.parse().ok())
    }
}

/// An id as one segment of a path: whatever is no letter, digit, `-` or `_` is
/// percent-encoded, so that no id can reach another address.
fn path_segment(id: &str) -> String {
    let mut segment = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => segment.push(char::from(byte)),
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

/// What went wrong, without the address that it went wrong at.
fn without_address(error: &ureq::Error) -> String {
    if let ureq::Error::Io(error) = error {
        return error.kind().to_string();
    }
    let known = [
        (matches!(error, ureq::Error::Timeout(_)), "it took too long"),
        (matches!(error, ureq::Error::HostNotFound), "the host's name is not known"),
        (matches!(error, ureq::Error::ConnectionFailed), "no connection"),
        (matches!(error, ureq::Error::Json(_)), "the answer is not the JSON expected"),
    ];
    let found = known.into_iter().find(|(is_it, _)| *is_it);
    found.map_or("the request failed", |(_, words)| words).to_owned()
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(graph_url: &str) -> Door {
        let config = MediaConfig { graph_url: graph_url.to_owned(), ..MediaConfig::default() };
        Door::new(BearerToken::new("secret".into()), &config)
    }

    #[test]
    fn the_token_goes_only_to_the_providers_hosts() {
        let door = door("https://graph.facebook.com/v24.0");
        for url in [
            "https://lookaside.fbsbx.com/a?hash=b",
            "https://fbsbx.com/a",
            "https://graph.facebook.com/x",
        ] {
            assert!(door.may_have_the_token(url), "{url}");
        }
        for url in [
            "http://lookaside.fbsbx.com/a",
            "https://fbsbx.com.evil.example/",
            "https://notfbsbx.com/",
            "https://evil.example/?fbsbx.com",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!door.may_have_the_token(url), "{url}");
        }
    }

    #[test]
    fn a_stand_in_on_loopback_may_serve_its_own_links() {
        let door = door("http://127.0.0.1:9000/v24.0");
        assert!(door.may_have_the_token("http://127.0.0.1:9000/media/1"));
        assert!(!door.may_have_the_token("http://127.0.0.1:9001/media/1"));
    }

    #[test]
    fn an_id_cannot_leave_its_path() {
        assert_eq!(path_segment("../me?x=1"), "%2E%2E%2Fme%3Fx%3D1");
        assert_eq!(path_segment("3099000001"), "3099000001");
    }

    #[test]
    fn sizes_are_read_as_numbers_or_strings() {
        for text in [r#"{"url":"u","file_size":7}"#, r#"{"url":"u","file_size":"7"}"#] {
            assert_eq!(serde_json::from_str::<LookedUp>(text).unwrap().size(), Some(7));
        }
        assert_eq!(serde_json::from_str::<LookedUp>(r#"{"url":"u"}"#).unwrap().size(), None);
    }
}
