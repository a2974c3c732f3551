//! What was decrypted and may be wanted again.
//!
//! Two kinds of spans are kept under one bound in bytes: chunks, for small reads,
//! and long runs that were read whole (a column, a dictionary), so that the next
//! reader of the run copies nothing. What is new is on trial: a merge that walks
//! once through everything pushes out what was used once, not what is used often.
//!
//! A run that some reader still holds is lent out again even when the bound has
//! pushed it out: reopening an index after a commit decrypts new files only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use quick_cache::sync::{Cache as Bounded, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::cipher::{CHUNK_BYTES, FileId};

/// A run larger than this part of the cache is not kept in it.
const LARGEST_PART: usize = 2;

/// Bytes that the cache itself spends on a span, roughly.
const OVERHEAD_BYTES: u64 = 128;

/// The table of what is lent is not cleaned below this many lines.
const LENT_CLEAN_MIN: usize = 256;

/// Decrypted content.
pub(super) type Content = Arc<[u8]>;

/// Which content of which file. The file's length is part of it: of a file that
/// was cut short nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Span {
    pub(super) file: FileId,
    pub(super) file_bytes: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Decrypted spans, shared by all readers of a directory.
pub(super) struct Cache {
    kept: Bounded<Span, Content, ByBytes>,
    run_bytes_max: usize,
    lent: Mutex<Lent>,
}

#[derive(Default)]
struct Lent {
    runs: HashMap<Span, Weak<[u8]>>,
    clean_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct ByBytes;

impl Weighter<Span, Content> for ByBytes {
    fn weight(&self, _span: &Span, content: &Content) -> u64 {
        content.len() as u64 + OVERHEAD_BYTES
    }
}

impl Cache {
    /// One that keeps at most so many bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        // One shard: a shard bounds the largest span, and the lock is held for
        // a look into a table, not while decrypting.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity((bytes_max / CHUNK_BYTES).max(1))
            .weight_capacity(bytes_max as u64)
            .build()
            .expect("both capacities are given");
        let kept = Bounded::with_options(
            options,
            ByBytes,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        );
        Self { kept, run_bytes_max: bytes_max / LARGEST_PART, lent: Mutex::default() }
    }

    /// What is known of a span.
    pub(super) fn get(&self, span: &Span) -> Option<Content> {
        if let Some(content) = self.kept.get(span) {
            return Some(content);
        }
        if !span.is_run() {
            return None;
        }
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.runs.get(span)?.upgrade()
    }

    /// Remembers a span.
    pub(super) fn put(&self, span: Span, content: &Content) {
        if span.is_run() {
            self.lent.lock().unwrap_or_else(PoisonError::into_inner).put(span, content);
        }
        if content.len() <= self.run_bytes_max.max(CHUNK_BYTES) {
            self.kept.insert(span, Arc::clone(content));
        }
    }

    /// The bytes that are kept, with what keeping them costs.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.kept.weight()
    }
}

impl Span {
    const fn is_run(&self) -> bool {
        self.end - self.start > CHUNK_BYTES
    }
}

impl Lent {
    fn put(&mut self, span: Span, content: &Content) {
        if self.runs.len() >= self.clean_at.max(LENT_CLEAN_MIN) {
            self.runs.retain(|_, run| run.strong_count() > 0);
            self.clean_at = 2 * self.runs.len();
        }
        self.runs.insert(span, Arc::downgrade(content));
    }
}
