//! A rule in the form that decides fast: sets of bits and sorted numbers.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::period::{self, Rounding, YearEnd, day_of};
use super::schedule::{Rule, Schedule, Then, Trigger};
use super::{Facts, Mark, TemplateCategory, Triggers};
use crate::record::{Class, Direction, Origin};

/// A provider's date further behind the capture than this counts as the capture:
/// a date in the future would keep a record for ever.
const AHEAD_SECONDS_MAX: i64 = 24 * 60 * 60;

/// A rule, compiled.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    condition: Condition,
    trigger: Awaited,
    rounding: Rounding,
    fiscal: YearEnd,
    keep: Option<Span>,
    max: Option<Span>,
    /// Decides between rules that keep a record equally long.
    pub(super) rank: Rank,
}

/// Explicit before general; then review before transfer before destruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) explicit: bool,
    pub(super) then: Then,
}

#[derive(Clone, Debug)]
enum Awaited {
    Message,
    LastOfThread,
    Captured,
    Event(Mark),
}

/// What a rule says of one record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    /// When the clock started; `None` while what starts it has not come.
    pub(super) starts: Option<Timestamp>,
    /// The end of the minimum; `None` where the rule sets none.
    pub(super) keep: Option<Limit>,
    /// The end of the maximum; `None` where the rule sets none.
    pub(super) max: Option<Limit>,
}

/// The end of a period. What is kept longer is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limit {
    At(Timestamp),
    /// For what has not come.
    Waiting,
    Unlimited,
}

/// The facts of one record, with what is worked out of them once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    facts: &'a Facts,
    /// Of its tags those that are looked at.
    tags: &'a [Mark],
    triggers: &'a Triggers<'a>,
    message: Timestamp,
    class: u16,
    origin: u8,
    direction: u8,
    template: u8,
}

impl<'a> Look<'a> {
    pub(super) fn at(facts: &'a Facts, triggers: &'a Triggers<'a>) -> Self {
        Self {
            facts,
            tags: &facts.tags,
            triggers,
            message: message_time(facts),
            class: class_bit(facts.class),
            origin: facts.origin.map_or(0, origin_bit),
            direction: facts.direction.map_or(0, direction_bit),
            template: facts.template.map_or(0, template_bit),
        }
    }

    /// The same, with the first so many of its tags alone.
    pub(super) fn with_tags(self, first: usize) -> Self {
        let tags = self.facts.tags.get(..first).unwrap_or(&self.facts.tags);
        Self { tags, ..self }
    }
}

/// When a record happened, for its retention: neither before its capture nor more
/// than a day after it.
pub fn message_time(facts: &Facts) -> Timestamp {
    match facts.at {
        Some(at) if at > facts.captured => {
            let ahead = at.as_second().saturating_sub(facts.captured.as_second());
            if ahead > AHEAD_SECONDS_MAX { facts.captured } else { at }
        }
        Some(_) | None => facts.captured,
    }
}

impl Compiled {
    pub(super) fn of(rule: &Rule, schedule: &Schedule) -> Self {
        Self {
            condition: Condition::of(rule, schedule),
            trigger: match &rule.starts.trigger {
                Trigger::Message => Awaited::Message,
                Trigger::LastOfThread => Awaited::LastOfThread,
                Trigger::Captured => Awaited::Captured,
                Trigger::Event(event) => Awaited::Event(Mark::of(event)),
            },
            rounding: rule.starts.from,
            fiscal: schedule.fiscal_year_end,
            keep: rule.keep.map(super::Period::span),
            max: rule.max.map(super::Period::span),
            rank: Rank { explicit: rule.is_explicit(), then: rule.then },
        }
    }

    pub(super) fn needs_thread(&self) -> bool {
        matches!(self.trigger, Awaited::LastOfThread)
    }

    pub(super) fn is_for(&self, class: Class) -> bool {
        self.condition.classes.is_none_or(|classes| classes & class_bit(class) != 0)
    }

    pub(super) fn needs_events(&self) -> bool {
        matches!(self.trigger, Awaited::Event(_))
    }

    /// What the rule says of a record; `None` where it is not for it.
    pub(super) fn say(&self, look: &Look<'_>) -> Option<Said> {
        if !self.condition.holds(look) {
            return None;
        }
        let starts = self.starts(look);
        let first = starts.map(|at| period::first_day(day_of(at), self.rounding, self.fiscal));
        Some(Said { starts, keep: end(first, self.keep), max: end(first, self.max) })
    }

    fn starts(&self, look: &Look<'_>) -> Option<Timestamp> {
        match &self.trigger {
            Awaited::Message => Some(look.message),
            Awaited::Captured => Some(look.facts.captured),
            // A record of no conversation is its own last message.
            Awaited::LastOfThread => look.triggers.last_of_thread.max(Some(look.message)),
            Awaited::Event(name) => {
                let events = look.triggers.events.iter();
                events.filter(|(event, _)| event == name).map(|(_, at)| *at).max()
            }
        }
    }
}

fn end(first: Option<Date>, span: Option<Span>) -> Option<Limit> {
    let span = span?;
    Some(first.map_or(Limit::Waiting, |first| Limit::At(period::due(first, span))))
}

/// All that is given must hold; what is `None` was not given.
#[derive(Clone, Debug)]
struct Condition {
    classes: Option<u16>,
    origins: Option<u8>,
    directions: Option<u8>,
    templates: Option<u8>,
    lists: Vec<(Listed, Vec<Mark>)>,
    places: Option<Places>,
}

/// What a list of marks is compared with.
#[derive(Clone, Copy, Debug)]
enum Listed {
    Parties,
    Numbers,
    Tags,
    Lexicons,
}

#[derive(Clone, Debug, Default)]
struct Places {
    calling: Vec<u16>,
    numbers: Vec<Mark>,
}

impl Condition {
    fn of(rule: &Rule, schedule: &Schedule) -> Self {
        let when = &rule.when;
        let names = |names: &[String]| sorted(names.iter().map(|name| Mark::of(name)));
        let lexicons = when
            .lexicons
            .iter()
            .filter_map(|name| schedule.lexicons.iter().find(|lexicon| lexicon.name == *name));
        let lists = [
            (Listed::Parties, names(&when.parties), when.parties.len()),
            (Listed::Numbers, names(&when.numbers), when.numbers.len()),
            (Listed::Tags, names(&when.tags), when.tags.len()),
            (Listed::Lexicons, sorted(lexicons.map(|lexicon| lexicon.mark())), when.lexicons.len()),
        ];
        let given = lists.into_iter().filter(|(_, _, given)| *given > 0);
        Self {
            classes: bits(&when.classes, |class| class_bit(*class)),
            origins: bits(&when.sources, |origin| origin_bit(*origin)),
            directions: when.direction.map(direction_bit),
            templates: bits(&when.templates, |template| template_bit(*template)),
            lists: given.map(|(listed, marks, _)| (listed, marks)).collect(),
            places: (!when.jurisdictions.is_empty()).then(|| Places::of(rule, schedule)),
        }
    }

    fn holds(&self, look: &Look<'_>) -> bool {
        self.classes.is_none_or(|classes| classes & look.class != 0)
            && self.origins.is_none_or(|origins| origins & look.origin != 0)
            && self.directions.is_none_or(|directions| directions & look.direction != 0)
            && self.templates.is_none_or(|templates| templates & look.template != 0)
            && self.lists.iter().all(|(listed, marks)| {
                let facts = look.facts;
                let of_record = match listed {
                    Listed::Parties => &facts.parties,
                    Listed::Numbers => &facts.numbers,
                    Listed::Tags => look.tags,
                    Listed::Lexicons => &facts.lexicons,
                };
                any_in(of_record, marks)
            })
            && self.places.as_ref().is_none_or(|places| places.have(look.facts))
    }
}

impl Places {
    fn of(rule: &Rule, schedule: &Schedule) -> Self {
        let named = |name: &String| rule.when.jurisdictions.contains(name);
        let places = schedule.places.iter().filter(|place| named(&place.name));
        let mut found = Self::default();
        for place in places {
            found.calling.extend(&place.calling);
            found.numbers.extend(place.numbers.iter().map(|number| Mark::of(number)));
        }
        found.numbers.sort_unstable();
        found
    }

    fn have(&self, facts: &Facts) -> bool {
        facts.calling.is_some_and(|digits| self.calling.iter().any(|code| begins(digits, *code)))
            || any_in(&facts.numbers, &self.numbers)
    }
}

/// Whether the decimal digits of a number begin with those of a code.
const fn begins(mut digits: u16, code: u16) -> bool {
    while digits > code {
        digits /= 10;
    }
    digits == code
}

fn any_in(marks: &[Mark], sorted: &[Mark]) -> bool {
    marks.iter().any(|mark| sorted.binary_search(mark).is_ok())
}

fn sorted(marks: impl Iterator<Item = Mark>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = marks.collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// The bits of a list; `None` for one that was not given.
fn bits<T, B>(list: &[T], bit: impl Fn(&T) -> B) -> Option<B>
where
    B: std::ops::BitOr<Output = B>,
{
    list.iter().map(bit).reduce(|bits, bit| bits | bit)
}

const fn class_bit(class: Class) -> u16 {
    1 << class as u16
}

const fn origin_bit(origin: Origin) -> u8 {
    1 << origin as u8
}

const fn direction_bit(direction: Direction) -> u8 {
    1 << direction as u8
}

const fn template_bit(template: TemplateCategory) -> u8 {
    1 << template as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_begins_with_a_code_digit_by_digit() {
        for (digits, code, expected) in [
            (4915, 49, true),
            (4915, 4915, true),
            (4915, 4, true),
            (4915, 91, false),
            (49, 4915, false),
            (1787, 1, true),
            (1, 1, true),
            (2, 1, false),
        ] {
            assert_eq!(begins(digits, code), expected, "{digits} {code}");
        }
    }

    #[test]
    fn a_date_of_the_provider_neither_shortens_nor_freezes() {
        let captured: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let time = |at: Option<&str>| {
            let at = at.map(|at| at.parse().unwrap());
            message_time(&Facts { at, ..Facts::bare(Class::Message, captured) }).to_string()
        };
        assert_eq!(time(None), "2026-11-21T08:00:00Z");
        assert_eq!(time(Some("2020-01-01T00:00:00Z")), "2026-11-21T08:00:00Z");
        assert_eq!(time(Some("2026-11-22T08:00:00Z")), "2026-11-22T08:00:00Z");
        assert_eq!(time(Some("2026-11-22T08:00:01Z")), "2026-11-21T08:00:00Z");
    }
}
