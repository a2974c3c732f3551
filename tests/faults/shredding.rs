//! Records are destroyed and their bucket is given another key, and each durable step of it
//! fails: what is kept opens all the same, and made again it is done.
//!
//! The steps are made by this program, started once more with one test alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use muniment::entry::Kept;
use muniment::record::Class;
use muniment::seal::{self, ArchiveIdentity, Keyring};
use muniment::store::{self, Commit, OnceKey, Store, StoreConfig};
use muniment::tlog::LeafIndex;

use crate::support::until;
use crate::table::{Scene, VARIABLE, WAYS, points, scene};

/// Where the other process finds the archive.
const DIRECTORY: &str = "MUNIMENT_TEST_SHREDDING";

const RECORDS: u64 = 12;
const BUCKET: &str = "message-2026-11";

/// A record as it was when it was kept.
struct Record {
    index: LeafIndex,
    kept: Kept,
    header: Vec<u8>,
    body: Vec<u8>,
}

struct Archive {
    dir: tempfile::TempDir,
    records: Vec<Record>,
}

fn is_destroyed(record: &Record) -> bool {
    record.index.get().is_multiple_of(2)
}

fn text(index: LeafIndex) -> String {
    format!("message {index}")
}

fn opened(dir: &Path) -> (Arc<Store>, Keyring) {
    // A process that another thread starts has this one's files, and its locks, until it is the
    // other program.
    let store = until("nobody has the archive", || {
        match Store::open(&dir.join("data"), &StoreConfig::default()) {
            Err(store::Error::InUse { .. }) => None,
            opened => Some(opened.unwrap()),
        }
    });
    let store = Arc::new(store);
    let identity = ArchiveIdentity::load(&dir.join("identity.age"), None).unwrap();
    let keyring = Keyring::new(Arc::clone(&store), identity, vec![]);
    (store, keyring)
}

impl Archive {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let identity = ArchiveIdentity::generate().to_file(None).unwrap();
        let file = std::fs::File::create(dir.path().join("identity.age"));
        std::io::Write::write_all(&mut file.unwrap(), &identity).unwrap();
        drop(Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap());
        let (store, keyring) = opened(dir.path());
        let keep = |index: LeafIndex| {
            let now = "2026-11-21T08:00:00Z".parse().unwrap();
            let sealed = keyring.seal(Class::Message, now, text(index).as_bytes()).unwrap();
            let (header, body) = (sealed.header.to_vec(), sealed.body.clone());
            let record = Record { index, kept: sealed.kept.clone(), header, body };
            let mut commit = Commit::default();
            commit.put_sealed(index, sealed.kept.record, sealed.header, sealed.body);
            commit.put_seen(OnceKey::from_bytes(*sealed.kept.record.as_bytes()), index);
            store.commit(commit).unwrap();
            record
        };
        let records = (0..RECORDS).map(LeafIndex::new).map(keep).collect();
        drop(keyring);
        Self { dir, records }
    }

    /// Has the other process destroy, with a fault.
    fn shred_with(&self, fault: &str) -> ExitStatus {
        let mut other = Command::new(std::env::current_exe().unwrap());
        other.args(["--exact", "--ignored", "shredding::in_the_other_process"]);
        other.env(DIRECTORY, self.dir.path()).env(VARIABLE, fault);
        other.output().unwrap().status
    }

    /// Everything that is to be kept opens; everything else, with the header that it had,
    /// only as long as `may_open`.
    fn check(&self, may_open: bool, context: &str) {
        let (store, keyring) = opened(self.dir.path());
        for record in &self.records {
            if is_destroyed(record) {
                let copy = keyring.open(&record.kept, &record.header, &record.body);
                assert!(may_open || copy.is_err(), "{context}: a copy of {} opens", record.index);
                continue;
            }
            let header = store.header(record.index).unwrap().unwrap();
            let opened = keyring.open(&record.kept, &header, &record.body);
            let opened = opened.unwrap_or_else(|error| panic!("{context}: {error}"));
            assert_eq!(opened.as_slice(), text(record.index).as_bytes(), "{context}");
        }
        assert!(keyring.lost_shares().unwrap().is_empty(), "{context}");
        let half = keyring.half_rekeyed().unwrap();
        assert!(may_open || half.is_empty(), "{context}: {half:?}");
        // Something more is taken in, under a key that opens.
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let sealed = keyring.seal(Class::Message, now, b"one more").unwrap();
        keyring.open(&sealed.kept, &sealed.header, &sealed.body).unwrap();
    }
}

/// All steps, in their order; each time from the first.
fn shred(dir: &Path) {
    let (store, keyring) = opened(dir);
    let entries: Vec<_> = (0..RECORDS).step_by(2).map(LeafIndex::new).collect();
    for batch in entries.chunks(3) {
        let mut commit = Commit::default();
        batch.iter().for_each(|index| commit.destroy_sealed(*index));
        store.commit(commit).unwrap();
    }
    store.delete_seen_of(&entries).unwrap();
    keyring.rekey(&BTreeSet::from([BUCKET.to_owned()])).unwrap();
    store.compact_destroyed(entries[0], entries[entries.len() - 1]).unwrap();
}

#[test]
#[ignore = "the other process of the test below"]
fn in_the_other_process() {
    #[expect(clippy::disallowed_methods, reason = "said by the test that started this process")]
    let dir = std::env::var(DIRECTORY).map(PathBuf::from);
    shred(&dir.expect("started by the other test"));
}

#[test]
fn a_destruction_that_fails_at_any_step_keeps_what_is_kept_and_is_finished_when_made_again() {
    let mut struck = 0;
    for point in points(|scene| matches!(scene, Scene::Shredding(_))) {
        let Scene::Shredding(hits) = scene(point) else { continue };
        for hit in hits {
            // Mostly waiting for the disk.
            std::thread::scope(|scope| {
                for way in WAYS {
                    scope.spawn(move || strike(&format!("{}:{way}:{hit}", point.name())));
                }
            });
            struck += WAYS.len();
        }
    }
    assert_eq!(struck, 6 * 13);
}

fn strike(fault: &str) {
    let archive = Archive::new();
    assert!(!archive.shred_with(fault).success(), "{fault} did not strike");
    archive.check(true, fault);
    shred(archive.dir.path());
    archive.check(false, fault);
    let first = seal::RowName::parse(&format!("{BUCKET}.1")).unwrap();
    let (_store, keyring) = opened(archive.dir.path());
    assert!(!keyring.opens_bucket(&first).unwrap(), "{fault}: the first key is there");
}
