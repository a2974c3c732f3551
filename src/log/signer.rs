//! Signs checkpoints, and never two that contradict each other.
//!
//! What was signed last is kept in a file apart from the archive. Before each
//! signature the signer reads the new leaves back from the rows, hashes them
//! again, and proves to itself from the tiles that the log now is the log it
//! signed last with these entries added. An archive that was restored from an
//! older backup, or altered, therefore gets no signature; nor does one whose
//! clock went back: the signer refuses and the log stops, rather than sign a
//! second history.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::recovery::restore_edge;
use super::{Error, LogConfig, Poison, Published, Shared, SignerConfig};
use crate::aside;
use crate::clock::Clock;
use crate::entry::{KeyChain, codec};
use crate::fault::{self, Point};
use crate::store::Commit;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{SigningKey, VerifierKey};
use crate::tlog::proof::verify_consistency;
use crate::tlog::tree::Edge;
use crate::tlog::{LeafIndex, TREE_SIZE_MAX, TreeSize, leaf_hash};

/// Why the signer refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The archive ends before what was signed.
    #[error(
        "the archive has {found} entries, but a checkpoint of {signed} was signed: an older backup \
         was restored, or entries were removed. Restore the newer archive; if it is lost for good, \
         begin a new archive with a new origin and keep this one as it is"
    )]
    Shrunk {
        /// Entries found.
        found: TreeSize,
        /// Entries of the last signed checkpoint.
        signed: TreeSize,
    },
    /// The archive is not the one that was signed, grown.
    #[error(
        "the archive is not a continuation of the checkpoint of {0} entries that was signed last: \
         it was altered, or belongs to another history. Run `muniment verify`"
    )]
    Forked(TreeSize),
    /// What the rows hold is not what was laid out.
    #[error(
        "the entries from {from} on are not on disk as they were written, or not in order: the \
         disk or the memory is failing. Run `muniment verify`, then restore from a backup"
    )]
    NotAsWritten {
        /// The first entry that is not signed yet.
        from: LeafIndex,
    },
    /// The clock went back.
    #[error(
        "the clock says {now:.0}, but the newest entry is dated {newest:.0}. Set the clock \
         (`timedatectl`) and start again. If it is right now and stood wrong when the entry was \
         made, set log.clock_back_seconds_max to at least {behind_seconds} until it has caught up: \
         entries keep the newest date meanwhile"
    )]
    ClockBack {
        /// What the clock says.
        now: Timestamp,
        /// The time of the newest entry.
        newest: Timestamp,
        /// The difference.
        behind_seconds: u64,
    },
    /// The log was handed over to another key.
    #[error(
        "the log was handed over to the key {expected}, but the key that is configured is {found}: \
         put the new key back as log.key in the directory of keys"
    )]
    OtherKey {
        /// The key that the log names.
        expected: Box<VerifierKey>,
        /// The key that was given.
        found: Box<VerifierKey>,
    },
    /// The file with the last signed checkpoint cannot be used.
    #[error("the last signed checkpoint in {path} cannot be used: {why}")]
    Memory {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// What the signer keeps to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    interval: Duration,
    clock_back_max: SignedDuration,
}

/// The signer before its thread runs.
pub(super) struct Signer {
    shared: Arc<Shared>,
    key: SigningKey,
    path: PathBuf,
    clock: Clock,
    rules: Rules,
    last: Option<Checkpoint>,
    /// The tree of all leaves that were read back.
    derived: Edge,
    /// The time of the newest entry.
    newest: Timestamp,
}

/// The signer's thread.
#[derive(Debug)]
pub(super) struct Running {
    thread: JoinHandle<Result<(), Error>>,
    stop: SyncSender<()>,
}

impl Rules {
    pub(super) fn of(config: &LogConfig) -> Self {
        let seconds = i64::try_from(config.clock_back_seconds_max).unwrap_or(i64::MAX);
        Self {
            interval: Duration::from_millis(config.checkpoint_interval_ms.max(1)),
            clock_back_max: SignedDuration::from_secs(seconds),
        }
    }
}

impl Signer {
    /// Recalls what was signed last and checks that the log continues it.
    pub(super) fn new(
        shared: Arc<Shared>,
        config: SignerConfig,
        clock: Clock,
        newest: Timestamp,
        rules: Rules,
    ) -> Result<Self, Error> {
        let SignerConfig { key, last_checkpoint: path, .. } = config;
        let published = shared.published();
        let last = recall(&path, &shared, &published.keys).map_err(Error::Signer)?;
        let signed = last.as_ref().map_or(TreeSize::EMPTY, Checkpoint::size);
        check_continues(&shared, &published, last.as_ref())?;
        let derived = restore_edge(&shared.store, signed)?;
        let mut signer = Self { shared, key, path, clock, rules, last, derived, newest };
        signer.derive(&published)?;
        signer.check_clock()?;
        Ok(signer)
    }

    /// Signs when the log grew, at most once an interval, until stopped.
    pub(super) fn start(mut self) -> Result<Running, Error> {
        let (stop, stopped) = sync_channel(1);
        let run = move || {
            loop {
                let waited = stopped.recv_timeout(self.rules.interval);
                let last_round = waited != Err(RecvTimeoutError::Timeout);
                if let Err(error) = self.sign() {
                    let poison = Poison::from_error(&error);
                    tracing::error!(%poison, "checkpoint not signed");
                    self.shared.poison.set(poison);
                    return Err(error);
                }
                if last_round {
                    return Ok(());
                }
            }
        };
        let thread = std::thread::Builder::new().name("signer".to_owned()).spawn(run);
        Ok(Running { thread: thread.map_err(Error::Thread)?, stop })
    }

    /// Signs the log as it is now, unless that was done, or is another key's to do.
    fn sign(&mut self) -> Result<(), Error> {
        self.shared.store.check_unfailed().map_err(Error::Store)?;
        let published = self.shared.published();
        let size = published.head.size;
        let is_done = self.last.as_ref().is_some_and(|last| last.size() == size);
        let in_office = published.keys.key_for(size) == self.key.verifier();
        if size == TreeSize::EMPTY || is_done || !in_office {
            return Ok(());
        }
        check_continues(&self.shared, &published, self.last.as_ref())?;
        self.derive(&published)?;
        self.check_clock()?;
        let checkpoint = Checkpoint::new(&self.shared.origin, size, published.head.root)
            .map_err(|error| Error::Broken(error.to_string()))?;
        let note = checkpoint::sign(&checkpoint, &self.key);
        // First remembered, then published: a crash between the two leaves a
        // checkpoint that nobody saw, which the log still continues.
        remember(&self.path, &note).map_err(|source| {
            let why = source.to_string();
            Error::Signer(SignerError::Memory { path: self.path.clone(), why })
        })?;
        let mut commit = Commit::default();
        commit.put_checkpoint(size, note.into_bytes());
        self.shared.store.commit(commit).map_err(Error::Store)?;
        self.last = Some(checkpoint);
        self.shared.signed.send_replace(size);
        Ok(())
    }

    /// Reads the leaves back that are new since the last time: they must make the
    /// tree that was laid out.
    fn derive(&mut self, published: &Published) -> Result<(), Error> {
        let from = LeafIndex::new(self.derived.size().get());
        let refused = || Error::Signer(SignerError::NotAsWritten { from });
        let mut newest = None;
        let mut leaves = self.shared.store.leaves_from(from);
        for expected in (from.get()..published.head.size.get()).map(LeafIndex::new) {
            let (index, leaf) = leaves.next().ok_or_else(refused)?.map_err(Error::Store)?;
            if index != expected {
                return Err(refused());
            }
            self.derived.push(leaf_hash(&leaf));
            newest = Some(leaf);
        }
        if self.derived.root() != published.head.root {
            return Err(refused());
        }
        if let Some(leaf) = newest {
            self.newest = codec::decode(&leaf).map_err(|_| refused())?.time;
        }
        Ok(())
    }

    /// No entry is dated before its predecessor, so that the newest has the latest
    /// time of all; nothing may be signed long before it.
    fn check_clock(&self) -> Result<(), Error> {
        let (now, newest) = (self.clock.now(), self.newest);
        let behind = newest.duration_since(now);
        if behind <= self.rules.clock_back_max {
            return Ok(());
        }
        let behind_seconds = u64::try_from(behind.as_secs()).unwrap_or(0).saturating_add(1);
        Err(Error::Signer(SignerError::ClockBack { now, newest, behind_seconds }))
    }
}

/// The log continues what was signed last.
fn check_continues(
    shared: &Shared,
    published: &Published,
    last: Option<&Checkpoint>,
) -> Result<(), Error> {
    let Some(last) = last else { return Ok(()) };
    let (found, signed) = (published.head.size, last.size());
    if found < signed {
        return Err(Error::Signer(SignerError::Shrunk { found, signed }));
    }
    let proof = shared.prove_consistency(published, signed)?;
    verify_consistency(signed, found, last.root(), &published.head.root, &proof)
        .map_err(|_| Error::Signer(SignerError::Forked(signed)))
}

impl Running {
    /// Lets it sign once more and waits for it.
    pub(super) fn stop(self) -> Result<(), Error> {
        // Fails only when the thread has ended by itself, which join tells.
        let _ = self.stop.send(());
        let panicked = || Error::Broken("the signer's thread panicked".to_owned());
        self.thread.join().unwrap_or_else(|_| Err(panicked()))
    }
}

fn recall(
    path: &Path,
    shared: &Shared,
    keys: &KeyChain,
) -> Result<Option<Checkpoint>, SignerError> {
    let wrong = |why: String| SignerError::Memory { path: path.to_owned(), why };
    let note = match std::fs::read_to_string(path) {
        Ok(note) => note,
        // Lost, or never signed: what the archive itself holds is second best.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            match shared.store.checkpoint_up_to(TREE_SIZE_MAX) {
                Ok(None) => return Ok(None),
                Ok(Some((_, note))) => String::from_utf8_lossy(&note).into_owned(),
                Err(error) => return Err(wrong(error.to_string())),
            }
        }
        Err(error) => return Err(wrong(error.to_string())),
    };
    keys.open(&note, &shared.origin).map(Some).map_err(|error| wrong(error.to_string()))
}

/// Replaces the file so that after a crash it holds the old note or the new one.
fn remember(path: &Path, note: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fault::at(Point::MemoryCreate, || File::create(&new))?;
    fault::at(Point::MemoryWrite, || file.write_all(note.as_bytes()))?;
    fault::at(Point::MemorySync, || file.sync_all())?;
    fault::at(Point::MemoryRename, || std::fs::rename(&new, path))?;
    aside::sync_folder_of(path, Point::MemoryFolder)
}
