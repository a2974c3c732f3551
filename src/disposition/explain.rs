//! Why a record is kept, and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bundle::Bundle;
use super::look::Standing;
use super::{Disposition, Error, Inner, relied};
use crate::policy::Decision;
use crate::projection::holds::Held;
use crate::record::{Class, RecordId};

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
    /// The tags on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The holds on it.
    pub holds: Vec<RecordId>,
    /// What keeps it beside its own rules and holds: a restriction, its delivery, its media;
    /// that it is a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    /// Whether it is a decision, and kept for the life of the archive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_life: bool,
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
        if bundle.entry.kept().is_some_and(|kept| kept.class == Class::Governance) {
            return self.explain_decision(standing, &bundle.entry, record);
        }
        let facts = self.facts_of(standing, &bundle.entry)?.ok_or(Error::Destroyed)?;
        let decision = standing.decide(place, &facts);
        let holds = standing.held.all_on(place, &facts);
        let mut held_siblings = vec![];
        for sibling in &bundle.siblings {
            let Ok(Some(facts)) = self.facts_of(standing, sibling) else { continue };
            if standing.held.is_on(sibling.index, &facts) {
                held_siblings.push(sibling.index);
            }
        }
        let bound = bundle.why_kept(&ground, |entry| held_siblings.contains(&entry.index));
        let restricted = standing.restrictions.on(&facts);
        let restricted = restricted.map(|id| format!("restriction {id} keeps it (GDPR art. 18)"));
        let relied = self.is_relied_upon(place, standing.now)?.then_some(relied::WHY);
        let bound = restricted.or_else(|| relied.or(bound).map(str::to_owned));
        let is_due = matches!(decision.due, crate::policy::Due::At(due) if due <= standing.now);
        let may_go = is_due && holds.is_empty() && bound.is_none();
        let captured = bundle.entry.time;
        let entry = place.get();
        let tags = facts.tags.iter().filter_map(|tag| standing.tagged.name(*tag));
        let tags = tags.map(str::to_owned).collect();
        let for_life = false;
        Ok(Explained { record, entry, captured, decision, tags, holds, bound, for_life, may_go })
    }
}
