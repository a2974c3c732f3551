//! Legal holds: who may place, see and release them, and what they hold.

use serde_json::json;

use super::*;
use crate::query::fixtures::{NUMBER, PHONE, message};

fn post(address: &str, token: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method("POST")
        .uri(address)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// A hold on the customer of the story.
fn hold(matter: &str) -> Value {
    json!({
        "matter": matter, "custodian": "Noor Customer", "reason": "A claim was filed.",
        "authority": "Order of the court, 4 O 12/26", "scope": {"parties": ["+49 1555 0100-777"]},
    })
}

impl Door {
    async fn post(&self, address: &str, token: &str, body: &Value) -> Answer {
        self.ask(post(address, token, body)).await
    }

    async fn place(&self, hold: &Value) -> String {
        let answer = self.post("/v1/holds", &self.counsel, hold).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["hold"]["hold"].as_str().unwrap().to_owned()
    }

    /// A second counsel.
    fn other_counsel(&self, name: &str) -> String {
        let now = self.archive.clock.now();
        let made = tokens::create(&self.tokens_file, name, Role::Counsel, now, None);
        made.unwrap().1.to_string()
    }
}

#[tokio::test]
async fn a_hold_is_in_force_when_it_is_answered_and_names_its_entry() {
    let door = Door::new();
    let mut asked = hold("Halyard v. Quay");
    asked["scope"]["query"] = json!("mortgage OR loan after:2026-03");
    asked["notice"] = json!("Keep every message.");
    let answer = door.post("/v1/holds", &door.counsel, &asked).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let told = answer.json();
    assert_eq!(told["understood"], "mortgage OR (loan AND after:2026-03-01T00:00:00Z)");
    assert_eq!(told["hold"]["state"], "in_force");
    assert_eq!(told["hold"]["notices"][0]["text"], "Keep every message.");
    assert_eq!(told["hold"]["unacknowledged"], 1);
    let entries = door.archive.entries();
    let entry = &entries[usize::try_from(told["entry"].as_u64().unwrap()).unwrap()];
    assert_eq!(entry.kept().unwrap().record.to_string(), told["hold"]["hold"]);
    let leaf = door.archive.log.store().leaf(entry.index).unwrap().unwrap();
    assert!(!String::from_utf8(leaf).unwrap().contains("Noor"), "nothing personal in a leaf");
}

#[tokio::test]
async fn who_sees_decisions_sees_holds_and_counsel_alone_the_silent_ones() {
    let door = Door::new();
    let open = door.place(&hold("Halyard v. Quay")).await;
    let mut silent = hold("Inquiry 7");
    silent["silent"] = json!(true);
    let silent = door.place(&silent).await;
    for (token, sees) in
        [(&door.counsel, 2), (&door.officer, 1), (&door.records, 1), (&door.admin, 1)]
    {
        let listed = door.get("/v1/holds", token).await.json();
        assert_eq!(listed["total"], sees);
        assert_eq!(listed["holds"].as_array().unwrap().len(), sees);
        assert_eq!(door.get(&format!("/v1/holds/{open}"), token).await.status, 200);
        assert_eq!(door.get("/v1/matters/Halyard%20v.%20Quay", token).await.status, 200);
        for address in [format!("/v1/holds/{silent}"), "/v1/matters/Inquiry%207".to_owned()] {
            let answer = door.get(&address, token).await;
            if sees == 2 {
                assert_eq!(answer.status, 200, "{}", answer.text());
            } else {
                answer.is_problem(404, "not_found");
            }
        }
    }
    door.get("/v1/holds", &door.auditor).await.is_problem(403, "not_permitted");
    // Its record is named by the log, which everybody may fetch.
    let record = format!("/v1/records/{silent}");
    door.get(&record, &door.officer).await.is_problem(404, "not_found");
    assert_eq!(door.get(&record, &door.counsel).await.status, 200);
    let open = format!("/v1/records/{open}");
    assert_eq!(door.get(&open, &door.officer).await.json()["content"]["on"], "hold");
}

#[tokio::test]
async fn only_who_may_hold_takes_a_step() {
    let door = Door::new();
    let hold_id = door.place(&hold("Halyard v. Quay")).await;
    let before = door.archive.entries().len();
    for token in [&door.auditor, &door.officer, &door.records, &door.admin] {
        door.post("/v1/holds", token, &hold("x")).await.is_problem(403, "not_permitted");
        for step in ["release", "approve", "notices", "acknowledgements", "review"] {
            let address = format!("/v1/holds/{hold_id}/{step}");
            let answer = door.post(&address, token, &json!({"reason": "r"})).await;
            answer.is_problem(403, "not_permitted");
        }
    }
    assert_eq!(door.archive.entries().len(), before);
}

#[tokio::test]
async fn a_release_needs_two_people_and_another_token_of_the_same_name_is_none() {
    let door = Door::new();
    let id = door.place(&hold("Halyard v. Quay")).await;
    let (release, approve) = (format!("/v1/holds/{id}/release"), format!("/v1/holds/{id}/approve"));
    let why = json!({"reason": "It was settled."});
    door.post(&approve, &door.counsel, &why).await.is_problem(409, "refused");
    let asked = door.post(&release, &door.counsel, &why).await.json();
    assert_eq!(
        (&asked["state"], &asked["release"]["approvals_needed"]),
        (&json!("release_asked"), &json!(1))
    );
    let same = door.other_counsel("cora counsel");
    for token in [&door.counsel, &same] {
        let told = door.post(&approve, token, &why).await.is_problem(409, "refused");
        assert!(told["detail"].as_str().unwrap().contains("another person"), "{told}");
    }
    let second = door.other_counsel("Kostas Second");
    let released = door.post(&approve, &second, &why).await.json();
    assert_eq!(released["state"], "grace");
    assert_eq!(released["ends"], "2026-12-21T08:00:00Z", "{released}");
    let listed = door.get("/v1/holds?state=grace", &door.counsel).await.json();
    assert_eq!(listed["total"], 1);
    assert_eq!(door.get("/v1/holds?state=released", &door.counsel).await.json()["total"], 0);
    let steps: Vec<_> = released["history"].as_array().unwrap().iter().collect();
    let did: Vec<_> = steps.iter().map(|step| &step["did"]).collect();
    assert_eq!(did, ["placed", "counted", "released", "release_approved"]);
    assert_eq!(steps[3]["by"]["name"], "Kostas Second");
}

#[tokio::test]
async fn a_report_counts_what_is_held_and_tells_who_confirmed() {
    let door = Door::new();
    door.archive.keep(&message(1, "wamid.A", "about the mortgage")).await;
    door.archive.keep(&message(2, "wamid.B", "hello")).await;
    let mut by_query = hold("Halyard v. Quay");
    by_query["scope"] = json!({"query": "mortgage", "numbers": [NUMBER]});
    let by_query = door.place(&by_query).await;
    let by_party = door.place(&hold("Halyard v. Quay")).await;
    let told = door
        .post(
            &format!("/v1/holds/{by_party}/notices"),
            &door.counsel,
            &json!({"to": "Noor", "text": "Keep it."}),
        )
        .await
        .json();
    let notice = told["notices"][0]["notice"].as_str().unwrap().to_owned();
    let confirmed = json!({"notice": notice, "by": "Noor"});
    let address = format!("/v1/holds/{by_party}/acknowledgements");
    assert_eq!(door.post(&address, &door.counsel, &confirmed).await.status, 200);
    door.archive.indexed().await;
    let report = door.get("/v1/matters/Halyard%20v.%20Quay", &door.officer).await.json();
    let counts: Vec<_> =
        report["holds"].as_array().unwrap().iter().map(|it| &it["records"]).collect();
    assert_eq!(counts, [1, 2], "{report}");
    assert_eq!(report["holds"][1]["notices"][0]["acknowledged"][0]["by"], "Noor");
    // What comes later is held as well.
    door.archive.keep(&message(3, "wamid.C", "the mortgage again")).await;
    door.archive.indexed().await;
    let shown = door.get(&format!("/v1/holds/{by_query}"), &door.counsel).await.json();
    assert_eq!(shown["records"], 2);
    assert_eq!(shown["scope"]["numbers"], json!([NUMBER]));
    assert!(!report.to_string().contains(PHONE), "only what counsel wrote is told");
}

#[tokio::test]
async fn what_cannot_be_a_hold_is_refused_before_it_is_written_down() {
    let door = Door::new();
    let before = door.archive.entries().len();
    let with = |name: &str, value: Value| {
        let mut hold = hold("m");
        hold[name] = value;
        hold
    };
    for (body, code) in [
        (with("scope", json!({})), "bad_hold"),
        (with("scope", json!({"parties": ["01555 0100777"]})), "bad_hold"),
        (with("scope", json!({"threads": ["9A"]})), "bad_hold"),
        (with("scope", json!({"from": "2026-03-02", "to": "2026-03-01"})), "bad_hold"),
        (with("scope", json!({"from": "2026-02-30"})), "bad_json"),
        (with("scope", json!({"query": "frm:Mira"})), "bad_query"),
        (with("scope", json!({"people": ["x"]})), "bad_json"),
        (with("matter", json!(" ")), "bad_hold"),
        (with("custodian", json!("x".repeat(301))), "bad_hold"),
        (with("until", json!("2027")), "bad_json"),
    ] {
        door.post("/v1/holds", &door.counsel, &body).await.is_problem(400, code);
    }
    let id = door.place(&hold("m")).await;
    let empty = json!({"reason": ""});
    let address = format!("/v1/holds/{id}/release");
    door.post(&address, &door.counsel, &empty).await.is_problem(400, "bad_hold");
    let none = format!("/v1/holds/{}/release", "0".repeat(32));
    door.post(&none, &door.counsel, &json!({"reason": "r"})).await.is_problem(404, "not_found");
    door.get("/v1/holds/zz", &door.counsel).await.is_problem(400, "bad_id");
    door.get("/v1/holds?limit=0", &door.counsel).await.is_problem(400, "bad_limit");
    door.get("/v1/holds?state=open", &door.counsel).await.is_problem(400, "bad_parameter");
    // The hold, and that what it caught was counted.
    assert_eq!(door.archive.entries().len(), before + 2);
}

#[tokio::test]
async fn the_list_is_given_in_pages() {
    let door = Door::new();
    let mut placed = vec![];
    for matter in ["a", "b", "a"] {
        placed.push(door.place(&hold(matter)).await);
    }
    let first = door.get("/v1/holds?limit=2", &door.counsel).await.json();
    assert_eq!((&first["total"], &first["next"]), (&json!(3), &json!(placed[1])));
    let rest = format!("/v1/holds?limit=2&after={}", placed[1]);
    let rest = door.get(&rest, &door.counsel).await.json();
    assert_eq!((&rest["holds"][0]["hold"], &rest["next"]), (&json!(placed[2]), &Value::Null));
    assert_eq!(door.get("/v1/holds?matter=a", &door.counsel).await.json()["total"], 2);
    let none = format!("/v1/holds?after={}", "0".repeat(32));
    door.get(&none, &door.counsel).await.is_problem(400, "bad_parameter");
}

/// A quarter of the story: two messages, and a hold that caught both.
async fn counted(door: &Door) -> String {
    for id in ["wamid.A", "wamid.B"] {
        door.archive.keep(&message(1, id, "about the mortgage")).await;
    }
    door.archive.indexed().await;
    door.place(&hold("Halyard v. Quay")).await
}

#[tokio::test]
async fn what_a_hold_caught_is_counted_when_it_is_placed_and_again_when_it_is_asked() {
    let door = Door::new();
    let id = counted(&door).await;
    let shown = door.get(&format!("/v1/holds/{id}"), &door.officer).await.json();
    assert_eq!((&shown["caught"]["records"], &shown["follows"]), (&json!(2), &json!(1)));
    assert_eq!(shown["caught"]["recounted"], Value::Null);
    assert_eq!(shown["history"][1]["did"], "counted");
    assert_eq!(shown["history"][1]["by"]["name"], "muniment");
    door.archive.keep(&message(3, "wamid.C", "more")).await;
    door.archive.indexed().await;
    let report = "/v1/matters/Halyard%20v.%20Quay";
    let told = door.get(&format!("{report}?recount=true"), &door.officer).await.json();
    let (hold, caught) = (&told["holds"][0], &told["holds"][0]["caught"]);
    assert_eq!((&hold["records"], &caught["records"]), (&json!(3), &json!(2)));
    assert_eq!(caught["recounted"]["sha256"], caught["sha256"]);
    door.get(&format!("{report}?recount=yes"), &door.officer)
        .await
        .is_problem(400, "bad_parameter");
    door.get(&format!("{report}?format=xml"), &door.officer).await.is_problem(400, "bad_parameter");
}

#[tokio::test]
async fn a_report_is_a_table_of_steps_that_no_spreadsheet_calculates_with() {
    let door = Door::new();
    let id = counted(&door).await;
    let mut other = hold("Halyard v. Quay");
    other["custodian"] = json!("=HYPERLINK(\"http://quay.example\")");
    other["reason"] = json!("two\nlines, \"quoted\"");
    other["notice"] = json!("@Noor: keep it.");
    door.place(&other).await;
    let address = "/v1/matters/Halyard%20v.%20Quay?format=csv&recount=true";
    let answer = door.get(address, &door.officer).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let text = answer.text();
    assert!(text.starts_with("\u{feff}matter,hold,custodian,") && text.ends_with("\r\n"));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| {
        let at = columns.iter().position(|column| column == name).unwrap();
        rows[row].get(at).unwrap().to_owned()
    };
    assert_eq!(rows.len(), 4, "two steps of each hold");
    assert_eq!((cell(0, "hold"), cell(0, "step")), (id, "placed".to_owned()));
    assert_eq!((cell(0, "caught_records"), cell(0, "records_now")), ("2".into(), "2".into()));
    assert_eq!(cell(0, "caught_sha256"), cell(0, "recounted_sha256"));
    assert_eq!((cell(1, "step"), cell(1, "caught_records")), ("counted".into(), String::new()));
    assert_eq!(cell(2, "custodian"), "'=HYPERLINK(\"http://quay.example\")");
    assert_eq!(cell(2, "told"), "two\nlines, \"quoted\"");
    assert_eq!(cell(2, "notice"), "'@Noor: keep it.");
    assert!(cell(2, "scope").starts_with("parties +49"), "{}", cell(2, "scope"));
}

#[tokio::test]
async fn what_the_archive_finds_of_a_hold_is_not_told_by_who_places_it() {
    let door = Door::new();
    let mut told = hold("Halyard v. Quay");
    told["caught"] = json!({"log": 1, "records": 0});
    door.post("/v1/holds", &door.counsel, &told).await.is_problem(400, "bad_json");
}
