//! What is told of holds: the shapes of the answers, read by the command line as well.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::index::language;
use crate::projection::holds::{Acknowledged, Caught, Hold, Notice, Release, Scope, Stage, Step};
use crate::projection::runs::Person;
use crate::record::RecordId;
use crate::tlog::Hash;

/// Where a hold stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    InForce,
    /// It holds; another person must agree to its release.
    ReleaseAsked,
    /// It was released, and holds until the grace is over.
    Grace,
    /// It holds nothing any more.
    Released,
}

/// A page of the list.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoldsView {
    /// How many there are on all pages.
    pub total: usize,
    /// The oldest first.
    pub holds: Vec<HoldLine>,
    /// Behind which the next page begins.
    pub next: Option<RecordId>,
}

/// A hold in a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoldLine {
    /// Its name: the record of its placing.
    pub hold: RecordId,
    /// The case.
    pub matter: String,
    /// Whose records are held.
    pub custodian: String,
    /// Where it stands.
    pub state: Standing,
    /// Whether the custodian must not learn of it.
    pub silent: bool,
    /// Since when.
    pub placed: Timestamp,
    /// When the grace after its release ends.
    pub ends: Option<Timestamp>,
    /// How many notices nobody confirmed.
    pub unacknowledged: usize,
}

/// A hold, whole.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoldView {
    /// As in a list.
    #[serde(flatten)]
    pub line: HoldLine,
    /// Why.
    pub reason: String,
    /// Who ordered it.
    pub authority: String,
    /// What it catches.
    pub scope: Scope,
    /// The scope's query, with everything written out.
    pub understood: Option<String>,
    /// How many records it holds now; `null` where that was not asked, or where it holds
    /// nothing any more.
    pub records: Option<u64>,
    /// How many identifiers of parties it follows, those that it names among them; `null`
    /// where that was not asked.
    pub follows: Option<usize>,
    /// What it caught when it was placed; `null` where that was not counted.
    pub caught: Option<CaughtView>,
    /// The release that is asked for, or took place.
    pub release: Option<ReleaseView>,
    /// Who was told.
    pub notices: Vec<NoticeView>,
    /// What was done, the oldest first.
    pub history: Vec<StepView>,
}

/// What a hold caught when it was placed.
#[derive(Debug, Serialize, Deserialize)]
pub struct CaughtView {
    /// So many entries of the log were looked at, the first ones.
    pub log: u64,
    /// What it caught of them then.
    #[serde(flatten)]
    pub count: CountView,
    /// The same, counted again now, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recounted: Option<CountView>,
}

/// A list of entries, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountView {
    /// How many.
    pub records: u64,
    /// SHA-256 of the list: each index in decimal digits and a line feed, rising.
    pub sha256: Hash,
}

/// The answer to a placing.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlacedView {
    /// The entry of the decision.
    pub entry: u64,
    /// The query as it is understood.
    pub understood: Option<String>,
    /// The hold.
    pub hold: HoldView,
}

/// A release.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleaseView {
    /// Who asked for it.
    pub asked_by: PersonView,
    /// Who agreed.
    pub approved_by: Vec<PersonView>,
    /// How many must.
    pub approvals_needed: u8,
    /// For how many days after it nothing may be destroyed.
    pub grace_days: u16,
    /// When it took place.
    pub released: Option<Timestamp>,
}

/// One who acted: the token's id and name.
#[derive(Debug, Serialize, Deserialize)]
pub struct PersonView {
    /// The token's id.
    pub who: String,
    /// The token's name.
    pub name: String,
}

/// A notice.
#[derive(Debug, Serialize, Deserialize)]
pub struct NoticeView {
    /// Names it, for its confirmation.
    pub notice: RecordId,
    /// When.
    pub at: Timestamp,
    /// Who was told.
    pub to: String,
    /// The exact text.
    pub text: String,
    /// Who confirmed.
    pub acknowledged: Vec<Acknowledged>,
}

/// A step.
#[derive(Debug, Serialize, Deserialize)]
pub struct StepView {
    /// What was done.
    pub did: String,
    /// Its entry.
    pub entry: u64,
    /// The record of the decision.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonView,
    /// Why; of a notice and its confirmation: to whom, by whom.
    pub told: String,
}

/// Everything about a matter.
#[derive(Debug, Serialize, Deserialize)]
pub struct MatterView {
    /// The case.
    pub matter: String,
    /// When the report was made.
    pub as_of: Timestamp,
    /// Entries of the log at that time.
    pub log: u64,
    /// Entries that were looked at to count records.
    pub searchable: u64,
    /// Its holds, the oldest first, those released as well.
    pub holds: Vec<HoldView>,
}

impl Standing {
    /// Where a hold stands.
    pub fn of(hold: &Hold, now: Timestamp) -> Self {
        match hold.stage {
            Stage::InForce => Self::InForce,
            Stage::ReleaseAsked => Self::ReleaseAsked,
            Stage::Released if hold.in_force(now) => Self::Grace,
            Stage::Released => Self::Released,
        }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::ReleaseAsked => "release_asked",
            Self::Grace => "grace",
            Self::Released => "released",
        }
    }
}

impl HoldLine {
    pub(super) fn of(id: RecordId, hold: &Hold, now: Timestamp) -> Self {
        let unconfirmed = hold.notices.iter().filter(|notice| notice.acknowledged.is_empty());
        Self {
            hold: id,
            matter: hold.matter.clone(),
            custodian: hold.custodian.clone(),
            state: Standing::of(hold, now),
            silent: hold.silent,
            placed: hold.placed,
            ends: hold.ends(),
            unacknowledged: unconfirmed.count(),
        }
    }
}

impl HoldView {
    pub(super) fn of(id: RecordId, hold: &Hold, now: Timestamp) -> Self {
        let query = hold.scope.query.as_deref();
        let understood = query.and_then(|query| language::parse(query).ok());
        Self {
            line: HoldLine::of(id, hold, now),
            reason: hold.reason.clone(),
            authority: hold.authority.clone(),
            scope: hold.scope.clone(),
            understood: understood.map(|expr| expr.to_string()),
            records: None,
            follows: None,
            caught: hold.caught.as_ref().map(|(caught, _)| CaughtView::of(caught)),
            release: hold.release.as_ref().map(ReleaseView::of),
            notices: hold.notices.iter().map(NoticeView::of).collect(),
            history: hold.history.iter().map(StepView::of).collect(),
        }
    }
}

impl HoldView {
    /// With how much it holds now.
    pub(super) fn counted(mut self, counts: &Counts) -> Self {
        self.records = counts.records.get(&self.line.hold).copied();
        self.follows = counts.follows.get(&self.line.hold).copied();
        self
    }
}

impl CaughtView {
    fn of(caught: &Caught) -> Self {
        Self { log: caught.log, count: CountView::of(caught), recounted: None }
    }
}

impl CountView {
    pub(super) const fn of(caught: &Caught) -> Self {
        Self { records: caught.records, sha256: caught.sha256 }
    }
}

impl ReleaseView {
    fn of(release: &Release) -> Self {
        Self {
            asked_by: PersonView::of(&release.asked_by),
            approved_by: release.approved_by.iter().map(PersonView::of).collect(),
            approvals_needed: release.approvals_needed,
            grace_days: release.grace_days,
            released: release.released,
        }
    }
}

impl PersonView {
    fn of(person: &Person) -> Self {
        Self { who: person.who.clone(), name: person.name.clone() }
    }
}

impl NoticeView {
    fn of(notice: &Notice) -> Self {
        Self {
            notice: notice.id,
            at: notice.at,
            to: notice.to.clone(),
            text: notice.text.as_ref().to_owned(),
            acknowledged: notice.acknowledged.clone(),
        }
    }
}

impl StepView {
    fn of(step: &Step) -> Self {
        Self {
            did: step.did.to_owned(),
            entry: step.entry.get(),
            record: step.record,
            at: step.at,
            by: PersonView::of(&step.by),
            told: step.told.clone(),
        }
    }
}
