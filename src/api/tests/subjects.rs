//! Data subjects: who may ask, what is refused, and what restricted records look like.

use serde_json::json;

use super::*;
use crate::query::fixtures::{PHONE, message, with_file};
use crate::record::RecordId;
use crate::seal::ParcelOpener;

const OTHER: &str = "4915550100888";

fn post(address: &str, token: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method("POST")
        .uri(address)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

impl Door {
    async fn sent(&self, address: &str, token: &str, body: &Value) -> Answer {
        self.ask(post(address, token, body)).await
    }

    async fn restricted(&self, name: &str) -> String {
        let body = json!({"identifiers": [name], "ground": "accuracy", "reason": "disputed"});
        let answer = self.sent("/v1/subjects/restrictions", &self.privacy, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["restriction"]["restriction"].as_str().unwrap().to_owned()
    }

    /// A message of the customer of the story, indexed.
    async fn customer_said(&self, text: &str) -> RecordId {
        let record = self.archive.keep(&message(1, "wamid.A", text)).await;
        self.archive.indexed().await;
        record
    }
}

fn identify(name: &str) -> Value {
    json!({"identifiers": [name], "reason": "request of 3 November"})
}

#[tokio::test]
async fn who_answers_data_subjects_finds_them_and_nobody_else_may() {
    let door = Door::new();
    let record = door.customer_said("hello").await;
    for token in [&door.privacy, &door.counsel] {
        let answer =
            door.sent("/v1/subjects/identify", token, &identify("+49 1555 0100-777")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let told = answer.json();
        let known = &told["identifiers"][0];
        assert_eq!((&known["kind"], &known["value"]), (&json!("phone"), &json!(PHONE)));
        assert_eq!((&known["records"], &known["by"]), (&json!(1), &Value::Null));
        assert_eq!((&told["conflicts"], &told["beside"]), (&json!([]), &json!([])));
    }
    let (_, told) = door.archive.accesses().remove(0);
    assert_eq!((&told["shown"], &told["name"]), (&json!([record]), &json!("Petra Privacy")));
    let before = door.archive.entries().len();
    for token in [&door.auditor, &door.officer, &door.records, &door.admin] {
        for step in ["identify", "report", "restrictions"] {
            let answer = door.sent(&format!("/v1/subjects/{step}"), token, &identify(PHONE)).await;
            assert_eq!(answer.is_problem(403, "not_permitted")["needs"], "subjects");
        }
        let answer = door.get("/v1/subjects/restrictions", token).await;
        answer.is_problem(403, "not_permitted");
    }
    assert_eq!(door.archive.entries().len(), before);
}

#[tokio::test]
async fn a_package_is_sent_sealed_and_opens_for_its_addressee() {
    let door = Door::new();
    let file = with_file("a.png", "image/png", message(1, "wamid.A", "the quay"));
    let record = door.archive.keep(&file).await;
    door.archive.attach(record, b"png").await;
    door.archive.indexed().await;
    let opener = ParcelOpener::new();
    let body = json!({"identifiers": [PHONE], "recipient": opener.recipient(),
        "reason": "request of 3 November"});
    let answer = door.sent("/v1/subjects/report", &door.privacy, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/age-encryption.org");
    let name = answer.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"subject-2026") && !name.contains("777"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.body.starts_with(b"age-encryption.org/v1"));
    let zip = opener.open(&answer.body).unwrap();
    assert!(zip.starts_with(b"PK"));
    // The archive's own identity does not open it.
    assert!(ParcelOpener::new().open(&answer.body).is_none());
    let act = door.archive.accesses().pop().unwrap().1;
    assert_eq!((&act["act"], &act["of"]), (&json!("report"), &json!("report")));
}

#[tokio::test]
async fn two_people_under_one_number_are_told_apart_before_anything_is_given_out() {
    let door = Door::new();
    for (at, id) in [(1, "DE.1"), (2, "DE.2")] {
        let mut record = message(at, &format!("wamid.{at}"), "hello");
        record.from.as_mut().unwrap().user_id = Some(id.to_owned());
        door.archive.keep(&record).await;
    }
    door.archive.indexed().await;
    let opener = ParcelOpener::new();
    let mut body = json!({"identifiers": [PHONE], "recipient": opener.recipient(), "reason": "r"});
    let told = door.sent("/v1/subjects/report", &door.privacy, &body).await;
    let told = told.is_problem(409, "identity_conflict");
    assert_eq!(told["found"]["conflicts"][0]["identifier"]["value"], PHONE);
    assert_eq!(told["found"]["conflicts"][0]["groups"].as_array().unwrap().len(), 2);
    body["identifiers"] = json!([PHONE, "DE.1"]);
    body["exact"] = json!(true);
    let answer = door.sent("/v1/subjects/report", &door.privacy, &body).await;
    assert!(opener.open(&answer.body).is_some());
    let mut restrict = json!({"identifiers": [PHONE], "ground": "claims", "reason": "r"});
    let address = "/v1/subjects/restrictions";
    door.sent(address, &door.privacy, &restrict).await.is_problem(409, "identity_conflict");
    restrict["exact"] = json!(true);
    assert_eq!(door.sent(address, &door.privacy, &restrict).await.status, 201);
}

#[tokio::test]
async fn what_is_restricted_is_named_as_such_and_shown_to_who_answers_for_it() {
    let door = Door::new();
    let record = door.customer_said("the quay").await;
    let restriction = door.restricted(PHONE).await;
    let address = format!("/v1/records/{record}");
    for token in [&door.officer, &door.admin] {
        let told = door.get(&address, token).await.is_problem(403, "restricted");
        assert_eq!(told["restriction"], restriction.as_str());
        assert!(told["detail"].as_str().unwrap().contains("counsel, privacy"), "{told}");
        let hit = door.get("/v1/search?q=quay", token).await.json()["hits"][0].clone();
        assert_eq!(
            (&hit["problem"], &hit["restriction"]),
            (&json!("restricted"), &json!(restriction))
        );
        assert!(!hit.to_string().contains(PHONE), "{hit}");
    }
    for token in [&door.counsel, &door.privacy] {
        assert_eq!(door.get(&address, token).await.status, 200);
    }
    let lift = format!("/v1/subjects/restrictions/{restriction}/lift");
    let why = json!({"reason": "corrected", "informed": "letter of 20 November"});
    door.sent(&lift, &door.officer, &why).await.is_problem(403, "not_permitted");
    let lifted = door.sent(&lift, &door.privacy, &why).await.json();
    assert_eq!(
        (&lifted["in_force"], &lifted["lifted"]["by"]["name"]),
        (&json!(false), &json!("Petra Privacy"))
    );
    assert_eq!(door.get(&address, &door.officer).await.status, 200);
    door.sent(&lift, &door.privacy, &why).await.is_problem(409, "refused");
}

#[tokio::test]
async fn restrictions_are_listed_in_pages_and_name_the_entry_of_their_decision() {
    let door = Door::new();
    door.customer_said("hello").await;
    let body = json!({"identifiers": [PHONE], "ground": "objection", "reason": "weighed"});
    let placed = door.sent("/v1/subjects/restrictions", &door.privacy, &body).await.json();
    let first = placed["restriction"]["restriction"].as_str().unwrap().to_owned();
    let entries = door.archive.entries();
    let entry = &entries[usize::try_from(placed["entry"].as_u64().unwrap()).unwrap()];
    assert_eq!(entry.kept().unwrap().record.to_string(), first);
    let leaf = door.archive.log.store().leaf(entry.index).unwrap().unwrap();
    assert!(!String::from_utf8(leaf).unwrap().contains(PHONE), "nothing personal in a leaf");
    assert_eq!(
        (&placed["restriction"]["keeps"], &placed["restriction"]["in_force"]),
        (&json!(false), &json!(true))
    );
    let second = door.restricted(OTHER).await;
    let list = |query: &str| format!("/v1/subjects/restrictions{query}");
    let page = door.get(&list("?limit=1"), &door.counsel).await.json();
    assert_eq!((&page["total"], &page["next"]), (&json!(2), &json!(first)));
    let rest = door.get(&list(&format!("?limit=1&after={first}")), &door.counsel).await.json();
    assert_eq!(rest["restrictions"][0]["restriction"], second.as_str());
    assert_eq!(door.get(&list("?in_force=false"), &door.privacy).await.json()["total"], 0);
    let one = door.get(&list(&format!("/{second}")), &door.privacy).await.json();
    assert_eq!(one["identifiers"], json!([{"kind": "phone", "value": OTHER}]));
    let none = "0".repeat(32);
    door.get(&list(&format!("/{none}")), &door.privacy).await.is_problem(404, "not_found");
    door.get(&list("/zz"), &door.privacy).await.is_problem(400, "bad_id");
    door.get(&list("?limit=0"), &door.privacy).await.is_problem(400, "bad_limit");
    door.get(&list("?limits=1"), &door.privacy).await.is_problem(400, "bad_parameter");
    door.get(&list(&format!("?after={none}")), &door.privacy)
        .await
        .is_problem(400, "bad_parameter");
}

#[tokio::test]
async fn what_says_too_little_or_what_is_not_understood_is_refused_and_writes_nothing() {
    let door = Door::new();
    let recipient = ParcelOpener::new().recipient();
    let before = door.archive.entries().len();
    let report = |name: &str, value: Value| {
        let mut body = json!({"identifiers": [PHONE], "recipient": recipient, "reason": "r"});
        body[name] = value;
        ("/v1/subjects/report", body)
    };
    let restrict = |name: &str, value: Value| {
        let mut body = json!({"identifiers": [PHONE], "ground": "claims", "reason": "r"});
        body[name] = value;
        ("/v1/subjects/restrictions", body)
    };
    for ((address, body), status, code) in [
        (report("recipient", json!("ssh-ed25519 AAAA")), 400, "bad_recipient"),
        (report("reason", json!(" ")), 400, "reason_missing"),
        (report("identifiers", json!([])), 400, "bad_identifier"),
        (report("identifiers", json!(["01555 0100777"])), 400, "bad_identifier"),
        (report("identifiers", json!(PHONE)), 400, "bad_json"),
        (report("request", json!("0".repeat(32))), 404, "not_found"),
        (report("passphrase", json!("x")), 400, "bad_json"),
        (restrict("ground", json!("mood")), 400, "bad_json"),
        (restrict("reason", json!("x".repeat(4_001))), 400, "reason_too_long"),
        (restrict("identifiers", json!(["  "])), 400, "bad_identifier"),
    ] {
        door.sent(address, &door.privacy, &body).await.is_problem(status, code);
    }
    assert_eq!(door.archive.entries().len(), before);
    let restriction = door.restricted(PHONE).await;
    let untold = json!({"reason": "r", "informed": " "});
    let lift = format!("/v1/subjects/restrictions/{restriction}/lift");
    let told = door.sent(&lift, &door.privacy, &untold).await.is_problem(400, "bad_restriction");
    assert!(told["detail"].as_str().unwrap().contains("18(3)"), "{told}");
}
