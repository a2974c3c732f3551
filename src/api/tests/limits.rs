//! Limits: of bodies, of requests at once, of time.

use super::*;
use crate::query::QueryConfig;
use crate::query::fixtures::message;

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let door = Door::new();
    let body = format!(r#"{{"q":"{}"}}"#, "x".repeat(config().request_bytes_max));
    let request = Request::builder()
        .method("POST")
        .uri("/v1/search")
        .header("authorization", format!("Bearer {}", door.officer))
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    door.ask(request).await.is_problem(413, "body_too_large");
}

/// An archive whose only place for opening is taken for good.
fn stuck(api: ApiConfig) -> Door {
    let config = QueryConfig { openings_in_work_max: 1, ..QueryConfig::default() };
    Door::with(Archive::with(config), api)
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_503_and_gives_nothing_out() {
    let door = stuck(ApiConfig { request_seconds_max: 1, ..config() });
    let record = door.archive.keep(&message(1, "wamid.A", "hello")).await;
    let held = door.archive.query.hold_every_place().await;
    let answer = door.get(&format!("/v1/records/{record}"), &door.officer).await;
    answer.is_problem(503, "timeout");
    drop(held);
    assert!(door.archive.accesses().is_empty());
    assert_eq!(door.get(&format!("/v1/records/{record}"), &door.officer).await.status, 200);
}

#[tokio::test]
async fn a_request_too_many_is_503_and_health_still_answers() {
    let door = stuck(ApiConfig { requests_in_work_max: 1, ..config() });
    let record = door.archive.keep(&message(1, "wamid.A", "hello")).await;
    let held = door.archive.query.hold_every_place().await;
    let address = format!("/v1/records/{record}");
    let (router, first) = (door.router.clone(), get(&address, &door.officer));
    let first = tokio::spawn(async move { router.oneshot(first).await.unwrap().status() });
    // Nothing else runs on this thread: after this the first request waits.
    tokio::task::yield_now().await;
    let answer = door.get(&address, &door.officer).await;
    answer.is_problem(503, "busy");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(door.get("/healthz", "").await.status, 200);
    drop(held);
    assert_eq!(first.await.unwrap(), 200);
}
