//! A small archive made by the real rooms: store, seal and log.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muniment::clock::Clock;
use muniment::entry::MissedReason;
use muniment::log::{Draft, Group, Log, LogConfig, LogThreads, SignerConfig};
use muniment::record::{Class, RecordId};
use muniment::seal::{ArchiveIdentity, Escrow, Keyring};
use muniment::store::{Store, StoreConfig};
use muniment::tlog::note::SigningKey;

pub(crate) const ORIGIN: &str = "archive.example.com/conformance";

/// An archive with a message at each entry from 1 on, closed and opened again.
pub(crate) struct Archive {
    dir: tempfile::TempDir,
    pub(crate) texts: Vec<String>,
    pub(crate) log: Option<Log>,
    threads: Option<LogThreads>,
}

impl Archive {
    pub(crate) fn with_records(count: usize) -> Self {
        let texts = (0..count).map(|number| format!("Order {number}: sell at 18.40, please"));
        Self::make(texts.collect(), None)
    }

    pub(crate) fn with_texts(texts: &[String]) -> Self {
        Self::make(texts.to_vec(), None)
    }

    pub(crate) fn with_escrow(recipient: &str) -> Self {
        Self::make(vec!["What an expert of the court may read".to_owned()], Some(recipient))
    }

    /// An archive that was only begun: of one entry.
    pub(crate) fn begun() -> Self {
        Self::make(vec![], None)
    }

    /// Appends the smallest entries until there are so many, and has them signed.
    pub(crate) fn grow_to(&mut self, size: u64) {
        let record = RecordId::from_bytes([7; 16]);
        let missed = || Draft::missed(record, MissedReason::Expired);
        while self.log().size().get() < size {
            let missing = size - self.log().size().get();
            let drafts = (0..missing.min(8192)).map(|_| missed()).collect();
            self.log().append_blocking(Group::all(drafts)).unwrap();
        }
        self.close();
        self.open();
        assert_eq!(self.log().signed_size().get(), size);
    }

    pub(crate) fn log(&self) -> &Log {
        self.log.as_ref().unwrap()
    }

    pub(crate) fn identity_file(&self) -> PathBuf {
        self.dir.path().join("identity.age")
    }

    fn make(texts: Vec<String>, escrow: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        written(dir.path(), "log.key", key.to_private_text().as_bytes());
        let identity = ArchiveIdentity::generate();
        written(dir.path(), "identity.age", &identity.to_file(None).unwrap());
        drop(Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap());
        let mut archive = Self { dir, texts, log: None, threads: None };
        // Each opening and closing signs a checkpoint: 0 + 3 thirds of the records.
        let third = archive.texts.len().div_ceil(3).max(1);
        for part in archive.texts.clone().chunks(third) {
            archive.open();
            let store = Arc::clone(archive.log().store());
            let identity = ArchiveIdentity::load(&archive.identity_file(), None).unwrap();
            let escrow = escrow.map(|recipient| Escrow::parse(recipient).unwrap());
            let keyring = Keyring::new(store, identity, escrow.into_iter().collect());
            archive.append(&keyring, part);
            drop(keyring);
            archive.close();
        }
        archive.open();
        archive
    }

    fn append(&self, keyring: &Keyring, texts: &[String]) {
        let now = "2026-11-21T08:00:00Z".parse().unwrap();
        let drafts = texts.iter().map(|text| {
            let sealed = keyring.seal(Class::Message, now, text.as_bytes()).unwrap();
            Draft::captured(sealed, None)
        });
        self.log().append_blocking(Group::all(drafts.collect())).unwrap();
    }

    fn open(&mut self) {
        let dir = self.dir.path();
        let config = StoreConfig::default();
        let store = Arc::new(Store::open(&dir.join("data"), &config).unwrap());
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: fs::read_to_string(dir.join("log.key")).unwrap().parse().unwrap(),
            last_checkpoint: dir.join("log.checkpoint"),
        };
        let (log, threads) =
            Log::open(store, signer, Clock::system(), &LogConfig::default()).unwrap();
        self.log = Some(log);
        self.threads = Some(threads);
    }

    fn close(&mut self) {
        drop(self.log.take());
        if let Some(threads) = self.threads.take() {
            threads.close().unwrap();
        }
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.close();
        }
    }
}

/// Writes a file and says where it is.
pub(crate) fn written(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    path
}
