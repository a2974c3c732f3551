//! Putting segments together, in the background.
//!
//! The search library would do it by itself, and tell nobody what it is at. To erase a
//! record one must know that no merge is under way that began while the record was there.

use std::collections::HashSet;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::merge_policy::{LogMergePolicy, MergePolicy as _};
use tantivy::{FutureResult, IndexWriter, TantivyError};

/// The merges that are under way.
#[derive(Default)]
pub(super) struct Merges(Vec<Merge>);

struct Merge {
    segments: Vec<SegmentId>,
    merged: FutureResult<Option<SegmentMeta>>,
}

impl Merges {
    /// Begins to put segments together; of one alone, to leave out what is deleted.
    pub(super) fn begin(&mut self, writer: &mut IndexWriter, segments: Vec<SegmentId>) {
        let merged = writer.merge(&segments);
        self.0.push(Merge { segments, merged });
    }

    /// Begins those that make searching faster.
    pub(super) fn begin_useful(&mut self, writer: &mut IndexWriter) -> tantivy::Result<()> {
        let busy: HashSet<_> = self.0.iter().flat_map(|merge| &merge.segments).collect();
        let mut idle = writer.index().searchable_segment_metas()?;
        idle.retain(|segment| !busy.contains(&segment.id()));
        for useful in LogMergePolicy::default().compute_merge_candidates(&idle) {
            self.begin(writer, useful.0);
        }
        Ok(())
    }

    /// Takes note of those that ended; whether none is under way any more.
    ///
    /// # Errors
    /// The first of those that failed. Their segments are there as they were.
    pub(super) fn ended(&mut self) -> tantivy::Result<bool> {
        let mut failed = None;
        self.0.retain_mut(|merge| {
            let mut nobody = Context::from_waker(Waker::noop());
            match Pin::new(&mut merge.merged).poll(&mut nobody) {
                Poll::Pending => true,
                // One of its segments lost its last document meanwhile, and is gone: what was
                // merged is not used, and the others are there as they were.
                Poll::Ready(Ok(_) | Err(TantivyError::InvalidArgument(_))) => false,
                Poll::Ready(Err(error)) => {
                    failed.get_or_insert(error);
                    false
                }
            }
        });
        failed.map_or(Ok(self.0.is_empty()), Err)
    }

    /// Waits until none is under way, whatever becomes of them.
    pub(super) fn wait(&mut self) {
        for merge in self.0.drain(..) {
            // What failed is not there, and nobody asks for it.
            let _ = merge.merged.wait();
        }
    }
}
