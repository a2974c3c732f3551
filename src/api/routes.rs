//! The table of addresses: the router is built from it, and `docs/API.md` is
//! compared with it.

use std::sync::Arc;

use axum::routing::{MethodRouter, get};

use super::auth::Role;
use super::metrics::Metrics;
use super::{Api, health, log, media, metrics, records, search, threads, timestamps};

/// One address.
pub(super) struct Route {
    pub(super) path: &'static str,
    /// The methods that it takes, `HEAD` with every `GET`.
    #[cfg_attr(not(test), expect(dead_code, reason = "told to people, compared in a test"))]
    pub(super) methods: &'static [&'static str],
    /// The least role that may ask; `None` where no token is needed.
    pub(super) needs: Option<Role>,
    pub(super) service: MethodRouter<Arc<Api>>,
}

/// Every address.
pub(super) fn all(metrics: &Metrics) -> Vec<Route> {
    const GET: &[&str] = &["GET"];
    const BOTH: &[&str] = &["GET", "POST"];
    let route = |path, methods, needs, service| Route { path, methods, needs, service };
    let shown = metrics.clone();
    let show_metrics = get(move || metrics::show(shown.clone()));
    let (auditor, officer) = (Some(Role::Auditor), Some(Role::Officer));
    vec![
        route("/healthz", GET, None, get(health::alive)),
        route("/readyz", GET, None, get(health::ready)),
        route("/metrics", GET, None, show_metrics),
        route("/v1/log/checkpoint", GET, auditor, get(log::checkpoint)),
        route("/v1/log/consistency", GET, auditor, get(log::consistency)),
        route("/v1/log/keys", GET, auditor, get(log::keys)),
        route("/v1/log/tile/{*path}", GET, auditor, get(log::tile)),
        route("/v1/log/timestamp", GET, auditor, get(timestamps::newest)),
        route("/v1/log/timestamp/{size}", GET, auditor, get(timestamps::of_size)),
        route("/v1/log/timestamp/{size}/checkpoint", GET, auditor, get(timestamps::checkpoint)),
        route("/v1/records/{record}/entry", GET, auditor, get(records::entry)),
        route("/v1/records/{record}/receipt", GET, auditor, get(records::receipt)),
        route("/v1/search", BOTH, officer, get(search::by_address).post(search::by_body)),
        route("/v1/records/{record}", GET, officer, get(records::read)),
        route("/v1/records/{record}/media/{medium}", GET, officer, get(media::take)),
        route("/v1/threads/{thread}", GET, officer, get(threads::read)),
        route("/v1/tokens", GET, Some(Role::Admin), get(health::tokens)),
    ]
}
