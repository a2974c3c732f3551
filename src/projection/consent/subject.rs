//! The signals of one subject, and what they amount to at a given time.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Signal, Verdict};
use crate::policy::Mark;
use crate::policy::consent::{Certainty, Channel, Kind, Purpose, Purposes};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// What a signal is named by: the record that it is in, and for one of an imported file
/// the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignalId {
    /// The record of class `consent` or `governance`.
    pub record: RecordId,
    /// The line of the file; 0 where it is of none.
    pub line: u32,
}

/// A signal in the ledger.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its name.
    pub id: SignalId,
    /// The entry that holds it.
    pub index: LeafIndex,
    /// When that was written: from then on the archive knew.
    pub recorded: Timestamp,
    /// The token's id and name of who told it; `None` where it was captured.
    pub by: Option<(String, String)>,
    /// What it says.
    pub signal: Arc<Signal>,
    /// How it was resolved, where it is a candidate.
    pub resolution: Option<Resolution>,
    pub(super) numbers: Vec<Mark>,
}

/// What somebody found who looked at a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// It.
    pub verdict: Verdict,
    /// What it is about.
    pub purposes: Purposes,
    /// The record of the decision.
    pub record: RecordId,
    /// When.
    pub recorded: Timestamp,
    /// The token's id and name.
    pub by: (String, String),
    /// Why.
    pub reason: String,
}

/// Whether there is consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was given.
    Given,
    /// It was withdrawn.
    Withdrawn,
    /// It was asked for and refused.
    Refused,
    /// It was given and has ended.
    Expired,
    /// Nothing is known.
    Unknown,
    /// It may have been withdrawn: somebody has to look. Marketing pauses.
    InReview,
}

/// What is asked of the ledger.
#[derive(Clone, Debug)]
pub struct Asked {
    /// To what.
    pub purpose: Purpose,
    /// On which channel.
    pub channel: Channel,
    /// To which business number: its digits or its id. `None` asks for what holds for
    /// every number.
    pub number: Option<Mark>,
    /// When.
    pub at: Timestamp,
}

/// What held.
#[derive(Clone, Debug)]
pub struct Consent<'a> {
    /// Whether there was consent, by all that is known now.
    pub state: State,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The signal that decides.
    pub evidence: Option<&'a Given>,
    /// What the archive knew at that time, where it was otherwise: signals and
    /// resolutions were recorded later.
    pub then: Option<State>,
    /// Whether signals of that time were let go of, because the subject had too many.
    pub forgotten: bool,
}

/// Everything of one subject, in the order of [`place`].
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) identifiers: Vec<(Mark, String)>,
    pub(super) given: Vec<Given>,
    /// The entries that showed which identifiers are of this person.
    pub(super) shown_by: Vec<LeafIndex>,
    /// Before this time some signals are missing.
    forgotten_before: Option<Timestamp>,
}

/// What a signal is about; of an open candidate also which way.
type Scope<'a> = (Purposes, Option<&'a Channel>, &'a [Mark], Option<Kind>);

impl State {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
            Self::InReview => "in_review",
        }
    }
}

impl Given {
    /// Whether it is a candidate that nobody has resolved.
    pub fn is_open(&self) -> bool {
        self.signal.certainty == Certainty::Candidate && self.resolution.is_none()
    }

    fn concerns(&self, asked: &Asked) -> bool {
        let channel = self.signal.channel.as_ref();
        channel.is_none_or(|channel| *channel == asked.channel)
            && (self.numbers.is_empty()
                || asked.number.is_some_and(|number| self.numbers.contains(&number)))
    }

    /// What it decides about, by what was known at a time; `None` where it decides nothing.
    fn decides(&self, known: Timestamp) -> Option<Purposes> {
        if self.signal.certainty == Certainty::Certain {
            return Some(self.signal.purposes);
        }
        let resolution = self.resolution.as_ref().filter(|one| one.recorded <= known)?;
        (resolution.verdict == Verdict::Meant).then_some(resolution.purposes)
    }

    /// Whether it says all that an earlier one says.
    fn replaces(&self, earlier: &Self) -> bool {
        let (Some(own), Some(purposes)) =
            (self.decides(Timestamp::MAX), earlier.decides(Timestamp::MAX))
        else {
            return false;
        };
        let channel = self.signal.channel.as_ref();
        let is_wide = self.numbers.is_empty()
            || (!earlier.numbers.is_empty()
                && earlier.numbers.iter().all(|number| self.numbers.contains(number)));
        is_wide
            && channel.is_none_or(|channel| earlier.signal.channel.as_ref() == Some(channel))
            && purposes.each().all(|purpose| own.contains(purpose))
    }

    fn pauses(&self, known: Timestamp) -> bool {
        self.signal.certainty == Certainty::Candidate
            && self.signal.kind == Kind::OptOut
            && self.signal.purposes.contains(Purpose::Marketing)
            && self.resolution.as_ref().is_none_or(|one| one.recorded > known)
    }

    fn state(&self, at: Timestamp) -> State {
        match (self.signal.kind, self.signal.expires) {
            (Kind::OptIn, Some(expires)) if expires <= at => State::Expired,
            (Kind::OptIn, _) => State::Given,
            (Kind::OptOut, _) => State::Withdrawn,
            (Kind::Refused, _) => State::Refused,
            (Kind::Expired, _) => State::Expired,
        }
    }

    /// Whether a later one says all that this one says, and of what: then this one can go.
    fn scope(&self) -> Scope<'_> {
        let open = self.is_open().then_some(self.signal.kind);
        let meant = self.resolution.as_ref().map(|one| one.purposes);
        let purposes = meant.unwrap_or(self.signal.purposes);
        (purposes, self.signal.channel.as_ref(), &self.numbers, open)
    }
}

/// Where a signal stands: by its time, what ends behind what gives, as the log has it.
fn place(given: &Given) -> (Timestamp, bool, LeafIndex, u32) {
    (given.signal.at, given.signal.kind != Kind::OptIn, given.index, given.id.line)
}

impl Subject {
    pub(super) fn add(&mut self, given: Given) {
        let at = self.given.partition_point(|other| place(other) <= place(&given));
        self.given.insert(at, given);
    }

    /// Takes another subject in: it is the same person.
    pub(super) fn join(&mut self, other: Self) {
        self.identifiers.extend(other.identifiers);
        self.given.extend(other.given);
        self.given.sort_by_key(place);
        self.shown_by.extend(other.shown_by);
        self.forgotten_before = self.forgotten_before.max(other.forgotten_before);
    }

    /// Lets go of what makes no difference any more, oldest first, until there are so many.
    pub(super) fn forget_to(&mut self, signals_max: usize) {
        while self.given.len() > signals_max {
            let Some((at, until)) = self.needless() else { return };
            // Of a candidate nobody will say any more whether it was meant.
            let is_open = self.given.remove(at).is_open();
            let until = if is_open { Timestamp::MAX } else { until };
            self.forgotten_before = self.forgotten_before.max(Some(until));
        }
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self, signals_max: usize) -> bool {
        self.given.len() < signals_max || self.needless().is_some()
    }

    /// The oldest signal that makes no difference after a time: a later one is about the
    /// same, or it was not meant.
    fn needless(&self) -> Option<(usize, Timestamp)> {
        let mut later: HashMap<Scope<'_>, Timestamp> = HashMap::new();
        let mut oldest = None;
        for (at, one) in self.given.iter().enumerate().rev() {
            let resolution = one.resolution.as_ref();
            let not_meant = resolution.filter(|one| one.verdict == Verdict::NotMeant);
            if let Some(resolution) = not_meant {
                oldest = Some((at, resolution.recorded));
                continue;
            }
            let known = resolution.map_or(one.recorded, |one| one.recorded);
            let from = one.signal.at.max(one.recorded).max(known);
            // The next one of the same scope says all that this one says, from then on.
            if let Some(until) = later.insert(one.scope(), from) {
                oldest = Some((at, until));
            }
        }
        oldest
    }

    /// See [`super::Ledger::rests_on`].
    pub(super) fn rests_on(&self, entry: LeafIndex, now: Timestamp) -> bool {
        let mut counting =
            self.given.iter().enumerate().filter(|(at, given)| self.counts(*at, given, now));
        if self.shown_by.contains(&entry) {
            return counting.next().is_some();
        }
        counting.any(|(_, given)| given.index == entry)
    }

    /// Whether a signal makes a difference now, or will when another one is gone.
    fn counts(&self, at: usize, given: &Given, now: Timestamp) -> bool {
        if given.is_open() {
            return true;
        }
        let later = self.given.get(at + 1..).unwrap_or_default();
        if given.decides(Timestamp::MAX).is_none() || later.iter().any(|it| it.replaces(given)) {
            return false;
        }
        let gives = |given: &Given| given.state(now) == State::Given;
        match given.state(now) {
            // What ended is worth nothing, but as an answer to what it took the place of.
            State::Expired => self.given.get(..at).unwrap_or_default().iter().any(gives),
            State::Given | State::Withdrawn | State::Refused | State::Unknown | State::InReview => {
                true
            }
        }
    }

    pub(super) fn consent(&self, asked: &Asked) -> Consent<'_> {
        let (state, since, evidence) = self.known(asked, Timestamp::MAX);
        let (then, ..) = self.known(asked, asked.at);
        Consent {
            state,
            since,
            evidence,
            then: (then != state).then_some(then),
            forgotten: self.forgotten_before.is_some_and(|before| asked.at < before),
        }
    }

    /// What held, by what was recorded up to a time.
    fn known(&self, asked: &Asked, known: Timestamp) -> (State, Option<Timestamp>, Option<&Given>) {
        let said = self.given.iter().filter(|given| {
            given.signal.at <= asked.at && given.recorded <= known && given.concerns(asked)
        });
        let decides = |given: &&Given| {
            given.decides(known).is_some_and(|purposes| purposes.contains(asked.purpose))
        };
        let last = said.clone().rfind(decides);
        let state = last.map_or(State::Unknown, |given| given.state(asked.at));
        if asked.purpose == Purpose::Marketing && matches!(state, State::Given | State::Unknown) {
            let mut pausing = said.clone().filter(|given| given.pauses(known));
            if let Some(first) = pausing.next() {
                return (State::InReview, Some(first.signal.at), Some(first));
            }
        }
        let since = last.map(|given| match (state, given.signal.expires) {
            (State::Expired, Some(expires)) => expires,
            _ => given.signal.at,
        });
        (state, since, last)
    }
}
