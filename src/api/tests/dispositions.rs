//! Schedules, events, plans and runs, asked for over HTTP.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::query::fixtures::{HOUSE, PHONE, message};

const DAY: u64 = 24 * 60 * 60;

fn post(address: &str, token: &str, body: &Value) -> Request<Body> {
    let builder = Request::post(address)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    builder.body(Body::from(body.to_string())).unwrap()
}

fn post_file(address: &str, token: &str, mime: &str, reason: &str, file: &str) -> Request<Body> {
    let builder = Request::post(address)
        .header("authorization", format!("Bearer {token}"))
        .header("muniment-reason", reason)
        .header("content-type", mime);
    builder.body(Body::from(file.to_owned())).unwrap()
}

impl Door {
    async fn adopt(&self, file: &str) -> Answer {
        let mime = "application/toml";
        self.ask(post_file("/v1/schedules", &self.records, mime, "the board", file)).await
    }

    async fn step(&self, token: &str, address: &str, reason: &str) -> Answer {
        self.ask(post(address, token, &json!({"reason": reason}))).await
    }

    /// Another token for who governs.
    fn second(&self) -> String {
        let now = self.archive.clock.now();
        let made = tokens::create(&self.tokens_file, "Nils Second", Role::Records, now, None);
        made.unwrap().1.to_string()
    }

    async fn plan(&self) -> Answer {
        self.ask(post("/v1/dispositions", &self.records, &json!({}))).await
    }
}

#[tokio::test]
async fn a_schedule_is_adopted_listed_and_withdrawn() {
    let door = Door::new();
    let adopted = door.adopt(HOUSE).await;
    assert_eq!(adopted.status, 201, "{}", adopted.text());
    let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, HOUSE.as_bytes()));
    assert_eq!(adopted.json()["sha256"], sha256);
    let listed = door.get("/v1/schedules", &door.auditor).await.json();
    let version = &listed["schedules"][0];
    assert_eq!(version["name"], "house");
    assert_eq!((&version["sha256"], &version["until"]), (&json!(sha256), &Value::Null));
    assert_eq!(
        (&version["by"], &version["since"]),
        (&json!("Rhea Records"), &adopted.json()["entry"])
    );

    door.adopt(HOUSE).await.is_problem(409, "refused");
    door.step(&door.records, "/v1/schedules/hause/withdraw", "x")
        .await
        .is_problem(404, "not_found");
    let withdraw = "/v1/schedules/house/withdraw";
    door.step(&door.records, withdraw, " ").await.is_problem(400, "reason_missing");
    assert_eq!(door.step(&door.records, withdraw, "replaced").await.status, 200);
    door.step(&door.records, withdraw, "again").await.is_problem(409, "refused");
    let listed = door.get("/v1/schedules", &door.auditor).await.json();
    assert!(listed["schedules"][0]["until"].is_u64(), "{listed}");
}

#[tokio::test]
async fn what_is_wrong_with_a_schedule_is_told_with_its_lines() {
    let door = Door::new();
    let bad = HOUSE.replace("years = 1", "yaers = 1").replace("\"destroy\"", "\"burn\"");
    let told = door.adopt(&bad).await.is_problem(400, "bad_schedule");
    let problems = told["problems"].as_array().unwrap();
    assert!(problems.len() >= 2 && problems[0]["line"].as_u64().unwrap() > 10, "{told}");

    let file = |mime, reason, file| post_file("/v1/schedules", &door.records, mime, reason, file);
    door.ask(file("application/json", "x", HOUSE)).await.is_problem(415, "unsupported_media_type");
    door.ask(file("text/plain", " ", HOUSE)).await.is_problem(400, "reason_missing");
    let long = format!("{HOUSE}#{}", "x".repeat(crate::policy::SCHEDULE_BYTES_MAX));
    door.ask(file("text/plain", "x", &long)).await.is_problem(413, "body_too_large");
    let listed = door.get("/v1/schedules", &door.records).await.json();
    assert_eq!(listed["schedules"], json!([]));
}

#[tokio::test]
async fn a_run_is_planned_approved_by_another_carried_out_and_proven() {
    let door = Door::new();
    let record = door.archive.keep(&message(0, "w1", "sell the zinc")).await;
    door.adopt(HOUSE).await;
    assert_eq!(door.plan().await.json()["later"], 1);
    door.archive.hand.advance(Duration::from_secs(400 * DAY));
    let planned = door.plan().await;
    assert_eq!(planned.status, 201, "{}", planned.text());
    let planned = planned.json();
    assert_eq!(planned["groups"][0]["authority"], json!(["House rules, 1.2"]));
    assert_eq!((&planned["records"], &planned["approvals_needed"]), (&json!(1), &json!(1)));
    let run = format!("/v1/dispositions/{}", planned["run"].as_str().unwrap());

    let page = door.get(&format!("{run}?group=0"), &door.auditor).await.json();
    assert_eq!(page["entries"][0]["record"], record.to_string());
    door.get(&format!("{run}?group=1"), &door.auditor).await.is_problem(404, "not_found");
    door.step(&door.records, &format!("{run}/approve"), "I").await.is_problem(409, "refused");
    let execute = || door.ask(post(&format!("{run}/execute"), &door.records, &json!({})));
    execute().await.is_problem(409, "refused");
    let second = door.second();
    let approved = door.step(&second, &format!("{run}/approve"), "read it").await.json();
    assert_eq!((&approved["stage"], &approved["working"]), (&json!("approved"), &json!(false)));

    assert_eq!(execute().await.status, 202);
    for _ in 0..3000 {
        if door.get(&run, &door.auditor).await.json()["stage"] == "finished" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let finished = door.get(&run, &door.auditor).await.json();
    assert_eq!((&finished["stage"], &finished["destroyed"]), (&json!("finished"), &json!(1)));
    execute().await.is_problem(409, "refused");
    door.get(&format!("/v1/records/{record}"), &door.officer).await.is_problem(410, "destroyed");
    door.get(&format!("/v1/records/{record}/retention"), &door.records)
        .await
        .is_problem(410, "destroyed");
    door.archive.signed().await;
    let certificate = door.get(&format!("{run}/certificate"), &door.auditor).await;
    let certificate = crate::disposition::certificate::Certificate::parse(&certificate.body);
    let keys = [door.archive.log.verifier_key().clone()];
    assert_eq!(certificate.unwrap().verify(&keys).unwrap().records, 1);
    let listed = door.get("/v1/dispositions?stage=finished", &door.auditor).await.json();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_preview_and_a_simulation_write_nothing() {
    let door = Door::new();
    door.archive.keep(&message(0, "w1", "sell the zinc")).await;
    door.archive.hand.advance(Duration::from_secs(100 * DAY));
    let before = door.archive.entries().len();
    let file = post_file("/v1/schedules/simulate", &door.records, "text/toml", "", HOUSE);
    let told = door.ask(file).await.json();
    let due: Vec<_> =
        told["horizons"].as_array().unwrap().iter().map(|at| at["due"].clone()).collect();
    assert_eq!(due, [0, 1, 1, 1], "{told}");
    assert_eq!(told["rules"][0]["due"], json!([0, 1, 1, 1]));
    let preview = door.ask(post("/v1/dispositions/preview", &door.records, &json!({}))).await;
    assert_eq!((&preview.json()["unruled"], &preview.json()["run"]), (&json!(1), &Value::Null));
    assert_eq!(door.archive.entries().len(), before);
}

#[tokio::test]
async fn an_event_starts_a_period_and_one_of_nobody_is_refused() {
    let door = Door::new();
    door.archive.keep(&message(0, "w1", "terms")).await;
    door.adopt(&HOUSE.replace("\"message\"\n", "{ event = \"contract_end\" }\n")).await;
    let tell = |body: Value| door.ask(post("/v1/events", &door.records, &body));
    assert_eq!(door.plan().await.json()["waiting"], 1);
    let at = "2020-01-31T00:00:00Z";
    let event = |party: &str, reason: &str| json!({"event": "contract_end", "party": party, "at": at, "reason": reason});
    tell(event(" ", "letter")).await.is_problem(400, "bad_event");
    tell(event(PHONE, "")).await.is_problem(400, "reason_missing");
    tell(json!({"event": "e", "party": PHONE, "at": at, "reason": "r", "all": true}))
        .await
        .is_problem(400, "bad_json");
    assert_eq!(tell(event(&format!("+{PHONE}"), "letter")).await.status, 201);
    assert_eq!(door.plan().await.json()["records"], 1);
}

#[tokio::test]
async fn a_clock_that_was_set_plans_nothing() {
    let door = Door::new();
    door.archive.keep(&message(0, "w1", "sell the zinc")).await;
    door.adopt(HOUSE).await;
    door.archive.hand.set_ahead(Duration::from_secs(400 * DAY));
    let told = door.plan().await.is_problem(409, "clock_untrusted");
    assert!(told["detail"].as_str().unwrap().contains("restart"), "{told}");
    // What would be due can still be looked at.
    let preview = door.ask(post("/v1/dispositions/preview", &door.records, &json!({}))).await;
    assert_eq!(preview.json()["records"], 1);
}

#[tokio::test]
async fn a_silent_hold_is_in_no_explanation_but_for_those_who_place_holds() {
    let door = Door::new();
    let record = door.archive.keep(&message(0, "w1", "sell the zinc")).await;
    door.adopt(HOUSE).await;
    let hold = json!({
        "matter": "M", "custodian": "C", "reason": "R", "authority": "A", "silent": true,
        "scope": {"parties": [PHONE]},
    });
    let placed = door.ask(post("/v1/holds", &door.counsel, &hold)).await;
    assert_eq!(placed.status, 201, "{}", placed.text());
    door.archive.hand.advance(Duration::from_secs(400 * DAY));
    door.archive.indexed().await;
    let address = format!("/v1/records/{record}/retention");
    let seen = door.get(&address, &door.counsel).await.json();
    assert_eq!((seen["holds"].as_array().unwrap().len(), &seen["may_go"]), (1, &json!(false)));
    let unseen = door.get(&address, &door.officer).await.json();
    assert_eq!((&unseen["holds"], &unseen["may_go"]), (&json!([]), &json!(true)));
    assert_eq!(unseen["decision"]["applied"][0]["rule"], "messages");
    assert_eq!(door.plan().await.json()["held"], 1);
}

#[tokio::test]
async fn which_hold_kept_a_record_from_a_run_is_told_to_those_who_place_holds() {
    let door = Door::new();
    door.archive.keep(&message(0, "w1", "sell the zinc")).await;
    door.adopt(HOUSE).await;
    door.archive.hand.advance(Duration::from_secs(400 * DAY));
    let run = door.plan().await.json()["run"].as_str().unwrap().to_owned();
    let address = format!("/v1/dispositions/{run}");
    let second = door.second();
    assert_eq!(door.step(&second, &format!("{address}/approve"), "read it").await.status, 200);
    let hold = json!({
        "matter": "M", "custodian": "C", "reason": "R", "authority": "A", "silent": true,
        "scope": {"parties": [PHONE]},
    });
    let placed = door.ask(post("/v1/holds", &door.counsel, &hold)).await.json();
    let hold = placed["hold"]["hold"].as_str().unwrap();
    let begun = door.ask(post(&format!("{address}/execute"), &door.records, &json!({}))).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let finished = async {
        loop {
            let shown = door.get(&address, &door.records).await.json();
            if shown["stage"] == "finished" {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let shown = finished.await;
    assert_eq!(shown["withheld"], json!([{"why": "a hold", "records": 1}]));
    let seen = door.get(&address, &door.counsel).await.json();
    assert_eq!(seen["withheld"], json!([{"why": "a hold", "records": 1, "holds": [hold]}]));
    // Nor does the decision itself say which.
    let acts = door.archive.entries();
    let ended = acts.iter().rev().find_map(|entry| Some(entry.kept()?.record)).unwrap();
    let told = door.archive.govern.told(ended).unwrap().unwrap().1;
    assert!(!format!("{:?}", told.act).contains(hold), "{:?}", told.act);
}
