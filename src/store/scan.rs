//! Reading whole families of rows, keys and all: for `verify`, which trusts
//! nothing that a row says of itself, not even that its key has the right length.

use rocksdb::{DB, DBRawIteratorWithThreadMode, Options, ReadOptions};

use super::read::unreadable;
use super::rows::{self, Family, Head};
use super::{Error, Store};
use crate::tlog::LeafIndex;

/// Bytes of a file that a scan reads at once.
const READAHEAD_BYTES: usize = 256 * 1024;

/// The rows of a family in the order of their keys: see [`Store::scan`].
///
/// It ends at the first row that cannot be read, after saying so; the rows
/// behind it can still be read one by one, or by a scan that begins there.
pub struct Scan<'a> {
    rows: DBRawIteratorWithThreadMode<'a, DB>,
    family: Family,
    /// Whether it stands on a row that was given out.
    there: bool,
}

impl Store {
    /// Scans a family from a key on, up to but without another key.
    pub fn scan(&self, family: Family, from: &[u8], before: Option<&[u8]>) -> Scan<'_> {
        let mut options = ReadOptions::default();
        // Each row is read once: keep what others read often in the cache.
        options.fill_cache(false);
        options.set_readahead_size(READAHEAD_BYTES);
        if let Some(before) = before {
            options.set_iterate_upper_bound(before);
        }
        let mut rows = self.db.raw_iterator_cf_opt(self.family(family), options);
        rows.seek(from);
        Scan { rows, family, there: false }
    }

    /// One row, by its key.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn row(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.db.get_cf(self.family(family), key).map_err(unreadable(family.name()))
    }

    /// The row that says where the log ends, `None` where there is none.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn head_row(&self) -> Result<Option<Head>, Error> {
        if self.row(Family::State, rows::HEAD)?.is_none() {
            return Ok(None);
        }
        self.head().map(Some)
    }

    /// The last entry that there is a row for, whatever the head says.
    ///
    /// # Errors
    /// When the rows at the end cannot be read.
    pub fn last_entry_row(&self) -> Result<Option<LeafIndex>, Error> {
        let mut rows = self.db.raw_iterator_cf(self.family(Family::Entries));
        rows.seek_to_last();
        while let Some(key) = rows.key() {
            if let Some(index) = rows::index_of_key(key) {
                return Ok(Some(index));
            }
            rows.prev();
        }
        rows.status().map(|()| None).map_err(unreadable(Family::Entries.name()))
    }

    /// About how many rows a family has.
    pub fn rows_estimate(&self, family: Family) -> u64 {
        let property = "rocksdb.estimate-num-keys";
        self.db.property_int_value_cf(self.family(family), property).ok().flatten().unwrap_or(0)
    }

    /// Whether each of a family's table files can be read where it describes itself.
    pub fn file_properties_read(&self, family: Family) -> bool {
        let property = "rocksdb.aggregated-table-properties";
        self.db.property_value_cf(self.family(family), property).is_ok_and(|text| text.is_some())
    }

    /// The names of families that an archive does not have; among them the one
    /// that every database has, where it has rows.
    ///
    /// # Errors
    /// When the database cannot list its families.
    pub fn rows_of_no_family(&self) -> Result<Vec<String>, Error> {
        const DEFAULT: &str = "default";
        let listed = DB::list_cf(&Options::default(), super::open::rows_dir(&self.path));
        let mut names = listed.map_err(unreadable("the list of families"))?;
        let known = |name: &str| Family::ALL.iter().any(|family| family.name() == name);
        let mut rows = self.db.raw_iterator();
        rows.seek_to_first();
        let empty = !rows.valid() && rows.status().is_ok();
        names.retain(|name| !(known(name) || name == DEFAULT && empty));
        Ok(names)
    }
}

impl Scan<'_> {
    /// Steps to the next row; `false` when there is none.
    ///
    /// # Errors
    /// When the next row cannot be read; the scan is then at its end.
    pub fn advance(&mut self) -> Result<bool, Error> {
        if self.there {
            self.rows.next();
        }
        self.there = self.rows.valid();
        if self.there {
            return Ok(true);
        }
        self.rows.status().map(|()| false).map_err(unreadable(self.family.name()))
    }

    /// The key and the value of the row that the scan stands on; empty when on none.
    pub fn row(&self) -> (&[u8], &[u8]) {
        self.rows.item().unwrap_or_default()
    }

    /// The key of the row that the scan stands on; empty when on none.
    pub fn key(&self) -> &[u8] {
        self.rows.key().unwrap_or_default()
    }

    /// The value of the row that the scan stands on; empty when on none.
    pub fn value(&self) -> &[u8] {
        self.rows.value().unwrap_or_default()
    }
}

impl std::fmt::Debug for Scan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan").field("family", &self.family).finish_non_exhaustive()
    }
}
