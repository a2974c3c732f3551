//! Events that periods wait for, told over HTTP: the end of a contract.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::answer::{self, Body};
use super::auth::Caller;
use super::schedules::DecidedView;
use super::{Api, ApiError};
use crate::projection::Act;
use crate::projection::events::{EventAct, Events};

/// What happened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    event: String,
    party: String,
    at: Timestamp,
    reason: String,
}

/// `POST /v1/events`
pub(super) async fn tell(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(Told { event, party, at, reason }): Body<Told>,
) -> Result<Response, ApiError> {
    let act = EventAct { event, party, at, reason: answer::why(reason)? };
    let bad = |detail| ApiError::BadRequest { code: "bad_event", detail };
    Events::check(&act).map_err(|refused| bad(refused.0))?;
    let decided = api.govern.act(&caller.actor(), Act::Event(act)).await?;
    let view = DecidedView { record: decided.record, entry: decided.index.get() };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}
