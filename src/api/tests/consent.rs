//! Consent over HTTP: told, asked, looked at, imported.

use serde_json::json;

use super::*;
use crate::policy::consent::{Notice, Signals};
use crate::query::fixtures::{NUMBER, PHONE, message};
use crate::record::{Class, Record, RecordId};

const AT: &str = "2026-11-21T07:00:00Z";
const HEADER: &str = "subject,kind,purposes,channel,number,at,expires,language,version,wording,jurisdiction,legal_basis,reference";

fn post(address: &str, mime: &str, body: impl Into<Body>, token: &str) -> Request<Body> {
    let builder = Request::builder()
        .method("POST")
        .uri(address)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", mime);
    builder.body(body.into()).unwrap()
}

impl Door {
    async fn post_json(&self, address: &str, json: &Value) -> Answer {
        self.ask(post(address, "application/json", json.to_string(), &self.officer)).await
    }

    async fn import(&self, lines: &[String]) -> Answer {
        let file = format!("{HEADER}\n{}\n", lines.join("\n"));
        self.ask(post("/v1/consent/import", "text/csv; charset=utf-8", file, &self.officer)).await
    }

    async fn state(&self, more: &str) -> Value {
        let address = format!("/v1/consent?subject=%2B{PHONE}&number={NUMBER}&{more}");
        self.get(&address, &self.officer).await.json()
    }

    /// A message with a word, and what capture notes beside it; the note's record.
    async fn said(&self, text: &str) -> RecordId {
        let sent = message(0, "wamid.A", text);
        let record = self.archive.keep(&sent).await;
        let what = Signals::shipped().read(text).unwrap();
        let raw = Notice::Recognised { record, what }.to_raw();
        let mut note = Record { class: Class::Consent, raw, ..sent };
        note.body.text = None;
        self.archive.keep(&note).await
    }
}

fn told() -> Value {
    json!({"kind": "opt_in", "subject": [format!("+{PHONE}")], "purposes": ["marketing"],
        "at": AT, "wording": {"text": "May we?", "version": "v3", "language": "en"},
        "jurisdiction": "DE", "legal_basis": "GDPR 6(1)(a)",
        "evidence": {"means": "form", "reference": "form 12"}})
}

#[tokio::test]
async fn what_is_told_holds_when_it_is_answered_and_is_asked_with_its_proof() {
    let door = Door::new();
    let answer = door.post_json("/v1/consent", &told()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let decided = answer.json();
    let asked = door.state("purpose=marketing&at=2026-11-21T07:30:00Z").await;
    let [state] = asked["states"].as_array().unwrap().as_slice() else { panic!("{asked}") };
    assert_eq!((&state["state"], &state["since"]), (&"given".into(), &AT.into()));
    assert_eq!(state["then"], "unknown", "it was recorded at eight");
    let evidence = &state["evidence"];
    assert_eq!(evidence["record"], decided["record"]);
    assert_eq!(evidence["entry"], decided["entry"]);
    assert_eq!(evidence["by"]["name"], "Otto Officer");
    assert_eq!(evidence["evidence"], json!({"means": "form", "reference": "form 12"}));
    assert_eq!(evidence["wording"]["version"], "v3");
    let before = door.state("purpose=marketing&at=2026-11-21T06:59:59Z").await;
    assert_eq!(before["states"][0]["state"], "unknown");
    let all = door.get(&format!("/v1/consent?subject={PHONE}"), &door.officer).await.json();
    assert_eq!(all["states"].as_array().unwrap().len(), 4, "a line a purpose: {all}");
    let receipt = format!("/v1/records/{}/entry", decided["record"].as_str().unwrap());
    assert_eq!(door.get(&receipt, &door.auditor).await.json()["kind"], "governed");
}

#[tokio::test]
async fn every_reading_is_an_entry_that_seals_whom_it_was_about() {
    let door = Door::new();
    door.post_json("/v1/consent", &told()).await;
    let record = format!("/v1/consent/record?subject={PHONE}&purpose=marketing");
    for address in [
        &format!("/v1/consent?subject={PHONE}&purpose=ai"),
        &format!("/v1/consent/history?subject={PHONE}"),
        "/v1/consent/review",
        &record,
    ] {
        let mut request = get(address, &door.officer);
        request.headers_mut().insert("muniment-reason", "complaint".parse().unwrap());
        assert_eq!(door.ask(request).await.status, 200, "{address}");
    }
    let accesses = door.archive.accesses();
    let of: Vec<_> = accesses.iter().map(|(_, told)| told["of"].as_str().unwrap()).collect();
    assert_eq!(of, ["state", "history", "review", "record"]);
    for (entry, told) in &accesses {
        assert_eq!((&told["act"], &told["reason"]), (&"read_consent".into(), &"complaint".into()));
        assert!(!format!("{entry:?}").contains(PHONE));
    }
    assert_eq!(accesses[0].1["subject"], PHONE);
    assert_eq!(accesses[0].1["purpose"], "ai");
    for token in [&door.auditor, &door.records] {
        door.get("/v1/consent/review", token).await.is_problem(403, "not_permitted");
    }
    assert_eq!(door.archive.accesses().len(), 4);
}

#[tokio::test]
async fn a_candidate_is_looked_at_once_with_a_reason() {
    let door = Door::new();
    let candidate = door.said("cancel").await;
    let second = door.said("iptal").await;
    let review = door.get("/v1/consent/review?limit=1", &door.officer).await.json();
    assert_eq!((&review["open"], review["candidates"].as_array().unwrap().len()), (&2.into(), 1));
    let first = review["next"].as_str().unwrap();
    let next = format!("/v1/consent/review?after={first}");
    let next = door.get(&next, &door.officer).await.json();
    assert_eq!(next["next"], Value::Null);
    let shown: Vec<_> = [&review, &next].map(|page| page["candidates"][0]["record"].clone()).into();
    for id in [candidate, second] {
        assert!(shown.contains(&json!(id)), "{shown:?}");
    }
    let state = || door.state("purpose=marketing");
    assert_eq!(state().await["states"][0]["state"], "in_review");
    let address = |id: RecordId| format!("/v1/consent/review/{id}");
    let verdict = |verdict: &str, reason: &str| json!({"verdict": verdict, "reason": reason});
    let no_reason = door.post_json(&address(candidate), &verdict("meant", " ")).await;
    no_reason.is_problem(409, "refused");
    for (id, word) in [(candidate, "not_meant"), (second, "meant")] {
        let resolved = door.post_json(&address(id), &verdict(word, "an order")).await;
        assert_eq!(resolved.status, 201, "{}", resolved.text());
    }
    assert_eq!(state().await["states"][0]["state"], "withdrawn");
    let again = door.post_json(&address(second), &verdict("meant", "again")).await;
    again.is_problem(409, "refused");
    let history = format!("/v1/consent/history?subject={PHONE}");
    let history = door.get(&history, &door.officer).await.json();
    let resolution = &history["signals"][0]["resolution"];
    assert_eq!(
        (&resolution["reason"], &resolution["by"]["name"]),
        (&"an order".into(), &"Otto Officer".into())
    );
}

#[tokio::test]
async fn a_file_is_imported_whole_or_not_at_all() {
    let door = Door::new();
    let line = |who: &str, kind: &str| format!("{who},{kind},marketing,whatsapp,,{AT},,,,,,,crm");
    let bad = door.import(&[line(PHONE, "opt_in"), line("4915550100888", "yes")]).await;
    assert_eq!(bad.status, 200);
    let bad = bad.json();
    assert_eq!(bad["imported"], Value::Null);
    assert_eq!(bad["lines"][0], json!({"line": 2, "outcome": "ready"}));
    assert_eq!(bad["lines"][1]["outcome"], "refused");
    assert!(bad["lines"][1]["why"].as_str().unwrap().starts_with("kind:"), "{bad}");
    assert_eq!(door.state("purpose=marketing").await["states"][0]["state"], "unknown");

    let lines: Vec<String> =
        (0..2000).map(|at| line(&format!("49155501{at:05}"), "opt_in")).collect();
    let good = door.import(&lines).await;
    assert_eq!(good.status, 201, "larger than any other request: {}", good.text());
    let good = good.json();
    assert_eq!(good["lines"][1999], json!({"line": 2001, "outcome": "taken"}));
    let one = door.get("/v1/consent/history?subject=4915550100007", &door.officer).await.json();
    assert_eq!(one["signals"][0]["line"], 9);
    assert_eq!(one["signals"][0]["evidence"]["sha256"], good["sha256"]);
    assert_eq!(one["signals"][0]["record"], good["imported"]["record"]);

    let entries = door.archive.entries().len();
    let again = door.import(&lines).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["lines"][7]["outcome"], "duplicate");
    assert_eq!(door.archive.entries().len(), entries, "nothing new is nothing decided");
}

#[tokio::test]
async fn a_consent_record_has_the_sections_of_the_standard() {
    let door = Door::new();
    door.post_json("/v1/consent", &told()).await;
    door.said("STOP").await;
    let address = format!("/v1/consent/record?subject={PHONE}&purpose=marketing&number={NUMBER}");
    let record = door.get(&address, &door.officer).await.json();
    assert_eq!(record["header"]["pii_principal_id"], json!([format!("+{PHONE}")]));
    let processing = &record["processing"][0];
    assert_eq!(
        (&processing["purpose"], &processing["language"]),
        (&"marketing".into(), &"en".into())
    );
    assert_eq!(processing["privacy_notice"], "May we?");
    assert_eq!(processing["lawful_basis"], "GDPR 6(1)(a)");
    assert_eq!(processing["storage_locations"], Value::Null, "what is not known is not invented");
    let states: Vec<_> =
        record["events"].as_array().unwrap().iter().map(|it| &it["event_state"]).collect();
    assert_eq!(states, ["withdrawn", "given"], "by the time at which they were said");
    assert_eq!(record["muniment"]["state"], "given");
    let other = format!("/v1/consent/record?subject={PHONE}&purpose=ai&number=1");
    door.get(&other, &door.officer).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_is_written() {
    let door = Door::new();
    let entries = door.archive.entries().len();
    let with = |name: &str, value: Value| {
        let mut told = told();
        told[name] = value;
        told
    };
    let nowhere = json!({"means": "message", "record": "0".repeat(32)});
    for (told, code) in [
        (with("kind", "stop".into()), "bad_json"),
        (with("colour", "red".into()), "bad_json"),
        (with("purposes", json!([])), "bad_json"),
        (with("subject", json!([])), "bad_consent"),
        (with("at", "2030-01-01T00:00:00Z".into()), "bad_consent"),
        (with("evidence", json!({"means": "call"})), "bad_consent"),
        (with("evidence", json!({"means": "import", "reference": "x"})), "bad_consent"),
        (with("evidence", nowhere), "bad_consent"),
    ] {
        door.post_json("/v1/consent", &told).await.is_problem(400, code);
    }
    for (address, code) in [
        ("/v1/consent", "bad_parameter"),
        ("/v1/consent?subject=", "bad_parameter"),
        ("/v1/consent?subject=1&purpose=fun", "bad_parameter"),
        ("/v1/consent?subject=1&at=yesterday", "bad_parameter"),
        ("/v1/consent/history?subject=1&purpose=ai", "bad_parameter"),
        ("/v1/consent/record?subject=1", "bad_parameter"),
        ("/v1/consent/review?limit=0", "bad_limit"),
        ("/v1/consent/review?after=x", "bad_id"),
    ] {
        door.get(address, &door.officer).await.is_problem(400, code);
    }
    let csv = |mime, body: &'static str| post("/v1/consent/import", mime, body, &door.officer);
    door.ask(csv("application/json", "{}")).await.is_problem(400, "bad_csv");
    door.ask(csv("text/csv", "phone;state\n")).await.is_problem(400, "bad_csv");
    let large = vec![b'x'; crate::projection::consent::IMPORT_BYTES_MAX + 1];
    let large = post("/v1/consent/import", "text/csv", large, &door.officer);
    door.ask(large).await.is_problem(413, "body_too_large");
    let missing = json!({"verdict": "meant", "reason": "x"});
    door.post_json(&format!("/v1/consent/review/{}", "0".repeat(32)), &missing)
        .await
        .is_problem(409, "refused");
    assert_eq!(door.archive.entries().len(), entries);
}
