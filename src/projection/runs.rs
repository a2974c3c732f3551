//! Dispositions: what was planned, who approved it, what was carried out.
//!
//! A run is named by the record of its plan. What the plan lists stays in that record,
//! sealed; here is what must be known to go on with it.

pub(super) mod as_text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{At, Refused};
use crate::entry::Ranges;
use crate::record::RecordId;
use crate::tlog::Hash;
use crate::tlog::hash::sha256;

/// A step of a disposition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum DispositionAct {
    /// What is to be destroyed, and by which rules; nothing is yet.
    Planned(Plan),
    /// Somebody else looked at the plan and wants it done.
    Approved {
        /// The plan.
        run: RecordId,
        /// Why, in their words.
        reason: String,
    },
    /// Somebody looked at the plan and does not want it done. It never is.
    Rejected {
        /// The plan.
        run: RecordId,
        /// Why, in their words.
        reason: String,
    },
    /// Destruction began.
    Started {
        /// The plan.
        run: RecordId,
    },
    /// Destruction is complete: keys, bodies, marks and index.
    Finished {
        /// The plan.
        run: RecordId,
        /// How many records were destroyed.
        destroyed: u64,
        /// What the plan lists and was kept after all, by why.
        withheld: Vec<Withheld>,
        /// The certificate's text; its SHA-256 stands in the entry.
        certificate: String,
    },
}

/// What is to be destroyed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The moment that due dates were compared with.
    pub as_of: Timestamp,
    /// What it was made for.
    pub cause: Cause,
    /// How many entries the index had read: nothing later is in the plan.
    pub log_size: u64,
    /// How many people other than who planned must approve.
    pub approvals: u8,
    /// How many of the records would not be in it, had no tag been taken.
    #[serde(default, skip_serializing_if = "is_none")]
    pub untagged: u64,
    /// The records, by the rule that lets them go.
    pub groups: Vec<Group>,
}

/// What a plan was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Cause {
    /// Periods ended.
    Due,
    /// A person asked for erasure (GDPR art. 17).
    Erasure {
        /// The record of the request.
        request: RecordId,
    },
}

/// Records that one rule lets go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The schedule's name.
    pub schedule: String,
    /// The SHA-256 of its file.
    pub sha256: Hash,
    /// The rule's id.
    pub rule: String,
    /// The first and the last date on which one of them fell due.
    pub due: (Timestamp, Timestamp),
    /// Their entries.
    #[serde(with = "as_text")]
    pub entries: Vec<Ranges>,
}

/// Entries of a plan that were kept after all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Withheld {
    /// Why.
    pub why: String,
    /// Their entries.
    #[serde(with = "as_text")]
    pub entries: Vec<Ranges>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl DispositionAct {
    /// SHA-256 of the file that the act is about, where there is one.
    pub fn digest(&self) -> Option<Hash> {
        match self {
            Self::Finished { certificate, .. } => Some(sha256(certificate.as_bytes())),
            Self::Planned(_)
            | Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::Started { .. } => None,
        }
    }
}

impl Plan {
    /// How many records it lists.
    pub fn count(&self) -> u64 {
        let sets = self.groups.iter().flat_map(|group| &group.entries);
        sets.fold(0, |sum, set| sum.saturating_add(set.count()))
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It waits for approvals.
    Planned,
    /// It may be carried out.
    Approved,
    /// It will not be.
    Rejected,
    /// It is being carried out.
    Started,
    /// It was.
    Finished,
}

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it stands.
    pub stage: Stage,
    /// What it was planned for.
    pub cause: Cause,
    /// When it was planned.
    pub planned: Timestamp,
    /// How many records it lists.
    pub count: u64,
    /// How many approvals it needs.
    pub approvals_needed: u8,
    /// Token and name of who planned it.
    pub planner: Person,
    /// Token and name of who approved.
    pub approved_by: Vec<Person>,
    /// How many records were destroyed, once it is finished.
    pub destroyed: u64,
}

/// One who acted: the token's id and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The token's id.
    pub who: String,
    /// The token's name.
    pub name: String,
}

impl Person {
    pub(super) fn of(at: &At<'_>) -> Self {
        Self { who: at.who.to_owned(), name: at.name.to_owned() }
    }

    /// Whether both may be one human: the same token, or two of the same name.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.who == other.who || self.name.to_lowercase() == other.name.to_lowercase()
    }
}

/// Every run, by its plan's record.
#[derive(Clone, Debug, Default)]
pub struct Runs(BTreeMap<RecordId, Run>);

impl Runs {
    /// A run.
    pub fn get(&self, run: RecordId) -> Option<&Run> {
        self.0.get(&run)
    }

    /// Every run.
    pub fn iter(&self) -> impl Iterator<Item = (RecordId, &Run)> {
        self.0.iter().map(|(run, state)| (*run, state))
    }

    /// The one that is being carried out, or was when the archive stopped.
    pub fn started(&self) -> Option<RecordId> {
        self.iter().find(|(_, run)| run.stage == Stage::Started).map(|(id, _)| id)
    }

    pub(super) fn apply(&mut self, at: &At<'_>, act: &DispositionAct) -> Result<(), Refused> {
        match act {
            DispositionAct::Planned(plan) => {
                let stage = if plan.approvals == 0 { Stage::Approved } else { Stage::Planned };
                self.0.insert(
                    at.record,
                    Run {
                        stage,
                        cause: plan.cause.clone(),
                        planned: at.time,
                        count: plan.count(),
                        approvals_needed: plan.approvals,
                        planner: Person::of(at),
                        approved_by: vec![],
                        destroyed: 0,
                    },
                );
                Ok(())
            }
            DispositionAct::Approved { run, .. } => {
                self.at_stage(*run, &[Stage::Planned], "approved")?.approve(at)
            }
            DispositionAct::Rejected { run, .. } => {
                let stages = [Stage::Planned, Stage::Approved];
                self.at_stage(*run, &stages, "rejected")?.stage = Stage::Rejected;
                Ok(())
            }
            DispositionAct::Started { run } => {
                if let Some(other) = self.started() {
                    return Err(Refused(format!(
                        "run {other} is being carried out: one at a time"
                    )));
                }
                self.at_stage(*run, &[Stage::Approved], "carried out")?.stage = Stage::Started;
                Ok(())
            }
            DispositionAct::Finished { run, destroyed, .. } => {
                let run = self.at_stage(*run, &[Stage::Started], "finished")?;
                (run.stage, run.destroyed) = (Stage::Finished, *destroyed);
                Ok(())
            }
        }
    }

    fn at_stage(&mut self, run: RecordId, stages: &[Stage], to: &str) -> Result<&mut Run, Refused> {
        let Some(found) = self.0.get_mut(&run) else {
            return Err(Refused(format!("there is no disposition {run}")));
        };
        if stages.contains(&found.stage) {
            return Ok(found);
        }
        let stage = found.stage.as_str();
        Err(Refused(format!("disposition {run} is {stage}: it cannot be {to} any more")))
    }
}

impl Run {
    fn approve(&mut self, at: &At<'_>) -> Result<(), Refused> {
        let person = Person::of(at);
        if self.planner.may_be(&person) {
            return Err(Refused(
                "who planned a disposition cannot approve it: another person must".to_owned(),
            ));
        }
        if self.approved_by.iter().any(|before| before.may_be(&person)) {
            return Err(Refused("this person approved it before: another one must".to_owned()));
        }
        self.approved_by.push(person);
        if self.approved_by.len() >= usize::from(self.approvals_needed) {
            self.stage = Stage::Approved;
        }
        Ok(())
    }
}

impl Stage {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Started => "started",
            Self::Finished => "finished",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::LeafIndex;

    fn id(byte: u8) -> RecordId {
        RecordId::from_bytes([byte; 16])
    }

    fn at<'a>(record: u8, who: &'a str, name: &'a str) -> At<'a> {
        let (index, time) = (LeafIndex::new(u64::from(record)), Timestamp::UNIX_EPOCH);
        At { index, time, record: id(record), who, name }
    }

    fn plan(approvals: u8) -> DispositionAct {
        let entries = Ranges::covering([1, 2, 3, 7].map(LeafIndex::new));
        let group = Group {
            schedule: "default".into(),
            sha256: Hash::from_bytes([1; 32]),
            rule: "messages".into(),
            due: (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH),
            entries,
        };
        DispositionAct::Planned(Plan {
            as_of: Timestamp::UNIX_EPOCH,
            cause: Cause::Due,
            log_size: 9,
            approvals,
            untagged: 0,
            groups: vec![group],
        })
    }

    fn approved(run: u8) -> DispositionAct {
        DispositionAct::Approved { run: id(run), reason: "read it".into() }
    }

    #[test]
    fn a_plan_of_two_approvals_needs_two_other_people() {
        let mut runs = Runs::default();
        runs.apply(&at(1, "t1", "Mira"), &plan(2)).unwrap();
        assert_eq!(runs.get(id(1)).unwrap().count, 4);
        let own = runs.apply(&at(2, "t1", "Mira"), &approved(1)).unwrap_err();
        assert!(own.0.contains("another person"), "{own}");
        assert!(runs.apply(&at(2, "t9", "mira"), &approved(1)).is_err(), "her other token");
        runs.apply(&at(2, "t2", "Kostas"), &approved(1)).unwrap();
        assert_eq!(runs.get(id(1)).unwrap().stage, Stage::Planned);
        assert!(runs.apply(&at(3, "t2", "Kostas"), &approved(1)).is_err());
        runs.apply(&at(3, "t3", "Amal"), &approved(1)).unwrap();
        assert_eq!(runs.get(id(1)).unwrap().stage, Stage::Approved);
    }

    #[test]
    fn nothing_is_carried_out_that_was_not_approved_or_was_rejected() {
        let started = |run| DispositionAct::Started { run: id(run) };
        let mut runs = Runs::default();
        runs.apply(&at(1, "t1", "Mira"), &plan(1)).unwrap();
        let early = runs.apply(&at(2, "t1", "Mira"), &started(1)).unwrap_err();
        assert!(early.0.contains("is planned"), "{early}");
        let rejected = DispositionAct::Rejected { run: id(1), reason: "a suit is coming".into() };
        runs.apply(&at(2, "t2", "Kostas"), &rejected).unwrap();
        assert!(runs.apply(&at(3, "t2", "Kostas"), &approved(1)).is_err());
        assert!(runs.apply(&at(3, "t2", "Kostas"), &started(1)).is_err());
        assert!(runs.apply(&at(3, "t2", "Kostas"), &started(9)).is_err());
    }

    #[test]
    fn one_run_at_a_time_is_carried_out() {
        let mut runs = Runs::default();
        for run in [1, 2] {
            runs.apply(&at(run, "t1", "Mira"), &plan(0)).unwrap();
        }
        runs.apply(&at(3, "t1", "Mira"), &DispositionAct::Started { run: id(1) }).unwrap();
        assert_eq!(runs.started(), Some(id(1)));
        let second = DispositionAct::Started { run: id(2) };
        assert!(runs.apply(&at(4, "t1", "Mira"), &second).is_err());
        let finished = DispositionAct::Finished {
            run: id(1),
            destroyed: 4,
            withheld: vec![],
            certificate: "c".into(),
        };
        runs.apply(&at(4, "muniment", "muniment"), &finished).unwrap();
        assert_eq!(runs.started(), None);
        runs.apply(&at(5, "t1", "Mira"), &second).unwrap();
    }

    #[test]
    fn a_plan_survives_its_json() {
        let act = plan(1);
        let json = serde_json::to_string(&act).unwrap();
        assert!(json.contains(r#""entries":["1-3,7"]"#), "{json}");
        assert_eq!(serde_json::from_str::<DispositionAct>(&json).unwrap(), act);
    }
}
