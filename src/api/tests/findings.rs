//! Findings of conduct: who sees them, their pages, and the verdicts on them.

use serde_json::json;

use super::*;
use crate::query::fixtures::{NUMBER, PHONE};
use crate::record::{Record, RecordId};

const AT: i64 = 1_795_247_000;

/// What the provider says of a message that was sent.
fn status(number: i64, category: &str) -> Record {
    let relation = json!({"kind": "reports", "provider_id": format!("wamid.{number}")});
    let record = json!({"v": 1, "class": "status", "provider": "meta", "field": "messages",
        "origin": "live", "number": NUMBER, "number_id": "209900000000001",
        "account": "109900000000001", "direction": "outbound", "to": {"phone": PHONE},
        "at": AT + number, "body": {"kind": "sent", "relation": relation},
        "raw": {"pricing": {"category": category}}});
    serde_json::from_str(&record.to_string()).unwrap()
}

/// Three offers that nobody asked for, and an answer to nothing.
async fn door() -> (Door, Vec<RecordId>) {
    let archive = Archive::new();
    let mut records = vec![];
    for (number, category) in ["marketing", "marketing", "marketing", "service"].iter().enumerate()
    {
        records.push(archive.keep(&status(number as i64, category)).await);
    }
    (Door::with(archive, config()), records)
}

fn posted(address: &str, token: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method("POST")
        .uri(address)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn who_sees_decisions_sees_findings_page_by_page() {
    let (door, records) = door().await;
    for token in [&door.officer, &door.counsel, &door.records, &door.admin] {
        let page = door.get("/v1/findings", token).await.json();
        assert_eq!(page["total"], 4, "{page}");
        assert_eq!(page["findings"].as_array().unwrap().len(), 4);
        assert_eq!(page["next"], Value::Null);
    }
    door.get("/v1/findings", &door.auditor).await.is_problem(403, "not_permitted");

    let address = "/v1/findings?kind=without_consent&state=open&limit=2";
    let page = door.get(address, &door.records).await.json();
    assert_eq!(page["total"], 3);
    let first = &page["findings"][0];
    // Ids of one millisecond stand in any order.
    let oldest = records[..3].iter().min().unwrap();
    assert_eq!(first["finding"], format!("without_consent.{oldest}"));
    let entry = door.archive.place_of(*oldest).get();
    assert_eq!((&first["record"], &first["entry"]), (&json!(oldest), &json!(entry)));
    assert_eq!((&first["because"], &first["state"]), (&json!("never_given"), &json!("open")));
    assert_eq!((&first["certain"], &first["review"]), (&json!(false), &Value::Null));
    let next = page["next"].as_str().unwrap();
    assert_eq!(next, page["findings"][1]["finding"]);
    let rest = door.get(&format!("{address}&after={next}"), &door.records).await.json();
    assert_eq!(rest["findings"].as_array().unwrap().len(), 1);
    assert_eq!((&rest["total"], &rest["next"]), (&json!(3), &Value::Null));
    let followed = &rest["followed"];
    assert_eq!((&followed["messages"], &followed["entries_behind"]), (&json!(4), &json!(0)));
    let text = rest.to_string();
    assert!(!text.contains(PHONE) && !text.contains("wamid"), "nothing of a record: {text}");
}

#[tokio::test]
async fn a_verdict_needs_a_reason_and_somebody_who_can_read_the_record() {
    let (door, records) = door().await;
    let finding = format!("/v1/findings/without_consent.{}", records[1]);
    let address = format!("{finding}/review");
    let verdict = json!({"verdict": "dismissed", "reason": "They asked by telephone."});
    for token in [&door.records, &door.auditor] {
        let answer = door.ask(posted(&address, token, &verdict)).await;
        answer.is_problem(403, "not_permitted");
    }
    let answer = door.ask(posted(&address, &door.officer, &verdict)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["state"], "dismissed");
    let other = json!({"verdict": "accepted", "reason": "They did not."});
    assert_eq!(door.ask(posted(&address, &door.counsel, &other)).await.status, 201);
    let shown = door.get(&finding, &door.records).await.json();
    let review = &shown["review"];
    assert_eq!((&review["verdict"], &review["number"]), (&json!("accepted"), &json!(2)));
    assert_eq!(review["reason"], "They did not.");
    assert_eq!(review["by"]["name"], "Cora Counsel");
    for (state, total) in [("open", 3), ("accepted", 1), ("dismissed", 0), ("withdrawn", 0)] {
        let page = door.get(&format!("/v1/findings?state={state}"), &door.records).await.json();
        assert_eq!(page["total"], total, "{state}");
    }
    let metrics = door.get("/metrics", "").await;
    let line = "muniment_conduct_findings{kind=\"without_consent\"} 2";
    assert!(metrics.text().contains(line), "{}", metrics.text());
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_how() {
    let (door, records) = door().await;
    let good = format!("/v1/findings/without_consent.{}", records[0]);
    for (body, code) in [
        (json!({"verdict": "dismissed", "reason": " "}), "reason_missing"),
        (json!({"verdict": "dismissed", "reason": "r".repeat(4001)}), "reason_too_long"),
        (json!({"verdict": "maybe", "reason": "so"}), "bad_json"),
        (json!({"verdict": "dismissed"}), "bad_json"),
        (json!({"verdict": "dismissed", "reason": "so", "more": 1}), "bad_json"),
    ] {
        let answer = door.ask(posted(&format!("{good}/review"), &door.officer, &body)).await;
        assert!([400, 413].contains(&answer.status.as_u16()), "{}", answer.text());
        if answer.status == 400 {
            answer.is_problem(400, code);
        }
    }
    for (address, status, code) in [
        ("/v1/findings?kind=murder", 400, "bad_parameter"),
        ("/v1/findings?state=closed", 400, "bad_parameter"),
        ("/v1/findings?limit=0", 400, "bad_limit"),
        ("/v1/findings?limit=1001", 400, "bad_limit"),
        ("/v1/findings?after=x", 400, "bad_id"),
        ("/v1/findings?colour=red", 400, "bad_parameter"),
        ("/v1/findings/x", 400, "bad_id"),
        (&format!("/v1/findings/without_consent.{}", records[3]), 404, "not_found"),
        (&format!("/v1/findings/outside_window.{}.7", records[3]), 404, "not_found"),
    ] {
        door.get(address, &door.officer).await.is_problem(status, code);
    }
    let nowhere = format!("/v1/findings/after_opt_out.{}/review", records[0]);
    let verdict = json!({"verdict": "accepted", "reason": "so"});
    door.ask(posted(&nowhere, &door.officer, &verdict)).await.is_problem(404, "not_found");
}
