//! The directory that an export goes into: each file whole or not there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::ExportError;
use crate::fault::{self, Point};
use crate::tlog::TreeSize;
use crate::tlog::checkpoint::{Checkpoint, OpenError};
use crate::tlog::note::{NOTE_BYTES_MAX, Note};
use crate::tlog::tile::{self, TILE_BYTES, Width};

const CHECKPOINT: &str = "checkpoint";
const TILES: &str = "tile";
/// What a file is called until it is whole.
const NEW: &str = "new";

/// A directory, held against other exports.
pub(super) struct Folder {
    path: PathBuf,
    /// Locked until it is dropped.
    lock: File,
    /// Directories with new files in them.
    touched: BTreeSet<PathBuf>,
    files: u64,
    bytes: u64,
}

impl Folder {
    /// Makes the directory where it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        fs::create_dir_all(path).map_err(io("create", path))?;
        let lock = File::open(path).map_err(io("open", path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(ExportError::Busy(path.to_owned())),
            Err(fs::TryLockError::Error(source)) => return Err(io("lock", path)(source)),
        }
        let touched = BTreeSet::new();
        Ok(Self { path: path.to_owned(), lock, touched, files: 0, bytes: 0 })
    }

    /// The checkpoint of the export that is there; `None` where there is nothing, or
    /// what an interrupted first export left.
    pub(super) fn checkpoint(&self) -> Result<Option<Checkpoint>, ExportError> {
        let path = self.path.join(CHECKPOINT);
        let Some(note) = read(&path, NOTE_BYTES_MAX)? else {
            return self.check_unoccupied().map(|()| None);
        };
        let note = String::from_utf8_lossy(&note);
        let note = Note::parse(&note).map_err(OpenError::Note);
        let stated = note.and_then(|note| note.text().parse().map_err(OpenError::Text));
        stated.map(Some).map_err(|source| ExportError::Foreign { path, source })
    }

    fn check_unoccupied(&self) -> Result<(), ExportError> {
        let checkpoint = new(&self.path.join(CHECKPOINT));
        for file in fs::read_dir(&self.path).map_err(io("list", &self.path))? {
            let file = file.map_err(io("list", &self.path))?;
            if file.file_name() != TILES && file.path() != checkpoint {
                return Err(ExportError::Occupied(self.path.clone()));
            }
        }
        Ok(())
    }

    /// Whether every full tile and bundle of a tree is there.
    pub(super) fn has_full_tiles_of(&self, size: TreeSize) -> bool {
        tile::Path::all(size).all(|path| {
            let file = || fs::metadata(self.path.join(path.to_string()));
            match path {
                tile::Path::Tile { width: Width::Full, .. } => {
                    file().is_ok_and(|file| file.is_file() && file.len() == TILE_BYTES as u64)
                }
                tile::Path::Entries { width: Width::Full, .. } => {
                    file().is_ok_and(|file| file.is_file())
                }
                tile::Path::Tile { width: Width::Partial(_), .. }
                | tile::Path::Entries { width: Width::Partial(_), .. } => true,
            }
        })
    }

    /// Writes a tile or a bundle that was not there; one that is must be the same.
    pub(super) fn put(&mut self, path: tile::Path, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.path.join(path.to_string());
        if let Some(there) = read(&path, bytes.len())? {
            return if there == bytes { Ok(()) } else { Err(ExportError::Differs(path)) };
        }
        self.write(&path, bytes)?;
        self.files += 1;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Puts the checkpoint over what is on disk by then; gives how many files were
    /// written before it, and their bytes.
    pub(super) fn finish(mut self, note: &str) -> Result<(u64, u64), ExportError> {
        self.sync()?;
        let path = self.path.join(CHECKPOINT);
        if read(&path, NOTE_BYTES_MAX)?.is_none_or(|there| there != note.as_bytes()) {
            self.write(&path, note.as_bytes())?;
            self.sync()?;
        }
        Ok((self.files, self.bytes))
    }

    /// A file that is there is whole, also after a loss of power.
    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
        let folder = path.parent().unwrap_or(&self.path);
        if self.touched.insert(folder.to_owned()) {
            fs::create_dir_all(folder).map_err(io("create", folder))?;
        }
        let new = new(path);
        let mut file = File::create(&new).map_err(io("create", &new))?;
        let written = file.write_all(bytes);
        written
            .and_then(|()| fault::at(Point::ExportFile, || file.sync_all()))
            .map_err(io("write", &new))?;
        fault::at(Point::ExportFile, || fs::rename(&new, path)).map_err(io("name", path))
    }

    /// Syncs the directories with new files, and those that these are new in.
    fn sync(&mut self) -> Result<(), ExportError> {
        let mut folders = BTreeSet::new();
        for folder in std::mem::take(&mut self.touched) {
            let within = folder.ancestors().take_while(|above| above.starts_with(&self.path));
            folders.extend(within.map(Path::to_owned));
        }
        for folder in folders {
            let synced = fault::at(Point::ExportFile, || File::open(&folder)?.sync_all());
            synced.map_err(io("sync", &folder))?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("path", &self.path).field("lock", &self.lock).finish()
    }
}

/// Reads a file, at most one byte more than it may have; `None` where there is none.
fn read(path: &Path, bytes_max: usize) -> Result<Option<Vec<u8>>, ExportError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io("read", path)(source)),
    };
    let mut bytes = Vec::new();
    let read = file.take(bytes_max as u64 + 1).read_to_end(&mut bytes);
    read.map_err(io("read", path))?;
    Ok(Some(bytes))
}

fn new(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(NEW);
    name.into()
}

fn io(step: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ExportError + use<> {
    let path = path.to_owned();
    move |source| ExportError::Io { step, path, source }
}
