//! Witnesses: each signed checkpoint is submitted to them, and what they cosign is
//! stored with it.
//!
//! The policy file says who they are and where. Each is asked by itself, one request
//! at a time, at most once an interval, and only about the newest checkpoint. What a
//! witness says is verified with its key before it is stored.
//!
//! When a witness knows a tree of the log that contradicts the archive's, or a
//! larger one than was ever signed here, then the archive has lost something, or
//! somebody else signs in its name: that becomes an entry of the log, once a
//! process.

mod ask;
mod submit;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::log::Log;
use crate::tlog::TreeSize;
use crate::tlog::policy::Policy;
use ask::Door;
use submit::{Outcome, Submitter};

/// Who is asked, and the limits of asking.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WitnessesConfig {
    /// The file with the policy: which witnesses there are, with their addresses, and
    /// whose cosignatures are enough. Nobody is asked without one.
    pub policy_file: Option<PathBuf>,
    /// Shortest time between two requests to a witness.
    pub interval_ms: u64,
    /// Longest time for a request.
    pub request_seconds_max: u64,
    /// Longest wait after requests that failed; it doubles each time.
    pub retry_seconds_max: u64,
}

impl Default for WitnessesConfig {
    fn default() -> Self {
        Self {
            policy_file: None,
            interval_ms: 1000,
            request_seconds_max: 10,
            retry_seconds_max: 300,
        }
    }
}

/// Why a policy's witnesses cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadWitness {
    /// Its address is none.
    #[error(
        "the address of the witness {name} is not one: write http:// or https:// and a host, as in \
         https://witness.example.org"
    )]
    Address {
        /// What the policy calls it.
        name: String,
    },
    /// The policy is another log's.
    #[error(
        "the policy lists logs, but not this one: add the line `log {vkey}`, or take the log lines \
         out"
    )]
    OtherLog {
        /// The key of this log.
        vkey: String,
    },
}

/// Numbers since the start, for metrics.
#[derive(Debug, Default)]
pub struct Counts {
    /// Each witness that is asked.
    pub witnesses: Vec<WitnessCounts>,
    /// Findings of a fork that were written into the log.
    pub forks: AtomicU64,
    /// Findings that the archive is behind, written into the log.
    pub behind: AtomicU64,
}

/// Numbers of one witness.
#[derive(Debug)]
pub struct WitnessCounts {
    /// What the policy calls it.
    pub name: String,
    /// The size of the newest tree that it cosigned.
    pub cosigned_size: AtomicU64,
    /// Cosignatures stored.
    pub cosignatures: AtomicU64,
    /// Requests that brought no cosignature.
    pub failures: AtomicU64,
    /// Since when a checkpoint waits for it, in seconds since 1970; 0 when none does.
    waiting_since: AtomicU64,
    clock: Clock,
}

/// Asks the witnesses of one archive.
#[derive(Debug)]
pub struct Witnesses {
    log: Log,
    counts: Arc<Counts>,
    submitters: Vec<Submitter>,
    config: WitnessesConfig,
}

impl Witnesses {
    /// Those witnesses of a policy that have an address.
    ///
    /// # Errors
    /// When an address is malformed, or the policy is another log's.
    pub fn new(
        log: Log,
        clock: Clock,
        policy: &Policy,
        config: WitnessesConfig,
    ) -> Result<Self, BadWitness> {
        let logs = policy.logs();
        // A policy from before a rotation is this log's too.
        let keys = log.keys();
        if !logs.is_empty() && !logs.iter().any(|listed| keys.all().any(|key| key == listed.key()))
        {
            return Err(BadWitness::OtherLog { vkey: log.verifier_key().to_string() });
        }
        let asked = policy.witnesses().iter().filter_map(|witness| Some((witness, witness.url()?)));
        let asked: Vec<_> = asked.collect();
        let counts = asked.iter().map(|(witness, _)| WitnessCounts::new(witness.name(), &clock));
        let counts = Arc::new(Counts { witnesses: counts.collect(), ..Counts::default() });
        let longest = Duration::from_secs(config.request_seconds_max.max(1));
        let submitters = asked.iter().enumerate().map(|(place, (witness, url))| {
            let bad = || BadWitness::Address { name: witness.name().to_owned() };
            let door = Door::new(url, longest).ok_or_else(bad)?;
            Ok(Submitter::new(log.clone(), witness.key().clone(), door, place, Arc::clone(&counts)))
        });
        let submitters = submitters.collect::<Result<_, _>>()?;
        Ok(Self { log, counts, submitters, config })
    }

    /// What was asked and answered since the start.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Asks until `stop` turns true; a request on its way is finished first.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let Self { log, counts: _, submitters, config } = self;
        let mut asking = JoinSet::new();
        for submitter in submitters {
            let signed = log.follow_signed();
            let pace = Pace::new(&config);
            asking.spawn(follow(submitter, signed, pace, stop.clone()));
        }
        drop(log);
        while asking.join_next().await.is_some() {}
    }
}

/// Submits each newest checkpoint to one witness.
async fn follow(
    mut submitter: Submitter,
    mut signed: watch::Receiver<TreeSize>,
    mut pace: Pace,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let newest = *signed.borrow_and_update();
        if !submitter.lacks(newest) {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                changed = signed.changed() => if changed.is_err() { return } else { continue },
            }
        }
        submitter.counts().wait();
        let working = tokio::task::spawn_blocking(move || {
            let outcome = submitter.submit();
            (submitter, outcome)
        });
        // A panic in it was traced; the other witnesses are asked on.
        let Ok((back, outcome)) = working.await else { return };
        submitter = back;
        if matches!(outcome, Outcome::Cosigned(_)) {
            submitter.counts().cosigned();
        }
        let pause = pace.after(&outcome);
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// How long to wait between requests.
#[derive(Clone, Copy, Debug)]
struct Pace {
    shortest: Duration,
    longest: Duration,
    failures: u32,
}

impl Pace {
    fn new(config: &WitnessesConfig) -> Self {
        let shortest = Duration::from_millis(config.interval_ms.max(1));
        let longest = Duration::from_secs(config.retry_seconds_max.max(1)).max(shortest);
        Self { shortest, longest, failures: 0 }
    }

    /// The interval after a cosignature; after failures it doubles, with jitter, so
    /// that many archives do not come back in step.
    fn after(&mut self, outcome: &Outcome) -> Duration {
        if matches!(outcome, Outcome::Cosigned(_)) {
            self.failures = 0;
            return self.shortest;
        }
        self.failures = self.failures.saturating_add(1);
        let doubled = 1_u32.checked_shl(self.failures.min(31)).unwrap_or(u32::MAX);
        let whole = self.shortest.saturating_mul(doubled).min(self.longest);
        // Between half and the whole of it.
        let whole_ms = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX);
        let jitter_ms = random(whole_ms - whole_ms / 2 + 1);
        Duration::from_millis(whole_ms / 2 + jitter_ms).max(self.shortest)
    }
}

impl WitnessCounts {
    fn new(name: &str, clock: &Clock) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            name: name.to_owned(),
            cosigned_size: zero(),
            cosignatures: zero(),
            failures: zero(),
            waiting_since: zero(),
            clock: clock.clone(),
        }
    }

    /// For how many seconds a checkpoint has been waiting for this witness.
    pub fn waiting_seconds(&self) -> u64 {
        match self.waiting_since.load(Ordering::Relaxed) {
            0 => 0,
            since => self.seconds().saturating_sub(since),
        }
    }

    fn wait(&self) {
        // The first that waits counts.
        let now = self.seconds().max(1);
        let _ = self.waiting_since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn cosigned(&self) {
        self.waiting_since.store(0, Ordering::Relaxed);
    }

    fn seconds(&self) -> u64 {
        u64::try_from(self.clock.now().as_second()).unwrap_or(0)
    }
}

/// A random number below `bound`; 0 when the system has none (jitter is a courtesy).
fn random(bound: u64) -> u64 {
    getrandom::u64().unwrap_or(0) % bound.max(1)
}
