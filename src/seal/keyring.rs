//! The archive's keys: bucket keys, made when first needed and kept in the
//! archive wrapped to its recipients, and the keys derived for other rooms.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use ring::hkdf;
use zeroize::Zeroizing;

use super::envelope;
use super::stanza::BucketKey;
use super::{ArchiveIdentity, Error, Escrow};
use crate::entry::{Kept, Sealed};
use crate::record::{Class, RecordId};
use crate::store::{Commit, Store};

/// The bucket whose key the derived keys come from.
pub const DERIVED_BUCKET: &str = "derived";

/// Opens and seals for one archive.
#[derive(Debug)]
pub struct Keyring {
    store: Arc<Store>,
    identity: ArchiveIdentity,
    escrow: Vec<Escrow>,
    opened: RwLock<BTreeMap<String, Arc<BucketKey>>>,
    /// Held while a bucket is made, so that it is made once.
    making: Mutex<()>,
}

/// What a derived key is for; one key never serves two ends.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Encrypts the index.
    Index,
    /// Recognises what was seen before.
    Once,
    /// Names conversations without naming anybody.
    Thread,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Index => b"muniment/index/v1",
            Self::Once => b"muniment/once/v1",
            Self::Thread => b"muniment/thread/v1",
        }
    }
}

impl Keyring {
    /// The keyring of an archive. Escrow recipients open only what is put into
    /// buckets made from now on.
    pub fn new(store: Arc<Store>, identity: ArchiveIdentity, escrow: Vec<Escrow>) -> Self {
        let opened = RwLock::default();
        Self { store, identity, escrow, opened, making: Mutex::new(()) }
    }

    /// Seals a plaintext under the bucket of its class and month, making the
    /// bucket when it is the first.
    ///
    /// # Errors
    /// When the bucket's key cannot be had, or the system gives no random bytes.
    pub fn seal(&self, class: Class, now: Timestamp, plaintext: &[u8]) -> Result<Sealed, Error> {
        self.seal_as(random_id()?, class, now, plaintext)
    }

    /// As [`Keyring::seal`], under an id drawn before with [`random_id`].
    ///
    /// # Errors
    /// As [`Keyring::seal`].
    pub fn seal_as(
        &self,
        record: RecordId,
        class: Class,
        now: Timestamp,
        plaintext: &[u8],
    ) -> Result<Sealed, Error> {
        let bucket = self.bucket_or_make(&bucket_name(class, now))?;
        envelope::seal(&bucket, record, class, plaintext)
    }

    /// Opens a sealed body, checked against the log's commitment.
    ///
    /// # Errors
    /// When the bucket's key is gone or locked, or the bytes were altered.
    pub fn open(
        &self,
        kept: &Kept,
        header: &[u8],
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let bucket =
            self.bucket(&kept.bucket)?.ok_or_else(|| Error::NoBucket(kept.bucket.clone()))?;
        envelope::open(&bucket, kept, header, body)
    }

    /// Whether a bucket's key opens, as its row is now and whatever was opened
    /// before; `false` when the archive has none of that name.
    ///
    /// # Errors
    /// When this identity does not open it, or its row cannot be read.
    pub fn opens_bucket(&self, name: &str) -> Result<bool, Error> {
        self.unwrap_row(name).map(|key| key.is_some())
    }

    /// A 32-byte key for another room, the same for the life of the archive.
    ///
    /// # Errors
    /// When the archive's derivation key cannot be had.
    pub fn derive(&self, purpose: Purpose) -> Result<Zeroizing<[u8; 32]>, Error> {
        let root = self.bucket_or_make(DERIVED_BUCKET)?;
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(root.key.as_ref());
        let mut key = Zeroizing::new([0; 32]);
        secret
            .expand(&[purpose.info()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut()))
            .expect("32 bytes are within HKDF's bound");
        Ok(key)
    }

    fn bucket_or_make(&self, name: &str) -> Result<Arc<BucketKey>, Error> {
        if let Some(bucket) = self.bucket(name)? {
            return Ok(bucket);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = self.bucket(name)? {
            return Ok(bucket);
        }
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(Error::Random)?;
        let mut commit = Commit::default();
        commit.put_bucket(name, self.wrap(name, &key)?);
        self.store.commit(commit).map_err(Error::Store)?;
        Ok(self.remember(name, key))
    }

    fn bucket(&self, name: &str) -> Result<Option<Arc<BucketKey>>, Error> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = opened.get(name) {
            return Ok(Some(Arc::clone(bucket)));
        }
        drop(opened);
        Ok(self.unwrap_row(name)?.map(|key| self.remember(name, key)))
    }

    fn unwrap_row(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, Error> {
        let Some(wrapped) = self.store.bucket(name).map_err(Error::Store)? else {
            return Ok(None);
        };
        let locked = |why: String| Error::BucketLocked { bucket: name.to_owned(), why };
        let key = age::decrypt(self.identity.age(), &wrapped)
            .map(Zeroizing::new)
            .map_err(|error| locked(error.to_string()))?;
        let key = key.as_slice().try_into().map_err(|_| locked("it is not 32 bytes".into()))?;
        Ok(Some(Zeroizing::new(key)))
    }

    fn remember(&self, name: &str, key: Zeroizing<[u8; 32]>) -> Arc<BucketKey> {
        let bucket = Arc::new(BucketKey { name: name.to_owned(), key });
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        opened.insert(name.to_owned(), Arc::clone(&bucket));
        bucket
    }

    fn wrap(&self, name: &str, key: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let own = self.identity.age().to_public();
        let recipients = std::iter::once(&own as &dyn age::Recipient)
            .chain(self.escrow.iter().map(|escrow| escrow.age() as &dyn age::Recipient));
        let locked = |why: String| Error::BucketLocked { bucket: name.to_owned(), why };
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|error| locked(error.to_string()))?;
        let mut wrapped = vec![];
        let mut writer =
            encryptor.wrap_output(&mut wrapped).map_err(|error| locked(error.to_string()))?;
        std::io::Write::write_all(&mut writer, key).map_err(|error| locked(error.to_string()))?;
        writer.finish().map_err(|error| locked(error.to_string()))?;
        Ok(wrapped)
    }
}

/// Draws the id of a new record.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_id() -> Result<RecordId, Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(Error::Random)?;
    Ok(RecordId::from_bytes(id))
}

/// A bucket is a class × month (UTC).
fn bucket_name(class: Class, now: Timestamp) -> String {
    let date = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    format!("{class}-{:04}-{:02}", date.year(), date.month())
}

impl std::fmt::Debug for BucketKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BucketKey").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreConfig;

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
        let (_dir, store) = archive();
        let identity = ArchiveIdentity::generate();
        let file = identity.to_file(None).unwrap();
        let first = Keyring::new(Arc::clone(&store), identity, vec![]);
        let sealed = first.seal(Class::Message, now(), b"hello").unwrap();
        assert_eq!(sealed.kept.bucket, "message-2026-11");

        let key_file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut key_file.as_file(), &file).unwrap();
        let again = ArchiveIdentity::load(key_file.path(), None).unwrap();
        let second = Keyring::new(Arc::clone(&store), again, vec![]);
        let opened = second.open(&sealed.kept, &sealed.header, &sealed.body).unwrap();
        assert_eq!(opened.as_slice(), b"hello");
        assert_eq!(first.derive(Purpose::Index).unwrap(), second.derive(Purpose::Index).unwrap());
        assert_ne!(first.derive(Purpose::Index).unwrap(), first.derive(Purpose::Once).unwrap());
    }

    #[test]
    fn escrow_opens_without_the_archives_own_identity() {
        let (_dir, store) = archive();
        let third_party = ArchiveIdentity::generate();
        let escrow = vec![Escrow::parse(&third_party.recipient()).unwrap()];
        let own = Keyring::new(Arc::clone(&store), ArchiveIdentity::generate(), escrow);
        let sealed = own.seal(Class::Status, now(), b"delivered").unwrap();
        let theirs = Keyring::new(store, third_party, vec![]);
        let opened = theirs.open(&sealed.kept, &sealed.header, &sealed.body).unwrap();
        assert_eq!(opened.as_slice(), b"delivered");
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
}
