//! What is done with every request: an id, a trace line, metrics, the form of
//! failures and the headers that keep a browser from harm.
//!
//! The trace line has the route's pattern and never the address, which may have
//! a query in it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::error::render;
use super::metrics::Metrics;

/// Under which the request's id is told.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing of an answer may be stored, guessed at, framed, run or told on.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// The outermost layer.
pub(super) async fn observe(
    State(metrics): State<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let id = request_id();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let method = method_word(request.method());
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        route,
        method,
        token.id = tracing::field::Empty
    );
    let started = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = render(response, &id);
    let duration = started.elapsed();
    let status = response.status().as_u16();
    metrics.answered(route, method, status, duration);
    span.in_scope(|| {
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        if route.starts_with("/v1/") {
            tracing::info!(status, duration_ms, "request answered");
        } else {
            tracing::debug!(status, duration_ms, "request answered");
        }
    });
    harden(response.headers_mut(), &id);
    response
}

fn harden(headers: &mut HeaderMap, id: &str) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    let id = HeaderValue::from_str(id).expect("hex digits may stand in a header");
    headers.insert(REQUEST_ID, id);
}

/// An id of our own making: one that the caller sends could say anything.
fn request_id() -> String {
    let mut id = [0; 8];
    match getrandom::fill(&mut id) {
        Ok(()) => hex::encode(id),
        Err(_) => "unnamed".to_owned(),
    }
}

/// The method, of those that are used here: anybody can make others up.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
