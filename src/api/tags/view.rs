//! Tags as they are shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::projection::runs::Person;
use crate::projection::tags::{On, Putting, Stage, Step};
use crate::record::RecordId;

/// The answer to a putting.
#[derive(Debug, Serialize, Deserialize)]
pub struct PutView {
    /// The rules in force that name the tag; where there is none, it decides nothing yet.
    pub rules: Vec<String>,
    /// The putting.
    #[serde(flatten)]
    pub putting: PuttingView,
}

/// A page of puttings.
#[derive(Debug, Serialize, Deserialize)]
pub struct PuttingsView {
    /// The oldest first.
    pub puttings: Vec<PuttingView>,
    /// Behind which the next page begins.
    pub next: Option<RecordId>,
}

/// A tag, and what it was put on.
#[derive(Debug, Serialize, Deserialize)]
pub struct PuttingView {
    /// Its name: the record of the decision.
    pub putting: RecordId,
    /// The tag.
    pub tag: String,
    /// Where it stands.
    pub state: Stage,
    /// What it is on.
    pub on: OnView,
    /// The entry that put it.
    pub entry: u64,
    /// Everything that was done, the oldest first.
    pub history: Vec<StepView>,
}

/// What a tag is on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum OnView {
    /// Records that were named.
    Records {
        /// How many.
        count: u64,
    },
    /// What a query found.
    Query {
        /// The query.
        query: String,
        /// How many entries of the log were looked at.
        searched: u64,
        /// How many records it found.
        count: u64,
    },
    /// A conversation.
    Thread {
        /// Its id.
        thread: String,
    },
    /// Everything of a party.
    Party {
        /// The party, as it was named.
        party: String,
    },
    /// Everything of a business number.
    Number {
        /// The number, as it was named.
        number: String,
    },
}

/// Something that was done about it.
#[derive(Debug, Serialize, Deserialize)]
pub struct StepView {
    /// What was done.
    pub did: String,
    /// Its entry.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
    /// Why.
    pub reason: String,
}

impl PuttingView {
    pub(super) fn of(id: RecordId, putting: &Putting) -> Self {
        Self {
            putting: id,
            tag: putting.tag.clone(),
            state: putting.stage,
            on: OnView::of(&putting.on),
            entry: putting.since.get(),
            history: putting.history.iter().map(StepView::of).collect(),
        }
    }
}

impl OnView {
    fn of(on: &On) -> Self {
        let count = || on.entries().iter().map(crate::entry::Ranges::count).sum();
        match on {
            On::Records { .. } => Self::Records { count: count() },
            On::Query { query, searched, .. } => {
                Self::Query { query: query.clone(), searched: *searched, count: count() }
            }
            On::Thread { thread } => Self::Thread { thread: thread.clone() },
            On::Party { party } => Self::Party { party: party.clone() },
            On::Number { number } => Self::Number { number: number.clone() },
        }
    }
}

impl StepView {
    fn of(step: &Step) -> Self {
        let Step { did, entry, at, by, reason } = step;
        let (did, reason) = ((*did).to_owned(), reason.clone());
        Self { did, entry: entry.get(), at: *at, by: by.clone(), reason }
    }
}
