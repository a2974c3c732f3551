//! Reading rows back. A row that is there but cannot be read is an error, never
//! an absence.

use rocksdb::{DBIteratorWithThreadMode, Direction, IteratorMode, ReadOptions};

use super::rows::{self, Family, Head, OnceKey};
use super::{Error, Store};
use crate::entry::KeyChain;
use crate::record::RecordId;
use crate::tlog::tile::Coordinate;
use crate::tlog::{EMPTY_ROOT, Hash, LeafIndex, TreeSize};

/// A key and its value.
type Row = (Box<[u8]>, Box<[u8]>);

impl Store {
    /// Where the log ends; of an archive without entries, at 0.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn head(&self) -> Result<Head, Error> {
        let Some(row) = self.get(Family::State, rows::HEAD)? else {
            let zeros = Hash::from_bytes([0; 32]);
            return Ok(Head { size: TreeSize::new(0), root: EMPTY_ROOT, last: zeros });
        };
        Head::from_row(&row).ok_or_else(|| malformed("the head of the log"))
    }

    /// The keys that the log was signed with; `None` where it only ever had one.
    ///
    /// # Errors
    /// When the row cannot be read, or is not a list of keys.
    pub fn keys(&self) -> Result<Option<KeyChain>, Error> {
        let Some(row) = self.get(Family::State, rows::KEYS)? else { return Ok(None) };
        let text = String::from_utf8(row).ok();
        let keys = text.and_then(|text| KeyChain::parse(&text).ok());
        keys.map(Some).ok_or_else(|| malformed("the list of the log's keys"))
    }

    /// An entry's leaf.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn leaf(&self, index: LeafIndex) -> Result<Option<Vec<u8>>, Error> {
        self.get(Family::Entries, &rows::index_key(index))
    }

    /// An entry's sealed body. It is not put into the cache: whoever verifies beside those
    /// who read would see what is remembered of the file, and not the file.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn body(&self, index: LeafIndex) -> Result<Option<Vec<u8>>, Error> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let family = self.family(Family::Bodies);
        let body = self.db.get_cf_opt(family, rows::index_key(index), &options);
        body.map_err(unreadable(Family::Bodies.name()))
    }

    /// The detached header of an entry's sealed body; `None` once shredded.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn header(&self, index: LeafIndex) -> Result<Option<Vec<u8>>, Error> {
        self.get(Family::Headers, &rows::index_key(index))
    }

    /// The entry that keeps a record.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn index_of(&self, record: RecordId) -> Result<Option<LeafIndex>, Error> {
        self.index_row(Family::Ids, record.as_bytes(), "the place of a record")
    }

    /// The entry that keeps a thing seen before.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn seen(&self, key: &OnceKey) -> Result<Option<LeafIndex>, Error> {
        self.index_row(Family::Seen, key.as_bytes(), "the mark of a thing seen")
    }

    /// A full tile of hashes.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn tile(&self, at: Coordinate) -> Result<Option<Vec<u8>>, Error> {
        self.get(Family::Tiles, &rows::tile_key(at))
    }

    /// A bucket's wrapped key.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn bucket(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.get(Family::Buckets, name.as_bytes())
    }

    /// The media of a record, with whether each has the digest announced.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn links(&self, record: RecordId) -> Result<Vec<(RecordId, Option<bool>)>, Error> {
        let mut found = vec![];
        for row in self.rows_from(Family::Links, record.as_bytes()) {
            let (key, value) = row?;
            let Some(medium) = key.strip_prefix(record.as_bytes()) else { break };
            let medium = medium.try_into().map_err(|_| malformed("a link"))?;
            let matches = value.first().map(|byte| *byte == 1);
            found.push((RecordId::from_bytes(medium), matches));
        }
        Ok(found)
    }

    /// The newest signed checkpoint of at most `size` entries.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn checkpoint_up_to(&self, size: TreeSize) -> Result<Option<(TreeSize, Vec<u8>)>, Error> {
        let key = size.get().to_be_bytes();
        let mode = IteratorMode::From(&key, Direction::Reverse);
        let next = self.db.iterator_cf(self.family(Family::Checkpoints), mode).next();
        next.map(|row| size_row(row.map_err(unreadable("a checkpoint"))?)).transpose()
    }

    /// The oldest signed checkpoint of at least `size` entries.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn checkpoint_from(&self, size: TreeSize) -> Result<Option<(TreeSize, Vec<u8>)>, Error> {
        self.checkpoints_from(size).next().transpose()
    }

    /// The signed checkpoints from a size on, in order.
    pub fn checkpoints_from(
        &self,
        size: TreeSize,
    ) -> impl Iterator<Item = Result<(TreeSize, Vec<u8>), Error>> + '_ {
        self.rows_from(Family::Checkpoints, &size.get().to_be_bytes()).map(|row| size_row(row?))
    }

    /// The authority's timestamp on the checkpoint of a size, DER.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn timestamp(&self, size: TreeSize) -> Result<Option<Vec<u8>>, Error> {
        self.get(Family::Timestamps, &size.get().to_be_bytes())
    }

    /// The newest timestamp, with the size of the tree that it is for.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn newest_timestamp(&self) -> Result<Option<(TreeSize, Vec<u8>)>, Error> {
        let next = self.db.iterator_cf(self.family(Family::Timestamps), IteratorMode::End).next();
        next.map(|row| size_row(row.map_err(unreadable("a timestamp"))?)).transpose()
    }

    /// The timestamps from a size on, in order.
    pub fn timestamps_from(
        &self,
        size: TreeSize,
    ) -> impl Iterator<Item = Result<(TreeSize, Vec<u8>), Error>> + '_ {
        self.rows_from(Family::Timestamps, &size.get().to_be_bytes()).map(|row| size_row(row?))
    }

    /// The fetches of media that are not done, of records from an index on, in
    /// the order of the log.
    pub fn media_tasks_from(
        &self,
        from: LeafIndex,
    ) -> impl Iterator<Item = Result<(LeafIndex, Vec<u8>), Error>> + '_ {
        self.rows_from(Family::MediaQueue, &rows::index_key(from)).map(|row| {
            let (key, task) = row?;
            let index = rows::index_of_key(&key).ok_or_else(|| malformed("a media task"))?;
            Ok((index, task.into_vec()))
        })
    }

    /// The entries that govern from an index on, in order.
    pub fn governing_from(
        &self,
        from: LeafIndex,
    ) -> impl Iterator<Item = Result<LeafIndex, Error>> + '_ {
        self.rows_from(Family::Governance, &rows::index_key(from)).map(|row| {
            let (key, _) = row?;
            rows::index_of_key(&key).ok_or_else(|| malformed("a mark of governance"))
        })
    }

    /// The leaves from an index on, in order.
    pub fn leaves_from(&self, from: LeafIndex) -> Leaves<'_> {
        let mut options = ReadOptions::default();
        options.set_readahead_size(4 * 1024 * 1024);
        let key = rows::index_key(from);
        let mode = IteratorMode::From(&key, Direction::Forward);
        Leaves { rows: self.db.iterator_cf_opt(self.family(Family::Entries), options, mode) }
    }

    /// The names of every bucket.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn bucket_names(&self) -> Result<Vec<String>, Error> {
        self.rows_from(Family::Buckets, &[])
            .map(|row| {
                let (key, _) = row?;
                String::from_utf8(key.into_vec()).map_err(|_| malformed("a bucket's name"))
            })
            .collect()
    }

    fn rows_from<'a>(
        &'a self,
        family: Family,
        from: &[u8],
    ) -> impl Iterator<Item = Result<Row, Error>> + use<'a> {
        let mode = IteratorMode::From(from, Direction::Forward);
        self.db
            .iterator_cf(self.family(family), mode)
            .map(move |row| row.map_err(unreadable(family.name())))
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.db.get_cf(self.family(family), key).map_err(unreadable(family.name()))
    }

    fn index_row(
        &self,
        family: Family,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<LeafIndex>, Error> {
        let Some(row) = self.get(family, key)? else { return Ok(None) };
        rows::index_of_key(&row).map(Some).ok_or_else(|| malformed(what))
    }
}

/// The leaves of the log in order: see [`Store::leaves_from`].
///
/// It ends at the first row that cannot be read, after saying so; the rows
/// behind it can still be read one by one.
pub struct Leaves<'a> {
    rows: DBIteratorWithThreadMode<'a, rocksdb::DB>,
}

impl Iterator for Leaves<'_> {
    type Item = Result<(LeafIndex, Box<[u8]>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        Some(row.map_err(unreadable("entries")).and_then(|(key, leaf)| {
            let index = rows::index_of_key(&key).ok_or_else(|| malformed("an entry's key"))?;
            Ok((index, leaf))
        }))
    }
}

impl std::fmt::Debug for Leaves<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Leaves")
    }
}

fn size_row((key, value): Row) -> Result<(TreeSize, Vec<u8>), Error> {
    let size = key.as_ref().try_into().map_err(|_| malformed("a checkpoint's size"))?;
    Ok((TreeSize::new(u64::from_be_bytes(size)), value.into_vec()))
}

fn malformed(what: &str) -> Error {
    Error::Corrupt { what: format!("{what} has an impossible length"), source: None }
}

pub(super) fn unreadable(what: &'static str) -> impl Fn(rocksdb::Error) -> Error {
    move |source| {
        if source.kind() == rocksdb::ErrorKind::Corruption {
            Error::Corrupt { what: format!("unreadable in {what}"), source: Some(source) }
        } else {
            Error::Database { step: "read a row", source }
        }
    }
}
