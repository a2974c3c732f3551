//! Days, months, years and moments, as spans of time in UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A half-open span of time in microseconds since 1970; open where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first microsecond in it.
    pub from: Option<i64>,
    /// The first microsecond after it.
    pub until: Option<i64>,
}

/// The span that a date names: `2026`, `2026-01`, `2026-01-02` (in UTC), or a
/// moment as in RFC 3339. `None` where it names none.
pub fn span_of(text: &str) -> Option<Span> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        let micros = moment.as_microsecond();
        return Some(Span { from: Some(micros), until: Some(micros.checked_add(1)?) });
    }
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map(|part| number(part, 2)).map_or(Some(None), |m| m.map(Some))?;
    let day = parts.next().map(|part| number(part, 2)).map_or(Some(None), |d| d.map(Some))?;
    if parts.next().is_some() {
        return None;
    }
    let (month_or_first, day_or_first) = (month.unwrap_or(1), day.unwrap_or(1));
    let first =
        Date::new(year, i8::try_from(month_or_first).ok()?, i8::try_from(day_or_first).ok()?)
            .ok()?;
    let length = match (month, day) {
        (None, _) => jiff::Span::new().years(1),
        (Some(_), None) => jiff::Span::new().months(1),
        (Some(_), Some(_)) => jiff::Span::new().days(1),
    };
    let after = first.checked_add(length).ok()?;
    Some(Span { from: Some(start_of(first)?), until: Some(start_of(after)?) })
}

fn number(part: &str, digits: usize) -> Option<i16> {
    let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    if plain { part.parse().ok() } else { None }
}

fn start_of(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}
