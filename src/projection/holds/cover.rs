//! Spans of time that lie over each other, as spans that do not.

use jiff::Timestamp;

/// A span of time, its end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Span {
    pub(super) fn contains(self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }

    /// Whether it has no ends.
    pub(super) fn is_all(self) -> bool {
        self.from == Timestamp::MIN && self.until == Timestamp::MAX
    }
}

/// The time that spans cover together: whether a moment is in one of them costs what a
/// search in a sorted list does, however many they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Cover(Vec<(Span, u32)>);

impl Cover {
    pub(super) fn of(mut spans: Vec<(Span, u32)>) -> Self {
        spans.sort_by_key(|(span, _)| span.from);
        let mut pieces: Vec<(Span, u32)> = vec![];
        for (span, which) in spans {
            let covered = pieces.last().map_or(Timestamp::MIN, |(last, _)| last.until);
            if pieces.is_empty() || span.until > covered {
                let from = span.from.max(covered);
                pieces.push((Span { from, until: span.until }, which));
            }
        }
        Self(pieces)
    }

    /// One of the spans that contain a moment.
    pub(super) fn one_at(&self, moment: Timestamp) -> Option<u32> {
        let behind = self.0.partition_point(|(span, _)| span.from <= moment);
        let (span, which) = self.0.get(behind.checked_sub(1)?)?;
        span.contains(moment).then_some(*which)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_moment_is_covered_by_one_of_the_spans_that_contain_it(
            spans in prop::collection::vec((0..40_i64, 0..12_i64), 0..12),
            moment in -1..60_i64,
        ) {
            let at = |second| Timestamp::from_second(second).unwrap();
            let spans: Vec<Span> = spans
                .into_iter()
                .map(|(from, more)| Span { from: at(from), until: at(from + more) })
                .collect();
            let numbered = (0..).zip(&spans).map(|(which, span)| (*span, which)).collect();
            let covering = Cover::of(numbered).one_at(at(moment));
            match covering.and_then(|which| spans.get(usize::try_from(which).unwrap())) {
                Some(span) => prop_assert!(span.contains(at(moment))),
                None => prop_assert!(!spans.iter().any(|span| span.contains(at(moment)))),
            }
        }
    }
}
