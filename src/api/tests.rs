//! The router as it is served, over a real archive.

mod answers;
mod authority;
mod content;
mod documented;
mod health;
mod limits;
mod media;
mod proofs;
mod tiles;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::query::fixtures::Archive;

/// An archive behind its router, and a token of each role.
struct Door {
    router: Router,
    /// Closed when the router has let go of it.
    archive: Archive,
    auditor: String,
    officer: String,
    admin: String,
    tokens_file: std::path::PathBuf,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

fn config() -> ApiConfig {
    ApiConfig { request_bytes_max: 4096, requests_in_work_max: 8, request_seconds_max: 20 }
}

impl Door {
    fn new() -> Self {
        Self::with(Archive::new(), config())
    }

    fn with(archive: Archive, config: ApiConfig) -> Self {
        let tokens_file = archive.dir.path().join("tokens.toml");
        let now = archive.clock.now();
        let token =
            |name, role| tokens::create(&tokens_file, name, role, now, None).unwrap().1.to_string();
        let auditor = token("Ada Auditor", Role::Auditor);
        let officer = token("Otto Officer", Role::Officer);
        let admin = token("Ada Admin", Role::Admin);
        let api = api(&archive, config, &tokens_file);
        let metrics = Metrics::new(&api, vec![]).unwrap();
        let router = router(api, metrics);
        Self { archive, router, auditor, officer, admin, tokens_file }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, address: &str, token: &str) -> Answer {
        self.ask(get(address, token)).await
    }
}

fn api(archive: &Archive, config: ApiConfig, tokens_file: &std::path::Path) -> Api {
    Api::new(
        archive.query.clone(),
        archive.log.clone(),
        archive.index.clone(),
        Tokens::in_file(tokens_file.to_owned()),
        archive.clock.clone(),
        config,
    )
}

fn get(address: &str, token: &str) -> Request<Body> {
    let builder =
        Request::builder().uri(address).header("authorization", format!("Bearer {token}"));
    builder.body(Body::empty()).unwrap()
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} {:?}", self.status, String::from_utf8_lossy(&self.body)))
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// That it is a problem of this status and code, in the right form.
    #[track_caller]
    fn is_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let told = self.json();
        assert_eq!(told["code"], code, "{told}");
        assert_eq!(told["status"], status);
        assert_eq!(told["request_id"], self.header("x-request-id"));
        told
    }
}
