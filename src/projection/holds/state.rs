//! What became of a hold: its release, its notices, its history.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Caught, Followed, HoldAct, Placed, STEPS_MAX, Scope};
use crate::policy::Mark;
use crate::projection::runs::Person;
use crate::projection::{At, thread_bytes};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It holds.
    InForce,
    /// It holds; somebody wants it released, and another person must agree.
    ReleaseAsked,
    /// It was released.
    Released,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The case.
    pub matter: String,
    /// Whose records are held.
    pub custodian: String,
    /// Why.
    pub reason: String,
    /// Who ordered it.
    pub authority: String,
    /// What it catches.
    pub scope: Scope,
    /// Whom and what it follows beyond its scope.
    pub followed: Followed,
    /// What it caught when it was placed, with what it followed then; `None` where that
    /// was not counted.
    pub caught: Option<(Caught, Followed)>,
    /// Whether the custodian must not learn of it.
    pub silent: bool,
    /// Since when.
    pub placed: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// The release that was asked for, or took place.
    pub release: Option<Release>,
    /// Who was told, the oldest first.
    pub notices: Vec<Notice>,
    /// Everything that was done, the oldest first; the first is its placing.
    pub history: Vec<Step>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Who asked for it.
    pub asked_by: Person,
    /// How many others must agree.
    pub approvals_needed: u8,
    /// Who agreed.
    pub approved_by: Vec<Person>,
    /// For how many days after it nothing may be destroyed.
    pub grace_days: u16,
    /// When it took place; `None` while it waits.
    pub released: Option<Timestamp>,
}

/// A notice to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The record of the decision that told of it.
    pub id: RecordId,
    /// When.
    pub at: Timestamp,
    /// Who was told.
    pub to: String,
    /// The exact text.
    pub text: Arc<str>,
    /// Who confirmed it.
    pub acknowledged: Vec<Acknowledged>,
}

/// A confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who confirmed.
    pub by: String,
    /// When that was written down.
    pub at: Timestamp,
}

/// Something that was done about a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What: the word of [`HoldAct`].
    pub did: &'static str,
    /// Its entry.
    pub entry: LeafIndex,
    /// Its record.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Person,
    /// Why, where one was said; of a notice and its confirmation: to whom, by whom.
    pub told: String,
}

impl Hold {
    pub(super) fn placed(at: &At<'_>, placed: &Placed, notice: Option<Arc<str>>) -> Self {
        let Placed { matter, custodian, reason, authority, scope, silent, .. } = placed.clone();
        let notice = notice.map(|text| Notice::of(at, &custodian, text));
        Self {
            stage: Stage::InForce,
            placed: at.time,
            release: None,
            followed: Followed::default(),
            caught: None,
            notices: notice.into_iter().collect(),
            history: vec![Step::of(at, "placed", &reason)],
            matter,
            custodian,
            reason,
            authority,
            scope,
            silent,
        }
    }

    /// Whether it keeps records from destruction at a moment.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.ends().is_none_or(|end| now < end)
    }

    /// When the grace after its release ends; `None` before the release.
    pub fn ends(&self) -> Option<Timestamp> {
        let release = self.release.as_ref()?;
        let days = i64::from(release.grace_days);
        let end = release.released?.checked_add(jiff::SignedDuration::from_hours(days * 24));
        Some(end.unwrap_or(Timestamp::MAX))
    }

    /// The identifiers of the parties that it names, with those that it follows; none
    /// where it names none.
    pub fn party_marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = self.scope.parties.iter().map(|name| Mark::of(name)).collect();
        if !marks.is_empty() {
            marks.extend(self.followed.marks());
        }
        marks
    }

    /// The names of the conversations that it names, with those that it follows; none
    /// where it names none.
    pub fn thread_names(&self) -> Vec<[u8; 16]> {
        // One that is no name may stand in the log of another build: then every thread.
        let threads: Option<Vec<_>> =
            self.scope.threads.iter().map(|name| thread_bytes(name)).collect();
        let mut threads = threads.unwrap_or_default();
        if !threads.is_empty() {
            threads.extend(&self.followed.threads);
        }
        threads
    }

    /// Whether a step can follow; if not, why.
    pub(super) fn takes(&self, person: &Person, act: &HoldAct) -> Result<(), String> {
        // A hold that has many steps must still end, and must lose nobody; it is counted once.
        let is_taken_always = matches!(
            act,
            HoldAct::ReleaseApproved { .. } | HoldAct::Followed { .. } | HoldAct::Counted { .. }
        );
        if self.history.len() >= STEPS_MAX && !is_taken_always {
            return Err(format!("has {STEPS_MAX} steps, the most there may be"));
        }
        let is = |wanted: Stage| match self.stage {
            stage if stage == wanted => Ok(()),
            Stage::InForce => Err("is in force: nobody asked for its release".to_owned()),
            Stage::ReleaseAsked => Err("waits for approval of its release already".to_owned()),
            Stage::Released => Err("was released".to_owned()),
        };
        match act {
            HoldAct::Placed(_) | HoldAct::Followed { .. } => Ok(()),
            HoldAct::Counted { .. } if self.caught.is_some() => Err("was counted".to_owned()),
            HoldAct::Counted { .. } => Ok(()),
            HoldAct::Released { .. } => is(Stage::InForce),
            HoldAct::ReleaseApproved { .. } => {
                is(Stage::ReleaseAsked)?;
                self.release.as_ref().map_or(Ok(()), |release| release.takes(person))
            }
            HoldAct::Noticed { .. } if self.silent => {
                Err("is silent: nobody is told of it".to_owned())
            }
            HoldAct::Noticed { .. } => Ok(()),
            HoldAct::Reviewed { .. } if self.stage == Stage::Released => is(Stage::InForce),
            HoldAct::Reviewed { .. } => Ok(()),
            HoldAct::Acknowledged { notice, .. } => {
                if self.notices.iter().any(|known| known.id == *notice) {
                    return Ok(());
                }
                Err(format!("has no notice {notice}"))
            }
        }
    }

    /// Takes a step that can follow, any but its placing and a notice.
    pub(super) fn step(&mut self, at: &At<'_>, act: &HoldAct) {
        let (did, told) = match act {
            HoldAct::Placed(_) | HoldAct::Noticed { .. } => return,
            HoldAct::Followed { also, .. } => {
                self.followed.extend(also);
                ("followed", &told_followed(also))
            }
            HoldAct::Counted { caught, .. } => {
                self.caught = Some((*caught, self.followed.clone()));
                ("counted", &told_caught(caught))
            }
            HoldAct::Released { reason, approvals, grace_days, .. } => {
                self.ask_release(at, *approvals, *grace_days);
                ("released", reason)
            }
            HoldAct::ReleaseApproved { reason, .. } => {
                self.approve_release(at);
                ("release_approved", reason)
            }
            HoldAct::Acknowledged { notice, by, .. } => {
                let notice = self.notices.iter_mut().find(|known| known.id == *notice);
                let acknowledged = Acknowledged { by: by.clone(), at: at.time };
                notice.into_iter().for_each(|known| known.acknowledged.push(acknowledged.clone()));
                ("acknowledged", by)
            }
            HoldAct::Reviewed { reason, .. } => {
                (self.stage, self.release) = (Stage::InForce, None);
                ("reviewed", reason)
            }
        };
        self.history.push(Step::of(at, did, told));
    }

    pub(super) fn notice(&mut self, at: &At<'_>, to: &str, text: Arc<str>) {
        self.notices.push(Notice::of(at, to, text));
        self.history.push(Step::of(at, "noticed", to));
    }

    fn ask_release(&mut self, at: &At<'_>, approvals: u8, grace_days: u16) {
        let done = approvals == 0;
        self.stage = if done { Stage::Released } else { Stage::ReleaseAsked };
        self.release = Some(Release {
            asked_by: Person::of(at),
            approvals_needed: approvals,
            approved_by: vec![],
            grace_days,
            released: done.then_some(at.time),
        });
    }

    fn approve_release(&mut self, at: &At<'_>) {
        let Some(release) = &mut self.release else { return };
        release.approved_by.push(Person::of(at));
        if release.approved_by.len() >= usize::from(release.approvals_needed) {
            release.released = Some(at.time);
            self.stage = Stage::Released;
        }
    }
}

impl Release {
    fn takes(&self, person: &Person) -> Result<(), String> {
        if self.asked_by.may_be(person) {
            return Err("needs another person to agree than who asked for its release".to_owned());
        }
        if self.approved_by.iter().any(|before| before.may_be(person)) {
            return Err("needs yet another person: this one agreed before".to_owned());
        }
        Ok(())
    }
}

impl Notice {
    fn of(at: &At<'_>, to: &str, text: Arc<str>) -> Self {
        Self { id: at.record, at: at.time, to: to.to_owned(), text, acknowledged: vec![] }
    }
}

impl Step {
    fn of(at: &At<'_>, did: &'static str, told: &str) -> Self {
        let (entry, record) = (at.index, at.record);
        Self { did, entry, record, at: at.time, by: Person::of(at), told: told.to_owned() }
    }
}

fn told_followed(also: &Followed) -> String {
    let (parties, threads) = (also.parties.len(), also.threads.len());
    format!("{parties} more identifiers of its parties, {threads} more names of conversations")
}

fn told_caught(Caught { log, records, .. }: &Caught) -> String {
    format!("{records} records of the first {log} entries")
}

impl Stage {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::ReleaseAsked => "release_asked",
            Self::Released => "released",
        }
    }
}
