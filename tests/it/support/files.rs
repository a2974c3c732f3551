//! Files and directories.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Copies a directory with all that is in it.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a directory, in order.
pub(crate) fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_under(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Writes a file and says where it is.
pub(crate) fn written(path: PathBuf, bytes: &[u8]) -> PathBuf {
    fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    path
}
