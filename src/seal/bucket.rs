//! Buckets and their generations: which key a record's key is wrapped under.
//!
//! A bucket is a class × month. Its key can be replaced, so that it has *generations*,
//! counted from 1; each is a row in `buckets` named `BUCKET.GENERATION`, and has a share of
//! the same name. The key is made of both. A row named after the bucket alone, without
//! generation, is one of the time before there were shares: its 32 bytes are the key.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use zeroize::Zeroizing;

use super::shares::Share;
use crate::record::Class;

/// The bucket whose key the derived keys come from: the same for the archive's life, so
/// that it has one generation and no share.
const DERIVED_BUCKET: &str = "derived";

const INFO: &[u8] = b"muniment/bucket/v1";

/// The symmetric key of one generation of a bucket.
pub(super) struct BucketKey {
    pub(super) row: RowName,
    pub(super) key: Zeroizing<[u8; 32]>,
}

/// The name of a bucket's row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowName {
    bucket: String,
    /// 0 where the name has none.
    generation: u32,
}

impl RowName {
    pub(super) fn new(bucket: &str, generation: u32) -> Self {
        Self { bucket: bucket.to_owned(), generation }
    }

    /// The row of the key that the derived keys come from.
    pub fn derived() -> Self {
        Self::new(DERIVED_BUCKET, 0)
    }

    /// Reads the name of a row; `None` where no bucket has one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let bucket = Self::bucket_in(name);
        let generation = match name.strip_prefix(bucket)?.strip_prefix('.') {
            None => 0,
            Some(digits) => digits.parse().ok().filter(|number| *number > 0)?,
        };
        let is_bucket = is_class_and_month(bucket) || (bucket == DERIVED_BUCKET && generation == 0);
        let row = Self::new(bucket, generation);
        // `+1` and `01` are other spellings.
        (is_bucket && row.to_string() == name).then_some(row)
    }

    /// The bucket in the name of a row: what stands before the generation.
    pub fn bucket_in(name: &str) -> &str {
        name.split_once('.').map_or(name, |(bucket, _)| bucket)
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Which of its keys; 0 for one that is in the row whole.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether the key is made of the row and of a share.
    pub const fn has_share(&self) -> bool {
        self.generation > 0
    }
}

impl fmt::Display for RowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bucket)?;
        if self.generation > 0 { write!(f, ".{}", self.generation) } else { Ok(()) }
    }
}

impl BucketKey {
    /// The key of a row's secret, and of its share where it has one.
    pub(super) fn of(row: RowName, secret: Zeroizing<[u8; 32]>, share: Option<&Share>) -> Self {
        let key = match share {
            Some(share) => share.join(&secret, &row.to_string(), INFO),
            None => secret,
        };
        Self { row, key }
    }
}

/// The bucket of a class at a time: its month, UTC.
pub(super) fn bucket_name(class: Class, now: Timestamp) -> String {
    let date = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    format!("{class}-{:04}-{:02}", date.year(), date.month())
}

/// The first day of a bucket's month; `None` for a bucket of another class.
pub(super) fn month_of(bucket: &str, class: Class) -> Option<Date> {
    let month = bucket.strip_prefix(class.as_str())?.strip_prefix('-')?;
    let (year, month) = month.split_once('-')?;
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

fn is_class_and_month(name: &str) -> bool {
    let mut parts = name.splitn(3, '-');
    let (class, year, month) = (parts.next(), parts.next(), parts.next());
    let digits = |text: Option<&str>, width: usize| {
        text.is_some_and(|text| text.len() == width && text.bytes().all(|b| b.is_ascii_digit()))
    };
    class.is_some_and(|class| class.parse::<Class>().is_ok()) && digits(year, 4) && digits(month, 2)
}

impl fmt::Debug for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketKey").field("row", &self.row).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_tells_its_month() {
        let november = Timestamp::from_second(1_795_000_000).unwrap();
        let bucket = bucket_name(Class::Access, november);
        assert_eq!(month_of(&bucket, Class::Access), Some(Date::constant(2026, 11, 1)));
        assert_eq!(month_of(&bucket, Class::Message), None);
        for other in ["access-2026-13", "access-2026", "derived", "account-2026-11"] {
            assert_eq!(month_of(other, Class::Access), None, "{other}");
        }
    }

    #[test]
    fn rows_are_named_after_a_class_a_month_and_a_generation() {
        for name in ["derived", "message-2026-11", "unrecognised-1999-01.1", "message-2026-11.12"] {
            assert_eq!(RowName::parse(name).unwrap().to_string(), name);
        }
        for name in [
            "",
            "message",
            "mail-2026-11",
            "message-26-11",
            "message-2026-11-1",
            "message-2026-11.",
            "message-2026-11.0",
            "message-2026-11.01",
            "message-2026-11.+1",
            "message-2026-11.1.2",
            "message-2026-11.99999999999",
            "derived.1",
        ] {
            assert_eq!(RowName::parse(name), None, "{name}");
        }
    }
}
