//! An archive with every kind of row, for damaging.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock::Clock;
use crate::entry::{Act, MissedReason};
use crate::log::{Draft, Group, Log, LogConfig, LogThreads, OnceKey, SignerConfig};
use crate::record::{Class, RecordId};
use crate::seal::{ArchiveIdentity, Keyring, Sealed};
use crate::store::rows::{Family, index_key};
use crate::store::{Store, StoreConfig};
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;
use crate::verify::{Finding, FindingKind, OutsideCheckpoint, Report, Request, verify};

pub(super) const ORIGIN: &str = "archive.example/verify";

/// Entries when the first checkpoint is signed: two full tiles and some.
pub(super) const FIRST_SIZE: u64 = 600;
/// Entries when the second is.
pub(super) const SIZE: u64 = 700;

/// Entries by what they are; the same in every archive.
pub(super) const DELIVERY: u64 = 1;
pub(super) const MESSAGE: u64 = 2;
pub(super) const LINKED_MESSAGE: u64 = 3;
pub(super) const WAITING_MESSAGE: u64 = 5;
pub(super) const MEDIUM: u64 = 6;
pub(super) const LINKED: u64 = 7;
pub(super) const MISSED: u64 = 8;
pub(super) const ACCESSED: u64 = 9;

/// A closed archive.
pub(super) struct Archive {
    pub(super) dir: tempfile::TempDir,
    key: String,
    identity: Vec<u8>,
}

/// An open one.
pub(super) struct Open {
    pub(super) store: Arc<Store>,
    pub(super) keyring: Keyring,
    pub(super) request: Request,
}

impl Archive {
    /// One that is right, with [`SIZE`] entries.
    pub(super) fn new() -> Self {
        let archive = Self::empty();
        archive.grow(FIRST_SIZE);
        archive.grow(SIZE);
        archive
    }

    /// One without entries.
    pub(super) fn empty() -> Self {
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        let archive = Self {
            dir: tempfile::tempdir().unwrap(),
            key: key.to_private_text().to_string(),
            identity: ArchiveIdentity::generate().to_file(None).unwrap(),
        };
        drop(Store::create(&archive.data(), &StoreConfig::default()).unwrap());
        archive
    }

    /// Appends until there are so many entries, and signs a checkpoint.
    pub(super) fn grow(&self, size: u64) {
        let (log, threads) = self.log();
        let keyring = self.keyring(log.store());
        if log.size().get() == 1 && size > ACCESSED {
            log.append_blocking(Group::all(every_kind(&keyring))).unwrap();
        }
        let fill = (log.size().get()..size).map(|index| message(&keyring, index));
        let group = Group::all(fill.collect());
        log.append_blocking(group).unwrap();
        drop((log, keyring));
        threads.close().unwrap();
    }

    pub(super) fn log(&self) -> (Log, LogThreads) {
        let store = Arc::new(Store::open(&self.data(), &StoreConfig::default()).unwrap());
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: self.signing_key(),
            last_checkpoint: self.last_checkpoint(),
        };
        let (clock, _) = Clock::hand_moved("2026-11-21T08:00:00Z".parse().unwrap());
        // Signs when it is closed, and never before.
        let config = LogConfig { checkpoint_interval_ms: 3_600_000, ..LogConfig::default() };
        Log::open(store, signer, clock, &config).unwrap()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn last_checkpoint(&self) -> PathBuf {
        self.dir.path().join("log.checkpoint")
    }

    pub(super) fn signing_key(&self) -> SigningKey {
        self.key.parse().unwrap()
    }

    /// The same archive, whose log is another key's to sign.
    pub(super) fn signed_by(self, key: &SigningKey) -> Self {
        Self { key: key.to_private_text().to_string(), ..self }
    }

    pub(super) fn identity(&self) -> ArchiveIdentity {
        let path = self.dir.path().join("identity");
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), &self.identity)
            .unwrap();
        ArchiveIdentity::load(&path, None).unwrap()
    }

    fn keyring(&self, store: &Arc<Store>) -> Keyring {
        Keyring::new(Arc::clone(store), self.identity(), vec![])
    }

    /// Opens the rows for damaging and verifying.
    pub(super) fn open(&self) -> Open {
        self.over(Store::open(&self.data(), &StoreConfig::default()).unwrap())
    }

    /// Opens the rows of a copy of the archive's directory, as they are on disk.
    pub(super) fn open_copy(&self, copy: &Path) -> Result<Open, crate::store::Error> {
        Store::open_read_only(copy).map(|store| self.over(store))
    }

    pub(super) fn over(&self, store: Store) -> Open {
        self.over_shared(&Arc::new(store))
    }

    /// Verifies rows that somebody else has open.
    pub(super) fn over_shared(&self, store: &Arc<Store>) -> Open {
        let store = Arc::clone(store);
        let request = Request {
            origin: ORIGIN.to_owned(),
            key: Some(self.signing_key().verifier().clone()),
            outside: self.outside().into_iter().collect(),
            since: None,
            authorities: None,
            policy: None,
            threads: 2,
        };
        Open { keyring: self.keyring(&store), store, request }
    }

    /// The checkpoint that the signer keeps apart, once it signed one.
    fn outside(&self) -> Option<OutsideCheckpoint> {
        let note = std::fs::read(self.last_checkpoint()).ok()?;
        Some(OutsideCheckpoint { name: "log.checkpoint".to_owned(), note })
    }
}

impl Open {
    /// Verifies with the identity.
    pub(super) fn verify(&self) -> Report {
        verify(&self.store, Some(&self.keyring), &self.request, |_| {})
    }

    /// Verifies without.
    pub(super) fn verify_sealed(&self) -> Report {
        verify(&self.store, None, &self.request, |_| {})
    }

    pub(super) fn row(&self, family: Family, key: &[u8]) -> Vec<u8> {
        self.store.row(family, key).unwrap().unwrap()
    }

    pub(super) fn row_at(&self, family: Family, index: u64) -> Vec<u8> {
        self.row(family, &index_key(LeafIndex::new(index)))
    }

    pub(super) fn put_at(&self, family: Family, index: u64, value: &[u8]) {
        self.store.put_raw(family, &index_key(LeafIndex::new(index)), value);
    }

    pub(super) fn delete_at(&self, family: Family, index: u64) {
        self.store.delete_raw(family, &index_key(LeafIndex::new(index)));
    }

    /// The record that an entry keeps.
    pub(super) fn record_at(&self, index: u64) -> RecordId {
        let leaf = self.row_at(Family::Entries, index);
        crate::entry::codec::decode(&leaf).unwrap().kept().unwrap().record
    }
}

/// Every kind of entry, in the order of the constants above.
fn every_kind(keyring: &Keyring) -> Vec<Draft> {
    let body = br#"{"entry":[]}"#;
    let size = body.len();
    let mut delivery =
        format!(r#"{{"v":1,"class":"delivery","provider":"meta","size":{size}}}"#).into_bytes();
    delivery.push(b'\n');
    delivery.extend_from_slice(body);
    let delivery = sealed(keyring, Class::Delivery, &delivery);
    let id = delivery.kept.record;
    // Large enough for a file of its own kind.
    let medium = sealed(keyring, Class::Medium, &[0xff; 6000]);
    let linked = sealed(keyring, Class::Message, &text("a picture", true));
    let missed = sealed(keyring, Class::Message, &text("a voice note", true));
    let waiting = sealed(keyring, Class::Message, &text("a document", true));
    let access = sealed(keyring, Class::Access, br#"{"reason":"an audit"}"#);
    let link = Draft::linked(linked.kept.record, medium.kept.record, Some(true));
    let miss = Draft::missed(missed.kept.record, MissedReason::Expired);
    let task = br#"{"attempts":0,"next":"2026-11-21T07:59:00Z","since":"2026-11-21T07:59:00Z"}"#;
    vec![
        Draft::captured(delivery, None).once(mark(1)),
        Draft::captured(sealed(keyring, Class::Message, &text("hello", false)), Some(id))
            .once(mark(2)),
        Draft::captured(linked, Some(id)).once(mark(3)),
        Draft::captured(missed, Some(id)).once(mark(4)),
        Draft::captured(waiting, Some(id)).once(mark(5)).awaiting_medium(task.to_vec()),
        Draft::captured(medium, None).once(mark(6)),
        link,
        miss,
        Draft::accessed(access, "a1b2c3".to_owned(), Act::Read, Some(id)),
    ]
}

fn message(keyring: &Keyring, index: u64) -> Draft {
    let text = text(&format!("message {index}"), false);
    Draft::captured(sealed(keyring, Class::Message, &text), None).once(mark(index))
}

fn sealed(keyring: &Keyring, class: Class, plaintext: &[u8]) -> Sealed {
    keyring.seal(class, "2026-11-21T08:00:00Z".parse().unwrap(), plaintext).unwrap()
}

fn mark(number: u64) -> OnceKey {
    let digest = crate::tlog::hash::sha256(&number.to_be_bytes());
    OnceKey::from_bytes(*digest.as_bytes().first_chunk().unwrap())
}

fn text(text: &str, announces: bool) -> Vec<u8> {
    let mut record = serde_json::json!({
        "v": 1, "class": "message", "provider": "meta", "field": "messages", "origin": "live",
        "body": {"kind": "text", "text": text}, "raw": {"text": text},
    });
    if announces {
        record["body"]["media"] = serde_json::json!({"id": "1234"});
    }
    record.to_string().into_bytes()
}

/// Whether there is a finding of a kind in a family at an entry.
#[track_caller]
pub(super) fn assert_found(report: &Report, kind: FindingKind, rows: &str, entry: Option<u64>) {
    let fits = |finding: &Finding| {
        finding.kind == kind && finding.place.rows == rows && finding.place.entry == entry
    };
    assert!(!report.is_right());
    assert!(report.findings.iter().any(fits), "no {kind:?} in {rows} at {entry:?}:\n{report}");
}

/// Whether there is this finding and no other.
#[track_caller]
pub(super) fn assert_only(report: &Report, kind: FindingKind, rows: &str, entry: Option<u64>) {
    assert_found(report, kind, rows, entry);
    assert_eq!((report.findings.len(), report.findings_beyond), (1, 0), "more:\n{report}");
}
