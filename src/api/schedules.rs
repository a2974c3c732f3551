//! Retention schedules over HTTP: which are in force, adopting, withdrawing, trying out.
//!
//! A schedule that was answered 201 is in force: its file and why it was adopted are
//! sealed, its digest stands in the log.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{self, Body, Reader, Reasoned};
use super::auth::Caller;
use super::{Api, ApiError};
use crate::disposition::Simulated;
use crate::govern::Actor;
use crate::policy::{Schedule, warnings};
use crate::projection::schedules::{ScheduleAct, Version};
use crate::projection::{Act, Refused};
use crate::record::RecordId;
use crate::tlog::Hash;
use crate::tlog::hash::sha256;

/// The types that a schedule's file is sent as.
const FILE_TYPES: [&str; 3] = ["application/toml", "text/plain", "text/toml"];

/// Every version that was ever adopted.
#[derive(Debug, Serialize, Deserialize)]
pub struct SchedulesView {
    /// In the order of their adoption.
    pub schedules: Vec<VersionView>,
}

/// A version of a schedule.
#[derive(Debug, Serialize, Deserialize)]
pub struct VersionView {
    /// The schedule's name.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Its version.
    pub version: u32,
    /// The SHA-256 of its file.
    pub sha256: Hash,
    /// The law that it implements.
    pub authority: Vec<String>,
    /// How many rules it has.
    pub rules: usize,
    /// The entry that adopted it.
    pub since: u64,
    /// The entry that replaced or withdrew it; `null` while it is in force.
    pub until: Option<u64>,
    /// When it was adopted.
    pub adopted: Timestamp,
    /// The name of the token of who adopted it.
    pub by: String,
}

/// The answer to an adoption.
#[derive(Debug, Serialize, Deserialize)]
pub struct AdoptedView {
    /// The record of the decision.
    pub record: RecordId,
    /// Its entry.
    pub entry: u64,
    /// The schedule's name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The SHA-256 of its file.
    pub sha256: Hash,
    /// What is doubtful about it, with the lines.
    pub warnings: Vec<String>,
}

/// The answer to a decision that makes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecidedView {
    /// The record of the decision.
    pub record: RecordId,
    /// Its entry.
    pub entry: u64,
}

/// A schedule's file.
pub(super) struct File(String);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let mime = request.headers().get(header::CONTENT_TYPE);
        let mime = mime.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !FILE_TYPES.contains(&essence.as_str()) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let text = String::from_utf8(body.into()).map_err(|_| {
            let detail = "a schedule's file is UTF-8".to_owned();
            ApiError::BadRequest { code: "bad_text", detail }.into_response()
        })?;
        Ok(Self(text))
    }
}

/// `GET /v1/schedules`
pub(super) async fn list(State(api): State<Arc<Api>>) -> Result<Json<SchedulesView>, ApiError> {
    let schedules = api
        .govern
        .read(|projection| projection.schedules.versions().iter().map(VersionView::of).collect())?;
    Ok(Json(SchedulesView { schedules }))
}

/// `POST /v1/schedules`
pub(super) async fn adopt(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    File(file): File,
) -> Result<Response, ApiError> {
    let schedule = Schedule::parse(&file).map_err(ApiError::BadSchedule)?;
    let reason = answer::why(access.reason.unwrap_or_default())?;
    let sha256 = sha256(file.as_bytes());
    let actor = Actor { who: access.who, name: access.name };
    let act = Act::Schedule(ScheduleAct::Adopted { file, reason });
    let decided = api.govern.act(&actor, act).await?;
    let view = AdoptedView {
        record: decided.record,
        entry: decided.index.get(),
        version: schedule.version,
        sha256,
        warnings: warnings(&schedule).iter().map(ToString::to_string).collect(),
        name: schedule.name,
    };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// `POST /v1/schedules/{name}/withdraw`
pub(super) async fn withdraw(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(name): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<DecidedView>, ApiError> {
    let reason = answer::why(reason)?;
    let known = api.govern.read(|projection| {
        projection.schedules.versions().iter().any(|version| version.name() == name)
    })?;
    if !known {
        return Err(ApiError::NotFound("schedule"));
    }
    let actor = caller.actor();
    let decided = api.govern.act_on(&actor, move |projection| {
        let version = projection.schedules.in_force(&name);
        let not_in_force = || Refused(format!("no version of {name} is in force"));
        let sha256 = version.ok_or_else(not_in_force)?.sha256();
        Ok(Act::Schedule(ScheduleAct::Withdrawn { schedule: name, sha256, reason }))
    });
    let decided = decided.await?;
    Ok(Json(DecidedView { record: decided.record, entry: decided.index.get() }))
}

/// `POST /v1/schedules/simulate`
pub(super) async fn simulate(
    State(api): State<Arc<Api>>,
    File(file): File,
) -> Result<Json<Simulated>, ApiError> {
    Schedule::parse(&file).map_err(ApiError::BadSchedule)?;
    Ok(Json(api.disposition.simulate(file).await?))
}

impl VersionView {
    fn of(version: &Version) -> Self {
        let schedule = &version.adopted.schedule;
        Self {
            name: schedule.name.clone(),
            title: schedule.title.clone(),
            version: schedule.version,
            sha256: version.sha256(),
            authority: schedule.authority.clone(),
            rules: schedule.rules.len(),
            since: version.adopted.since,
            until: version.adopted.until,
            adopted: version.time,
            by: version.by.clone(),
        }
    }
}
