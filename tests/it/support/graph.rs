//! A stand-in for Meta's Graph API: look-ups of media ids, and downloads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use ring::digest;
use serde_json::json;

use super::loopback::{Loopback, listen};

/// What is behind a media id.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) id: String,
    pub(crate) mime: String,
    pub(crate) bytes: Vec<u8>,
    /// How many links lead nowhere before one leads to the bytes.
    pub(crate) dead_links: usize,
}

/// Serves media on loopback until dropped.
pub(crate) struct Graph {
    /// For `media.graph_url`.
    pub(crate) url: String,
    shelf: Arc<Shelf>,
    _served: Loopback,
}

struct Shelf {
    host: String,
    token: String,
    media: Vec<Served>,
    looked_up: Mutex<BTreeMap<String, usize>>,
    downloads: Mutex<usize>,
}

impl Graph {
    /// Serves these media to whoever has the token.
    pub(crate) fn serving(token: &str, media: Vec<Served>) -> Self {
        let (listener, host) = listen();
        let url = format!("{host}/v24.0");
        let looked_up = Mutex::default();
        let shelf =
            Shelf { host, token: token.to_owned(), media, looked_up, downloads: Mutex::new(0) };
        let shelf = Arc::new(shelf);
        let router = Router::new()
            .route("/v24.0/{id}", get(look_up))
            .route("/links/{id}/{number}", get(download))
            .with_state(Arc::clone(&shelf));
        Self { url, shelf, _served: Loopback::serving(listener, router) }
    }

    /// How often an id was looked up.
    pub(crate) fn look_ups(&self, id: &str) -> usize {
        self.shelf.looked_up.lock().unwrap().get(id).copied().unwrap_or(0)
    }

    /// How often bytes were given out.
    pub(crate) fn downloads(&self) -> usize {
        *self.shelf.downloads.lock().unwrap()
    }
}

impl Shelf {
    fn admits(&self, headers: &HeaderMap) -> bool {
        let expected = format!("Bearer {}", self.token);
        headers.get("authorization").is_some_and(|value| value.as_bytes() == expected.as_bytes())
    }

    fn find(&self, id: &str) -> Option<&Served> {
        self.media.iter().find(|served| served.id == id)
    }
}

async fn look_up(
    State(shelf): State<Arc<Shelf>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !shelf.admits(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Some(served) = shelf.find(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let number = {
        let mut looked_up = shelf.looked_up.lock().unwrap();
        let number = looked_up.entry(id.clone()).or_default();
        *number += 1;
        *number
    };
    let sha256 = hex::encode(digest::digest(&digest::SHA256, &served.bytes));
    Json(json!({
        "messaging_product": "whatsapp",
        "url": format!("{}/links/{id}/{number}", shelf.host),
        "mime_type": served.mime,
        "sha256": sha256,
        "file_size": served.bytes.len(),
        "id": id,
    }))
    .into_response()
}

async fn download(
    State(shelf): State<Arc<Shelf>>,
    Path((id, number)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Response {
    let Some(served) = shelf.find(&id).filter(|_| shelf.admits(&headers)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if number <= served.dead_links {
        return StatusCode::NOT_FOUND.into_response();
    }
    *shelf.downloads.lock().unwrap() += 1;
    Bytes::from(served.bytes.clone()).into_response()
}
