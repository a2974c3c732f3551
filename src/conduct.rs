//! Findings of conduct: what in the conversations looks like a breach of what people
//! consented to, and of the provider's rules.
//!
//! A follower of the log. It opens each record once, keeps what it needs to judge messages
//! (marks and times, no words), and names what looks wrong: a message without consent, or
//! after an opt-out; one outside the 24-hour window; a template that could not be sent;
//! consent, or its proof, that is ending. It says only what the provider's own words bear
//! out: what was never told is counted, not guessed. `docs/GOVERNANCE.md` says what is
//! found and what cannot be.
//!
//! A finding decides nothing. What people make of one is a decision (`projection::findings`).
//! Everything here is derived: it is deleted and made again with the same findings.

mod config;
mod finding;
mod follower;
mod judge;
mod outlook;
mod piece;
mod sent;
mod snapshot;
mod state;
mod template;
mod told;
mod windows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub use config::ConductConfig;
pub use finding::{Because, Finding, FindingState, Withdrawal, Withdrawn};
pub use follower::Follower;
pub use state::Counts;

use crate::govern::{self, Govern};
use crate::index::{self, Index};
use crate::log::{self, Log};
use crate::projection::findings::FindingId;
use crate::seal::{self, Keyring};
use crate::store;
use crate::tlog::TreeSize;

/// Why findings cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Decisions could not be read.
    #[error("the decisions about the archive could not be read")]
    Govern(#[source] govern::Error),
    /// The index could not be asked.
    #[error("the index could not be asked")]
    Index(#[source] index::Error),
    /// The operating system refused.
    #[error("could not {step} {path}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A key of the archive cannot be had.
    #[error("a key of the archive cannot be had")]
    Keys(#[source] seal::Error),
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[source] log::Error),
    /// Rows could not be read.
    #[error("rows could not be read")]
    Store(#[source] store::Error),
}

/// The findings of an archive, to be read; cheap to clone.
#[derive(Clone, Debug)]
pub struct Conduct(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    log: Log,
    /// How far the log was read.
    read: AtomicU64,
    found: RwLock<Arc<Found>>,
    is_on: bool,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Every finding, by its name: of a kind the oldest first.
    pub findings: Arc<BTreeMap<FindingId, Finding>>,
    /// What was counted.
    pub counts: Counts,
    /// Messages that are remembered still, because something more may be told of them.
    pub remembered: usize,
}

/// How far the log was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Every entry below this size was judged.
    pub followed: TreeSize,
    /// The log's size.
    pub log: TreeSize,
}

/// The rooms that findings are made from.
#[derive(Clone, Debug)]
pub struct Below {
    /// What is followed.
    pub log: Log,
    /// What opens.
    pub keyring: Arc<Keyring>,
    /// Who consents to what, and which rules there are.
    pub govern: Govern,
    /// When records fall due.
    pub index: Index,
}

impl Conduct {
    /// Opens what is known in a directory. Where nothing is, or what is there cannot be
    /// used, it is made anew by the [`Follower`]; the trace says so. Where findings are
    /// switched off there is no follower, and what was known is removed.
    ///
    /// # Errors
    /// When the log cannot be read, or what was known not be removed.
    pub fn open(
        dir: &Path,
        below: Below,
        config: &ConductConfig,
    ) -> Result<(Self, Option<Follower>), Error> {
        let (log, is_on) = (below.log.clone(), config.enabled);
        let (read, found) = (AtomicU64::new(0), RwLock::default());
        let conduct = Self(Arc::new(Shared { log, read, found, is_on }));
        let follower = Follower::open(dir, below, config, conduct.clone())?;
        Ok((conduct, follower))
    }

    /// What is found in what the log has now.
    #[cfg(test)]
    pub(crate) fn caught_up(dir: &Path, below: Below, config: &ConductConfig) -> Self {
        let (conduct, follower) = Self::open(dir, below, config).unwrap();
        if let Some(mut follower) = follower {
            while follower.work().unwrap() {}
        }
        conduct
    }

    /// Whether findings are made.
    pub fn is_on(&self) -> bool {
        self.0.is_on
    }

    /// What was found.
    pub fn found(&self) -> Arc<Found> {
        Arc::clone(&self.0.found.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How far the log was followed.
    pub fn progress(&self) -> Progress {
        let followed = TreeSize::new(self.0.read.load(Ordering::Acquire));
        Progress { followed, log: self.0.log.size() }
    }

    fn show(&self, found: Found) {
        *self.0.found.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
    }

    fn has_read(&self, size: u64) {
        self.0.read.store(size, Ordering::Release);
    }
}

impl Progress {
    /// How many entries were not judged yet.
    pub fn entries_behind(&self) -> u64 {
        self.log.get().saturating_sub(self.followed.get())
    }
}

#[cfg(test)]
mod tests;
