//! Data subjects' requests over HTTP: from the request to the letter.

use serde_json::json;

use super::*;
use crate::query::fixtures::{HOUSE, PHONE, message};
use crate::record::{Class, Direction, Party};

const REQUESTS: &str = "/v1/subjects/requests";

fn post(address: &str, token: &str, body: &Value) -> Request<Body> {
    let builder = Request::post(address)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    builder.body(Body::from(body.to_string())).unwrap()
}

/// A request for erasure, as it is told.
fn asked() -> Value {
    json!({"kind": "erasure", "identifiers": [format!("+{PHONE}")],
        "reason": "by letter; passport shown", "received": "2026-11-20"})
}

fn answer() -> Value {
    json!({"language": "en", "from": "Halyard Bank", "reason": "We dealt with it."})
}

impl Door {
    /// Tells of a request; its address.
    async fn told(&self, body: &Value) -> String {
        let told = self.ask(post(REQUESTS, &self.privacy, body)).await;
        assert_eq!(told.status, 201, "{}", told.text());
        format!("{REQUESTS}/{}", told.json()["request"].as_str().unwrap())
    }

    async fn step_of(&self, request: &str, step: &str, body: &Value) -> Answer {
        self.ask(post(&format!("{request}/{step}"), &self.privacy, body)).await
    }

    /// A message that the house keeps for a year, and a status that no rule is for.
    async fn filled(&self) {
        let adopting = Request::post("/v1/schedules")
            .header("authorization", format!("Bearer {}", self.records))
            .header("muniment-reason", "the board")
            .header("content-type", "application/toml");
        let adopted = self.ask(adopting.body(Body::from(HOUSE)).unwrap()).await;
        assert_eq!(adopted.status, 201, "{}", adopted.text());
        self.archive.keep(&message(0, "w1", "sell")).await;
        let mut status = message(1, "w2", "delivered");
        (status.class, status.direction) = (Class::Status, Some(Direction::Outbound));
        status.to = Some(Party { phone: Some(PHONE.into()), ..Party::default() });
        self.archive.keep(&status).await;
        self.archive.indexed().await;
    }
}

#[tokio::test]
async fn an_erasure_goes_from_the_request_over_the_run_to_the_letter() {
    let door = Door::new();
    door.filled().await;
    let request = door.told(&asked()).await;
    let shown = door.get(&request, &door.privacy).await.json();
    assert_eq!((&shown["due"], &shown["late"]), (&json!("2026-12-21T00:00:00Z"), &json!(false)));

    let look = json!({"reason": "the request", "preview": true});
    let preview = door.step_of(&request, "erase", &look).await;
    assert_eq!(preview.status, 200, "{}", preview.text());
    assert_eq!((&preview.json()["run"], &preview.json()["records"]), (&Value::Null, &json!(1)));
    let left = door.step_of(&request, "answer", &answer()).await;
    left.is_problem(409, "refused");

    let planned = door.step_of(&request, "erase", &json!({"reason": "the request"})).await;
    assert_eq!(planned.status, 201, "{}", planned.text());
    let planned = planned.json();
    assert_eq!(planned["goes"][0]["class"], "status");
    let why = &planned["kept"][0]["why"];
    assert_eq!((&why["for"], &why["authority"]), (&json!("duty"), &json!(["House rules, 1.2"])));
    let open = door.step_of(&request, "answer", &answer()).await;
    assert_eq!(open.status, 409, "{}", open.text());
    assert_eq!(door.get(&request, &door.privacy).await.json()["known_by"][0]["value"], PHONE);

    // Who governs approves and carries out, as every disposition.
    let run = format!("/v1/dispositions/{}", planned["run"].as_str().unwrap());
    for (step, token) in [("approve", &door.records), ("execute", &door.records)] {
        let body = if step == "approve" { json!({"reason": "read"}) } else { json!({}) };
        let mut done = door.ask(post(&format!("{run}/{step}"), token, &body)).await;
        if step == "approve" && done.json()["stage"] == "planned" {
            let now = door.archive.clock.now();
            let made = tokens::create(&door.tokens_file, "Nils Second", Role::Records, now, None);
            let second = made.unwrap().1.to_string();
            done = door.ask(post(&format!("{run}/{step}"), &second, &body)).await;
        }
        assert!(done.status.is_success(), "{step}: {}", done.text());
    }
    for _ in 0..600 {
        if door.get(&run, &door.auditor).await.json()["stage"] == "finished" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    let mut draft = answer();
    draft["draft"] = json!(true);
    let draft = door.step_of(&request, "answer", &draft).await.json();
    assert_eq!(draft["decision"], Value::Null);
    let answered = door.step_of(&request, "answer", &answer()).await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    let answered = answered.json();
    assert_eq!(answered["letter"], draft["letter"]);
    let letter = door.get(&format!("{request}/letter"), &door.privacy).await;
    assert_eq!(letter.text(), answered["letter"].as_str().unwrap());
    assert!(letter.text().contains("Delivery reports: 1") && letter.text().contains("Messages: 1"));
    let greek = door.get(&format!("{request}/letter?language=el"), &door.privacy).await;
    assert!(greek.text().contains("2027-11-22") && greek.text().contains("Halyard Bank"));
    let shown = door.get(&request, &door.privacy).await.json();
    let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, &letter.body));
    assert_eq!(shown["answered"]["sha256"], sha256);
    let again = door.step_of(&request, "answer", &answer()).await;
    assert_eq!(again.status, 404, "{}", again.text());
}

#[tokio::test]
async fn a_request_can_be_refused_with_a_reason_and_extended_in_time() {
    let door = Door::new();
    door.filled().await;
    let request = door.told(&asked()).await;
    let extended = door.step_of(&request, "extend", &json!({"reason": "many"})).await;
    assert_eq!(extended.json()["due"], "2027-02-21T00:00:00Z");
    assert_eq!(door.step_of(&request, "extend", &json!({"reason": "more"})).await.status, 409);
    let mut refusal = answer();
    refusal["refuse"] = json!(true);
    let refused = door.step_of(&request, "answer", &refusal).await;
    assert_eq!(refused.status, 200, "{}", refused.text());
    let letter = refused.json()["letter"].as_str().unwrap().to_owned();
    assert!(letter.contains("We dealt with it.") && letter.contains("art. 77"), "{letter}");
}

#[tokio::test]
async fn requests_are_listed_by_what_is_open_and_late() {
    let door = Door::new();
    let mut report = asked();
    report["kind"] = json!("report");
    let first = door.told(&report).await;
    // Ids begin with the time.
    door.archive.hand.advance(std::time::Duration::from_secs(1));
    let second = door.told(&asked()).await;
    assert!(door.step_of(&first, "answer", &answer()).await.status.is_success());
    let list = async |query: &str| {
        let listed = door.get(&format!("{REQUESTS}{query}"), &door.privacy).await.json();
        let ids = listed["requests"].as_array().unwrap().iter();
        ids.map(|it| format!("{REQUESTS}/{}", it["request"].as_str().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [first.clone(), second.clone()]);
    assert_eq!(list("?open=true").await, [second.as_str()]);
    assert_eq!(list("?kind=report").await, [first.as_str()]);
    assert_eq!(list("?late=true").await, [""; 0]);
    door.archive.hand.advance(std::time::Duration::from_secs(40 * 24 * 60 * 60));
    assert_eq!(list("?late=true").await, [second.as_str()]);
    let metrics = door.ask(Request::get("/metrics").body(Body::empty()).unwrap()).await;
    for line in ["{state=\"open\"} 1", "{state=\"late\"} 1"] {
        assert!(metrics.text().contains(&format!("muniment_subject_requests{line}\n")));
    }
    let page = door.get(&format!("{REQUESTS}?limit=1"), &door.privacy).await.json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(list(&format!("?after={next}")).await, [second]);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let door = Door::new();
    let bad = |change: &dyn Fn(&mut Value)| {
        let mut body = asked();
        change(&mut body);
        post(REQUESTS, &door.privacy, &body)
    };
    for (request, code) in [
        (bad(&|it| it["received"] = json!("2027-01-01")), "bad_subject_request"),
        (bad(&|it| it["identifiers"] = json!([])), "bad_subject_request"),
        (bad(&|it| it["identifiers"] = json!(["0155 0100777"])), "bad_subject_request"),
        (bad(&|it| it["reason"] = json!(" ")), "bad_subject_request"),
        (bad(&|it| it["kind"] = json!("wish")), "bad_json"),
        (bad(&|it| it["more"] = json!(1)), "bad_json"),
    ] {
        door.ask(request).await.is_problem(400, code);
    }
    let request = door.told(&asked()).await;
    let mut unknown = answer();
    (unknown["language"], unknown["refuse"]) = (json!("xx"), json!(true));
    let unknown = door.step_of(&request, "answer", &unknown).await;
    unknown.is_problem(400, "bad_language");
    let letter = door.get(&format!("{request}/letter"), &door.privacy).await;
    assert_eq!(letter.status, 409, "{}", letter.text());
    let nowhere = format!("{REQUESTS}/00000000000000000000000000000009");
    assert_eq!(door.get(&nowhere, &door.privacy).await.status, 404);
    let erased = door.step_of(&nowhere, "erase", &json!({"reason": "x"})).await;
    assert_eq!(erased.status, 404);
    // Who governs destruction does not learn who asked.
    assert_eq!(door.get(REQUESTS, &door.records).await.status, 403);
}
