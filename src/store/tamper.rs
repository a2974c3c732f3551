//! Copying an archive, and writing any bytes into any row: only for tests.

use std::path::Path;

use super::Store;
use super::rows::Family;

/// Copies a directory with all that is in it.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Store {
    /// Puts a row as given, however wrong.
    pub(crate) fn put_raw(&self, family: Family, key: &[u8], value: &[u8]) {
        self.db.put_cf(self.family(family), key, value).unwrap();
    }

    /// Takes a row away.
    pub(crate) fn delete_raw(&self, family: Family, key: &[u8]) {
        self.db.delete_cf(self.family(family), key).unwrap();
    }

    /// Every row of a family.
    pub(crate) fn rows_raw(&self, family: Family) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut scan = self.scan(family, &[], None);
        let mut rows = vec![];
        while scan.advance().unwrap() {
            rows.push((scan.key().to_vec(), scan.value().to_vec()));
        }
        rows
    }

    /// What a family's files say of themselves.
    pub(crate) fn table_properties_raw(&self, family: Family) -> String {
        let property = "rocksdb.aggregated-table-properties";
        self.db.property_value_cf(self.family(family), property).unwrap().unwrap()
    }

    /// Puts everything that is in memory into files and lets go of old ones.
    pub(crate) fn compact_raw(&self) {
        self.flush().unwrap();
        for family in Family::ALL {
            self.db.compact_range_cf(self.family(family), None::<&[u8]>, None::<&[u8]>);
        }
    }
}
