//! What the rooms behind the API refuse or fail at, as what a caller is told.

use super::ApiError;
use crate::{disposition, govern, log, query, subject};

impl From<query::Error> for ApiError {
    fn from(error: query::Error) -> Self {
        use query::Error;
        let bad = |code| Self::BadRequest { code, detail: error.to_string() };
        match error {
            Error::BadQuery(bad) => Self::BadQuery(bad),
            Error::QueryTooLong { .. } => bad("query_too_long"),
            Error::Limit { .. } => bad("bad_limit"),
            Error::BadCursor => bad("bad_cursor"),
            Error::ReasonMissing => bad("reason_missing"),
            Error::ReasonTooLong { .. } => bad("reason_too_long"),
            Error::NotFound(what) => Self::NotFound(what),
            Error::Restricted { restriction, .. } => Self::Restricted { restriction },
            Error::Destroyed { .. } => Self::Destroyed,
            Error::Damaged { entry, .. } => Self::Damaged { entry: entry.get() },
            Error::Log(error @ log::Error::NotCovered { .. }) => {
                Self::BadRequest { code: "bad_parameter", detail: error.to_string() }
            }
            Error::Log(log::Error::Poisoned(_) | log::Error::Closed) | Error::Stopping => {
                Self::Stopped
            }
            Error::Log(log::Error::Full { .. }) => Self::Full,
            Error::Govern(error) => error.into(),
            Error::Log(_) | Error::Store(_) | Error::Seal(_) | Error::Index(_) => {
                Self::inside(error)
            }
        }
    }
}

impl From<govern::Error> for ApiError {
    fn from(error: govern::Error) -> Self {
        use govern::Error;
        match error {
            Error::Refused(refused) => Self::Refused(refused.0),
            Error::TooLong { .. } => {
                Self::BadRequest { code: "too_long", detail: error.to_string() }
            }
            Error::Log(log::Error::Poisoned(_) | log::Error::Closed) => Self::Stopped,
            Error::Log(log::Error::Full { .. }) => Self::Full,
            Error::Unreadable { .. } | Error::Log(_) | Error::Store(_) | Error::Seal(_) => {
                Self::inside(error)
            }
        }
    }
}

impl From<disposition::Error> for ApiError {
    fn from(error: disposition::Error) -> Self {
        use disposition::Error;
        let not_safe = |code| Self::NotSafe { code, detail: error.to_string() };
        match error {
            Error::Behind { .. } => not_safe("index_behind"),
            Error::Unread { .. } => not_safe("decisions_unread"),
            Error::Clock(_) => not_safe("clock_untrusted"),
            Error::NotFound(what) => Self::NotFound(what),
            Error::Destroyed => Self::Destroyed,
            Error::Govern(error) => error.into(),
            Error::Log(log::Error::Poisoned(_) | log::Error::Closed) | Error::Stopping => {
                Self::Stopped
            }
            Error::Log(log::Error::Full { .. }) => Self::Full,
            Error::Index(_) | Error::Log(_) | Error::Seal(_) | Error::Store(_) => {
                Self::inside(error)
            }
        }
    }
}

impl From<subject::Error> for ApiError {
    fn from(error: subject::Error) -> Self {
        use subject::Error;
        let detail = error.to_string();
        match error {
            Error::BadIdentifier(_) => Self::BadRequest { code: "bad_identifier", detail },
            Error::TooMany { .. } => Self::NotSafe { code: "too_many", detail },
            Error::Conflict(found) => Self::Conflict { detail, found },
            Error::NoRequest(_) => Self::NotFound("request that can be answered so"),
            Error::Behind { .. } => Self::NotSafe { code: "index_behind", detail },
            Error::Busy => Self::Busy,
            Error::BadRecipient(_) => Self::BadRequest { code: "bad_recipient", detail },
            Error::Language(_) => Self::BadRequest { code: "bad_language", detail },
            Error::NotAnswered(_) => Self::Refused(detail),
            Error::Query(error) => error.into(),
            Error::Govern(error) => error.into(),
            Error::Disposition(error) => error.into(),
            Error::Index(_) => Self::inside(error),
            Error::Stopping => Self::Stopped,
        }
    }
}
