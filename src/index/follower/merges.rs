//! Putting segments together, in the background.
//!
//! The search library would do it by itself, and tell nobody what it is at. To erase a
//! record one must know that no merge is under way that began while the record was there.

use std::collections::HashSet;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_executor::block_on;
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
            let _ = block_on(merge.merged);
        }
    }
}

#[cfg(test)]
mod tests {
    use tantivy::Index;
    use tantivy::merge_policy::NoMergePolicy;
    use tantivy::schema::{STRING, Schema};

    use super::*;

    #[test]
    fn a_merge_is_waited_for_also_when_it_was_asked_before_how_far_it_is() -> tantivy::Result<()> {
        let mut schema = Schema::builder();
        let number = schema.add_text_field("number", STRING);
        let index = Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let mut merges = Merges::default();
        // Until one was seen on its way: it may have ended before it is asked.
        loop {
            for at in 0..2_000 {
                writer.add_document(tantivy::doc!(number => at.to_string()))?;
            }
            writer.commit()?;
            merges.begin(&mut writer, index.searchable_segment_ids()?);
            if !merges.ended()? {
                break;
            }
        }
        merges.wait();
        assert!(merges.ended()?);
        assert_eq!(index.searchable_segment_ids()?.len(), 1);
        Ok(())
    }
}
