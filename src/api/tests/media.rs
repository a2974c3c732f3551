//! Media: whole, in part, and harmless.

use super::*;
use crate::query::fixtures::{message, with_file};

const BYTES: &[u8] = b"0123456789";
const DIGEST: &str = "\"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\"";

async fn medium(door: &Door, name: &str, mime: &str) -> String {
    let record = door.archive.keep(&with_file(name, mime, message(1, "wamid.A", "x"))).await;
    let medium = door.archive.attach(record, BYTES).await;
    format!("/v1/records/{record}/media/{medium}")
}

fn ranged(door: &Door, address: &str, range: &'static str) -> Request<Body> {
    let mut request = get(address, &door.officer);
    request.headers_mut().insert("range", axum::http::HeaderValue::from_static(range));
    request
}

#[tokio::test]
async fn a_medium_is_given_out_whole_with_its_digest() {
    let door = Door::new();
    let address = medium(&door, "Foto.jpg", "image/jpeg").await;
    let answer = door.get(&address, &door.officer).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, BYTES));
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.header("etag"), DIGEST);
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert!(answer.header("content-disposition").starts_with("inline; filename=\"Foto.jpg\""));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn one_range_is_206_with_its_place() {
    let door = Door::new();
    let address = medium(&door, "a.ogg", "audio/ogg; codecs=opus").await;
    for (range, content_range, body) in [
        ("bytes=0-3", "bytes 0-3/10", "0123"),
        ("bytes=8-", "bytes 8-9/10", "89"),
        ("bytes=-1", "bytes 9-9/10", "9"),
        ("bytes=5-500", "bytes 5-9/10", "56789"),
    ] {
        let answer = door.ask(ranged(&door, &address, range)).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (206, body), "{range}");
        assert_eq!(answer.header("content-range"), content_range);
        assert_eq!(answer.header("content-length"), body.len().to_string());
    }
    let several = door.ask(ranged(&door, &address, "bytes=0-1,3-4")).await;
    assert_eq!((several.status.as_u16(), several.body.as_slice()), (200, BYTES));
}

#[tokio::test]
async fn a_range_behind_the_end_is_416_with_the_size() {
    let door = Door::new();
    let address = medium(&door, "a.ogg", "audio/ogg").await;
    let answer = door.ask(ranged(&door, &address, "bytes=10-")).await;
    answer.is_problem(416, "range_beyond");
    assert_eq!(answer.header("content-range"), "bytes */10");
}

#[tokio::test]
async fn a_range_counts_only_for_the_version_it_names() {
    let door = Door::new();
    let address = medium(&door, "a.ogg", "audio/ogg").await;
    for (named, status) in [(DIGEST, 206), ("\"other\"", 200)] {
        let mut request = ranged(&door, &address, "bytes=0-1");
        request.headers_mut().insert("if-range", axum::http::HeaderValue::from_static(named));
        assert_eq!(door.ask(request).await.status, status);
    }
}

#[tokio::test]
async fn head_tells_everything_but_the_bytes_and_is_an_access() {
    let door = Door::new();
    let address = medium(&door, "a.ogg", "audio/ogg").await;
    let mut request = ranged(&door, &address, "bytes=0-1");
    *request.method_mut() = axum::http::Method::HEAD;
    let answer = door.ask(request).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    assert_eq!((answer.header("content-length"), answer.header("etag")), ("10", DIGEST));
    assert_eq!(door.archive.accesses().len(), 1);
}

#[tokio::test]
async fn what_a_browser_would_run_is_saved_as_plain_bytes() {
    let door = Door::new();
    for mime in ["text/html", "image/svg+xml", "application/javascript"] {
        let address = medium(&door, "../x\"\r\n.html", mime).await;
        let answer = door.get(&address, &door.officer).await;
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        let disposition = answer.header("content-disposition");
        assert!(disposition.starts_with("attachment; filename=\"x.html\""), "{disposition}");
        assert!(answer.header("content-security-policy").contains("sandbox"));
    }
}
