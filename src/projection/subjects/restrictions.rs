//! Restrictions of processing: whose records are kept and not used (GDPR art. 18).
//!
//! While one is in force, the records of its person are shown only to who answers data
//! subjects' requests or places holds; and where the person would rather have them kept
//! (all grounds but an objection), no schedule destroys them. A restriction is named by
//! the record of the decision, and never deleted: a lifted one says since when it no
//! longer counts, and how the person was told before (art. 18(3)).

mod now;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::act::{check_identifiers, text};
use super::identity::{self, Identity};
use super::{Identifier, RequestKind, Subjects};
use crate::policy::{Facts, Mark};
use crate::projection::runs::Person;
use crate::projection::{At, Refused};
use crate::record::{Record, RecordId};
use crate::tlog::LeafIndex;

pub use now::RestrictedNow;

/// The most restrictions of an archive, lifted ones included.
pub const RESTRICTIONS_MAX: usize = 100_000;

/// Somebody's records are kept, and not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restricted {
    /// Everything that the person is known by.
    pub identifiers: Vec<Identifier>,
    /// By what right.
    pub ground: Ground,
    /// Why, in the words of who decides.
    pub reason: String,
    /// The request that it answers, where it was written down as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RecordId>,
}

/// They may be used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifted {
    /// The restriction.
    pub restriction: RecordId,
    /// Why, in the words of who decides.
    pub reason: String,
    /// How and when the person was told that it would be (art. 18(3)).
    pub informed: String,
}

/// By what right processing is restricted: the letters of art. 18(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// (a) The person contests that the records are right, while that is looked into.
    Accuracy,
    /// (b) Processing is unlawful, and the person would have them kept, not erased.
    Unlawful,
    /// (c) The person needs them for a legal claim.
    Claims,
    /// (d) The person objected, while it is looked into whose grounds weigh more.
    Objection,
}

/// A restriction, in force or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Whose records.
    pub identity: Identity,
    /// By what right.
    pub ground: Ground,
    /// Why.
    pub reason: String,
    /// The request that it answers.
    pub request: Option<RecordId>,
    /// The entry, when, and by whom it was decided.
    pub since: (LeafIndex, Timestamp, Person),
    /// How it ended.
    pub lifted: Option<Lifting>,
}

/// The end of a restriction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifting {
    /// The entry, when, and by whom it was decided.
    pub since: (LeafIndex, Timestamp, Person),
    /// Why.
    pub reason: String,
    /// How the person was told.
    pub informed: String,
}

/// Every restriction there ever was, in the order of the log.
#[derive(Clone, Debug, Default)]
pub struct Restrictions {
    all: Vec<(RecordId, Restriction)>,
    places: HashMap<RecordId, usize>,
    /// Where those in force are in the list, by each mark of their persons; the oldest first.
    in_force: HashMap<Mark, Vec<usize>>,
}

impl Restrictions {
    /// A restriction.
    pub fn get(&self, restriction: RecordId) -> Option<&Restriction> {
        self.all.get(*self.places.get(&restriction)?).map(|(_, restriction)| restriction)
    }

    /// Every restriction, lifted ones included, in the order of the log.
    pub fn iter(&self) -> impl Iterator<Item = (RecordId, &Restriction)> {
        self.all.iter().map(|(id, restriction)| (*id, restriction))
    }

    /// Whether none is in force.
    pub fn is_empty(&self) -> bool {
        self.in_force.is_empty()
    }

    /// The restriction in force that a record is under, the oldest of several; by the
    /// record itself.
    pub fn of(&self, record: &Record) -> Option<RecordId> {
        self.id(self.place_of(record))
    }

    fn place_of(&self, record: &Record) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        let parties = identity::others(record).flat_map(crate::policy::identifiers);
        let places = parties.filter_map(|name| self.in_force.get(&Mark::of(name))).flatten();
        let found = places.filter_map(|place| Some((*place, self.all.get(*place)?)));
        let under = found.filter(|(_, (_, one))| identity::is_of(record, &one.identity));
        under.map(|(place, _)| place).min()
    }

    /// A restriction in force that keeps a record from destruction by a schedule; by what
    /// the index knows of it, and in doubt it is kept: a phone number or a user name that
    /// was somebody else's before restricts that person's records as well. An objection
    /// keeps nothing from destruction.
    pub fn on(&self, facts: &Facts) -> Option<RecordId> {
        self.id(self.place_on(facts))
    }

    fn place_on(&self, facts: &Facts) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        let places = facts.parties.iter().filter_map(|mark| self.in_force.get(mark)).flatten();
        let found = places.filter_map(|place| Some((*place, self.all.get(*place)?)));
        let keeping = found.filter(|(_, (_, one))| one.ground.keeps());
        keeping.map(|(place, _)| place).min()
    }

    fn id(&self, place: Option<usize>) -> Option<RecordId> {
        self.all.get(place?).map(|(id, _)| *id)
    }

    /// Whether a decision can follow.
    pub(super) fn follows_lifted(&self, act: &Lifted) -> Result<(), Refused> {
        let restriction = act.restriction;
        let found = self.get(restriction);
        let found =
            found.ok_or_else(|| Refused(format!("there is no restriction {restriction}")))?;
        match &found.lifted {
            Some(lifting) => {
                let entry = lifting.since.0;
                Err(Refused(format!("restriction {restriction} was lifted by entry {entry}")))
            }
            None => Ok(()),
        }
    }

    /// As [`Restrictions::follows_lifted`].
    pub(super) fn follows_restricted(
        &self,
        act: &Restricted,
        subjects: &Subjects,
    ) -> Result<(), Refused> {
        if self.all.len() >= RESTRICTIONS_MAX {
            let most = format!("there are {RESTRICTIONS_MAX} restrictions, the most there may be");
            return Err(Refused(most));
        }
        let Some(request) = act.request else { return Ok(()) };
        let refused = |why: &str| Err(Refused(format!("request {request} {why}")));
        match subjects.request(request) {
            None => Err(Refused(format!("there is no request {request}"))),
            Some(found) if found.kind == RequestKind::Report => refused("asks for a report"),
            Some(found) if found.answered.is_some() => refused("was answered"),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn restrict(&mut self, at: &At<'_>, act: &Restricted) {
        let place = self.all.len();
        let restriction = Restriction {
            identity: Identity::of(&act.identifiers),
            ground: act.ground,
            reason: act.reason.clone(),
            request: act.request,
            since: (at.index, at.time, Person::of(at)),
            lifted: None,
        };
        for mark in restriction.identity.marks() {
            self.in_force.entry(mark).or_default().push(place);
        }
        self.places.insert(at.record, place);
        self.all.push((at.record, restriction));
    }

    pub(super) fn lift(&mut self, at: &At<'_>, act: &Lifted) {
        let Some(place) = self.places.get(&act.restriction).copied() else { return };
        let Some((_, restriction)) = self.all.get_mut(place) else { return };
        restriction.lifted = Some(Lifting {
            since: (at.index, at.time, Person::of(at)),
            reason: act.reason.clone(),
            informed: act.informed.clone(),
        });
        for mark in restriction.identity.marks() {
            if let Some(places) = self.in_force.get_mut(&mark) {
                places.retain(|other| *other != place);
            }
        }
        self.in_force.retain(|_, places| !places.is_empty());
    }
}

impl Restricted {
    /// Whether it is well formed.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self) -> Result<(), Refused> {
        check_identifiers(self.identifiers.iter().map(|one| one.value.as_str()))?;
        text("reason", &self.reason)
    }
}

impl Lifted {
    /// Whether it is well formed.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self) -> Result<(), Refused> {
        text("reason", &self.reason)?;
        if self.informed.trim().is_empty() {
            let how = "`informed` is empty: the person is told before a restriction is lifted \
                       (GDPR art. 18(3)); say how and when";
            return Err(Refused(how.to_owned()));
        }
        text("informed", &self.informed)
    }
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 4] = [Self::Accuracy, Self::Unlawful, Self::Claims, Self::Objection];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Unlawful => "unlawful",
            Self::Claims => "claims",
            Self::Objection => "objection",
        }
    }

    /// Whether the records are not to be destroyed either: all but an objection, by which
    /// the person would not have them kept at all.
    pub const fn keeps(self) -> bool {
        match self {
            Self::Accuracy | Self::Unlawful | Self::Claims => true,
            Self::Objection => false,
        }
    }
}

impl Restriction {
    /// Whether it counts now.
    pub const fn in_force(&self) -> bool {
        self.lifted.is_none()
    }
}

#[cfg(test)]
mod tests;
