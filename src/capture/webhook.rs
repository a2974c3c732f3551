//! The provider's door: Meta's handshake and its signed deliveries.
//!
//! Order: the header is looked at before the body is read, the signature is
//! checked over the raw bytes before anything is parsed, and 200 is said when
//! the delivery is on disk. An authentic delivery never gets a 4xx, whatever it
//! says, as long as it is within the limit.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use zeroize::Zeroizing;

use super::meta::handshake;
use super::meta::signature::{self, AppSecret};
use super::{Capture, Delivery, Error, Held};

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

async fn deliver(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Response<Body> {
    let counts = door.capture.counts();
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    if let Err(error) = signature::well_formed(signature) {
        counts.forged.fetch_add(1, Ordering::Relaxed);
        return (StatusCode::UNAUTHORIZED, format!("{error}\n")).into_response();
    }
    let mut held = door.capture.hold();
    let body = match read(body, &mut held, door.capture.0.config.body_bytes_max).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return too_large(&door.capture),
        Err(Unread::NoRoom(error)) => return try_again(&door.capture, &error),
    };
    if let Err(error) = signature::authentic(signature, &body, &door.meta.app_secrets) {
        counts.forged.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%error, bytes = body.len(), "delivery refused");
        return (StatusCode::UNAUTHORIZED, format!("{error}\n")).into_response();
    }
    let signature = signature.unwrap_or_default().to_owned();
    match door.capture.keep(Delivery { body, signature }, held).await {
        Ok(outcome) => {
            tracing::debug!(?outcome, "delivery taken");
            StatusCode::OK.into_response()
        }
        Err(error) => try_again(&door.capture, &error),
    }
}

/// Why a body was not read to its end.
enum Unread {
    /// It was cut off, or went on beyond the limit.
    TooLarge,
    /// Too many others are in memory.
    NoRoom(Error),
}

/// Reads a body, holding memory for no more than has arrived.
async fn read(mut body: Body, held: &mut Held, bytes_max: usize) -> Result<Vec<u8>, Unread> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Unread::TooLarge);
    }
    let mut bytes = vec![];
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Unread::TooLarge)?;
        // Trailers say nothing that is signed.
        let Ok(data) = frame.into_data() else { continue };
        let size = bytes.len() + data.len();
        if size > bytes_max {
            return Err(Unread::TooLarge);
        }
        held.grow_to(size).await.map_err(Unread::NoRoom)?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// The one 4xx that depends on a body: it could not be read to its end.
fn too_large(capture: &Capture) -> Response<Body> {
    capture.counts().oversized.fetch_add(1, Ordering::Relaxed);
    let body_bytes_max = capture.0.config.body_bytes_max;
    let text = format!("the body is cut off or over {body_bytes_max} bytes\n");
    (StatusCode::PAYLOAD_TOO_LARGE, text).into_response()
}

/// Tells the provider to send it again, and the operator why.
fn try_again(capture: &Capture, error: &Error) -> Response<Body> {
    capture.counts().refused.fetch_add(1, Ordering::Relaxed);
    let cause = std::error::Error::source(error).map(ToString::to_string);
    match error {
        // The log traced it once, when the disk became full.
        Error::Log(crate::log::Error::Full { .. }) => {
            tracing::debug!(%error, cause, "delivery not kept");
        }
        Error::Log(_) | Error::Seal(_) | Error::Busy | Error::Slow | Error::Stopping => {
            tracing::error!(%error, cause, "delivery not kept");
        }
    }
    let retry = (header::RETRY_AFTER, HeaderValue::from_static("30"));
    (StatusCode::SERVICE_UNAVAILABLE, [retry], "not kept: send it again\n").into_response()
}

impl std::fmt::Debug for MetaDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MetaDoor")
            .field("app_secrets", &self.app_secrets.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt as _;

    use super::*;
    use crate::capture::CaptureConfig;
    use crate::capture::fixtures::{Archive, SECRET, sign, text_delivery};

    const TOKEN: &str = "let-me-in";

    fn door(archive: &Archive, config: CaptureConfig) -> Router {
        let meta = MetaDoor {
            app_secrets: vec![AppSecret::new(SECRET).unwrap()],
            verify_token: Zeroizing::new(TOKEN.to_owned()),
        };
        router(archive.capture(config), meta)
    }

    fn post(body: impl Into<Body>, signature: Option<&str>) -> axum::extract::Request {
        let mut request = axum::extract::Request::post("/hooks/meta");
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature-256", signature);
        }
        request.body(body.into()).unwrap()
    }

    async fn answer(door: &Router, request: axum::extract::Request) -> (StatusCode, String) {
        let answer = door.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 4096).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn shake(door: &Router, query: &str) -> (StatusCode, String) {
        let uri = format!("/hooks/meta?{query}");
        answer(door, axum::extract::Request::get(uri).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn whoever_knows_the_token_gets_exactly_the_challenge_back() {
        let archive = Archive::new();
        let door = door(&archive, CaptureConfig::default());
        let asked = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=let-me-in";
        assert_eq!(shake(&door, asked).await, (StatusCode::OK, "1158201444".to_owned()));
        for asked in [
            "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=guess",
            "hub.mode=subscribe&hub.challenge=1158201444",
            "hub.mode=unsubscribe&hub.challenge=1158201444&hub.verify_token=let-me-in",
            "",
        ] {
            let (status, text) = shake(&door, asked).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{asked}");
            assert!(!text.contains("1158201444"), "{text}");
        }
    }

    #[tokio::test]
    async fn only_what_the_provider_signed_is_kept() {
        let archive = Archive::new();
        let door = door(&archive, CaptureConfig::default());
        let body = text_delivery("w1", "hello");
        let before = archive.log().size();
        let forged = sign("another secret", &body);
        for signature in [None, Some("sha256=00"), Some(forged.as_str())] {
            let (status, _) = answer(&door, post(body.clone(), signature)).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{signature:?}");
        }
        assert_eq!(archive.log().size(), before);
        let (status, _) = answer(&door, post(body.clone(), Some(&sign(SECRET, &body)))).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(archive.log().size().get(), before.get() + 2);
    }

    #[tokio::test]
    async fn a_repetition_is_answered_200_and_adds_nothing() {
        let archive = Archive::new();
        let door = door(&archive, CaptureConfig::default());
        let body = text_delivery("w1", "hello");
        let signature = sign(SECRET, &body);
        let mut sizes = vec![];
        for _ in 0..3 {
            let (status, _) = answer(&door, post(body.clone(), Some(&signature))).await;
            assert_eq!(status, StatusCode::OK);
            sizes.push(archive.log().size());
        }
        assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    }

    #[tokio::test]
    async fn what_is_authentic_is_taken_whatever_it_says() {
        let archive = Archive::new();
        let door = door(&archive, CaptureConfig::default());
        for body in [b"".as_slice(), b"not JSON", b"\xff\x00", b"[[[", b"{}", br#"{"entry":[]}"#] {
            let (status, _) = answer(&door, post(body, Some(&sign(SECRET, body)))).await;
            assert_eq!(status, StatusCode::OK, "{body:?}");
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_announced_or_not() {
        let archive = Archive::new();
        let config = CaptureConfig { body_bytes_max: 64, ..CaptureConfig::default() };
        let door = door(&archive, config);
        for (bytes, wanted) in [(64, StatusCode::OK), (65, StatusCode::PAYLOAD_TOO_LARGE)] {
            let body = vec![b' '; bytes];
            let signature = sign(SECRET, &body);
            let (status, _) = answer(&door, post(body.clone(), Some(&signature))).await;
            assert_eq!(status, wanted, "{bytes}");
            let stream = Body::from_stream(Body::from(body).into_data_stream());
            assert_eq!(stream.size_hint().upper(), None);
            let (status, _) = answer(&door, post(stream, Some(&signature))).await;
            assert_eq!(status, wanted, "{bytes} of unknown length");
        }
    }

    #[tokio::test]
    async fn a_busy_archive_asks_to_be_sent_it_again() {
        let archive = Archive::new();
        let config = CaptureConfig {
            body_bytes_max: 1024,
            bytes_in_work_max: 1024,
            wait_ms_max: 1,
            ..CaptureConfig::default()
        };
        let capture = archive.capture(config);
        let meta = MetaDoor {
            app_secrets: vec![AppSecret::new(SECRET).unwrap()],
            verify_token: Zeroizing::default(),
        };
        let door = router(capture.clone(), meta);
        let mut taken = capture.hold();
        taken.grow_to(1024).await.unwrap();
        let body = text_delivery("w1", "hello");
        let answer = door.oneshot(post(body.clone(), Some(&sign(SECRET, &body)))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(capture.counts().refused.load(Ordering::Relaxed), 1);
    }
}
