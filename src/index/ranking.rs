//! The order of hits, and the best so many of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::Order;
use super::columns::Columns;
use super::view::View;

/// Scores are compared in steps of this part of one. Below it they may differ by
/// how the index happens to be cut into segments.
const SCORE_STEPS: f32 = 64.0;

/// A hit's place in the order: the greatest stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) score: u64,
    pub(super) time: u64,
    pub(super) leaf: u64,
}

/// The bit that tells negative from other numbers.
const SIGN: u64 = 1 << 63;

impl Order {
    fn rank(self, score: Score, time: i64, leaf: u64) -> Rank {
        // Numbers below 1970 stand below the others.
        let time = time.cast_unsigned() ^ SIGN;
        match self {
            Self::Best => Rank { score: steps(score), time, leaf },
            Self::Newest => Rank { score: 0, time, leaf },
            Self::Oldest => Rank { score: 0, time: !time, leaf: !leaf },
        }
    }

    /// The entry of a hit of this rank.
    pub(super) fn leaf(self, rank: Rank) -> u64 {
        match self {
            Self::Best | Self::Newest => rank.leaf,
            Self::Oldest => !rank.leaf,
        }
    }

    /// The time of a hit of this rank, in microseconds since 1970.
    pub(super) fn time(self, rank: Rank) -> i64 {
        let time = match self {
            Self::Best | Self::Newest => rank.time,
            Self::Oldest => !rank.time,
        };
        (time ^ SIGN).cast_signed()
    }
}

/// A score in whole steps. Not a number counts for nothing.
fn steps(score: Score) -> u64 {
    let steps = (score * SCORE_STEPS).round().clamp(0.0, f32::from(u16::MAX));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let steps = if steps.is_nan() { 0 } else { steps as u64 };
    steps
}

/// Collects the first hits behind a rank, and counts all.
pub(super) struct Top<'a> {
    pub(super) view: &'a View,
    pub(super) order: Order,
    /// How many hits are wanted.
    pub(super) limit: usize,
    /// Only what stands behind this.
    pub(super) after: Option<Rank>,
    /// Only records of entries below this.
    pub(super) bound: u64,
}

/// What was collected.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// How many match, wherever they stand.
    pub(super) total: usize,
    /// The first of them, in order.
    pub(super) hits: Vec<(Rank, DocAddress)>,
}

/// Collects in one segment.
pub(super) struct TopOfSegment {
    columns: Columns,
    ordinal: SegmentOrdinal,
    order: Order,
    limit: usize,
    after: Option<Rank>,
    /// `None` where all of the segment lies below the bound.
    bound: Option<u64>,
    total: usize,
    /// The least of the hits kept is on top.
    kept: BinaryHeap<Reverse<(Rank, DocId)>>,
}

impl Collector for Top<'_> {
    type Fruit = Collected;
    type Child = TopOfSegment;

    fn for_segment(
        &self,
        ordinal: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<TopOfSegment> {
        let columns = self.view.columns(segment.segment_id())?.clone();
        let bound = (columns.last_leaf() >= self.bound).then_some(self.bound);
        Ok(TopOfSegment {
            columns,
            ordinal,
            order: self.order,
            limit: self.limit,
            after: self.after,
            bound,
            total: 0,
            kept: BinaryHeap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order == Order::Best
    }

    fn merge_fruits(&self, segments: Vec<Collected>) -> tantivy::Result<Collected> {
        let mut all = Collected::default();
        for segment in segments {
            all.total += segment.total;
            all.hits.extend(segment.hits);
        }
        all.hits.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
        all.hits.truncate(self.limit);
        Ok(all)
    }
}

impl SegmentCollector for TopOfSegment {
    type Fruit = Collected;

    fn collect(&mut self, document: DocId, score: Score) {
        if self.bound.is_some_and(|bound| self.columns.leaf(document) >= bound) {
            return;
        }
        self.total += 1;
        let time = self.columns.time(document);
        let full = self.kept.len() >= self.limit;
        // Most hits of a large answer end here, before their entry is read.
        let best_possible = self.order.rank(score, time, self.order.first_leaf());
        if full && self.kept.peek().is_none_or(|Reverse((least, _))| best_possible < *least) {
            return;
        }
        let rank = self.order.rank(score, time, self.columns.leaf(document));
        if self.after.is_some_and(|after| rank >= after) {
            return;
        }
        if full {
            if self.kept.peek().is_none_or(|Reverse((least, _))| rank < *least) {
                return;
            }
            self.kept.pop();
        }
        self.kept.push(Reverse((rank, document)));
    }

    fn harvest(self) -> Collected {
        let address = |document| DocAddress::new(self.ordinal, document);
        let hits = self.kept.into_iter();
        let hits = hits.map(|Reverse((rank, document))| (rank, address(document))).collect();
        Collected { total: self.total, hits }
    }
}

impl Order {
    /// The entry that stands first among those of one time.
    fn first_leaf(self) -> u64 {
        match self {
            Self::Best | Self::Newest => u64::MAX,
            Self::Oldest => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_stands_before_older_and_the_later_entry_first_in_newest() {
        let rank = |time, leaf| Order::Newest.rank(9.0, time, leaf);
        assert!(rank(2, 0) > rank(1, 9));
        assert!(rank(1, 9) > rank(1, 8));
        assert!(rank(1, 0) > rank(-1, 0));
    }

    #[test]
    fn oldest_is_newest_turned_round() {
        for (time, leaf) in [(0, 0), (-5, 7), (1_790_000_000_000_000, u64::MAX)] {
            let rank = Order::Oldest.rank(0.0, time, leaf);
            assert_eq!((Order::Oldest.time(rank), Order::Oldest.leaf(rank)), (time, leaf));
            assert!(rank > Order::Oldest.rank(0.0, time + 1, 0));
        }
    }

    #[test]
    fn best_goes_by_score_and_then_by_time() {
        let rank = |score, time| Order::Best.rank(score, time, 0);
        assert!(rank(2.0, 0) > rank(1.0, 9));
        assert!(rank(1.0, 9) > rank(1.0, 8));
        assert_eq!(rank(1.0, 1), rank(1.000_001, 1));
        assert_eq!(rank(f32::NAN, 1), rank(0.0, 1));
    }
}
