//! Numbers for Prometheus. No label ever holds anything of a record, a query or
//! a person: routes are patterns, methods and statuses are of a short list.
//!
//! What other rooms count is read when it is asked for, through [`Reading`]s that
//! the daemon passes; so nothing is counted twice and this room needs not know
//! theirs.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::response::Response;
use prometheus::core::{Collector, Desc};
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder};

use super::{Api, ApiError, answer};
use crate::conduct::{Finding, FindingState};
use crate::projection::findings::FindingKind;
use crate::query::{AccessCounts, Query};

/// Upper bounds of the histogram's buckets, in seconds.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// A metric that cannot be made: a name twice, or one that is none.
#[derive(Debug, thiserror::Error)]
#[error("the metric {name} cannot be registered")]
pub struct BadMetric {
    /// Its name.
    pub name: String,
    /// What the registry says.
    #[source]
    source: prometheus::Error,
}

/// A number that somebody else keeps.
pub struct Reading {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    labels: Vec<(&'static str, String)>,
    read: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// All metrics of the process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
}

impl Reading {
    /// A number that only grows; its name ends with `_total`.
    pub fn counter(
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self { name, help, kind: MetricType::COUNTER, labels: vec![], read: Box::new(read) }
    }

    /// A number that rises and falls.
    pub fn gauge(
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self { name, help, kind: MetricType::GAUGE, labels: vec![], read: Box::new(read) }
    }

    /// Tells it apart from others of its name.
    #[must_use]
    pub fn labelled(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((label, value.into()));
        // Prometheus wants them in order.
        self.labels.sort();
        self
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("name", &self.name).field("labels", &self.labels).finish()
    }
}

impl Metrics {
    /// The metrics of the API itself, of its archive, and the given ones.
    ///
    /// # Errors
    /// When a name is malformed or is there twice with the same label.
    pub fn new(api: &Api, readings: Vec<Reading>) -> Result<Self, BadMetric> {
        let registry = Registry::new();
        let name = "muniment_api_requests_total";
        let opts = Opts::new(name, "Requests answered.");
        let requests = IntCounterVec::new(opts, &["route", "method", "status"]);
        let requests = register(&registry, name, requests)?;
        let name = "muniment_api_request_seconds";
        let opts = HistogramOpts::new(name, "Time until an answer, in seconds.");
        let seconds = HistogramVec::new(opts.buckets(SECONDS.to_vec()), &["route"]);
        let seconds = register(&registry, name, seconds)?;
        let own = own(api).into_iter().chain(of_conduct(api)).chain(of_requests(api));
        for reading in own.chain(readings) {
            let name = reading.name;
            register(&registry, name, Collected::new(reading))?;
        }
        Ok(Self(Arc::new(Inner { registry, requests, seconds })))
    }

    /// Counts an answer.
    pub(super) fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let status = status.to_string();
        self.0.requests.with_label_values(&[route, method, status.as_str()]).inc();
        self.0.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }
}

/// `GET /metrics`
pub(super) async fn show(metrics: Metrics) -> Result<Response, ApiError> {
    let families = metrics.0.registry.gather();
    let text = TextEncoder::new().encode_to_string(&families).map_err(ApiError::inside)?;
    Ok(answer::bytes("text/plain; version=0.0.4; charset=utf-8", text))
}

/// What the API can read by itself.
fn own(api: &Api) -> Vec<Reading> {
    let version = env!("CARGO_PKG_VERSION");
    let (log, poisoned, full) = (api.log.clone(), api.log.clone(), api.log.clone());
    let (searchable, behind) = (api.index.clone(), api.index.clone());
    let accesses = "muniment_accesses_total";
    let help = "Openings of content, each an entry of the log.";
    let counted = |read: fn(&AccessCounts) -> &AtomicU64| {
        let query: Query = api.query.clone();
        move || read(query.counts()).load(Ordering::Relaxed)
    };
    vec![
        Reading::gauge("muniment_build_info", "1, with the version.", || 1)
            .labelled("version", version),
        Reading::gauge("muniment_log_entries", "Entries of the log.", move || log.size().get()),
        Reading::gauge("muniment_log_poisoned", "1 once the log refuses entries.", move || {
            u64::from(poisoned.poisoned().is_some())
        }),
        Reading::gauge("muniment_log_full", "1 while the disk has no room.", move || {
            u64::from(full.check_room().is_err())
        }),
        Reading::gauge("muniment_index_searchable_entries", "Entries indexed.", move || {
            searchable.progress().searchable.get()
        }),
        Reading::gauge("muniment_index_entries_behind", "Entries not indexed yet.", move || {
            behind.progress().entries_behind()
        }),
        Reading::counter(accesses, help, counted(|c| &c.searches)).labelled("act", "search"),
        Reading::counter(accesses, help, counted(|c| &c.records)).labelled("act", "read"),
        Reading::counter(accesses, help, counted(|c| &c.threads)).labelled("act", "read_thread"),
        Reading::counter(accesses, help, counted(|c| &c.media)).labelled("act", "read_medium"),
        Reading::counter(accesses, help, counted(|c| &c.consents)).labelled("act", "read_consent"),
        Reading::counter(accesses, help, counted(|c| &c.reports)).labelled("act", "report"),
        Reading::counter(
            "muniment_damaged_total",
            "Times that a damaged entry was come upon while reading.",
            counted(|c| &c.damaged),
        ),
    ]
}

/// Requests of data subjects that nobody answered yet.
fn of_requests(api: &Api) -> Vec<Reading> {
    let unanswered = |late: bool| {
        let (govern, clock) = (api.govern.clone(), api.clock.clone());
        move || {
            let now = clock.now();
            let counted = govern.read(|projection| {
                let open = projection.subjects.requests_behind(None);
                let open = open.filter(|(_, request)| request.answered.is_none());
                open.filter(|(_, request)| !late || request.is_late(now)).count()
            });
            // What cannot be read is told by other means.
            counted.map_or(0, |count| count as u64)
        }
    };
    let help = "Requests of data subjects that were not answered yet.";
    let name = "muniment_subject_requests";
    vec![
        Reading::gauge(name, help, unanswered(false)).labelled("state", "open"),
        Reading::gauge(name, help, unanswered(true)).labelled("state", "late"),
    ]
}

/// Findings of conduct that nobody looked at, and how far they are made.
fn of_conduct(api: &Api) -> Vec<Reading> {
    let open = |kind: FindingKind| {
        let (conduct, govern) = (api.conduct.clone(), api.govern.clone());
        move || {
            let found = conduct.found();
            let counted = govern.read(|projection| {
                let of_kind = found.findings.values().filter(|it| it.id.kind == kind);
                let state = |it: &Finding| it.state(&projection.findings);
                of_kind.filter(|it| state(it) == FindingState::Open).count()
            });
            // What cannot be read is told by other means.
            counted.map_or(0, |count| count as u64)
        }
    };
    let help = "Findings of conduct that nobody looked at yet.";
    let of_kind = |kind: FindingKind| {
        Reading::gauge("muniment_conduct_findings", help, open(kind))
            .labelled("kind", kind.as_str())
    };
    let mut readings: Vec<Reading> = FindingKind::ALL.into_iter().map(of_kind).collect();
    let conduct = api.conduct.clone();
    readings.push(Reading::gauge(
        "muniment_conduct_entries_behind",
        "Entries that findings of conduct were not made of yet.",
        move || if conduct.is_on() { conduct.progress().entries_behind() } else { 0 },
    ));
    readings
}

fn register<C: Collector + Clone + 'static>(
    registry: &Registry,
    name: &str,
    made: prometheus::Result<C>,
) -> Result<C, BadMetric> {
    let bad = |source| BadMetric { name: name.to_owned(), source };
    let collector = made.map_err(bad)?;
    registry.register(Box::new(collector.clone())).map_err(bad)?;
    Ok(collector)
}

/// A [`Reading`] as the registry wants it.
#[derive(Clone)]
struct Collected {
    desc: Desc,
    reading: Arc<Reading>,
}

impl Collected {
    fn new(reading: Reading) -> prometheus::Result<Self> {
        let labels: HashMap<String, String> = reading
            .labels
            .iter()
            .map(|(label, value)| ((*label).to_owned(), value.clone()))
            .collect();
        let desc = Desc::new(reading.name.to_owned(), reading.help.to_owned(), vec![], labels)?;
        Ok(Self { desc, reading: Arc::new(reading) })
    }
}

impl Collector for Collected {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // Exact up to 2^53; Prometheus has no other numbers.
        let value = (self.reading.read)() as f64;
        let mut metric = Metric::default();
        if self.reading.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        let labels = self.reading.labels.iter().map(|(label, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*label).to_owned());
            pair.set_value(value.clone());
            pair
        });
        metric.set_label(labels.collect());
        let mut family = MetricFamily::default();
        family.set_name(self.reading.name.to_owned());
        family.set_help(self.reading.help.to_owned());
        family.set_field_type(self.reading.kind);
        family.set_metric(vec![metric]);
        vec![family]
    }
}
