//! The key of the index, and its replacement by another.
//!
//! While it is replaced, files are under the new key or under the one before; both are
//! known, so that reading and writing go on. A crash in the middle leaves such a mixture:
//! it is opened with both keys, and the replacement is made again.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use tantivy::directory::Directory as _;

use super::EncryptedDirectory;
use super::cipher::{FileKey, Header, IndexKey};
use super::handle::read_header;
use crate::fault::{self, Point};

/// The keys under which files may be.
pub(super) struct Keys {
    /// The one for new files.
    pub(super) current: IndexKey,
    /// The one that is being replaced.
    pub(super) before: Option<IndexKey>,
}

impl Keys {
    /// The key of a file; `None` where it is under neither.
    pub(super) fn unwrap(&self, header: &Header, name: &str) -> Option<FileKey> {
        let under = |key: &IndexKey| header.unwrap(key, name);
        under(&self.current).or_else(|| under(self.before.as_ref()?))
    }
}

impl EncryptedDirectory {
    /// Puts every file under another key, and forgets the one before. When it returns,
    /// all of that is on disk.
    ///
    /// # Errors
    /// What the system refused: some files are under the new key then, the others under
    /// the one before, and both are known until this is called again with the same key.
    pub(crate) fn replace_key(&self, key: &[u8; 32]) -> io::Result<()> {
        {
            // A file that is being replaced has its header, but not yet its name.
            let _one = self.0.replacing.lock().unwrap_or_else(PoisonError::into_inner);
            let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
            let key = IndexKey::new(key);
            if keys.current != key {
                keys.before = Some(std::mem::replace(&mut keys.current, key));
            }
        }
        self.finish_replacement()
    }

    /// As [`EncryptedDirectory::replace_key`], where it was begun before.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn finish_replacement(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.0.path)? {
            if let Some(name) = entry?.file_name().to_str() {
                self.rewrap(name)?;
            }
        }
        self.sync_directory()?;
        self.0.keys.write().unwrap_or_else(PoisonError::into_inner).before = None;
        Ok(())
    }

    /// Puts one file under the current key. What is none of ours, or damaged, is left as
    /// it is: no key opens it.
    fn rewrap(&self, name: &str) -> io::Result<()> {
        let Some(file) = present(OpenOptions::new().read(true).write(true).open(self.at(name)))?
        else {
            return Ok(());
        };
        {
            // Nobody reads a header that is half-written.
            let keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
            let header = match read_header(&file) {
                Ok(Some(header)) => header,
                Ok(None) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
            };
            // A temporary file is sealed under the name that it will have.
            let name = final_name(name);
            let before = keys.before.as_ref().and_then(|key| header.unwrap(key, name));
            let Some(file_key) = before else { return Ok(()) };
            let header = Header::wrap(&file_key, &keys.current, name)?;
            file.write_all_at(&header.to_bytes(), 0)?;
        }
        fault::at(Point::IndexFile, || file.sync_data())
    }

    /// Removes the files of segments from the disk, whoever still reads them.
    ///
    /// # Errors
    /// What the system refused.
    pub(crate) fn remove_segments(&self, segments: &[String]) -> io::Result<()> {
        for entry in fs::read_dir(&self.0.path)? {
            let name = entry?.file_name();
            let is_of = |segment: &String| {
                name.to_str().and_then(|name| name.strip_prefix(segment.as_str())).is_some()
            };
            if segments.iter().any(is_of) {
                present(fs::remove_file(self.0.path.join(&name)))?;
            }
        }
        self.sync_directory()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path.join(Path::new(name))
    }
}

/// The name under which a file is read.
fn final_name(name: &str) -> &str {
    name.strip_prefix('.').and_then(|name| name.strip_suffix(".new")).unwrap_or(name)
}

/// `None` for what is gone meanwhile.
fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(present) => Ok(Some(present)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
