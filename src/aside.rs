//! Puts a file in the place of another: written aside, synced, renamed, its folder synced.
//!
//! After a loss of power the name holds the old bytes or the new ones; when [`replace`] has
//! returned `Ok`, the new ones. What is in a file, and how a failure is told, is for whoever
//! asks. Steps that are more than these (a file that comes in pieces, folders that are
//! synced later) are made where they are needed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::fault::{self, Point};

/// How the name of a file ends that is written aside.
pub(crate) const ENDING: &str = ".new";

/// The permissions of a file that only its owner may read.
pub(crate) const PRIVATE: u32 = 0o600;
/// Those of a file that may be read by whom the user's umask lets.
pub(crate) const USUAL: u32 = 0o666;

/// The points of the three durable steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Points {
    /// Writing aside.
    pub(crate) write: Point,
    /// Putting in place.
    pub(crate) rename: Point,
    /// Making the name last.
    pub(crate) folder: Point,
}

impl Points {
    /// One point for all three.
    pub(crate) const fn one(point: Point) -> Self {
        Self { write: point, rename: point, folder: point }
    }
}

/// Makes a file, or replaces the one that is there.
///
/// # Errors
/// Those of the step that failed; the old file is whole then, or the new one is.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32, points: Points) -> io::Result<()> {
    let aside = aside(path);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(mode).open(&aside)?;
    file.write_all(bytes)?;
    fault::at(points.write, || file.sync_all())?;
    fault::at(points.rename, || fs::rename(&aside, path))?;
    sync_folder_of(path, points.folder)
}

/// Makes last that a file has its name, or has none any more.
///
/// # Errors
/// Where the folder cannot be opened or synced.
pub(crate) fn sync_folder_of(path: &Path, point: Point) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")))?;
    fault::at(point, || folder.sync_all())
}

fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ENDING);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_made_and_replaced_with_nothing_left_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept.toml");
        let points = Points::one(Point::NewFile);
        // What an earlier try left behind is longer than what is written.
        File::create(dir.path().join("kept.toml.new")).unwrap().write_all(b"left over").unwrap();
        for bytes in [&b"first"[..], b"2nd"] {
            replace(&path, bytes, PRIVATE, points).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["kept.toml"]);
        let private = dir.path().join("private");
        replace(&private, b"", PRIVATE, points).unwrap();
        assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert!(replace(&dir.path().join("none").join("file"), b"", USUAL, points).is_err());
    }
}
