//! The ledger: the only appender, and who reads it in order.
//!
//! One thread, the sequencer, gives every entry its place; the next, the writer,
//! writes the entries with their sealed bodies in one synced batch and only then
//! says so. A third, the signer, signs a checkpoint when the log grew. After a
//! failed write the log is *poisoned*: it refuses, says why, and the daemon exits;
//! starting again is the recovery, always by the same path ([`Log::open`]).
//!
//! Not here: what a record says (`capture`), how it is sealed (`seal`), and
//! reading it back (`query`).

mod cosignatures;
mod draft;
mod error;
mod export;
mod governing;
mod linking;
mod look;
mod poison;
mod proofs;
mod recovery;
mod room;
mod rotation;
mod sequencer;
mod signer;
mod tiles;
mod timestamps;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};

pub use draft::{Draft, Group, Placed};
pub use error::Error;
pub use export::{ExportError, Exported, export};
pub use look::{Ended, look_at_end, open_rows, root_at};
pub use poison::Poison;
pub use room::free_bytes;
pub use signer::SignerError;
pub use timestamps::{Stamped, stamped};

pub use crate::store::OnceKey;

use crate::clock::Clock;
use crate::entry::{Entry, Kept, KeyChain, codec};
use crate::store::{Commit, Head, Store};
use crate::tlog::note::{SigningKey, VerifierKey};
use crate::tlog::tree::Edge;
use crate::tlog::{LeafIndex, TreeSize};

/// How the log runs.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Most groups waiting for the sequencer; then appending waits.
    pub waiting_groups_max: usize,
    /// Most groups written in one synced batch.
    pub batch_groups_max: usize,
    /// How often a checkpoint is signed when the log grew.
    pub checkpoint_interval_ms: u64,
    /// How far the clock may stand before the newest entry; further, and nothing is
    /// signed any more.
    pub clock_back_seconds_max: u64,
    /// With less free disk space than this no entry is taken; 0 for no such limit.
    pub free_bytes_min: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            waiting_groups_max: 1024,
            batch_groups_max: 1024,
            checkpoint_interval_ms: 1000,
            clock_back_seconds_max: 300,
            free_bytes_min: 256 * 1024 * 1024,
        }
    }
}

/// Who signs the log, and where that is remembered.
#[derive(Debug)]
pub struct SignerConfig {
    /// The origin line of the checkpoints.
    pub origin: String,
    /// The log's key.
    pub key: SigningKey,
    /// Where the last signed checkpoint is kept, apart from the archive.
    pub last_checkpoint: PathBuf,
}

/// A handle on the running log; cheap to clone.
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
    groups: mpsc::Sender<Request>,
}

/// The running log's threads; stops them.
#[derive(Debug)]
pub struct LogThreads {
    shared: Arc<Shared>,
    sequencer: JoinHandle<()>,
    writer: JoinHandle<()>,
    signer: signer::Running,
}

/// What the threads and the handles share.
#[derive(Debug)]
struct Shared {
    store: Arc<Store>,
    origin: String,
    /// The key that signs in this process.
    verifier: VerifierKey,
    /// How many entries the newest stored checkpoint covers.
    signed: watch::Sender<TreeSize>,
    /// The durable log: never ahead of what is on disk.
    published: RwLock<Published>,
    grown: watch::Sender<TreeSize>,
    /// Batches written and synced.
    batches: AtomicU64,
    room: room::Room,
    cosigning: cosignatures::Cosigning,
    poison: poison::Flag,
    /// Held by who links media, or by who destroys records.
    linking: tokio::sync::RwLock<()>,
}

#[derive(Clone, Debug)]
struct Published {
    head: Head,
    edge: Edge,
    keys: Arc<KeyChain>,
}

/// A group on its way to the sequencer.
#[derive(Debug)]
struct Request {
    group: Group,
    answer: oneshot::Sender<Result<Vec<Placed>, Error>>,
}

impl Log {
    /// Opens the log of an archive, checks that its end fits together and that it
    /// holds what was signed last, and starts its threads. A new archive gets
    /// its first entry.
    ///
    /// # Errors
    /// When the rows do not fit together, or the signer finds less than, or
    /// other than, it signed before.
    pub fn open(
        store: Arc<Store>,
        signer: SignerConfig,
        clock: Clock,
        config: &LogConfig,
    ) -> Result<(Self, LogThreads), Error> {
        let verifier = signer.key.verifier().clone();
        let recovered = recovery::recover(&store, &verifier)?;
        let shared = Arc::new(Shared {
            origin: signer.origin.clone(),
            verifier,
            signed: watch::Sender::new(recovered.signed_size),
            grown: watch::Sender::new(recovered.published.head.size),
            published: RwLock::new(recovered.published),
            batches: AtomicU64::new(0),
            cosigning: cosignatures::Cosigning::default(),
            poison: poison::Flag::default(),
            linking: tokio::sync::RwLock::default(),
            room: room::Room::new(store.path(), config.free_bytes_min),
            store,
        });
        let rules = signer::Rules::of(config);
        let newest = recovered.last_time;
        let signer =
            signer::Signer::new(Arc::clone(&shared), signer, clock.clone(), newest, rules)?;
        let (groups, waiting) = mpsc::channel(config.waiting_groups_max.max(1));
        let sequencer = sequencer::Sequencer::new(Arc::clone(&shared), clock, recovered.last_time);
        let (batches, writer) = writer::start(Arc::clone(&shared))?;
        let sequencer = sequencer.start(waiting, config.batch_groups_max.max(1), batches)?;
        let signer = signer.start()?;
        let log = Self { shared: Arc::clone(&shared), groups };
        if log.size() == TreeSize::new(0) {
            let origin = log.shared.origin.clone();
            log.append_blocking(Group::of(Draft::began(origin)))?;
        }
        Ok((log, LogThreads { shared, sequencer, writer, signer }))
    }

    /// Appends a group: all of its drafts in order in one durable batch, less
    /// those that were seen before. Returns when it is on disk.
    ///
    /// Dropping the future does not take the group back: who must not leave it
    /// half-known spawns the call.
    ///
    /// # Errors
    /// [`Error::Full`], and nothing was written; [`Error::Poisoned`] or
    /// [`Error::Closed`], and the group may be on disk or not.
    pub async fn append(&self, group: Group) -> Result<Vec<Placed>, Error> {
        self.check_room()?;
        let (answer, placed) = oneshot::channel();
        let request = Request { group, answer };
        self.groups.send(request).await.map_err(|_| self.why_stopped())?;
        placed.await.unwrap_or_else(|_| Err(self.why_stopped()))
    }

    /// [`Log::append`] for a thread of its own; never call it from async code.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn append_blocking(&self, group: Group) -> Result<Vec<Placed>, Error> {
        self.check_room()?;
        let (answer, placed) = oneshot::channel();
        let request = Request { group, answer };
        self.groups.blocking_send(request).map_err(|_| self.why_stopped())?;
        placed.blocking_recv().unwrap_or_else(|_| Err(self.why_stopped()))
    }

    /// How many entries are durable.
    pub fn size(&self) -> TreeSize {
        self.shared.head().size
    }

    /// How many batches of entries were written and synced since the log was opened.
    pub fn batches(&self) -> u64 {
        self.shared.batches.load(Ordering::Relaxed)
    }

    /// Tells each time that the log grew.
    pub fn follow(&self) -> watch::Receiver<TreeSize> {
        self.shared.grown.subscribe()
    }

    /// The rows behind the log, for reading.
    pub fn store(&self) -> &Arc<Store> {
        &self.shared.store
    }

    /// How many entries the newest signed checkpoint covers.
    pub fn signed_size(&self) -> TreeSize {
        *self.shared.signed.borrow()
    }

    /// Tells each time that a checkpoint was signed and stored.
    pub fn follow_signed(&self) -> watch::Receiver<TreeSize> {
        self.shared.signed.subscribe()
    }

    /// The public key that the checkpoints verify with.
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.shared.verifier
    }

    /// Every key that the log was signed with.
    pub fn keys(&self) -> Arc<KeyChain> {
        self.shared.published().keys
    }

    /// The origin line of the checkpoints.
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// The entry at an index.
    ///
    /// # Errors
    /// [`Error::Broken`] where there is no such entry, or one that does not read.
    pub fn entry_at(&self, index: LeafIndex) -> Result<Entry, Error> {
        let leaf = self.shared.store.leaf(index).map_err(Error::Store)?;
        let leaf = leaf.ok_or_else(|| Error::Broken(format!("entry {index} is missing")))?;
        read(index, &leaf)
    }

    /// The entries from an index on, in order; each as [`Log::entry_at`].
    pub fn entries_from(&self, from: LeafIndex) -> impl Iterator<Item = Result<Entry, Error>> + '_ {
        self.shared.store.leaves_from(from).map(|row| {
            let (index, leaf) = row.map_err(Error::Store)?;
            read(index, &leaf)
        })
    }

    /// What the entry at an index binds.
    ///
    /// # Errors
    /// As [`Log::entry_at`]; [`Error::Broken`] where it binds nothing.
    pub fn kept_at(&self, index: LeafIndex) -> Result<Kept, Error> {
        let kept = self.entry_at(index)?.kept().cloned();
        kept.ok_or_else(|| Error::Broken(format!("entry {index} binds no record")))
    }

    /// The header and the body of what the entry at an index binds.
    ///
    /// # Errors
    /// [`Error::Shredded`] where the header was destroyed.
    pub fn sealed_at(&self, index: LeafIndex) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let store = &self.shared.store;
        let header = store.header(index).map_err(Error::Store)?.ok_or(Error::Shredded)?;
        let body = store.body(index).map_err(Error::Store)?;
        let body = body.ok_or_else(|| Error::Broken(format!("entry {index} has no body")))?;
        Ok((header, body))
    }

    /// The entry that keeps a thing seen before.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn seen_at(&self, key: OnceKey) -> Result<Option<LeafIndex>, Error> {
        self.shared.store.seen(&key).map_err(Error::Store)
    }

    /// The media tasks of records from an index on.
    pub fn media_tasks_from(
        &self,
        from: LeafIndex,
    ) -> impl Iterator<Item = Result<(LeafIndex, Vec<u8>), Error>> + '_ {
        self.shared.store.media_tasks_from(from).map(|row| row.map_err(Error::Store))
    }

    /// Writes the state of a media task down; no entry tells of it.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn put_media_task(&self, record: LeafIndex, task: Vec<u8>) -> Result<(), Error> {
        let mut commit = Commit::default();
        commit.put_media_task(record, task);
        self.shared.store.commit(commit).map_err(Error::Store)
    }

    /// Why the log stopped, where it did.
    pub fn poisoned(&self) -> Option<Poison> {
        self.shared.poison.read()
    }

    /// Poisons the log, to see what then refuses.
    #[cfg(test)]
    pub(crate) fn poison_it(&self, why: &str) {
        self.shared.poison.set(Poison::new(why));
    }

    /// Resolves when the log is poisoned: the daemon then exits.
    pub async fn until_poisoned(&self) -> Poison {
        self.shared.poison.wait().await
    }

    fn why_stopped(&self) -> Error {
        self.poisoned().map_or(Error::Closed, Error::Poisoned)
    }
}

impl LogThreads {
    /// Waits for the sequencer to write what was accepted (every [`Log`] must be
    /// dropped first), signs a last checkpoint and flushes the rows.
    ///
    /// # Errors
    /// When the last checkpoint or the flush fails.
    pub fn close(self) -> Result<(), Error> {
        // The writer ends when the sequencer, which feeds it, has ended.
        for (thread, name) in [(self.sequencer, "sequencer"), (self.writer, "writer")] {
            if thread.join().is_err() {
                self.shared.poison.set(Poison::new(format!("the {name}'s thread panicked")));
            }
        }
        self.signer.stop()?;
        match self.shared.poison.read() {
            Some(poison) => Err(Error::Poisoned(poison)),
            None => self.shared.store.flush().map_err(Error::Store),
        }
    }
}

impl Shared {
    fn published(&self) -> Published {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn head(&self) -> Head {
        self.published.read().unwrap_or_else(PoisonError::into_inner).head
    }
}

fn read(index: LeafIndex, leaf: &[u8]) -> Result<Entry, Error> {
    codec::decode(leaf)
        .map_err(|error| Error::Broken(format!("entry {index} cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
