//! Where a page ends, so that the next can begin there.
//!
//! A cursor carries what the pages of one search must agree on: how far the index
//! reached when the first page was asked for, and, where hits are ordered by how
//! well they match, the statistics that this was measured with. So records that
//! come in between two pages neither repeat a hit nor drop one, also when the
//! daemon restarts in between.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use super::ranking::Rank;

/// The form of the cursor's bytes.
const VERSION: u8 = 1;

/// The most characters that a cursor may have.
const CURSOR_CHARS_MAX: usize = 32 * 1024;

/// Where a page ended: an opaque text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Digest of the query and the order.
    pub(super) search: [u8; 8],
    /// The index reached up to here.
    pub(super) bound: u64,
    /// The last hit of the page.
    pub(super) last: Rank,
    pub(super) statistics: Vec<u64>,
}

/// A text that is not a cursor, or not one of this search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCursor {
    /// No cursor at all.
    #[error("this is not a cursor: take `next` of the page before, unchanged")]
    Malformed,
    /// Of another query or order.
    #[error("the cursor belongs to another query or order: begin again without it")]
    OtherSearch,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![VERSION];
        bytes.extend(self.search);
        for number in [self.bound, self.last.score, self.last.time, self.last.leaf] {
            bytes.extend(number.to_be_bytes());
        }
        for number in &self.statistics {
            push_short(&mut bytes, *number);
        }
        f.write_str(&BASE64.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        if text.len() > CURSOR_CHARS_MAX {
            return Err(BadCursor::Malformed);
        }
        let bytes = BASE64.decode(text).map_err(|_| BadCursor::Malformed)?;
        read(&bytes).ok_or(BadCursor::Malformed)
    }
}

fn read(bytes: &[u8]) -> Option<Cursor> {
    let (search, mut rest) = bytes.strip_prefix(&[VERSION])?.split_first_chunk()?;
    let mut long = || {
        let (number, after) = rest.split_first_chunk()?;
        rest = after;
        Some(u64::from_be_bytes(*number))
    };
    let bound = long()?;
    let last = Rank { score: long()?, time: long()?, leaf: long()? };
    let mut statistics = vec![];
    while !rest.is_empty() {
        let (number, after) = take_short(rest)?;
        statistics.push(number);
        rest = after;
    }
    Some(Cursor { search: *search, bound, last, statistics })
}

/// Seven bits a byte, the low ones first; all but the last byte have the high bit.
fn push_short(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take_short(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_survives_its_text_form(
            search: [u8; 8], bound: u64, score: u64, time: u64, leaf: u64,
            statistics in prop::collection::vec(0..u64::MAX >> 1, 0..40),
        ) {
            let cursor = Cursor { search, bound, last: Rank { score, time, leaf }, statistics };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in "[A-Za-z0-9_-]{0,120}") {
            let _ = text.parse::<Cursor>();
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "AQ", "!", &"A".repeat(80), &"A".repeat(CURSOR_CHARS_MAX + 4)] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor::Malformed), "{text}");
        }
    }
}
