//! Somebody asks for erasure: a real daemon, from the request to the letter.

use serde_json::Value;

use crate::support::{NUMBER_ID, Office, PLANS_ANYTHING, Ran, text_message, webhook};

const NOOR: &str = "447700900511";
const OTHER: &str = "447700900512";

/// What privacy allows at most, and what a law asks for of one kind of message.
const SCHEDULE: &str = r#"
name = "privacy"
title = "What privacy allows, and what the law asks for"
version = 1
authority = ["House rules, 1"]

[[rule]]
id = "conversations"
title = "At most three years"
authority = ["Regulation (EU) 2016/679 art. 5(1)(e)"]
when = { class = ["message"] }
starts = "message"
max = { years = 3 }
then = "destroy"

[[rule]]
id = "orders"
title = "Orders for six years"
authority = ["Commercial Code, 257"]
when = { class = ["message"], lexicon = ["orders"] }
starts = "message"
keep = { years = 6 }
then = "destroy"

[[lexicon]]
name = "orders"
words = ["order"]
"#;

fn subject(office: &Office, arguments: &[&str]) -> Ran {
    office.run("Petra", &[&["subject"], arguments].concat())
}

fn marketing(office: &Office, who: &str) -> Value {
    let asked = ["consent", "show", who, "--purpose", "marketing", "--number", NUMBER_ID];
    let told = office.done("Otto", &[&asked[..], &["--json"]].concat());
    told.json()["states"][0]["state"].clone()
}

fn request(office: &Office) -> String {
    let told = subject(
        office,
        &[
            "request",
            "--kind",
            "erasure",
            "--received",
            "2026-01-05",
            "--because",
            "by letter; passport shown",
            &format!("+{NOOR}"),
            "--json",
        ],
    );
    assert_eq!(told.code, 0, "{told:?}");
    told.json()["request"].as_str().unwrap().to_owned()
}

fn answer(office: &Office, request: &str, more: &[&str]) -> Ran {
    let arguments = [
        "answer",
        request,
        "--language",
        "de",
        "--from",
        "Halyard Bank",
        "--because",
        "Wir haben Ihren Antrag bearbeitet.",
    ];
    subject(office, &[&arguments[..], more].concat())
}

#[test]
fn what_no_duty_keeps_is_erased_and_the_letter_says_what_is_kept_and_why() {
    let people = [("Petra", "privacy"), ("Mira", "records"), ("Otto", "officer")];
    let office = Office::new(&PLANS_ANYTHING, &people);
    let texts = [(1, NOOR, "the zinc is cold"), (2, NOOR, "my order of tin"), (3, NOOR, "STOP")];
    for (number, from, text) in texts.into_iter().chain([(4, OTHER, "the zinc is warm")]) {
        office.daemon.take(&webhook(&[text_message(number, from, text)]));
    }
    assert_eq!(["zinc", "tin"].map(|word| office.total("Otto", word)), [2, 1]);
    office.adopt("Mira", SCHEDULE);

    let request = request(&office);
    let early = answer(&office, &request, &[]);
    assert!(early.code == 1 && early.stderr.contains("identifiers"), "{early:?}");
    let preview =
        subject(&office, &["erase", &request, "--because", "the request", "--preview", "--json"]);
    assert_eq!(preview.code, 0, "{preview:?}");
    assert_eq!(preview.json()["goes"][0]["records"], 2, "{preview:?}");
    let planned = subject(&office, &["erase", &request, "--because", "the request", "--json"]);
    let run = planned.json()["run"].as_str().unwrap().to_owned();
    let why = &planned.json()["kept"];
    assert!(why.to_string().contains("Commercial Code, 257"), "{why}");
    let early = answer(&office, &request, &[]);
    assert!(early.code == 1 && early.stderr.contains("can be erased"), "{early:?}");

    let approve = ["disposition", "approve", &run, "--because", "read it"];
    assert_ne!(office.run("Petra", &approve).code, 0, "not who planned it");
    assert_eq!(office.run("Mira", &approve).code, 0);
    let done = office.run("Mira", &["disposition", "execute", &run]);
    assert!(done.code == 0 && done.stdout.contains("complete"), "{done:?}");
    assert_eq!(["zinc", "tin"].map(|word| office.total("Otto", word)), [1, 1]);

    let draft = answer(&office, &request, &["--draft"]);
    let answered = answer(&office, &request, &[]);
    assert_eq!(answered.code, 0, "{answered:?}");
    assert_eq!(answered.stdout, draft.stdout);
    for part in ["Nachrichten: 2", "Nachrichten: 1", "Commercial Code, 257", &run, "Art. 77"] {
        assert!(answered.stdout.contains(part), "{part}: {}", answered.stdout);
    }
    let letter = subject(&office, &["letter", &request]);
    assert_eq!(letter.stdout, answered.stdout);
    let greek = subject(&office, &["letter", &request, "--language", "el"]);
    assert!(greek.stdout.contains("Μηνύματα: 1"), "{}", greek.stdout);
    let open = subject(&office, &["requests", "--open"]);
    assert_eq!(open.code, 5, "none is open: {open:?}");
    assert_eq!(marketing(&office, NOOR), "withdrawn");

    let trace = office.daemon.trace();
    assert!(!trace.contains(NOOR) && !trace.contains("zinc"), "{trace}");
    let (house, _) = office.closed();
    let office = Office::opened(house);
    assert_eq!(marketing(&office, NOOR), "withdrawn", "after a restart");
    office.daemon.stop();
}
