//! Legal holds: what must not be destroyed, for which matter, and who was told.
//!
//! A hold is named by the record of the decision that placed it. It catches what is in
//! the archive and what comes later, for as long as it is in force; that is until its
//! release, and a period of grace after it. Holds are never deleted, and no scope
//! shrinks: what else a matter needs is another hold under the same matter.
//!
//! Here is who decided what and when ([`Holds`]), and what that catches ([`Held`]). Not
//! here: destroying, which asks; and finding what a hold's query matches, which is the
//! index's.

mod act;
mod cover;
mod follow;
mod held;
mod scope;
mod state;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

pub use act::{
    Caught, GRACE_DAYS_MAX, HoldAct, LINE_BYTES_MAX, NOTICE_BYTES_MAX, Placed, REASON_BYTES_MAX,
};
pub use follow::Followed;
pub use held::{Finds, Held};
pub(crate) use scope::is_national;
pub use scope::{NAME_BYTES_MAX, NAMES_MAX, Scope};
pub use state::{Acknowledged, Hold, Notice, Release, Stage, Step};

use super::runs::Person;
use super::{At, Refused};
use crate::record::RecordId;

/// The most holds of an archive.
pub const HOLDS_MAX: usize = 50_000;

/// The most steps of one hold: notices, acknowledgements, reviews and all else.
pub const STEPS_MAX: usize = 2_000;

/// Every hold there ever was, in the order of the log.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    all: Vec<(RecordId, Hold)>,
    /// Where each is in the list.
    places: HashMap<RecordId, usize>,
    /// The texts of notices, each once: many holds are told of in the same words.
    texts: BTreeSet<Arc<str>>,
}

impl Holds {
    /// A hold.
    pub fn get(&self, hold: RecordId) -> Option<&Hold> {
        self.all.get(*self.places.get(&hold)?).map(|(_, hold)| hold)
    }

    /// Every hold, in the order in which they were placed.
    pub fn iter(&self) -> impl Iterator<Item = (RecordId, &Hold)> + Clone {
        self.all.iter().map(|(id, hold)| (*id, hold))
    }

    /// Whether a record is of a decision on a silent hold.
    pub fn is_of_silent(&self, record: RecordId) -> bool {
        let mut silent = self.iter().filter(|(_, hold)| hold.silent);
        silent.any(|(_, hold)| hold.history.iter().any(|step| step.record == record))
    }

    /// What is held at a moment, by every hold that is in force then.
    pub fn compile(&self, now: Timestamp) -> Held {
        Held::of(self.iter().filter(|(_, hold)| hold.in_force(now)))
    }

    /// Whether a decision can follow: that it is well formed, and what
    /// [`Holds::apply`] would answer.
    pub(super) fn check(&self, at: &At<'_>, act: &HoldAct) -> Result<(), Refused> {
        act.check()?;
        self.follows(at, act)
    }

    /// Takes the next decision. Its form is not looked at: what stands in the log was
    /// within the limits of the build that wrote it.
    pub(super) fn apply(&mut self, at: &At<'_>, act: &HoldAct) -> Result<(), Refused> {
        self.follows(at, act)?;
        match act {
            HoldAct::Placed(placed) => {
                let text = placed.notice.as_deref().map(|text| self.kept_once(text));
                self.places.insert(at.record, self.all.len());
                self.all.push((at.record, Hold::placed(at, placed, text)));
            }
            HoldAct::Noticed { hold, to, text } => {
                let text = self.kept_once(text);
                self.change(*hold, |hold| hold.notice(at, to, text));
            }
            HoldAct::Released { hold, .. }
            | HoldAct::ReleaseApproved { hold, .. }
            | HoldAct::Acknowledged { hold, .. }
            | HoldAct::Reviewed { hold, .. }
            | HoldAct::Followed { hold, .. }
            | HoldAct::Counted { hold, .. } => self.change(*hold, |hold| hold.step(at, act)),
        }
        Ok(())
    }

    fn follows(&self, at: &At<'_>, act: &HoldAct) -> Result<(), Refused> {
        let Some(hold) = act.of_hold() else {
            if self.all.len() >= HOLDS_MAX {
                return Err(Refused(format!("there are {HOLDS_MAX} holds, the most there may be")));
            }
            return Ok(());
        };
        let Some(found) = self.get(hold) else {
            return Err(Refused(format!("there is no hold {hold}")));
        };
        found.takes(&Person::of(at), act).map_err(|why| Refused(format!("hold {hold} {why}")))
    }

    fn change(&mut self, hold: RecordId, change: impl FnOnce(&mut Hold)) {
        let place = self.places.get(&hold).copied();
        if let Some((_, hold)) = place.and_then(|place| self.all.get_mut(place)) {
            change(hold);
        }
    }

    fn kept_once(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&text));
        text
    }
}

#[cfg(test)]
mod tests;
