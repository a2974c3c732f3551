//! What holds in the archive, folded from what was decided and told in it.
//!
//! Pure: entry by entry, in the order of the log, and nothing else goes in; so that
//! every reader of the log comes to the same state, at its end and at any place before.
//! How decisions get into the log, and are read back, is `govern`'s.

mod as_hex;
pub mod consent;
pub mod events;
pub mod findings;
pub mod holds;
pub mod runs;
pub mod schedules;
pub mod subjects;
pub mod tags;
pub mod threads;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::{Record, RecordId};
use crate::tlog::LeafIndex;

/// Something decided about the archive, as it is sealed in the entry's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "on", content = "act", rename_all = "snake_case")]
pub enum Act {
    /// On consent: signals told and imported, candidates resolved.
    Consent(consent::ConsentAct),
    /// On a disposition: its plan, approvals, end.
    Disposition(runs::DispositionAct),
    /// On what happened outside and starts a period.
    Event(events::EventAct),
    /// On a finding of conduct: what people made of it.
    Finding(findings::FindingAct),
    /// On a legal hold: its placing, notices, release.
    Hold(holds::HoldAct),
    /// On a retention schedule.
    Schedule(schedules::ScheduleAct),
    /// On the rights of a data subject: what they asked, what was answered.
    Subject(subjects::SubjectAct),
    /// On tags: what they are put on, and their taking.
    Tag(tags::TagAct),
    /// On a conversation: by which names it goes.
    Thread(threads::NamedAct),
}

/// Where and by whom something was decided.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The entry.
    pub index: LeafIndex,
    /// Its time.
    pub time: Timestamp,
    /// Its record: what was decided is named by it from now on.
    pub record: RecordId,
    /// The id of the token that was used.
    pub who: &'a str,
    /// The token's name.
    pub name: &'a str,
}

/// A decision that cannot follow what was decided before; it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// The state that all decisions up to some entry lead to.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// Who consents to what.
    pub consent: consent::Ledger,
    /// What happened that periods wait for.
    pub events: events::Events,
    /// What people made of findings of conduct.
    pub findings: findings::Findings,
    /// What must not be destroyed, and for which matter.
    pub holds: holds::Holds,
    /// Which dispositions were planned, approved, done.
    pub runs: runs::Runs,
    /// Which retention schedules are and were in force.
    pub schedules: schedules::Schedules,
    /// What people asked about their own data.
    pub subjects: subjects::Subjects,
    /// Which words were put on records, for rules to ask about.
    pub tags: tags::Tags,
    /// Which names are of one conversation.
    pub threads: Arc<threads::Names>,
}

impl Projection {
    /// Takes the next decision.
    ///
    /// # Errors
    /// When it cannot follow: then nothing changed. Such a decision is refused before it
    /// is written down; one that is met in a log was written by another build.
    pub fn apply(&mut self, at: &At<'_>, act: &Act) -> Result<(), Refused> {
        match act {
            Act::Consent(act) => self.consent.apply(at, act),
            Act::Disposition(act) => self.runs.apply(at, act),
            Act::Event(act) => self.events.apply(act),
            Act::Finding(act) => self.findings.apply(at, act),
            Act::Hold(act) => self.holds.apply(at, act),
            Act::Schedule(act) => self.schedules.apply(at, act),
            Act::Subject(act) => self.subjects.apply(at, act),
            Act::Tag(act) => self.tags.apply(at, act),
            Act::Thread(act) => {
                Arc::make_mut(&mut self.threads).take(act);
                self.events.name_by(&self.threads);
                self.tags.name_by(&self.threads);
                Ok(())
            }
        }
    }

    /// Whether a decision can follow: what [`Projection::apply`] would answer.
    ///
    /// # Errors
    /// As [`Projection::apply`].
    pub fn check(&self, at: &At<'_>, act: &Act) -> Result<(), Refused> {
        match act {
            Act::Consent(act) => self.consent.check(at, act),
            Act::Disposition(act) => self.runs.clone().apply(at, act),
            Act::Event(act) => events::Events::check(act),
            Act::Finding(act) => self.findings.check(act),
            Act::Hold(act) => self.holds.check(at, act),
            Act::Schedule(act) => self.schedules.check(act),
            Act::Subject(act) => self.subjects.check(at, act),
            Act::Tag(act) => self.tags.check(at, act),
            Act::Thread(act) => act.check(),
        }
    }

    /// Takes that the records of these entries were destroyed.
    pub fn forget(&mut self, entries: &crate::entry::Ranges) {
        self.consent.forget(entries);
    }

    /// Takes the next record of class `consent`, in the order of the log with the
    /// decisions.
    pub fn take(&mut self, index: LeafIndex, time: Timestamp, id: RecordId, record: &Record) {
        self.consent.take(index, time, id, record);
    }
}

/// The bytes of a conversation's id; `None` for what is none.
fn thread_bytes(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}
