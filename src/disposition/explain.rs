//! Why a record is kept, and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bundle::Bundle;
use super::look::Standing;
use super::{Disposition, Error, Inner};
use crate::policy::{Decision, Triggers};
use crate::projection::holds::Held;
use crate::record::RecordId;

/// Every rule that is for a record, every hold on it, and what follows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explained {
    /// The record.
    pub record: RecordId,
    /// Its entry.
    pub entry: u64,
    /// When it was taken in.
    pub captured: Timestamp,
    /// What the rules say.
    pub decision: Decision,
    /// The holds on it.
    pub holds: Vec<RecordId>,
    /// What keeps it beside its own rules and holds: its delivery, its media.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    /// Whether it may be destroyed now.
    pub may_go: bool,
}

impl Disposition {
    /// Explains what is decided about a record now.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Destroyed`]; else when something cannot be read.
    pub async fn explain(&self, record: RecordId) -> Result<Explained, Error> {
        let standing = |inner: &Inner| inner.standing(inner.clock.now());
        self.0.blocking(move |inner| inner.explain(&standing(inner)?, record)).await
    }

    /// As [`Disposition::explain`], for who must not learn of silent holds: as though
    /// there were none.
    ///
    /// # Errors
    /// As [`Disposition::explain`].
    pub async fn explain_without_silent(&self, record: RecordId) -> Result<Explained, Error> {
        let standing = |inner: &Inner| {
            let now = inner.clock.now();
            inner.standing_by(now, |projection| {
                let told = projection.holds.iter().filter(|(_, hold)| !hold.silent);
                let held = Held::of(told.filter(|(_, hold)| hold.in_force(now)));
                (projection.schedules.rules(), held)
            })
        };
        self.0.blocking(move |inner| inner.explain(&standing(inner)?, record)).await
    }
}

impl Inner {
    fn explain(&self, standing: &Standing, record: RecordId) -> Result<Explained, Error> {
        let place = self.log.store().index_of(record).map_err(Error::Store)?;
        let place = place.ok_or(Error::NotFound("record"))?;
        let ground = standing.ground();
        let bundle = Bundle::read(&self.log, place).map_err(Error::Log)?;
        let facts = self.facts_of(standing, &bundle.entry)?.ok_or(Error::Destroyed)?;
        let mut events = vec![];
        standing.events.of(&facts, &mut events);
        let thread = facts.thread.and_then(|id| standing.last_of_thread.get(&id).copied());
        let triggers = Triggers { last_of_thread: thread, events: &events };
        let decision = standing.rules.decide(place.get(), &facts, &triggers);
        let holds = standing.held.all_on(place, &facts);
        let mut held_siblings = vec![];
        for sibling in &bundle.siblings {
            let Ok(Some(facts)) = self.facts_of(standing, sibling) else { continue };
            if standing.held.on(sibling.index, &facts).is_some() {
                held_siblings.push(sibling.index);
            }
        }
        let bound = bundle.why_kept(&ground, |entry| held_siblings.contains(&entry.index));
        let bound = bound.map(str::to_owned);
        let is_due = matches!(decision.due, crate::policy::Due::At(due) if due <= standing.now);
        let may_go = is_due && holds.is_empty() && bound.is_none();
        let captured = bundle.entry.time;
        let entry = place.get();
        Ok(Explained { record, entry, captured, decision, holds, bound, may_go })
    }
}
