//! The database's own files: which there must be, and how large.

use super::read::unreadable;
use super::rows::Family;
use super::{Error, Store};

/// A table file that the database lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name in the directory of rows.
    pub name: String,
    /// Its size in bytes when it was written.
    pub bytes: u64,
    /// The family whose rows it holds.
    pub family: String,
    /// The first and the last key in it.
    pub keys: [Vec<u8>; 2],
}

/// How many blob files, which hold the sealed bodies, the database lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobFiles {
    /// How many.
    pub files: u64,
    /// How many bytes all of them have.
    pub bytes: u64,
}

impl Store {
    /// The table files that the database lists.
    ///
    /// # Errors
    /// When it cannot list them.
    pub fn listed_files(&self) -> Result<Vec<ListedFile>, Error> {
        let files = self.db.live_files().map_err(unreadable("the list of files"))?;
        let listed = |file: rocksdb::LiveFile| ListedFile {
            name: file.name.trim_start_matches('/').to_owned(),
            bytes: file.size as u64,
            family: file.column_family_name,
            keys: [file.start_key.unwrap_or_default(), file.end_key.unwrap_or_default()],
        };
        Ok(files.into_iter().map(listed).collect())
    }

    /// The blob files that the database lists.
    ///
    /// # Errors
    /// When it cannot count them.
    pub fn listed_blob_files(&self) -> Result<BlobFiles, Error> {
        let count = |property: &str| {
            let bodies = self.family(Family::Bodies);
            let number = self.db.property_int_value_cf(bodies, property);
            number.map(Option::unwrap_or_default).map_err(unreadable("the list of blob files"))
        };
        Ok(BlobFiles {
            files: count("rocksdb.num-blob-files")?,
            bytes: count("rocksdb.live-blob-file-size")?,
        })
    }

    /// The directory of the database's files.
    pub fn rows_dir(&self) -> std::path::PathBuf {
        super::open::rows_dir(&self.path)
    }
}
