//! The one place where failures become answers: problem+json (RFC 9457).
//!
//! What a caller is told and what went wrong inside are two things: the inside
//! goes to the trace, with the request's id, and nowhere else. `docs/API.md`
//! lists the codes.

mod of_rooms;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::auth::Refusal;
use super::role::{Permission, Role};
use crate::causes;
use crate::index::language::BadQuery;
use crate::policy::BadSchedule;
use crate::record::RecordId;
use crate::subject::Identified;

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The request itself is wrong; asking again will not help.
    #[error("{detail}")]
    BadRequest {
        /// The code.
        code: &'static str,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// The query is not understood.
    #[error("the query is not understood {0}")]
    BadQuery(BadQuery),
    /// The file is no retention schedule.
    #[error("the schedule cannot be used: {0}")]
    BadSchedule(BadSchedule),
    /// Too many requests at once.
    #[error("the archive is answering as many requests as it may; ask again")]
    Busy,
    /// Its bytes are not those that the log commits to.
    #[error("entry {entry} is damaged; the operator must run `muniment verify`")]
    Damaged {
        /// The entry.
        entry: u64,
    },
    /// Identifiers may be more than one person's.
    #[error("{detail}")]
    Conflict {
        /// What to do.
        detail: String,
        /// What was found.
        found: Box<Identified>,
    },
    /// It was there, and its key was destroyed.
    #[error("the record's key was destroyed: its content is gone for good, its entry remains")]
    Destroyed,
    /// The disk has no room for the entry that tells who reads.
    #[error("the archive's disk is full: nothing is given out that cannot be written down")]
    Full,
    /// Something that is not the caller's fault.
    #[error("something failed inside; the operator finds it in the trace by the request's id")]
    Inside(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No or no good token.
    #[error("{0}")]
    NotAuthenticated(Refusal),
    /// No such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It could be done, but nobody could answer for it now.
    #[error("{detail}")]
    NotSafe {
        /// The code.
        code: &'static str,
        /// Why, and what to do.
        detail: String,
    },
    /// The archive is up and not ready for questions.
    #[error("the archive is not ready; see `state`")]
    NotReady(serde_json::Value),
    /// It will be there soon.
    #[error("no signed checkpoint covers this entry yet; ask again in a second")]
    NotYet,
    /// What was decided before does not allow it.
    #[error("{0}")]
    Refused(String),
    /// The token may not do this.
    #[error("a token of role `{has}` may not do this; the roles that may: {}", needs.roles())]
    NotPermitted {
        /// What it would have to be permitted.
        needs: Permission,
        /// The role of the token.
        has: Role,
    },
    /// The range begins beyond the end.
    #[error("the medium has {size} bytes; the range begins behind them")]
    RangeBeyond {
        /// The whole length in bytes.
        size: usize,
    },
    /// The person whose record it is has its use restricted.
    #[error(
        "the use of this record is restricted for its person's sake (GDPR art. 18), by decision \
         {restriction}; the roles that see it: {}",
        Permission::Subjects.roles()
    )]
    Restricted {
        /// The record of the decision.
        restriction: RecordId,
    },
    /// The archive takes and gives nothing until it was restarted.
    #[error("the archive has stopped after a failed write; the operator must restart it")]
    Stopped,
}

/// What the caller is told; put into a response, rendered on its way out.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: &'static str,
    detail: String,
    /// Further members, as RFC 9457 allows them.
    more: serde_json::Map<String, serde_json::Value>,
}

/// The body of an answer that is a problem.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    request_id: &'a str,
    #[serde(flatten)]
    more: &'a serde_json::Map<String, serde_json::Value>,
}

impl ApiError {
    /// Hides a failure of the inside behind a plain text.
    pub fn inside(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Inside(Box::new(error))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadQuery(_) | Self::BadRequest { .. } | Self::BadSchedule(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Busy | Self::Full | Self::NotReady(_) | Self::Stopped => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Damaged { .. } | Self::Inside(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Destroyed => StatusCode::GONE,
            Self::NotAuthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict { .. } | Self::NotSafe { .. } | Self::NotYet | Self::Refused(_) => {
                StatusCode::CONFLICT
            }
            Self::NotPermitted { .. } | Self::Restricted { .. } => StatusCode::FORBIDDEN,
            Self::RangeBeyond { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }

    /// The word that a program can go by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadQuery(_) => "bad_query",
            Self::BadRequest { code, .. } | Self::NotSafe { code, .. } => code,
            Self::BadSchedule(_) => "bad_schedule",
            Self::Busy => "busy",
            Self::Conflict { .. } => "identity_conflict",
            Self::Damaged { .. } => "damaged",
            Self::Destroyed => "destroyed",
            Self::Full => "full",
            Self::Inside(_) => "inside",
            Self::NotAuthenticated(refusal) => refusal.code(),
            Self::NotFound(_) => "not_found",
            Self::NotReady(_) => "not_ready",
            Self::NotYet => "not_yet",
            Self::Refused(_) => "refused",
            Self::NotPermitted { .. } => "not_permitted",
            Self::RangeBeyond { .. } => "range_beyond",
            Self::Restricted { .. } => "restricted",
            Self::Stopped => "stopped",
        }
    }

    /// What a program may want beside the text.
    fn more(&self) -> serde_json::Map<String, serde_json::Value> {
        let members: Vec<(&str, serde_json::Value)> = match self {
            Self::BadQuery(bad) => {
                vec![("at", bad.at.into()), ("advice", bad.advice.clone().into())]
            }
            Self::BadSchedule(bad) => {
                let problems = bad.problems.iter();
                let problems = problems.map(|it| json!({"line": it.line, "what": it.what}));
                vec![("problems", problems.collect())]
            }
            Self::Conflict { found, .. } => vec![("found", json!(found))],
            Self::Damaged { entry } => vec![("entry", (*entry).into())],
            Self::NotReady(state) => vec![("state", state.clone())],
            Self::NotPermitted { needs, .. } => vec![("needs", needs.as_str().into())],
            Self::Restricted { restriction } => {
                vec![("restriction", restriction.to_string().into())]
            }
            Self::BadRequest { .. }
            | Self::Busy
            | Self::Destroyed
            | Self::Full
            | Self::Inside(_)
            | Self::NotAuthenticated(_)
            | Self::NotFound(_)
            | Self::NotSafe { .. }
            | Self::NotYet
            | Self::RangeBeyond { .. }
            | Self::Refused(_)
            | Self::Stopped => vec![],
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Self::Busy | Self::NotReady(_) | Self::NotYet => {
                vec![(header::RETRY_AFTER, HeaderValue::from_static("1"))]
            }
            Self::Full | Self::Stopped => {
                vec![(header::RETRY_AFTER, HeaderValue::from_static("30"))]
            }
            Self::NotAuthenticated(_) => {
                let challenge = HeaderValue::from_static("Bearer realm=\"muniment\"");
                vec![(header::WWW_AUTHENTICATE, challenge)]
            }
            Self::RangeBeyond { size } => HeaderValue::try_from(format!("bytes */{size}"))
                .map(|value| vec![(header::CONTENT_RANGE, value)])
                .unwrap_or_default(),
            Self::BadQuery(_)
            | Self::BadRequest { .. }
            | Self::BadSchedule(_)
            | Self::Conflict { .. }
            | Self::NotSafe { .. }
            | Self::Damaged { .. }
            | Self::Destroyed
            | Self::Inside(_)
            | Self::NotFound(_)
            | Self::Refused(_)
            | Self::Restricted { .. }
            | Self::NotPermitted { .. } => vec![],
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Inside(error) = &self {
            tracing::error!(error = %causes::told(error.as_ref()), "request failed");
        }
        let problem = Problem { code: self.code(), detail: self.to_string(), more: self.more() };
        let headers: HeaderMap = self.headers().into_iter().collect();
        let mut response = (self.status(), headers).into_response();
        response.extensions_mut().insert(problem);
        response
    }
}

/// Gives every failed answer its body: those of [`ApiError`], and those that the
/// layers around the handlers gave.
pub(super) fn render(response: Response, request_id: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let problem = parts.extensions.remove::<Problem>().unwrap_or_else(|| of_status(status));
    let body = Body {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: &problem.detail,
        code: problem.code,
        request_id,
        more: &problem.more,
    };
    let body = serde_json::to_vec(&body).expect("texts and numbers are JSON");
    parts.headers.remove(header::CONTENT_LENGTH);
    let problem_json = HeaderValue::from_static("application/problem+json");
    parts.headers.insert(header::CONTENT_TYPE, problem_json);
    Response::from_parts(parts, body.into())
}

/// Says what a bare status means here.
fn of_status(status: StatusCode) -> Problem {
    let (code, detail) = match status.as_u16() {
        404 => ("not_found", "there is no such address; docs/API.md lists them"),
        405 => ("method_not_allowed", "this address does not take this method; see Allow"),
        413 => ("body_too_large", "the body is larger than server.request_bytes_max"),
        414 => ("address_too_long", "the address is too long: send the query as POST with JSON"),
        415 => ("unsupported_media_type", "send JSON with Content-Type: application/json"),
        503 => ("timeout", "the answer took longer than server.request_seconds_max"),
        400..=499 => ("bad_request", "the request is malformed"),
        _ => ("inside", "something failed inside; the operator finds it in the trace"),
    };
    Problem { code, detail: detail.to_owned(), more: serde_json::Map::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(response: Response) -> serde_json::Value {
        let rendered = render(response, "r1");
        assert_eq!(rendered.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(rendered.into_body(), 4096).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn the_inside_is_not_told() {
        let secret = std::io::Error::other("row 4915550100777 is damaged");
        let told = told(ApiError::inside(secret).into_response()).await;
        assert_eq!(told["code"], "inside");
        assert_eq!(told["status"], 500);
        assert_eq!(told["request_id"], "r1");
        assert!(!told.to_string().contains("4915550100777"));
    }

    #[tokio::test]
    async fn a_bare_status_gets_a_body_too() {
        for (status, code) in [(404, "not_found"), (413, "body_too_large"), (503, "timeout")] {
            let bare = StatusCode::from_u16(status).unwrap().into_response();
            let told = told(bare).await;
            assert_eq!(told["code"], code);
            assert_eq!(told["type"], "about:blank");
        }
    }

    #[test]
    fn answers_to_try_again_say_when() {
        for error in [ApiError::Busy, ApiError::Full, ApiError::NotYet, ApiError::Stopped] {
            assert!(error.into_response().headers().contains_key(header::RETRY_AFTER));
        }
        let beyond = ApiError::RangeBeyond { size: 12 }.into_response();
        assert_eq!(beyond.headers()[header::CONTENT_RANGE], "bytes */12");
    }

    #[test]
    fn a_good_answer_passes_untouched() {
        assert_eq!(render(StatusCode::NO_CONTENT.into_response(), "r").status(), 204);
    }
}
