//! The provider's door: Meta's handshake and its signed deliveries.
//!
//! Order: the header is looked at before the body is read, the signature is
//! checked over the raw bytes before anything is parsed, and 200 is said when
//! the delivery is on disk. An authentic delivery never gets a 4xx, whatever it
//! says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use zeroize::Zeroizing;

use super::meta::handshake;
use super::meta::signature::{self, AppSecret};
use super::{Capture, Delivery, Error};

/// What a provider proves itself with.
pub struct MetaDoor {
    /// The secrets of the Meta apps that deliver here; several while one is rotated.
    pub app_secrets: Vec<AppSecret>,
    /// The token that Meta repeats in the handshake.
    pub verify_token: Zeroizing<String>,
}

struct Door {
    capture: Capture,
    meta: MetaDoor,
}

/// The routes of the provider's door: `/hooks/meta`.
pub fn router(capture: Capture, meta: MetaDoor) -> Router {
    let door = Arc::new(Door { capture, meta });
    Router::new().route("/hooks/meta", get(shake_hands).post(deliver)).with_state(door)
}

/// Meta asks whether this address is ours: it gets its challenge back when it
/// knows the verify token.
async fn shake_hands(
    State(door): State<Arc<Door>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response<Body> {
    match handshake::answer(&query, &door.meta.verify_token) {
        Ok(challenge) => {
            let plain = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            ([plain], challenge).into_response()
        }
        Err(refusal) => (StatusCode::FORBIDDEN, format!("{refusal}\n")).into_response(),
    }
}

async fn deliver(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let counts = door.capture.counts();
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    if let Err(error) = signature::well_formed(signature) {
        counts.forged.fetch_add(1, Ordering::Relaxed);
        return (StatusCode::UNAUTHORIZED, format!("{error}\n")).into_response();
    }
    let body_bytes_max = door.capture.0.config.body_bytes_max;
    let Ok(body) = axum::body::to_bytes(body, body_bytes_max).await else {
        counts.oversized.fetch_add(1, Ordering::Relaxed);
        let text = format!("the body is cut off or over {body_bytes_max} bytes\n");
        return (StatusCode::PAYLOAD_TOO_LARGE, text).into_response();
    };
    if let Err(error) = signature::authentic(signature, &body, &door.meta.app_secrets) {
        counts.forged.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%error, bytes = body.len(), "delivery refused");
        return (StatusCode::UNAUTHORIZED, format!("{error}\n")).into_response();
    }
    let signature = signature.unwrap_or_default().to_owned();
    match door.capture.keep(Delivery { body: body.into(), signature }).await {
        Ok(outcome) => {
            tracing::debug!(?outcome, "delivery taken");
            StatusCode::OK.into_response()
        }
        Err(error) => try_again(&error),
    }
}

/// Tells the provider to send it again, and the operator why.
fn try_again(error: &Error) -> Response<Body> {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, "delivery not kept");
    let retry = (header::RETRY_AFTER, HeaderValue::from_static("30"));
    (StatusCode::SERVICE_UNAVAILABLE, [retry], "not kept: send it again\n").into_response()
}

impl std::fmt::Debug for MetaDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MetaDoor").field("app_secrets", &self.app_secrets.len()).finish_non_exhaustive()
    }
}
