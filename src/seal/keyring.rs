//! The archive's keys: bucket keys, made when first needed and kept in the
//! archive wrapped to its recipients, and the keys derived for other rooms.

mod rekey;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use ring::hkdf;
use zeroize::Zeroizing;

use super::bucket::{BucketKey, RowName, bucket_name};
use super::{ArchiveIdentity, Error, Escrow, Share, Shares, envelope, header};
use crate::entry::{InUse, Kept, Sealed};
use crate::record::{Class, RecordId};
use crate::store::{Commit, Store};

pub use rekey::Rekeyed;

/// Opens and seals for one archive.
#[derive(Debug)]
pub struct Keyring {
    store: Arc<Store>,
    identity: ArchiveIdentity,
    escrow: Vec<Escrow>,
    keys: RwLock<Keys>,
    /// Held while a key of a bucket is made, so that it is made once.
    making: Mutex<()>,
    /// Held while buckets are given other keys.
    rekeying: Mutex<()>,
}

/// The keys in memory.
#[derive(Debug, Default)]
struct Keys {
    opened: BTreeMap<RowName, Arc<BucketKey>>,
    /// The key that each bucket's records are sealed under now.
    sealing: BTreeMap<String, Sealing>,
    /// The newest generation of each bucket that nothing is sealed under any more.
    retired: BTreeMap<String, u32>,
    /// What may still be on its way to the disk under keys that are retired.
    awaited: Vec<(String, InUse)>,
}

#[derive(Clone, Debug)]
struct Sealing {
    key: Arc<BucketKey>,
    in_use: InUse,
}

/// What a derived key is for; one key never serves two ends.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Encrypts what findings of conduct are made from.
    Conduct,
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
            Self::Conduct => b"muniment/conduct/v1",
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
        let keys = RwLock::default();
        let (making, rekeying) = (Mutex::default(), Mutex::default());
        Self { store, identity, escrow, keys, making, rekeying }
    }

    /// Seals a plaintext under the bucket of its class and month, making a key for the
    /// bucket when it has none.
    ///
    /// # Errors
    /// When the bucket's key cannot be had, or the system gives no random bytes.
    pub fn seal(&self, class: Class, now: Timestamp, plaintext: &[u8]) -> Result<Sealed, Error> {
        self.seal_as(new_id(now)?, class, now, plaintext)
    }

    /// As [`Keyring::seal`], under an id drawn before with [`new_id`].
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
        let Sealing { key, in_use } = self.sealing(&bucket_name(class, now))?;
        envelope::seal(&key, in_use, record, class, plaintext)
    }

    /// Opens a sealed body, checked against the log's commitment. Where the header was read
    /// before its bucket was given another key, the one that is there now serves.
    ///
    /// # Errors
    /// When the bucket's key is gone or locked, or the bytes were altered.
    pub fn open(
        &self,
        kept: &Kept,
        header: &[u8],
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let gone = match self.open_under(kept, header, body) {
            Err(gone @ (Error::NoBucket(_) | Error::NoShare(_))) => gone,
            done => return done,
        };
        let index = self.store.index_of(kept.record).map_err(Error::Store)?;
        let now = index.map(|index| self.store.header(index).map_err(Error::Store)).transpose()?;
        match now.flatten() {
            Some(now) if now != header => self.open_under(kept, &now, body),
            Some(_) | None => Err(gone),
        }
    }

    /// Whether the key of a bucket's row opens, as the row is now and whatever was opened
    /// before; `false` when the archive has none of that name, or it was destroyed.
    ///
    /// # Errors
    /// When this identity does not open it, its share is missing, or it cannot be read.
    pub fn opens_bucket(&self, row: &RowName) -> Result<bool, Error> {
        self.unwrap_row(row).map(|key| key.is_some())
    }

    /// The shares that keys of this archive are made of.
    pub const fn shares(&self) -> &Shares {
        self.identity.shares()
    }

    /// A 32-byte key for another room, the same for the life of the archive.
    ///
    /// # Errors
    /// When the archive's derivation key cannot be had.
    pub fn derive(&self, purpose: Purpose) -> Result<Zeroizing<[u8; 32]>, Error> {
        let root = self.root()?;
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(root.key.as_ref());
        let mut key = Zeroizing::new([0; 32]);
        secret
            .expand(&[purpose.info()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut()))
            .expect("32 bytes are within HKDF's bound");
        Ok(key)
    }

    /// As [`Keyring::derive`], a key that dies with a share; `name` is the share's.
    ///
    /// # Errors
    /// As [`Keyring::derive`].
    pub fn derive_with(
        &self,
        purpose: Purpose,
        share: &Share,
        name: &str,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let key = self.derive(purpose)?;
        Ok(share.join(&key, name, purpose.info()))
    }

    fn open_under(
        &self,
        kept: &Kept,
        header: &[u8],
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let row = header::row_of(header).filter(|row| row.bucket() == kept.bucket);
        let row = row.ok_or_else(|| {
            Error::Altered("its header names another bucket than its entry".to_owned())
        })?;
        let key = self.bucket(&row)?.ok_or_else(|| Error::NoBucket(row.to_string()))?;
        envelope::open(&key, kept, header, body)
    }

    /// The key that the derived keys come from.
    fn root(&self) -> Result<Arc<BucketKey>, Error> {
        let row = RowName::derived();
        if let Some(key) = self.bucket(&row)? {
            return Ok(key);
        }
        let _making = lock(&self.making);
        match self.bucket(&row)? {
            Some(key) => Ok(key),
            None => self.make(row),
        }
    }

    /// The key to seal a bucket's records under, taken so that it is not destroyed under
    /// them.
    fn sealing(&self, bucket: &str) -> Result<Sealing, Error> {
        if let Some(sealing) = self.keys().sealing.get(bucket) {
            return Ok(sealing.clone());
        }
        let _making = lock(&self.making);
        if let Some(sealing) = self.keys().sealing.get(bucket) {
            return Ok(sealing.clone());
        }
        // Not under a key without a share, nor under one that is to go.
        let retired = self.keys().retired.get(bucket).copied().unwrap_or(0);
        let newest = self.rows_of(bucket)?.into_iter().rfind(|row| row.is_live);
        let newest = newest.filter(|row| row.name.generation() > retired);
        let opened = newest.map(|row| self.bucket(&row.name)).transpose()?.flatten();
        let key = match opened {
            Some(key) => key,
            None => self.make(self.next_row(bucket, retired)?)?,
        };
        let sealing = Sealing { key, in_use: InUse::default() };
        self.keys_mut().sealing.insert(bucket.to_owned(), sealing.clone());
        Ok(sealing)
    }

    /// A name that no row, no share and no earlier key of the bucket has: a share that
    /// belongs to no row may belong to a newer state of the data.
    fn next_row(&self, bucket: &str, retired: u32) -> Result<RowName, Error> {
        let shares = self.shares().names()?;
        let of_shares = shares.iter().filter_map(|name| RowName::parse(name));
        let rows = self.rows_of(bucket)?.into_iter().map(|row| row.name);
        let taken = rows.chain(of_shares).filter(|row| row.bucket() == bucket);
        let newest = taken.map(|row| row.generation()).max().unwrap_or(0).max(retired);
        Ok(RowName::new(bucket, newest.saturating_add(1)))
    }

    /// Makes a key: first its share is on disk, then its row, then it is used.
    fn make(&self, row: RowName) -> Result<Arc<BucketKey>, Error> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut()).map_err(Error::Random)?;
        let name = row.to_string();
        let wrapped = self.wrap(&name, &secret)?;
        let share = row.has_share().then(|| self.shares().make(&name)).transpose()?;
        let mut commit = Commit::default();
        commit.put_bucket(&name, wrapped);
        self.store.commit(commit).map_err(Error::Store)?;
        Ok(self.remember(BucketKey::of(row, secret, share.as_ref())))
    }

    fn bucket(&self, row: &RowName) -> Result<Option<Arc<BucketKey>>, Error> {
        if let Some(key) = self.keys().opened.get(row) {
            return Ok(Some(Arc::clone(key)));
        }
        Ok(self.unwrap_row(row)?.map(|key| self.remember(key)))
    }

    fn unwrap_row(&self, row: &RowName) -> Result<Option<BucketKey>, Error> {
        let name = row.to_string();
        let wrapped = self.store.bucket(&name).map_err(Error::Store)?;
        // Nothing is left in the row of a key that was destroyed.
        let Some(wrapped) = wrapped.filter(|wrapped| !wrapped.is_empty()) else { return Ok(None) };
        let locked = |why: String| Error::BucketLocked { bucket: name.clone(), why };
        let secret = age::decrypt(self.identity.age(), &wrapped)
            .map(Zeroizing::new)
            .map_err(|error| locked(error.to_string()))?;
        let secret =
            secret.as_slice().try_into().map_err(|_| locked("it is not 32 bytes".into()))?;
        let share = row.has_share().then(|| self.shares().read(&name)).transpose()?;
        Ok(Some(BucketKey::of(row.clone(), Zeroizing::new(secret), share.as_ref())))
    }

    fn remember(&self, key: BucketKey) -> Arc<BucketKey> {
        let key = Arc::new(key);
        self.keys_mut().opened.insert(key.row.clone(), Arc::clone(&key));
        key
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

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_mut(&self) -> RwLockWriteGuard<'_, Keys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Draws the id of a new record: the time of sealing, which its entry tells anyway, then 80
/// random bits, so that the look-up rows grow at their end (`docs/DECISIONS/0003-rows.md`).
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_id(now: Timestamp) -> Result<RecordId, Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(Error::Random)?;
    Ok(RecordId::new(now.as_millisecond(), random))
}

#[cfg(test)]
mod tests;
