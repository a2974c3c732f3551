//! A timestamp authority on loopback: OpenSSL's, behind HTTP as RFC 3161 has it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;

use super::loopback::{Loopback, listen};
use super::openssl::{Authority, Key};

/// Where the digest of what is to be stamped stands in a request.
const IMPRINT: usize = 24;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Honest,
    /// It has no time for anybody.
    Down,
    /// It stamps something else than it was asked to.
    Lying,
    /// It is somebody else.
    Stranger,
    /// It answers with a page.
    Chatty,
    /// It takes the request and says nothing.
    Silent,
}

/// Stamps until dropped.
pub(crate) struct TimeAuthority {
    /// For `timestamp.url`.
    pub(crate) url: String,
    desk: Arc<Desk>,
    _served: Loopback,
}

struct Desk {
    own: Authority,
    stranger: Authority,
    manner: Mutex<Manner>,
    asked: AtomicUsize,
}

impl TimeAuthority {
    pub(crate) fn new(manner: Manner) -> Self {
        let (listener, base) = listen();
        let (own, stranger) = (Authority::new(Key::P256), Authority::new(Key::P256));
        let (manner, asked) = (Mutex::new(manner), AtomicUsize::new(0));
        let desk = Arc::new(Desk { own, stranger, manner, asked });
        let router = Router::new().route("/tsr", post(stamp)).with_state(Arc::clone(&desk));
        Self { url: format!("{base}/tsr"), desk, _served: Loopback::serving(listener, router) }
    }

    /// The certificates and the program behind it.
    pub(crate) fn own(&self) -> &Authority {
        &self.desk.own
    }

    /// From now on it answers so.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.desk.manner.lock().unwrap() = manner;
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.desk.asked.load(Ordering::SeqCst)
    }
}

async fn stamp(State(desk): State<Arc<Desk>>, headers: HeaderMap, query: Bytes) -> Response {
    const REPLY: &str = "application/timestamp-reply";
    assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), "application/timestamp-query");
    desk.asked.fetch_add(1, Ordering::SeqCst);
    let manner = *desk.manner.lock().unwrap();
    let mut query = query.to_vec();
    if manner == Manner::Lying {
        query[IMPRINT] ^= 1;
    }
    match manner {
        Manner::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Manner::Silent => std::future::pending().await,
        Manner::Chatty => "<html>Welcome</html>".into_response(),
        Manner::Stranger => {
            ([(header::CONTENT_TYPE, REPLY)], desk.stranger.reply(&query)).into_response()
        }
        Manner::Honest | Manner::Lying => {
            ([(header::CONTENT_TYPE, REPLY)], desk.own.reply(&query)).into_response()
        }
    }
}
