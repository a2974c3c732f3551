//! The long answer: every rule that is for a record, and what each says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Adopted, Due, Facts, RuleAt, Rules, Triggers, Verdict};
use crate::policy::compiled::{Limit, Said};
use crate::policy::{Period, Then};

/// What is decided about a record, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Every rule that is for the record.
    pub applied: Vec<Applied>,
    /// When it is due.
    pub due: Due,
    /// The latest instant at which privacy lets it be kept: never before it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Timestamp>,
    /// Which of `applied` decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
}

/// One rule that is for a record, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The schedule's name.
    pub schedule: String,
    /// Which version of it.
    pub version: u32,
    /// The rule's id.
    pub rule: String,
    /// What obliges to it.
    pub authority: Vec<String>,
    /// What starts its clock, in words.
    pub clock: String,
    /// When that was; `None` while it has not come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<Timestamp>,
    /// Its minimum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Period>,
    /// When the minimum has ended; `None` where it has none, or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Its maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Period>,
    /// When the maximum has ended; `None` where it has none, or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub must_go: Option<Timestamp>,
    /// Whether it names a party, a number, a tag or a lexicon.
    pub explicit: bool,
    /// What happens then.
    pub then: Then,
}

impl Decision {
    /// The rule that decides.
    pub fn winner(&self) -> Option<&Applied> {
        self.applied.get(self.by?)
    }
}

impl Rules {
    /// When the record of the entry `at` is due, by which rule, and every other rule
    /// that is for it.
    pub fn decide(&self, at: u64, facts: &Facts, triggers: &Triggers<'_>) -> Decision {
        let mut told: Vec<(RuleAt, Said)> = vec![];
        let Verdict { due, max, by, then: _ } =
            self.weigh(at, facts, triggers, |rule, said| told.push((rule, *said)));
        let by = told.iter().position(|(rule, _)| Some(*rule) == by);
        let applied = told.iter().filter_map(|(rule, said)| self.applied(*rule, said)).collect();
        Decision { applied, due, max, by }
    }

    fn applied(&self, at: RuleAt, said: &Said) -> Option<Applied> {
        let (Adopted { schedule, .. }, rule) = self.rule(at)?;
        Some(Applied {
            schedule: schedule.name.clone(),
            version: schedule.version,
            rule: rule.id.clone(),
            authority: rule.authority.clone(),
            clock: rule.starts.to_string(),
            starts: said.starts,
            keep: rule.keep,
            due: date(said.keep),
            max: rule.max,
            must_go: date(said.max),
            explicit: rule.is_explicit(),
            then: rule.then,
        })
    }
}

fn date(limit: Option<Limit>) -> Option<Timestamp> {
    match limit? {
        Limit::At(at) => Some(at),
        Limit::Waiting | Limit::Unlimited => None,
    }
}

/// What is decided about the record of the entry `at`. For one record; for many,
/// compile [`Rules`] once.
pub fn decide(adopted: &[Adopted], at: u64, facts: &Facts, triggers: &Triggers<'_>) -> Decision {
    Rules::of(adopted).decide(at, facts, triggers)
}
