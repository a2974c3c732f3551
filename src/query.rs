//! Searching and reading: every opening of a record is itself an entry.
//!
//! Whoever opens content is written down first: who, what, why. Only when that
//! entry is durable is anything decrypted and given out, so that an archive that
//! cannot write down who reads does not let anybody read. An excerpt is content.
//!
//! What is shown was checked against the log's commitment when it was opened.
//! What cannot be opened is named as destroyed or damaged, never left out.
//!
//! Not here: who may ask (`api`), how words are found (`index`), whether the log
//! itself is whole (`verify`). See `docs/ARCHITECTURE.md`, invariant 7.

mod access;
mod collect;
mod consent;
mod error;
mod later;
mod medium;
mod open;
mod proofs;
mod restricted;
mod retrieve;
mod search;
mod thread;
pub mod view;

use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

pub use access::{Access, AccessCounts};
pub use collect::{Collecting, Collection, Piece};
pub use consent::ConsentAsked;
pub use error::Error;
pub use medium::Medium;
pub use search::Search;
pub use thread::ThreadPage;

use crate::clock::Clock;
use crate::govern::Govern;
use crate::index::{Index, Later};
use crate::log::Log;
use crate::seal::Keyring;

/// Limits of searching and reading.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueryConfig {
    /// Most results on a page of a search.
    pub hits_max: usize,
    /// Most records on a page of a conversation.
    pub thread_records_max: usize,
    /// Most later records (edits, reactions, statuses) shown beside one.
    pub later_max: usize,
    /// Most bytes of a query.
    pub query_bytes_max: usize,
    /// Most characters of an excerpt.
    pub excerpt_chars_max: usize,
    /// Most bytes of the reason that a reader gives.
    pub reason_bytes_max: usize,
    /// Whether nobody reads without giving a reason.
    pub reason_required: bool,
    /// Most searches and openings worked on at once; the others wait.
    pub openings_in_work_max: usize,
}

impl Default for QueryConfig {
    fn default() -> Self {
        Self {
            hits_max: 100,
            thread_records_max: 200,
            later_max: 20,
            query_bytes_max: 4096,
            excerpt_chars_max: 240,
            reason_bytes_max: 1000,
            reason_required: false,
            openings_in_work_max: 16,
        }
    }
}

/// Searches and reads one archive; cheap to clone.
#[derive(Clone, Debug)]
pub struct Query(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Log,
    keyring: Arc<Keyring>,
    index: Index,
    govern: Govern,
    clock: Clock,
    /// Places for blocking work. The work itself holds one: a request that was
    /// given up does not make room before its work has ended.
    places: Arc<Semaphore>,
    counts: AccessCounts,
    /// By what the index showed people whose records are restricted to be known since.
    later: Mutex<Later>,
    config: QueryConfig,
}

impl Query {
    /// Reads one archive.
    pub fn new(
        log: Log,
        keyring: Arc<Keyring>,
        index: Index,
        govern: Govern,
        clock: Clock,
        config: QueryConfig,
    ) -> Self {
        let places = Arc::new(Semaphore::new(config.openings_in_work_max.max(1)));
        let (counts, later) = (AccessCounts::default(), Mutex::default());
        Self(Arc::new(Inner { log, keyring, index, govern, clock, places, counts, later, config }))
    }

    /// What was opened since the start.
    pub fn counts(&self) -> &AccessCounts {
        &self.0.counts
    }

    /// The limits.
    pub fn config(&self) -> &QueryConfig {
        &self.0.config
    }

    /// Runs blocking work on a thread for it, when there is a place.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.0.places).acquire_owned().await;
        let place = place.map_err(|_| Error::Stopping)?;
        let inner = Arc::clone(&self.0);
        let working = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&inner)
        });
        match working.await {
            Ok(done) => done,
            Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
            Err(_) => Err(Error::Stopping),
        }
    }
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
