//! Searching, with the query in the address or in a JSON body. The body does not
//! stand in the access logs of what lies between.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::answer::{self, Body, Reader};
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
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    search(&api, &access, asked).await
}

async fn search(api: &Api, access: &Access, asked: Asked) -> Result<Response, ApiError> {
    let Asked { q: query, order, limit, cursor } = asked;
    let found = api.query.search(access, Search { query, order, limit, cursor }).await?;
    Ok(Json(found).into_response())
}
