//! What is told of data subjects' requests: the shapes of the answers, read by the command
//! line as well.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::disposition::erasure::PlannedErasure;
use crate::projection::Projection;
use crate::projection::runs::{Cause, Person, Stage};
use crate::projection::subjects::{Account, Counted, Identifier, Kept, Request, RequestKind};
use crate::record::RecordId;
use crate::subject::Written;
use crate::tlog::Hash;

/// A page of requests.
#[derive(Debug, Serialize, Deserialize)]
pub struct RequestsView {
    /// The oldest first.
    pub requests: Vec<RequestView>,
    /// Behind which the next page begins.
    pub next: Option<RecordId>,
}

/// A request, and how it stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct RequestView {
    /// Its name.
    pub request: RecordId,
    /// The entry that tells of it.
    pub entry: u64,
    /// What is asked for.
    pub kind: RequestKind,
    /// By what the person called themselves.
    pub identifiers: Vec<String>,
    /// How they asked.
    pub reason: String,
    /// When it was received.
    pub received: Date,
    /// When it was written down.
    pub told: Timestamp,
    /// By whom.
    pub by: Person,
    /// The first moment at which an answer is late.
    pub due: Timestamp,
    /// Whether it is late, or was answered late.
    pub late: bool,
    /// Why it is answered two months later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<String>,
    /// By what the person's records are known; empty until somebody settled that.
    pub known_by: Vec<Identifier>,
    /// The dispositions that it was the cause of.
    pub runs: Vec<RunOf>,
    /// How it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<AnswerOf>,
}

/// A disposition whose cause is a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunOf {
    /// The run.
    pub run: RecordId,
    /// Where it stands.
    pub stage: Stage,
    /// How many entries' records were destroyed.
    pub destroyed: u64,
}

/// An answer that was given.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerOf {
    /// The decision; its record has the letter.
    pub decision: RecordId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Person,
    /// The letter's language.
    pub language: String,
    /// The letter's SHA-256.
    pub sha256: Hash,
}

/// What the erasure of a person's records would come to, or was planned to.
#[derive(Debug, Serialize, Deserialize)]
pub struct ErasureView {
    /// The run, where something can go and it was planned.
    pub run: Option<RecordId>,
    /// The moment by which it was judged.
    pub as_of: Timestamp,
    /// Entries of the log that were looked at.
    pub log: u64,
    /// How many entries are to be destroyed, with what goes along.
    pub records: u64,
    /// How many other people must approve.
    pub approvals_needed: u8,
    /// The person's records that go.
    pub goes: Vec<Counted>,
    /// Those that stay, and why.
    pub kept: Vec<Kept>,
    /// Those that could go as well, and are more than one plan may list.
    pub beyond: u64,
}

/// An answer, or a draft of one.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerView {
    /// The request.
    pub request: RecordId,
    /// The decision that the letter stands in; `None` of a draft.
    pub decision: Option<RecordId>,
    /// The letter.
    pub letter: String,
    /// What it tells of, where it is of an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

impl RequestView {
    pub(super) fn of(
        id: RecordId,
        request: &Request,
        projection: &Projection,
        now: Timestamp,
    ) -> Self {
        let (entry, told, by) = &request.told;
        let runs = projection.runs.iter();
        let runs = runs.filter(|(_, run)| run.cause == Cause::Erasure { request: id });
        let answered = request.answered.as_ref();
        Self {
            request: id,
            entry: entry.get(),
            kind: request.kind,
            identifiers: request.said.clone(),
            reason: request.reason.clone(),
            received: request.received,
            told: *told,
            by: by.clone(),
            due: request.due(),
            late: request.is_late(now),
            extended: request.extended.clone(),
            known_by: request.identifiers.clone(),
            runs: runs
                .map(|(run, state)| RunOf { run, stage: state.stage, destroyed: state.destroyed })
                .collect(),
            answered: answered.map(|answer| AnswerOf {
                decision: answer.record,
                at: answer.time,
                by: answer.by.clone(),
                language: answer.language.clone(),
                sha256: answer.sha256,
            }),
        }
    }
}

impl ErasureView {
    pub(super) fn of(planned: PlannedErasure) -> Self {
        let PlannedErasure { run, plan, goes, kept, beyond } = planned;
        Self {
            run,
            as_of: plan.as_of,
            log: plan.log_size,
            records: plan.count(),
            approvals_needed: plan.approvals,
            goes,
            kept,
            beyond,
        }
    }
}

impl AnswerView {
    pub(super) fn of(request: RecordId, written: Written) -> Self {
        let Written { letter, decided, account } = written;
        Self { request, decision: decided, letter, account }
    }
}
