//! The quick way to read a leaf: byte by byte, in the one form that is written.
//!
//! [`read`] gives an entry only when its line would be written exactly as it
//! stands, and `None` whenever it is not sure; then the slow way decides, and says
//! why. A text with an escape or a letter outside ASCII, a year outside
//! 1 to 9999: all that is rare goes the slow way.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::entry::{Act, Entry, Event, Kept, MissedReason};
use crate::record::{Class, RecordId};
use crate::tlog::{Hash, LeafIndex};

/// What of a line was not read yet.
struct Line<'a>(&'a [u8]);

/// Reads a leaf in its one form.
pub(super) fn read(leaf: &[u8]) -> Option<Entry> {
    let mut line = Line(leaf);
    line.skip(br#"{"v":1,"index":"#)?;
    let index = LeafIndex::new(line.number()?);
    line.skip(br#","time":""#)?;
    let time = line.time()?;
    line.skip(br#"","kind":""#)?;
    let event = match line.word()? {
        b"captured" => captured(&mut line)?,
        b"linked" => linked(&mut line)?,
        b"missed" => missed(&mut line)?,
        b"accessed" => accessed(&mut line)?,
        // Few a log: the slow way has time for them.
        _ => return None,
    };
    line.skip(br#","prev":""#)?;
    let prev = Hash::from_bytes(line.hex()?);
    line.skip(br#""}"#)?;
    line.0.is_empty().then_some(Entry { index, time, event, prev })
}

fn captured(line: &mut Line<'_>) -> Option<Event> {
    let kept = kept(line)?;
    let delivery = line.optional_id(br#","delivery":""#)?;
    Some(Event::Captured { kept, delivery })
}

fn linked(line: &mut Line<'_>) -> Option<Event> {
    line.skip(br#","record":""#)?;
    let record = RecordId::from_bytes(line.hex()?);
    line.skip(br#"","medium":""#)?;
    let medium = RecordId::from_bytes(line.hex()?);
    line.skip(b"\"")?;
    let matches = if line.skip(br#","matches":true"#).is_some() {
        Some(true)
    } else {
        line.skip(br#","matches":false"#).map(|()| false)
    };
    Some(Event::Linked { record, medium, matches })
}

fn missed(line: &mut Line<'_>) -> Option<Event> {
    line.skip(br#","record":""#)?;
    let record = RecordId::from_bytes(line.hex()?);
    line.skip(br#"","reason":""#)?;
    let word = line.word()?;
    let reason = MissedReason::ALL.into_iter().find(|one| one.as_str().as_bytes() == word)?;
    Some(Event::Missed { record, reason })
}

fn accessed(line: &mut Line<'_>) -> Option<Event> {
    let kept = kept(line)?;
    line.skip(br#","who":""#)?;
    let who = line.text()?.to_owned();
    line.skip(br#","act":""#)?;
    let word = line.word()?;
    let act = Act::ALL.into_iter().find(|one| one.as_str().as_bytes() == word)?;
    let target = line.optional_id(br#","target":""#)?;
    Some(Event::Accessed { kept, who, act, target })
}

fn kept(line: &mut Line<'_>) -> Option<Kept> {
    line.skip(br#","record":""#)?;
    let record = RecordId::from_bytes(line.hex()?);
    line.skip(br#"","class":""#)?;
    let word = line.word()?;
    let class = Class::ALL.into_iter().find(|one| one.as_str().as_bytes() == word)?;
    line.skip(br#","bucket":""#)?;
    let bucket = line.text()?.to_owned();
    line.skip(br#","sealed":{"sha256":""#)?;
    let sealed_sha256 = Hash::from_bytes(line.hex()?);
    line.skip(br#"","size":"#)?;
    let sealed_size = line.number()?;
    line.skip(br#"},"commitment":""#)?;
    let commitment = Hash::from_bytes(line.hex()?);
    line.skip(b"\"")?;
    Some(Kept { record, class, bucket, sealed_sha256, sealed_size, commitment })
}

impl<'a> Line<'a> {
    /// Passes over bytes that must stand here; where others do, stays.
    fn skip<const N: usize>(&mut self, expected: &[u8; N]) -> Option<()> {
        let (found, rest) = self.0.split_first_chunk::<N>()?;
        // Of a known length, so that it is compared in a few words.
        (found == expected).then(|| self.0 = rest)
    }

    /// A number without leading zeros.
    fn number(&mut self) -> Option<u64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        let canonical = digits.len() == 1 || digits.first().is_some_and(|first| *first != b'0');
        self.0 = rest;
        let number = digits.iter().try_fold(0_u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
        });
        number.filter(|_| canonical)
    }

    /// Whatever stands before the next quote, with that: to be compared with words
    /// that are known.
    fn word(&mut self) -> Option<&'a [u8]> {
        let length = self.0.iter().position(|byte| *byte == b'"')?;
        let (word, rest) = self.0.split_at_checked(length)?;
        self.0 = rest.get(1..)?;
        Some(word)
    }

    /// A text of plain letters, with the quote that ends it.
    fn text(&mut self) -> Option<&'a str> {
        let text = self.word()?;
        let plain = text.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\');
        std::str::from_utf8(text).ok().filter(|_| plain)
    }

    /// An id after its field's name, with the quote that ends it; `Some(None)`
    /// where another field stands.
    fn optional_id<const N: usize>(&mut self, field: &[u8; N]) -> Option<Option<RecordId>> {
        if self.skip(field).is_none() {
            return Some(None);
        }
        let id = RecordId::from_bytes(self.hex()?);
        self.skip(b"\"")?;
        Some(Some(id))
    }

    /// `N` bytes in lower-case hexadecimal.
    fn hex<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (digits, rest) = self.0.split_at_checked(N.checked_mul(2)?)?;
        let mut bytes = [0; N];
        let mut wrong = 0;
        for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            let [high, low] = pair.map(digit);
            wrong |= high | low;
            *byte = high << 4 | low & 0x0f;
        }
        self.0 = rest;
        // A digit is below 16; what is none has the highest bit set.
        (wrong & 0x80 == 0).then_some(bytes)
    }

    /// A moment as entries have it: `2026-11-21T06:46:18.000120Z`.
    fn time(&mut self) -> Option<Timestamp> {
        let (time, rest) = self.0.split_first_chunk::<27>()?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', rest_of_time @ ..] =
            time
        else {
            return None;
        };
        let [n1, n2, b':', s1, s2, b'.', micros @ .., b'Z'] = rest_of_time else { return None };
        let year = decimal(&[*y1, *y2, *y3, *y4])?;
        let (month, day) = (decimal(&[*m1, *m2])?, decimal(&[*d1, *d2])?);
        let (hour, minute) = (decimal(&[*h1, *h2])?, decimal(&[*n1, *n2])?);
        let second = decimal(&[*s1, *s2])?;
        if year == 0 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_of(year, month, day)?;
        let seconds = i64::from(days) * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
        let nanos = decimal(micros)?.checked_mul(1000)?;
        self.0 = rest;
        Timestamp::new(seconds, nanos).ok()
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_of(year: i32, month: i32, day: i32) -> Option<i32> {
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
    let date = date.ok()?;
    // Years are counted from March on, so that the leap day comes last
    // (Hinnant, "chrono-compatible low-level date algorithms").
    let (year, month) = (i32::from(date.year()), i32::from(date.month()));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + i32::from(date.day()) - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// A few decimal digits.
fn decimal(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0_i32, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + i32::from(digit))
    })
}

/// The value of a lower-case hexadecimal digit; 0x80 and more for anything else.
const fn digit(byte: u8) -> u8 {
    let (decimal, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter + 10
    } else {
        0x80
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{decode_slowly, encode, tests::every_kind};
    use super::*;

    #[test]
    fn every_kind_that_there_are_many_of_is_read() {
        for entry in every_kind() {
            let is_rare =
                !matches!(entry.event.kind(), "captured" | "linked" | "missed" | "accessed");
            let read = read(&encode(&entry));
            assert_eq!(read, (!is_rare).then_some(entry));
        }
    }

    #[test]
    fn every_day_is_counted_as_the_calendar_does() {
        let mut date = Date::constant(1, 1, 1);
        let epoch = Date::constant(1970, 1, 1);
        while date.year() < 2401 {
            let days = (date - epoch).get_days();
            let (year, month, day) = (date.year().into(), date.month().into(), date.day().into());
            assert_eq!(days_of(year, month, day), Some(days), "{date}");
            date = date.tomorrow().unwrap();
        }
        assert_eq!(days_of(2026, 2, 29), None);
    }

    proptest! {
        #[test]
        fn times_are_read_as_they_are_written(micros in -62_135_596_800_000_000_i64..=253_402_207_199_999_999) {
            let time = Timestamp::from_microsecond(micros).unwrap();
            let text = format!("{time:.6}");
            prop_assert_eq!(Line(text.as_bytes()).time(), Some(time), "{}", text);
        }

        #[test]
        fn what_is_read_quickly_is_read_slowly_too(
            kind in 0..22_usize,
            edits in prop::collection::vec((0..4096_usize, any::<u8>(), 0..3_u8), 1..3),
        ) {
            let kinds = every_kind();
            let mut leaf = encode(&kinds[kind % kinds.len()]);
            for (at, byte, what) in edits {
                let at = at % leaf.len();
                match what {
                    0 => leaf[at] = byte,
                    1 => leaf.insert(at, byte),
                    _ => { leaf.remove(at); }
                }
            }
            if let Some(entry) = read(&leaf) {
                prop_assert_eq!(decode_slowly(&leaf).unwrap(), entry);
            }
        }
    }
}
