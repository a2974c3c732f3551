//! A directory for the search library in which every file is encrypted.
//!
//! What is guaranteed: nothing of a file's content reaches the disk unencrypted,
//! not in temporary files either, and a byte changed, a file cut short, chunks in
//! another order and files under each other's names are found when they are read.
//! `docs/FORMAT.md` has the bytes; [`cipher`] has the reasons.
//!
//! The key can be replaced while the directory is used ([`keys`]): what was copied before
//! opens with the old key alone.
//!
//! What is not: names and sizes of files are to be seen (the library's names are
//! random ids), and an older state of the *whole* directory, put back, is taken for
//! what it is, an index that trails the log, as long as the key is the same. The index is
//! a function of the log: where a file is damaged, the directory is deleted and made anew.

mod cache;
mod cipher;
mod handle;
mod keys;
mod writer;

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, TerminatingWrite as _, WatchCallback,
    WatchCallbackList, WatchHandle, WritePtr,
};

use cache::Cache;
use cipher::IndexKey;
use handle::Handle;
use keys::Keys;
use writer::SealingWriter;

use crate::fault::{self, Point};

/// The file whose change is a commit: it is what watchers wait for.
pub(super) const META_NAME: &str = "meta.json";

/// The most bytes of a file that is read at once and whole.
const ATOMIC_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A directory of encrypted files. Cheap to clone.
#[derive(Clone)]
pub(crate) struct EncryptedDirectory(Arc<Shared>);

struct Shared {
    path: PathBuf,
    keys: RwLock<Keys>,
    cache: Arc<Cache>,
    watchers: WatchCallbackList,
    /// One atomic write at a time: they share the name of the temporary file.
    replacing: Mutex<()>,
}

/// A file of the index that is not what was written under its name and key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the index file {} {fault}: delete the index directory; it is made anew from the log", path.display())]
pub(crate) struct Damaged {
    /// Which file.
    pub(crate) path: PathBuf,
    /// What is wrong with it.
    pub(crate) fault: Fault,
}

/// What is wrong with a damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The header is missing or another program's.
    #[error("is not one of this program, or its beginning is lost")]
    Header,
    /// No sequence of whole chunks has this length.
    #[error("is cut short")]
    Length,
    /// A chunk does not open: altered, moved, cut off before its end, under
    /// another name, or sealed with another key.
    #[error("was altered, cut short, renamed or written with another key")]
    Altered,
    /// Larger than any file of its kind.
    #[error("is larger than it can be")]
    TooLarge,
}

impl Damaged {
    fn at(path: &Path, fault: Fault) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self { path: path.to_owned(), fault })
    }
}

impl EncryptedDirectory {
    /// The directory at `path`, made where it is missing; `before` is the key that `key`
    /// is taking the place of, where it is: files may be under either. At most
    /// `cache_bytes_max` of decrypted content stay in memory beside what the
    /// readers themselves hold.
    ///
    /// # Errors
    /// What the system refused. A wrong key shows when the first file is read.
    pub(crate) fn open(
        path: &Path,
        key: &[u8; 32],
        before: Option<&[u8; 32]>,
        cache_bytes_max: usize,
    ) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let keys = Keys { current: IndexKey::new(key), before: before.map(IndexKey::new) };
        Ok(Self(Arc::new(Shared {
            path: path.to_owned(),
            keys: RwLock::new(keys),
            cache: Arc::new(Cache::new(cache_bytes_max)),
            watchers: WatchCallbackList::default(),
            replacing: Mutex::new(()),
        })))
    }

    fn handle(&self, file: &Path) -> Result<Handle, OpenReadError> {
        let open = |name| {
            let path = self.0.path.join(name);
            let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
            Handle::open(&path, name, &keys, Arc::clone(&self.0.cache))
        };
        name_of(file).and_then(open).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return OpenReadError::FileDoesNotExist(file.to_owned());
            }
            OpenReadError::wrap_io_error(error, file.to_owned())
        })
    }

    /// Seals what is written into a new file at `at`, under the name `name`.
    fn writer(&self, at: &Path, name: &str, options: &OpenOptions) -> io::Result<SealingWriter> {
        // Held until the header stands: a file is under a key that is known.
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let file = options.clone().write(true).mode(0o600).open(at)?;
        SealingWriter::begin(file, name, &keys.current)
    }

    fn replace(&self, file: &Path, data: &[u8]) -> io::Result<()> {
        let name = name_of(file)?;
        let _one = self.0.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = self.0.path.join(format!(".{name}.new"));
        let mut writer =
            self.writer(&temporary, name, OpenOptions::new().create(true).truncate(true))?;
        writer.write_all(data)?;
        writer.terminate()?;
        fault::at(Point::IndexReplace, || fs::rename(&temporary, self.0.path.join(name)))?;
        self.sync_directory()
    }
}

impl fmt::Debug for EncryptedDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EncryptedDirectory").field(&self.0.path).finish()
    }
}

impl Directory for EncryptedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(self.handle(path)?))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let removed = name_of(path).and_then(|name| fs::remove_file(self.0.path.join(name)));
        removed.map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return DeleteError::FileDoesNotExist(path.to_owned());
            }
            DeleteError::IoError { io_error: Arc::new(error), filepath: path.to_owned() }
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        name_of(path)
            .and_then(|name| self.0.path.join(name).try_exists())
            .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let writer = name_of(path).and_then(|name| {
            self.writer(&self.0.path.join(name), name, OpenOptions::new().create_new(true))
        });
        match writer {
            Ok(writer) => Ok(BufWriter::new(Box::new(writer))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(OpenWriteError::FileAlreadyExists(path.to_owned()))
            }
            Err(error) => Err(OpenWriteError::wrap_io_error(error, path.to_owned())),
        }
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let handle = self.handle(path)?;
        handle
            .read_whole(ATOMIC_BYTES_MAX)
            .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.replace(path, data)?;
        if path == Path::new(META_NAME) {
            // The callbacks run on a thread of their own; nobody waits for them.
            drop(self.0.watchers.broadcast());
        }
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        fault::at(Point::IndexFolder, || File::open(&self.0.path)?.sync_all())
    }

    /// Locks an empty file. The system lets go of it when the process ends,
    /// however it ends, so that no lock outlives a crash.
    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        let file = name_of(&lock.filepath)
            .and_then(|name| {
                let mut options = OpenOptions::new();
                options.create(true).truncate(false).write(true).mode(0o600);
                options.open(self.0.path.join(name))
            })
            .map_err(LockError::wrap_io_error)?;
        if lock.is_blocking {
            file.lock().map_err(LockError::wrap_io_error)?;
        } else {
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => LockError::LockBusy,
                TryLockError::Error(error) => LockError::wrap_io_error(error),
            })?;
        }
        Ok(DirectoryLock::from(Box::new(file)))
    }

    fn watch(&self, watch_callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(self.0.watchers.subscribe(watch_callback))
    }
}

/// The name of a file directly in the directory: nothing leads out of it.
fn name_of(path: &Path) -> io::Result<&str> {
    let mut components = path.components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(name)), None) => name.to_str(),
        _ => None,
    }
    .ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "a file of the index has a plain name")
    })
}

#[cfg(test)]
mod tests;
