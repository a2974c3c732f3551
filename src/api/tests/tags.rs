//! Tags and events over HTTP: who may put and take them, and what is refused.

use serde_json::json;

use super::*;
use crate::query::fixtures::{PHONE, message};

impl Door {
    async fn tag(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.ask(request.unwrap()).await
    }

    async fn put(&self, on: (&str, Value)) -> Value {
        let body = json!({"tag": "contract", "reason": "file 4711", (on.0): on.1});
        let answer = self.tag(&self.records, "/v1/tags", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

#[tokio::test]
async fn a_tag_is_put_on_records_a_query_and_what_comes_later() {
    let door = Door::new();
    let invoice = door.archive.keep(&message(1, "w1", "the invoice of May")).await;
    door.archive.keep(&message(2, "w2", "hello")).await;
    door.archive.indexed().await;
    let by_query = door.put(("query", json!("invoice"))).await;
    assert_eq!(by_query["on"]["by"], "query");
    assert_eq!(by_query["on"]["count"], 1);
    assert_eq!(by_query["rules"], json!([]), "no rule names it yet");
    let by_record = door.put(("records", json!([invoice]))).await;
    assert_eq!((&by_record["on"]["count"], &by_record["state"]), (&json!(1), &json!("stands")));
    let by_party = door.put(("party", json!(format!("+{PHONE}")))).await;
    let thread = door.archive.index.thread_of(invoice).unwrap().unwrap().to_string();
    door.put(("thread", json!(thread))).await;
    door.put(("number", json!("+49 30 1234567"))).await;
    let retention = format!("/v1/records/{invoice}/retention");
    assert_eq!(door.get(&retention, &door.officer).await.json()["tags"], json!(["contract"]));
    let listed = door.get("/v1/tags?limit=2", &door.officer).await.json();
    assert_eq!(listed["puttings"].as_array().unwrap().len(), 2);
    assert_eq!(listed["next"], by_record["putting"]);
    let rest = format!("/v1/tags?tag=CONTRACT&after={}", by_record["putting"].as_str().unwrap());
    let rest = door.get(&rest, &door.officer).await.json();
    assert_eq!(rest["puttings"][0]["putting"], by_party["putting"]);
    // Nothing of it stands in the leaf.
    for entry in door.archive.entries() {
        let leaf = door.archive.log.store().leaf(entry.index).unwrap().unwrap();
        let leaf = String::from_utf8(leaf).unwrap();
        assert!(!leaf.contains("contract") && !leaf.contains("invoice"), "{leaf}");
    }
}

#[tokio::test]
async fn a_taking_needs_two_people_who_govern() {
    let door = Door::new();
    let put = door.put(("party", json!(PHONE))).await;
    let path = |step: &str| format!("/v1/tags/{}/{step}", put["putting"].as_str().unwrap());
    let why = json!({"reason": "the wrong customer"});
    for token in [&door.auditor, &door.officer, &door.counsel, &door.privacy, &door.admin] {
        for step in ["take", "approve", "keep"] {
            door.tag(token, &path(step), &why).await.is_problem(403, "not_permitted");
        }
        let body = json!({"tag": "t", "party": PHONE, "reason": "r"});
        door.tag(token, "/v1/tags", &body).await.is_problem(403, "not_permitted");
    }
    door.tag(&door.records, &path("approve"), &why).await.is_problem(409, "refused");
    let asked = door.tag(&door.records, &path("take"), &why).await.json();
    assert_eq!(asked["state"], "taking_asked");
    door.tag(&door.records, &path("approve"), &why).await.is_problem(409, "refused");
    let kept = door.tag(&door.records, &path("keep"), &why).await.json();
    assert_eq!(kept["state"], "stands");
    door.tag(&door.records, &path("take"), &why).await;
    let now = door.archive.clock.now();
    let second = tokens::create(&door.tokens_file, "Kostas Board", Role::Records, now, None);
    let second = second.unwrap().1.to_string();
    let taken = door.tag(&second, &path("approve"), &why).await.json();
    assert_eq!(
        (&taken["state"], &taken["history"][4]["by"]["name"]),
        (&json!("taken"), &json!("Kostas Board"))
    );
    let listed = door.get("/v1/tags?state=stands", &door.officer).await.json();
    assert_eq!(listed["puttings"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_tagged_is_refused_before_it_is_written_down() {
    let door = Door::new();
    let (delivery, _) = door.archive.keep_bytes(crate::record::Class::Delivery, b"{}").await;
    let gone = door.archive.keep(&message(1, "w1", "gone")).await;
    door.archive.indexed().await;
    door.archive.destroy(gone);
    let before = door.archive.entries().len();
    let none = "0".repeat(32);
    for (on, status, code) in [
        (json!({}), 400, "bad_tag"),
        (json!({"party": PHONE, "number": "1"}), 400, "bad_tag"),
        (json!({"party": "01555 0100777"}), 400, "bad_tag"),
        (json!({"party": PHONE, "tag": " "}), 400, "bad_tag"),
        (json!({"party": PHONE, "reason": ""}), 400, "reason_missing"),
        (json!({"party": PHONE, "until": "2030"}), 400, "bad_json"),
        (json!({"records": []}), 400, "bad_tag"),
        (json!({"records": ["zz"]}), 400, "bad_json"),
        (json!({"records": [none]}), 404, "not_found"),
        (json!({"records": [delivery]}), 400, "bad_tag"),
        (json!({"records": [gone]}), 410, "destroyed"),
        (json!({"query": "frm:Mira"}), 400, "bad_query"),
        (json!({"query": "nobody said this"}), 400, "bad_tag"),
        (json!({"thread": "9A"}), 400, "bad_id"),
        (json!({"thread": none}), 404, "not_found"),
    ] {
        let mut body = json!({"tag": "contract", "reason": "r"});
        for (name, value) in on.as_object().unwrap() {
            body[name] = value.clone();
        }
        door.tag(&door.records, "/v1/tags", &body).await.is_problem(status, code);
    }
    let take = format!("/v1/tags/{none}/take");
    door.tag(&door.records, &take, &json!({"reason": "r"})).await.is_problem(404, "not_found");
    door.get("/v1/tags/zz", &door.officer).await.is_problem(400, "bad_id");
    door.get("/v1/tags?limit=0", &door.officer).await.is_problem(400, "bad_limit");
    door.get("/v1/tags?state=gone", &door.officer).await.is_problem(400, "bad_parameter");
    let none = format!("/v1/tags?after={none}");
    door.get(&none, &door.officer).await.is_problem(400, "bad_parameter");
    assert_eq!(door.archive.entries().len(), before);
}

#[tokio::test]
async fn an_event_is_told_of_what_is_known() {
    let door = Door::new();
    let record = door.archive.keep(&message(1, "w1", "terms")).await;
    door.archive.indexed().await;
    let none = "0".repeat(32);
    let tell = async |of: Value| {
        let mut body =
            json!({"event": "contract_end", "at": "2026-11-30T00:00:00Z", "reason": "r"});
        for (name, value) in of.as_object().unwrap() {
            body[name] = value.clone();
        }
        door.tag(&door.records, "/v1/events", &body).await
    };
    for (of, status, code) in [
        (json!({}), 400, "bad_event"),
        (json!({"party": PHONE, "tag": "contract"}), 400, "bad_event"),
        (json!({"party": " "}), 400, "bad_event"),
        (json!({"record": none}), 404, "not_found"),
        (json!({"thread": none}), 404, "not_found"),
        (json!({"tag": "contract"}), 404, "not_found"),
        (json!({"schedule": "ours"}), 404, "not_found"),
        (json!({"everything": true}), 400, "bad_json"),
    ] {
        tell(of).await.is_problem(status, code);
    }
    door.put(("records", json!([record]))).await;
    let thread = door.archive.index.thread_of(record).unwrap().unwrap().to_string();
    for of in [
        json!({"party": PHONE}),
        json!({"record": record}),
        json!({"thread": thread}),
        json!({"tag": "Contract"}),
    ] {
        let told = tell(of).await;
        assert_eq!(told.status, 201, "{}", told.text());
        assert_eq!(told.json()["rules"], json!([]));
    }
}
