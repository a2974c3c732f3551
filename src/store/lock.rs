//! One process a directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::Error;

/// The lock on an archive directory; let go when dropped or when the process dies.
#[derive(Debug)]
pub(super) struct DirLock {
    _file: File,
}

impl DirLock {
    /// Takes the directory, writing down who holds it.
    ///
    /// The operating system's lock decides; the number in the file only serves
    /// the message that the second process prints.
    pub(super) fn take(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("lock");
        let io = |step: &str| {
            let step = format!("{step} {}", path.display());
            move |source| Error::Io { step, source }
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(io("read"))?;
                let pid = pid.trim().to_owned();
                return Err(Error::InUse { path: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock")(source)),
        }
        file.set_len(0).map_err(io("empty"))?;
        file.rewind().map_err(io("rewind"))?;
        writeln!(file, "{}", std::process::id()).map_err(io("write"))?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the directory now, as it wrote itself down; `None` where
/// nobody does.
pub fn holder(dir: &Path) -> Option<String> {
    let held = is_held(dir);
    held.then(|| std::fs::read_to_string(dir.join("lock")).unwrap_or_default().trim().to_owned())
}

/// Whether a process holds the directory now. One whose lock cannot be looked at,
/// as in a copy without it, is held by nobody.
pub(super) fn is_held(dir: &Path) -> bool {
    let lock = File::open(dir.join("lock"));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
