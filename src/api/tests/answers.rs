//! The form of every answer.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::query::fixtures::{PHONE, message};

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let door = Door::new();
    for address in ["/", "/v1", "/v1/", "/v2/search", "/v1/records/", "/v1/search/"] {
        door.get(address, &door.officer).await.is_problem(404, "not_found");
    }
    for (method, address) in [("DELETE", "/v1/search"), ("PUT", "/healthz"), ("POST", "/metrics")] {
        let mut request = get(address, &door.officer);
        *request.method_mut() = method.parse().unwrap();
        let answer = door.ask(request).await;
        answer.is_problem(405, "method_not_allowed");
        assert!(answer.header("allow").contains("GET"), "{method} {address}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_headers_of_safety() {
    let door = Door::new();
    let mut ids = std::collections::BTreeSet::new();
    for address in ["/healthz", "/metrics", "/nowhere", "/v1/search?q=x", "/v1/records/0"] {
        let answer = door.get(address, &door.officer).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(answer.header("access-control-allow-origin"), "");
        ids.insert(answer.header("x-request-id").to_owned());
    }
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().all(|id| id.len() == 16));
}

#[tokio::test]
async fn a_callers_own_request_id_is_not_taken_over() {
    let door = Door::new();
    let mut request = get("/healthz", &door.officer);
    request.headers_mut().insert("x-request-id", "4915550100777".parse().unwrap());
    assert_ne!(door.ask(request).await.header("x-request-id"), "4915550100777");
}

#[tokio::test]
async fn a_problem_asked_for_with_head_has_no_body() {
    let door = Door::new();
    let mut request = get("/v1/records/0", &door.officer);
    *request.method_mut() = axum::http::Method::HEAD;
    let answer = door.ask(request).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (400, 0));
}

/// What was traced.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<Vec<u8>>>);

impl Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_trace_has_the_route_and_the_token_and_nothing_that_was_asked() {
    let door = Door::new();
    let record = door.archive.keep(&message(1, "wamid.A", "canary")).await;
    door.archive.indexed().await;
    let traced = Traced::default();
    let writer = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let tracing = tracing::subscriber::set_default(subscriber);
    let mut request = get(&format!("/v1/search?q=canary+{PHONE}"), &door.officer);
    request.headers_mut().insert("muniment-reason", "complaint-7".parse().unwrap());
    assert_eq!(door.ask(request).await.status, 200);
    let read = door.get(&format!("/v1/records/{record}"), &door.officer).await;
    door.get("/v1/search?q=(canary", &door.officer).await;
    drop(tracing);
    let text = String::from_utf8(traced.0.lock().unwrap().clone()).unwrap();
    for told in ["route=\"/v1/search\"", "status=200", "status=400", &door.officer[4..20]] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    assert!(text.contains(read.header("x-request-id")), "{text}");
    for told in ["canary", PHONE, "complaint-7", "Otto", "Noor", &door.officer[21..]] {
        assert!(!text.contains(told), "{told} is in\n{text}");
    }
}
