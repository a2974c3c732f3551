//! What is due, when, and by which rule.
//!
//! Of all rules that are for a record the longest minimum wins; one that waits for
//! an event is longer than any date. Where minimums end together, a rule that names
//! a party, a number, a tag or a lexicon goes before a general one, then review
//! before transfer before destruction, then what stands first: schedules by their
//! adoption, rules as in their file. A maximum counts only where no minimum is longer.
//!
//! A version of a schedule counts for a record if it was in force when the record
//! was logged, or came later; what counted once counts for ever. It is decided as of
//! each adoption since then, and as of each tag that was put on it since, and the longest
//! of these decisions stands, in its maximum too. So whatever is adopted, and whichever
//! tag is put, can lengthen the time of a record that is there already, and never
//! shorten it.

#[cfg(test)]
mod any;
mod explain;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::compiled::{Compiled, Limit, Look, Rank, Said};
use super::{Facts, Mark, Schedule, Then};
use crate::policy::schedule::Rule;
use crate::record::Class;

pub use explain::{Applied, Decision, decide};

/// A version of a schedule, and when it was in force.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The version.
    pub schedule: Arc<Schedule>,
    /// The SHA-256 of its file.
    pub sha256: [u8; 32],
    /// The leaf index of the entry that adopted it.
    pub since: u64,
    /// The leaf index of the entry that replaced or withdrew it.
    pub until: Option<u64>,
}

/// What rules wait for, of one record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Triggers<'a> {
    /// When the last message of its conversation was; `None` for no conversation.
    pub last_of_thread: Option<Timestamp>,
    /// Events that were told of its parties, by the mark of their names. Of several
    /// of one name the latest counts.
    pub events: &'a [(Mark, Timestamp)],
}

/// When a record is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// No rule is for it: it is kept, and reported.
    Unruled,
    /// For something that has not come: until then it is kept.
    Waiting,
    /// From this instant on.
    At(Timestamp),
}

/// A rule of what was adopted, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleAt {
    adopted: usize,
    rule: usize,
}

/// The short answer: when, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// When it is due.
    pub due: Due,
    /// The latest instant at which privacy lets it be kept: never before it is due.
    pub max: Option<Timestamp>,
    /// The rule that decides; `None` exactly where none is for the record.
    pub by: Option<RuleAt>,
    /// What happens to it then.
    pub then: Option<Then>,
}

/// Everything adopted, compiled: decides a record without allocating.
#[derive(Clone, Debug)]
pub struct Rules {
    adopted: Vec<Adopted>,
    /// In the order of their adoption.
    versions: Vec<Version>,
}

#[derive(Clone, Debug)]
struct Version {
    adopted: usize,
    since: u64,
    until: Option<u64>,
    rules: Vec<Compiled>,
}

/// The end of a period, and whose it is.
#[derive(Clone, Copy, Debug)]
struct Bound {
    limit: Limit,
    rank: Rank,
    by: RuleAt,
}

impl Rules {
    /// Compiles what was adopted, withdrawn versions included.
    pub fn of(adopted: &[Adopted]) -> Self {
        let compiled = |(place, version): (usize, &Adopted)| {
            let schedule = &*version.schedule;
            let rules = schedule.rules.iter().map(|rule| Compiled::of(rule, schedule)).collect();
            Version { adopted: place, since: version.since, until: version.until, rules }
        };
        let mut versions: Vec<Version> = adopted.iter().enumerate().map(compiled).collect();
        versions.sort_by_key(|version| version.since);
        Self { versions, adopted: adopted.to_vec() }
    }

    /// What was compiled.
    pub fn adopted(&self) -> &[Adopted] {
        &self.adopted
    }

    /// The rule at a place, and whose it is.
    pub fn rule(&self, at: RuleAt) -> Option<(&Adopted, &Rule)> {
        let adopted = self.adopted.get(at.adopted)?;
        Some((adopted, adopted.schedule.rules.get(at.rule)?))
    }

    /// Whether some rule asks for the last message of a conversation.
    pub fn need_threads(&self) -> bool {
        self.compiled().any(Compiled::needs_thread)
    }

    /// Whether some rule is for records of a class.
    pub fn are_for(&self, class: Class) -> bool {
        self.compiled().any(|rule| rule.is_for(class))
    }

    /// Whether some rule waits for an event.
    pub fn need_events(&self) -> bool {
        self.compiled().any(Compiled::needs_events)
    }

    fn compiled(&self) -> impl Iterator<Item = &Compiled> {
        self.versions.iter().flat_map(|version| &version.rules)
    }

    /// When the record of the entry `at` is due, and by which rule.
    pub fn verdict(&self, at: u64, facts: &Facts, triggers: &Triggers<'_>) -> Verdict {
        self.weigh(at, facts, triggers, |_, _| {})
    }

    /// The same, telling every rule that is for the record.
    fn weigh(
        &self,
        at: u64,
        facts: &Facts,
        triggers: &Triggers<'_>,
        mut tell: impl FnMut(RuleAt, &Said),
    ) -> Verdict {
        let look = Look::at(facts, triggers);
        let mut longest = Longest::default();
        for stage in TagStage::all(at, facts) {
            let look = look.with_tags(stage.tags);
            let mut standing = Standing::default();
            let mut as_of = stage.from;
            let versions = self.versions.iter().filter(|version| version.counts_for(at));
            for version in versions.take_while(|version| version.since < stage.until) {
                if version.since > as_of {
                    longest.take(&standing);
                    as_of = version.since;
                }
                for (place, rule) in version.rules.iter().enumerate() {
                    let Some(said) = rule.say(&look) else { continue };
                    let by = RuleAt { adopted: version.adopted, rule: place };
                    // With all its tags every rule that was for it still is.
                    if stage.tags == facts.tags.len() {
                        tell(by, &said);
                    }
                    let bound = |limit| Bound { limit, rank: rule.rank, by };
                    standing.minimum = later(standing.minimum, said.keep.map(bound));
                    standing.maximum = earlier(standing.maximum, said.max.map(bound));
                }
            }
            longest.take(&standing);
        }
        longest.verdict()
    }
}

/// From one putting of a tag on a record to the next.
#[derive(Clone, Copy, Debug)]
struct TagStage {
    /// How many of its tags were on it.
    tags: usize,
    /// The entry from which on.
    from: u64,
    /// The entry of the next putting.
    until: u64,
}

impl TagStage {
    /// Of the record of an entry, from when it was logged: the last has no end.
    fn all(at: u64, facts: &Facts) -> impl Iterator<Item = Self> + '_ {
        let since = move |place: usize| facts.tags_since.get(place).map_or(at, |put| at.max(*put));
        let all = facts.tags.len();
        let first = (0..all).take_while(move |place| since(*place) <= at).count();
        (first..=all).map(move |tags| Self {
            tags,
            from: if tags == first { at } else { since(tags.saturating_sub(1)) },
            until: if tags == all { u64::MAX } else { since(tags) },
        })
    }
}

/// What stands as of some adoption.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    minimum: Option<Bound>,
    maximum: Option<Bound>,
}

/// The longest of what stood.
#[derive(Clone, Copy, Debug, Default)]
struct Longest {
    due: Option<Bound>,
    max: Option<Limit>,
}

impl Longest {
    fn take(&mut self, standing: &Standing) {
        // Where no rule sets a minimum, each of them sets a maximum.
        let Some(due) = standing.minimum.or(standing.maximum) else { return };
        self.due = later(self.due, Some(due));
        let max = standing.maximum.map_or(Limit::Unlimited, |bound| bound.limit);
        self.max = self.max.max(Some(max));
    }

    fn verdict(self) -> Verdict {
        let due = match self.due.map(|bound| bound.limit) {
            None => Due::Unruled,
            Some(Limit::Waiting | Limit::Unlimited) => Due::Waiting,
            Some(Limit::At(at)) => Due::At(at),
        };
        let max = match (due, self.max) {
            (Due::At(due), Some(Limit::At(max))) => Some(max.max(due)),
            (Due::At(_), Some(Limit::Waiting | Limit::Unlimited) | None)
            | (Due::Unruled | Due::Waiting, _) => None,
        };
        let by = self.due.map(|bound| bound.by);
        Verdict { due, max, by, then: self.due.map(|bound| bound.rank.then) }
    }
}

impl Version {
    /// Whether it was in force when the entry was logged, or came later.
    fn counts_for(&self, at: u64) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// What keeps longer; between equals, what goes before. The first of full equals.
fn later(one: Option<Bound>, other: Option<Bound>) -> Option<Bound> {
    match (one, other) {
        (Some(one), Some(other)) if (other.limit, other.rank) > (one.limit, one.rank) => {
            Some(other)
        }
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

/// What ends sooner; between equals, what goes before. The first of full equals.
fn earlier(one: Option<Bound>, other: Option<Bound>) -> Option<Bound> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let sooner = other.limit.cmp(&one.limit).then(one.rank.cmp(&other.rank));
            Some(if sooner.is_lt() { other } else { one })
        }
        (one, other) => one.or(other),
    }
}
