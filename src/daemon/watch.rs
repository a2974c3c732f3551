//! The daemon verifies its own archive, over and over and slowly, while it writes.
//!
//! A round walks from the first entry to the newest that was signed when it began,
//! a piece at a time, and rests after each so that no more than a share of one core
//! is used. What is found is traced, counted, and written into the log: once for each
//! place while the process lives. Nothing is stopped by it: what can be read is
//! still read.
//!
//! It reads as the daemon reads: what the database or the system holds in memory is
//! not read from the disk again. A full `muniment verify`, of a copy or after a
//! restart, remains what an auditor asks for.

mod raised;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::config::VerificationConfig;
use crate::log::Log;
use crate::seal::Keyring;
use crate::tlog::TreeSize;
use crate::verify::{Progress, Request, Run, Stage};
use raised::Raised;

/// How much lower its thread's priority is (see `nice(2)`).
const NICENESS: i32 = 10;

/// How long to wait before looking again whether there is something to verify.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Verifies one archive.
#[derive(Debug)]
pub(super) struct Watch {
    log: Log,
    keyring: Arc<Keyring>,
    config: VerificationConfig,
    counts: Arc<Counts>,
}

/// How far it is, and what came of it.
#[derive(Debug)]
pub(super) struct Counts {
    /// Entries of this round that were checked.
    pub(super) entries: AtomicU64,
    /// Rounds that are complete.
    pub(super) rounds: AtomicU64,
    /// Places that are not as they were written.
    pub(super) findings: AtomicU64,
    started: Instant,
    /// When the last round was complete, in seconds after the start.
    completed: AtomicU64,
}

impl Counts {
    fn new() -> Self {
        Self {
            entries: AtomicU64::new(0),
            rounds: AtomicU64::new(0),
            findings: AtomicU64::new(0),
            started: Instant::now(),
            completed: AtomicU64::new(0),
        }
    }

    /// Seconds since a round was last complete; before the first, since the start.
    pub(super) fn age_seconds(&self) -> u64 {
        let now = self.started.elapsed().as_secs();
        now.saturating_sub(self.completed.load(Ordering::Relaxed))
    }

    fn show(&self, progress: Progress) {
        if progress.stage == Stage::Entries {
            self.entries.store(progress.done, Ordering::Relaxed);
        }
    }

    fn complete(&self) {
        self.rounds.fetch_add(1, Ordering::Relaxed);
        self.completed.store(self.started.elapsed().as_secs(), Ordering::Relaxed);
    }
}

impl Watch {
    /// Watches over a log with the keys of its archive.
    pub(super) fn new(log: Log, keyring: Arc<Keyring>, config: VerificationConfig) -> Self {
        Self { log, keyring, config, counts: Arc::new(Counts::new()) }
    }

    /// How far it is, to be shown.
    pub(super) fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Goes round until the daemon stops.
    pub(super) async fn run(self, mut stopping: watch::Receiver<bool>) {
        let (stop, stopped) = channel();
        let (end, ended) = oneshot::channel();
        // A thread of its own, because its priority is lowered.
        let thread = std::thread::Builder::new().name("verifier".to_owned()).spawn(move || {
            lower_priority();
            self.go_round(&stopped);
            // The archive is let go before anybody hears that this has ended.
            drop(self);
            // The daemon may have stopped waiting.
            let _ = end.send(());
        });
        if let Err(error) = thread {
            tracing::error!(%error, "the archive is not verified: no thread for it");
            return;
        }
        // Fails when the sender is gone: then too it stops.
        let _ = stopping.wait_for(|stop| *stop).await;
        drop(stop);
        // Fails where the thread panicked, which was traced.
        let _ = ended.await;
    }

    fn go_round(&self, stopped: &Receiver<()>) {
        let mut raised = Raised::new(&self.log, &self.counts);
        let between = Duration::from_secs(self.config.round_hours_min.saturating_mul(3600));
        loop {
            let began = Instant::now();
            let signed = self.log.signed_size();
            if signed > TreeSize::EMPTY && !self.round(signed, &mut raised, stopped) {
                return;
            }
            let wait = if signed > TreeSize::EMPTY {
                between.saturating_sub(began.elapsed()).max(LOOK_AGAIN)
            } else {
                LOOK_AGAIN
            };
            if !rests(wait, stopped) {
                return;
            }
        }
    }

    /// Verifies the entries that were signed when it begins; `false` when it was
    /// stopped.
    fn round(&self, signed: TreeSize, raised: &mut Raised<'_>, stopped: &Receiver<()>) -> bool {
        let request = Request {
            origin: self.log.origin().to_owned(),
            key: Some(self.log.verifier_key().clone()),
            outside: vec![],
            since: None,
            authorities: None,
            policy: None,
            threads: 1,
        };
        let store = self.log.store();
        let mut run = Run::begin_beside_the_writer(store, Some(&self.keyring), &request, signed);
        let mut found = 0;
        loop {
            let began = Instant::now();
            let mut now_found = found;
            let is_left = run.advance(1, 1, |progress| {
                self.counts.show(progress);
                now_found = progress.findings;
            });
            if now_found != found {
                found = now_found;
                run.findings().for_each(|finding| raised.raise(finding));
            }
            if !is_left {
                break;
            }
            if !rests(rest_after(began.elapsed(), self.config.share_percent), stopped) {
                return false;
            }
        }
        let report = run.finish();
        report.findings.iter().for_each(|finding| raised.raise(finding));
        self.counts.complete();
        tracing::info!(
            entries = report.size,
            right = report.is_right(),
            elapsed_ms = report.elapsed_ms,
            "the archive was verified"
        );
        true
    }
}

/// How long to rest after working so long, so as to work a share of the time.
fn rest_after(worked: Duration, share_percent: u32) -> Duration {
    let share = share_percent.clamp(1, 100);
    worked.saturating_mul(100 - share) / share
}

/// Rests; `false` when it was stopped.
fn rests(time: Duration, stopped: &Receiver<()>) -> bool {
    stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
}

/// Lets every other thread go first. Where the system refuses, resting must do.
pub(super) fn lower_priority() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "verifying at the usual priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works_the_share_of_the_time_that_it_is_given() {
        let worked = Duration::from_millis(10);
        assert_eq!(rest_after(worked, 5), Duration::from_millis(190));
        assert_eq!(rest_after(worked, 50), worked);
        assert_eq!(rest_after(worked, 100), Duration::ZERO);
        assert_eq!(rest_after(worked, 0), Duration::from_millis(990), "never no share at all");
    }

    #[test]
    fn a_rest_ends_at_once_when_it_is_stopped() {
        let (stop, stopped) = channel();
        assert!(rests(Duration::ZERO, &stopped));
        drop(stop);
        assert!(!rests(Duration::from_secs(3600), &stopped));
    }
}
