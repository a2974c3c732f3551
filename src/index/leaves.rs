//! The documents of given entries, as a query of the search library: what is deleted.

use std::sync::Arc;

use tantivy::query::{
    BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score, SegmentReader};

use super::schema::LEAF;
use super::selection::Selection;
use crate::tlog::LeafIndex;

/// Matches the documents of entries. It reads a column of each segment from one end to
/// the other: made for many entries at once.
#[derive(Clone, Debug)]
pub(super) struct Leaves(pub(super) Arc<Selection>);

impl Query for Leaves {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Leaves {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let leaf = segment.fast_fields().u64(LEAF)?;
        let (first, last) = (LeafIndex::new(leaf.min_value()), LeafIndex::new(leaf.max_value()));
        let mut found = BitSet::with_max_value(segment.max_doc());
        if self.0.touches(first, last) {
            let is_asked = |document: &DocId| {
                leaf.first(*document).is_some_and(|leaf| self.0.contains(LeafIndex::new(leaf)))
            };
            for document in (0..segment.max_doc()).filter(is_asked) {
                found.insert(document);
            }
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), 0.0)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("entries", 0.0))
    }
}
