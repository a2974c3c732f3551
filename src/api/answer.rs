//! Reading the parts of a request, and the plain forms of answers.

use std::str::FromStr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::auth::{Caller, Refusal};
use super::error::ApiError;
use crate::query::Access;

/// In which a reader says why.
const REASON_HEADER: &str = "muniment-reason";

/// The longest reason of a decision.
const REASON_BYTES_MAX: usize = 4_000;

/// How long an answer waits for what follows from a decision.
const FOLLOWING_WAIT: Duration = Duration::from_secs(5);

/// The type of texts that are no JSON.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// Who reads, and why: of the token, and of the header.
pub(super) struct Reader(pub(super) Access);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let sees_restricted = caller.sees_restricted();
        let Caller { id: who, name, .. } = caller;
        Ok(Self(Access { who, name, reason: reason(&parts.headers)?, sees_restricted }))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        // A route without a permission that asked for a caller would be open to all.
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or(ApiError::NotAuthenticated(Refusal::Missing))
    }
}

/// What was sent as JSON.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_json(request.headers()) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let read = serde_json::from_slice(&body).map_err(|error| ApiError::BadRequest {
            code: "bad_json",
            detail: format!("the body is not what is taken here: {error}"),
        });
        read.map(Self).map_err(IntoResponse::into_response)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = mime.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn reason(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let malformed =
        |detail: &str| ApiError::BadRequest { code: "reason_malformed", detail: detail.to_owned() };
    let mut values = headers.get_all(REASON_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(malformed("send the header Muniment-Reason once"));
    }
    let text = std::str::from_utf8(value.as_bytes())
        .map_err(|_| malformed("the header Muniment-Reason must be UTF-8"))?
        .trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Why, of a decision.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reasoned {
    pub(super) reason: String,
}

/// A decision's reason, where it is one.
pub(super) fn why(reason: String) -> Result<String, ApiError> {
    let bad = |code, detail: String| Err(ApiError::BadRequest { code, detail });
    if reason.trim().is_empty() {
        return bad("reason_missing", "a decision needs a reason: it is sealed with it".to_owned());
    }
    if reason.len() > REASON_BYTES_MAX {
        let detail = format!("a decision's reason has at most {REASON_BYTES_MAX} bytes");
        return bad("reason_too_long", detail);
    }
    Ok(reason)
}

/// The parameters in the address.
pub(super) fn parameters<T>(parameters: Result<Query<T>, QueryRejection>) -> Result<T, ApiError> {
    parameters.map(|Query(parameters)| parameters).map_err(|rejection| ApiError::BadRequest {
        code: "bad_parameter",
        detail: rejection.body_text(),
    })
}

/// An id in the address.
pub(super) fn id<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: T::Err| ApiError::BadRequest { code: "bad_id", detail: error.to_string() })
}

/// Bytes of a type.
pub(super) fn bytes(mime: &'static str, bytes: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(mime))], bytes.into()).into_response()
}

/// Does what follows from a decision, and waits for it, but not long: the decision is in force
/// already, and the work goes on.
pub(super) async fn wait_a_little(work: impl Future<Output = ()> + Send + 'static) {
    let _ = tokio::time::timeout(FOLLOWING_WAIT, tokio::spawn(work.in_current_span())).await;
}
