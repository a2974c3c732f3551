//! Giving buckets other keys, and destroying those that they had.
//!
//! From the first step on, what is sealed goes under keys of a later generation. Then
//! what is still on its way to the disk under the old ones is waited for; every header
//! that is left is put under the new key; and when none needs an old key, its row is
//! emptied and its share overwritten and removed. A crash at any step leaves records that
//! open, and keys that the same call destroys when it is made again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use jiff::civil::Date;

use super::{Keyring, RowName, Sealing, lock};
use crate::record::Class;
use crate::seal::bucket::month_of;
use crate::seal::{Error, header};
use crate::store::rows::{Family, index_of_key};
use crate::store::{Commit, HeaderChange};
use crate::tlog::LeafIndex;

/// Headers read between two writes.
const ROWS_A_BATCH: usize = 8192;

/// How often it is looked whether everything that was sealed is on disk.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// How often at most: ten seconds in all.
const LOOKS_MAX: u32 = 2000;

/// What came of giving buckets other keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Records that were put under other keys.
    pub survivors: u64,
    /// Keys that were destroyed.
    pub keys_destroyed: u64,
}

/// A row of `buckets`.
pub(super) struct BucketRow {
    pub(super) name: RowName,
    /// Whether there is still a key in it.
    pub(super) is_live: bool,
}

impl Keyring {
    /// Gives these buckets other keys: every record that still has a header is put under a
    /// new one, and the old ones are destroyed, so that headers that were deleted before,
    /// wherever a copy of them may be, open nothing any more. A bucket without records has
    /// no key afterwards, and gets one with its next record.
    ///
    /// Blocks, for as long as it takes to read the header of every record; sealing and
    /// opening go on meanwhile. One run at a time: a second one waits.
    ///
    /// # Errors
    /// [`Error::InUse`] and [`Error::Survivor`], where no key was destroyed that is needed;
    /// else when rows or shares cannot be written. The same call made again goes on.
    pub fn rekey(&self, buckets: &BTreeSet<String>) -> Result<Rekeyed, Error> {
        self.rekey_looking(buckets, LOOKS_MAX)
    }

    pub(super) fn rekey_looking(
        &self,
        buckets: &BTreeSet<String>,
        looks_max: u32,
    ) -> Result<Rekeyed, Error> {
        let _rekeying = lock(&self.rekeying);
        let retired = self.retire(buckets)?;
        self.await_disk(&retired, looks_max)?;
        let survivors = self.rewrap_all(&retired)?;
        let mut keys_destroyed = 0;
        for (bucket, through) in &retired {
            keys_destroyed += self.destroy_keys(bucket, *through)?;
        }
        Ok(Rekeyed { survivors, keys_destroyed })
    }

    /// The rows of buckets that have more than one key, or a key that was destroyed with its
    /// share left over: giving them other keys was begun and not finished.
    ///
    /// # Errors
    /// When rows or shares cannot be listed.
    pub fn half_rekeyed(&self) -> Result<BTreeSet<String>, Error> {
        let mut half = BTreeSet::new();
        let mut live: BTreeMap<String, u32> = BTreeMap::new();
        for BucketRow { name, is_live } in self.bucket_rows()? {
            if is_live {
                let count = live.entry(name.bucket().to_owned()).or_default();
                *count += 1;
                if *count > 1 {
                    half.insert(name.bucket().to_owned());
                }
            } else if name.has_share() && self.shares().is_there(&name.to_string())? {
                half.insert(name.bucket().to_owned());
            }
        }
        Ok(half)
    }

    /// The rows of all buckets whose keys are there and whose shares are not, or are damaged:
    /// what is sealed under them does not open.
    ///
    /// # Errors
    /// When rows or shares cannot be read.
    pub fn lost_shares(&self) -> Result<Vec<Error>, Error> {
        let mut lost = vec![];
        for BucketRow { name, is_live } in self.bucket_rows()? {
            if !is_live || !name.has_share() {
                continue;
            }
            match self.shares().read(&name.to_string()) {
                Ok(_) => {}
                Err(error @ (Error::NoShare(_) | Error::BadShare(_))) => lost.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok(lost)
    }

    /// The months of a class under whose keys something may be sealed: the bucket of each,
    /// and its first day.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub fn months_of(&self, class: Class) -> Result<BTreeMap<String, Date>, Error> {
        let mut rows = self.bucket_rows()?;
        rows.retain(|row| row.is_live);
        let months = rows.iter().filter_map(|row| {
            let first = month_of(row.name.bucket(), class)?;
            Some((row.name.bucket().to_owned(), first))
        });
        Ok(months.collect())
    }

    /// The rows of a bucket, oldest first.
    pub(super) fn rows_of(&self, bucket: &str) -> Result<Vec<BucketRow>, Error> {
        let mut rows = self.rows_from(bucket, |name| name.starts_with(bucket))?;
        rows.retain(|row| row.name.bucket() == bucket);
        rows.sort_unstable_by_key(|row| row.name.generation());
        Ok(rows)
    }

    fn bucket_rows(&self) -> Result<Vec<BucketRow>, Error> {
        self.rows_from("", |_| true)
    }

    fn rows_from(
        &self,
        from: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<BucketRow>, Error> {
        let mut scan = self.store.scan(Family::Buckets, from.as_bytes(), None);
        let mut rows = vec![];
        while scan.advance().map_err(Error::Store)? {
            let (key, value) = scan.row();
            // A row of another name is none of ours; verification tells of it.
            let Ok(name) = std::str::from_utf8(key) else { continue };
            if !is_wanted(name) {
                break;
            }
            let name = RowName::parse(name);
            rows.extend(name.map(|name| BucketRow { name, is_live: !value.is_empty() }));
        }
        Ok(rows)
    }

    /// From here on nothing is sealed under the keys that the buckets have now; up to which
    /// generation that is.
    fn retire(&self, buckets: &BTreeSet<String>) -> Result<BTreeMap<String, u32>, Error> {
        let _making = lock(&self.making);
        let mut retired = BTreeMap::new();
        for bucket in buckets {
            let newest = self.rows_of(bucket)?.last().map_or(0, |row| row.name.generation());
            let mut keys = self.keys_mut();
            if let Some(Sealing { in_use, .. }) = keys.sealing.remove(bucket) {
                keys.awaited.push((bucket.clone(), in_use));
            }
            keys.retired.insert(bucket.clone(), newest);
            drop(keys);
            retired.insert(bucket.clone(), newest);
        }
        Ok(retired)
    }

    /// Waits until all that was sealed under retired keys is on disk, or was given up.
    fn await_disk(&self, retired: &BTreeMap<String, u32>, looks_max: u32) -> Result<(), Error> {
        let mut awaited = None;
        for _ in 0..looks_max {
            // It counts itself: let go before the next look.
            drop(awaited.take());
            let mut keys = self.keys_mut();
            keys.awaited.retain(|(_, in_use)| Arc::strong_count(in_use) > 1);
            awaited = keys.awaited.iter().find(|(bucket, _)| retired.contains_key(bucket)).cloned();
            drop(keys);
            if awaited.is_none() {
                return Ok(());
            }
            sleep(LOOK_INTERVAL);
        }
        Err(Error::InUse(awaited.map(|(bucket, _)| bucket).unwrap_or_default()))
    }

    /// Puts every header that is under a retired key under a new one.
    fn rewrap_all(&self, retired: &BTreeMap<String, u32>) -> Result<u64, Error> {
        let (mut survivors, mut next) = (0, Some(LeafIndex::FIRST));
        while let Some(from) = next {
            let (changes, behind) = self.rewrap_from(from, retired)?;
            survivors += self.store.change_headers(changes).map_err(Error::Store)?;
            next = behind;
        }
        Ok(survivors)
    }

    /// The changes of a batch of headers, and where the next one begins.
    fn rewrap_from(
        &self,
        from: LeafIndex,
        retired: &BTreeMap<String, u32>,
    ) -> Result<(Vec<HeaderChange>, Option<LeafIndex>), Error> {
        let from = crate::store::rows::index_key(from);
        let mut scan = self.store.scan(Family::Headers, &from, None);
        let (mut changes, mut last) = (vec![], None);
        for _ in 0..ROWS_A_BATCH {
            if !scan.advance().map_err(Error::Store)? {
                return Ok((changes, None));
            }
            let (key, old) = scan.row();
            let Some(entry) = index_of_key(key) else { continue };
            last = Some(entry);
            // One that is not to be read stays as it is: verification tells of it.
            let Some(row) = header::row_of(old) else { continue };
            if retired.get(row.bucket()).is_some_and(|through| row.generation() <= *through) {
                let new = self.rewrapped(entry, &row, old)?;
                changes.push(HeaderChange { entry, old: old.to_vec(), new });
            }
        }
        Ok((changes, last.and_then(LeafIndex::next)))
    }

    fn rewrapped(&self, entry: LeafIndex, row: &RowName, old: &[u8]) -> Result<Vec<u8>, Error> {
        let survivor = Error::Survivor { entry };
        let Some(old_key) = self.bucket(row)? else { return Err(survivor) };
        let new_key = self.sealing(row.bucket())?.key;
        header::rewrap(old, &old_key, &new_key).ok_or(survivor)?.map_err(|source| Error::Share {
            step: "draw random bytes for",
            path: row.to_string().into(),
            source,
        })
    }

    /// Destroys the keys of a bucket up to a generation. Of the newest the row stays, empty,
    /// so that its number is never given again.
    fn destroy_keys(&self, bucket: &str, through: u32) -> Result<u64, Error> {
        let rows = self.rows_of(bucket)?;
        let newest = rows.last().map(|row| row.name.clone());
        let old = || rows.iter().filter(|row| row.name.generation() <= through);
        let mut commit = Commit::default();
        for row in old().filter(|row| row.is_live) {
            commit.empty_bucket(&row.name.to_string());
        }
        self.store.commit(commit).map_err(Error::Store)?;
        self.keys_mut()
            .opened
            .retain(|name, _| name.bucket() != bucket || name.generation() > through);
        for row in old().filter(|row| row.name.has_share()) {
            self.shares().destroy(&row.name.to_string())?;
        }
        let mut commit = Commit::default();
        for row in old().filter(|row| Some(&row.name) != newest.as_ref() || !row.name.has_share()) {
            commit.delete_bucket(&row.name.to_string());
        }
        self.store.commit(commit).map_err(Error::Store)?;
        Ok(old().filter(|row| row.is_live).map(|_| 1).sum())
    }
}
