//! What became of a tag that was put on something.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{On, Put, STEPS_MAX, TagAct};
use crate::projection::At;
use crate::projection::runs::Person;
use crate::tlog::LeafIndex;

/// Where a putting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It counts.
    Stands,
    /// It counts; somebody wants it taken, and another person must agree.
    TakingAsked,
    /// It counts no more.
    Taken,
}

/// A tag that was put on something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Putting {
    /// The tag.
    pub tag: String,
    /// What it is on.
    pub on: On,
    /// The entry that put it.
    pub since: LeafIndex,
    /// Where it stands.
    pub stage: Stage,
    /// Who wants it taken, while another must agree.
    pub taking: Option<Taking>,
    /// Everything that was done, the oldest first; the first is the putting.
    pub history: Vec<Step>,
}

/// A taking that waits for another person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    /// Who asked for it.
    pub asked_by: Person,
}

/// Something that was done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What: the word of [`TagAct`].
    pub did: &'static str,
    /// Its entry.
    pub entry: LeafIndex,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Person,
    /// Why.
    pub reason: String,
}

impl Putting {
    pub(super) fn made(at: &At<'_>, put: &Put) -> Self {
        let Put { tag, on, reason } = put.clone();
        let history = vec![Step::of(at, "put", &reason)];
        Self { tag, on, since: at.index, stage: Stage::Stands, taking: None, history }
    }

    /// Whether rules see it.
    pub const fn counts(&self) -> bool {
        match self.stage {
            Stage::Stands | Stage::TakingAsked => true,
            Stage::Taken => false,
        }
    }

    /// Whether a step can follow; if not, why.
    pub(super) fn takes(&self, person: &Person, act: &TagAct) -> Result<(), String> {
        let is = |wanted: Stage| match self.stage {
            stage if stage == wanted => Ok(()),
            Stage::Stands => Err("stands: nobody asked for its taking".to_owned()),
            Stage::TakingAsked => Err("waits for approval of its taking already".to_owned()),
            Stage::Taken => Err("was taken".to_owned()),
        };
        match act {
            TagAct::Put(_) => Ok(()),
            TagAct::Taken { .. } => {
                is(Stage::Stands)?;
                if self.history.len() < STEPS_MAX {
                    return Ok(());
                }
                Err(format!("has {STEPS_MAX} steps, the most there may be"))
            }
            TagAct::Kept { .. } => is(Stage::TakingAsked),
            TagAct::TakingApproved { .. } => {
                is(Stage::TakingAsked)?;
                if self.taking.as_ref().is_some_and(|taking| taking.asked_by.may_be(person)) {
                    let other = "needs another person to agree than who asked for its taking";
                    return Err(other.to_owned());
                }
                Ok(())
            }
        }
    }

    /// Takes a step that can follow, any but the putting itself.
    pub(super) fn step(&mut self, at: &At<'_>, act: &TagAct) {
        let (did, reason) = match act {
            TagAct::Put(_) => return,
            TagAct::Taken { reason, .. } => {
                self.stage = Stage::TakingAsked;
                self.taking = Some(Taking { asked_by: Person::of(at) });
                ("taken", reason)
            }
            TagAct::TakingApproved { reason, .. } => {
                (self.stage, self.taking) = (Stage::Taken, None);
                ("taking_approved", reason)
            }
            TagAct::Kept { reason, .. } => {
                (self.stage, self.taking) = (Stage::Stands, None);
                ("kept", reason)
            }
        };
        self.history.push(Step::of(at, did, reason));
    }
}

impl Step {
    fn of(at: &At<'_>, did: &'static str, reason: &str) -> Self {
        let by = Person::of(at);
        Self { did, entry: at.index, at: at.time, by, reason: reason.to_owned() }
    }
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 3] = [Self::Stands, Self::TakingAsked, Self::Taken];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::TakingAsked => "taking_asked",
            Self::Taken => "taken",
        }
    }
}
