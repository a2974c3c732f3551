//! Giving a medium out: whole or in part, never to be run, never to be stored.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::OwnedSemaphorePermit;
use zeroize::Zeroizing;

use super::answer::{self, Reader};
use super::range::{Part, part_of};
use super::{Api, ApiError};
use crate::query::Medium;
use crate::record::RecordId;

/// `GET /v1/records/{record}/media/{medium}`
pub(super) async fn take(
    State(api): State<Arc<Api>>,
    Path((record, medium)): Path<(String, String)>,
    Reader(access): Reader,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (record, medium): (RecordId, RecordId) = (answer::id(&record)?, answer::id(&medium)?);
    let place = Arc::clone(&api.media_places).acquire_owned().await;
    let place = place.map_err(|_| ApiError::Stopped)?;
    let medium = api.query.medium(&access, record, medium).await?;
    let etag = format!("\"{}\"", medium.sha256);
    // RFC 9110 defines ranges for GET alone.
    let range = (method == Method::GET).then(|| range(&headers, &etag)).flatten();
    match part_of(range, medium.bytes.len()) {
        Part::Beyond => Err(ApiError::RangeBeyond { size: medium.bytes.len() }),
        part @ (Part::Whole | Part::Bytes { .. }) => Ok(respond(medium, &etag, part, place)),
    }
}

/// The `Range` header, unless `If-Range` names another version of the medium.
fn range<'a>(headers: &'a HeaderMap, etag: &str) -> Option<&'a str> {
    let range = headers.get(header::RANGE)?.to_str().ok()?;
    match headers.get(header::IF_RANGE) {
        Some(named) if named.as_bytes() != etag.as_bytes() => None,
        Some(_) | None => Some(range),
    }
}

fn respond(medium: Medium, etag: &str, part: Part, place: OwnedSemaphorePermit) -> Response {
    let value = |text: String| {
        HeaderValue::try_from(text).expect("hex, numbers and percent signs may stand in a header")
    };
    let Medium { bytes, mime, file_name, .. } = medium;
    let size = bytes.len();
    let bytes = Bytes::from_owner(Held { bytes, _place: place });
    let (status, bytes, range) = match part {
        Part::Bytes { first, last } => {
            let range = value(format!("bytes {first}-{last}/{size}"));
            (StatusCode::PARTIAL_CONTENT, bytes.slice(first..=last), Some(range))
        }
        Part::Whole | Part::Beyond => (StatusCode::OK, bytes, None),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(mime)),
        (header::CONTENT_DISPOSITION, value(disposition(mime, &file_name))),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::ETAG, value(etag.to_owned())),
    ];
    let mut response = (status, headers, Body::from(bytes)).into_response();
    if let Some(range) = range {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// RFC 6266 and RFC 8187. What a browser can show without running it may be
/// shown in a page; everything else is saved.
fn disposition(mime: &str, file_name: &str) -> String {
    let kind = mime.split('/').next().unwrap_or_default();
    let way = if matches!(kind, "audio" | "image" | "video") { "inline" } else { "attachment" };
    let plain: String = file_name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    let mut encoded = String::with_capacity(file_name.len() * 3);
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// Bytes that keep their place until the last of them was sent, and are wiped
/// then: so many media are in memory.
struct Held {
    bytes: Zeroizing<Vec<u8>>,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_the_header_in_both_forms() {
        assert_eq!(
            disposition("application/pdf", "Äpfel \"7\".pdf"),
            "attachment; filename=\"_pfel _7_.pdf\"; filename*=UTF-8''%C3%84pfel%20%227%22.pdf"
        );
        assert!(disposition("audio/ogg", "a.ogg").starts_with("inline;"));
        assert!(HeaderValue::try_from(disposition("text/plain", "a\r\nb")).is_ok());
    }

    #[test]
    fn a_range_of_another_version_is_passed_over() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        assert_eq!(range(&headers, "\"a\""), Some("bytes=0-1"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
        assert_eq!(range(&headers, "\"a\""), Some("bytes=0-1"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(range(&headers, "\"a\""), None);
    }
}
