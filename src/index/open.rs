//! Opening the index, or making it anew: one path for both.
//!
//! Each commit says how far it reaches and which entry was the last: an index of
//! another log, or one that is ahead of the log, is not used. [`Place`] knows the
//! files and the key.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::Directory as _;
use tantivy::merge_policy::NoMergePolicy;
use tantivy::schema::Schema;
use tantivy::{IndexReader, IndexSettings, IndexWriter, ReloadPolicy};

use super::directory::{EncryptedDirectory, META_NAME};
use super::follower::Follower;
use super::place::{Place, found, is_there};
use super::schema::{self, WORDS};
use super::view::{Shared, View, library};
use super::{Error, IndexConfig, analysis};
use crate::causes;
use crate::log::Log;
use crate::seal::Keyring;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// How far a commit reaches. It is written in one with the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// Every entry below was read.
    pub(super) size: u64,
    /// The leaf hash of the last of them; zeros where there is none.
    pub(super) last: Hash,
}

/// The search library's part of an open index.
pub(super) struct Opened {
    pub(super) reader: IndexReader,
    pub(super) writer: IndexWriter,
    pub(super) position: Position,
    pub(super) directory: EncryptedDirectory,
}

/// Opens: see [`super::Index::open`].
pub(super) fn open(
    dir: &Path,
    log: Log,
    keyring: Arc<Keyring>,
    config: IndexConfig,
) -> Result<(Arc<Shared>, Follower), Error> {
    let place = Place::new(dir.to_owned(), Arc::clone(&keyring));
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
    let Some(found) = found(dir, keyring)? else { return Ok(None) };
    if !is_there(dir) {
        return Err(format!("the files in {} are gone", dir.display()));
    }
    let directory = found.open_files(dir, 0).map_err(|error| error.to_string())?;
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
        let (searcher, directory) = (self.reader.searcher(), self.directory.clone());
        View::new(searcher, TreeSize::new(self.position.size), directory, before)
    }

    /// The index as it is on disk.
    pub(super) fn reloaded(&self, before: &View) -> tantivy::Result<View> {
        self.reader.reload()?;
        self.view(Some(before))
    }

    /// Commits, with how far the log was read.
    pub(super) fn commit(&mut self, read: Position) -> tantivy::Result<()> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&read.to_payload());
        prepared.commit()?;
        self.position = read;
        Ok(())
    }

    /// Whether documents were deleted that are still in the files.
    pub(super) fn has_deletes(&self) -> tantivy::Result<bool> {
        let segments = self.writer.index().searchable_segment_metas()?;
        Ok(segments.iter().any(tantivy::SegmentMeta::has_deletes))
    }
}

/// Opens the files with the search library, or makes them.
pub(super) fn open_library(
    directory: EncryptedDirectory,
    schema: &Schema,
    config: &IndexConfig,
) -> tantivy::Result<Opened> {
    let settings =
        IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
    let builder = tantivy::Index::builder().schema(schema.clone()).settings(settings);
    let index = builder.open_or_create(directory.clone())?;
    index.tokenizers().register(WORDS, analysis::analyzer());
    let memory = config.writer_memory_bytes_max.clamp(WRITER_BYTES_MIN, WRITER_BYTES_MAX);
    // One thread: the daemon's other work needs the cores, and records are opened
    // on all of them.
    let writer = index.writer_with_num_threads(1, memory)?;
    // The follower merges, and knows what it is at.
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let payload = index.load_metas()?.payload;
    let position = payload.map_or(Ok(Position::START), |payload| Position::read(&payload))?;
    Ok(Opened { reader, writer, position, directory })
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
