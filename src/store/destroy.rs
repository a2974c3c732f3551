//! Making deleted rows be gone: from the rows, and then from the bytes of the files.
//!
//! A database deletes by writing that a row is deleted; the row itself stays in its file
//! until that is written anew. [`Store::compact_destroyed`] has that done, for those
//! files that may hold such rows.

use std::sync::{MutexGuard, PoisonError};

use rocksdb::{BottommostLevelCompaction, CompactOptions};

use super::read::unreadable;
use super::rows::{self, Family};
use super::{Commit, Error, Store};
use crate::fault::{self, Point};
use crate::tlog::LeafIndex;

/// Rows deleted in one batch.
const ROWS_A_BATCH: usize = 4096;

/// How often the range of entries is widened to the files beside it, before all bodies are
/// compacted.
const WIDENINGS_MAX: u32 = 3;

/// Settings that have whole files of large bodies written anew, and those that do not
/// (see [`Family`]).
const COLLECT: [(&str, &str); 2] =
    [("enable_blob_garbage_collection", "true"), ("blob_garbage_collection_age_cutoff", "1.0")];
const COLLECT_NOT: [(&str, &str); 2] =
    [("enable_blob_garbage_collection", "false"), ("blob_garbage_collection_age_cutoff", "0.25")];

/// A header in the place of another.
#[derive(Clone, Debug)]
pub struct HeaderChange {
    /// Whose.
    pub entry: LeafIndex,
    /// What it must still be.
    pub old: Vec<u8>,
    /// What it becomes.
    pub new: Vec<u8>,
}

impl Store {
    /// Puts headers in the places of others, in one durable batch. One that is not the old
    /// one any more, because its record was destroyed, stays as it is. Answers how many
    /// were put.
    ///
    /// # Errors
    /// When rows cannot be read or written.
    pub fn change_headers(&self, changes: Vec<HeaderChange>) -> Result<u64, Error> {
        let _still = self.headers_still();
        let (mut commit, mut changed) = (Commit::default(), 0);
        for HeaderChange { entry, old, new } in changes {
            if self.header(entry)?.as_ref() == Some(&old) {
                commit.change_header(entry, new);
                changed += 1;
            }
        }
        self.commit_still(commit).map(|()| changed)
    }

    /// Deletes every mark of a thing seen that leads to one of these entries, which rise.
    /// Reads all marks. Answers how many were deleted.
    ///
    /// # Errors
    /// When rows cannot be read or written; those deleted so far stay so.
    pub fn delete_seen_of(&self, entries: &[LeafIndex]) -> Result<u64, Error> {
        debug_assert!(entries.is_sorted(), "the entries rise");
        let (mut commit, mut deleted) = (Commit::default(), 0);
        let mut scan = self.scan(Family::Seen, &[], None);
        while scan.advance()? {
            let (key, value) = scan.row();
            let entry = rows::index_of_key(value);
            if entry.is_none_or(|entry| entries.binary_search(&entry).is_err()) {
                continue;
            }
            commit.delete_seen(key);
            deleted += 1;
            if commit.rows() >= ROWS_A_BATCH {
                self.commit(std::mem::take(&mut commit))?;
            }
        }
        self.commit(commit).map(|()| deleted)
    }

    /// Takes the bytes of rows that were deleted out of the database's files and out of its
    /// write-ahead log: of what belongs to the entries from `first` to `last`, of all marks
    /// of things seen, and of the buckets' keys. Blocks while these are written anew.
    ///
    /// Who reads meanwhile keeps the old files alive until they are done.
    ///
    /// # Errors
    /// When the database cannot write; what it had is still there.
    pub fn compact_destroyed(&self, first: LeafIndex, last: LeafIndex) -> Result<(), Error> {
        fault::at(Point::StoreCompacted, || {
            // What is in memory goes to files, and the write-ahead log up to here with it.
            self.flush()?;
            self.compact(Family::Seen, None, None);
            for family in [Family::Headers, Family::MediaQueue] {
                self.compact(family, Some(first), Some(last));
            }
            self.compact_bodies(first, last)?;
            // Last, because there is always a file of it: so the list of files is begun once
            // more, and names no key of the files that were.
            self.compact(Family::Buckets, None, None);
            Ok(())
        })
    }

    /// Bodies, of which large ones lie in files of their own: such a file goes when every
    /// row that led to it was written anew, which may be some beside the range.
    fn compact_bodies(&self, first: LeafIndex, last: LeafIndex) -> Result<(), Error> {
        self.set_bodies(&COLLECT)?;
        let compacted = self.compact_bodies_collecting(first, last);
        self.set_bodies(&COLLECT_NOT).and(compacted)
    }

    fn compact_bodies_collecting(&self, first: LeafIndex, last: LeafIndex) -> Result<(), Error> {
        let (mut first, mut last) = (first, last);
        self.compact(Family::Bodies, Some(first), Some(last));
        for _ in 0..WIDENINGS_MAX {
            if self.garbage_in_blob_files()? == 0 {
                return Ok(());
            }
            (first, last) = self.widened(first, last)?;
            self.compact(Family::Bodies, Some(first), Some(last));
        }
        if self.garbage_in_blob_files()? > 0 {
            self.compact(Family::Bodies, None, None);
        }
        match self.garbage_in_blob_files()? {
            0 => Ok(()),
            left => Err(Error::Corrupt {
                what: format!("{left} bytes of deleted bodies are still in the files"),
                source: None,
            }),
        }
    }

    /// The range with that of the files right before it and right behind it.
    fn widened(&self, first: LeafIndex, last: LeafIndex) -> Result<(LeafIndex, LeafIndex), Error> {
        let (mut before, mut behind) = (LeafIndex::FIRST, LeafIndex::new(u64::MAX));
        for file in self.listed_files()?.iter().filter(|file| file.family == Family::Bodies.name())
        {
            let [start, end] = &file.keys;
            let (start, end) = (rows::index_of_key(start), rows::index_of_key(end));
            if end.is_some_and(|end| end < first) {
                before = before.max(start.unwrap_or(LeafIndex::FIRST));
            }
            if start.is_some_and(|start| start > last) {
                behind = behind.min(end.unwrap_or(behind));
            }
        }
        Ok((before, behind))
    }

    fn garbage_in_blob_files(&self) -> Result<u64, Error> {
        let property = "rocksdb.live-blob-file-garbage-size";
        let garbage = self.db.property_int_value_cf(self.family(Family::Bodies), property);
        garbage.map(Option::unwrap_or_default).map_err(unreadable("the list of blob files"))
    }

    fn compact(&self, family: Family, first: Option<LeafIndex>, last: Option<LeafIndex>) {
        let mut options = CompactOptions::default();
        // Otherwise a file of the lowest level stays as it is.
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        let (first, last) = (first.map(rows::index_key), last.map(rows::index_key));
        self.db.compact_range_cf_opt(self.family(family), first, last, &options);
    }

    fn set_bodies(&self, settings: &[(&str, &str)]) -> Result<(), Error> {
        let set = self.db.set_options_cf(self.family(Family::Bodies), settings);
        set.map_err(|source| Error::Database { step: "change how it keeps bodies", source })
    }

    /// Keeps headers from being deleted or changed by another.
    pub(super) fn headers_still(&self) -> MutexGuard<'_, ()> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
