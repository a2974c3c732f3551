//! HTTP as a provider or an auditor speaks it.

use std::time::Duration;

use serde_json::Value;
use ureq::http::HeaderMap;
use ureq::{Agent, Body};

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Asks one address, with a token and a reason where they are set.
#[derive(Clone)]
pub(crate) struct Asker {
    agent: Agent,
    base: String,
    headers: Vec<(&'static str, String)>,
}

impl Asker {
    pub(crate) fn of(base: &str) -> Self {
        let agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        Self { agent, base: base.to_owned(), headers: vec![] }
    }

    /// The address that paths are appended to.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The same with one header more.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut with = self.clone();
        with.headers.push((name, value.to_owned()));
        with
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// A GET with parameters, which are escaped here.
    pub(crate) fn get_with(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        told(request.call()).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.try_post(path, body).unwrap()
    }

    /// As [`Asker::post`]; an error where no answer came.
    pub(crate) fn try_post(&self, path: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        request = request.header("content-type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        told(request.send(body))
    }
}

fn told(response: Result<ureq::http::Response<Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let (parts, mut body) = response?.into_parts();
    let body = body.with_config().limit(256 * 1024 * 1024).read_to_vec()?;
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
}
