//! What is told of dispositions: the shapes of the answers, read by the command line as
//! well.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::disposition::{HELD, Planned, Shown};
use crate::log::{self, Log};
use crate::policy::Then;
use crate::projection::Projection;
use crate::projection::runs::{Cause, Group, Person, Plan, Run, Stage, Withheld};
use crate::record::{Class, RecordId};
use crate::tlog::{Hash, LeafIndex};

/// What is due, or was planned.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlannedView {
    /// The run, where there is something to destroy and it was planned.
    pub run: Option<RecordId>,
    /// The moment that due dates were compared with.
    pub as_of: Timestamp,
    /// Entries of the log that were looked at.
    pub log: u64,
    /// How many entries are to be destroyed, with what goes along.
    pub records: u64,
    /// How many other people must approve.
    pub approvals_needed: u8,
    /// By the rule that lets them go.
    pub groups: Vec<GroupView>,
    /// Due, and held.
    pub held: u64,
    /// Due, and kept because their person wants it (GDPR art. 18).
    #[serde(default)]
    pub restricted: u64,
    /// Due, and kept because what is known of somebody's consent rests on them.
    #[serde(default)]
    pub relied: u64,
    /// Due, and staying for the sake of what goes along.
    pub bound: u64,
    /// Waiting for an event.
    pub waiting: u64,
    /// Not due yet.
    pub later: u64,
    /// Of no rule: kept.
    pub unruled: u64,
    /// In the plan, and would not be, had no tag been taken.
    #[serde(default)]
    pub untagged: u64,
}

/// What one rule lets go.
#[derive(Debug, Serialize, Deserialize)]
pub struct GroupView {
    /// The schedule's name.
    pub schedule: String,
    /// The SHA-256 of its file.
    pub sha256: Hash,
    /// The rule's id.
    pub rule: String,
    /// What it is for, as the schedule says.
    pub title: Option<String>,
    /// What obliges to it, as it is cited.
    pub authority: Vec<String>,
    /// What happens when a period has ended.
    pub then: Option<Then>,
    /// How many entries, with what goes along.
    pub records: u64,
    /// When the first and the last of them fell due.
    pub due: (Timestamp, Timestamp),
}

/// A page of runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunsView {
    /// The oldest first.
    pub runs: Vec<RunLine>,
    /// Behind which the next page begins.
    pub next: Option<RecordId>,
}

/// A run in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunLine {
    /// Its name: the record of its plan.
    pub run: RecordId,
    /// Where it stands.
    pub stage: Stage,
    /// What it was planned for.
    pub cause: Cause,
    /// When it was planned.
    pub planned: Timestamp,
    /// By whom.
    pub planner: Person,
    /// How many entries its plan lists.
    pub records: u64,
    /// How many other people must approve.
    pub approvals_needed: u8,
    /// Who did.
    pub approved_by: Vec<Person>,
    /// How many entries were destroyed.
    pub destroyed: u64,
}

/// A run, whole.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunView {
    /// As in a list; `destroyed` grows while it is carried out.
    #[serde(flatten)]
    pub line: RunLine,
    /// The entry of its plan.
    pub entry: u64,
    /// The moment that due dates were compared with.
    pub as_of: Timestamp,
    /// Entries of the log that were looked at.
    pub log: u64,
    /// Of its records, those that would not be in it, had no tag been taken.
    #[serde(default)]
    pub untagged: u64,
    /// Whether it is being worked on. One that is started and is not was interrupted.
    pub working: bool,
    /// By the rule that lets them go.
    pub groups: Vec<GroupView>,
    /// What was kept after all, once it is finished.
    pub withheld: Vec<WithheldView>,
    /// A page of the entries of the group that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<EntryView>>,
    /// Behind which the next page of entries begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// What was kept after all.
#[derive(Debug, Serialize, Deserialize)]
pub struct WithheldView {
    /// Why.
    pub why: String,
    /// How many entries.
    pub records: u64,
    /// The holds, where holds kept them, for who may know of every hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<RecordId>,
}

/// An entry of a plan.
#[derive(Debug, Serialize, Deserialize)]
pub struct EntryView {
    /// The entry.
    pub entry: u64,
    /// Its record.
    pub record: RecordId,
    /// The record's class.
    pub class: Class,
}

impl PlannedView {
    pub(super) fn of(planned: &Planned, projection: &Projection) -> Self {
        let plan = &planned.plan;
        Self {
            run: planned.run,
            as_of: plan.as_of,
            log: plan.log_size,
            records: plan.count(),
            approvals_needed: plan.approvals,
            groups: groups(plan, projection),
            held: planned.held,
            restricted: planned.restricted,
            relied: planned.relied,
            bound: planned.bound,
            waiting: planned.waiting,
            later: planned.later,
            unruled: planned.unruled,
            untagged: plan.untagged,
        }
    }
}

impl RunLine {
    pub(super) fn of(id: RecordId, run: &Run) -> Self {
        Self {
            run: id,
            stage: run.stage,
            cause: run.cause.clone(),
            planned: run.planned,
            planner: run.planner.clone(),
            records: run.count,
            approvals_needed: run.approvals_needed,
            approved_by: run.approved_by.clone(),
            destroyed: run.destroyed,
        }
    }
}

impl RunView {
    /// `holds`: those that kept records, for who may know of them.
    pub(super) fn of(shown: &Shown, projection: &Projection, holds: Option<&[RecordId]>) -> Self {
        let mut line = RunLine::of(shown.run, &shown.state);
        line.destroyed = shown.destroyed;
        Self {
            line,
            entry: shown.entry.get(),
            as_of: shown.plan.as_of,
            log: shown.plan.log_size,
            untagged: shown.plan.untagged,
            working: shown.working,
            groups: groups(&shown.plan, projection),
            withheld: WithheldView::all(&shown.withheld, holds),
            entries: None,
            next: None,
        }
    }
}

impl WithheldView {
    /// By why. Older decisions name holds one by one: nobody learns so how many there are.
    fn all(withheld: &[Withheld], holds: Option<&[RecordId]>) -> Vec<Self> {
        let mut views: Vec<Self> = vec![];
        for one in withheld {
            let named = one.why.strip_prefix("hold ").and_then(|id| id.parse::<RecordId>().ok());
            let why = if named.is_some() { HELD } else { one.why.as_str() };
            let holds = match (holds, named) {
                (Some(_), Some(hold)) => vec![hold],
                (Some(holds), None) if why == HELD => holds.to_vec(),
                (Some(_) | None, _) => vec![],
            };
            let records: u64 = one.entries.iter().map(crate::entry::Ranges::count).sum();
            match views.iter_mut().find(|view| view.why == why) {
                Some(view) => {
                    view.records += records;
                    view.holds.extend(holds);
                }
                None => views.push(Self { why: why.to_owned(), records, holds }),
            }
        }
        views
    }
}

impl EntryView {
    pub(super) fn read(log: &Log, entry: LeafIndex) -> Result<Self, log::Error> {
        let kept = log.kept_at(entry)?;
        Ok(Self { entry: entry.get(), record: kept.record, class: kept.class })
    }
}

fn groups(plan: &Plan, projection: &Projection) -> Vec<GroupView> {
    plan.groups.iter().map(|group| GroupView::of(group, projection)).collect()
}

impl GroupView {
    fn of(group: &Group, projection: &Projection) -> Self {
        let mut versions = projection.schedules.versions().iter();
        let version = versions.find(|version| version.sha256() == group.sha256);
        let rule = version.and_then(|version| version.adopted.schedule.rule(&group.rule));
        Self {
            schedule: group.schedule.clone(),
            sha256: group.sha256,
            rule: group.rule.clone(),
            title: rule.map(|rule| rule.title.clone()),
            authority: rule.map_or_else(Vec::new, |rule| rule.authority.clone()),
            then: rule.map(|rule| rule.then),
            records: group.entries.iter().map(crate::entry::Ranges::count).sum(),
            due: group.due,
        }
    }
}

/// A page of a group's entries.
pub(super) fn page(group: &Group, after: Option<u64>, limit: usize) -> Vec<LeafIndex> {
    let entries = group.entries.iter().flat_map(crate::entry::Ranges::iter);
    let behind = entries.filter(|entry| after.is_none_or(|after| entry.get() > after));
    behind.take(limit).collect()
}
