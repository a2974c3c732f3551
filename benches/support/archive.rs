//! A throw-away archive for measuring.

use std::sync::Arc;

use muniment::clock::Clock;
use muniment::log::{Log, LogConfig, LogThreads, SignerConfig};
use muniment::seal::{ArchiveIdentity, Keyring};
use muniment::store::{Store, StoreConfig};
use muniment::tlog::note::SigningKey;

/// The origin of every measured log.
pub(crate) const ORIGIN: &str = "archive.example/bench";

/// An archive on the disk that `TMPDIR` names: not one in memory, or nothing
/// that was measured about syncing would be true.
pub(crate) struct Archive {
    /// Its directory; removed with it.
    pub(crate) dir: tempfile::TempDir,
    /// Its running log.
    pub(crate) log: Log,
    /// Its keys.
    pub(crate) keyring: Arc<Keyring>,
    /// The key that its checkpoints verify with.
    pub(crate) key: SigningKey,
    threads: LogThreads,
}

impl Archive {
    /// Makes and opens one.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = Store::create(&dir.path().join("data"), &StoreConfig::default());
        let store = Arc::new(store.expect("an empty archive"));
        let key = SigningKey::generate(ORIGIN.parse().expect("a name")).expect("randomness");
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: key.to_private_text().parse().expect("its own text"),
            last_checkpoint: dir.path().join("log.checkpoint"),
        };
        let opened = Log::open(Arc::clone(&store), signer, Clock::system(), &LogConfig::default());
        let (log, threads) = opened.expect("a new log");
        let keyring = Arc::new(Keyring::new(store, ArchiveIdentity::generate(), vec![]));
        Self { dir, log, keyring, key, threads }
    }

    /// Closes it in order and gives the directory back.
    pub(crate) fn close(self) -> (tempfile::TempDir, SigningKey) {
        let Self { dir, log, keyring, key, threads } = self;
        drop((log, keyring));
        threads.close().expect("an orderly end");
        (dir, key)
    }
}
