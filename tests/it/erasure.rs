//! Somebody asks for erasure: a real daemon, from the request to the letter.

use serde_json::Value;

use crate::support::{Daemon, House, Ran, text_message, webhook, written};

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

struct Scene {
    house: House,
    daemon: Daemon,
    petra: String,
    mira: String,
    officer: String,
}

impl Scene {
    fn new() -> Self {
        let mut house = House::new();
        // A machine that runs tests need not have a source of time.
        house.set("MUNIMENT_DISPOSITION__CLOCK", "unchecked");
        house.set("MUNIMENT_DISPOSITION__PLAN_PERCENT_MAX", "100");
        let daemon = house.serve();
        let [petra, mira, officer] = [
            ("Petra Privacy", "privacy"),
            ("Mira Records", "records"),
            ("Otto Officer", "officer"),
        ]
        .map(|(name, role)| house.token_of(name, role).trim().to_owned());
        Self { house, daemon, petra, mira, officer }
    }

    /// Runs a command that asks the daemon.
    fn run(&self, token: &str, arguments: &[&str]) -> Ran {
        let mut command = self.house.command(arguments);
        command.env("MUNIMENT_TOKEN", token).env("MUNIMENT_SERVER", self.daemon.api.base());
        Ran::of(command.output().unwrap())
    }

    fn subject(&self, arguments: &[&str]) -> Ran {
        self.run(&self.petra, &[&["subject"], arguments].concat())
    }

    fn found(&self, word: &str) -> u64 {
        self.daemon.search(&self.house, &self.officer, word)["total"].as_u64().unwrap()
    }

    fn marketing(&self, who: &str) -> Value {
        let asked = ["consent", "show", who, "--purpose", "marketing", "--json"];
        let number = ["--number", crate::support::NUMBER_ID];
        let ran = self.run(&self.officer, &[&asked[..], &number].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()["states"][0]["state"].clone()
    }

    fn request(&self) -> String {
        let told = self.subject(&[
            "request",
            "--kind",
            "erasure",
            "--received",
            "2026-01-05",
            "--because",
            "by letter; passport shown",
            &format!("+{NOOR}"),
            "--json",
        ]);
        assert_eq!(told.code, 0, "{told:?}");
        told.json()["request"].as_str().unwrap().to_owned()
    }

    fn answer(&self, request: &str, more: &[&str]) -> Ran {
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
        self.subject(&[&arguments[..], more].concat())
    }
}

#[test]
fn what_no_duty_keeps_is_erased_and_the_letter_says_what_is_kept_and_why() {
    let scene = Scene::new();
    let texts = [(1, NOOR, "the zinc is cold"), (2, NOOR, "my order of tin"), (3, NOOR, "STOP")];
    for (number, from, text) in texts.into_iter().chain([(4, OTHER, "the zinc is warm")]) {
        scene.daemon.take(&webhook(&[text_message(number, from, text)]));
    }
    assert_eq!((scene.found("zinc"), scene.found("tin")), (2, 1));
    let file = scene.house.beside("privacy.toml");
    written(file.clone(), SCHEDULE.as_bytes());
    let adopt = ["policy", "adopt", file.to_str().unwrap(), "--because", "Resolution of 3 January"];
    let adopted = scene.run(&scene.mira, &adopt);
    assert_eq!(adopted.code, 0, "{adopted:?}");

    let request = scene.request();
    let early = scene.answer(&request, &[]);
    assert!(early.code == 1 && early.stderr.contains("identifiers"), "{early:?}");
    let preview =
        scene.subject(&["erase", &request, "--because", "the request", "--preview", "--json"]);
    assert_eq!(preview.code, 0, "{preview:?}");
    assert_eq!(preview.json()["goes"][0]["records"], 2, "{preview:?}");
    let planned = scene.subject(&["erase", &request, "--because", "the request", "--json"]);
    let run = planned.json()["run"].as_str().unwrap().to_owned();
    let why = &planned.json()["kept"];
    assert!(why.to_string().contains("Commercial Code, 257"), "{why}");
    let early = scene.answer(&request, &[]);
    assert!(early.code == 1 && early.stderr.contains("can be erased"), "{early:?}");

    let approve = ["disposition", "approve", &run, "--because", "read it"];
    assert_ne!(scene.run(&scene.petra, &approve).code, 0, "not who planned it");
    assert_eq!(scene.run(&scene.mira, &approve).code, 0);
    let done = scene.run(&scene.mira, &["disposition", "execute", &run]);
    assert!(done.code == 0 && done.stdout.contains("complete"), "{done:?}");
    assert_eq!((scene.found("zinc"), scene.found("tin")), (1, 1));

    let draft = scene.answer(&request, &["--draft"]);
    let answered = scene.answer(&request, &[]);
    assert_eq!(answered.code, 0, "{answered:?}");
    assert_eq!(answered.stdout, draft.stdout);
    for part in ["Nachrichten: 2", "Nachrichten: 1", "Commercial Code, 257", &run, "Art. 77"] {
        assert!(answered.stdout.contains(part), "{part}: {}", answered.stdout);
    }
    let letter = scene.subject(&["letter", &request]);
    assert_eq!(letter.stdout, answered.stdout);
    let greek = scene.subject(&["letter", &request, "--language", "el"]);
    assert!(greek.stdout.contains("Μηνύματα: 1"), "{}", greek.stdout);
    let open = scene.subject(&["requests", "--open"]);
    assert_eq!(open.code, 5, "none is open: {open:?}");
    assert_eq!(scene.marketing(NOOR), "withdrawn");

    let Scene { house, daemon, .. } = scene;
    let trace = daemon.trace();
    assert!(!trace.contains(NOOR) && !trace.contains("zinc"), "{trace}");
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
    let daemon = house.serve();
    let officer = house.token_of("Olga Officer", "officer").trim().to_owned();
    let (petra, mira) = (String::new(), String::new());
    let scene = Scene { house, daemon, petra, mira, officer };
    assert_eq!(scene.marketing(NOOR), "withdrawn", "after a restart");
    scene.daemon.stop();
}
