//! Periods, against arithmetic written out by hand.

use std::cmp::Ordering;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const fn years(years: u16) -> Period {
    Period { years, months: 0, days: 0 }
}

fn due_of(start: &str, rounding: Rounding, period: Period) -> String {
    let first = first_day(day_of(start.parse().unwrap()), rounding, YearEnd::CALENDAR);
    due(first, period.span()).to_string()
}

#[test]
fn a_record_is_due_after_the_whole_last_day() {
    let due = |start| due_of(start, Rounding::SameDay, years(3));
    assert_eq!(due("2026-11-21T08:00:00Z"), "2029-11-22T00:00:00Z");
    assert_eq!(due("2026-11-21T00:00:00Z"), "2029-11-22T00:00:00Z");
    assert_eq!(due("2026-11-21T23:59:59.999999Z"), "2029-11-22T00:00:00Z");
    assert_eq!(due("2026-11-22T00:30:00+01:00"), "2029-11-22T00:00:00Z");
}

#[test]
fn a_leap_day_and_years_end_on_the_last_of_february() {
    let due = |start, count| due_of(start, Rounding::SameDay, years(count));
    assert_eq!(due("2024-02-29T12:00:00Z", 1), "2025-03-01T00:00:00Z");
    assert_eq!(due("2024-02-29T12:00:00Z", 4), "2028-03-01T00:00:00Z");
    assert_eq!(due("2023-02-28T12:00:00Z", 1), "2024-02-29T00:00:00Z");
    assert_eq!(due("2096-02-29T12:00:00Z", 4), "2100-03-01T00:00:00Z");
}

#[test]
fn months_end_with_their_month_and_days_are_added_last() {
    let due = |period| due_of("2024-01-31T12:00:00Z", Rounding::SameDay, period);
    assert_eq!(due(Period { months: 1, ..Period::default() }), "2024-03-01T00:00:00Z");
    assert_eq!(due(Period { months: 1, days: 1, years: 0 }), "2024-03-02T00:00:00Z");
    assert_eq!(due(Period { months: 13, ..Period::default() }), "2025-03-01T00:00:00Z");
    assert_eq!(due(Period::default()), "2024-02-01T00:00:00Z");
}

#[test]
fn the_clock_can_start_at_the_end_of_a_month_or_year() {
    let due = |rounding| due_of("2026-02-10T12:00:00Z", rounding, years(6));
    assert_eq!(due(Rounding::EndOfMonth), "2032-02-29T00:00:00Z");
    assert_eq!(due(Rounding::EndOfYear), "2033-01-01T00:00:00Z");
    let fiscal = YearEnd::parse("06-30").unwrap();
    let first = |day| first_day(day, Rounding::EndOfFiscalYear, fiscal);
    assert_eq!(first(date(2026, 2, 10)), date(2026, 6, 30));
    assert_eq!(first(date(2026, 6, 30)), date(2026, 6, 30));
    assert_eq!(first(date(2026, 7, 1)), date(2027, 6, 30));
    let february = YearEnd::parse("02-29").unwrap();
    let first = |day| first_day(day, Rounding::EndOfFiscalYear, february);
    assert_eq!(first(date(2026, 3, 1)), date(2027, 2, 28));
    assert_eq!(first(date(2027, 3, 1)), date(2028, 2, 29));
}

#[test]
fn the_end_of_a_fiscal_year_is_a_day() {
    for text in ["", "6-30", "06-31", "13-01", "02-30", "00-10", "06-30-01", "aa-bb", "+6-30"] {
        assert_eq!(YearEnd::parse(text), None, "{text}");
    }
    assert_eq!(YearEnd::parse("06-30").unwrap().to_string(), "06-30");
}

#[test]
fn beyond_the_calendar_nothing_is_due() {
    assert_eq!(due(date(9999, 1, 1), years(1).span()), Timestamp::MAX);
    assert_eq!(due(date(9999, 12, 31), Period::default().span()), Timestamp::MAX);
    let fiscal = YearEnd::parse("01-01").unwrap();
    assert_eq!(first_day(date(9999, 5, 1), Rounding::EndOfFiscalYear, fiscal), Date::MAX);
}

#[test]
fn periods_are_compared_on_every_day() {
    let months = |months| Period { months, ..Period::default() };
    let days = |days| Period { days, ..Period::default() };
    assert_eq!(compare(years(3), years(6)), Some(Ordering::Less));
    assert_eq!(compare(years(1), months(12)), Some(Ordering::Equal));
    assert_eq!(compare(days(366), years(1)), Some(Ordering::Greater));
    assert_eq!(compare(days(30), months(1)), None);
}

#[test]
fn a_period_is_told_in_words() {
    assert_eq!(years(1).to_string(), "1 year");
    assert_eq!(Period { years: 2, months: 6, days: 1 }.to_string(), "2 years 6 months 1 day");
    assert_eq!(Period::default().to_string(), "0 days");
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day after a period, counted on the fingers.
fn naive_due((year, month, day): (i64, i64, i64), period: Period) -> (i64, i64, i64) {
    let months = (year * 12 + month - 1) + i64::from(period.years) * 12 + i64::from(period.months);
    let (mut year, mut month) = (months / 12, months % 12 + 1);
    let mut day = day.min(month_days(year, month));
    for _ in 0..=period.days {
        day += 1;
        if day > month_days(year, month) {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    (year, month, day)
}

proptest! {
    #[test]
    fn due_dates_are_those_counted_by_hand(
        year in 1970..2400_i16, month in 1..=12_i8, day in 1..=31_i8,
        years in 0..30_u16, months in 0..40_u16, days in 0..900_u32,
    ) {
        let day = day.min(date(year, month, 1).days_in_month());
        let period = Period { years, months, days };
        let counted = naive_due((year.into(), month.into(), day.into()), period);
        let due = day_of(due(date(year, month, day), period.span()));
        prop_assert_eq!((due.year().into(), due.month().into(), due.day().into()), counted);
    }
}
