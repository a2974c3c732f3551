//! The archive's rows on disk: the only user of RocksDB.
//!
//! It knows rows and atomic, synced batches of them; it does not know what an
//! entry means, nor how anything was sealed. Every write that an
//! acknowledgement rests on is one [`Commit`], on disk when
//! [`Store::commit`] returns.
//!
//! The layout of the rows is in [`rows`] and in `docs/FORMAT.md`. A torn last
//! write after a crash is dropped (nobody was told that it was kept); damage
//! anywhere else is refused with an error, never skipped.

mod commit;
mod destroy;
mod files;
mod lock;
mod open;
mod read;
pub mod rows;
mod scan;
#[cfg(test)]
pub(crate) mod tamper;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use rocksdb::DB;
use rocksdb::statistics::Ticker;

pub use commit::Commit;
pub use destroy::HeaderChange;
pub use files::{BlobFiles, ListedFile};
pub use lock::holder;
pub use open::{StoreConfig, Taken, check_format};
pub use read::Leaves;
pub use rows::{Head, OnceKey};
pub use scan::Scan;

use crate::fault::{self, Point};

/// An open archive directory's rows.
pub struct Store {
    db: DB,
    path: PathBuf,
    /// What was wrong with its files, where it was opened all the same.
    damage: Option<String>,
    /// What a failed commit said: after it there is none.
    failed: OnceLock<String>,
    /// Held while headers are deleted, or others put in their places.
    headers: Mutex<()>,
    /// Held for as long as the store is open for writing.
    lock: Option<lock::DirLock>,
    /// What the database counts is asked for through the options it was opened with.
    counting: Option<rocksdb::Options>,
}

/// What went wrong with the rows, by what can be done about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing there to open.
    #[error("there is no archive in {0}: create one with `muniment init`")]
    Missing(PathBuf),
    /// `init` was asked for where something is already.
    #[error("{0} already holds an archive or other files: choose an empty directory")]
    Exists(PathBuf),
    /// Another process has it open.
    #[error("the archive in {path} is in use by process {pid}: stop that process first")]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, as it wrote itself down.
        pid: String,
    },
    /// Written by a build with another layout.
    #[error("the archive in {path} has format {found:?}; this build reads format {expected:?}")]
    Format {
        /// The directory.
        path: PathBuf,
        /// What its format file says.
        found: String,
        /// What this build writes.
        expected: &'static str,
    },
    /// A commit failed before: nobody can say what is on disk.
    #[error("an earlier write failed ({0}); nothing is written until the next start")]
    Failed(String),
    /// A row is not what was written.
    #[error("damaged row: {what}")]
    Corrupt {
        /// Which row, and what is wrong with it.
        what: String,
        /// What the database said.
        #[source]
        source: Option<rocksdb::Error>,
    },
    /// The operating system refused.
    #[error("could not {step}")]
    Io {
        /// What was being done.
        step: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The database refused.
    #[error("the database could not {step}")]
    Database {
        /// What was being done.
        step: &'static str,
        /// Why not.
        #[source]
        source: rocksdb::Error,
    },
}

impl Store {
    /// The archive directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a process has the archive open for writing.
    pub fn is_being_written(&self) -> bool {
        self.lock.is_some() || lock::is_held(&self.path)
    }

    /// How often the database has synced its write-ahead log since it was opened for
    /// writing, as it counts itself.
    pub fn wal_syncs(&self) -> u64 {
        let counting = self.counting.as_ref();
        counting.map_or(0, |counting| counting.get_ticker_count(Ticker::WalFileSynced))
    }

    /// What was wrong with its files, where [`Store::open_to_verify`] opened it
    /// all the same.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Writes what is in memory to its files, so that a copy of the directory is
    /// complete without the write-ahead log. Called at an orderly stop.
    ///
    /// # Errors
    /// When the database cannot write.
    pub fn flush(&self) -> Result<(), Error> {
        let mut options = rocksdb::FlushOptions::default();
        options.set_wait(true);
        let flush = |family| {
            let flushed = self.db.flush_cf_opt(self.family(family), &options);
            flushed.map_err(|source| Error::Database { step: "flush its memory", source })
        };
        fault::at(Point::StoreFlush, || rows::Family::ALL.into_iter().try_for_each(flush))
    }

    /// A family that an older archive does not have, opened for reading only, is as
    /// empty as the database's own default family, in which nothing is ever written.
    fn family(&self, family: rows::Family) -> &rocksdb::ColumnFamily {
        let found = self.db.cf_handle(family.name());
        let found = found.or_else(|| self.db.cf_handle(rocksdb::DEFAULT_COLUMN_FAMILY_NAME));
        found.expect("the default family is opened with every store")
    }
}

impl From<fault::Struck> for Error {
    fn from(struck: fault::Struck) -> Self {
        let step = format!("make the step {}", struck.point());
        Self::Io { step, source: struck.into() }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
