//! What queries found that are asked again and again: those of holds.
//!
//! The document of a record never changes. So what a query found among the first entries of
//! the log is what it finds among them later, and only pieces of the index with newer entries
//! are asked again. Answers are remembered in memory, as much as fits, and put aside in one
//! file among those of the index, under its key. The file is derived: one that is lost or
//! altered costs the time to ask anew. What is erased is taken out of both.

mod file;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::directory::EncryptedDirectory;
use super::selection::Selection;
use super::view::View;
use crate::causes;
use crate::tlog::{Hash, TreeSize};

/// What is remembered takes so much memory at most.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What is put aside takes so much of the disk at most: less than the largest file that is
/// read whole.
const ASIDE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// For so many answers room is made at first.
const ANSWERS: usize = 1024;

/// The SHA-256 of a query's text.
pub(super) type Asked = Hash;

/// What a query found.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The entries, without those that were erased since.
    pub(super) entries: Arc<Selection>,
    /// Of so many of the log's first entries.
    pub(super) until: TreeSize,
}

/// The answers that are known.
pub(super) struct Answers {
    known: Cache<Asked, Answer, Bytes>,
    /// How often something was erased: who asked before does not answer after.
    erasures: AtomicU64,
    aside: Mutex<Aside>,
}

/// What is known of the file.
#[derive(Debug, Default)]
struct Aside {
    /// The making of the index that it was read of; 0 for none.
    making: u64,
    /// What is in it, and until where each was asked.
    listed: Vec<(Asked, TreeSize)>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Asked, Answer> for Bytes {
    fn weight(&self, _: &Asked, answer: &Answer) -> u64 {
        // Where it is kept takes some room as well.
        answer.entries.bytes().saturating_add(128)
    }
}

impl Default for Answers {
    fn default() -> Self {
        let known = Cache::with_weighter(ANSWERS, BYTES_MAX, Bytes);
        Self { known, erasures: AtomicU64::new(0), aside: Mutex::default() }
    }
}

impl Answers {
    /// What is known of a query; a view is to be asked for what is newer alone.
    pub(super) fn of(&self, view: &View, asked: &Asked) -> Option<Answer> {
        drop(self.read(view));
        self.known.get(asked).filter(|answer| answer.until <= view.searchable)
    }

    /// How often something was erased: to be asked before a query is.
    pub(super) fn erasures(&self) -> u64 {
        self.erasures.load(Ordering::SeqCst)
    }

    /// Remembers an answer, unless something was erased since it was asked.
    pub(super) fn put(&self, asked: Asked, answer: Answer, erasures: u64) {
        // Nobody erases while this is held.
        let _aside = self.aside();
        if self.erasures() == erasures {
            self.known.insert(asked, answer);
        }
    }

    /// Puts the answers to some queries aside, and lets go of others that were there. What
    /// cannot be written is told in the trace: it will be asked anew.
    pub(super) fn put_aside(&self, view: &View, queries: &[Asked]) {
        let mut aside = self.read(view);
        let (mut answers, mut bytes) = (vec![], 0);
        for asked in queries {
            let Some(answer) = self.known.get(asked) else { continue };
            bytes += answer.entries.bytes();
            if bytes <= ASIDE_BYTES_MAX {
                answers.push((*asked, answer));
            }
        }
        if list(&answers) != aside.listed {
            aside.write(&view.directory, &answers);
        }
    }

    /// Takes out what is erased, here and in the file: what was asked before does not tell of
    /// it any more when this returns, nor what is being asked now.
    ///
    /// # Errors
    /// When the file can be neither written nor removed.
    pub(super) fn forget(&self, view: &View, erased: &Selection) -> io::Result<()> {
        let mut aside = self.read(view);
        self.erasures.fetch_add(1, Ordering::SeqCst);
        let known: Vec<(Asked, Answer)> = self.known.iter().collect();
        let mut touched = HashSet::new();
        for (asked, answer) in known {
            if answer.entries.meets(erased) {
                let mut entries = Selection::clone(&answer.entries);
                entries.remove(erased);
                self.known.insert(asked, Answer { entries: Arc::new(entries), ..answer });
                touched.insert(asked);
            }
        }
        let of_file = |asked: &Asked| Some((*asked, self.known.get(asked)?));
        let kept: Vec<_> = aside.listed.iter().filter_map(|(asked, _)| of_file(asked)).collect();
        // What was in the file and did not fit into memory may tell of it.
        let is_right = kept.len() == aside.listed.len()
            && !kept.iter().any(|(asked, _)| touched.contains(asked));
        if is_right || aside.write(&view.directory, &kept) {
            return Ok(());
        }
        aside.listed.clear();
        file::remove(&view.directory)
    }

    /// Reads the file, once for each making of the index.
    fn read(&self, view: &View) -> MutexGuard<'_, Aside> {
        let mut aside = self.aside();
        if aside.making >= view.making {
            return aside;
        }
        // What is known is of an index that was thrown away.
        self.known.clear();
        *aside = Aside { making: view.making, listed: vec![] };
        match file::read(&view.directory) {
            Ok(answers) => {
                for (asked, answer) in answers {
                    if answer.until <= view.searchable {
                        aside.listed.push((asked, answer.until));
                        self.known.insert(asked, answer);
                    }
                }
            }
            Err(error) => {
                let error = causes::told(&error);
                tracing::warn!(error, "what queries of holds found is asked anew");
            }
        }
        aside
    }

    fn aside(&self) -> MutexGuard<'_, Aside> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Aside {
    /// Writes the file anew; whether it could be written.
    fn write(&mut self, directory: &EncryptedDirectory, answers: &[(Asked, Answer)]) -> bool {
        match file::write(directory, answers) {
            Ok(()) => {
                self.listed = list(answers);
                true
            }
            Err(error) => {
                let error = causes::told(&error);
                tracing::warn!(error, "what queries of holds found was not put aside");
                false
            }
        }
    }
}

/// What each answers, and until where.
fn list(answers: &[(Asked, Answer)]) -> Vec<(Asked, TreeSize)> {
    answers.iter().map(|(asked, answer)| (*asked, answer.until)).collect()
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("aside", &self.aside).finish_non_exhaustive()
    }
}
