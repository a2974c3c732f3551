//! Signs checkpoints, and never two that contradict each other.
//!
//! What was signed last is kept in a file apart from the archive. Before each
//! signature the signer proves to itself, from the tiles, that the log now is
//! the log it signed last with entries added. An archive that was restored from
//! an older backup, or altered, therefore gets no signature: the signer refuses
//! and the log stops, rather than sign a second history.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Error, Poison, Published, Shared, SignerConfig};
use crate::store::Commit;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::SigningKey;
use crate::tlog::proof::verify_consistency;
use crate::tlog::{TREE_SIZE_MAX, TreeSize};

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
    /// The file with the last signed checkpoint cannot be used.
    #[error("the last signed checkpoint in {path} cannot be used: {why}")]
    Memory {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The signer before its thread runs.
pub(super) struct Signer {
    shared: Arc<Shared>,
    key: SigningKey,
    path: PathBuf,
    last: Option<Checkpoint>,
}

/// The signer's thread.
#[derive(Debug)]
pub(super) struct Running {
    thread: JoinHandle<Result<(), Error>>,
    stop: SyncSender<()>,
}

impl Signer {
    /// Recalls what was signed last and checks that the log continues it.
    pub(super) fn new(shared: Arc<Shared>, config: SignerConfig) -> Result<Self, Error> {
        let SignerConfig { key, last_checkpoint: path, .. } = config;
        let last = recall(&path, &shared).map_err(Error::Signer)?;
        let signer = Self { shared, key, path, last };
        signer.check(&signer.shared.published())?;
        Ok(signer)
    }

    /// Signs when the log grew, at most once an interval, until stopped.
    pub(super) fn start(mut self, interval_ms: u64) -> Result<Running, Error> {
        let (stop, stopped) = sync_channel(1);
        let interval = Duration::from_millis(interval_ms.max(1));
        let run = move || {
            loop {
                let last_round = stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout);
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

    /// Signs the log as it is now, unless that was done.
    fn sign(&mut self) -> Result<(), Error> {
        let published = self.shared.published();
        let size = published.head.size;
        if size == TreeSize::EMPTY || self.last.as_ref().is_some_and(|last| last.size() == size) {
            return Ok(());
        }
        self.check(&published)?;
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
        Ok(())
    }

    /// The log continues what was signed last.
    fn check(&self, published: &Published) -> Result<(), Error> {
        let Some(last) = &self.last else { return Ok(()) };
        let (found, signed) = (published.head.size, last.size());
        if found < signed {
            return Err(Error::Signer(SignerError::Shrunk { found, signed }));
        }
        let proof = self.shared.prove_consistency(published, signed)?;
        verify_consistency(signed, found, last.root(), &published.head.root, &proof)
            .map_err(|_| Error::Signer(SignerError::Forked(signed)))
    }
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

fn recall(path: &Path, shared: &Shared) -> Result<Option<Checkpoint>, SignerError> {
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
    checkpoint::open(&note, &shared.verifier, &shared.origin)
        .map(Some)
        .map_err(|error| wrong(error.to_string()))
}

/// Replaces the file so that after a crash it holds the old note or the new one.
fn remember(path: &Path, note: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
