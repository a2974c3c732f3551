//! Searching and reading over HTTP.

use super::*;
use crate::query::fixtures::{PHONE, message};

fn post(body: &str, token: &str) -> Request<Body> {
    let builder = Request::builder()
        .method("POST")
        .uri("/v1/search")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json; charset=utf-8");
    builder.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn a_search_has_the_documented_shape_by_address_and_by_body() {
    let door = Door::new();
    let record = door.archive.keep(&message(0, "wamid.A", "about the mortgage")).await;
    door.archive.indexed().await;
    let by_address = door.get("/v1/search?q=mortgage&order=oldest&limit=5", &door.officer).await;
    let found = by_address.json();
    let thread = door.archive.index.thread_of(record).unwrap().unwrap();
    let size = found["log"].as_u64().unwrap();
    assert_eq!(
        found,
        serde_json::json!({
            "query": "mortgage",
            "total": 1,
            "hits": [{
                "record": record,
                "entry": door.archive.place_of(record).get(),
                "class": "message",
                "kind": "text",
                "origin": "live",
                "direction": "inbound",
                "at": "2026-09-21T14:13:20Z",
                "captured": "2026-11-21T08:00:00Z",
                "thread": thread,
                "number": "4915550100100",
                "from": {"phone": PHONE, "name": "Noor Customer"},
                "to": {"phone": "4915550100100", "name": "Halyard Bank"},
                "excerpt": [
                    {"text": "about the ", "hit": false},
                    {"text": "mortgage", "hit": true},
                ],
                "medium": null,
            }],
            "next": null,
            "searchable": size,
            "log": size,
        })
    );
    let body = r#"{"q":"mortgage","order":"oldest","limit":5}"#;
    let by_body = door.ask(post(body, &door.officer)).await.json();
    assert_eq!(by_body["hits"], found["hits"]);
    assert_eq!(door.archive.accesses().len(), 2);
}

#[tokio::test]
async fn a_record_and_a_conversation_are_read() {
    let door = Door::new();
    let sent = message(1, "wamid.A", "hello");
    let record = door.archive.keep(&sent).await;
    door.archive.indexed().await;
    let read = door.get(&format!("/v1/records/{record}"), &door.officer).await.json();
    assert_eq!(read["record"], record.to_string());
    assert_eq!((&read["class"], &read["delivery"]), (&"message".into(), &Value::Null));
    assert_eq!(read["content"]["body"]["text"], "hello");
    assert_eq!(read["content"]["raw"]["id"], "wamid.A");
    assert_eq!((&read["media"], &read["later"]), (&serde_json::json!([]), &serde_json::json!([])));
    let thread = read["thread"].as_str().unwrap();
    let read = door.get(&format!("/v1/threads/{thread}?limit=10"), &door.officer).await.json();
    assert_eq!((&read["thread"], &read["total"]), (&thread.into(), &1.into()));
    assert_eq!(read["records"][0]["text"], "hello");
    assert_eq!(read["next"], Value::Null);
}

#[tokio::test]
async fn a_bad_query_is_told_with_its_place() {
    let door = Door::new();
    let told = door.get("/v1/search?q=frm:x", &door.officer).await.is_problem(400, "bad_query");
    assert_eq!(told["at"], 0);
    assert!(told["advice"].as_str().unwrap().contains("from:"), "{told}");
}

#[tokio::test]
async fn bad_parameters_are_told_apart() {
    let door = Door::new();
    for (address, code) in [
        ("/v1/search", "bad_parameter"),
        ("/v1/search?q=x&limit=many", "bad_parameter"),
        ("/v1/search?q=x&order=random", "bad_parameter"),
        ("/v1/search?q=x&colour=red", "bad_parameter"),
        ("/v1/search?q=x&limit=0", "bad_limit"),
        ("/v1/search?q=x&limit=101", "bad_limit"),
        ("/v1/search?q=x&cursor=x", "bad_cursor"),
        ("/v1/records/xyz", "bad_id"),
        ("/v1/records/ABCDEF0123456789ABCDEF0123456789", "bad_id"),
        ("/v1/threads/12", "bad_id"),
        ("/v1/threads/00000000000000000000000000000000?order=best", "bad_parameter"),
    ] {
        door.get(address, &door.officer).await.is_problem(400, code);
    }
    for (body, code) in [("", "bad_json"), ("[]", "bad_json"), (r#"{"q":1}"#, "bad_json")] {
        door.ask(post(body, &door.officer)).await.is_problem(400, code);
    }
    let mut plain = post(r#"{"q":"x"}"#, &door.officer);
    plain.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    door.ask(plain).await.is_problem(415, "unsupported_media_type");
    assert!(door.archive.accesses().is_empty());
}

#[tokio::test]
async fn unknown_ids_are_404() {
    let door = Door::new();
    let nothing = "0".repeat(32);
    for address in [
        format!("/v1/records/{nothing}"),
        format!("/v1/records/{nothing}/entry"),
        format!("/v1/records/{nothing}/receipt"),
        format!("/v1/records/{nothing}/media/{nothing}"),
        format!("/v1/threads/{nothing}"),
    ] {
        door.get(&address, &door.officer).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn destroyed_is_410_and_damaged_names_the_entry() {
    let door = Door::new();
    let destroyed = door.archive.keep(&message(1, "wamid.A", "one")).await;
    let damaged = door.archive.keep(&message(2, "wamid.B", "two")).await;
    door.archive.destroy(destroyed);
    door.archive.damage(damaged);
    let address = format!("/v1/records/{destroyed}");
    door.get(&address, &door.officer).await.is_problem(410, "destroyed");
    let told =
        door.get(&format!("/v1/records/{damaged}"), &door.officer).await.is_problem(500, "damaged");
    assert_eq!(told["entry"], door.archive.place_of(damaged).get());
    let entry = door.get(&format!("/v1/records/{destroyed}/entry"), &door.auditor).await;
    assert_eq!(entry.status, 200, "the entry outlives the content");
}
