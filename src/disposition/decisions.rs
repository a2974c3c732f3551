//! What rules say of decisions about the archive, which are never destroyed
//! (`docs/DECISIONS/0026-governance.md`): for who must show that they are kept long enough.

use jiff::Timestamp;

use super::explain::Explained;
use super::look::Standing;
use super::{Error, Inner};
use crate::entry::Entry;
use crate::policy::{Facts, Mark, Triggers};
use crate::projection::Act;
use crate::projection::schedules::{ScheduleAct, Schedules};
use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

/// What happens to the decision that adopted a schedule's version when that is replaced or
/// withdrawn: no one need tell it.
const POLICY_ENDED: &str = "policy_ended";

const KEPT: &str = "decisions are kept for the life of the archive";

impl Inner {
    /// Explains a decision: what its rules say, and that it stays.
    pub(super) fn explain_decision(
        &self,
        standing: &Standing,
        entry: &Entry,
        record: RecordId,
    ) -> Result<Explained, Error> {
        let facts = Facts::bare(Class::Governance, entry.time);
        let events = self.ended_policy(standing, entry.index)?;
        let triggers = Triggers { last_of_thread: None, events: &events };
        let decision = standing.rules.decide(entry.index.get(), &facts, &triggers);
        Ok(Explained {
            record,
            entry: entry.index.get(),
            captured: entry.time,
            decision,
            tags: vec![],
            holds: standing.held.all_on(entry.index, &facts),
            bound: Some(KEPT.to_owned()),
            for_life: true,
            may_go: false,
        })
    }

    /// What was told of the schedule that a decision is about, and when what it adopted
    /// ended.
    fn ended_policy(
        &self,
        standing: &Standing,
        at: LeafIndex,
    ) -> Result<Vec<(Mark, Timestamp)>, Error> {
        let told = self.govern.told_at(at).map_err(Error::Govern)?;
        let Some(Act::Schedule(act)) = told.map(|told| told.act) else { return Ok(vec![]) };
        let found = self.govern.read(|projection| of(&projection.schedules, &act, at));
        let Some((name, until)) = found.map_err(Error::Govern)? else { return Ok(vec![]) };
        let mut events = standing.events.of_schedule(&name).to_vec();
        if let Some(until) = until {
            let ended = self.log.entry_at(until).map_err(Error::Log)?.time;
            events.push((Mark::of(POLICY_ENDED), ended));
        }
        Ok(events)
    }
}

/// The schedule of a decision on it, and the entry with which what it says ended.
fn of(
    schedules: &Schedules,
    act: &ScheduleAct,
    at: LeafIndex,
) -> Option<(String, Option<LeafIndex>)> {
    match act {
        ScheduleAct::Withdrawn { schedule, .. } => Some((schedule.clone(), Some(at))),
        ScheduleAct::Adopted { .. } => {
            let mut versions = schedules.versions().iter();
            let version = versions.find(|version| version.adopted.since == at.get())?;
            let until = version.adopted.until.map(LeafIndex::new);
            Some((version.name().to_owned(), until))
        }
    }
}
