//! The same over HTTP, in the words of the specification.

use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

use super::*;
use crate::tlog::note::Note;
use crate::witness::directory::{self, LogId};
use crate::witness::tests::{ORIGIN, Stand, honest, leaves, log_key, own_key, request};

struct Told {
    status: StatusCode,
    mime: String,
    body: String,
}

async fn ask(witness: &Witness, request: Request<Body>) -> Told {
    let answer = router(witness.clone()).oneshot(request).await.unwrap();
    let status = answer.status();
    let mime = answer.headers().get(header::CONTENT_TYPE);
    let mime = mime.map_or(String::new(), |mime| mime.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    Told { status, mime, body: String::from_utf8(body.to_vec()).unwrap() }
}

async fn post(witness: &Witness, body: impl Into<Body>) -> Told {
    ask(witness, Request::post("/add-checkpoint").body(body.into()).unwrap()).await
}

async fn get(witness: &Witness, path: &str) -> Told {
    ask(witness, Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_codes_are_those_of_the_specification() {
    let stand = Stand::new();
    let witness = stand.open();
    let told = post(&witness, honest(0, 5)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    assert!(told.body.starts_with("\u{2014} witness.example/1 ") && told.body.ends_with('\n'));

    let told = post(&witness, honest(0, 7)).await;
    assert_eq!((told.status.as_u16(), told.mime.as_str()), (409, SIZE_TYPE));
    assert_eq!(told.body, "5\n");
    for (request, status) in [
        (request(5, &leaves(7, 2)), 422),
        (honest(9, 7), 400),
        (honest(5, 7).replacen("\n7\n", "\n8\n", 1), 403),
        (honest(5, 7).replace(ORIGIN, "other.example"), 404),
        ("nonsense".to_owned(), 400),
    ] {
        let told = post(&witness, request).await;
        assert_eq!(told.status.as_u16(), status, "{}", told.body);
        assert!(told.mime.starts_with("text/plain") && told.body.len() > 10, "{}", told.body);
    }
    assert_eq!(post(&witness, honest(5, 7)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_cosigned_last_is_shown_to_everybody() {
    let stand = Stand::new();
    let witness = stand.open();
    let path = format!("/{}/checkpoint", LogId::of(ORIGIN));
    assert_eq!(get(&witness, &path).await.status, StatusCode::NOT_FOUND);
    post(&witness, honest(0, 5)).await;
    let told = get(&witness, &path).await;
    assert_eq!(told.status, StatusCode::OK);
    let keys = [log_key().verifier().clone(), own_key().verifier().clone()];
    assert_eq!(Note::parse(&told.body).unwrap().verify(&keys).unwrap().len(), 2);
    for path in ["/x/checkpoint", &path.to_uppercase(), "/..%2Fseen/checkpoint", "/"] {
        assert_eq!(get(&witness, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let told = get(&witness, "/add-checkpoint").await;
    assert_eq!(told.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let stand = Stand::new();
    let witness = stand.open();
    let long = vec![b'x'; ADD_CHECKPOINT_BYTES_MAX + 1];
    assert_eq!(post(&witness, long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let most = vec![b'x'; ADD_CHECKPOINT_BYTES_MAX];
    assert_eq!(post(&witness, most).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_broken_inside_is_not_shown_outside() {
    let stand = Stand::new();
    let witness = stand.open();
    post(&witness, honest(0, 5)).await;
    directory::write_synced(&stand.dir.seen_file(LogId::of(ORIGIN)), b"x").unwrap();
    let told = post(&witness, honest(5, 6)).await;
    assert_eq!(told.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!told.body.contains("seen"), "{}", told.body);
    let told = get(&witness, &format!("/{}/checkpoint", LogId::of(ORIGIN))).await;
    assert_eq!(told.status, StatusCode::INTERNAL_SERVER_ERROR);
}
