//! Searching, with the query in the address or in a JSON body. The body does not
//! stand in the access logs of what lies between.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::answer::{self, Reader};
use super::{Api, ApiError};
use crate::index::Order;
use crate::query::{Access, Search};

/// What can be asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    q: String,
    #[serde(default)]
    order: Order,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// `GET /v1/search`
pub(super) async fn by_address(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ApiError> {
    search(&api, &access, answer::parameters(asked)?).await
}

/// `POST /v1/search`
pub(super) async fn by_body(
    State(api): State<Arc<Api>>,
    Reader(access): Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    if !is_json(&headers) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let asked = serde_json::from_slice(&body).map_err(|error| ApiError::BadRequest {
        code: "bad_json",
        detail: format!("the body is not what a search takes: {error}"),
    })?;
    search(&api, &access, asked).await
}

async fn search(api: &Api, access: &Access, asked: Asked) -> Result<Response, ApiError> {
    let Asked { q: query, order, limit, cursor } = asked;
    let found = api.query.search(access, Search { query, order, limit, cursor }).await?;
    Ok(Json(found).into_response())
}

fn is_json(headers: &HeaderMap) -> bool {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = mime.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
