//! A stand-in for the part of Meta's Graph API that gives out media: look up an
//! id, get a link that lives five minutes, download it, both with the token.
//!
//! The first link of one medium is dead at once, as if five minutes had passed,
//! so that the archive has to look it up again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::story::Medium;

/// The access token that the stand-in expects.
pub const ACCESS_TOKEN: &str = "EAAdemoHalyardSystemUserToken";
/// The medium whose first link is dead.
const EXPIRES_ONCE: &str = "voice";

/// The running stand-in; it ends with the runtime.
#[derive(Debug)]
pub struct Graph {
    /// What belongs into `media.graph_url`.
    pub url: String,
    seen: Arc<Seen>,
}

/// What was asked of it.
#[derive(Debug, Default)]
pub struct Seen {
    counts: Mutex<Counts>,
}

/// How many requests of each kind there were.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Look-ups answered.
    pub look_ups: u64,
    /// Files given out.
    pub downloads: u64,
    /// Downloads refused because the link had expired.
    pub expired: u64,
    /// Requests without the right token.
    pub refused: u64,
}

#[derive(Clone)]
struct Shelf {
    address: SocketAddr,
    media: Arc<Vec<Medium>>,
    seen: Arc<Seen>,
}

impl Graph {
    /// Listens on a free loopback port.
    pub fn start(runtime: &tokio::runtime::Runtime, media: &[Medium]) -> anyhow::Result<Self> {
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .context("the stand-in of the Graph API found no free port")?;
        let address = listener.local_addr().context("the stand-in has no address")?;
        let seen = Arc::new(Seen::default());
        let shelf = Shelf { address, media: Arc::new(media.to_vec()), seen: Arc::clone(&seen) };
        let router = Router::new()
            .route("/v24.0/{id}", get(look_up))
            .route("/lookaside/{id}/{link}", get(download))
            .with_state(shelf);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url: format!("http://{address}/v24.0"), seen })
    }

    /// What was asked so far.
    pub fn counts(&self) -> Counts {
        *self.seen.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Counts, and gives the counts as they are then.
    fn count(&self, add: impl FnOnce(&mut Counts)) -> Counts {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut counts);
        *counts
    }
}

async fn look_up(
    State(shelf): State<Shelf>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !has_token(&headers) {
        return refuse(&shelf);
    }
    let Some(medium) = shelf.medium(&id) else {
        let error = json!({"error": {
            "message": "Unsupported get request. Object does not exist",
            "type": "GraphMethodException", "code": 100, "error_subcode": 33,
        }});
        return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
    };
    let link = shelf.seen.count(|counts| counts.look_ups += 1).look_ups;
    let digest = STANDARD.decode(medium.sha256_base64()).unwrap_or_default();
    axum::Json(json!({
        "messaging_product": "whatsapp",
        "url": format!("http://{}/lookaside/{id}/{link}", shelf.address),
        "mime_type": medium.mime,
        "sha256": hex::encode(digest),
        "file_size": medium.bytes.len().to_string(),
        "id": id,
    }))
    .into_response()
}

async fn download(
    State(shelf): State<Shelf>,
    Path((id, _link)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    if !has_token(&headers) {
        return refuse(&shelf);
    }
    let Some(medium) = shelf.medium(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let expires = |counts: &Counts| medium.name == EXPIRES_ONCE && counts.expired == 0;
    let mut is_dead = false;
    shelf.seen.count(|counts| {
        is_dead = expires(counts);
        if is_dead {
            counts.expired += 1;
        } else {
            counts.downloads += 1;
        }
    });
    if is_dead {
        return (StatusCode::NOT_FOUND, "URL signature expired\n").into_response();
    }
    ([(header::CONTENT_TYPE, medium.mime)], medium.bytes).into_response()
}

fn has_token(headers: &HeaderMap) -> bool {
    let expected = format!("Bearer {ACCESS_TOKEN}");
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == expected.as_bytes())
}

fn refuse(shelf: &Shelf) -> Response {
    shelf.seen.count(|counts| counts.refused += 1);
    let error = json!({"error": {
        "message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190,
    }});
    (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response()
}

impl Shelf {
    fn medium(&self, id: &str) -> Option<Medium> {
        self.media.iter().find(|medium| medium.id == id).copied()
    }
}
