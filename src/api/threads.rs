//! Reading a conversation.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::answer::{self, Reader};
use super::{Api, ApiError};
use crate::index::{Order, ThreadId};
use crate::query::ThreadPage;
use crate::query::view::ThreadView;

/// Which page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    order: Option<InTime>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The orders that a conversation has: none of its records matches better.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InTime {
    Newest,
    Oldest,
}

/// `GET /v1/threads/{thread}`
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Path(thread): Path<String>,
    Reader(access): Reader,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ThreadView>, ApiError> {
    let thread: ThreadId = answer::id(&thread)?;
    let Asked { order, limit, cursor } = answer::parameters(asked)?;
    let order = match order {
        None | Some(InTime::Oldest) => Order::Oldest,
        Some(InTime::Newest) => Order::Newest,
    };
    let page = ThreadPage { order, limit, cursor };
    Ok(Json(api.query.thread(&access, thread, page).await?))
}
