//! The running daemon: builds the rooms, opens the two doors, and stops in order.
//!
//! Start: `Rooms` one after the other, then both listeners; only then is it
//! ready. Stop: nothing more is taken in, requests in work are finished, the
//! followers commit, the last checkpoint is signed, the rows are flushed. A
//! poisoned log ends it with an error: starting again is the recovery.

mod disposing;
pub(crate) mod door;
pub(crate) mod files;
mod finding;
pub(crate) mod log_key;
mod readings;
pub(crate) mod ready;
mod rooms;
pub(crate) mod signals;
mod watch;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::StatusCode;
use tokio::sync::watch::Sender;
use tokio::task::JoinSet;
use tower_http::timeout::TimeoutLayer;

use crate::api::{self, Api, ApiConfig, Behind, Metrics, Tokens};
use crate::attest::authority::Stamper;
use crate::attest::witnesses::Witnesses;
use crate::capture::media::Fetcher;
use crate::capture::webhook;
use crate::clock::Clock;
use crate::config::Config;
use crate::log::{Log, LogThreads, Poison};
use crate::timer::{Timer, Times};

use door::Door;
use readings::Followers;
use rooms::{Answering, Rooms};
use watch::Watch;

/// How long the last checkpoint and the flush may take at a stop.
const CLOSE_SECONDS_MAX: u64 = 60;

/// A daemon whose doors are bound; it answers once it [runs](Daemon::run).
#[derive(Debug)]
pub struct Daemon {
    log: Log,
    threads: LogThreads,
    work: JoinSet<()>,
    doors: [Door; 2],
    addresses: [SocketAddr; 2],
    stop: Sender<bool>,
    stop_seconds_max: u64,
}

/// Why a daemon ends.
enum End {
    /// It was asked to.
    Asked,
    /// The log can take nothing more.
    Poisoned(Poison),
}

impl Daemon {
    /// Opens the archive and binds both doors.
    ///
    /// # Errors
    /// When a key, a secret, the archive or an address cannot be had.
    pub async fn start(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let stop = Sender::new(false);
        let times = Times::parse(&config.disposition.timer).context("disposition.timer")?;
        let opening = (config.clone(), clock.clone());
        let rooms = tokio::task::spawn_blocking(move || Rooms::open(&opening.0, &opening.1));
        let Rooms {
            log,
            threads,
            fetcher,
            witnesses,
            stamper,
            watch,
            follower,
            findings,
            answering,
        } = rooms.await.context("opening the archive was cut off")??;
        let followers = Followers {
            media: fetcher.as_ref().map(Fetcher::counts),
            witnesses: witnesses.as_ref().map(Witnesses::counts),
            stamps: stamper.as_ref().map(Stamper::counts),
            watch: watch.as_ref().map(Watch::counts),
        };
        let disposition = answering.disposition.clone();
        let govern = answering.govern.clone();
        let timer = times.map(|times| {
            Timer::new(times, &config.disposition, disposition.clone(), govern, clock.clone())
        });
        let doors = match doors(&config, clock, &log, answering, &followers).await {
            Ok(doors) => doors,
            Err(error) => {
                drop((log, fetcher, witnesses, stamper, watch, follower, findings));
                drop((disposition, timer));
                close(threads).await?;
                return Err(error);
            }
        };
        let [hooks, api] = &doors;
        let addresses = [hooks.address()?, api.address()?];

        let mut work = JoinSet::new();
        let stopping = stop.subscribe();
        work.spawn(async move {
            if let Err(error) = follower.run(stopping).await {
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::error!(error, "the index stands still until the next start");
            }
        });
        if let Some(fetcher) = fetcher {
            work.spawn(fetcher.run(stop.subscribe()));
        }
        if let Some(witnesses) = witnesses {
            work.spawn(witnesses.run(stop.subscribe()));
        }
        if let Some(stamper) = stamper {
            work.spawn(stamper.run(stop.subscribe()));
        }
        if let Some(watch) = watch {
            work.spawn(watch.run(stop.subscribe()));
        }
        if let Some(findings) = findings {
            work.spawn(finding::follow(findings, stop.subscribe()));
        }
        disposing::start(&mut work, disposition, timer, &stop);
        let stop_seconds_max = config.server.stop_seconds_max;
        Ok(Self { log, threads, work, doors, addresses, stop, stop_seconds_max })
    }

    /// Where the provider's door and the auditor's door are.
    pub const fn addresses(&self) -> [SocketAddr; 2] {
        self.addresses
    }

    /// Writes down where the doors are, for whoever started the daemon.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_ready_file(&self, path: &Path) -> anyhow::Result<()> {
        let [hooks, api] = self.addresses;
        ready::write(path, hooks, api)
    }

    /// Answers at both doors until `asked` resolves or the log is poisoned, then
    /// stops in order.
    ///
    /// # Errors
    /// When the log was poisoned, or could not be closed in order. Nothing that
    /// was acknowledged is lost then: starting again recovers it.
    pub async fn run(self, asked: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self { log, threads, mut work, doors, addresses, stop, stop_seconds_max } = self;
        for door in doors {
            work.spawn(door.answer(stop.subscribe()));
        }
        let [hooks, api] = addresses;
        tracing::info!(%hooks, %api, entries = log.size().get(), "ready");
        let end = tokio::select! {
            () = asked => End::Asked,
            poison = log.until_poisoned() => End::Poisoned(poison),
        };
        stop.send_replace(true);
        finish(&mut work, Duration::from_secs(stop_seconds_max)).await;
        drop(log);
        let closed = close(threads).await;
        match end {
            End::Asked => closed,
            End::Poisoned(poison) => Err(stopped_by(&poison)),
        }
    }
}

/// Binds both doors, each with what answers behind it.
async fn doors(
    config: &Config,
    clock: Clock,
    log: &Log,
    answering: Answering,
    followers: &Followers,
) -> anyhow::Result<[Door; 2]> {
    let Answering { capture, meta, index, query, govern, conduct, disposition, subject } =
        answering;
    let server = &config.server;
    let tokens = Tokens::in_file(config.archive.tokens_file());
    let limits = ApiConfig {
        request_bytes_max: server.request_bytes_max,
        requests_in_work_max: server.requests_in_work_max,
        request_seconds_max: server.request_seconds_max,
        holds: config.holds.clone(),
    };
    let behind = Behind { query, log: log.clone(), index, govern, conduct, disposition, subject };
    let api = Api::new(behind, tokens, clock, limits);
    let metrics = Metrics::new(&api, readings::all(log, &capture, followers))?;
    let longest = Duration::from_secs(server.request_seconds_max);
    let hooks = webhook::router(capture, meta)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, longest));
    Ok([
        Door::bind("server.hooks", &server.hooks, hooks, server).await?,
        Door::bind("server.api", &server.api, api::router(api, metrics), server).await?,
    ])
}

/// Waits for the requests, the followers and the workers; what is not done in
/// time is dropped, which no entry can suffer from.
async fn finish(work: &mut JoinSet<()>, longest: Duration) {
    let all = async { while work.join_next().await.is_some() {} };
    if tokio::time::timeout(longest, all).await.is_err() {
        tracing::warn!(left = work.len(), "stopping without waiting any longer");
        work.shutdown().await;
    }
}

async fn close(threads: LogThreads) -> anyhow::Result<()> {
    let closing = tokio::task::spawn_blocking(move || threads.close());
    let longest = Duration::from_secs(CLOSE_SECONDS_MAX);
    match tokio::time::timeout(longest, closing).await {
        Ok(closed) => closed?.context("the log could not be closed in order"),
        Err(_) => anyhow::bail!(
            "the log did not close within {CLOSE_SECONDS_MAX} s; the process ends without. What \
             was acknowledged is on disk, and the next start recovers it"
        ),
    }
}

fn stopped_by(poison: &Poison) -> anyhow::Error {
    anyhow::anyhow!(
        "{poison}. What was acknowledged is on disk. See that the disk has room and no faults \
         (`df`, `dmesg`), then start again: starting is the recovery. If it does not start, run \
         `muniment verify`"
    )
    .context("the archive stopped, because it could not write")
}

#[cfg(test)]
mod tests;
