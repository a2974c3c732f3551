//! What is due now, and why: the facts of every record against rules and holds.
//!
//! Pure but for the reading of what goes together ([`super::bundle`]): rules, holds and
//! the present moment are passed in. It destroys nothing, and what it says is decided
//! again from the opened record before anything is.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::entry::Ranges;
use crate::index::Selection;
use crate::policy::{Due, Facts, Mark, RuleAt, Rules, Then, Triggers, Verdict};
use crate::projection::events::Events;
use crate::projection::runs::Group;
use crate::projection::tags::{Tagged, TagsOn};
use crate::record::Class;
use crate::tlog::{Hash, LeafIndex};

/// What records are judged by.
pub(super) struct Ground<'a> {
    pub(super) rules: &'a Rules,
    pub(super) events: &'a Events,
    pub(super) tagged: &'a Tagged,
    /// The newest message of each conversation, where a rule asks for it.
    pub(super) last_of_thread: &'a HashMap<[u8; 16], Timestamp>,
    pub(super) now: Timestamp,
}

/// A record that its rules let go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) entry: LeafIndex,
    pub(super) by: RuleAt,
    pub(super) due: Timestamp,
    pub(super) then: Then,
    /// Whether it would not be due, had no tag been taken.
    pub(super) untagged: bool,
}

/// What came of a part of the records.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) candidates: Vec<Candidate>,
    /// Every record that a hold is on, due or not.
    pub(super) held: Selection,
    /// Records that no rule is for.
    pub(super) unruled: u64,
    /// Records whose event has not come.
    pub(super) waiting: u64,
    /// Records whose time has not come.
    pub(super) later: u64,
    /// Records that are due and held.
    pub(super) held_due: u64,
    /// Records that are due and kept because their person wants it (GDPR art. 18).
    pub(super) restricted_due: u64,
    /// Used for one record after the other.
    events: Vec<(Mark, Timestamp)>,
    /// The same.
    pub(super) room: Room,
}

/// Room for the facts of one record after the other.
#[derive(Debug, Default)]
pub(super) struct Room(Option<Facts>);

impl Room {
    /// The facts that were in it last.
    pub(super) fn facts(&mut self) -> &mut Facts {
        self.0.get_or_insert_with(|| Facts::bare(Class::Message, Timestamp::UNIX_EPOCH))
    }
}

impl Ground<'_> {
    /// When a record is due.
    pub(super) fn verdict(
        &self,
        entry: LeafIndex,
        facts: &Facts,
        events: &mut Vec<(Mark, Timestamp)>,
    ) -> Verdict {
        if self.rules.need_events() {
            self.events.of(entry, facts, events);
        }
        let thread = facts.thread.and_then(|thread| self.last_of_thread.get(&thread).copied());
        let triggers = Triggers { last_of_thread: thread, events };
        self.rules.verdict(entry.get(), facts, &triggers)
    }

    /// Whether a record that is due would not be, had no tag been taken from it.
    fn is_untagged(
        &self,
        entry: LeafIndex,
        facts: &Facts,
        events: &mut Vec<(Mark, Timestamp)>,
    ) -> bool {
        if !self.tagged.has_taken() {
            return false;
        }
        let mut ever = facts.clone();
        self.tagged.put_on(entry, TagsOn::Ever, &mut ever);
        // One that was put twice and taken once is on it still, and for a shorter time.
        if ever.tags == facts.tags && ever.tags_since == facts.tags_since {
            return false;
        }
        match self.verdict(entry, &ever, events).due {
            Due::Unruled => false,
            Due::Waiting => true,
            Due::At(due) => due > self.now,
        }
    }

    /// Whether what is no record proper, a delivery or a medium, may go along with a
    /// record: unless a rule keeps it longer.
    pub(super) fn may_go(&self, entry: LeafIndex, facts: &Facts) -> bool {
        match self.rules.verdict(entry.get(), facts, &Triggers::default()).due {
            Due::Unruled => true,
            Due::Waiting => false,
            Due::At(due) => due <= self.now,
        }
    }
}

impl Looked {
    /// Takes the next record; whether it is held, and whether it is restricted.
    pub(super) fn look(
        &mut self,
        ground: &Ground<'_>,
        entry: LeafIndex,
        facts: &Facts,
        (held, restricted): (bool, bool),
    ) {
        if held {
            self.held.insert(entry);
        }
        let verdict = ground.verdict(entry, facts, &mut self.events);
        match (verdict.due, verdict.by, verdict.then) {
            (Due::At(due), Some(by), Some(then)) if due <= ground.now => {
                if held {
                    self.held_due += 1;
                } else if restricted {
                    self.restricted_due += 1;
                } else {
                    let untagged = ground.is_untagged(entry, facts, &mut self.events);
                    self.candidates.push(Candidate { entry, by, due, then, untagged });
                }
            }
            (Due::At(_), ..) => self.later += 1,
            (Due::Waiting, ..) => self.waiting += 1,
            (Due::Unruled, ..) => self.unruled += 1,
        }
    }

    /// Joins what came of two parts.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.candidates.extend(other.candidates);
        self.held.unite(&other.held);
        self.unruled += other.unruled;
        self.waiting += other.waiting;
        self.later += other.later;
        self.held_due += other.held_due;
        self.restricted_due += other.restricted_due;
        self
    }
}

/// Candidates with what goes along with them, by the rule that lets them go.
pub(super) fn grouped(
    rules: &Rules,
    goes: impl IntoIterator<Item = (Candidate, Vec<LeafIndex>)>,
) -> Vec<Group> {
    let mut by_rule: BTreeMap<RuleAt, (Timestamp, Timestamp, Vec<LeafIndex>)> = BTreeMap::new();
    for (Candidate { entry, by, due, .. }, along) in goes {
        let (first, last, entries) = by_rule.entry(by).or_insert((due, due, vec![]));
        (*first, *last) = ((*first).min(due), (*last).max(due));
        entries.push(entry);
        entries.extend(along);
    }
    let group = |(at, (first, last, mut entries)): (RuleAt, (_, _, Vec<LeafIndex>))| {
        let (adopted, rule) = rules.rule(at)?;
        entries.sort_unstable();
        entries.dedup();
        Some(Group {
            schedule: adopted.schedule.name.clone(),
            sha256: Hash::from_bytes(adopted.sha256),
            rule: rule.id.clone(),
            due: (first, last),
            entries: Ranges::covering(entries),
        })
    };
    by_rule.into_iter().filter_map(group).collect()
}
