//! Dispositions over HTTP: planning, approving, carrying out, and what proves it; and why
//! a record is kept.
//!
//! Planning and carrying out go on when who asked hangs up. A plan shows entries, counts
//! and rules, and nothing that records say.

mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tracing::Instrument as _;

pub use view::{EntryView, GroupView, PlannedView, RunLine, RunView, RunsView, WithheldView};

use super::answer::{self, Body, Reasoned};
use super::auth::Caller;
use super::role::Permission;
use super::{Api, ApiError};
use crate::causes;
use crate::disposition::certificate::Certificate;
use crate::disposition::{Error, Explained, Shown};
use crate::govern::{Actor, Decided};
use crate::projection::runs::Stage;
use crate::record::RecordId;

/// The most runs, and the most entries, on a page.
const LINES_MAX: usize = 1_000;
const LINES_DEFAULT: usize = 100;

/// Which runs are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    stage: Option<Stage>,
    limit: Option<usize>,
    after: Option<String>,
}

/// Which entries of a plan are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entries {
    group: Option<usize>,
    limit: Option<usize>,
    after: Option<u64>,
}

/// `POST /v1/dispositions/preview`
pub(super) async fn preview(State(api): State<Arc<Api>>) -> Result<Json<PlannedView>, ApiError> {
    let planned = api.disposition.preview().await?;
    let view = api.govern.read(|projection| PlannedView::of(&planned, projection))?;
    Ok(Json(view))
}

/// `POST /v1/dispositions`
pub(super) async fn plan(
    State(api): State<Arc<Api>>,
    caller: Caller,
) -> Result<Response, ApiError> {
    let (disposition, actor) = (api.disposition.clone(), caller.actor());
    let planned = detached(async move { disposition.plan(&actor).await }).await?;
    let status = if planned.run.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let view = api.govern.read(|projection| PlannedView::of(&planned, projection))?;
    Ok((status, Json(view)).into_response())
}

/// `GET /v1/dispositions`
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    listed: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<RunsView>, ApiError> {
    let Listed { stage, limit, after } = answer::parameters(listed)?;
    let after: Option<RecordId> = after.as_deref().map(answer::id).transpose()?;
    let limit = limited(limit)?;
    let view = api.govern.read(|projection| {
        let runs = projection.runs.iter();
        let asked = runs.filter(|(_, run)| stage.is_none_or(|stage| stage == run.stage));
        let mut page = asked
            .skip_while(|(id, _)| after.is_some_and(|after| *id <= after))
            .map(|(id, run)| RunLine::of(id, run));
        let runs: Vec<RunLine> = page.by_ref().take(limit).collect();
        let next = page.next().and_then(|_| runs.last().map(|line| line.run));
        RunsView { runs, next }
    });
    Ok(Json(view?))
}

/// `GET /v1/dispositions/{run}`
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(run): Path<String>,
    entries: Result<Query<Entries>, QueryRejection>,
) -> Result<Json<RunView>, ApiError> {
    let Entries { group, limit, after } = answer::parameters(entries)?;
    let limit = limited(limit)?;
    let shown = api.disposition.show(answer::id(&run)?).await?;
    let mut view = api.run_view(&caller, &shown).await?;
    if let Some(place) = group {
        let Some(group) = shown.plan.groups.get(place) else {
            return Err(ApiError::NotFound("group of the plan"));
        };
        let log = api.log.clone();
        let page = view::page(group, after, limit);
        let read = move || page.into_iter().map(|entry| EntryView::read(&log, entry)).collect();
        let read: Result<Vec<EntryView>, _> =
            tokio::task::spawn_blocking(read).await.map_err(ApiError::inside)?;
        let read = read.map_err(ApiError::inside)?;
        view.next = (read.len() == limit).then(|| read.last().map(|last| last.entry)).flatten();
        view.entries = Some(read);
    }
    Ok(Json(view))
}

/// `POST /v1/dispositions/{run}/approve`
pub(super) async fn approve(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(run): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<RunView>, ApiError> {
    let approve =
        async |actor: &Actor, run, reason| api.disposition.approve(actor, run, reason).await;
    api.decided(&caller, &run, reason, approve).await
}

/// `POST /v1/dispositions/{run}/reject`
pub(super) async fn reject(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(run): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<RunView>, ApiError> {
    let reject =
        async |actor: &Actor, run, reason| api.disposition.reject(actor, run, reason).await;
    api.decided(&caller, &run, reason, reject).await
}

/// `POST /v1/dispositions/{run}/execute`
pub(super) async fn execute(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(run): Path<String>,
) -> Result<Response, ApiError> {
    let run = api.known(&run)?;
    let (disposition, actor) = (api.disposition.clone(), caller.actor());
    detached(async move {
        disposition.begin(&actor, run).await?;
        tokio::spawn(carry_out(disposition, run).in_current_span());
        Ok(())
    })
    .await?;
    let view = api.run_view(&caller, &api.disposition.show(run).await?).await?;
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

/// `GET /v1/dispositions/{run}/certificate`
pub(super) async fn certificate(
    State(api): State<Arc<Api>>,
    Path(run): Path<String>,
) -> Result<Json<Certificate>, ApiError> {
    let certificate = api.disposition.certificate(answer::id(&run)?).await?;
    certificate.map(Json).ok_or(ApiError::NotYet)
}

/// `GET /v1/records/{record}/retention`
pub(super) async fn retention(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(record): Path<String>,
) -> Result<Json<Explained>, ApiError> {
    let record = answer::id(&record)?;
    let explained = if caller.role.may(Permission::Hold) {
        api.disposition.explain(record).await?
    } else {
        api.disposition.explain_without_silent(record).await?
    };
    Ok(Json(explained))
}

impl Api {
    /// A run's id, where there is such a run.
    fn known(&self, run: &str) -> Result<RecordId, ApiError> {
        let id = answer::id(run)?;
        let known = self.govern.read(|projection| projection.runs.get(id).is_some())?;
        known.then_some(id).ok_or(ApiError::NotFound("disposition"))
    }

    /// Takes a step on a run that needs a reason; how the run stands then.
    async fn decided(
        &self,
        caller: &Caller,
        run: &str,
        reason: String,
        decide: impl AsyncFnOnce(&Actor, RecordId, String) -> Result<Decided, Error>,
    ) -> Result<Json<RunView>, ApiError> {
        let (run, reason) = (self.known(run)?, answer::why(reason)?);
        decide(&caller.actor(), run, reason).await?;
        self.run_view(caller, &self.disposition.show(run).await?).await.map(Json)
    }

    async fn run_view(&self, caller: &Caller, shown: &Shown) -> Result<RunView, ApiError> {
        let holds = match caller.role.may(Permission::Hold) {
            true => Some(self.disposition.holding(shown).await?),
            false => None,
        };
        Ok(self.govern.read(|projection| RunView::of(shown, projection, holds.as_deref()))?)
    }
}

/// Works to the end, whether or not somebody still waits for the answer.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::spawn(work.in_current_span()).await;
    Ok(done.map_err(ApiError::inside)??)
}

async fn carry_out(disposition: crate::disposition::Disposition, run: RecordId) {
    match disposition.resume().await {
        Ok(Some(done)) => {
            let (destroyed, withheld) = (done.destroyed, done.withheld);
            tracing::info!(%run, destroyed, withheld, "a disposition was carried out");
        }
        // Somebody else did it meanwhile.
        Ok(None) => {}
        Err(error) => {
            let error = causes::told(&error);
            tracing::error!(%run, error, "a disposition is not complete yet");
        }
    }
}

fn limited(limit: Option<usize>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(LINES_DEFAULT);
    if (1..=LINES_MAX).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("`limit` is 1 to {LINES_MAX}");
    Err(ApiError::BadRequest { code: "bad_limit", detail })
}
