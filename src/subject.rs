//! Data subjects: who somebody is in the archive, and everything that there is of them
//! (GDPR art. 15).
//!
//! [`Subject::identify`] finds what a person is known by, over new phone numbers and new
//! user ids, from what records say and from nothing else. [`Subject::report`] gives all
//! their records out in one package, sealed to who is to open it; the daemon writes no
//! word of it to its disk. Every record is written down as opened before it is.
//!
//! Not here: what was asked and decided (`projection::subjects`), destruction
//! (`disposition`), and who may ask (`api`). What a person is not found by, is said in
//! `docs/GOVERNANCE.md`: texts of others that speak of them.

mod about;
mod erase;
mod error;
mod graph;
mod identify;
pub mod identity;
pub mod letter;
mod listed;
mod package;
mod page;
mod report;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

pub use erase::{Answering, Erasing, Written};
pub use error::Error;
pub use graph::{Conflict, How};
pub use identify::{Identified, Known};
pub use report::{Package, Reporting};

use crate::clock::Clock;
use crate::disposition::Disposition;
use crate::govern::Govern;
use crate::index::Index;
use crate::log::Log;
use crate::query::Query;

/// Packages on their way out at once.
const PACKAGES_MAX: usize = 2;

/// How long the index is waited for.
const INDEX_WAIT_MS_MAX: u64 = 5_000;
const INDEX_WAIT_STEP_MS: u64 = 50;

/// The rooms that data subjects are answered from; cheap to clone.
#[derive(Clone, Debug)]
pub struct Subject(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Log,
    index: Index,
    query: Query,
    govern: Govern,
    disposition: Disposition,
    clock: Clock,
    places: Arc<Semaphore>,
}

impl Subject {
    /// The data subjects of one archive.
    pub fn new(
        log: Log,
        index: Index,
        query: Query,
        govern: Govern,
        disposition: Disposition,
        clock: Clock,
    ) -> Self {
        let places = Arc::new(Semaphore::new(PACKAGES_MAX));
        Self(Arc::new(Inner { log, index, query, govern, disposition, clock, places }))
    }

    /// Waits until the index has read what the log had when this was asked.
    async fn indexed(&self) -> Result<u64, Error> {
        let size = self.0.log.size().get();
        let mut waited_ms = 0;
        loop {
            let searchable = self.0.index.progress().searchable.get();
            if searchable >= size {
                return Ok(size);
            }
            if waited_ms >= INDEX_WAIT_MS_MAX {
                return Err(Error::Behind { searchable, size });
            }
            tokio::time::sleep(Duration::from_millis(INDEX_WAIT_STEP_MS)).await;
            waited_ms += INDEX_WAIT_STEP_MS;
        }
    }

    /// Runs on a thread that may wait for the disk.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or(Err(Error::Stopping))
    }
}

#[cfg(test)]
mod tests;
