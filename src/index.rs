//! The full-text index: finds records by what they say, and names conversations.
//!
//! A follower of the log. Everything in it is a function of the log and can be
//! deleted: the daemon builds it anew, with the same answers and the same names
//! of conversations. It is encrypted on disk under a key of its own.
//!
//! [`Follower`] opens each record once and writes down what it can be found by;
//! [`Index`] answers, from any number of threads at once. The answers name
//! records; who may read them, and that reading is itself an entry, is the
//! concern of `query`. This is the only user of tantivy.

mod analysis;
mod answers;
mod columns;
mod cursor;
mod directory;
mod excerpt;
mod facts;
#[cfg(test)]
mod fixtures;
mod follower;
mod key;
pub mod language;
mod later;
mod leaves;
mod number;
mod open;
mod period;
mod place;
mod plan;
mod ranking;
mod schema;
mod search;
mod select;
mod selection;
mod statistics;
mod thread;
mod together;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use cursor::{BadCursor, Cursor};
pub use excerpt::{Segment, excerpt};
pub use follower::Follower;
pub use later::{Known, Later};
pub use open::reaches;
pub use selection::Selection;
pub use thread::{BadThreadId, ThreadId};
pub use together::{People, Together};

use crate::log::Log;
use crate::policy::Facts;
use crate::record::RecordId;
use crate::seal::Keyring;
use crate::tlog::{LeafIndex, TreeSize};
use view::Shared;

/// The most hits on one page, whatever is asked for.
pub const PAGE_HITS_MAX: usize = 1000;

/// How the index runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IndexConfig {
    /// Most memory for documents that are not written out yet; at least 15 MB.
    pub writer_memory_bytes_max: usize,
    /// Most memory for decrypted blocks.
    pub cache_bytes_max: usize,
    /// Longest time until a captured record can be found.
    pub commit_interval_ms: u64,
    /// Most records added between two commits; what comes after a crash is that
    /// many records read again.
    pub commit_records_max: usize,
    /// Most entries read at once.
    pub batch_entries_max: usize,
    /// Most bytes of sealed bodies opened at once; one body may be larger.
    pub batch_bytes_max: u64,
    /// Most names of conversations remembered; the others are looked up.
    pub threads_known_max: usize,
}

impl Default for IndexConfig {
    fn default() -> Self {
        Self {
            writer_memory_bytes_max: 64 * 1024 * 1024,
            cache_bytes_max: 128 * 1024 * 1024,
            commit_interval_ms: 1000,
            commit_records_max: 200_000,
            batch_entries_max: 2048,
            batch_bytes_max: 16 * 1024 * 1024,
            threads_known_max: 200_000,
        }
    }
}

/// Why the index cannot be opened, written or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The cursor of the page is not one that was given out for this search.
    #[error("the page cannot be found")]
    Cursor(#[source] BadCursor),
    /// The index is damaged. It is built anew by the follower, or at the next start.
    #[error("the index is damaged and will be built anew ({step})")]
    Damaged {
        /// What was being done.
        step: &'static str,
        /// What was found.
        #[source]
        source: tantivy::TantivyError,
    },
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
    Keys(#[source] crate::seal::Error),
    /// The search library refused.
    #[error("the index could not {step}")]
    Library {
        /// What was being done.
        step: &'static str,
        /// Why not.
        #[source]
        source: tantivy::TantivyError,
    },
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[source] crate::log::Error),
    /// The work ended before its time.
    #[error("the index's thread ended before its time: {0}")]
    Panicked(String),
    /// What was to be erased may still be in the files of the index.
    #[error("records could not be erased from the index, erase them again: {0}")]
    Unerased(String),
}

/// The reading side of the index; cheap to clone.
#[derive(Clone, Debug)]
pub struct Index(Arc<Shared>);

/// What is searched for, in which order, and which page of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The query, as [`language::parse`] reads it.
    pub expr: language::Expr,
    /// The order of the hits.
    pub order: Order,
    /// The page.
    pub paging: Paging,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The best match first (Okapi BM25); among equals the newest.
    Best,
    /// The newest first, by the time it happened, then by its entry.
    #[default]
    Newest,
    /// The oldest first, by the time it happened, then by its entry.
    Oldest,
}

/// Which part of the hits.
#[derive(Clone, Debug)]
pub struct Paging {
    /// How many hits; more than [`PAGE_HITS_MAX`] are not given.
    pub limit: usize,
    /// Behind the page that gave this cursor; the first page where `None`.
    pub after: Option<Cursor>,
}

/// A record found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The record.
    pub record: RecordId,
    /// The entry that keeps it.
    pub entry: LeafIndex,
    /// Its conversation; `None` where it belongs to none.
    pub thread: Option<ThreadId>,
    /// When it happened as the provider says, else when it was captured.
    pub at: Timestamp,
}

/// A page of hits.
///
/// All pages of a search show the archive as it was indexed when the first page
/// was asked for: what comes in meanwhile neither repeats a hit nor drops one.
#[derive(Clone, Debug)]
pub struct Page {
    /// The hits, in order.
    pub hits: Vec<Hit>,
    /// How many there are on all pages.
    pub total: usize,
    /// Gives the next page; `None` on the last.
    pub next: Option<Cursor>,
}

/// The entries that a query matches.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The entries.
    pub entries: Selection,
    /// Every record below this size of the log was considered.
    pub searchable: TreeSize,
}

/// What came of looking at the facts of every record.
#[derive(Debug)]
pub struct Told<T> {
    /// One of each piece of the index, in no order.
    pub parts: Vec<T>,
    /// Every record below this size of the log was told of.
    pub searchable: TreeSize,
}

/// How far the index has followed the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Every record below this size of the log can be found.
    pub searchable: TreeSize,
    /// The log's size.
    pub log: TreeSize,
}

impl Index {
    /// Opens the index in a directory. Where it is missing, of another version,
    /// of another archive or key, or does not open, it is made anew and filled by
    /// the [`Follower`]; the trace says so.
    ///
    /// # Errors
    /// When the directory cannot be written, or the index's key can neither be had nor
    /// made.
    pub fn open(
        dir: &Path,
        log: Log,
        keyring: Arc<Keyring>,
        config: IndexConfig,
    ) -> Result<(Self, Follower), Error> {
        open::open(dir, log, keyring, config).map(|(shared, follower)| (Self(shared), follower))
    }

    /// Searches. Blocks: call it from a thread that may.
    ///
    /// # Errors
    /// [`Error::Cursor`] where the cursor belongs to another search;
    /// [`Error::Damaged`] where the index must be built anew, which then happens.
    pub fn search(&self, request: &Request) -> Result<Page, Error> {
        search::search(&self.0, request)
    }

    /// The records of a conversation, the oldest first. Blocks.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn thread(&self, thread: ThreadId, paging: &Paging) -> Result<Page, Error> {
        let condition = language::Condition::Thread(thread);
        let expr = language::Expr::Is { at: 0, condition };
        self.search(&Request { expr, order: Order::Oldest, paging: paging.clone() })
    }

    /// The conversation of a record; `None` where it belongs to none or is not
    /// searchable yet. Blocks.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn thread_of(&self, record: RecordId) -> Result<Option<ThreadId>, Error> {
        search::thread_of(&self.0, record)
    }

    /// The records of a conversation that edit, revoke, react to, quote or report
    /// on the message of a provider id, the oldest first; at most
    /// [`PAGE_HITS_MAX`]. Blocks.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn relating_to(&self, thread: ThreadId, provider_id: &str) -> Result<Vec<Hit>, Error> {
        search::relating_to(&self.0, thread, provider_id)
    }

    /// Everything that a query matches, as a set of entries. Blocks; any number of
    /// threads may select at once.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn select(&self, expr: &language::Expr) -> Result<Selected, Error> {
        select::select(&self.0, expr)
    }

    /// As [`Index::select`], for who asks the same again and again: only pieces of the index
    /// with entries that are newer than the last time are asked. Blocks.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn select_again(&self, expr: &language::Expr) -> Result<Arc<Selection>, Error> {
        select::select_again(&self.0, expr)
    }

    /// Puts what these queries found aside, sealed, so that they are not asked anew after a
    /// start; what others found is not put aside any more. What cannot be written is told in
    /// the trace alone. Blocks.
    pub fn put_aside(&self, exprs: &[language::Expr]) {
        select::put_aside(&self.0, exprs);
    }

    /// Looks at the facts of every record that can be found, in no order; how far that
    /// reaches. One [`Facts`] is used again and again: nothing is allocated for a record.
    /// Tags are not in the index and stay empty; of lexicons it knows where what looks like
    /// the number of a payment card stands, no words. Blocks.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the index must be built anew, which then happens: what
    /// was told until then is not all there is.
    pub fn facts(&self, look: impl FnMut(LeafIndex, &Facts)) -> Result<TreeSize, Error> {
        facts::each(&self.0, look)
    }

    /// As [`Index::facts`], on all cores: the index is cut into pieces, each begins with
    /// what `begin` gives, and what became of it is handed back. Blocks.
    ///
    /// # Errors
    /// As [`Index::facts`].
    pub fn fold_facts<T: Send>(
        &self,
        begin: impl Fn() -> T + Sync,
        look: impl Fn(&mut T, LeafIndex, &Facts) + Sync,
    ) -> Result<Told<T>, Error> {
        facts::fold(&self.0, begin, look)
    }

    /// Erases records from the index: when it returns, nothing finds them, no file of
    /// the index holds a word of theirs, and files from before do not open with the
    /// index's key of now. Searches go on meanwhile. Blocks, for minutes where much of a
    /// large index must be written again.
    ///
    /// To be called when the records' keys are destroyed: a record that opens is indexed
    /// by who reads the log again. Erasing again does no harm, and is what there is to do
    /// after a crash.
    ///
    /// # Errors
    /// [`Error::Unerased`] where the index is not followed, or its files could not be
    /// written: to be tried again.
    pub fn erase(&self, entries: &Selection) -> Result<(), Error> {
        self.0.erase(entries.clone())
    }

    /// How far the index has followed the log.
    pub fn progress(&self) -> Progress {
        Progress { searchable: self.0.view().searchable, log: self.0.log.size() }
    }
}

impl Progress {
    /// How many entries are not searchable yet.
    pub fn entries_behind(&self) -> u64 {
        self.log.get().saturating_sub(self.searchable.get())
    }
}

impl Order {
    /// The word used in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}

#[cfg(test)]
mod tests;
