//! Trusted time: a timestamp authority is asked, now and then, to stamp the newest
//! checkpoint (RFC 3161).
//!
//! What it answers is verified before it is kept: against the trusted certificates and
//! against the very text that was sent. While it cannot be had, or answers wrongly,
//! nothing is kept, the log goes on, and it is asked again after a wait that grows.
//!
//! Its time is also compared with the machine's. Where they differ by more than is
//! configured, the trace says so, and once in a process an entry of the log.

mod ask;
mod config;
mod round;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

pub use config::{AuthorityConfig, BadAuthority};

use crate::causes;
use crate::clock::Clock;
use crate::entry::Finding;
use crate::log::{Draft, Group, Log};
use crate::timestamp::{Authorities, Stamp};
use crate::tlog::TreeSize;
use ask::Asker;
use round::{Failure, Round};

/// The first wait after a failure; it doubles each time, up to [`RETRY_SECONDS_MAX`],
/// and is never more than the interval.
const RETRY_SECONDS_MIN: u64 = 5;
const RETRY_SECONDS_MAX: u64 = 900;

/// How often it is looked whether a timestamp is due; clocks may be moved.
const LOOK: Duration = Duration::from_secs(1);

/// Counts since the start, for metrics.
#[derive(Debug, Default)]
pub struct Counts {
    /// Timestamps that were verified and kept.
    pub kept: AtomicU64,
    /// Times that none could be had.
    pub failed: AtomicU64,
    /// When the newest is of, by the authority: seconds since 1970; 0 before the first.
    pub newest_seconds: AtomicU64,
}

/// Has a log's checkpoints stamped by an authority.
#[derive(Debug)]
pub struct Stamper {
    log: Log,
    clock: Clock,
    authorities: Arc<Authorities>,
    asker: Asker,
    interval: Duration,
    clock_seconds_max: u64,
    counts: Arc<Counts>,
}

/// How things stand between two rounds.
#[derive(Clone, Copy, Debug)]
struct State {
    /// How many entries the newest timestamp covers.
    stamped: TreeSize,
    /// Before this nothing is asked.
    next: Timestamp,
    /// Failures in a row.
    failures: u32,
    /// Whether an entry told of a clock that is off.
    told: bool,
}

impl Stamper {
    /// For a log, with those whose word is taken; `None` where no authority is
    /// configured.
    ///
    /// # Errors
    /// When the configuration of the authority cannot be.
    pub fn new(
        log: Log,
        clock: Clock,
        authorities: Authorities,
        config: &AuthorityConfig,
    ) -> Result<Option<Self>, BadAuthority> {
        let Some(address) = config.address()? else { return Ok(None) };
        let longest = Duration::from_secs(config.request_seconds_max);
        Ok(Some(Self {
            log,
            clock,
            authorities: Arc::new(authorities),
            asker: Asker::new(address, longest),
            interval: Duration::from_secs(config.interval_seconds),
            clock_seconds_max: config.clock_seconds_max,
            counts: Arc::default(),
        }))
    }

    /// What was done since the start.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Has checkpoints stamped until `stop` turns true. An answer that is still waited
    /// for then is let go.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut state = self.begin().await;
        loop {
            if state.is_due(self.log.signed_size(), self.clock.now()) {
                let asked = tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    asked = self.ask() => asked,
                };
                state = self.take(state, asked).await;
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// What earlier runs had stamped; a newest timestamp that does not verify counts
    /// for nothing.
    async fn begin(&self) -> State {
        let now = self.clock.now();
        let (log, authorities) = (self.log.clone(), Arc::clone(&self.authorities));
        let newest = blocking(move || round::newest(&log, &authorities)).await;
        let (stamped, next) = match newest {
            Ok(None) => (TreeSize::EMPTY, now),
            Ok(Some((size, stamp))) => {
                self.count_newest(stamp);
                // An authority whose clock is ahead must not silence us.
                (size, after(stamp.time.min(now), self.interval))
            }
            Err(error) => {
                let error = causes::told(&error);
                tracing::warn!(error, "the newest timestamp is not right; run `muniment verify`");
                (TreeSize::EMPTY, now)
            }
        };
        State { stamped, next, failures: 0, told: false }
    }

    /// One round up to the authority's answer, which is verified.
    async fn ask(&self) -> Result<Round, Failure> {
        let log = self.log.clone();
        let (size, text) = blocking(move || round::to_be_stamped(&log)).await?;
        let nonce = getrandom::u64().map_err(|_| Failure::NoRandomness)?;
        let (asker, asked) = (self.asker.clone(), round::query(&text, nonce));
        let sent = self.clock.now();
        let response = blocking(move || asker.ask(&asked).map_err(Failure::Asking)).await?;
        let received = self.clock.now();
        let authorities = Arc::clone(&self.authorities);
        blocking(move || {
            let stamp = round::verify(&response, &text, nonce, &authorities)?;
            Ok(Round { size, response, stamp, sent, received })
        })
        .await
    }

    /// Keeps what a round brought, or waits before the next.
    async fn take(&self, state: State, asked: Result<Round, Failure>) -> State {
        let kept = match asked {
            Ok(round) => {
                let log = self.log.clone();
                blocking(move || round.keep(&log)).await
            }
            Err(failure) => Err(failure),
        };
        let now = self.clock.now();
        match kept {
            Ok(round) => {
                self.counts.kept.fetch_add(1, Ordering::Relaxed);
                self.count_newest(round.stamp);
                let (authority, size, time) = (self.asker.name(), round.size, round.stamp.time);
                tracing::info!(authority, %size, %time, "checkpoint stamped");
                let told = state.told || self.compare_clocks(&round).await;
                let next = after(now, self.interval);
                State { stamped: round.size, next, failures: 0, told }
            }
            Err(failure) => {
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
                let wait = retry_after(state.failures, self.interval);
                let (authority, error) = (self.asker.name(), causes::told(&failure));
                let seconds = wait.as_secs();
                tracing::warn!(authority, error, next_try_seconds = seconds, "no timestamp");
                State {
                    next: after(now, wait),
                    failures: state.failures.saturating_add(1),
                    ..state
                }
            }
        }
    }

    /// Says where the machine's clock and the authority's differ; true when an entry
    /// of the log says it too.
    async fn compare_clocks(&self, round: &Round) -> bool {
        let off = round.clock_off();
        if off.unsigned_abs() <= Duration::from_secs(self.clock_seconds_max) {
            return false;
        }
        let (authority, seconds) = (self.asker.name(), off.as_secs());
        let (theirs, ours) = (round.stamp.time, round.received);
        tracing::warn!(authority, %theirs, %ours, seconds, "the machine's clock is off; set it right");
        let found = Group::of(Draft::found(Finding::Clock, authority, None));
        match self.log.append(found).await {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(error = causes::told(&error), "the clock's finding is not logged");
                false
            }
        }
    }

    fn count_newest(&self, stamp: Stamp) {
        let seconds = u64::try_from(stamp.time.as_second()).unwrap_or(0);
        self.counts.newest_seconds.store(seconds, Ordering::Relaxed);
    }
}

impl State {
    /// The signed log grew, and it is time.
    fn is_due(&self, signed: TreeSize, now: Timestamp) -> bool {
        signed > self.stamped && now >= self.next
    }
}

/// Work that waits for the disk or the network, off the threads that must not.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Failure::CutOff))
}

fn after(time: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// The wait after so many failures before this one.
fn retry_after(failures: u32, interval: Duration) -> Duration {
    let doubled = 1_u64.checked_shl(failures.min(32)).unwrap_or(u64::MAX);
    let seconds = RETRY_SECONDS_MIN.saturating_mul(doubled).min(RETRY_SECONDS_MAX);
    Duration::from_secs(seconds).min(interval)
}
