//! How long, from when: calendar arithmetic in UTC.
//!
//! The clock of a rule starts at an instant. Its civil date in UTC is the first
//! day; a rounding moves it to the end of its month or year. Years and months are
//! added first, together, and a day that the month does not have becomes the
//! month's last (29 February and one year is 28 February); days are added then.
//! That is the last day on which the record is kept, whole: it is due at the
//! first instant after it, 00:00 UTC of the next day.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Span, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// The longest period of a rule.
pub(super) const PERIOD_YEARS_MAX: u16 = 200;
/// The same in months.
pub(super) const PERIOD_MONTHS_MAX: u16 = 2_400;
/// The same in days.
pub(super) const PERIOD_DAYS_MAX: u32 = 73_050;

/// A period of the calendar: years and months first, then days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Whole years.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub years: u16,
    /// Whole months.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub months: u16,
    /// Whole days.
    #[serde(default, skip_serializing_if = "is_none")]
    pub days: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u16) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Period {
    /// The period as jiff adds it.
    pub(super) fn span(self) -> Span {
        // The limits of a schedule are below those of a span.
        Span::new()
            .years(self.years.min(PERIOD_YEARS_MAX))
            .months(self.months.min(PERIOD_MONTHS_MAX))
            .days(self.days.min(PERIOD_DAYS_MAX))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (u32::from(self.years), "year"),
            (u32::from(self.months), "month"),
            (self.days, "day"),
        ];
        let mut parts = vec![];
        for (count, unit) in counts.into_iter().filter(|(count, _)| *count > 0) {
            parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
        f.pad(&if parts.is_empty() { "0 days".to_owned() } else { parts.join(" ") })
    }
}

/// A day of the year that a fiscal year ends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearEnd {
    month: i8,
    day: i8,
}

impl YearEnd {
    /// The end of the calendar's year.
    pub const CALENDAR: Self = Self { month: 12, day: 31 };

    /// Reads `MM-DD`. 29 February is the end of February in every year.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let is_pair = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        if !is_pair(month) || !is_pair(day) {
            return None;
        }
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // A leap year has every day that there is.
        Date::new(2024, month, day).ok().map(|_| Self { month, day })
    }

    fn in_year(self, year: i16) -> Option<Date> {
        let month = Date::new(year, self.month, 1).ok()?;
        Date::new(year, self.month, self.day.min(month.days_in_month())).ok()
    }
}

impl fmt::Display for YearEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// Which day the clock starts on, given the instant that starts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// The day itself.
    #[default]
    SameDay,
    /// The last day of its month.
    EndOfMonth,
    /// 31 December.
    EndOfYear,
    /// The last day of the schedule's fiscal year that it lies in.
    EndOfFiscalYear,
}

impl Rounding {
    /// Every rounding.
    pub const ALL: [Self; 4] =
        [Self::SameDay, Self::EndOfMonth, Self::EndOfYear, Self::EndOfFiscalYear];

    /// The word used in schedules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameDay => "same_day",
            Self::EndOfMonth => "end_of_month",
            Self::EndOfYear => "end_of_year",
            Self::EndOfFiscalYear => "end_of_fiscal_year",
        }
    }
}

/// The day in UTC that an instant lies in.
pub(super) fn day_of(instant: Timestamp) -> Date {
    Offset::UTC.to_datetime(instant).date()
}

/// The first day of the clock.
pub(super) fn first_day(day: Date, rounding: Rounding, fiscal: YearEnd) -> Date {
    match rounding {
        Rounding::SameDay => day,
        Rounding::EndOfMonth => day.last_of_month(),
        Rounding::EndOfYear => day.last_of_year(),
        Rounding::EndOfFiscalYear => {
            let ends = [Some(day.year()), day.year().checked_add(1)];
            let mut ends = ends.into_iter().flatten().filter_map(|year| fiscal.in_year(year));
            ends.find(|end| *end >= day).unwrap_or(Date::MAX)
        }
    }
}

/// The first instant at which a record may go whose clock started on `first`.
/// Beyond the calendar (year 9999) it is the calendar's last instant.
pub(super) fn due(first: Date, span: Span) -> Timestamp {
    let due = first.checked_add(span).ok().and_then(|last| last.tomorrow().ok());
    let due = due.and_then(|day| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
    due.unwrap_or(Timestamp::MAX)
}

/// Whether one period is longer than another, whatever day they start on; `None`
/// where it depends on the day.
pub(super) fn compare(one: Period, other: Period) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering;
    let mut found = Ordering::Equal;
    for first in sample_days() {
        match due(first, one.span()).cmp(&due(first, other.span())) {
            Ordering::Equal => {}
            order if found == Ordering::Equal || found == order => found = order,
            Ordering::Less | Ordering::Greater => return None,
        }
    }
    Some(found)
}

/// Days that tell periods apart: every day of four years, one of them leap.
fn sample_days() -> impl Iterator<Item = Date> {
    jiff::civil::date(2023, 1, 1).series(1.day()).take(4 * 365 + 1)
}

#[cfg(test)]
mod tests;
