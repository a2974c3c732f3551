//! The same decision, written again: slowly, with lists, and dates counted on the
//! fingers. Shares nothing with what it checks but the types.

use jiff::Timestamp;

use super::{Adopted, Due, Triggers};
use crate::policy::{Facts, Mark, Period, Rounding, Rule, Schedule, Then, Trigger};

type Day = (i32, u32, u32);

/// A period's end: the first day after it; `None` for what waits.
type End = Option<Day>;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) due: Due,
    pub(super) max: Option<Timestamp>,
    /// Schedule, version, rule.
    pub(super) by: Option<(String, u32, String)>,
    pub(super) applied: usize,
}

#[derive(Clone, Copy)]
struct One<'a> {
    schedule: &'a Schedule,
    rule: &'a Rule,
    keep: Option<End>,
    max: Option<End>,
}

pub(super) fn decide(
    adopted: &[Adopted],
    at: u64,
    facts: &Facts,
    triggers: &Triggers<'_>,
) -> Answer {
    let mut moments: Vec<u64> = adopted.iter().map(|adopted| adopted.since).collect();
    moments.extend(&facts.tags_since);
    moments.retain(|since| *since > at);
    moments.push(at);
    moments.sort_unstable();
    let mut best = Answer { due: Due::Unruled, max: None, by: None, applied: 0 };
    let mut best_one: Option<One<'_>> = None;
    let mut unlimited = false;
    for moment in moments {
        let all = all(adopted, at, moment, &as_tagged(facts, moment), triggers);
        best.applied = all.len();
        let Some((due, max, one)) = as_it_stands(&all) else { continue };
        let weighs_more = best_one.as_ref().is_some_and(|best| weight(&one) > weight(best));
        if length(due) > length(best.due) || (due == best.due && weighs_more) {
            best.due = due;
            best_one = Some(one);
        }
        match max {
            Some(Some(max)) if !unlimited => best.max = best.max.max(Some(instant(max))),
            _ => unlimited = true,
        }
    }
    let bound = |max: Timestamp| match best.due {
        Due::At(due) if !unlimited => Some(max.max(due)),
        Due::At(_) | Due::Unruled | Due::Waiting => None,
    };
    best.max = best.max.and_then(bound);
    best.by =
        best_one.map(|one| (one.schedule.name.clone(), one.schedule.version, one.rule.id.clone()));
    best
}

/// With the tags that were on it at some entry.
fn as_tagged(facts: &Facts, moment: u64) -> Facts {
    let mut then = facts.clone();
    let later = facts.tags_since.iter().filter(|since| **since > moment).count();
    for _ in 0..later {
        then.tags.pop();
    }
    then
}

fn length(due: Due) -> (u8, Option<Timestamp>) {
    match due {
        Due::Unruled => (0, None),
        Due::At(at) => (1, Some(at)),
        Due::Waiting => (2, None),
    }
}

/// The rules for a record, of what counts for it and was adopted by some entry.
fn all<'a>(
    adopted: &'a [Adopted],
    at: u64,
    moment: u64,
    facts: &Facts,
    triggers: &Triggers<'_>,
) -> Vec<One<'a>> {
    let counts = |adopted: &&Adopted| {
        adopted.since <= moment && (adopted.until.is_none() || adopted.until > Some(at))
    };
    let mut counting: Vec<&Adopted> = adopted.iter().filter(counts).collect();
    counting.sort_by_key(|adopted| adopted.since);
    let mut all = vec![];
    for adopted in counting {
        for rule in &adopted.schedule.rules {
            if matches(rule, &adopted.schedule, facts) {
                let day = started(rule, facts, triggers);
                let day = day.map(|day| rounded(day, rule.starts.from, &adopted.schedule));
                let end = |period: Period| day.map(|day| after(day, period));
                let (keep, max) = (rule.keep.map(end), rule.max.map(end));
                all.push(One { schedule: &adopted.schedule, rule, keep, max });
            }
        }
    }
    all
}

/// When it is due, the maximum if there is one, and the rule that decides.
fn as_it_stands<'a>(all: &[One<'a>]) -> Option<(Due, Option<End>, One<'a>)> {
    let minimums: Vec<&One<'_>> = all.iter().filter(|one| one.keep.is_some()).collect();
    let maximums: Vec<End> = all.iter().filter_map(|one| one.max).collect();
    let max = match maximums.iter().flatten().min() {
        Some(day) => Some(Some(*day)),
        None if maximums.is_empty() => None,
        None => Some(None),
    };
    let (end, by) = if all.is_empty() {
        return None;
    } else if minimums.is_empty() {
        let binding = max.expect("without a minimum each rule has a maximum");
        (binding, first(all.iter().filter(|one| one.max == Some(binding))))
    } else if minimums.iter().any(|one| one.keep == Some(None)) {
        (None, first(minimums.into_iter().filter(|one| one.keep == Some(None))))
    } else {
        let longest = minimums.iter().filter_map(|one| one.keep).max().unwrap();
        (longest, first(minimums.into_iter().filter(|one| one.keep == Some(longest))))
    };
    Some((due(end), max, *by.unwrap()))
}

fn due(end: End) -> Due {
    end.map_or(Due::Waiting, |day| Due::At(instant(day)))
}

fn instant((year, month, day): Day) -> Timestamp {
    format!("{year:04}-{month:02}-{day:02}T00:00:00Z").parse().unwrap()
}

/// Of equals the one that goes before.
fn first<'a, 'b>(equals: impl Iterator<Item = &'b One<'a>>) -> Option<&'b One<'a>>
where
    'a: 'b,
{
    let mut best: Option<&One<'_>> = None;
    for one in equals {
        if best.is_none_or(|best| weight(one) > weight(best)) {
            best = Some(one);
        }
    }
    best
}

fn weight(one: &One<'_>) -> (bool, u8) {
    let when = &one.rule.when;
    let named = when.parties.len() + when.numbers.len() + when.tags.len() + when.lexicons.len();
    let then = match one.rule.then {
        Then::Review => 2,
        Then::Transfer => 1,
        Then::Destroy => 0,
    };
    (named > 0, then)
}

fn matches(rule: &Rule, schedule: &Schedule, facts: &Facts) -> bool {
    let when = &rule.when;
    let listed = |given: &[String], has: &[Mark]| {
        given.is_empty() || given.iter().any(|name| has.contains(&Mark::of(name)))
    };
    let lexicon = |name: &String| {
        let lexicon = schedule.lexicons.iter().find(|lexicon| lexicon.name == *name).unwrap();
        facts.lexicons.contains(&lexicon.mark())
    };
    let place = |name: &String| {
        let place = schedule.places.iter().find(|place| place.name == *name).unwrap();
        let digits = facts.calling.map_or(String::new(), |digits| digits.to_string());
        place.calling.iter().any(|code| digits.starts_with(&code.to_string()))
            || place.numbers.iter().any(|number| facts.numbers.contains(&Mark::of(number)))
    };
    (when.classes.is_empty() || when.classes.contains(&facts.class))
        && (when.sources.is_empty() || facts.origin.is_some_and(|it| when.sources.contains(&it)))
        && (when.direction.is_none() || when.direction == facts.direction)
        && (when.templates.is_empty()
            || facts.template.is_some_and(|it| when.templates.contains(&it)))
        && listed(&when.parties, &facts.parties)
        && listed(&when.numbers, &facts.numbers)
        && listed(&when.tags, &facts.tags)
        && (when.lexicons.is_empty() || when.lexicons.iter().any(lexicon))
        && (when.jurisdictions.is_empty() || when.jurisdictions.iter().any(place))
}

fn started(rule: &Rule, facts: &Facts, triggers: &Triggers<'_>) -> End {
    let day_later = facts.captured + jiff::SignedDuration::from_hours(24);
    let message = match facts.at {
        Some(at) if at > facts.captured && at <= day_later => at,
        _ => facts.captured,
    };
    let at = match &rule.starts.trigger {
        Trigger::Message => Some(message),
        Trigger::Captured => Some(facts.captured),
        Trigger::LastOfThread => match triggers.last_of_thread {
            Some(last) if last > message => Some(last),
            _ => Some(message),
        },
        Trigger::Event(name) => {
            let mut times: Vec<Timestamp> = vec![];
            for (event, at) in triggers.events {
                if *event == Mark::of(name) {
                    times.push(*at);
                }
            }
            times.into_iter().max()
        }
    }?;
    let text = at.to_string();
    let part = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap();
    Some((part(0, 4).try_into().unwrap(), part(5, 7), part(8, 10)))
}

fn rounded((year, month, day): Day, from: Rounding, schedule: &Schedule) -> Day {
    match from {
        Rounding::SameDay => (year, month, day),
        Rounding::EndOfMonth => (year, month, days(year, month)),
        Rounding::EndOfYear => (year, 12, 31),
        Rounding::EndOfFiscalYear => {
            let text = schedule.fiscal_year_end.to_string();
            let (last_month, last_day) = text.split_once('-').unwrap();
            let last_month: u32 = last_month.parse().unwrap();
            let last_day: u32 = last_day.parse().unwrap();
            let end = |year| (year, last_month, last_day.min(days(year, last_month)));
            if end(year) >= (year, month, day) { end(year) } else { end(year + 1) }
        }
    }
}

fn after((year, month, day): Day, period: Period) -> Day {
    let (mut year, mut month) = (year, month);
    for _ in 0..u32::from(period.years) * 12 + u32::from(period.months) {
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    let mut date = (year, month, day.min(days(year, month)));
    for _ in 0..=period.days {
        date = next(date);
    }
    date
}

fn next((year, month, day): Day) -> Day {
    match (month, day < days(year, month)) {
        (_, true) => (year, month, day + 1),
        (12, false) => (year + 1, 1, 1),
        (_, false) => (year, month + 1, 1),
    }
}

fn days(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
