//! The writing side: reads the log, opens what can be searched for, writes it down.
//!
//! Documents and the position in the log go into one commit, so that after a
//! crash nothing is missing and nothing is there twice. Records whose keys were
//! destroyed are passed over; one that does not open or read is passed over with
//! a trace (`verify` is who accuses), so that one damaged record does not stop
//! the others from being found. Where an entry says that records were destroyed, their
//! documents are deleted: an index that was put back from a copy forgets them too.

mod batch;
mod erasing;
mod merges;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tantivy::schema::{Schema, Term};
use tokio::sync::watch;

use super::Error;
use super::leaves::Leaves;
use super::open::{Opened, Position};
use super::place::Place;
use super::schema::{self, Place as Document};
use super::selection::Selection;
use super::thread::{Named, ThreadNames};
use super::view::{Shared, library};
use crate::record::Record;
use crate::seal::{Keyring, Purpose};
use batch::Batch;
use erasing::{Erasing, LOOK_INTERVAL};
use merges::Merges;

/// This far behind the log the index is being rebuilt, and says so.
const REBUILD_ENTRIES_MIN: u64 = 50_000;

/// While it is being rebuilt, so many times fewer commits are made: each makes a
/// small piece of index that is to be merged with others later.
const REBUILD_INTERVALS: u32 = 10;

/// How often a rebuild says how far it is.
const REBUILD_TRACE_INTERVAL: Duration = Duration::from_secs(10);

/// After so many rebuilds because of damage the disk is to blame.
const REMAKES_MAX: u32 = 3;

/// Follows the log and writes the index.
pub struct Follower {
    shared: Arc<Shared>,
    keyring: Arc<Keyring>,
    place: Place,
    schema: Schema,
    /// `None` only while the index is made anew.
    opened: Option<Opened>,
    names: ThreadNames,
    /// How far was read; ahead of the commit in `opened`.
    read: Position,
    /// Entries whose documents are to be deleted with the next commit.
    destroyed: Selection,
    merges: Merges,
    erasing: Option<Erasing>,
    added: usize,
    committed_at: Instant,
    rebuild: Option<Rebuild>,
    remakes: u32,
}

/// A rebuild that is told of in the trace.
struct Rebuild {
    from: u64,
    began: Instant,
    told: Instant,
}

/// What there is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// More of the log can be read at once.
    Read,
    /// All was read; some of it is to be committed after so long.
    CommitIn(Duration),
    /// All was read and committed.
    Wait,
}

impl Follower {
    pub(super) fn new(
        shared: Arc<Shared>,
        keyring: Arc<Keyring>,
        place: Place,
        opened: Opened,
    ) -> Result<Self, Error> {
        let key = keyring.derive(Purpose::Thread).map_err(Error::Keys)?;
        let names = ThreadNames::new(&key, shared.config.threads_known_max.max(1));
        let read = opened.position;
        // Left by a crash, or never asked for after the log said it.
        let unfinished = opened.has_deletes().map_err(|error| library("open", error))?;
        Ok(Self {
            shared,
            keyring,
            place,
            schema: schema::schema().0,
            opened: Some(opened),
            names,
            read,
            destroyed: Selection::new(),
            merges: Merges::default(),
            erasing: unfinished.then(Erasing::begin),
            added: 0,
            committed_at: Instant::now(),
            rebuild: None,
            remakes: 0,
        })
    }

    /// Follows the log until `stop` turns true (or its sender is gone), then
    /// commits what was read. Damage found on the way is mended by making the
    /// index anew.
    ///
    /// # Errors
    /// When the log cannot be read, a bucket does not open with this identity, or
    /// the index cannot be written. The log goes on without the index; the next
    /// start continues where the last commit was.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), Error> {
        let mut grown = self.shared.log.follow();
        let shared = Arc::clone(&self.shared);
        loop {
            grown.mark_unchanged();
            let stopping = *stop.borrow_and_update() || stop.has_changed().is_err();
            let worked = tokio::task::spawn_blocking(move || {
                let next = self.work(stopping);
                (self, next)
            });
            let next;
            (self, next) = worked.await.map_err(|error| Error::Panicked(error.to_string()))?;
            let wait = match next? {
                _ if stopping => return Ok(()),
                Next::Read => continue,
                Next::CommitIn(wait) => wait,
                Next::Wait => Duration::MAX,
            };
            tokio::select! {
                _ = stop.changed() => {}
                _ = grown.changed() => {}
                () = shared.woken.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Does one piece of work. When `stopping`, only commits.
    pub(super) fn work(&mut self, stopping: bool) -> Result<Next, Error> {
        let worked = match self.shared.take_damaged() {
            true => Err(Error::Damaged {
                step: "search",
                source: tantivy::TantivyError::InternalError("found by a search".to_owned()),
            }),
            false => self.advance(stopping),
        };
        match worked {
            Err(error @ Error::Damaged { .. }) if self.remakes < REMAKES_MAX => {
                self.remake(&error)?;
                Ok(Next::Read)
            }
            other => other,
        }
    }

    fn advance(&mut self, stopping: bool) -> Result<Next, Error> {
        if stopping {
            self.commit()?;
            return Ok(Next::Wait);
        }
        self.tell_rebuild();
        let erasing = self.erase()?;
        let batch = Batch::read(&self.shared, &self.keyring, self.read)?;
        self.add(batch)?;
        let behind = self.read.size < self.shared.log.size().get();
        let mut interval = Duration::from_millis(self.shared.config.commit_interval_ms);
        if self.rebuild.is_some() {
            interval *= REBUILD_INTERVALS;
        }
        let left = interval.saturating_sub(self.committed_at.elapsed());
        let uncommitted = self.read.size > self.committed().size;
        if uncommitted && (left.is_zero() || self.added >= self.shared.config.commit_records_max) {
            self.commit()?;
        }
        Ok(match behind {
            true => Next::Read,
            false if erasing => Next::CommitIn(LOOK_INTERVAL),
            false if self.read.size > self.committed().size => Next::CommitIn(left),
            false => Next::Wait,
        })
    }

    fn add(&mut self, batch: Batch) -> Result<(), Error> {
        for (index, captured, record) in &batch.records {
            let named = self.name(record)?;
            let place = Document { index: *index, captured: *captured, named: named.as_ref() };
            let document = self.shared.fields.document(record, &place);
            let added = self.opened()?.writer.add_document(document);
            added.map_err(|error| library("add a record", error))?;
            self.added += 1;
        }
        self.destroyed.unite(&batch.destroyed);
        self.read = batch.position;
        Ok(())
    }

    fn name(&mut self, record: &Record) -> Result<Option<Named>, Error> {
        let shared = &self.shared;
        let view = shared.view();
        self.names.name(record, |alias| {
            let term = Term::from_field_bytes(shared.fields.alias, alias.as_bytes());
            shared.ask("look a conversation up", &view, |view| view.first_thread(&term))
        })
    }

    /// Writes down what was read, and shows it to who searches from now on.
    fn commit(&mut self) -> Result<(), Error> {
        self.committed_at = Instant::now();
        if self.read == self.committed() {
            return Ok(());
        }
        self.commit_all()?;
        if self.erasing.is_none() {
            let merging = |error| library("put segments together", error);
            // One that failed is begun again; the segments are there as they were.
            if let Err(error) = self.merges.ended().map_err(merging) {
                if matches!(error, Error::Damaged { .. }) {
                    return Err(error);
                }
                tracing::warn!(error = &error as &dyn std::error::Error, "segments not merged");
            }
            let Some(opened) = &mut self.opened else { return Ok(()) };
            self.merges.begin_useful(&mut opened.writer).map_err(merging)?;
        }
        Ok(())
    }

    /// Deletes what was destroyed and commits, whether or not something was read.
    fn commit_all(&mut self) -> Result<(), Error> {
        self.committed_at = Instant::now();
        let (read, failed) = (self.read, |error| library("commit", error));
        if !self.destroyed.is_empty() {
            self.forget_answers()?;
            let leaves = Leaves(Arc::new(self.destroyed.clone()));
            self.opened()?.writer.delete_query(Box::new(leaves)).map_err(failed)?;
        }
        self.opened()?.commit(read).map_err(failed)?;
        self.publish_reloaded()?;
        self.names.committed();
        if !self.destroyed.is_empty() {
            // Once more: who asked in between still found it.
            self.forget_answers()?;
            self.names.forget();
            self.destroyed = Selection::new();
        }
        self.added = 0;
        tracing::debug!(index.size = read.size, "index committed");
        Ok(())
    }

    /// Takes what is destroyed out of what queries found.
    fn forget_answers(&self) -> Result<(), Error> {
        let forgotten = self.shared.answers.forget(&self.shared.view(), &self.destroyed);
        forgotten.map_err(|source| self.place.failed("remove answers from", source))
    }

    /// Shows the index as it is on disk to who searches from now on.
    fn publish_reloaded(&mut self) -> Result<(), Error> {
        let before = self.shared.view();
        let view = self.opened()?.reloaded(&before).map_err(|error| library("reload", error))?;
        self.shared.publish(view);
        Ok(())
    }

    /// Throws the index away and begins again at the beginning of the log.
    fn remake(&mut self, why: &Error) -> Result<(), Error> {
        self.remakes += 1;
        // Nobody writes into the directory any more, and it is let go of.
        self.merges.wait();
        self.opened = None;
        let (opened, view) = self.place.remake(&self.schema, &self.shared.config, why)?;
        self.read = opened.position;
        self.opened = Some(opened);
        self.names.forget();
        self.destroyed = Selection::new();
        self.added = 0;
        self.rebuild = None;
        self.shared.publish(view.made_after(&self.shared.view()));
        Ok(())
    }

    /// Waits until no merge is under way.
    #[cfg(test)]
    pub(super) fn await_merges(&mut self) {
        self.merges.wait();
    }

    fn opened(&mut self) -> Result<&mut Opened, Error> {
        self.opened.as_mut().ok_or_else(|| Error::Panicked("the index is not open".to_owned()))
    }

    fn committed(&self) -> Position {
        self.opened.as_ref().map_or(Position::START, |opened| opened.position)
    }

    fn tell_rebuild(&mut self) {
        let (done, size) = (self.read.size, self.shared.log.size().get());
        let Some(rebuild) = &mut self.rebuild else {
            if size.saturating_sub(done) >= REBUILD_ENTRIES_MIN {
                tracing::info!(
                    index.size = done,
                    log.size = size,
                    "index trails the log, catching up"
                );
                let now = Instant::now();
                self.rebuild = Some(Rebuild { from: done, began: now, told: now });
            }
            return;
        };
        if done >= size {
            let entries = done.saturating_sub(rebuild.from);
            let duration_ms = rebuild.began.elapsed().as_millis();
            tracing::info!(index.size = done, entries, duration_ms, "index caught up");
            self.rebuild = None;
        } else if rebuild.told.elapsed() >= REBUILD_TRACE_INTERVAL {
            rebuild.told = Instant::now();
            tracing::info!(index.size = done, log.size = size, "index catching up");
        }
    }
}

impl Drop for Follower {
    /// Who waits for something to be erased waits in vain.
    fn drop(&mut self) {
        self.shared.refuse_erasures();
        // A merge ends with the process. Tests open the files again in the same one, where its
        // end would write over what is there by then.
        #[cfg(test)]
        self.merges.wait();
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("read", &self.read).finish_non_exhaustive()
    }
}
