//! The log as C2SP tlog-tiles has it: the checkpoint, tiles of hashes, bundles of
//! entries; and consistency proofs. <https://c2sp.org/tlog-tiles>
//!
//! What the newest checkpoint covers never changes and may be kept for good; the
//! checkpoint itself changes each second.

use std::io::Write as _;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Api, ApiError, answer};
use crate::tlog::TreeSize;
use crate::tlog::tile;

/// A token was needed for it: no cache that others share may keep it.
const FOR_GOOD: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
const ASK_AGAIN: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));

const BYTES: &str = "application/octet-stream";

/// The trees between which a consistency proof leads.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sizes {
    old: String,
    new: Option<String>,
}

/// `GET /v1/log/checkpoint`
pub(super) async fn checkpoint(State(api): State<Arc<Api>>) -> Result<Response, ApiError> {
    let note = api.query.checkpoint().await?.ok_or(ApiError::NotYet)?;
    Ok(([ASK_AGAIN], answer::bytes(answer::TEXT, note)).into_response())
}

/// `GET /v1/log/keys`
pub(super) async fn keys(State(api): State<Arc<Api>>) -> Response {
    ([ASK_AGAIN], answer::bytes(answer::TEXT, api.log.keys().to_text())).into_response()
}

/// `GET /v1/log/tile/{*path}`
pub(super) async fn tile(
    State(api): State<Arc<Api>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let bad = |error: tile::BadPath| {
        let detail = format!("{error}, with numbers as in tile/0/x001/x234/067.p/255");
        ApiError::BadRequest { code: "bad_path", detail }
    };
    let path: tile::Path = format!("tile/{path}").parse().map_err(bad)?;
    let file = api.query.tile_file(path).await?;
    let file = file.ok_or(ApiError::NotFound("tile in the tree of the newest checkpoint"))?;
    match path {
        // Hashes do not become smaller.
        tile::Path::Tile { .. } => Ok(([FOR_GOOD], answer::bytes(BYTES, file)).into_response()),
        tile::Path::Entries { .. } => entries(file, takes_gzip(&headers)).await,
    }
}

/// `GET /v1/log/consistency`
pub(super) async fn consistency(
    State(api): State<Arc<Api>>,
    sizes: Result<Query<Sizes>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Sizes { old, new } = answer::parameters(sizes)?;
    let size = |name: &str, text: &str| {
        text.parse::<TreeSize>().map_err(|error| {
            let detail = format!("`{name}` is a number of entries: {error}");
            ApiError::BadRequest { code: "bad_parameter", detail }
        })
    };
    let old = size("old", &old)?;
    let new = new.map(|new| size("new", &new)).transpose()?;
    let proof = api.query.consistency(old, new).await?.ok_or(ApiError::NotYet)?;
    let lines: String = proof.hashes().iter().map(|hash| hash.to_base64() + "\n").collect();
    Ok(answer::bytes(answer::TEXT, lines))
}

/// A bundle of entries, small where the caller takes it so.
async fn entries(bundle: Vec<u8>, gzipped: bool) -> Result<Response, ApiError> {
    let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
    if !gzipped {
        return Ok(([FOR_GOOD, vary], answer::bytes(BYTES, bundle)).into_response());
    }
    let small = tokio::task::spawn_blocking(move || gzip(&bundle)).await;
    let small = small.map_err(ApiError::inside)?.map_err(ApiError::inside)?;
    let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(([FOR_GOOD, vary, encoding], answer::bytes(BYTES, small)).into_response())
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Whether the caller takes gzip: RFC 9110 §12.5.3.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let codings: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let takes = |name: &str| {
        codings.iter().find_map(|coding| {
            let (found, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
            found.trim_end().eq_ignore_ascii_case(name).then(|| weight.unwrap_or(0.0_f32) > 0.0)
        })
    };
    takes("gzip").or_else(|| takes("*")).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (lines, expected) in [
            (&[][..], false),
            (&["gzip"], true),
            (&["br, GZIP"], true),
            (&["br", "gzip;q=0.2"], true),
            (&["gzip; q=0"], false),
            (&["gzip;q=x"], false),
            (&["*"], true),
            (&["*, gzip;q=0"], false),
            (&["identity"], false),
            (&["xgzip, gzipped"], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(line));
            }
            assert_eq!(takes_gzip(&headers), expected, "{lines:?}");
        }
    }
}
