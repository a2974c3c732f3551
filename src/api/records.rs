//! One record: read, or proved without being read.

mod unnamed;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::answer::{self, Reader};
use super::auth::Caller;
use super::role::Permission;
use super::{Api, ApiError};
use crate::projection::Projection;
use crate::query::view::RecordView;
use crate::record::{Class, RecordId};

/// `GET /v1/records/{record}`
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Path(record): Path<String>,
    caller: Caller,
    Reader(access): Reader,
) -> Result<Json<RecordView>, ApiError> {
    let record: RecordId = answer::id(&record)?;
    let is_of_silent = |projection: &Projection| projection.holds.is_of_silent(record);
    if !caller.role.may(Permission::Hold) && api.govern.read(is_of_silent)? {
        return Err(ApiError::NotFound("record"));
    }
    let mut view = api.query.record(&access, record).await?;
    if !caller.role.may(Permission::Hold) && view.class == Class::Governance {
        view.content = unnamed::without_holds(view.content);
    }
    Ok(Json(view))
}

/// `GET /v1/records/{record}/receipt`
pub(super) async fn receipt(
    State(api): State<Arc<Api>>,
    Path(record): Path<String>,
) -> Result<Response, ApiError> {
    let record: RecordId = answer::id(&record)?;
    let receipt = api.query.receipt(record).await?.ok_or(ApiError::NotYet)?;
    let name = format!("attachment; filename=\"{record}.tlog-proof\"");
    let name = HeaderValue::try_from(name).expect("hex digits may stand in a header");
    Ok(([(header::CONTENT_DISPOSITION, name)], answer::bytes(answer::TEXT, receipt))
        .into_response())
}

/// `GET /v1/records/{record}/entry`
pub(super) async fn entry(
    State(api): State<Arc<Api>>,
    Path(record): Path<String>,
) -> Result<Response, ApiError> {
    let record: RecordId = answer::id(&record)?;
    Ok(answer::bytes("application/json", api.query.entry(record).await?))
}
