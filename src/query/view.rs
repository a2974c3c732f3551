//! What is given out: the shapes that the API serialises and the command line
//! prints. `docs/API.md` documents them.
//!
//! Ids of entries are plain numbers here: they are what people type.

pub mod consent;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::index::{Segment, ThreadId};
use crate::record::{Class, Direction, Origin, Party, RecordId, Relation, RelationKind};

/// A page of search results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SearchView {
    /// The query as asked.
    pub query: String,
    /// How many records match.
    pub total: usize,
    /// This page of them.
    pub hits: Vec<HitView>,
    /// Asks for the next page; `None` on the last.
    pub next: Option<String>,
    /// How many entries the index has seen; what is newer is not found yet.
    pub searchable: u64,
    /// How many entries the log has.
    pub log: u64,
}

/// One search result. What comes from the content is absent where there is a
/// [`Problem`]: a hit is never left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HitView {
    /// The record.
    pub record: RecordId,
    /// The entry that keeps it.
    pub entry: u64,
    /// Its class.
    pub class: Option<Class>,
    /// The provider's word for its kind.
    pub kind: Option<String>,
    /// How it reached the archive.
    pub origin: Option<Origin>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// When it happened, as the provider says; else when it was captured.
    pub at: Timestamp,
    /// When it was captured.
    pub captured: Option<Timestamp>,
    /// Its conversation.
    pub thread: Option<ThreadId>,
    /// The business number.
    pub number: Option<String>,
    /// The author.
    pub from: Option<Party>,
    /// The addressee.
    pub to: Option<Party>,
    /// Its text around what was looked for.
    pub excerpt: Vec<Segment>,
    /// The medium it announces.
    pub medium: Option<AnnouncedView>,
    /// Why there is nothing to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The decision by which its use is restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<RecordId>,
}

/// A medium as its record announces it. The type is the provider's word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedView {
    /// The MIME type announced.
    pub mime: Option<String>,
    /// The name of the file.
    pub file_name: Option<String>,
}

/// Why a record that is there cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Its bytes are not those that the log commits to, or do not read.
    Damaged,
    /// Its key was destroyed.
    Destroyed,
    /// Its person has its use restricted (GDPR art. 18), and who asks may not see it.
    Restricted,
}

/// One record, whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordView {
    /// The record.
    pub record: RecordId,
    /// The entry that keeps it.
    pub entry: u64,
    /// When it was captured.
    pub captured: Timestamp,
    /// Its class.
    pub class: Class,
    /// Its conversation; `None` also for as long as the index has not seen it.
    pub thread: Option<ThreadId>,
    /// The record of the delivery it came in.
    pub delivery: Option<RecordId>,
    /// What was sealed: the record's JSON, exact bytes. Of a delivery
    /// [`DeliveryContent`], of a medium [`MediumContent`].
    pub content: Box<RawValue>,
    /// Its media, those that were fetched.
    pub media: Vec<LinkView>,
    /// What later said something of it.
    pub later: Vec<LaterView>,
    /// How many more there are than [`RecordView::later`] shows.
    pub later_more: usize,
}

/// A medium that belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The medium's own record.
    pub id: RecordId,
    /// The entry that keeps it.
    pub entry: u64,
    /// Whether its digest is the one announced; `None` when none was.
    pub matches: Option<bool>,
}

/// What a record of class delivery holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeliveryContent {
    /// When it came.
    pub received: String,
    /// The signature header as it came.
    pub signature: String,
    /// Length of the body in bytes.
    pub size: usize,
    /// The exact bytes.
    pub body_base64: String,
}

/// What is told of a record of class medium; its bytes are given out alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MediumContent {
    /// Length in bytes.
    pub size: usize,
    /// SHA-256 of the bytes in hex.
    pub sha256: String,
}

/// A later record that speaks of this one: an edit, a revocation, a reaction,
/// a reply, a status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaterView {
    /// The later record.
    pub record: RecordId,
    /// The entry that keeps it.
    pub entry: u64,
    /// How it relates.
    pub relation: Option<RelationKind>,
    /// When it happened.
    pub at: Timestamp,
    /// The provider's word for its kind: `text`, `reaction`, `read` …
    pub kind: Option<String>,
    /// The author.
    pub from: Option<Party>,
    /// What it says: the new text, the reaction.
    pub text: Option<String>,
    /// Why there is nothing to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The decision by which its use is restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<RecordId>,
}

/// A page of a conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ThreadView {
    /// The conversation.
    pub thread: ThreadId,
    /// How many records it has.
    pub total: usize,
    /// Who takes part, as far as this page tells.
    pub parties: Vec<Party>,
    /// This page of its records, each of them also where a later one revoked it.
    pub records: Vec<ThreadRecordView>,
    /// Asks for the next page; `None` on the last.
    pub next: Option<String>,
}

/// One record of a conversation, with what came later of it beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ThreadRecordView {
    /// The record.
    pub record: RecordId,
    /// The entry that keeps it.
    pub entry: u64,
    /// When it happened, as the provider says; else when it was captured.
    pub at: Timestamp,
    /// When it was captured.
    pub captured: Option<Timestamp>,
    /// Its class.
    pub class: Option<Class>,
    /// The provider's word for its kind.
    pub kind: Option<String>,
    /// How it reached the archive.
    pub origin: Option<Origin>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// The author.
    pub from: Option<Party>,
    /// The addressee.
    pub to: Option<Party>,
    /// What it says, as it was first.
    pub text: Option<String>,
    /// The medium it announces.
    pub medium: Option<ThreadMediumView>,
    /// What it itself speaks of.
    pub relation: Option<Relation>,
    /// What later said something of it, in order.
    pub later: Vec<LaterView>,
    /// How many more there are than [`ThreadRecordView::later`] shows.
    pub later_more: usize,
    /// Why there is nothing to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The decision by which its use is restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<RecordId>,
}

/// A medium in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadMediumView {
    /// The MIME type announced.
    pub mime: Option<String>,
    /// The name of the file.
    pub file_name: Option<String>,
    /// The medium's own record; `None` where it was not fetched.
    pub id: Option<RecordId>,
}
