//! The database's files, and what is done to them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::support::{House, files_under};

/// A line says what is wrong, and the next what to do.
pub(crate) fn check_told(name: &str, said: &str, words: &str) {
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("WRONG") && line.contains(words));
    let at = at.unwrap_or_else(|| panic!("{name}: the doctor does not say {words:?}:\n{said}"));
    assert!(lines[at + 1].starts_with("       do: "), "{name}: {said}");
}

pub(crate) fn rows(house: &House) -> PathBuf {
    house.data().join("rows")
}

pub(crate) fn largest(house: &House, kind: &str) -> PathBuf {
    let files = files_under(&rows(house)).into_iter();
    let of_kind = files.filter(|path| path.extension().is_some_and(|end| end == kind));
    of_kind.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
}

/// The write-ahead log that holds something.
pub(crate) fn wal(house: &House) -> PathBuf {
    largest(house, "log")
}

pub(crate) fn manifest(house: &House) -> PathBuf {
    let current = fs::read_to_string(rows(house).join("CURRENT")).unwrap();
    rows(house).join(current.trim_end())
}

pub(crate) fn cut(path: &Path, to: impl Fn(u64) -> u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(to(file.metadata().unwrap().len())).unwrap();
}

/// The database's files with their sizes, without those that it writes about itself.
pub(crate) fn evidence(house: &House) -> Vec<(PathBuf, u64)> {
    let files = if rows(house).is_dir() { files_under(&rows(house)) } else { vec![] };
    let is_about = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        ["LOG", "LOCK", "OPTIONS", "IDENTITY"].iter().any(|about| name.starts_with(about))
    };
    let kept = files.into_iter().filter(|path| !is_about(path));
    kept.map(|path| (path.clone(), fs::metadata(path).unwrap().len())).collect()
}

/// Tables and bodies among them: what a database that opens in vain may rewrite is not.
pub(crate) fn tables(house: &House) -> Vec<(PathBuf, u64)> {
    let mut kept = evidence(house);
    kept.retain(|(path, _)| path.extension().is_some_and(|end| end == "sst" || end == "blob"));
    kept
}
