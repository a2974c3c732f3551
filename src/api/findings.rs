//! Findings of conduct over HTTP: which there are, and what people make of them.
//!
//! A finding names records and shows nothing of them; the record itself is opened by its
//! own address. A verdict is a decision: it holds when it is answered 201.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{self, Body};
use super::auth::Caller;
use super::holds::PersonView;
use super::{Api, ApiError};
use crate::conduct::{Because, Counts, Finding, FindingState, Found, Withdrawal};
use crate::projection::findings::{
    FindingAct, FindingId, FindingKind, FindingVerdict, Findings, Reviewed,
};
use crate::projection::{Act, Projection};
use crate::record::RecordId;

/// The most findings on a page of the list.
const LINES_MAX: usize = 1_000;
const LINES_DEFAULT: usize = 100;

/// Which findings are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    kind: Option<FindingKind>,
    state: Option<FindingState>,
    limit: Option<usize>,
    after: Option<String>,
}

/// What somebody makes of a finding.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verdict {
    verdict: FindingVerdict,
    reason: String,
}

/// A page of the list.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindingsView {
    /// How many there are on all pages.
    pub total: usize,
    /// By kind; of a kind the oldest record first.
    pub findings: Vec<FindingView>,
    /// Behind which the next page begins.
    pub next: Option<FindingId>,
    /// How far the log was followed, and what was counted.
    pub followed: FollowedView,
}

/// How far the log was followed, and what was counted.
#[derive(Debug, Serialize, Deserialize)]
pub struct FollowedView {
    /// Entries that were judged.
    pub entries: u64,
    /// Entries that were not judged yet.
    pub entries_behind: u64,
    /// Messages of the business.
    pub messages: u64,
    /// Of those that are told of no more, how many could not be judged in full.
    pub unclear: u64,
    /// Findings that went with a record that was destroyed.
    pub erased: u64,
    /// Whether there were more findings than are listed.
    pub full: bool,
}

/// A finding.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindingView {
    /// Its name.
    pub finding: FindingId,
    /// What was found.
    pub kind: FindingKind,
    /// Where it stands.
    pub state: FindingState,
    /// The record that shows it.
    pub record: RecordId,
    /// Its entry.
    pub entry: u64,
    /// When the message was sent; of what is ending, when it ends.
    pub at: Timestamp,
    /// When it was found.
    pub found: Timestamp,
    /// Why, in a word.
    pub because: Because,
    /// Why, in a sentence.
    pub told: String,
    /// Whether the provider itself or the person said so; else something may be missing
    /// from the archive.
    pub certain: bool,
    /// The record that shows why.
    pub evidence: Option<RecordId>,
    /// When and why it turned out to be none.
    pub withdrawn: Option<WithdrawnView>,
    /// What somebody made of it.
    pub review: Option<ReviewView>,
}

/// That a finding turned out to be none.
#[derive(Debug, Serialize, Deserialize)]
pub struct WithdrawnView {
    /// When.
    pub at: Timestamp,
    /// Why, in a word.
    pub why: Withdrawal,
    /// Why, in a sentence.
    pub told: String,
}

/// The newest verdict on a finding.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReviewView {
    /// What it is.
    pub verdict: FindingVerdict,
    /// When it was given.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonView,
    /// The record of the decision.
    pub record: RecordId,
    /// How many verdicts there were until this one.
    pub number: usize,
    /// Why; only where one finding is asked for.
    pub reason: Option<String>,
}

/// `GET /v1/findings`
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    listed: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<FindingsView>, ApiError> {
    let Listed { kind, state, limit, after } = answer::parameters(listed)?;
    let after: Option<FindingId> = after.as_deref().map(answer::id).transpose()?;
    let limit = limit.unwrap_or(LINES_DEFAULT);
    if !(1..=LINES_MAX).contains(&limit) {
        let detail = format!("`limit` is 1 to {LINES_MAX}");
        return Err(ApiError::BadRequest { code: "bad_limit", detail });
    }
    let found = api.found()?;
    let followed = api.followed(&found);
    let view = api.govern.read(|projection| {
        let verdicts = &projection.findings;
        let is_asked = |finding: &&Finding| {
            kind.is_none_or(|kind| kind == finding.id.kind)
                && state.is_none_or(|state| state == finding.state(verdicts))
        };
        let total = found.findings.values().filter(is_asked).count();
        let behind = |finding: &&Finding| after.is_none_or(|after| finding.id > after);
        let mut rest = found.findings.values().filter(behind).filter(is_asked);
        let page = rest.by_ref().take(limit).map(|finding| FindingView::of(finding, verdicts));
        let findings: Vec<FindingView> = page.collect();
        let more = rest.next().is_some();
        let next = findings.last().filter(|_| more).map(|line| line.finding);
        FindingsView { total, findings, next, followed }
    })?;
    Ok(Json(view))
}

/// `GET /v1/findings/{finding}`
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    Path(finding): Path<String>,
) -> Result<Json<FindingView>, ApiError> {
    let id: FindingId = answer::id(&finding)?;
    Ok(Json(api.finding(id)?))
}

/// `POST /v1/findings/{finding}/review`
pub(super) async fn review(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(finding): Path<String>,
    Body(Verdict { verdict, reason }): Body<Verdict>,
) -> Result<Response, ApiError> {
    let id: FindingId = answer::id(&finding)?;
    let reason = answer::why(reason)?;
    if api.finding(id)?.state == FindingState::Withdrawn {
        let detail = "the finding was withdrawn: there is nothing to give a verdict on";
        return Err(ApiError::Refused(detail.to_owned()));
    }
    let act = FindingAct::Reviewed { finding: id, verdict, reason };
    api.govern.act(&caller.actor(), Act::Finding(act)).await?;
    Ok((StatusCode::CREATED, Json(api.finding(id)?)).into_response())
}

impl Api {
    fn found(&self) -> Result<Arc<Found>, ApiError> {
        if self.conduct.is_on() {
            return Ok(self.conduct.found());
        }
        Err(ApiError::NotFound("finding: findings are switched off (conduct.enabled)"))
    }

    fn finding(&self, id: FindingId) -> Result<FindingView, ApiError> {
        let found = self.found()?;
        let finding = found.findings.get(&id).ok_or(ApiError::NotFound("finding"))?;
        let look = |projection: &Projection| FindingView::of(finding, &projection.findings);
        let mut view = self.govern.read(look)?;
        if let Some(review) = &mut view.review {
            let told = self.govern.told(review.record)?;
            review.reason = told.and_then(|(_, told)| {
                let Act::Finding(FindingAct::Reviewed { reason, .. }) = told.act else {
                    return None;
                };
                Some(reason)
            });
        }
        Ok(view)
    }

    fn followed(&self, found: &Found) -> FollowedView {
        let progress = self.conduct.progress();
        let Counts { messages, unclear, erased, full } = found.counts;
        FollowedView {
            entries: progress.followed.get(),
            entries_behind: progress.entries_behind(),
            messages: messages.saturating_add(found.remembered as u64),
            unclear,
            erased,
            full,
        }
    }
}

impl FindingView {
    fn of(finding: &Finding, verdicts: &Findings) -> Self {
        let withdrawn = finding.withdrawn.map(|withdrawn| WithdrawnView {
            at: withdrawn.at,
            why: withdrawn.why,
            told: withdrawn.why.told().to_owned(),
        });
        Self {
            finding: finding.id,
            kind: finding.id.kind,
            state: finding.state(verdicts),
            record: finding.id.record,
            entry: finding.entry,
            at: finding.at,
            found: finding.found,
            because: finding.because,
            told: finding.because.told().to_owned(),
            certain: finding.certain,
            evidence: finding.evidence,
            withdrawn,
            review: verdicts.verdict(finding.id).map(ReviewView::of),
        }
    }
}

impl ReviewView {
    fn of(reviewed: &Reviewed) -> Self {
        let by = PersonView { who: reviewed.by.who.clone(), name: reviewed.by.name.clone() };
        Self {
            verdict: reviewed.verdict,
            at: reviewed.at,
            by,
            record: reviewed.record,
            number: reviewed.number,
            reason: None,
        }
    }
}
