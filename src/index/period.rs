//! What happened in a span of time, as a query of the search library.
//!
//! The library has one of its own. It reads the column again for every search,
//! and its arithmetic relies on numbers wrapping round, which this program does
//! not allow. This one goes by the columns of the view.

use std::ops::RangeInclusive;
use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::query::{
    AllScorer, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED};

use super::language::Span;
use super::view::View;

/// How many documents' times are compared at once.
const BLOCK_DOCUMENTS: DocId = 512;

/// Matches what happened in a span of time; scores nothing.
#[derive(Clone, Debug)]
pub(super) struct Period {
    pub(super) view: Arc<View>,
    pub(super) span: Span,
}

/// The documents of a segment that happened in a span of time.
struct Within {
    time: Column<i64>,
    span: RangeInclusive<i64>,
    documents: DocId,
    /// Those found in the block read last.
    found: Vec<DocId>,
    at: usize,
    /// Where the next block begins.
    next: DocId,
}

impl Query for Period {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Period {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let time = self.view.columns(segment.segment_id())?.times().clone();
        let from = self.span.from.unwrap_or(i64::MIN);
        // What is before the end is at most one less than it.
        let Some(to) = self.span.until.map_or(Some(i64::MAX), |until| until.checked_sub(1)) else {
            return Ok(Box::new(EmptyScorer));
        };
        let documents = segment.max_doc();
        if from <= time.min_value() && to >= time.max_value() {
            return Ok(Box::new(ConstScorer::new(AllScorer::new(documents), 0.0)));
        }
        Ok(Box::new(ConstScorer::new(Within::new(time, from..=to, documents), 0.0)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("a span of time", 0.0))
    }
}

impl Within {
    fn new(time: Column<i64>, span: RangeInclusive<i64>, documents: DocId) -> Self {
        // The column answers rightly only where the span overlaps its values.
        let overlaps = *span.start() <= time.max_value() && *span.end() >= time.min_value();
        let documents = if overlaps { documents } else { 0 };
        let mut within = Self { time, span, documents, found: vec![], at: 0, next: 0 };
        within.read_on();
        within
    }

    /// Reads blocks until one has a document that matches, or to the end.
    fn read_on(&mut self) {
        while self.at >= self.found.len() && self.next < self.documents {
            self.found.clear();
            self.at = 0;
            let end = self.next.saturating_add(BLOCK_DOCUMENTS).min(self.documents);
            let block = self.next..end;
            self.time.get_docids_for_value_range(self.span.clone(), block, &mut self.found);
            self.next = end;
        }
    }
}

impl DocSet for Within {
    fn advance(&mut self) -> DocId {
        self.at = self.at.saturating_add(1).min(self.found.len());
        self.read_on();
        self.doc()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target >= self.next {
            self.next = target;
            self.at = self.found.len();
            self.read_on();
        }
        while self.doc() < target {
            self.advance();
        }
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.found.get(self.at).copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        self.documents
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tantivy::schema::{FAST, Schema};
    use tantivy::{Index, TantivyDocument};

    use super::*;

    fn column(times: &[i64]) -> Column<i64> {
        let mut schema = Schema::builder();
        let field = schema.add_i64_field("time", FAST);
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
        for time in times {
            let mut document = TantivyDocument::default();
            document.add_i64(field, *time);
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        searcher.segment_reader(0).fast_fields().i64("time").unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn steps_and_leaps_give_what_a_filter_gives(
            seed in prop::collection::vec(0..9_i64, 1..9), unit in 1..4_i64,
            from in 0..30_i64, len in 0..9_i64,
            leaps in prop::collection::vec(0..900_u32, 0..12),
        ) {
            let times: Vec<_> = seed.iter().map(|time| time * unit).cycle().take(1300).collect();
            let span = from..=from + len;
            let expected: Vec<DocId> =
                (0..).zip(&times).filter(|(_, time)| span.contains(time)).map(|(d, _)| d).collect();
            let first_from = |target: DocId| {
                expected.iter().copied().find(|document| *document >= target).unwrap_or(TERMINATED)
            };
            let time = column(&times);
            let mut within = Within::new(time.clone(), span.clone(), 1300);
            let mut stepped = vec![];
            while within.doc() != TERMINATED {
                stepped.push(within.doc());
                within.advance();
            }
            prop_assert_eq!(within.advance(), TERMINATED);
            prop_assert_eq!(&stepped, &expected);
            let mut within = Within::new(time, span, 1300);
            for leap in leaps {
                let target = within.doc().saturating_add(leap).min(TERMINATED);
                prop_assert_eq!(within.seek(target), first_from(target));
            }
        }
    }
}
