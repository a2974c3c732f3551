//! Every subject, by every identifier.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::act::{ConsentAct, Verdict};
use super::captured::{self, Captured};
use super::subject::{Asked, Consent, Given, Resolution, SignalId, State, Subject};
use super::{Line, Signal};
use crate::entry::Ranges;
use crate::policy::Mark;
use crate::policy::consent::Purposes;
use crate::projection::{At, Refused};
use crate::record::{Record, RecordId};
use crate::tlog::LeafIndex;

/// Most signals kept of one subject; of more the oldest go that make no difference today.
const SIGNALS_MAX: usize = 1000;

/// Most identifiers of one subject; further ones name another.
const IDENTIFIERS_MAX: usize = 256;

/// The longest reason of a resolution.
const REASON_BYTES_MAX: usize = 4096;

/// Most lines of an imported file.
pub const LINES_MAX: usize = 10_000;

/// Who consents to what.
#[derive(Clone, Debug)]
pub struct Ledger {
    known: HashMap<Mark, u64>,
    subjects: BTreeMap<u64, Subject>,
    /// Whose the entries are that tell something.
    told_by: HashMap<LeafIndex, u64>,
    /// Open candidates, by the record that noted them, with their subject.
    open: BTreeMap<RecordId, u64>,
    next: u64,
    signals_max: usize,
}

/// A candidate that somebody has to look at.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// It.
    pub given: &'a Given,
}

/// What a signal would be, if it were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// New.
    New,
    /// The same as one that is known.
    Known(SignalId),
}

impl Default for Ledger {
    fn default() -> Self {
        Self::keeping(SIGNALS_MAX)
    }
}

impl Ledger {
    /// A ledger that keeps so many signals of a subject.
    pub(super) fn keeping(signals_max: usize) -> Self {
        let (known, subjects, open) = (HashMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { known, subjects, told_by: HashMap::new(), open, next: 0, signals_max }
    }

    /// What held for a subject.
    pub fn consent(&self, subject: Mark, asked: &Asked) -> Consent<'_> {
        match self.subject(subject) {
            Some(subject) => subject.consent(asked),
            None => Consent {
                state: State::Unknown,
                since: None,
                evidence: None,
                then: None,
                forgotten: false,
            },
        }
    }

    /// Every signal of a subject, by its time.
    pub fn history(&self, subject: Mark) -> &[Given] {
        self.subject(subject).map_or(&[], |subject| &subject.given)
    }

    /// The signals of each subject, by their time.
    pub fn subjects(&self) -> impl Iterator<Item = &[Given]> {
        self.subjects.values().map(|subject| subject.given.as_slice())
    }

    /// Every identifier that is known of a subject.
    pub fn identifiers(&self, subject: Mark) -> Vec<&str> {
        let subject = self.subject(subject);
        let names = subject.into_iter().flat_map(|subject| &subject.identifiers);
        names.map(|(_, name)| name.as_str()).collect()
    }

    /// The candidates that nobody has resolved, in the order of their records' ids, which
    /// is that of their capture; behind `after` where one is named.
    pub fn review(&self, after: Option<RecordId>) -> impl Iterator<Item = Review<'_>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.open.range((from, Unbounded)).filter_map(|(record, subject)| {
            let given = self.subjects.get(subject)?.given.iter();
            let mut given = given.filter(|given| given.id.record == *record);
            given.next().map(|given| Review { given })
        })
    }

    /// How many candidates nobody has resolved.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Whether a signal is known already: of the same subject, saying the same about the
    /// same, given at the same time.
    pub fn told(&self, signal: &Signal) -> Told {
        let same = |given: &&Given| {
            let one = &given.signal;
            (one.kind, one.certainty, one.purposes, &one.channel, one.at)
                == (signal.kind, signal.certainty, signal.purposes, &signal.channel, signal.at)
                && given.numbers == numbers(signal)
        };
        let subjects = signal.marks().into_iter().filter_map(|mark| self.subject(mark));
        let known = subjects.flat_map(|subject| &subject.given).find(same);
        known.map_or(Told::New, |given| Told::Known(given.id))
    }

    /// Whether what is known of somebody's consent at a time rests on the record of an
    /// entry: it is the last word on something, or shows that two identifiers are of one
    /// person of whom there is such a word. Without it a restart would know less.
    pub fn rests_on(&self, entry: LeafIndex, now: Timestamp) -> bool {
        let subject = self.told_by.get(&entry).and_then(|subject| self.subjects.get(subject));
        subject.is_some_and(|subject| subject.rests_on(entry, now))
    }

    /// Whether the record of an entry was the first to show that two identifiers are of one
    /// person.
    pub fn shows_one_person(&self, entry: LeafIndex) -> bool {
        let subject = self.told_by.get(&entry).and_then(|subject| self.subjects.get(subject));
        subject.is_some_and(|subject| subject.shown_by.contains(&entry))
    }

    /// Takes the next captured record of class `consent`.
    pub fn take(&mut self, index: LeafIndex, time: Timestamp, id: RecordId, record: &Record) {
        match captured::read(record, id, time) {
            Captured::Signal(signal) => {
                let id = SignalId { record: id, line: 0 };
                self.add(*signal, id, index, time, None);
            }
            Captured::Same(identifiers) => {
                self.subject_of(&identifiers, index);
            }
            Captured::Nothing => {}
        }
    }

    /// Lets go of what the records of these entries told: they were destroyed. Who reads the
    /// log from its beginning does not know it either.
    pub fn forget(&mut self, entries: &Ranges) {
        for index in entries.iter() {
            let subject = self.told_by.remove(&index);
            let Some(kept) = subject.and_then(|subject| self.subjects.get_mut(&subject)) else {
                continue;
            };
            for gone in kept.given.iter().filter(|given| given.index == index) {
                self.open.remove(&gone.id.record);
            }
            kept.given.retain(|given| given.index != index);
        }
    }

    /// Whether a decision can follow.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn check(&self, at: &At<'_>, act: &ConsentAct) -> Result<(), Refused> {
        match act {
            ConsentAct::Told { signal } => self.check_signal(signal, at.time),
            ConsentAct::Imported { lines, .. } => {
                if lines.is_empty() || lines.len() > LINES_MAX {
                    let why = format!("a file of 1 to {LINES_MAX} lines that are not known yet");
                    return Err(Refused(why));
                }
                lines.iter().try_for_each(|Line { line, signal }| {
                    let checked = self.check_signal(signal, at.time);
                    checked.map_err(|Refused(why)| Refused(format!("line {line}: {why}")))
                })
            }
            ConsentAct::Resolved { candidate, reason, .. } => {
                if reason.trim().is_empty() || reason.len() > REASON_BYTES_MAX {
                    return Err(Refused("reason: say why, in at most 4096 bytes".to_owned()));
                }
                match self.open.contains_key(candidate) {
                    true => Ok(()),
                    false => Err(Refused("there is no such candidate in review".to_owned())),
                }
            }
        }
    }

    /// Whether a signal could be told at this time.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn check_signal(&self, signal: &Signal, now: Timestamp) -> Result<(), Refused> {
        signal.check(now)?;
        let mut subjects = signal.marks().into_iter().filter_map(|mark| self.subject(mark));
        match subjects.all(|subject| subject.has_room(self.signals_max)) {
            true => Ok(()),
            false => Err(Refused(format!("the subject has {} signals already", self.signals_max))),
        }
    }

    /// Takes the next decision.
    ///
    /// # Errors
    /// As [`Ledger::check`]; then nothing changed. That what was resolved is not known is
    /// none: its record may have been destroyed since.
    pub fn apply(&mut self, at: &At<'_>, act: &ConsentAct) -> Result<(), Refused> {
        match act {
            ConsentAct::Told { .. } | ConsentAct::Imported { .. } => self.check(at, act)?,
            ConsentAct::Resolved { .. } => {}
        }
        let who = || Some((at.who.to_owned(), at.name.to_owned()));
        match act {
            ConsentAct::Told { signal } => {
                let id = SignalId { record: at.record, line: 0 };
                self.add((**signal).clone(), id, at.index, at.time, who());
            }
            ConsentAct::Imported { lines, .. } => {
                for Line { line, signal } in lines {
                    let id = SignalId { record: at.record, line: *line };
                    self.add(signal.clone(), id, at.index, at.time, who());
                }
            }
            ConsentAct::Resolved { candidate, verdict, purposes, reason } => {
                self.resolve(*candidate, at, *verdict, *purposes, reason);
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        signal: Signal,
        id: SignalId,
        index: LeafIndex,
        recorded: Timestamp,
        by: Option<(String, String)>,
    ) {
        let Some(subject) = self.subject_of(&signal.subject, index) else { return };
        self.told_by.insert(index, subject);
        let (numbers, signal) = (numbers(&signal), Arc::new(signal));
        let given = Given { id, index, recorded, by, signal, resolution: None, numbers };
        if given.is_open() {
            self.open.insert(id.record, subject);
        }
        let kept = self.subjects.entry(subject).or_default();
        kept.add(given);
        if kept.given.len() > self.signals_max {
            kept.forget_to(self.signals_max);
            let left: Vec<RecordId> = kept.given.iter().map(|given| given.id.record).collect();
            self.open.retain(|record, of| *of != subject || left.contains(record));
        }
    }

    fn resolve(
        &mut self,
        candidate: RecordId,
        at: &At<'_>,
        verdict: Verdict,
        purposes: Option<Purposes>,
        reason: &str,
    ) {
        let Some(subject) = self.open.remove(&candidate) else { return };
        let given = self.subjects.get_mut(&subject).into_iter().flat_map(|one| &mut one.given);
        for given in given.filter(|given| given.id.record == candidate) {
            given.resolution = Some(Resolution {
                verdict,
                purposes: purposes.unwrap_or(given.signal.purposes),
                record: at.record,
                recorded: at.time,
                by: (at.who.to_owned(), at.name.to_owned()),
                reason: reason.to_owned(),
            });
        }
    }

    fn subject(&self, mark: Mark) -> Option<&Subject> {
        self.subjects.get(self.known.get(&mark)?)
    }

    /// The subject that all these identifiers, told by an entry, name from now on; `None`
    /// of none.
    fn subject_of(&mut self, identifiers: &[String], by: LeafIndex) -> Option<u64> {
        let marks: Vec<Mark> = identifiers.iter().map(|name| Mark::of(name)).collect();
        let mut known: Vec<u64> =
            marks.iter().filter_map(|mark| self.known.get(mark)).copied().collect();
        known.sort_unstable();
        known.dedup();
        let (first, others) = match known.split_first() {
            Some((first, others)) => (*first, others),
            None if marks.is_empty() => return None,
            None => {
                self.next += 1;
                (self.next, [].as_slice())
            }
        };
        for other in others {
            self.join(first, *other);
        }
        let subject = self.subjects.entry(first).or_default();
        let known_before = if others.is_empty() { subject.identifiers.len() } else { 0 };
        for (mark, name) in marks.into_iter().zip(identifiers) {
            let is_full = subject.identifiers.len() >= IDENTIFIERS_MAX;
            if !is_full && !self.known.contains_key(&mark) {
                self.known.insert(mark, first);
                subject.identifiers.push((mark, name.clone()));
            }
        }
        let named = subject.identifiers.len();
        if named > known_before && named > 1 {
            subject.shown_by.push(by);
            self.told_by.insert(by, first);
        }
        Some(first)
    }

    fn join(&mut self, first: u64, other: u64) {
        let Some(joined) = self.subjects.remove(&other) else { return };
        for (mark, _) in &joined.identifiers {
            self.known.insert(*mark, first);
        }
        for given in joined.given.iter().filter(|given| given.is_open()) {
            self.open.insert(given.id.record, first);
        }
        let told = joined.given.iter().map(|given| given.index);
        for entry in told.chain(joined.shown_by.iter().copied()) {
            self.told_by.insert(entry, first);
        }
        self.subjects.entry(first).or_default().join(joined);
    }
}

fn numbers(signal: &Signal) -> Vec<Mark> {
    let mut numbers: Vec<Mark> = signal.numbers.iter().map(|name| Mark::of(name)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
