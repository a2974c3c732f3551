//! The archive that is filled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};

use crate::cli::{Setting, init};
use crate::clock::Clock;
use crate::config::{Config, DEFAULT_FILE, Environment};
use crate::daemon::log_key;
use crate::log::{Log, LogThreads, SignerConfig};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::Store;

/// What a scratch archive is called, by which it is told from a real one.
pub(super) const ORIGIN: &str = "load.invalid/scratch";

/// A directory with an archive that nobody keeps.
#[derive(Debug)]
pub(super) struct Scratch {
    dir: PathBuf,
    /// Whether it goes with this.
    is_passing: bool,
}

/// Its log, running.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) log: Log,
    pub(super) keyring: Arc<Keyring>,
    threads: LogThreads,
}

impl Scratch {
    /// Makes one: in `dir`, and leaves it there; else in a directory of its own.
    pub(super) fn make(dir: Option<&Path>, setting: &Setting) -> anyhow::Result<Self> {
        let scratch = match dir {
            Some(dir) => Self { dir: dir.to_owned(), is_passing: false },
            None => {
                let mut name = [0; 8];
                getrandom::fill(&mut name).context("the system gave no random bytes")?;
                let name = format!("muniment-load-{}", hex::encode(name));
                Self { dir: std::env::temp_dir().join(name), is_passing: true }
            }
        };
        init::scratch(&scratch.dir, ORIGIN, &setting.clock)?;
        Ok(scratch)
    }

    /// One that was left.
    pub(super) fn left_in(dir: &Path) -> anyhow::Result<Self> {
        let scratch = Self { dir: dir.to_owned(), is_passing: false };
        let origin = scratch.config()?.archive.origin;
        ensure!(origin == ORIGIN, "{} holds {origin}: that is no scratch archive", dir.display());
        Ok(scratch)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn config_file(&self) -> PathBuf {
        self.dir.join(DEFAULT_FILE)
    }

    /// Its own configuration, whatever this process's environment says of others.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load_with(&self.config_file(), Environment::default())?)
    }

    /// Opens its log.
    pub(super) fn open(&self, setting: &Setting) -> anyhow::Result<Running> {
        self.open_by(setting.clock.clone())
    }

    /// Opens its log, by a clock of its own.
    pub(super) fn open_by(&self, clock: Clock) -> anyhow::Result<Running> {
        let config = self.config()?;
        let archive = &config.archive;
        let store = Arc::new(Store::open(&archive.data, &config.store)?);
        let identity = ArchiveIdentity::load(&archive.identity_file(), None)?;
        let keyring = Arc::new(Keyring::new(Arc::clone(&store), identity, vec![]));
        let signer = SignerConfig {
            origin: archive.origin.clone(),
            key: log_key::load(archive, &store)?,
            last_checkpoint: archive.last_checkpoint_file(),
        };
        let (log, threads) = Log::open(store, signer, clock, &config.log)?;
        Ok(Running { log, keyring, threads })
    }
}

impl Running {
    /// Ends it in order.
    pub(super) fn close(self) -> anyhow::Result<()> {
        drop((self.log, self.keyring));
        Ok(self.threads.close()?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.is_passing {
            // What cannot be removed now lies in a directory for temporary things.
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}
