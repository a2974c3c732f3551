//! The table of addresses: the router is built from it, and `docs/API.md` is
//! compared with it.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};

use super::metrics::Metrics;
use super::role::Permission::{self, CheckLog, Govern, Hold, ReadContent, SeeDecisions, SeeTokens};
use super::{
    Api, consent, dispositions, events, health, holds, log, media, metrics, records, schedules,
    search, threads, timestamps,
};
use crate::policy::SCHEDULE_BYTES_MAX;
use crate::projection::consent::IMPORT_BYTES_MAX;

/// One address.
pub(super) struct Route {
    pub(super) path: &'static str,
    /// The methods that it takes, `HEAD` with every `GET`.
    #[cfg_attr(not(test), expect(dead_code, reason = "told to people, compared in a test"))]
    pub(super) methods: &'static [&'static str],
    /// What who asks must be permitted; `None` where no token is needed.
    pub(super) needs: Option<Permission>,
    pub(super) service: MethodRouter<Arc<Api>>,
}

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const BOTH: &[&str] = &["GET", "POST"];

fn route(
    path: &'static str,
    methods: &'static [&'static str],
    needs: Option<Permission>,
    service: MethodRouter<Arc<Api>>,
) -> Route {
    Route { path, methods, needs, service }
}

/// Every address.
pub(super) fn all(metrics: &Metrics) -> Vec<Route> {
    let shown = metrics.clone();
    let show_metrics = get(move || metrics::show(shown.clone()));
    // A file may be larger than any other request.
    let importing = post(consent::import).layer(DefaultBodyLimit::max(IMPORT_BYTES_MAX));
    let (checks, reads) = (Some(CheckLog), Some(ReadContent));
    let (sees, holds) = (Some(SeeDecisions), Some(Hold));
    let mut all = vec![
        route("/healthz", GET, None, get(health::alive)),
        route("/readyz", GET, None, get(health::ready)),
        route("/metrics", GET, None, show_metrics),
        route("/v1/log/checkpoint", GET, checks, get(log::checkpoint)),
        route("/v1/log/consistency", GET, checks, get(log::consistency)),
        route("/v1/log/keys", GET, checks, get(log::keys)),
        route("/v1/log/tile/{*path}", GET, checks, get(log::tile)),
        route("/v1/log/timestamp", GET, checks, get(timestamps::newest)),
        route("/v1/log/timestamp/{size}", GET, checks, get(timestamps::of_size)),
        route("/v1/log/timestamp/{size}/checkpoint", GET, checks, get(timestamps::checkpoint)),
        route("/v1/records/{record}/entry", GET, checks, get(records::entry)),
        route("/v1/records/{record}/receipt", GET, checks, get(records::receipt)),
        route("/v1/search", BOTH, reads, get(search::by_address).post(search::by_body)),
        route("/v1/records/{record}", GET, reads, get(records::read)),
        route("/v1/records/{record}/media/{medium}", GET, reads, get(media::take)),
        route("/v1/threads/{thread}", GET, reads, get(threads::read)),
        route("/v1/consent", BOTH, reads, get(consent::state).post(consent::tell)),
        route("/v1/consent/history", GET, reads, get(consent::history)),
        route("/v1/consent/import", POST, reads, importing),
        route("/v1/consent/record", GET, reads, get(consent::record)),
        route("/v1/consent/review", GET, reads, get(consent::review)),
        route("/v1/consent/review/{record}", POST, reads, post(consent::resolve)),
        route("/v1/holds", GET, sees, get(holds::list)),
        route("/v1/holds", POST, holds, post(holds::place)),
        route("/v1/holds/{hold}", GET, sees, get(holds::show)),
        route("/v1/holds/{hold}/release", POST, holds, post(holds::release)),
        route("/v1/holds/{hold}/approve", POST, holds, post(holds::approve)),
        route("/v1/holds/{hold}/notices", POST, holds, post(holds::notice)),
        route("/v1/holds/{hold}/acknowledgements", POST, holds, post(holds::acknowledge)),
        route("/v1/holds/{hold}/review", POST, holds, post(holds::review)),
        route("/v1/matters/{matter}", GET, sees, get(holds::matter)),
        route("/v1/tokens", GET, Some(SeeTokens), get(health::tokens)),
    ];
    all.extend(of_retention());
    all
}

/// What decides how long records are kept, and destroys them.
fn of_retention() -> Vec<Route> {
    let (checks, sees, governs) = (Some(CheckLog), Some(SeeDecisions), Some(Govern));
    let file = DefaultBodyLimit::max(SCHEDULE_BYTES_MAX);
    let (adopting, trying) = (post(schedules::adopt), post(schedules::simulate));
    vec![
        route("/v1/schedules", GET, checks, get(schedules::list)),
        route("/v1/schedules", POST, governs, adopting.layer(file)),
        route("/v1/schedules/simulate", POST, governs, trying.layer(file)),
        route("/v1/schedules/{name}/withdraw", POST, governs, post(schedules::withdraw)),
        route("/v1/events", POST, governs, post(events::tell)),
        route("/v1/dispositions", GET, checks, get(dispositions::list)),
        route("/v1/dispositions", POST, governs, post(dispositions::plan)),
        route("/v1/dispositions/preview", POST, governs, post(dispositions::preview)),
        route("/v1/dispositions/{run}", GET, checks, get(dispositions::show)),
        route("/v1/dispositions/{run}/approve", POST, governs, post(dispositions::approve)),
        route("/v1/dispositions/{run}/reject", POST, governs, post(dispositions::reject)),
        route("/v1/dispositions/{run}/execute", POST, governs, post(dispositions::execute)),
        route("/v1/dispositions/{run}/certificate", GET, checks, get(dispositions::certificate)),
        route("/v1/records/{record}/retention", GET, sees, get(dispositions::retention)),
    ]
}
