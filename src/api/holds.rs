//! Legal holds over HTTP: placing, telling custodians, releasing; and what they hold.
//!
//! A hold that was answered 201 is in force: its decision is on disk, and the answer names
//! its entry. A silent hold is seen by those who may place holds, and by nobody else: for
//! others it is not there, neither in lists nor in numbers nor by its id.

mod counts;
mod report;
mod table;
mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

pub(super) use report::matter;
pub use view::{
    CaughtView, CountView, HoldLine, HoldView, HoldsView, MatterView, NoticeView, PersonView,
    PlacedView, ReleaseView, Standing, StepView,
};

use super::answer::{self, Body};
use super::auth::Caller;
use super::role::Permission;
use super::{Api, ApiError};
use crate::index::language;
use crate::projection::Act;
use crate::projection::holds::{Hold, HoldAct, Placed, Scope};
use crate::record::RecordId;

/// The most holds on a page of the list.
const LINES_MAX: usize = 1_000;
const LINES_DEFAULT: usize = 100;

/// How holds are released.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldsConfig {
    /// How many people other than who asks for a release must agree to it.
    pub release_approvals: u8,
    /// For how many days after its release a hold keeps its records from destruction.
    pub grace_days: u16,
}

impl Default for HoldsConfig {
    fn default() -> Self {
        Self { release_approvals: 1, grace_days: 30 }
    }
}

/// Which holds are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    matter: Option<String>,
    state: Option<Standing>,
    limit: Option<usize>,
    after: Option<String>,
}

/// Why, of a release, an approval, a review.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reasoned {
    reason: String,
}

/// What somebody was told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Noticed {
    to: String,
    text: String,
}

/// Who confirmed which notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledged {
    notice: RecordId,
    by: String,
}

/// `POST /v1/holds`
pub(super) async fn place(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(placed): Body<Placed>,
) -> Result<Response, ApiError> {
    let understood = understood(&placed.scope)?;
    let act = HoldAct::Placed(placed);
    act.check().map_err(|refused| bad_hold(refused.0))?;
    let decided = api.govern.act(&caller.actor(), Act::Hold(act)).await?;
    api.count_caught(decided.record).await;
    let hold = api.hold(&caller, decided.record)?;
    let view = PlacedView { entry: decided.index.get(), understood, hold };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// `GET /v1/holds`
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller,
    listed: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<HoldsView>, ApiError> {
    let Listed { matter, state, limit, after } = answer::parameters(listed)?;
    let after: Option<RecordId> = after.as_deref().map(answer::id).transpose()?;
    let limit = limit.unwrap_or(LINES_DEFAULT);
    if !(1..=LINES_MAX).contains(&limit) {
        let detail = format!("`limit` is 1 to {LINES_MAX}");
        return Err(ApiError::BadRequest { code: "bad_limit", detail });
    }
    let now = api.clock.now();
    let view = api.govern.read(|projection| {
        let holds = || projection.holds.iter().filter(|(_, hold)| sees(&caller, hold));
        let behind = match after {
            None => 0,
            Some(after) => 1 + holds().position(|(id, _)| id == after)?,
        };
        let is_asked = |hold: &Hold| {
            matter.as_ref().is_none_or(|matter| *matter == hold.matter)
                && state.is_none_or(|state| state == Standing::of(hold, now))
        };
        let total = holds().filter(|(_, hold)| is_asked(hold)).count();
        let rest = holds().skip(behind).filter(|(_, hold)| is_asked(hold));
        let mut page = rest.map(|(id, hold)| HoldLine::of(id, hold, now));
        let holds: Vec<HoldLine> = page.by_ref().take(limit).collect();
        let next = page.next().and_then(|_| holds.last().map(|line| line.hold));
        Some(HoldsView { total, holds, next })
    })?;
    view.map(Json).ok_or_else(|| ApiError::BadRequest {
        code: "bad_parameter",
        detail: "`after` names no hold: begin again without it".to_owned(),
    })
}

/// `GET /v1/holds/{hold}`
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(hold): Path<String>,
) -> Result<Json<HoldView>, ApiError> {
    let id: RecordId = answer::id(&hold)?;
    let view = api.hold(&caller, id)?;
    let counts = api.counted(|other, _| other == id).await?;
    Ok(Json(view.counted(&counts)))
}

/// `POST /v1/holds/{hold}/release`
pub(super) async fn release(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(hold): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<HoldView>, ApiError> {
    let HoldsConfig { release_approvals: approvals, grace_days } = api.config.holds;
    api.step(&caller, &hold, |hold| HoldAct::Released { hold, reason, approvals, grace_days }).await
}

/// `POST /v1/holds/{hold}/approve`
pub(super) async fn approve(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(hold): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<HoldView>, ApiError> {
    api.step(&caller, &hold, |hold| HoldAct::ReleaseApproved { hold, reason }).await
}

/// `POST /v1/holds/{hold}/notices`
pub(super) async fn notice(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(hold): Path<String>,
    Body(Noticed { to, text }): Body<Noticed>,
) -> Result<Json<HoldView>, ApiError> {
    api.step(&caller, &hold, |hold| HoldAct::Noticed { hold, to, text }).await
}

/// `POST /v1/holds/{hold}/acknowledgements`
pub(super) async fn acknowledge(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(hold): Path<String>,
    Body(Acknowledged { notice, by }): Body<Acknowledged>,
) -> Result<Json<HoldView>, ApiError> {
    api.step(&caller, &hold, |hold| HoldAct::Acknowledged { hold, notice, by }).await
}

/// `POST /v1/holds/{hold}/review`
pub(super) async fn review(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(hold): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<HoldView>, ApiError> {
    api.step(&caller, &hold, |hold| HoldAct::Reviewed { hold, reason }).await
}

impl Api {
    /// A hold, for who may see it; without how much it holds.
    fn hold(&self, caller: &Caller, id: RecordId) -> Result<HoldView, ApiError> {
        let now = self.clock.now();
        let view = self.govern.read(|projection| {
            let hold = projection.holds.get(id).filter(|hold| sees(caller, hold))?;
            Some(HoldView::of(id, hold, now))
        });
        view?.ok_or(ApiError::NotFound("hold"))
    }

    /// Takes a step of a hold that there is.
    async fn step(
        &self,
        caller: &Caller,
        hold: &str,
        act: impl FnOnce(RecordId) -> HoldAct,
    ) -> Result<Json<HoldView>, ApiError> {
        let id: RecordId = answer::id(hold)?;
        self.hold(caller, id)?;
        let act = act(id);
        act.check().map_err(|refused| bad_hold(refused.0))?;
        self.govern.act(&caller.actor(), Act::Hold(act)).await?;
        Ok(Json(self.hold(caller, id)?))
    }
}

/// Whether somebody may know of a hold.
fn sees(caller: &Caller, hold: &Hold) -> bool {
    !hold.silent || caller.role.may(Permission::Hold)
}

/// The scope's query as it is understood, if it has one.
fn understood(scope: &Scope) -> Result<Option<String>, ApiError> {
    let Some(query) = &scope.query else { return Ok(None) };
    let expr = language::parse(query).map_err(ApiError::BadQuery)?;
    Ok(Some(expr.to_string()))
}

fn bad_hold(detail: String) -> ApiError {
    ApiError::BadRequest { code: "bad_hold", detail }
}
