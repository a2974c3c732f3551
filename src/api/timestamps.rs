//! Timestamps of an authority on the log's checkpoints, as RFC 3161 has them: for
//! `openssl ts -verify`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::{Api, ApiError, answer};
use crate::log::Stamped;
use crate::tlog::TreeSize;

const REPLY: &str = "application/timestamp-reply";

/// `GET /v1/log/timestamp`
pub(super) async fn newest(State(api): State<Arc<Api>>) -> Result<Response, ApiError> {
    Ok(response(found(&api, None).await?))
}

/// `GET /v1/log/timestamp/{size}`
pub(super) async fn of_size(
    State(api): State<Arc<Api>>,
    Path(size): Path<String>,
) -> Result<Response, ApiError> {
    Ok(response(found(&api, Some(&size)).await?))
}

/// `GET /v1/log/timestamp/{size}/checkpoint`
pub(super) async fn checkpoint(
    State(api): State<Arc<Api>>,
    Path(size): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answer::bytes(answer::TEXT, found(&api, Some(&size)).await?.checkpoint))
}

async fn found(api: &Api, size: Option<&str>) -> Result<Stamped, ApiError> {
    let size = size.map(str::parse::<TreeSize>).transpose().map_err(|error| {
        let detail = format!("the size is a number of entries: {error}");
        ApiError::BadRequest { code: "bad_parameter", detail }
    })?;
    api.query.stamped(size).await?.ok_or(ApiError::NotFound("timestamp"))
}

fn response(stamped: Stamped) -> Response {
    let name = format!("attachment; filename=\"{}.tsr\"", stamped.size);
    let name = HeaderValue::try_from(name).expect("digits may stand in a header");
    let response = answer::bytes(REPLY, stamped.response);
    ([(header::CONTENT_DISPOSITION, name)], response).into_response()
}
