//! Fetching what a message only announces: images, voice notes, documents.
//!
//! A record that announces a medium is put on a durable queue in the same batch
//! that keeps it. Here the queue is worked off: look up, download, check the
//! digests, seal, append, link. A download link lives five minutes, so each try
//! begins with a new look-up; between tries the wait grows with jitter. When the
//! provider keeps the medium no longer, an entry says that it was missed.
//!
//! At most `workers` media are in memory at once.

mod fetch;
mod keep;
mod task;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use ring::hmac;
use tokio::sync::{mpsc, watch};

pub use fetch::BearerToken;
pub use task::Task;

use super::Error;
use crate::clock::Clock;
use crate::log::Log;
use crate::seal::{Keyring, Purpose};
use crate::tlog::LeafIndex;

/// Where media come from, and the limits of fetching them.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaConfig {
    /// Whether media are fetched. When not, they wait on the queue.
    pub enabled: bool,
    /// The Graph API, with its version: `{graph_url}/{media id}` is looked up.
    pub graph_url: String,
    /// The file with the access token.
    pub token_file: Option<PathBuf>,
    /// Hosts, and their subdomains, that the token may be sent to for the download.
    pub download_hosts: Vec<String>,
    /// Media fetched at once; each may take `medium_bytes_max` of memory.
    pub workers: usize,
    /// Largest medium kept.
    pub medium_bytes_max: u64,
    /// Longest time for one look-up or download.
    pub timeout_ms: u64,
    /// First wait after a failure; it doubles each time.
    pub retry_delay_ms_min: u64,
    /// Longest wait between two tries.
    pub retry_delay_ms_max: u64,
    /// How long the provider keeps a medium: then it is given up.
    pub provider_retention_hours: u64,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            graph_url: "https://graph.facebook.com/v24.0".to_owned(),
            token_file: None,
            download_hosts: vec!["fbsbx.com".into(), "facebook.com".into(), "whatsapp.net".into()],
            workers: 2,
            medium_bytes_max: 100 * 1024 * 1024,
            timeout_ms: 60_000,
            retry_delay_ms_min: 2_000,
            retry_delay_ms_max: 15 * 60 * 1000,
            provider_retention_hours: 7 * 24,
        }
    }
}

/// Counts since the start, for metrics.
#[derive(Debug, Default)]
pub struct Counts {
    /// Media linked to their records.
    pub linked: AtomicU64,
    /// Among them, those whose bytes were in the archive already.
    pub shared: AtomicU64,
    /// Tries that failed and will be made again.
    pub retried: AtomicU64,
    /// Media given up.
    pub missed: AtomicU64,
    /// Media waiting to be fetched.
    pub waiting: AtomicU64,
}

/// Fetches media for one archive.
#[derive(Debug)]
pub struct Fetcher {
    log: Log,
    keyring: Arc<Keyring>,
    once: hmac::Key,
    clock: Clock,
    counts: Arc<Counts>,
    door: fetch::Door,
    config: MediaConfig,
}

impl Fetcher {
    /// A fetcher with the provider's access token.
    ///
    /// # Errors
    /// When the key that recognises what is kept already cannot be had.
    pub fn new(
        log: Log,
        keyring: Arc<Keyring>,
        clock: Clock,
        token: BearerToken,
        config: MediaConfig,
    ) -> Result<Self, Error> {
        let once = keyring.derive(Purpose::Once).map_err(Error::Seal)?;
        let once = hmac::Key::new(hmac::HMAC_SHA256, once.as_ref());
        let door = fetch::Door::new(token, &config);
        Ok(Self { log, keyring, once, clock, counts: Arc::default(), door, config })
    }

    /// What was fetched since the start.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Works the queue off until `stop` turns true; what is being fetched is
    /// finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let fetcher = Arc::new(self);
        let workers = fetcher.config.workers.max(1);
        let mut grown = fetcher.log.follow();
        let mut queue = Queue::new();
        let (done, mut finished) = mpsc::channel::<Worked>(workers);
        loop {
            queue.read_new(&fetcher);
            while queue.fetching.len() < workers
                && fetcher.log.check_room().is_ok()
                && let Some((index, task)) = queue.take_due(fetcher.clock.now())
            {
                let (fetcher, done) = (Arc::clone(&fetcher), done.clone());
                tokio::task::spawn_blocking(move || {
                    let next = fetcher.work(index, &task);
                    // The loop below lives until every worker has reported.
                    let _ = done.blocking_send(Worked { index, next });
                });
            }
            fetcher.counts.waiting.store(queue.len() as u64, Ordering::Relaxed);
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                Some(worked) = finished.recv() => queue.put_back(worked),
                changed = grown.changed() => if changed.is_err() { break },
                () = tokio::time::sleep(queue.pause(fetcher.clock.now())) => {}
            }
        }
        drop(done);
        while let Some(worked) = finished.recv().await {
            queue.put_back(worked);
        }
        fetcher.counts.waiting.store(queue.len() as u64, Ordering::Relaxed);
    }

    /// One try at one medium: what to do next, or `None` when it is done with.
    fn work(&self, index: LeafIndex, task: &Task) -> Option<Task> {
        let failure = match self.try_once(index, task) {
            Ok(()) => return None,
            Err(failure) => failure,
        };
        let _linking = self.log.linking();
        if self.is_destroyed(index) {
            return None;
        }
        let now = self.clock.now();
        let given_up = failure.is_final() || task.is_older_than(now, self.retention());
        tracing::warn!(entry = %index, attempts = task.attempts, given_up, %failure, "medium not had");
        if given_up {
            match self.give_up(index, failure.reason()) {
                Ok(()) => return None,
                Err(error) => tracing::error!(entry = %index, %error, "medium not given up"),
            }
        }
        self.counts.retried.fetch_add(1, Ordering::Relaxed);
        let next = task.after_failure(now, &self.config);
        if let Err(error) = self.log.put_media_task(index, next.to_row()) {
            tracing::error!(entry = %index, %error, "media task not written");
        }
        Some(next)
    }

    /// Whether the record of an entry was destroyed: the wait for its medium ended with it.
    fn is_destroyed(&self, index: LeafIndex) -> bool {
        matches!(self.log.store().header(index), Ok(None))
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(self.config.provider_retention_hours.saturating_mul(3600))
    }
}

/// What came of a try.
struct Worked {
    index: LeafIndex,
    next: Option<Task>,
}

/// The queue as this process sees it: the rows, ordered by when they are due.
struct Queue {
    due: BTreeSet<(Timestamp, LeafIndex, Task)>,
    fetching: HashSet<LeafIndex>,
    /// Rows from here on were not read yet.
    unread_from: LeafIndex,
}

impl Queue {
    fn new() -> Self {
        Self { due: BTreeSet::new(), fetching: HashSet::new(), unread_from: LeafIndex::FIRST }
    }

    /// Reads the rows that the log's growth added.
    fn read_new(&mut self, fetcher: &Fetcher) {
        let end = LeafIndex::new(fetcher.log.size().get());
        if end <= self.unread_from {
            return;
        }
        for row in fetcher.log.media_tasks_from(self.unread_from) {
            let (index, task) = match row {
                Ok((index, row)) => (index, Task::from_row(&row)),
                Err(error) => {
                    tracing::error!(%error, "media queue unreadable");
                    return;
                }
            };
            // What stands beyond comes with the next growth.
            let Some(next) = index.next().filter(|_| index < end) else { break };
            // A row that does not read is tried at once: the record tells the rest.
            let task = task.unwrap_or_else(|| Task::new(fetcher.clock.now()));
            self.due.insert((task.next, index, task));
            self.unread_from = next;
        }
        self.unread_from = end;
    }

    fn take_due(&mut self, now: Timestamp) -> Option<(LeafIndex, Task)> {
        let (next, _, _) = self.due.first()?;
        if *next > now {
            return None;
        }
        let (_, index, task) = self.due.pop_first()?;
        self.fetching.insert(index);
        Some((index, task))
    }

    fn put_back(&mut self, worked: Worked) {
        self.fetching.remove(&worked.index);
        if let Some(task) = worked.next {
            self.due.insert((task.next, worked.index, task));
        }
    }

    fn len(&self) -> usize {
        self.due.len() + self.fetching.len()
    }

    /// How long nothing will be due; at most a second, as clocks may be moved.
    fn pause(&self, now: Timestamp) -> Duration {
        let second = Duration::from_secs(1);
        match self.due.first() {
            Some((next, _, _)) if *next <= now => second,
            Some((next, _, _)) => next.duration_since(now).unsigned_abs().min(second),
            None => second,
        }
    }
}

#[cfg(test)]
mod tests;
