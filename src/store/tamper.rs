//! Writing any bytes into any row: only for tests that damage an archive.

use super::Store;
use super::rows::Family;

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
