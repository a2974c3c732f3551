//! What the two sides of the index share: the index as of the last commit.
//!
//! A [`View`] never changes. The follower publishes a new one after each commit,
//! and who is searching goes on with the one they began with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tantivy::collector::Collector;
use tantivy::index::SegmentId;
use tantivy::query::{EnableScoring, Query};
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, TantivyError};
use tokio::sync::Notify;

use super::answers::Answers;
use super::columns::Columns;
use super::directory::EncryptedDirectory;
use super::schema::Fields;
use super::selection::Selection;
use super::thread::ThreadId;
use super::{Error, IndexConfig};
use crate::log::Log;
use crate::tlog::TreeSize;

/// What every [`super::Index`] and the follower hold.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) log: Log,
    pub(super) fields: Fields,
    pub(super) config: IndexConfig,
    view: RwLock<Arc<View>>,
    /// The making of the index in which damage was found; 0 for none.
    damaged: AtomicU64,
    /// What the follower is to erase; `None` when nobody follows any more.
    erasures: Mutex<Option<Vec<Erasure>>>,
    /// What queries found that are asked again and again.
    pub(super) answers: Answers,
    /// Wakes the follower when damage was found or something is to be erased.
    pub(super) woken: Notify,
}

/// What is to be erased, and who waits until it is.
#[derive(Debug)]
pub(super) struct Erasure {
    pub(super) entries: Selection,
    pub(super) done: Sender<Result<(), String>>,
}

const UNFOLLOWED: &str = "nobody follows the log to write the index";

/// The index as of one commit.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) searcher: Searcher,
    columns: HashMap<SegmentId, Columns>,
    /// Every record below this size of the log is in it.
    pub(super) searchable: TreeSize,
    /// Which making of the index since the start this is of, from 1.
    pub(super) making: u64,
    /// Where its files are.
    pub(super) directory: EncryptedDirectory,
}

impl Shared {
    pub(super) fn new(log: Log, fields: Fields, config: IndexConfig, view: View) -> Self {
        let view = RwLock::new(Arc::new(view));
        let (damaged, erasures) = (AtomicU64::new(0), Mutex::new(Some(vec![])));
        let (answers, woken) = (Answers::default(), Notify::new());
        Self { log, fields, config, view, damaged, erasures, answers, woken }
    }

    /// Has the follower erase: see [`super::Index::erase`].
    pub(super) fn erase(&self, entries: Selection) -> Result<(), Error> {
        let (done, answer) = channel();
        match &mut *self.erasures() {
            Some(asked) => asked.push(Erasure { entries, done }),
            None => return Err(Error::Unerased(UNFOLLOWED.to_owned())),
        }
        self.woken.notify_one();
        let answer = answer.recv().unwrap_or_else(|_| Err(UNFOLLOWED.to_owned()));
        answer.map_err(Error::Unerased)
    }

    /// What is to be erased. Asking takes it.
    pub(super) fn take_erasures(&self) -> Vec<Erasure> {
        self.erasures().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether something is asked for that the follower did not take yet.
    #[cfg(test)]
    pub(super) fn is_asked_to_erase(&self) -> bool {
        self.erasures().as_ref().is_some_and(|asked| !asked.is_empty())
    }

    /// Refuses what is to be erased, from now on.
    pub(super) fn refuse_erasures(&self) {
        *self.erasures() = None;
    }

    fn erasures(&self) -> MutexGuard<'_, Option<Vec<Erasure>>> {
        self.erasures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn publish(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }

    /// Runs a piece of a search on a view, and has the index built anew where it
    /// turns out to be damaged.
    pub(super) fn ask<T>(
        &self,
        step: &'static str,
        view: &View,
        ask: impl FnOnce(&View) -> tantivy::Result<T>,
    ) -> Result<T, Error> {
        ask(view).map_err(|source| {
            let error = library(step, source);
            if matches!(error, Error::Damaged { .. }) {
                tracing::error!(error = &error as &dyn std::error::Error, "index damaged");
                self.damaged.store(view.making, Ordering::SeqCst);
                self.woken.notify_one();
            }
            error
        })
    }

    /// Whether damage was found in the index as it is now. Asking forgets it.
    pub(super) fn take_damaged(&self) -> bool {
        self.damaged.swap(0, Ordering::SeqCst) == self.view().making
    }
}

impl View {
    /// The view of a searcher; what is known of its segments is taken over from
    /// the view before.
    pub(super) fn new(
        searcher: Searcher,
        searchable: TreeSize,
        directory: EncryptedDirectory,
        before: Option<&Self>,
    ) -> tantivy::Result<Self> {
        let mut columns = HashMap::new();
        for segment in searcher.segment_readers() {
            let id = segment.segment_id();
            let known = before.and_then(|view| view.columns.get(&id).cloned());
            columns.insert(id, known.map_or_else(|| Columns::open(segment), Ok)?);
        }
        let making = before.map_or(1, |view| view.making);
        Ok(Self { searcher, columns, searchable, making, directory })
    }

    /// The same, of an index that was made anew after another was damaged.
    pub(super) fn made_after(self, damaged: &Self) -> Self {
        Self { making: damaged.making + 1, ..self }
    }

    /// The columns of a segment.
    pub(super) fn columns(&self, segment: SegmentId) -> tantivy::Result<&Columns> {
        self.columns.get(&segment).ok_or_else(|| {
            TantivyError::InternalError("a segment of the view has no columns".to_owned())
        })
    }

    /// The columns of the segment that a document is in.
    pub(super) fn columns_of(&self, document: DocAddress) -> tantivy::Result<&Columns> {
        self.columns(self.searcher.segment_reader(document.segment_ord).segment_id())
    }

    /// Collects what a query matches.
    pub(super) fn collect<C: Collector>(
        &self,
        query: &dyn Query,
        collector: &C,
        scoring: EnableScoring<'_>,
    ) -> tantivy::Result<C::Fruit> {
        let executor = self.searcher.index().search_executor();
        self.searcher.search_with_executor(query, collector, executor, scoring)
    }

    /// The conversation of the first record, in the order of the log, that has a term.
    pub(super) fn first_thread(&self, term: &Term) -> tantivy::Result<Option<ThreadId>> {
        let mut first: Option<(u64, DocAddress)> = None;
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let inverted = segment.inverted_index(term.field())?;
            let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? else {
                continue;
            };
            let columns = self.columns(segment.segment_id())?;
            let is_alive = |document| segment.alive_bitset().is_none_or(|it| it.is_alive(document));
            let mut document = postings.doc();
            while document != TERMINATED {
                let found = (columns.leaf(document), DocAddress::new(ordinal, document));
                if is_alive(document) && first.is_none_or(|first| found < first) {
                    first = Some(found);
                }
                document = postings.advance();
            }
        }
        match first {
            Some((_, document)) => Ok(self.columns_of(document)?.thread(document.doc_id)?),
            None => Ok(None),
        }
    }
}

/// Tells damage from refusal.
pub(super) fn library(step: &'static str, source: TantivyError) -> Error {
    if is_damage(&source) {
        Error::Damaged { step, source }
    } else {
        Error::Library { step, source }
    }
}

/// Whether building the index anew is the remedy.
fn is_damage(error: &TantivyError) -> bool {
    use std::io::ErrorKind;
    match error {
        TantivyError::IoError(cause) => matches!(
            cause.kind(),
            ErrorKind::InvalidData
                | ErrorKind::UnexpectedEof
                | ErrorKind::NotFound
                | ErrorKind::InvalidInput
        ),
        TantivyError::OpenReadError(_)
        | TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::InternalError(_)
        | TantivyError::DeserializeError(_)
        | TantivyError::FieldNotFound(_)
        | TantivyError::SchemaError(_) => true,
        TantivyError::AggregationError(_)
        | TantivyError::OpenDirectoryError(_)
        | TantivyError::OpenWriteError(_)
        | TantivyError::IndexAlreadyExists
        | TantivyError::LockFailure(..)
        | TantivyError::InvalidArgument(_)
        | TantivyError::ErrorInThread(_)
        | TantivyError::Poisoned
        | TantivyError::IndexBuilderMissingArgument(_)
        | TantivyError::SystemError(_)
        | TantivyError::MissingPlugin(_)
        | TantivyError::ConflictingPlugins(_)
        | TantivyError::UnexpectedPlugin(_) => false,
    }
}
