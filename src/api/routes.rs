//! The table of addresses: the router is built from it, and `docs/API.md` is
//! compared with it.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};

use super::metrics::Metrics;
use super::role::Permission::{
    self, CheckLog, Govern, Hold, ReadContent, SeeDecisions, SeeTokens, Subjects,
};
use super::{
    Api, consent, dispositions, events, findings, health, holds, log, media, metrics, records,
    requests, schedules, search, subjects, tags, threads, timestamps,
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
        route("/v1/findings", GET, sees, get(findings::list)),
        route("/v1/findings/{finding}", GET, sees, get(findings::show)),
        route("/v1/findings/{finding}/review", POST, reads, post(findings::review)),
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
    all.extend(of_subjects());
    all.extend(of_requests());
    all
}

/// What data subjects may ask for.
fn of_subjects() -> Vec<Route> {
    let answers = Some(Subjects);
    let of_restriction = "/v1/subjects/restrictions/{restriction}";
    vec![
        route("/v1/subjects/identify", POST, answers, post(subjects::identify)),
        route("/v1/subjects/report", POST, answers, post(subjects::report)),
        route("/v1/subjects/restrictions", GET, answers, get(subjects::list)),
        route("/v1/subjects/restrictions", POST, answers, post(subjects::restrict)),
        route(of_restriction, GET, answers, get(subjects::show)),
        route("/v1/subjects/restrictions/{restriction}/lift", POST, answers, post(subjects::lift)),
    ]
}

/// What becomes of what data subjects ask for.
fn of_requests() -> Vec<Route> {
    let answers = Some(Subjects);
    let of_request = "/v1/subjects/requests/{request}";
    vec![
        route("/v1/subjects/requests", GET, answers, get(requests::list)),
        route("/v1/subjects/requests", POST, answers, post(requests::tell)),
        route(of_request, GET, answers, get(requests::show)),
        route("/v1/subjects/requests/{request}/extend", POST, answers, post(requests::extend)),
        route("/v1/subjects/requests/{request}/erase", POST, answers, post(requests::erase)),
        route("/v1/subjects/requests/{request}/answer", POST, answers, post(requests::answer)),
        route("/v1/subjects/requests/{request}/letter", GET, answers, get(requests::letter)),
    ]
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
        route("/v1/tags", GET, sees, get(tags::list)),
        route("/v1/tags", POST, governs, post(tags::put)),
        route("/v1/tags/{putting}", GET, sees, get(tags::show)),
        route("/v1/tags/{putting}/take", POST, governs, post(tags::take)),
        route("/v1/tags/{putting}/approve", POST, governs, post(tags::approve)),
        route("/v1/tags/{putting}/keep", POST, governs, post(tags::keep)),
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
