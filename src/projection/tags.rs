//! Tags: words put on records, for rules to ask about: `contract`, `litigation-support`.
//!
//! A *putting* is one decision that puts one tag on records: on some by name, on what a
//! query found then, or on everything of a conversation, a party or a business number,
//! what comes later too. It is named by its decision's record.
//!
//! A tag that is put on a record which is there already can lengthen its time, never
//! shorten it ([`crate::policy::Rules`] decides as of each putting). Taking a tag can, so
//! that two people must want it: who asks for the taking, and another who agrees. A taking
//! ends a whole putting, for the records that are there as well.
//!
//! Here is who put what where ([`Tags`]), and what that comes to for a record ([`Tagged`]).

mod act;
mod state;
mod tagged;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

pub use act::{NAME_BYTES_MAX, On, Put, REASON_BYTES_MAX, RECORDS_MAX, TagAct};
pub use state::{Putting, Stage, Step, Taking};
pub use tagged::{Tagged, TagsOn};

use super::runs::Person;
use super::threads::Names;
use super::{At, Refused};
use crate::policy::Mark;
use crate::record::RecordId;

/// The most puttings of an archive.
pub const PUTTINGS_MAX: usize = 10_000;

/// The most runs of neighbouring entries that all puttings may list together: what is
/// more scattered is put on a party, a number or a conversation.
pub const RUNS_MAX: usize = 1_000_000;

/// The most steps of one putting.
const STEPS_MAX: usize = 1_000;

/// Every putting there ever was, in the order of the log.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    all: Vec<(RecordId, Putting)>,
    /// Where each is in the list.
    places: HashMap<RecordId, usize>,
    /// How many runs of entries they list together.
    runs: usize,
    /// By which names the conversations go.
    names: Arc<Names>,
    /// What they come to; made when it is asked for, and after a change anew.
    tagged: OnceLock<Arc<Tagged>>,
}

impl Tags {
    /// A putting.
    pub fn get(&self, putting: RecordId) -> Option<&Putting> {
        self.all.get(*self.places.get(&putting)?).map(|(_, putting)| putting)
    }

    /// Every putting, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = (RecordId, &Putting)> + Clone {
        self.all.iter().map(|(id, putting)| (*id, putting))
    }

    /// Whether a tag is on something.
    pub fn knows(&self, tag: &str) -> bool {
        let tag = Mark::of(tag);
        self.iter().any(|(_, putting)| Mark::of(&putting.tag) == tag && putting.counts())
    }

    /// What they come to, ready to be asked of many records.
    pub fn tagged(&self) -> Arc<Tagged> {
        let puttings = || self.all.iter().map(|(_, putting)| putting);
        let made = || Arc::new(Tagged::of(puttings(), &self.names));
        Arc::clone(self.tagged.get_or_init(made))
    }

    /// Takes by which names conversations go.
    pub(super) fn name_by(&mut self, names: &Arc<Names>) {
        self.names = Arc::clone(names);
        self.tagged = OnceLock::new();
    }

    /// The conversations that a tag is on, or was.
    pub fn threads(&self) -> impl Iterator<Item = [u8; 16]> + '_ {
        self.iter().filter_map(|(_, putting)| putting.on.thread())
    }

    /// Whether a decision can follow: that it is well formed, and what [`Tags::apply`]
    /// would answer.
    pub(super) fn check(&self, at: &At<'_>, act: &TagAct) -> Result<(), Refused> {
        act.check()?;
        self.follows(at, act)
    }

    /// Takes the next decision. Its form is not looked at: what stands in the log was
    /// within the limits of the build that wrote it.
    pub(super) fn apply(&mut self, at: &At<'_>, act: &TagAct) -> Result<(), Refused> {
        self.follows(at, act)?;
        match act {
            TagAct::Put(put) => {
                self.runs = self.runs.saturating_add(put.on.runs());
                self.places.insert(at.record, self.all.len());
                self.all.push((at.record, Putting::made(at, put)));
            }
            TagAct::Taken { putting, .. }
            | TagAct::TakingApproved { putting, .. }
            | TagAct::Kept { putting, .. } => {
                let place = self.places.get(putting).copied();
                if let Some((_, found)) = place.and_then(|place| self.all.get_mut(place)) {
                    found.step(at, act);
                }
            }
        }
        self.tagged = OnceLock::new();
        Ok(())
    }

    fn follows(&self, at: &At<'_>, act: &TagAct) -> Result<(), Refused> {
        let putting = match act {
            TagAct::Put(put) => return self.has_room(put),
            TagAct::Taken { putting, .. }
            | TagAct::TakingApproved { putting, .. }
            | TagAct::Kept { putting, .. } => *putting,
        };
        let Some(found) = self.get(putting) else {
            return Err(Refused(format!("there is no putting of a tag {putting}")));
        };
        let refused = |why| Refused(format!("the putting {putting} {why}"));
        found.takes(&Person::of(at), act).map_err(refused)
    }

    fn has_room(&self, put: &Put) -> Result<(), Refused> {
        if self.all.len() >= PUTTINGS_MAX {
            let full = format!("tags were put {PUTTINGS_MAX} times, the most there may be");
            return Err(Refused(full));
        }
        if self.runs.saturating_add(put.on.runs()) > RUNS_MAX {
            return Err(Refused(format!(
                "the records are too scattered: all tags together may be on {RUNS_MAX} runs of \
                 neighbouring entries; put it on a party, a number or a conversation"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
