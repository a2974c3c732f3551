//! Making keys, finding them again, and who may open.

mod copies;
mod random;
mod rekey;

use std::path::PathBuf;

use super::*;
use crate::entry::InUse;
use crate::store::StoreConfig;
use crate::tlog::LeafIndex;

/// An archive whose identity lies in a file, with its shares beside it.
struct Archive {
    dir: tempfile::TempDir,
    store: Arc<Store>,
}

impl Archive {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        let identity = ArchiveIdentity::generate().to_file(None).unwrap();
        put(dir.path().join("keys/identity.age"), identity).unwrap();
        let store = Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap();
        Self { dir, store: Arc::new(store) }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn keys(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    /// A keyring that has nothing in memory.
    fn keyring(&self) -> Keyring {
        self.keyring_over(&self.store)
    }

    fn keyring_over(&self, store: &Arc<Store>) -> Keyring {
        let identity = ArchiveIdentity::load(&self.keys().join("identity.age"), None).unwrap();
        Keyring::new(Arc::clone(store), identity, vec![])
    }

    /// Puts what was sealed where an entry's rows are.
    fn keep(&self, index: u64, sealed: Sealed) -> Record {
        let record = Record {
            index: LeafIndex::new(index),
            kept: sealed.kept.clone(),
            header: sealed.header.to_vec(),
            body: sealed.body.clone(),
        };
        let mut commit = Commit::default();
        commit.put_sealed(record.index, sealed.kept.record, sealed.header, sealed.body);
        self.store.commit(commit).unwrap();
        record
    }

    fn message(&self, keyring: &Keyring, index: u64) -> Record {
        let sealed = keyring.seal(Class::Message, now(), text(index).as_bytes()).unwrap();
        self.keep(index, sealed)
    }

    fn destroy(&self, record: &Record) {
        let mut commit = Commit::default();
        commit.destroy_sealed(record.index);
        self.store.commit(commit).unwrap();
    }
}

/// A record as it was when it was kept.
#[derive(Clone, Debug)]
struct Record {
    index: LeafIndex,
    kept: Kept,
    header: Vec<u8>,
    body: Vec<u8>,
}

impl Record {
    /// Opens it with the header that its entry has now.
    fn open(&self, keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, Error> {
        let header = keyring.store.header(self.index).unwrap().unwrap();
        let body = keyring.store.body(self.index).unwrap().unwrap();
        keyring.open(&self.kept, &header, &body)
    }

    /// Opens it with what it had at first, wherever that was copied to.
    fn open_copy(&self, keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, Error> {
        keyring.open_under(&self.kept, &self.header, &self.body)
    }

    #[track_caller]
    fn assert_opens(&self, keyring: &Keyring) {
        assert_eq!(self.open(keyring).unwrap().as_slice(), text(self.index.get()).as_bytes());
    }
}

/// Puts a file there, whatever there was.
fn put(path: impl AsRef<std::path::Path>, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
    std::io::Write::write_all(&mut std::fs::File::create(path)?, bytes.as_ref())
}

fn text(index: u64) -> String {
    format!("message {index}")
}

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

fn archive() -> (tempfile::TempDir, Arc<Store>) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(&dir.path().join("a"), &StoreConfig::default()).unwrap();
    (dir, Arc::new(store))
}

#[test]
fn a_bucket_is_made_once_and_found_again() {
    let archive = Archive::new();
    let [first, second] = [archive.keyring(), archive.keyring()];
    let sealed = first.seal(Class::Message, now(), b"hello").unwrap();
    assert_eq!(sealed.kept.bucket, "message-2026-11");
    let opened = second.open(&sealed.kept, &sealed.header, &sealed.body).unwrap();
    assert_eq!(opened.as_slice(), b"hello");
    let again = second.seal(Class::Message, now(), b"again").unwrap();
    assert_eq!(header::row_of(&sealed.header), header::row_of(&again.header));
    assert_eq!(first.derive(Purpose::Index).unwrap(), second.derive(Purpose::Index).unwrap());
    assert_ne!(first.derive(Purpose::Index).unwrap(), first.derive(Purpose::Once).unwrap());
}

#[test]
fn escrow_opens_with_the_shares_and_without_the_archives_own_identity() {
    let archive = Archive::new();
    let third_party = ArchiveIdentity::generate();
    let escrow = vec![Escrow::parse(&third_party.recipient()).unwrap()];
    let identity = ArchiveIdentity::load(&archive.keys().join("identity.age"), None).unwrap();
    let own = Keyring::new(Arc::clone(&archive.store), identity, escrow);
    let sealed = own.seal(Class::Status, now(), b"delivered").unwrap();

    let theirs = archive.dir.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    put(theirs.join("escrow.age"), third_party.to_file(None).unwrap()).unwrap();
    let open = || {
        let third_party = ArchiveIdentity::load(&theirs.join("escrow.age"), None).unwrap();
        let keyring = Keyring::new(Arc::clone(&archive.store), third_party, vec![]);
        keyring.open(&sealed.kept, &sealed.header, &sealed.body)
    };
    assert!(matches!(open(), Err(Error::NoShare(_))));
    crate::store::tamper::copy_tree(&archive.keys().join("shares"), &theirs.join("shares"));
    assert_eq!(open().unwrap().as_slice(), b"delivered");
}

#[test]
fn a_strangers_identity_opens_nothing() {
    let (_dir, store) = archive();
    let own = Keyring::new(Arc::clone(&store), ArchiveIdentity::generate(), vec![]);
    let sealed = own.seal(Class::Status, now(), b"delivered").unwrap();
    let stranger = Keyring::new(store, ArchiveIdentity::generate(), vec![]);
    let refused = stranger.open(&sealed.kept, &sealed.header, &sealed.body);
    assert!(matches!(refused, Err(Error::BucketLocked { .. })));
}

#[test]
fn a_key_is_made_of_its_row_and_of_its_share_and_neither_alone_opens() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let sealed = keyring.seal(Class::Message, now(), b"hello").unwrap();
    assert_eq!(archive.store.bucket_names().unwrap(), ["message-2026-11.1"]);
    let share = keyring.shares().path("message-2026-11.1");
    let kept = std::fs::read(&share).unwrap();

    std::fs::remove_file(&share).unwrap();
    let refused = archive.keyring().open(&sealed.kept, &sealed.header, &sealed.body).unwrap_err();
    assert!(matches!(&refused, Error::NoShare(path) if *path == share), "{refused}");
    let refused = archive.keyring().seal(Class::Message, now(), b"more").unwrap_err();
    assert!(matches!(refused, Error::NoShare(_)), "{refused}");
    let lost = archive.keyring().lost_shares().unwrap();
    assert!(matches!(lost.as_slice(), [Error::NoShare(path)] if *path == share), "{lost:?}");

    let other = format!("{}\n", hex::encode([9; 32]));
    put(&share, other).unwrap();
    let refused = archive.keyring().open(&sealed.kept, &sealed.header, &sealed.body).unwrap_err();
    assert!(matches!(refused, Error::Altered(_)), "another share: {refused}");

    put(&share, kept).unwrap();
    let opened = archive.keyring().open(&sealed.kept, &sealed.header, &sealed.body).unwrap();
    assert_eq!(opened.as_slice(), b"hello");
    assert!(archive.keyring().lost_shares().unwrap().is_empty());
}

#[test]
fn what_was_sealed_before_there_were_shares_opens_and_nothing_more_is_sealed_like_that() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let old = keyring.make(RowName::new("message-2026-11", 0)).unwrap();
    let record = new_id(now()).unwrap();
    let sealed = envelope::seal(&old, InUse::default(), record, Class::Message, b"of old").unwrap();
    assert!(keyring.shares().names().unwrap().is_empty());
    let opened = archive.keyring().open(&sealed.kept, &sealed.header, &sealed.body).unwrap();
    assert_eq!(opened.as_slice(), b"of old");
    let new = archive.keyring().seal(Class::Message, now(), b"new").unwrap();
    assert_eq!(header::row_of(&new.header).unwrap().generation(), 1);
    assert_eq!(keyring.shares().names().unwrap(), ["message-2026-11.1"]);
}

#[test]
fn a_share_that_no_row_needs_is_never_written_over() {
    let archive = Archive::new();
    // Of a newer state of the data than the one that was restored, perhaps.
    let share = archive.keyring().shares().make("message-2026-11.3").unwrap();
    let sealed = archive.keyring().seal(Class::Message, now(), b"hello").unwrap();
    assert_eq!(header::row_of(&sealed.header).unwrap().generation(), 4);
    assert_eq!(archive.keyring().shares().read("message-2026-11.3").unwrap(), share);
}

#[test]
fn a_header_of_another_bucket_than_its_entry_opens_nothing() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let mut sealed = keyring.seal(Class::Message, now(), b"hello").unwrap();
    sealed.kept.bucket = "status-2026-11".to_owned();
    let refused = keyring.open(&sealed.kept, &sealed.header, &sealed.body).unwrap_err();
    assert!(matches!(refused, Error::Altered(_)), "{refused}");
}

#[test]
fn a_derived_key_of_a_share_dies_with_it_and_the_others_stay() {
    let archive = Archive::new();
    let keyring = archive.keyring();
    let share = keyring.shares().make("index.1").unwrap();
    let key = keyring.derive_with(Purpose::Index, &share, "index.1").unwrap();
    assert_eq!(archive.keyring().derive_with(Purpose::Index, &share, "index.1").unwrap(), key);
    assert_ne!(keyring.derive(Purpose::Index).unwrap(), key);
    let share = keyring.shares().replace("index.1").unwrap();
    assert_ne!(keyring.derive_with(Purpose::Index, &share, "index.1").unwrap(), key);
}
