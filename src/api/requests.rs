//! Data subjects' requests over HTTP: written down, put off, carried out where they ask for
//! erasure, answered with a letter.
//!
//! Each step is a decision and holds when it is answered. What is destroyed is approved and
//! carried out as every disposition is (`dispositions`).

pub mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tracing::Instrument as _;

use super::answer::{self, Body, Reasoned, TEXT};
use super::auth::Caller;
use super::{Api, ApiError};
use crate::projection::Act;
use crate::projection::subjects::{Identifier, RequestKind, Requested, SubjectAct};
use crate::record::RecordId;
use crate::subject::{Answering, Erasing, Error, Subject};
use view::{AnswerView, ErasureView, RequestView, RequestsView};

/// The most requests on a page.
const LINES_MAX: usize = 1_000;
const LINES_DEFAULT: usize = 100;

/// Which requests are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    kind: Option<RequestKind>,
    open: Option<bool>,
    late: Option<bool>,
    limit: Option<usize>,
    after: Option<String>,
}

/// Whose records are to be erased.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Erased {
    reason: String,
    identifiers: Option<Vec<String>>,
    #[serde(default)]
    exact: bool,
    #[serde(default)]
    preview: bool,
}

/// How a request is answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    language: String,
    from: String,
    reason: String,
    #[serde(default)]
    refuse: bool,
    #[serde(default)]
    draft: bool,
}

/// In which language a letter is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lettered {
    language: Option<String>,
}

/// `POST /v1/subjects/requests`
pub(super) async fn tell(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(requested): Body<Requested>,
) -> Result<Response, ApiError> {
    for identifier in &requested.identifiers {
        Identifier::said(identifier).map_err(|why| bad(format!("`identifiers`: {why}")))?;
    }
    let act = SubjectAct::Requested(requested);
    act.check(api.clock.now()).map_err(|refused| bad(refused.0))?;
    let decided = api.govern.act(&caller.actor(), Act::Subject(act)).await?;
    let view = api.request(decided.record)?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// `GET /v1/subjects/requests`
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    listed: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<RequestsView>, ApiError> {
    let Listed { kind, open, late, limit, after } = answer::parameters(listed)?;
    let after: Option<RecordId> = after.as_deref().map(answer::id).transpose()?;
    let limit = limit.unwrap_or(LINES_DEFAULT);
    if !(1..=LINES_MAX).contains(&limit) {
        let detail = format!("`limit` is 1 to {LINES_MAX}");
        return Err(ApiError::BadRequest { code: "bad_limit", detail });
    }
    let now = api.clock.now();
    let view = api.govern.read(|projection| {
        let behind = projection.subjects.requests_behind(after);
        let asked = behind.filter(|(_, request)| {
            kind.is_none_or(|kind| kind == request.kind)
                && open.is_none_or(|open| open == request.answered.is_none())
                && late.is_none_or(|late| late == request.is_late(now))
        });
        let mut page = asked.map(|(id, request)| RequestView::of(id, request, projection, now));
        let requests: Vec<RequestView> = page.by_ref().take(limit).collect();
        let next = page.next().and_then(|_| requests.last().map(|line| line.request));
        RequestsView { requests, next }
    })?;
    Ok(Json(view))
}

/// `GET /v1/subjects/requests/{request}`
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    Path(request): Path<String>,
) -> Result<Json<RequestView>, ApiError> {
    api.request(answer::id(&request)?).map(Json)
}

/// `POST /v1/subjects/requests/{request}/extend`
pub(super) async fn extend(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(request): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<RequestView>, ApiError> {
    let request = api.request(answer::id(&request)?)?.request;
    let act = SubjectAct::Extended { request, reason: answer::why(reason)? };
    api.govern.act(&caller.actor(), Act::Subject(act)).await?;
    api.request(request).map(Json)
}

/// `POST /v1/subjects/requests/{request}/erase`
pub(super) async fn erase(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(request): Path<String>,
    Body(Erased { reason, identifiers, exact, preview }): Body<Erased>,
) -> Result<Response, ApiError> {
    let request = api.request(answer::id(&request)?)?.request;
    let access = super::subjects::reading(&caller, reason)?;
    let erasing = Erasing { request, identifiers, exact, preview };
    let subject = api.subject.clone();
    let erase = async move { subject.erase(&access, erasing).await };
    let planned = detached(erase).await?;
    let status = if planned.run.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(ErasureView::of(planned))).into_response())
}

/// `POST /v1/subjects/requests/{request}/answer`
pub(super) async fn answer(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(request): Path<String>,
    Body(answered): Body<Answered>,
) -> Result<Json<AnswerView>, ApiError> {
    let Answered { language, from, reason, refuse, draft } = answered;
    let request = api.request(answer::id(&request)?)?.request;
    let reason = answer::why(reason)?;
    let answering = Answering { request, language, from, reason, refuse, draft };
    let (subject, actor) = (api.subject.clone(), caller.actor());
    let written = detached(async move { subject.answer(&actor, answering).await }).await?;
    Ok(Json(AnswerView::of(request, written)))
}

/// `GET /v1/subjects/requests/{request}/letter`
pub(super) async fn letter(
    State(api): State<Arc<Api>>,
    Path(request): Path<String>,
    lettered: Result<Query<Lettered>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Lettered { language } = answer::parameters(lettered)?;
    let request = api.request(answer::id(&request)?)?.request;
    let subject: Subject = api.subject.clone();
    let read = move || subject.letter(request, language.as_deref());
    let letter = tokio::task::spawn_blocking(read).await.map_err(ApiError::inside)??;
    Ok(([(header::CONTENT_TYPE, TEXT)], letter).into_response())
}

impl Api {
    fn request(&self, request: RecordId) -> Result<RequestView, ApiError> {
        let now = self.clock.now();
        let view = self.govern.read(|projection| {
            let found = projection.subjects.request(request)?;
            Some(RequestView::of(request, found, projection, now))
        })?;
        view.ok_or(ApiError::NotFound("request"))
    }
}

/// Works to the end, whether or not somebody still waits for the answer.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::spawn(work.in_current_span()).await;
    Ok(done.map_err(ApiError::inside)??)
}

const fn bad(detail: String) -> ApiError {
    ApiError::BadRequest { code: "bad_subject_request", detail }
}
