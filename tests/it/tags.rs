//! Tags that people put on records decide how long these are kept; one that was put by
//! mistake is taken by two people.

use serde_json::{Value, json};

use crate::support::{Asker, Daemon, House, Ran, text_message, webhook, written};

const NOOR: &str = "447700900324";
const YUSUF: &str = "447700900325";

/// Nothing is kept but what is tagged, and that until its audit is over: a test has no year
/// to wait.
const SCHEDULE: &str = r#"
name = "audits"
title = "What audits look at"
version = 1
authority = ["House rules, 1"]

[[rule]]
id = "other"
title = "Nothing longer than it must be"
authority = ["House rules, 1.1"]
when = { class = ["message"] }
starts = { event = "closed" }
keep = { days = 0 }
then = "destroy"

[[rule]]
id = "audited"
title = "A hundred years from the end of the audit"
authority = ["House rules, 1.2"]
when = { tag = ["audit"] }
starts = { event = "audit_concluded" }
keep = { years = 100 }
then = "destroy"
"#;

struct Scene {
    house: House,
    daemon: Daemon,
    officer: String,
    mira: String,
    kostas: String,
}

impl Scene {
    fn new() -> Self {
        let mut house = House::new();
        // A machine that runs tests need not have a source of time.
        house.set("MUNIMENT_DISPOSITION__CLOCK", "unchecked");
        house.set("MUNIMENT_DISPOSITION__PLAN_PERCENT_MAX", "100");
        house.set("MUNIMENT_DISPOSITION__APPROVALS", "0");
        let daemon = house.serve();
        let officer = house.token("officer");
        let [mira, kostas] = ["Mira Records", "Kostas Board"].map(|name| {
            let made = house.run(&["token", "create", name, "--role", "records"]);
            assert_eq!(made.code, 0, "{made:?}");
            made.stdout.trim().to_owned()
        });
        let scene = Self { house, daemon, officer, mira, kostas };
        let file = scene.house.beside("audits.toml");
        written(file.clone(), SCHEDULE.as_bytes());
        let file = file.to_str().unwrap();
        scene.done(&scene.mira, &["policy", "adopt", file, "--because", "the board"]);
        scene
    }

    fn restarted(self) -> Self {
        let Self { house, daemon, officer, mira, kostas } = self;
        daemon.stop();
        let daemon = house.serve();
        Self { house, daemon, officer, mira, kostas }
    }

    fn as_of(&self, token: &str) -> Asker {
        self.daemon.api.with_token(token)
    }

    /// Runs a command that asks the daemon.
    fn run(&self, token: &str, arguments: &[&str]) -> Ran {
        let mut command = self.house.command(arguments);
        command.env("MUNIMENT_TOKEN", token).env("MUNIMENT_SERVER", self.daemon.api.base());
        Ran::of(command.output().unwrap())
    }

    #[track_caller]
    fn done(&self, token: &str, arguments: &[&str]) -> Ran {
        let ran = self.run(token, arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    }

    fn post(&self, token: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.as_of(token).post(path, body.to_string().as_bytes());
        (answer.status, answer.json())
    }

    fn record(&self, word: &str) -> String {
        let page = self.daemon.search(&self.house, &self.officer, word);
        assert_eq!(page["total"], 1, "{page}");
        page["hits"][0]["record"].as_str().unwrap().to_owned()
    }

    /// The entries that would go now, with what goes along.
    fn due(&self) -> Value {
        let (status, planned) = self.post(&self.mira, "/v1/dispositions/preview", &json!({}));
        assert_eq!(status, 200, "{planned}");
        planned
    }
}

#[test]
fn what_is_tagged_is_kept_until_two_people_take_the_tag() {
    let scene = Scene::new();
    scene.daemon.take(&webhook(&[text_message(1, NOOR, "the zinc ledger")]));
    scene.daemon.take(&webhook(&[text_message(2, YUSUF, "the copper ledger")]));
    let [zinc, copper] = ["zinc", "copper"].map(|word| scene.record(word));
    for party in [NOOR, YUSUF] {
        let at = ["--at", "2026-01-31", "--because", "letter"];
        let tell = [&["event", "tell", "closed", "--party", party][..], &at].concat();
        scene.done(&scene.mira, &tell);
    }
    assert_eq!(scene.due()["records"], 4);
    let put =
        ["tag", "put", "Audit", "--party", NOOR, "--because", "List of the auditors", "--json"];
    let put = scene.done(&scene.mira, &put).json();
    assert_eq!(put["rules"], json!(["audits/audited"]));
    let putting = put["putting"].as_str().unwrap().to_owned();
    let nobody =
        scene.run(&scene.officer, &["tag", "put", "audit", "--party", NOOR, "--because", "r"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    let due = scene.due();
    assert_eq!((&due["records"], &due["waiting"]), (&json!(2), &json!(1)), "{due}");
    let explained = scene.done(&scene.officer, &["policy", "explain", &zinc]).stdout;
    assert!(explained.contains("tagged Audit") && explained.contains("audited"), "{explained}");

    // It is there after a restart, and for what comes then.
    let scene = scene.restarted();
    scene.daemon.take(&webhook(&[text_message(3, NOOR, "the tin ledger")]));
    let tin = scene.record("tin");
    let shown = scene.as_of(&scene.officer).get(&format!("/v1/records/{tin}/retention")).json();
    assert_eq!(shown["tags"], json!(["Audit"]), "{shown}");
    let listed = scene.done(&scene.officer, &["tag", "list", "--tag", "audit"]).stdout;
    assert!(listed.contains(&putting) && listed.contains("stands"), "{listed}");

    // The audit is over; its time is not.
    let told = ["event", "tell", "audit_concluded", "--tag", "audit", "--at", "2026-02-01"];
    scene.done(&scene.mira, &[&told[..], &["--because", "Report 7"]].concat());
    assert_eq!(scene.due()["waiting"], 0);
    let unknown = ["event", "tell", "closed", "--tag", "nobody", "--at", "2026-02-01"];
    let unknown = scene.run(&scene.mira, &[&unknown[..], &["--because", "r"]].concat());
    assert!(unknown.code != 0 && unknown.stderr.contains("no such tag"), "{unknown:?}");

    scene.done(&scene.mira, &["tag", "take", &putting, "--because", "another customer"]);
    let own = scene.run(&scene.mira, &["tag", "approve", &putting, "--because", "me"]);
    assert!(own.code == 1 && own.stderr.contains("another person"), "{own:?}");
    assert_eq!(scene.due()["untagged"], 0);
    scene.done(&scene.kostas, &["tag", "approve", &putting, "--because", "compared"]);
    let planned = scene.done(&scene.mira, &["disposition", "plan"]).stdout;
    assert!(planned.contains("2 records are due because a tag was taken"), "{planned}");
    assert!(planned.contains("Other people who must approve: 1"), "{planned}");
    let run = planned.split(':').next().unwrap().to_owned();
    let shown = scene.done(&scene.kostas, &["disposition", "show", &run]).stdout;
    assert!(shown.contains("2 records are due because a tag was taken"), "{shown}");
    scene.done(&scene.kostas, &["disposition", "approve", &run, "--because", "I saw why"]);
    scene.done(&scene.mira, &["disposition", "execute", &run]);
    for record in [zinc, tin, copper] {
        let gone = scene.run(&scene.officer, &["show", &record]);
        assert!(gone.code != 0 && gone.stderr.contains("destroyed"), "{gone:?}");
    }
    let Scene { house, daemon, .. } = scene;
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
}
