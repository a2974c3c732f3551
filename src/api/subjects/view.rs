//! What is told of restrictions: the shapes of the answers, read by the command line as
//! well.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::projection::runs::Person;
use crate::projection::subjects::{Ground, Identifier, Lifting, Restriction};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// A restriction that was placed.
#[derive(Debug, Serialize, Deserialize)]
pub struct RestrictedView {
    /// The entry of the decision.
    pub entry: u64,
    /// The restriction.
    pub restriction: RestrictionView,
}

/// A page of restrictions.
#[derive(Debug, Serialize, Deserialize)]
pub struct RestrictionsView {
    /// How many there are on all pages.
    pub total: usize,
    /// The oldest first.
    pub restrictions: Vec<RestrictionView>,
    /// Behind which the next page begins.
    pub next: Option<RecordId>,
}

/// A restriction, in force or lifted.
#[derive(Debug, Serialize, Deserialize)]
pub struct RestrictionView {
    /// Its name: the record of the decision.
    pub restriction: RecordId,
    /// Whether it counts now.
    pub in_force: bool,
    /// Whose records.
    pub identifiers: Vec<Identifier>,
    /// By what right.
    pub ground: Ground,
    /// Whether no schedule destroys them either.
    pub keeps: bool,
    /// Why.
    pub reason: String,
    /// The request that it answers.
    pub request: Option<RecordId>,
    /// The decision.
    #[serde(flatten)]
    pub decided: DecidedView,
    /// How it ended.
    pub lifted: Option<LiftedView>,
}

/// The end of a restriction.
#[derive(Debug, Serialize, Deserialize)]
pub struct LiftedView {
    /// Why.
    pub reason: String,
    /// How the person was told before.
    pub informed: String,
    /// The decision.
    #[serde(flatten)]
    pub decided: DecidedView,
}

/// Where, when and by whom something was decided.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecidedView {
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
}

impl RestrictionView {
    pub(super) fn of(id: RecordId, restriction: &Restriction) -> Self {
        Self {
            restriction: id,
            in_force: restriction.in_force(),
            identifiers: restriction.identity.identifiers().to_vec(),
            ground: restriction.ground,
            keeps: restriction.ground.keeps(),
            reason: restriction.reason.clone(),
            request: restriction.request,
            decided: DecidedView::of(&restriction.since),
            lifted: restriction.lifted.as_ref().map(LiftedView::of),
        }
    }
}

impl LiftedView {
    fn of(lifting: &Lifting) -> Self {
        Self {
            reason: lifting.reason.clone(),
            informed: lifting.informed.clone(),
            decided: DecidedView::of(&lifting.since),
        }
    }
}

impl DecidedView {
    fn of((entry, at, by): &(LeafIndex, Timestamp, Person)) -> Self {
        Self { entry: entry.get(), at: *at, by: by.clone() }
    }
}
