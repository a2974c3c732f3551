//! Consent over HTTP: telling a signal, asking what held, the review, files of signals.
//!
//! Reading names a person and is written down first, as every opening of content. What is
//! told is a decision: it holds when it is answered 201.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::answer::{self, Body, Reader};
use super::auth::Caller;
use super::{Api, ApiError};
use crate::govern;
use crate::policy::consent::{Certainty, Channel, Kind, Purpose, Purposes};
use crate::projection::consent::{
    ConsentAct, Evidence, Import, LineOutcome, Means, Signal, Verdict, Wording,
};
use crate::projection::{Act, Refused};
use crate::query::ConsentAsked;
use crate::query::view::consent::{
    ConsentView, DecidedView, HistoryView, ImportView, LineView, Outcome, ReviewView,
};
use crate::record::RecordId;

/// The longest identifier of a person or a number.
const WORD_BYTES_MAX: usize = 256;

/// Whose consent is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    subject: String,
    purpose: Option<Purpose>,
    channel: Option<Channel>,
    number: Option<String>,
    at: Option<Timestamp>,
}

/// Which page of the review.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
}

/// A signal as it is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    kind: Kind,
    subject: Vec<String>,
    purposes: Purposes,
    channel: Option<Channel>,
    number: Option<String>,
    at: Timestamp,
    expires: Option<Timestamp>,
    wording: Option<Wording>,
    jurisdiction: Option<String>,
    legal_basis: Option<String>,
    evidence: ToldEvidence,
}

/// What proves a signal that is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldEvidence {
    means: Means,
    record: Option<RecordId>,
    reference: Option<String>,
    sha256: Option<String>,
}

/// What somebody found who looked at a candidate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolved {
    verdict: Verdict,
    purposes: Option<Purposes>,
    reason: String,
}

/// `GET /v1/consent`
pub(super) async fn state(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ConsentView>, ApiError> {
    let asked = api.asked(answer::parameters(asked)?)?;
    Ok(Json(api.query.consent(&access, &api.govern, asked).await?))
}

/// `GET /v1/consent/history`
pub(super) async fn history(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<HistoryView>, ApiError> {
    let asked = answer::parameters(asked)?;
    let Asked { subject: _, purpose: None, channel: None, number: None, at: None } = &asked else {
        return Err(bad("bad_parameter", "a history is asked for by `subject` alone"));
    };
    let asked = api.asked(asked)?;
    Ok(Json(api.query.consent_history(&access, &api.govern, asked).await?))
}

/// `GET /v1/consent/record`
pub(super) async fn record(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let asked = api.asked(answer::parameters(asked)?)?;
    let purpose = asked.purpose;
    let purpose =
        purpose.ok_or_else(|| bad("bad_parameter", "a record is of one `purpose`: name it"))?;
    Ok(Json(api.query.consent_record(&access, &api.govern, asked, purpose).await?))
}

/// `GET /v1/consent/review`
pub(super) async fn review(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<ReviewView>, ApiError> {
    let Page { limit, after } = answer::parameters(page)?;
    let after: Option<RecordId> = after.as_deref().map(answer::id).transpose()?;
    Ok(Json(api.query.consent_review(&access, &api.govern, limit, after).await?))
}

/// `POST /v1/consent`
pub(super) async fn tell(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(told): Body<Told>,
) -> Result<Response, ApiError> {
    if told.evidence.means == Means::Import {
        return Err(bad_consent("evidence.means: a file is sent to /v1/consent/import"));
    }
    let signal = told.signal();
    signal.check(api.clock.now()).map_err(|Refused(why)| bad_consent(&why))?;
    if let Some(record) = signal.evidence.record
        && !api.query.has_record(record).await?
    {
        return Err(bad_consent("evidence.record: there is no such record in this archive"));
    }
    let act = ConsentAct::Told { signal: Box::new(signal) };
    let decided = api.govern.act(&caller.actor(), Act::Consent(act)).await?;
    Ok((StatusCode::CREATED, Json(view(decided))).into_response())
}

/// `POST /v1/consent/review/{record}`
pub(super) async fn resolve(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(record): Path<String>,
    Body(Resolved { verdict, purposes, reason }): Body<Resolved>,
) -> Result<Response, ApiError> {
    let candidate: RecordId = answer::id(&record)?;
    let act = ConsentAct::Resolved { candidate, verdict, purposes, reason };
    let decided = api.govern.act(&caller.actor(), Act::Consent(act)).await?;
    Ok((StatusCode::CREATED, Json(view(decided))).into_response())
}

/// `POST /v1/consent/import`
pub(super) async fn import(
    State(api): State<Arc<Api>>,
    caller: Caller,
    headers: HeaderMap,
    file: Bytes,
) -> Result<Response, ApiError> {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !mime.unwrap_or_default().starts_with("text/csv") {
        return Err(bad("bad_csv", "send the file with Content-Type: text/csv"));
    }
    let (mut read, by, now) = (None, caller.actor(), api.clock.now());
    // Read while nobody else decides: what is a duplicate is one when it is decided.
    let decided = api.govern.act_on(&by, |projection| {
        let import = Import::read(&file, &projection.consent, now)?;
        let act = import.act.clone();
        read = Some(import);
        act.map(Act::Consent).ok_or_else(|| Refused("nothing is imported".to_owned()))
    });
    let decided = decided.await;
    match (read, decided) {
        (Some(import), Ok(decided)) => {
            let shown = import_view(&import, Some(view(decided)));
            Ok((StatusCode::CREATED, Json(shown)).into_response())
        }
        (Some(import), Err(govern::Error::Refused(_))) if import.act.is_none() => {
            Ok(Json(import_view(&import, None)).into_response())
        }
        (None, Err(govern::Error::Refused(Refused(why)))) => Err(bad("bad_csv", &why)),
        (_, Err(error)) => Err(error.into()),
        (None, Ok(_)) => unreachable!("what was decided was read"),
    }
}

impl Api {
    fn asked(&self, asked: Asked) -> Result<ConsentAsked, ApiError> {
        let Asked { subject, purpose, channel, number, at } = asked;
        for word in [Some(&subject), number.as_ref()].into_iter().flatten() {
            if word.trim().is_empty() || word.len() > WORD_BYTES_MAX {
                let detail = "`subject` and `number` have 1 to 256 bytes";
                return Err(bad("bad_parameter", detail));
            }
        }
        let channel = channel.unwrap_or_else(Channel::whatsapp);
        let at = at.unwrap_or_else(|| self.clock.now());
        Ok(ConsentAsked { subject, purpose, channel, number, at })
    }
}

impl Told {
    fn signal(self) -> Signal {
        let ToldEvidence { means, record, reference, sha256 } = self.evidence;
        Signal {
            kind: self.kind,
            certainty: Certainty::Certain,
            subject: self.subject,
            purposes: self.purposes,
            channel: self.channel,
            numbers: self.number.into_iter().collect(),
            at: self.at,
            expires: self.expires,
            wording: self.wording.filter(|wording| *wording != Wording::default()),
            jurisdiction: self.jurisdiction,
            legal_basis: self.legal_basis,
            evidence: Evidence { means, record, reference, sha256, line: None, word: None },
        }
    }
}

fn import_view(import: &Import, imported: Option<DecidedView>) -> ImportView {
    let new = if imported.is_some() { Outcome::Taken } else { Outcome::Ready };
    let lines = import.lines.iter().map(|(line, outcome)| {
        let (outcome, why) = match outcome {
            LineOutcome::New => (new, None),
            LineOutcome::Duplicate => (Outcome::Duplicate, None),
            LineOutcome::Refused(why) => (Outcome::Refused, Some(why.clone())),
        };
        LineView { line: *line, outcome, why }
    });
    ImportView { sha256: import.sha256.clone(), imported, lines: lines.collect() }
}

fn view(decided: govern::Decided) -> DecidedView {
    DecidedView { record: decided.record, entry: decided.index.get() }
}

fn bad_consent(why: &str) -> ApiError {
    bad("bad_consent", why)
}

fn bad(code: &'static str, detail: &str) -> ApiError {
    ApiError::BadRequest { code, detail: detail.to_owned() }
}
