//! What lies where in a witness' directory, and writing there so that it lasts.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::Error;
use crate::fault::{self, Point};
use crate::tlog::Hash;
use crate::tlog::hash::{BadHash, sha256};

/// A witness' directory.
///
/// `witness.key` and `witness.vkey`; `logs/`, whose keys are trusted; `seen/`, what
/// was cosigned last; `forks/`, evidence. Each log has its files under the SHA-256
/// of its origin in hexadecimal.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

/// A log, by the SHA-256 of its origin: 64 hexadecimal digits in names and addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LogId(Hash);

/// The lock on a directory; let go when dropped or when the process dies.
#[derive(Debug)]
pub(super) struct OneProcess {
    _file: File,
}

impl Directory {
    /// The directory at a path, there or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The path itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The witness' secret key.
    pub fn key_file(&self) -> PathBuf {
        self.0.join("witness.key")
    }

    /// The key that its cosignatures verify with.
    pub fn vkey_file(&self) -> PathBuf {
        self.0.join("witness.vkey")
    }

    /// How it listens.
    pub fn config_file(&self) -> PathBuf {
        self.0.join("witness.toml")
    }

    /// Makes the folders inside.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn make_folders(&self) -> Result<(), Error> {
        for folder in [self.logs(), self.seen(), self.forks()] {
            fs::create_dir(&folder).map_err(io("create", &folder))?;
        }
        sync_folder(&self.0)
    }

    /// Makes sure that a witness is here.
    pub(super) fn check(&self) -> Result<(), Error> {
        if [self.logs(), self.seen(), self.forks()].iter().all(|folder| folder.is_dir()) {
            return Ok(());
        }
        Err(Error::Missing(self.0.clone()))
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    pub(super) fn keys_file(&self, id: LogId) -> PathBuf {
        self.logs().join(format!("{id}.keys"))
    }

    pub(super) fn seen(&self) -> PathBuf {
        self.0.join("seen")
    }

    pub(super) fn seen_file(&self, id: LogId) -> PathBuf {
        self.seen().join(format!("{id}.checkpoint"))
    }

    pub(super) fn forks_of(&self, id: LogId) -> PathBuf {
        self.forks().join(id.to_string())
    }

    fn forks(&self) -> PathBuf {
        self.0.join("forks")
    }
}

impl LogId {
    pub(super) fn of(origin: &str) -> Self {
        Self(sha256(origin.as_bytes()))
    }
}

impl std::fmt::Display for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LogId {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        text.parse().map(Self)
    }
}

impl OneProcess {
    /// Takes the directory; the number in the file only serves the message.
    pub(super) fn take(dir: &Directory) -> Result<Self, Error> {
        let path = dir.0.join("lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(io("read", &path))?;
                return Err(Error::InUse { path: dir.0.clone(), pid: pid.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock", &path)(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io("write", &path))?;
        Ok(Self { _file: file })
    }
}

/// Replaces a file so that after a loss of power it holds the old bytes or the new
/// ones; when this returns `Ok`, the new ones.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = path.with_extension("new");
    write_synced(&new, bytes)?;
    fault::at(Point::WitnessState, || fs::rename(&new, path)).map_err(io("put in place", path))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Writes a file's bytes through to the disk.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    File::create(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            fault::at(Point::WitnessState, || file.sync_all())
        })
        .map_err(io("write", path))
}

/// Makes what is named in a folder last.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fault::at(Point::WitnessState, || File::open(folder)?.sync_all()).map_err(io("sync", folder))
}

/// Reads a text of at most so many bytes; `None` where there is no such file.
pub(super) fn read_text(path: &Path, bytes_max: usize) -> Result<Option<String>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io("open", path)(source)),
    };
    let mut text = vec![];
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    file.take(limit.saturating_add(1)).read_to_end(&mut text).map_err(io("read", path))?;
    let damaged = |why: &str| Error::Damaged { path: path.to_owned(), why: why.to_owned() };
    if text.len() > bytes_max {
        return Err(damaged("it is too long"));
    }
    String::from_utf8(text).map(Some).map_err(|_| damaged("it is not text"))
}

/// The names in a folder; none where there is no such folder.
pub(super) fn names_in(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(source) => return Err(io("list", folder)(source)),
    };
    let mut names = vec![];
    for entry in entries {
        let name = entry.map_err(io("list", folder))?.file_name();
        names.extend(name.into_string());
    }
    names.sort();
    Ok(names)
}

pub(super) fn io(verb: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let step = format!("{verb} {}", path.display());
    move |source| Error::Io { step, source }
}
