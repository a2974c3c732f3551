//! Where the index lies: its files, and which key they are under.
//!
//! The directory holds a file `format` and a directory `files`. The format file
//! names the version and the key, which it tells by its number and a keyed digest. It
//! is written last and removed first, so that what was left half-made or
//! half-removed is never taken for an index.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::schema::Schema;

use super::directory::EncryptedDirectory;
use super::key::{IndexKey, IndexKeys};
use super::open::{Opened, open_library};
use super::view::{View, library};
use super::{Error, IndexConfig};
use crate::aside::{self, Points, USUAL};
use crate::causes;
use crate::fault::Point;
use crate::log::Log;
use crate::seal::{self, Keyring};

/// Goes up when a document or the way texts are cut into words changes.
const INDEX_VERSION: u32 = 3;

const FORMAT: &str = "format";
const FILES: &str = "files";

/// Where the index is and what opens it.
pub(super) struct Place {
    dir: PathBuf,
    keyring: Arc<Keyring>,
}

/// What opens the index that there is.
pub(super) struct Found {
    key: IndexKey,
    /// The key before, where files may still be under it.
    before: Option<IndexKey>,
}

impl Found {
    /// The files, under whichever of the two keys each is.
    pub(super) fn open_files(
        &self,
        dir: &Path,
        cache_bytes_max: usize,
    ) -> io::Result<EncryptedDirectory> {
        let before = self.before.as_ref().map(|key| &*key.bytes);
        EncryptedDirectory::open(&dir.join(FILES), &self.key.bytes, before, cache_bytes_max)
    }
}

impl Place {
    pub(super) const fn new(dir: PathBuf, keyring: Arc<Keyring>) -> Self {
        Self { dir, keyring }
    }

    fn keys(&self) -> IndexKeys<'_> {
        IndexKeys(&self.keyring)
    }

    /// Opens the index, or makes it.
    pub(super) fn open_or_make(
        &self,
        schema: &Schema,
        log: &Log,
        config: &IndexConfig,
    ) -> Result<Opened, Error> {
        let why = match found(&self.dir, &self.keyring) {
            Ok(Some(found)) => match self.open_found(&found, schema, config) {
                Ok(opened) => match opened.position.is_of(log)? {
                    true => return self.settled(found, opened),
                    false => "it is of another log, or ahead of this one".to_owned(),
                },
                Err(error) => causes::told(&error),
            },
            Ok(None) => {
                tracing::info!(index.dir = %self.dir.display(), "index is made from the log");
                return self.make(schema, config);
            }
            Err(why) => why,
        };
        tracing::warn!(index.dir = %self.dir.display(), why, "index is made anew from the log");
        self.make(schema, config)
    }

    /// Makes the index anew because of damage.
    pub(super) fn remake(
        &self,
        schema: &Schema,
        config: &IndexConfig,
        why: &Error,
    ) -> Result<(Opened, View), Error> {
        let why = causes::told(why);
        tracing::warn!(index.dir = %self.dir.display(), why, "index is made anew from the log");
        let opened = self.make(schema, config)?;
        let view = opened.view(None).map_err(|error| library("open its segments", error))?;
        Ok((opened, view))
    }

    /// Removes what there is with all its keys, and makes an empty index.
    fn make(&self, schema: &Schema, config: &IndexConfig) -> Result<Opened, Error> {
        let (format, files) = (self.dir.join(FORMAT), self.dir.join(FILES));
        gone(fs::remove_file(&format)).map_err(failed("remove", &format))?;
        gone(fs::remove_dir_all(&files)).map_err(failed("remove", &files))?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&files);
        made.map_err(failed("make", &files))?;
        let key = self.keys().make().map_err(Error::Keys)?;
        let found = Found { key, before: None };
        let opened = self.open_found(&found, schema, config)?;
        self.write_format(&found.key)?;
        self.keys().keep_only(&found.key).map_err(Error::Keys)?;
        Ok(opened)
    }

    /// Finishes what replacing the key left undone.
    fn settled(&self, found: Found, opened: Opened) -> Result<Opened, Error> {
        if found.before.is_some() {
            let finished = opened.directory.finish_replacement();
            finished.map_err(|source| self.failed("put under another key", source))?;
            self.write_format(&found.key)?;
        }
        self.keys().keep_only(&found.key).map_err(Error::Keys)?;
        Ok(opened)
    }

    /// Puts the files under a new key and destroys the one before.
    ///
    /// Where an earlier attempt failed, it is finished first: what was written meanwhile
    /// is under its key, and may be what is to be erased now.
    pub(super) fn replace_key(&self, directory: &EncryptedDirectory) -> Result<(), Error> {
        let generations = self.keys().generations().map_err(Error::Keys)?;
        if let [_, .., newest] = *generations.into_iter().collect::<Vec<_>>() {
            let newest = self.keys().find(newest).map_err(Error::Keys)?;
            newest.map_or(Ok(()), |key| self.put_under(&key, directory))?;
        }
        let key = self.keys().make().map_err(Error::Keys)?;
        self.put_under(&key, directory)
    }

    fn put_under(&self, key: &IndexKey, directory: &EncryptedDirectory) -> Result<(), Error> {
        let replaced = directory.replace_key(&key.bytes);
        replaced.map_err(|source| self.failed("put under another key", source))?;
        self.write_format(key)?;
        self.keys().keep_only(key).map_err(Error::Keys)
    }

    /// Removes the files of segments, whoever still reads them.
    pub(super) fn remove_segments(
        &self,
        directory: &EncryptedDirectory,
        segments: &[String],
    ) -> Result<(), Error> {
        let removed = directory.remove_segments(segments);
        removed.map_err(|source| self.failed("remove files from", source))
    }

    /// What could not be done with the files.
    pub(super) fn failed(&self, step: &'static str, source: io::Error) -> Error {
        failed(step, &self.dir.join(FILES))(source)
    }

    fn write_format(&self, key: &IndexKey) -> Result<(), Error> {
        let format = self.dir.join(FORMAT);
        let points = Points::one(Point::IndexFormat);
        let written = aside::replace(&format, format_of(key).as_bytes(), USUAL, points);
        written.map_err(failed("write", &format))
    }

    fn open_found(
        &self,
        found: &Found,
        schema: &Schema,
        config: &IndexConfig,
    ) -> Result<Opened, Error> {
        let directory = found.open_files(&self.dir, config.cache_bytes_max);
        let directory = directory.map_err(|source| self.failed("open", source))?;
        open_library(directory, schema, config).map_err(|source| library("open its files", source))
    }
}

/// What opens the index; `None` where there is no index.
///
/// # Errors
/// Why this build and these keys cannot open it, in words.
pub(super) fn found(dir: &Path, keyring: &Keyring) -> Result<Option<Found>, String> {
    let keys = IndexKeys(keyring);
    let format = match fs::read_to_string(dir.join(FORMAT)) {
        Ok(format) => format,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match dir.join(FILES).exists() {
                true => Err("it was left half-made or half-removed".to_owned()),
                false => Ok(None),
            };
        }
        Err(error) => return Err(error.to_string()),
    };
    let told = |error: seal::Error| causes::told(&error);
    let generation = generation_of(&format).ok_or("it is of another version")?;
    let key = keys.find(generation).map_err(told)?;
    let key = key.ok_or_else(|| format!("the share of its key, index.{generation}, is gone"))?;
    if format_of(&key) != format {
        return Err("it is under another key".to_owned());
    }
    // A newer share is that of a key which was to take this one's place.
    let newest = keys.generations().map_err(told)?.last().copied();
    let newest = newest.filter(|newest| *newest > generation);
    let newer = newest.map(|newest| keys.find(newest)).transpose().map_err(told)?;
    Ok(Some(match newer.flatten() {
        Some(newer) => Found { key: newer, before: Some(key) },
        None => Found { key, before: None },
    }))
}

/// Whether there are files of an index.
pub(super) fn is_there(dir: &Path) -> bool {
    dir.join(FILES).is_dir()
}

/// The text of the format file.
fn format_of(key: &IndexKey) -> String {
    let (generation, check) = (key.generation, hex::encode(key.check()));
    format!("muniment index {INDEX_VERSION}\nkey {generation} {check}\n")
}

/// Which key a format file of this version names.
fn generation_of(format: &str) -> Option<u32> {
    let (version, key) = format.split_once('\n')?;
    let version = version.strip_prefix("muniment index ")?;
    let (generation, _) = key.strip_prefix("key ")?.split_once(' ')?;
    if version == INDEX_VERSION.to_string() { generation.parse().ok() } else { None }
}

fn failed(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { step, path, source }
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
