//! Which part of a medium is asked for: RFC 9110 section 14, one range.
//!
//! A header that is malformed, of another unit, or of several ranges is passed
//! over, as the RFC allows: then the whole medium is the answer.

/// What a request asks for of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The bytes from `first` to `last`, both included.
    Bytes { first: usize, last: usize },
    /// A range that begins behind the end.
    Beyond,
}

/// Reads a `Range` header for a medium of `size` bytes.
pub(super) fn part_of(header: Option<&str>, size: usize) -> Part {
    let Some((unit, range)) = header.and_then(|header| header.split_once('=')) else {
        return Part::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    match (number(first), number(last)) {
        (Number::Is(first), Number::Is(last)) if first <= last => between(first, last, size),
        (Number::Is(first), Number::Absent) => between(first, usize::MAX, size),
        (Number::Absent, Number::Is(0)) => Part::Beyond,
        (Number::Absent, Number::Is(_)) if size == 0 => Part::Beyond,
        (Number::Absent, Number::Is(length)) => {
            Part::Bytes { first: size.saturating_sub(length), last: size.saturating_sub(1) }
        }
        (Number::Is(_) | Number::Absent | Number::Malformed, _) => Part::Whole,
    }
}

fn between(first: usize, last: usize, size: usize) -> Part {
    match size.checked_sub(1) {
        Some(end) if first <= end => Part::Bytes { first, last: last.min(end) },
        Some(_) | None => Part::Beyond,
    }
}

enum Number {
    Absent,
    Is(usize),
    Malformed,
}

fn number(text: &str) -> Number {
    if text.is_empty() {
        Number::Absent
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a size has: behind every end.
        Number::Is(text.parse().unwrap_or(usize::MAX))
    } else {
        Number::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(header: &str) -> Part {
        part_of(Some(header), 10)
    }

    #[test]
    fn one_range_is_read_in_its_three_forms() {
        assert_eq!(part("bytes=0-0"), Part::Bytes { first: 0, last: 0 });
        assert_eq!(part("bytes=2-5"), Part::Bytes { first: 2, last: 5 });
        assert_eq!(part("bytes=2-99"), Part::Bytes { first: 2, last: 9 });
        assert_eq!(part("bytes=9-"), Part::Bytes { first: 9, last: 9 });
        assert_eq!(part("Bytes=-3"), Part::Bytes { first: 7, last: 9 });
        assert_eq!(part("bytes=-99"), Part::Bytes { first: 0, last: 9 });
        assert_eq!(part("bytes=0-99999999999999999999999"), Part::Bytes { first: 0, last: 9 });
    }

    #[test]
    fn what_begins_behind_the_end_cannot_be_had() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(part(header), Part::Beyond, "{header}");
        }
        assert_eq!(part_of(Some("bytes=0-"), 0), Part::Beyond);
        assert_eq!(part_of(Some("bytes=-1"), 0), Part::Beyond);
    }

    #[test]
    fn anything_else_is_passed_over() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=0-1,4-5",
            "lines=0-1",
            "bytes=+1-2",
        ] {
            assert_eq!(part(header), Part::Whole, "{header}");
        }
        assert_eq!(part_of(None, 10), Part::Whole);
    }

    proptest! {
        #[test]
        fn a_part_never_leaves_the_whole(header in "bytes=[0-9]{0,4}-[0-9]{0,4}", size in 0..3000usize) {
            if let Part::Bytes { first, last } = part_of(Some(&header), size) {
                prop_assert!(first <= last && last < size);
            }
        }
    }
}
