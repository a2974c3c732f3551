//! Everything that conduct is judged by, folded from the log entry by entry: pure.
//!
//! Records repeat, come late and in any order; each changes what is known, and what depends
//! on it is judged again when the piece of the log is at its end ([`State::settle`]). So
//! what is open in the end does not depend on the order, nor on how the log was cut into
//! pieces. A message is remembered until the provider tells nothing more of it; what is
//! wrong with it stays, and is judged again when something new is told about consent.

mod listed;
mod settle;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::config::Measure;
use super::finding::Finding;
use super::judge::{LATE_SECONDS_MAX, SLACK_SECONDS, WINDOW_SECONDS};
use super::sent::Sent;
use super::template::Templates;
use super::told::{Inbound, Notice, Pair, Sighting, Told};
use super::windows::Windows;
use crate::policy::Mark;
use crate::projection::findings::{FindingId, FindingKind};
use crate::record::RecordId;

/// How long a message is remembered after the last that was told of it: a day longer than
/// the provider tries.
const REMEMBERED_SECONDS: i64 = LATE_SECONDS_MAX + 24 * 3600;

/// How long it is remembered when customers wrote: a day longer still.
const WINDOWS_SECONDS: i64 = REMEMBERED_SECONDS + WINDOW_SECONDS;

const HOUR_SECONDS: i64 = 3600;

/// The record of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) entry: u64,
    pub(super) record: RecordId,
    /// Unix seconds.
    pub(super) captured: i64,
}

/// Everything that conduct is judged by.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    sent: HashMap<Mark, Sent>,
    windows: Windows,
    templates: Templates,
    findings: BTreeMap<FindingId, Held>,
    counts: Counts,
    /// Hours in which a message was captured that is destroyed now.
    blind: BTreeSet<i64>,
    /// When records of consent were last destroyed: what held before is not known whole.
    consent_lost: Option<i64>,
    /// When the newest message was sent that is not remembered any more.
    forgotten: Option<i64>,
    /// When customers wrote before this is not remembered any more.
    known_from: Option<i64>,
    /// When was last looked for what can be forgotten.
    looked: i64,
    /// How long the log was when it was begun to be read: what was told about consent
    /// before that is known from the beginning.
    began: u64,
    /// The messages of each conversation, by their time.
    #[serde(skip)]
    by_pair: HashMap<Pair, BTreeSet<(i64, Mark)>>,
    #[serde(skip)]
    pending: Pending,
}

/// What the end of the piece has to do.
#[derive(Clone, Debug, Default)]
struct Pending {
    messages: BTreeSet<Mark>,
    /// Of whom something was told about consent.
    people: HashSet<Mark>,
    /// Of everybody.
    everybody: bool,
    /// Findings were changed.
    changed: bool,
    /// Messages that are forgotten must be judged again.
    again: bool,
}

/// A finding, and the message that it is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Held {
    finding: Finding,
    sent: Option<Sent>,
}

/// What was counted since the beginning of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Messages of the business that are not remembered any more.
    pub messages: u64,
    /// Of these, how many could not be judged in full, because something about them was
    /// never told.
    pub unclear: u64,
    /// Findings that went with a record that was destroyed.
    pub erased: u64,
    /// Whether there were more findings than are listed.
    pub full: bool,
}

impl State {
    /// Nothing read yet, of a log of that length.
    pub(super) fn begin(log_size: u64) -> Self {
        Self { began: log_size, ..Self::default() }
    }

    /// Puts together again what a snapshot leaves out.
    pub(super) fn restored(mut self) -> Self {
        for (message, sent) in &self.sent {
            for pair in sent.pairs() {
                self.by_pair.entry(pair).or_default().insert((sent.at, *message));
            }
        }
        self
    }

    /// Takes what a record tells.
    pub(super) fn take(&mut self, told: Told, place: Place) {
        match told {
            Told::Inbound(inbound) => self.inbound(&inbound, place),
            Told::Sent(seen) => self.sighting(&seen, place),
            Told::Template(notice) => self.notice(&notice, place),
            Told::Nothing => {}
        }
    }

    /// Something was told about the consent of somebody. `against` is the time from which
    /// on it may speak against messages, where it may.
    pub(super) fn consent(
        &mut self,
        people: impl IntoIterator<Item = Mark>,
        against: Option<i64>,
        entry: u64,
    ) {
        self.pending.people.extend(people);
        let forgotten = self.forgotten.unwrap_or(i64::MIN);
        self.pending.again |= entry >= self.began && against.is_some_and(|from| from < forgotten);
    }

    /// A candidate was resolved: whose it was is not looked for.
    pub(super) fn resolved(&mut self, was_meant: bool, entry: u64) {
        self.pending.everybody = true;
        self.pending.again |= was_meant && entry >= self.began && self.forgotten.is_some();
    }

    /// A message was captured then, and is destroyed: it may have been a customer's.
    pub(super) fn unread(&mut self, captured: i64) {
        self.blind.insert(captured.div_euclid(HOUR_SECONDS));
    }

    /// Records of consent were destroyed then. What was found of messages before that stays
    /// as it is: what spoke for or against them may be gone.
    pub(super) fn consent_destroyed(&mut self, time: i64) {
        self.consent_lost = self.consent_lost.max(Some(time));
    }

    /// Forgets what records told that were destroyed, and the findings that name them.
    pub(super) fn destroyed(&mut self, is_destroyed: impl Fn(u64) -> bool) {
        let before = self.findings.len();
        self.findings.retain(|_, held| !is_destroyed(held.finding.entry));
        let erased = (before - self.findings.len()) as u64;
        self.counts.erased = self.counts.erased.saturating_add(erased);
        self.pending.changed |= erased > 0;
        for at in self.windows.forget(&is_destroyed).into_values() {
            self.blind.insert(at.div_euclid(HOUR_SECONDS));
        }
        self.templates.forget(&is_destroyed);
        let gone = self.sent.iter().filter(|(_, sent)| is_destroyed(sent.entry));
        for message in gone.map(|(message, _)| *message).collect::<Vec<_>>() {
            self.remove(message);
        }
    }

    /// Every finding.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values().map(|held| &held.finding)
    }

    /// What was counted.
    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }

    /// How many messages are remembered.
    pub(super) fn remembered(&self) -> usize {
        self.sent.len()
    }

    /// Whether findings were changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.pending.changed)
    }

    /// Whether the log must be read from its beginning: something told now speaks against
    /// messages that are not remembered any more.
    pub(super) const fn must_begin_again(&self) -> bool {
        self.pending.again
    }

    fn inbound(&mut self, inbound: &Inbound, place: Place) {
        // So late that what could have been answered is not remembered.
        if place.captured.saturating_sub(inbound.at) > LATE_SECONDS_MAX {
            return;
        }
        self.windows.take(inbound, place.entry);
        let last = inbound.at.saturating_add(WINDOW_SECONDS + SLACK_SECONDS);
        self.due(&inbound.pairs, inbound.at.saturating_sub(SLACK_SECONDS), last);
    }

    fn sighting(&mut self, seen: &Sighting, place: Place) {
        let message = seen.message;
        let sent = match self.remove(message) {
            Some(mut sent) => {
                sent.see(seen, place.captured);
                sent
            }
            None => Sent::first(seen, place.record, place.entry, place.captured),
        };
        let pairs: Vec<Pair> = sent.pairs().collect();
        if let Some(until) = seen.free_until {
            self.windows.free(pairs.iter().copied(), until, place.entry);
            self.due(&pairs, until.saturating_sub(3 * WINDOW_SECONDS), until);
        }
        for pair in &pairs {
            self.by_pair.entry(*pair).or_default().insert((sent.at, message));
        }
        // The next message may have been the first after an opt-out, and is not any more.
        self.due_after(&pairs, sent.at);
        self.sent.insert(message, sent);
        self.pending.messages.insert(message);
    }

    fn notice(&mut self, notice: &Notice, place: Place) {
        let Notice { used, state, at } = *notice;
        self.templates.take(used, state, at, place.entry, place.record);
        let of_it = |sent: &&Sent| sent.template.is_some_and(|other| other.may_be(used));
        let messages = self.sent.iter().filter(|(_, sent)| of_it(sent)).map(|(key, _)| *key);
        self.pending.messages.extend(messages);
    }

    /// Lets go of a message; those after it are judged again.
    fn remove(&mut self, message: Mark) -> Option<Sent> {
        let sent = self.sent.remove(&message)?;
        let pairs: Vec<Pair> = sent.pairs().collect();
        for pair in &pairs {
            let is_last = self.by_pair.get_mut(pair).is_some_and(|all| {
                all.remove(&(sent.at, message));
                all.is_empty()
            });
            if is_last {
                self.by_pair.remove(pair);
            }
        }
        self.due_after(&pairs, sent.at);
        Some(sent)
    }

    /// The messages of these conversations in a time are to be judged.
    fn due(&mut self, pairs: &[Pair], from: i64, to: i64) {
        let all = pairs.iter().filter_map(|pair| self.by_pair.get(pair));
        let all = all.flat_map(|all| all.range((from, Mark(0))..=(to, Mark(u64::MAX))));
        self.pending.messages.extend(all.map(|(_, message)| *message));
    }

    /// The messages next to a time are to be judged.
    fn due_after(&mut self, pairs: &[Pair], at: i64) {
        for pair in pairs {
            let Some(all) = self.by_pair.get(pair) else { continue };
            let mut after = all.range((at, Mark(0))..);
            // Those of the same second, and the first of a later one.
            for (time, message) in after.by_ref() {
                self.pending.messages.insert(*message);
                if *time > at {
                    break;
                }
            }
        }
    }

    /// Whether it is not known whole what people consented to at a time.
    fn is_lost(&self, at: i64) -> bool {
        self.consent_lost.is_some_and(|until| at <= until)
    }
}

const fn is_of_consent(kind: FindingKind) -> bool {
    matches!(kind, FindingKind::WithoutConsent | FindingKind::AfterOptOut)
}

#[cfg(test)]
mod tests;
