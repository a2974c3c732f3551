//! Opening the index, or making it anew: one path for both.
//!
//! The directory holds a file `format` and a directory `files`. The format file
//! names the version and tells by a keyed digest for which key it was made. It
//! is written last and removed first, so that what was left half-made or
//! half-removed is never taken for an index. Each commit says how far it reaches
//! and which entry was the last: an index of another log, or one that is ahead of
//! the log, is not used.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::hmac;
use serde::{Deserialize, Serialize};
use tantivy::directory::Directory as _;
use tantivy::schema::Schema;
use tantivy::{IndexReader, IndexSettings, IndexWriter, ReloadPolicy};
use zeroize::Zeroizing;

use super::directory::{EncryptedDirectory, META_NAME};
use super::follower::Follower;
use super::schema::{self, WORDS};
use super::view::{Shared, View, library};
use super::{Error, IndexConfig, analysis};
use crate::causes;
use crate::fault::{self, Point};
use crate::log::Log;
use crate::seal::{Keyring, Purpose};
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// Goes up when a document or the way texts are cut into words changes.
const INDEX_VERSION: u32 = 1;

const FORMAT: &str = "format";
const FILES: &str = "files";

/// How far a commit reaches. It is written in one with the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// Every entry below was read.
    pub(super) size: u64,
    /// The leaf hash of the last of them; zeros where there is none.
    pub(super) last: Hash,
}

/// Where the index is and what opens it.
pub(super) struct Place {
    dir: PathBuf,
    key: Zeroizing<[u8; 32]>,
}

/// The search library's part of an open index.
pub(super) struct Opened {
    pub(super) reader: IndexReader,
    pub(super) writer: IndexWriter,
    pub(super) position: Position,
}

/// Opens: see [`super::Index::open`].
pub(super) fn open(
    dir: &Path,
    log: Log,
    keyring: Arc<Keyring>,
    config: IndexConfig,
) -> Result<(Arc<Shared>, Follower), Error> {
    let key = keyring.derive(Purpose::Index).map_err(Error::Keys)?;
    let place = Place { dir: dir.to_owned(), key };
    let (schema, fields) = schema::schema();
    let opened = place.open_or_make(&schema, &log, &config)?;
    let view = opened.view(None).map_err(|error| library("open its segments", error));
    let (opened, view) = match view {
        Ok(view) => (opened, view),
        Err(error) => {
            drop(opened);
            place.remake(&schema, &config, &error)?
        }
    };
    let shared = Arc::new(Shared::new(log, fields, config, view));
    let follower = Follower::new(Arc::clone(&shared), keyring, place, opened)?;
    Ok((shared, follower))
}

/// How far the index in a directory reaches, as its last commit says; `None` where
/// there is none. Nothing is written, and nothing is searched.
///
/// # Errors
/// Why it would be made anew, in words.
pub fn reaches(dir: &Path, keyring: &Keyring) -> Result<Option<TreeSize>, String> {
    let key = keyring.derive(Purpose::Index).map_err(|error| causes::told(&error))?;
    let place = Place { dir: dir.to_owned(), key };
    if !place.fits()? {
        return Ok(None);
    }
    let files = dir.join(FILES);
    if !files.is_dir() {
        return Err(format!("{} is gone", files.display()));
    }
    let directory = EncryptedDirectory::open(&files, &place.key, 0);
    let directory = directory.map_err(|error| error.to_string())?;
    let list = directory.atomic_read(Path::new(META_NAME)).map_err(|error| causes::told(&error))?;
    let list: Listed = serde_json::from_slice(&list).map_err(|error| error.to_string())?;
    let position = list.payload.map_or(Ok(Position::START), |payload| Position::read(&payload));
    position.map(|position| Some(TreeSize::new(position.size))).map_err(|error| error.to_string())
}

/// Of the search library's list of segments: what was committed with it.
#[derive(Deserialize)]
struct Listed {
    payload: Option<String>,
}

impl Opened {
    /// The index as of the last commit.
    pub(super) fn view(&self, before: Option<&View>) -> tantivy::Result<View> {
        View::new(self.reader.searcher(), TreeSize::new(self.position.size), before)
    }
}

impl Place {
    fn open_or_make(
        &self,
        schema: &Schema,
        log: &Log,
        config: &IndexConfig,
    ) -> Result<Opened, Error> {
        let why = match self.fits() {
            Ok(true) => match self.open_files(schema, config) {
                Ok(opened) => match opened.position.is_of(log)? {
                    true => return Ok(opened),
                    false => "it is of another log, or ahead of this one".to_owned(),
                },
                Err(error) => causes::told(&error),
            },
            Ok(false) => {
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

    /// Removes what there is, and makes an empty index.
    fn make(&self, schema: &Schema, config: &IndexConfig) -> Result<Opened, Error> {
        let failed = |step, path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { step, path, source }
        };
        let (format, files) = (self.dir.join(FORMAT), self.dir.join(FILES));
        gone(fs::remove_file(&format)).map_err(failed("remove", &format))?;
        gone(fs::remove_dir_all(&files)).map_err(failed("remove", &files))?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&files);
        made.map_err(failed("make", &files))?;
        let opened = self.open_files(schema, config)?;
        write_durably(&self.dir, &format, &self.format()).map_err(failed("write", &format))?;
        Ok(opened)
    }

    /// Whether there is an index; why this build and key cannot open it, where not.
    fn fits(&self) -> Result<bool, String> {
        match fs::read_to_string(self.dir.join(FORMAT)) {
            Ok(found) if found == self.format() => Ok(true),
            Ok(_) => Err("it is of another version or another key".to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match self.dir.join(FILES).exists() {
                    true => Err("it was left half-made or half-removed".to_owned()),
                    false => Ok(false),
                }
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn format(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.as_ref());
        let check = hmac::sign(&key, b"muniment/index/format");
        let check = check.as_ref().first_chunk::<8>().expect("an HMAC-SHA256 tag has 32 bytes");
        format!("muniment index {INDEX_VERSION}\nkey {}\n", hex::encode(check))
    }

    fn open_files(&self, schema: &Schema, config: &IndexConfig) -> Result<Opened, Error> {
        let files = self.dir.join(FILES);
        let directory = EncryptedDirectory::open(&files, &self.key, config.cache_bytes_max)
            .map_err(|source| Error::Io { step: "open", path: files, source })?;
        open_library(directory, schema, config).map_err(|source| library("open its files", source))
    }
}

fn open_library(
    directory: EncryptedDirectory,
    schema: &Schema,
    config: &IndexConfig,
) -> tantivy::Result<Opened> {
    let settings =
        IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
    let builder = tantivy::Index::builder().schema(schema.clone()).settings(settings);
    let index = builder.open_or_create(directory)?;
    index.tokenizers().register(WORDS, analysis::analyzer());
    let memory = config.writer_memory_bytes_max.clamp(WRITER_BYTES_MIN, WRITER_BYTES_MAX);
    // One thread: the daemon's other work needs the cores, and records are opened
    // on all of them.
    let writer = index.writer_with_num_threads(1, memory)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let payload = index.load_metas()?.payload;
    let position = payload.map_or(Ok(Position::START), |payload| Position::read(&payload))?;
    Ok(Opened { reader, writer, position })
}

/// Bounds that the search library sets.
const WRITER_BYTES_MIN: usize = 15_000_000;
const WRITER_BYTES_MAX: usize = 4_000_000_000;

impl Position {
    /// Nothing was read yet.
    pub(super) const START: Self = Self { size: 0, last: Hash::from_bytes([0; 32]) };

    /// As it stands in a commit.
    pub(super) fn to_payload(self) -> String {
        serde_json::to_string(&self).expect("two plain fields are always JSON")
    }

    fn read(payload: &str) -> tantivy::Result<Self> {
        serde_json::from_str(payload).map_err(|_| {
            let what = "the commit does not say how far it reaches".to_owned();
            tantivy::TantivyError::InternalError(what)
        })
    }

    /// Whether the log holds what was read, at the place where it was read.
    pub(super) fn is_of(self, log: &Log) -> Result<bool, Error> {
        let Some(last) = self.size.checked_sub(1).map(LeafIndex::new) else { return Ok(true) };
        if self.size > log.size().get() {
            return Ok(false);
        }
        let leaf = log.store().leaf(last);
        let leaf = leaf.map_err(|error| Error::Log(crate::log::Error::Store(error)))?;
        Ok(leaf.is_some_and(|leaf| leaf_hash(&leaf) == self.last))
    }
}

/// What is not there need not be removed.
fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn write_durably(dir: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    fault::at(Point::IndexFormat, || file.sync_all())?;
    fault::at(Point::IndexFormat, || fs::rename(&draft, path))?;
    fault::at(Point::IndexFormat, || File::open(dir)?.sync_all())
}
