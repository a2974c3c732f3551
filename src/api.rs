//! The auditor's and the officer's door: HTTP over `query` and `log`.
//!
//! It decides who may ask ([`Permission`]), reads requests, and shapes answers; it
//! never opens a record itself. Everything content comes from `query`, which
//! writes the reader down first. Every answer has a request id and headers
//! that keep a browser from storing, guessing or running anything; every failure
//! is problem+json (RFC 9457). `docs/API.md` is the contract; a test compares its
//! addresses with `routes`.
//!
//! It does not listen: the daemon binds, and serves [`router`].

pub mod auth;
pub mod dispositions;
pub mod error;
pub mod events;
pub mod findings;
pub mod holds;
pub mod metrics;
pub mod requests;
pub mod role;
pub mod schedules;
pub mod subjects;
pub mod tags;
pub mod tokens;

mod answer;
mod consent;
mod health;
mod log;
mod media;
mod observe;
mod range;
mod records;
mod routes;
mod search;
mod threads;
mod timestamps;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse as _;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use auth::{Caller, Tokens};
pub use error::ApiError;
pub use holds::HoldsConfig;
pub use metrics::{Metrics, Reading};
pub use role::{Permission, Role};

use crate::clock::Clock;
use crate::conduct::Conduct;
use crate::disposition::Disposition;
use crate::govern::Govern;
use crate::index::Index;
use crate::log::Log;
use crate::query::Query;
use crate::subject::Subject;

/// Media that are in memory at once for being sent; the next one waits.
const MEDIA_IN_MEMORY_MAX: usize = 4;

/// Limits of the API. The daemon fills them from `[server]`.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Largest body of a request.
    pub request_bytes_max: usize,
    /// Most requests worked on at once; then 503.
    pub requests_in_work_max: usize,
    /// Longest time for an answer; then 503.
    pub request_seconds_max: u64,
    /// How holds are released.
    pub holds: HoldsConfig,
}

/// What the routes work with.
#[derive(Debug)]
pub struct Api {
    query: Query,
    log: Log,
    index: Index,
    govern: Govern,
    conduct: Conduct,
    disposition: Disposition,
    subject: Subject,
    tokens: Tokens,
    clock: Clock,
    config: ApiConfig,
    places: Semaphore,
    media_places: Arc<Semaphore>,
}

/// The rooms of an archive that the routes ask.
#[derive(Clone, Debug)]
pub struct Behind {
    /// Opens content.
    pub query: Query,
    /// Proves.
    pub log: Log,
    /// Finds.
    pub index: Index,
    /// Decides.
    pub govern: Govern,
    /// Finds what looks like a breach.
    pub conduct: Conduct,
    /// Destroys.
    pub disposition: Disposition,
    /// Answers data subjects.
    pub subject: Subject,
}

impl Api {
    /// The API of one archive.
    pub fn new(behind: Behind, tokens: Tokens, clock: Clock, config: ApiConfig) -> Self {
        let Behind { query, log, index, govern, conduct, disposition, subject } = behind;
        let places = Semaphore::new(config.requests_in_work_max.max(1));
        let media_places = Arc::new(Semaphore::new(MEDIA_IN_MEMORY_MAX));
        Self {
            query,
            log,
            index,
            govern,
            conduct,
            disposition,
            subject,
            tokens,
            clock,
            config,
            places,
            media_places,
        }
    }
}

/// The routes, ready to be served.
pub fn router(api: Api, metrics: Metrics) -> Router {
    let timeout = Duration::from_secs(api.config.request_seconds_max.max(1));
    let body_limit = DefaultBodyLimit::max(api.config.request_bytes_max);
    let api = Arc::new(api);
    let mut open = Router::new();
    let mut guarded = Router::new();
    for route in routes::all(&metrics) {
        match route.needs {
            None => open = open.route(route.path, route.service),
            Some(needs) => {
                let guard = from_fn_with_state((Arc::clone(&api), needs), auth::require);
                guarded = guarded.route(route.path, route.service.route_layer(guard));
            }
        }
    }
    // The last layer is the outermost: it sees what all others answer.
    guarded
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
        .layer(from_fn_with_state(Arc::clone(&api), admit))
        .layer(body_limit)
        .merge(open)
        .with_state(api)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(metrics, observe::observe))
}

/// Turns away what comes when every place is taken.
async fn admit(
    State(api): State<Arc<Api>>,
    request: Request,
    next: Next,
) -> Result<axum::response::Response, ApiError> {
    let _place = api.places.try_acquire().map_err(|_| ApiError::Busy)?;
    Ok(next.run(request).await)
}

/// The panic's own text may quote content: the hook of the rim decides what of
/// it is traced.
fn panicked(_cause: Box<dyn std::any::Any + Send>) -> Response<axum::body::Body> {
    tracing::error!("a request panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests;
