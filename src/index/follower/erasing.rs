//! Erasing records from the index, beside following the log.
//!
//! 1. Their documents are deleted, with a commit: nothing finds them any more.
//! 2. Merges that are under way may carry their words on: they are waited for.
//! 3. Segments that have deleted documents are written again without them, each by
//!    itself, and their files removed, whoever still reads them.
//! 4. Every file that stays is put under a new key, and the key before is destroyed: of
//!    an older copy of the files nothing opens.
//!
//! Reading and committing go on during 2 and 3. A crash leaves some of it done, and
//! erasing again does the rest; where documents were deleted and their segments are
//! still there, the next start does it by itself.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use tantivy::index::SegmentId;

use super::Follower;
use crate::causes;
use crate::index::Error;
use crate::index::view::library;

/// How often is looked whether the segments are written.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// What is being erased.
pub(super) struct Erasing {
    waiting: Vec<Sender<Result<(), String>>>,
    /// Segments that were written again.
    replaced: Vec<SegmentId>,
    began: Instant,
}

impl Erasing {
    pub(super) fn begin() -> Self {
        Self { waiting: vec![], replaced: vec![], began: Instant::now() }
    }
}

impl Follower {
    /// Begins what was asked for and goes on with what was begun; whether something is
    /// still to be done. What fails without the index being damaged is told to who asked.
    pub(super) fn erase(&mut self) -> Result<bool, Error> {
        self.begin_erasing()?;
        let Some(erasing) = &mut self.erasing else { return Ok(false) };
        let mut replaced = std::mem::take(&mut erasing.replaced);
        let done = self.go_on_erasing(&mut replaced);
        let Some(erasing) = &mut self.erasing else { return Ok(false) };
        erasing.replaced = replaced;
        let answer = match done {
            Ok(false) => return Ok(true),
            Ok(true) => {
                let duration_ms = erasing.began.elapsed().as_millis();
                let segments = erasing.replaced.len();
                tracing::info!(segments, duration_ms, "records erased from the index");
                Ok(())
            }
            // Who asked waits until the index is made anew.
            Err(error @ Error::Damaged { .. }) => return Err(error),
            Err(error) => {
                let error = causes::told(&error);
                tracing::error!(error, "records not erased from the index");
                Err(error)
            }
        };
        for waiting in self.erasing.take().into_iter().flat_map(|erasing| erasing.waiting) {
            // Who does not wait any more need not be told.
            let _ = waiting.send(answer.clone());
        }
        Ok(false)
    }

    fn begin_erasing(&mut self) -> Result<(), Error> {
        let asked = self.shared.take_erasures();
        if asked.is_empty() {
            return Ok(());
        }
        let erasing = self.erasing.get_or_insert_with(Erasing::begin);
        for erasure in asked {
            self.destroyed.unite(&erasure.entries);
            erasing.waiting.push(erasure.done);
        }
        self.commit_all()
    }

    /// Does what can be done without waiting; whether that was all.
    fn go_on_erasing(&mut self, replaced: &mut Vec<SegmentId>) -> Result<bool, Error> {
        let merging = |error| library("write segments again", error);
        if !self.merges.ended().map_err(merging)? {
            return Ok(false);
        }
        let Some(opened) = &mut self.opened else { return Ok(false) };
        let mut with_deleted = opened.writer.index().searchable_segment_metas().map_err(merging)?;
        with_deleted.retain(tantivy::SegmentMeta::has_deletes);
        for segment in &with_deleted {
            replaced.push(segment.id());
            self.merges.begin(&mut opened.writer, vec![segment.id()]);
        }
        if !with_deleted.is_empty() {
            return Ok(false);
        }
        self.publish_reloaded()?;
        let Some(opened) = &mut self.opened else { return Ok(false) };
        opened.writer.garbage_collect_files().wait().map_err(merging)?;
        // Files that somebody still reads are kept by the library.
        let segments: Vec<String> = replaced.iter().map(SegmentId::uuid_string).collect();
        self.place.remove_segments(&opened.directory, &segments)?;
        self.place.replace_key(&opened.directory)?;
        Ok(true)
    }
}
