//! A throw-away archive with an index.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::index::fixtures::Draft;
use crate::index::language::parse;
use crate::index::{
    Cursor, Error, Follower, Hit, Index, IndexConfig, Order, Page, Paging, Request,
};
use crate::log::{self, Group, Log, LogConfig, LogThreads, Placed, SignerConfig};
use crate::record::{Class, Record, RecordId};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::{Store, StoreConfig};
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;

const ORIGIN: &str = "archive.example/index-tests";

/// Longest wait for the follower; far more than it needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A log with a keyring, and a place for an index of it.
pub(super) struct Archive {
    dir: tempfile::TempDir,
    pub(super) keyring: Arc<Keyring>,
    pub(super) config: IndexConfig,
    /// `None` only while it is closed.
    log: Option<(Log, LogThreads)>,
}

/// An index whose follower runs.
pub(super) struct Running {
    pub(super) index: Index,
    stop: watch::Sender<bool>,
    runtime: tokio::runtime::Runtime,
    follower: tokio::task::JoinHandle<Result<(), Error>>,
}

impl Archive {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap();
        let store = Arc::new(store);
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: SigningKey::generate(ORIGIN.parse().unwrap()).unwrap(),
            last_checkpoint: dir.path().join("last-checkpoint"),
        };
        let (clock, _) = Clock::hand_moved("2026-11-21T08:00:00Z".parse().unwrap());
        let config = LogConfig { checkpoint_interval_ms: 600_000, ..LogConfig::default() };
        let (log, threads) = Log::open(Arc::clone(&store), signer, clock, &config).unwrap();
        let keyring = Arc::new(Keyring::new(store, ArchiveIdentity::generate(), vec![]));
        let config = IndexConfig {
            writer_memory_bytes_max: 15_000_000,
            cache_bytes_max: 1 << 20,
            commit_interval_ms: 1,
            batch_entries_max: 7,
            threads_known_max: 2,
            ..IndexConfig::default()
        };
        Self { dir, log: Some((log, threads)), keyring, config }
    }

    pub(super) fn log(&self) -> &Log {
        &self.log.as_ref().unwrap().0
    }

    pub(super) fn index_dir(&self) -> PathBuf {
        self.dir.path().join("index")
    }

    pub(super) fn now() -> Timestamp {
        "2026-11-21T08:00:00Z".parse().unwrap()
    }

    pub(super) fn append(&self, draft: Draft) -> (RecordId, LeafIndex) {
        self.append_record(&draft.record())
    }

    pub(super) fn append_record(&self, record: &Record) -> (RecordId, LeafIndex) {
        let plaintext = serde_json::to_vec(record).unwrap();
        self.append_bytes(record.class, &plaintext)
    }

    pub(super) fn append_bytes(&self, class: Class, bytes: &[u8]) -> (RecordId, LeafIndex) {
        let sealed = self.keyring.seal(class, Self::now(), bytes).unwrap();
        let id = sealed.kept.record;
        let group = Group::of(log::Draft::captured(sealed, None));
        match self.log().append_blocking(group).unwrap().as_slice() {
            [Placed::At(index)] => (id, *index),
            other => panic!("not placed: {other:?}"),
        }
    }

    /// The follower is given back and does nothing until it is run.
    pub(super) fn open(&self) -> (Index, Follower) {
        self.open_in(&self.index_dir())
    }

    pub(super) fn open_in(&self, dir: &Path) -> (Index, Follower) {
        let keyring = Arc::clone(&self.keyring);
        Index::open(dir, self.log().clone(), keyring, self.config.clone()).unwrap()
    }

    /// Runs the index until everything in the log can be found.
    pub(super) fn run(&self) -> Running {
        let (index, follower) = self.open();
        let running = Running::start(index, follower);
        running.catch_up();
        running
    }
}

impl Drop for Archive {
    /// Closes in order: every index of it must be gone by now.
    fn drop(&mut self) {
        if let Some((log, threads)) = self.log.take() {
            drop(log);
            threads.close().unwrap();
        }
    }
}

impl Running {
    pub(super) fn start(index: Index, follower: Follower) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        let (stop, stopped) = watch::channel(false);
        let follower = runtime.spawn(follower.run(stopped));
        Self { index, stop, runtime, follower }
    }

    pub(super) fn catch_up(&self) {
        let index = self.index.clone();
        self.until("the index caught up", || index.progress().entries_behind() == 0);
    }

    pub(super) fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(!self.follower.is_finished(), "the follower ended before {what}");
            assert!(began.elapsed() < PATIENCE, "waited too long until {what}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops in order: what was read is committed.
    pub(super) fn stop(self) {
        self.stop.send(true).unwrap();
        self.runtime.block_on(self.follower).unwrap().unwrap();
    }

    pub(super) fn search(&self, query: &str) -> Vec<LeafIndex> {
        entries(&ask(&self.index, query, Order::Oldest, 1000, None))
    }
}

pub(super) fn ask(
    index: &Index,
    query: &str,
    order: Order,
    limit: usize,
    after: Option<Cursor>,
) -> Page {
    let expr = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    index.search(&Request { expr, order, paging: Paging { limit, after } }).unwrap()
}

pub(super) fn entries(page: &Page) -> Vec<LeafIndex> {
    page.hits.iter().map(|hit: &Hit| hit.entry).collect()
}
