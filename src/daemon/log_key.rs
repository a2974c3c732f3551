//! The file of the log's key, and its replacement by the next one.
//!
//! The next key lies beside it until the log has taken the hand-over in; then it
//! takes its place. A rotation that was cut off anywhere is finished by the next
//! start: the log itself says which of the two is in office.

use std::path::Path;

use anyhow::Context as _;

use crate::aside::{self, Points, USUAL};
use crate::config::{ArchiveConfig, check_private, read_secret};
use crate::fault::{self, Point};
use crate::store::Store;
use crate::tlog::note::{SigningKey, VerifierKey};

/// Reads the key that signs the log, after finishing what a rotation left undone.
pub(crate) fn load(archive: &ArchiveConfig, store: &Store) -> anyhow::Result<SigningKey> {
    if let Some(next) = finish(archive, store)? {
        return Ok(next);
    }
    let key = read(&archive.log_key_file())?;
    if store.keys()?.is_some_and(|keys| keys.newest() == key.verifier()) {
        tell_public(archive, key.verifier())?;
    }
    check_origin(archive, &key)?;
    Ok(key)
}

/// Finishes a rotation that the log has taken in and that was cut off then; the key
/// that took over, where there was one to finish.
pub(crate) fn finish(archive: &ArchiveConfig, store: &Store) -> anyhow::Result<Option<SigningKey>> {
    let Some(next) = next(archive)? else { return Ok(None) };
    if store.keys()?.is_none_or(|keys| keys.newest() != next.verifier()) {
        return Ok(None);
    }
    promote(archive, next.verifier())?;
    Ok(Some(next))
}

/// The key that a rotation has made and that is not in office yet, where there is one.
pub(crate) fn next(archive: &ArchiveConfig) -> anyhow::Result<Option<SigningKey>> {
    let path = archive.next_log_key_file();
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    read(&path).map(Some)
}

/// Puts the next key in the place of the one that handed over, which is gone then:
/// it can sign nothing any more that would be believed.
pub(crate) fn promote(archive: &ArchiveConfig, verifier: &VerifierKey) -> anyhow::Result<()> {
    let (next, key) = (archive.next_log_key_file(), archive.log_key_file());
    fault::at(Point::KeyFiles, || std::fs::rename(&next, &key))
        .and_then(|()| aside::sync_folder_of(&key, Point::KeyFiles))
        .with_context(|| format!("could not put {} in its place", next.display()))?;
    tell_public(archive, verifier)
}

/// Replaces the file of the public key where it names another.
fn tell_public(archive: &ArchiveConfig, verifier: &VerifierKey) -> anyhow::Result<()> {
    let (path, line) = (archive.log_vkey_file(), format!("{verifier}\n"));
    if std::fs::read_to_string(&path).is_ok_and(|found| found == line) {
        return Ok(());
    }
    aside::replace(&path, line.as_bytes(), USUAL, Points::one(Point::KeyFiles))
        .with_context(|| format!("could not write {}", path.display()))
}

fn read(path: &Path) -> anyhow::Result<SigningKey> {
    check_private(path).context("a key of the archive cannot be used")?;
    let text = read_secret(path)?;
    text.parse().with_context(|| format!("{} is no key of a log", path.display()))
}

fn check_origin(archive: &ArchiveConfig, key: &SigningKey) -> anyhow::Result<()> {
    let found = key.verifier().name().as_str();
    anyhow::ensure!(
        found == archive.origin,
        "archive.origin is {:?}, but the key in {} signs for {found:?}: an archive keeps its \
         origin for life, so put the old one back",
        archive.origin,
        archive.log_key_file().display(),
    );
    Ok(())
}
