//! The router as it is served, over a real archive.

mod answers;
mod authority;
mod consent;
mod content;
mod dispositions;
mod documented;
mod findings;
mod health;
mod holds;
mod limits;
mod media;
mod proofs;
mod requests;
mod subjects;
mod tags;
mod tiles;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::conduct::{Below, ConductConfig};
use crate::disposition::DispositionConfig;
use crate::query::fixtures::Archive;

/// An archive behind its router, and a token of each role.
struct Door {
    router: Router,
    /// Closed when the router has let go of it.
    archive: Archive,
    auditor: String,
    officer: String,
    counsel: String,
    records: String,
    privacy: String,
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
    let holds = HoldsConfig::default();
    ApiConfig { request_bytes_max: 4096, requests_in_work_max: 8, request_seconds_max: 20, holds }
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
        let counsel = token("Cora Counsel", Role::Counsel);
        let records = token("Rhea Records", Role::Records);
        let privacy = token("Petra Privacy", Role::Privacy);
        let admin = token("Ada Admin", Role::Admin);
        let api = api(&archive, config, &tokens_file);
        let metrics = Metrics::new(&api, vec![]).unwrap();
        let router = router(api, metrics);
        Self { archive, router, auditor, officer, counsel, records, privacy, admin, tokens_file }
    }

    fn token_of(&self, role: Role) -> &str {
        match role {
            Role::Auditor => &self.auditor,
            Role::Officer => &self.officer,
            Role::Counsel => &self.counsel,
            Role::Records => &self.records,
            Role::Privacy => &self.privacy,
            Role::Admin => &self.admin,
        }
    }

    /// A token that may what a route needs.
    fn token_for(&self, needs: Option<Permission>) -> &str {
        let may = |role: &Role| needs.is_none_or(|needs| role.may(needs));
        self.token_of(Role::ALL.into_iter().find(may).unwrap())
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
    let (query, log, index) = (archive.query.clone(), archive.log.clone(), archive.index.clone());
    let govern = archive.govern.clone();
    let tokens = Tokens::in_file(tokens_file.to_owned());
    let (keyring, clock) = (Arc::clone(&archive.keyring), archive.clock.clone());
    let (log_, index_, govern_) = (log.clone(), index.clone(), govern.clone());
    let disposing = DispositionConfig { plan_percent_max: 100, ..DispositionConfig::default() };
    let disposition = Disposition::new(log_, keyring, index_, govern_, clock.clone(), disposing);
    let rooms = (log.clone(), index.clone(), query.clone(), govern.clone(), disposition.clone());
    let (log_, index_, query_, govern_, disposition_) = rooms;
    let subject = Subject::new(log_, index_, query_, govern_, disposition_, clock.clone());
    let conduct = conduct(archive);
    let behind = Behind { query, log, index, govern, conduct, disposition, subject };
    Api::new(behind, tokens, clock, config)
}

/// What is found in what the archive has now.
fn conduct(archive: &Archive) -> Conduct {
    let (log, keyring) = (archive.log.clone(), Arc::clone(&archive.keyring));
    let below =
        Below { log, keyring, govern: archive.govern.clone(), index: archive.index.clone() };
    Conduct::caught_up(&archive.dir.path().join("conduct"), below, &ConductConfig::default())
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
