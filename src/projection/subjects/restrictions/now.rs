//! Restrictions with what their persons came to be known by since they were decided: a
//! person who has a new number or a new user id stays restricted.
//!
//! What that is, the index finds ([`Restrictions::known`] is what to ask it); here it is
//! compared with records.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Restriction, Restrictions, identity};
use crate::policy::{Facts, Mark};
use crate::record::{Record, RecordId};
use crate::tlog::LeafIndex;

/// Every restriction in force, following its person.
#[derive(Clone, Debug)]
pub struct RestrictedNow {
    restrictions: Arc<Restrictions>,
    /// Where they are in the list, by what came later.
    later: HashMap<Mark, Vec<usize>>,
}

impl Restrictions {
    fn all_in_force(&self) -> impl Iterator<Item = (usize, &Restriction)> {
        let all = self.all.iter().enumerate();
        all.map(|(place, (_, one))| (place, one)).filter(|(_, one)| one.in_force())
    }

    /// What the person of each restriction in force was known by when it was decided, and
    /// the entry of that; in the order of the log.
    pub fn known(&self) -> Vec<(Vec<Mark>, LeafIndex)> {
        self.all_in_force().map(|(_, one)| (one.identity.marks(), one.since.0)).collect()
    }
}

impl RestrictedNow {
    /// With what came later of each, in the order of [`Restrictions::known`].
    pub fn new(restrictions: Arc<Restrictions>, came_later: Vec<Vec<Mark>>) -> Self {
        let mut later: HashMap<Mark, Vec<usize>> = HashMap::new();
        for ((place, _), marks) in restrictions.all_in_force().zip(came_later) {
            marks.into_iter().for_each(|mark| later.entry(mark).or_default().push(place));
        }
        Self { restrictions, later }
    }

    /// Whether none is in force.
    pub fn is_empty(&self) -> bool {
        self.restrictions.is_empty()
    }

    /// As [`Restrictions::of`]; a party of whom the surest of what the provider says came
    /// later is taken for its person.
    pub fn of(&self, record: &Record) -> Option<RecordId> {
        let surest = identity::others(record).flat_map(|party| identity::surest(party).1);
        let marks = surest.map(Mark::of);
        let later = marks.filter_map(|mark| self.later.get(&mark)).flatten().copied();
        self.restrictions.id(later.chain(self.restrictions.place_of(record)).min())
    }

    /// As [`Restrictions::on`], by what came later as well.
    pub fn on(&self, facts: &Facts) -> Option<RecordId> {
        let later = facts.parties.iter().filter_map(|mark| self.later.get(mark)).flatten();
        let keeps = |place: &&usize| {
            self.restrictions.all.get(**place).is_some_and(|(_, one)| one.ground.keeps())
        };
        let later = later.filter(keeps).copied();
        self.restrictions.id(later.chain(self.restrictions.place_on(facts)).min())
    }
}
