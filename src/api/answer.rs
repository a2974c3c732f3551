//! Reading the parts of a request, and the plain forms of answers.

use std::str::FromStr;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::auth::Caller;
use super::error::ApiError;
use crate::query::Access;

/// In which a reader says why.
const REASON_HEADER: &str = "muniment-reason";

/// The type of texts that are no JSON.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// Who reads, and why: of the token, and of the header.
pub(super) struct Reader(pub(super) Access);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>();
        // A route without a role that asked for a reader would be open to all.
        let caller = caller.ok_or(ApiError::NotAuthenticated(super::auth::Refusal::Missing))?;
        let (who, name) = (caller.id.clone(), caller.name.clone());
        Ok(Self(Access { who, name, reason: reason(&parts.headers)? }))
    }
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
