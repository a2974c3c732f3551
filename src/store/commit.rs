//! Writes as data: a batch is filled, then made durable as a whole or not at all.

use rocksdb::{WriteBatch, WriteOptions};

use super::rows::{self, Family, Head, OnceKey};
use super::{Error, Store};
use crate::causes;
use crate::entry::{Header, InUse, KeyChain};
use crate::fault::{self, Point};
use crate::record::RecordId;
use crate::tlog::tile::Coordinate;
use crate::tlog::{LeafIndex, TreeSize};

/// A batch of rows to be written together.
pub struct Commit {
    writes: Vec<(Family, Write)>,
    /// Where things are that are found by 16 bytes that do not grow with the log.
    places: Vec<Place>,
    /// Which durable step it is.
    point: Point,
    /// What is kept alive until it is on disk.
    awaited: Vec<InUse>,
}

impl Default for Commit {
    fn default() -> Self {
        Self { writes: vec![], places: vec![], point: Point::LogBatch, awaited: vec![] }
    }
}

/// A row of the families `Ids` or `Seen`. Those of a batch are written in the order of their
/// keys, each near the one before: an append costs about a tenth less.
type Place = (Family, [u8; 16], [u8; 8]);

enum Write {
    Put(Box<[u8]>, Vec<u8>),
    Delete(Box<[u8]>),
}

impl Commit {
    /// An entry's leaf.
    pub fn put_leaf(&mut self, index: LeafIndex, leaf: Vec<u8>) {
        self.put(Family::Entries, &rows::index_key(index), leaf);
    }

    /// An entry's sealed body and its detached header, found by its record's id.
    pub fn put_sealed(
        &mut self,
        index: LeafIndex,
        record: RecordId,
        header: Header,
        body: Vec<u8>,
    ) {
        let (header, in_use) = header.into_parts();
        self.awaited.push(in_use);
        self.put(Family::Bodies, &rows::index_key(index), body);
        self.put(Family::Headers, &rows::index_key(index), header);
        self.places.push((Family::Ids, *record.as_bytes(), rows::index_key(index)));
    }

    /// Marks an entry as one that governs.
    pub fn put_governance(&mut self, index: LeafIndex) {
        self.put(Family::Governance, &rows::index_key(index), vec![]);
    }

    /// Marks a thing as seen.
    pub fn put_seen(&mut self, key: OnceKey, index: LeafIndex) {
        self.places.push((Family::Seen, *key.as_bytes(), rows::index_key(index)));
    }

    /// A full tile of hashes.
    pub fn put_tile(&mut self, at: Coordinate, hashes: Vec<u8>) {
        self.put(Family::Tiles, &rows::tile_key(at), hashes);
    }

    /// Joins a medium to a record; `matches` as in the entry.
    pub fn put_link(&mut self, record: RecordId, medium: RecordId, matches: Option<bool>) {
        let value = match matches {
            None => vec![],
            Some(matches) => vec![u8::from(matches)],
        };
        self.put(Family::Links, &rows::link_key(record, medium), value);
    }

    /// The state of fetching a record's medium.
    pub fn put_media_task(&mut self, record: LeafIndex, task: Vec<u8>) {
        self.put(Family::MediaQueue, &rows::index_key(record), task);
        self.point = Point::MediaTask;
    }

    /// Ends the fetching of a record's medium.
    pub fn delete_media_task(&mut self, record: LeafIndex) {
        let key = rows::index_key(record).into();
        self.writes.push((Family::MediaQueue, Write::Delete(key)));
    }

    /// A signed checkpoint.
    pub fn put_checkpoint(&mut self, size: TreeSize, note: Vec<u8>) {
        self.put(Family::Checkpoints, &size.get().to_be_bytes(), note);
        self.point = Point::LogCheckpoint;
    }

    /// A checkpoint that was signed before, with the signatures of witnesses added.
    pub fn put_cosigned_checkpoint(&mut self, size: TreeSize, note: Vec<u8>) {
        self.put_checkpoint(size, note);
        self.point = Point::LogCosignatures;
    }

    /// An authority's timestamp on the checkpoint of a size, DER.
    pub fn put_timestamp(&mut self, size: TreeSize, response: Vec<u8>) {
        self.put(Family::Timestamps, &size.get().to_be_bytes(), response);
        self.point = Point::LogTimestamp;
    }

    /// The keys that the log was signed with, where there was more than one.
    pub fn put_keys(&mut self, keys: &KeyChain) {
        self.put(Family::State, rows::KEYS, keys.to_text().into_bytes());
    }

    /// A bucket's wrapped key.
    pub fn put_bucket(&mut self, name: &str, wrapped: Vec<u8>) {
        self.put(Family::Buckets, name.as_bytes(), wrapped);
        self.point = Point::SealBucket;
    }

    /// Empties the row of a bucket's key, which is to be destroyed: that it was stays known.
    pub fn empty_bucket(&mut self, name: &str) {
        self.put_bucket(name, vec![]);
        self.point = Point::SealRetired;
    }

    /// Forgets a bucket's key that was destroyed.
    pub fn delete_bucket(&mut self, name: &str) {
        self.writes.push((Family::Buckets, Write::Delete(name.as_bytes().into())));
        self.point = Point::SealRetired;
    }

    /// Deletes what a record is: its sealed body and its header, and that its medium is
    /// waited for. That there was a record, and where, stays: its leaf and the row of its
    /// id, which is random.
    pub fn destroy_sealed(&mut self, index: LeafIndex) {
        for family in [Family::Headers, Family::Bodies, Family::MediaQueue] {
            self.writes.push((family, Write::Delete(rows::index_key(index).into())));
        }
        self.point = Point::StoreDestroyed;
    }

    /// Puts another header in the place of one.
    pub(super) fn change_header(&mut self, index: LeafIndex, header: Vec<u8>) {
        self.put(Family::Headers, &rows::index_key(index), header);
        self.point = Point::SealRewrapped;
    }

    /// Forgets that a thing was seen.
    pub(super) fn delete_seen(&mut self, key: &[u8]) {
        self.writes.push((Family::Seen, Write::Delete(key.into())));
        self.point = Point::StoreDestroyed;
    }

    /// How many rows it writes.
    pub(super) const fn rows(&self) -> usize {
        self.writes.len() + self.places.len()
    }

    /// Says where the log ends after this commit.
    #[must_use]
    pub fn with_head(mut self, head: Head) -> Self {
        self.put(Family::State, rows::HEAD, head.to_row().to_vec());
        self.point = Point::LogBatch;
        self
    }

    fn put(&mut self, family: Family, key: &[u8], value: Vec<u8>) {
        self.writes.push((family, Write::Put(key.into(), value)));
    }
}

impl Store {
    /// Writes the batch and syncs it: when this returns `Ok` it survives a loss
    /// of power; when it returns an error nobody can say whether it did, and
    /// nothing more is written, by whomever.
    ///
    /// # Errors
    /// When the database cannot write or sync, or could not before.
    pub fn commit(&self, commit: Commit) -> Result<(), Error> {
        let headers = commit.point == Point::StoreDestroyed;
        let _still = headers.then(|| self.headers_still());
        self.commit_still(commit)
    }

    /// The same, by who keeps the headers still where it must.
    pub(super) fn commit_still(&self, commit: Commit) -> Result<(), Error> {
        self.check_unfailed()?;
        let Commit { writes, places, point, awaited } = commit;
        if writes.is_empty() && places.is_empty() {
            return Ok(());
        }
        let written = fault::at(point, || self.write(writes, places));
        // On disk, or never again: nobody waits any more.
        drop(awaited);
        written.inspect_err(|error| {
            self.failed.get_or_init(|| causes::told(error));
        })
    }

    /// Whether every commit so far is on disk.
    ///
    /// # Errors
    /// [`Error::Failed`] where one is not.
    pub fn check_unfailed(&self) -> Result<(), Error> {
        self.failed.get().map_or(Ok(()), |why| Err(Error::Failed(why.clone())))
    }

    fn write(&self, writes: Vec<(Family, Write)>, mut places: Vec<Place>) -> Result<(), Error> {
        let mut batch = WriteBatch::default();
        places.sort_unstable_by_key(|(family, key, _)| (*family as u8, *key));
        for (family, key, index) in places {
            batch.put_cf(self.family(family), key, index);
        }
        for (family, write) in writes {
            let family = self.family(family);
            match write {
                Write::Put(key, value) => batch.put_cf(family, key, value),
                Write::Delete(key) => batch.delete_cf(family, key),
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db
            .write_opt(batch, &options)
            .map_err(|source| Error::Database { step: "write and sync a batch", source })
    }
}

impl std::fmt::Debug for Commit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commit").field("rows", &self.rows()).finish()
    }
}
