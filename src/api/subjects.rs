//! Data subjects over HTTP: what somebody is known by, everything there is of them, and
//! restrictions of the use of their records.
//!
//! A package is sent as it is made: where it breaks off, so does the connection.

mod view;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::Body as AnswerBody;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame};
use serde::Deserialize;

pub use view::{RestrictedView, RestrictionView, RestrictionsView};

use super::answer::{self, Body};
use super::auth::Caller;
use super::{Api, ApiError};
use crate::projection::Act;
use crate::projection::subjects::{Ground, Lifted, Restricted, SubjectAct};
use crate::query::Access;
use crate::record::RecordId;
use crate::subject::{Identified, Package, Reporting};

/// The most restrictions on a page.
const LINES_MAX: usize = 1_000;
const LINES_DEFAULT: usize = 100;

/// The type of an age file.
const AGE: &str = "application/age-encryption.org";

/// Who is looked for, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identify {
    identifiers: Vec<String>,
    reason: String,
}

/// Whose records go to whom, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    identifiers: Vec<String>,
    #[serde(default)]
    exact: bool,
    recipient: String,
    reason: String,
    request: Option<RecordId>,
}

/// Whose records are not to be used, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Restrict {
    identifiers: Vec<String>,
    #[serde(default)]
    exact: bool,
    ground: Ground,
    reason: String,
    request: Option<RecordId>,
}

/// Why they may be used again, and how the person was told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lift {
    reason: String,
    informed: String,
}

/// Which restrictions are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    in_force: Option<bool>,
    limit: Option<usize>,
    after: Option<String>,
}

/// `POST /v1/subjects/identify`
pub(super) async fn identify(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(asked): Body<Identify>,
) -> Result<Json<Identified>, ApiError> {
    let Identify { identifiers, reason } = asked;
    let access = reading(&caller, reason)?;
    Ok(Json(api.subject.identify(&access, &identifiers).await?))
}

/// `POST /v1/subjects/report`
pub(super) async fn report(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(asked): Body<Report>,
) -> Result<Response, ApiError> {
    let Report { identifiers, exact, recipient, reason, request } = asked;
    let access = reading(&caller, reason)?;
    let asked = Reporting { identifiers, exact, recipient, request };
    let package = api.subject.report(&access, asked).await?;
    let name = format!("attachment; filename=\"{}\"", package.name);
    let name = HeaderValue::try_from(name).expect("digits and letters may stand in a header");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(AGE)),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, AnswerBody::new(Sent(package))).into_response())
}

/// `POST /v1/subjects/restrictions`
pub(super) async fn restrict(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(asked): Body<Restrict>,
) -> Result<Response, ApiError> {
    let Restrict { identifiers, exact, ground, reason, request } = asked;
    let access = reading(&caller, reason.clone())?;
    let identity = api.subject.settle(&access, &identifiers, exact).await?;
    let identifiers = identity.identifiers().to_vec();
    let restricted = Restricted { identifiers, ground, reason, request };
    restricted.check().map_err(|refused| bad_restriction(refused.0))?;
    let act = Act::Subject(SubjectAct::Restricted(restricted));
    let decided = api.govern.act(&caller.actor(), act).await?;
    let restriction = api.restriction(decided.record)?;
    let view = RestrictedView { entry: decided.index.get(), restriction };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// `GET /v1/subjects/restrictions`
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    listed: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<RestrictionsView>, ApiError> {
    let Listed { in_force, limit, after } = answer::parameters(listed)?;
    let after: Option<RecordId> = after.as_deref().map(answer::id).transpose()?;
    let limit = limit.unwrap_or(LINES_DEFAULT);
    if !(1..=LINES_MAX).contains(&limit) {
        let detail = format!("`limit` is 1 to {LINES_MAX}");
        return Err(ApiError::BadRequest { code: "bad_limit", detail });
    }
    let view = api.govern.read(|projection| {
        let all = projection.subjects.restrictions();
        let behind = match after {
            None => 0,
            Some(after) => 1 + all.iter().position(|(id, _)| id == after)?,
        };
        let is_asked = |one: &crate::projection::subjects::Restriction| {
            in_force.is_none_or(|in_force| in_force == one.in_force())
        };
        let total = all.iter().filter(|(_, one)| is_asked(one)).count();
        let rest = all.iter().skip(behind).filter(|(_, one)| is_asked(one));
        let mut page = rest.map(|(id, one)| RestrictionView::of(id, one));
        let restrictions: Vec<RestrictionView> = page.by_ref().take(limit).collect();
        let next = page.next().and_then(|_| restrictions.last().map(|one| one.restriction));
        Some(RestrictionsView { total, restrictions, next })
    })?;
    view.map(Json).ok_or_else(|| ApiError::BadRequest {
        code: "bad_parameter",
        detail: "`after` names no restriction: begin again without it".to_owned(),
    })
}

/// `GET /v1/subjects/restrictions/{restriction}`
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    Path(restriction): Path<String>,
) -> Result<Json<RestrictionView>, ApiError> {
    api.restriction(answer::id(&restriction)?).map(Json)
}

/// `POST /v1/subjects/restrictions/{restriction}/lift`
pub(super) async fn lift(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(restriction): Path<String>,
    Body(Lift { reason, informed }): Body<Lift>,
) -> Result<Json<RestrictionView>, ApiError> {
    let restriction = api.restriction(answer::id(&restriction)?)?.restriction;
    let lifted = Lifted { restriction, reason, informed };
    lifted.check().map_err(|refused| bad_restriction(refused.0))?;
    let act = Act::Subject(SubjectAct::Lifted(lifted));
    api.govern.act(&caller.actor(), act).await?;
    api.restriction(restriction).map(Json)
}

impl Api {
    fn restriction(&self, restriction: RecordId) -> Result<RestrictionView, ApiError> {
        let view = self.govern.read(|projection| {
            let found = projection.subjects.restrictions().get(restriction)?;
            Some(RestrictionView::of(restriction, found))
        })?;
        view.ok_or(ApiError::NotFound("restriction"))
    }
}

/// As who opens records; the reason stands in the body, where every decision has it.
pub(super) fn reading(caller: &Caller, reason: String) -> Result<Access, ApiError> {
    let reason = Some(answer::why(reason)?);
    let (who, name) = (caller.id.clone(), caller.name.clone());
    Ok(Access { who, name, reason, sees_restricted: caller.sees_restricted() })
}

fn bad_restriction(detail: String) -> ApiError {
    ApiError::BadRequest { code: "bad_restriction", detail }
}

/// A package as the body of an answer.
struct Sent(Package);

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let piece = self.0.poll(context);
        piece.map(|piece| piece.map(|piece| piece.map(|bytes| Frame::data(bytes.into()))))
    }
}
