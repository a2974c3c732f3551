//! Records are destroyed by a plan that another person approved; everything else stays,
//! and everybody can see that just that is gone.

mod working;

use std::fs;

use serde_json::{Value, json};

use crate::support::{Asker, Daemon, House, Ran, text_message, webhook, written};

const OLD: &str = "447700900324";
const HELD: &str = "447700900325";
const CURRENT: &str = "447700900326";

/// What was told of customers starts the period: a test has no year to wait.
const SCHEDULE: &str = r#"
name = "contracts"
title = "Messages of ended contracts"
version = 1
authority = ["House rules, 1"]

[[rule]]
id = "messages"
title = "A month after the end of the contract"
authority = ["House rules, 1.2"]
when = { class = ["message"] }
starts = { event = "contract_end" }
keep = { months = 1 }
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
    fn new(settings: &[(&str, &str)]) -> Self {
        let mut house = House::new();
        // A machine that runs tests need not have a source of time.
        house.set("MUNIMENT_DISPOSITION__CLOCK", "unchecked");
        house.set("MUNIMENT_DISPOSITION__PLAN_PERCENT_MAX", "100");
        settings.iter().for_each(|(name, value)| house.set(name, value));
        let daemon = house.serve();
        let officer = house.token("officer");
        let [mira, kostas] = ["Mira Records", "Kostas Board"].map(|name| records(&house, name));
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

    fn post(&self, token: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.as_of(token).post(path, body.to_string().as_bytes());
        (answer.status, answer.json())
    }

    fn adopt(&self) {
        let file = self.house.beside("contracts.toml");
        written(file.clone(), SCHEDULE.as_bytes());
        let file = file.to_str().unwrap();
        let arguments = ["policy", "adopt", file, "--because", "Resolution of 3 November"];
        let adopted = self.run(&self.mira, &arguments);
        assert_eq!(adopted.code, 0, "{adopted:?}");
        assert!(adopted.stdout.contains("contracts, version 1, is in force"), "{adopted:?}");
    }

    fn contract_ended(&self, party: &str) {
        let arguments = [
            "event",
            "tell",
            "contract_end",
            "--party",
            party,
            "--at",
            "2026-01-31",
            "--because",
            "letter of notice",
        ];
        let told = self.run(&self.mira, &arguments);
        assert_eq!(told.code, 0, "{told:?}");
    }

    /// The record of the only message that a search finds.
    fn record(&self, word: &str) -> String {
        let page = self.daemon.search(&self.house, &self.officer, word);
        assert_eq!(page["total"], 1, "{page}");
        page["hits"][0]["record"].as_str().unwrap().to_owned()
    }

    fn receipt(&self, record: &str, name: &str) -> String {
        let file = self.house.beside(name);
        let file = file.to_str().unwrap().to_owned();
        let got = self.run(&self.officer, &["receipt", record, "-o", &file]);
        assert_eq!(got.code, 0, "{got:?}");
        file
    }

    fn vkey(&self) -> String {
        self.house.keys().join("log.vkey").to_str().unwrap().to_owned()
    }
}

fn records(house: &House, name: &str) -> String {
    let made = house.run(&["token", "create", name, "--role", "records"]);
    assert_eq!(made.code, 0, "{made:?}");
    made.stdout.trim().to_owned()
}

#[test]
fn what_is_due_is_destroyed_by_two_people_and_a_hold_keeps_its_own() {
    let scene = Scene::new(&[]);
    for (number, from, text) in
        [(1, OLD, "sell the zinc"), (2, HELD, "sell the tin"), (3, CURRENT, "buy the copper")]
    {
        scene.daemon.take(&webhook(&[text_message(number, from, text)]));
    }
    let [zinc, tin, copper] = ["zinc", "tin", "copper"].map(|word| scene.record(word));
    let before = scene.receipt(&zinc, "before.tlog-proof");
    scene.adopt();
    [OLD, HELD].iter().for_each(|party| scene.contract_ended(party));
    let counsel = scene.house.token("counsel");
    let (status, held) = scene.post(&counsel, "/v1/holds", &json!({
        "matter": "Halyard v. Quay", "custodian": "Ines", "reason": "a claim", "authority": "court",
        "scope": {"parties": [HELD]}, "silent": false,
    }));
    assert_eq!(status, 201, "{held}");

    let (status, planned) = scene.post(&scene.mira, "/v1/dispositions", &json!({}));
    assert_eq!(status, 201, "{planned}");
    assert_eq!((&planned["held"], &planned["records"]), (&json!(1), &json!(2)), "{planned}");
    assert_eq!(planned["groups"][0]["authority"], json!(["House rules, 1.2"]));
    let run = planned["run"].as_str().unwrap();
    let step = |token: &str, step: &str| {
        let path = format!("/v1/dispositions/{run}/{step}");
        scene.post(token, &path, &json!({"reason": "read it"}))
    };
    let (status, told) = step(&scene.mira, "approve");
    assert_eq!((status, told["code"].as_str().unwrap()), (409, "refused"));
    assert_eq!(step(&scene.mira, "execute").0, 409, "nobody else approved it");
    assert_eq!(step(&scene.officer, "approve").0, 403);
    let (status, approved) = step(&scene.kostas, "approve");
    assert_eq!((status, approved["stage"].as_str().unwrap()), (200, "approved"));
    let done = scene.run(&scene.mira, &["disposition", "execute", run]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("complete") && done.stdout.contains("2 destroyed"), "{done:?}");

    let officer = scene.as_of(&scene.officer);
    assert_eq!(officer.get(&format!("/v1/records/{zinc}")).status, 410);
    for kept in [&tin, &copper] {
        assert_eq!(officer.get(&format!("/v1/records/{kept}")).status, 200);
    }
    assert_eq!(scene.daemon.search(&scene.house, &scene.officer, "zinc")["total"], 0);
    assert_eq!(scene.daemon.search(&scene.house, &scene.officer, "tin")["total"], 1);
    let after = scene.receipt(&zinc, "after.tlog-proof");
    for receipt in [&before, &after] {
        let verified = scene.house.run(&["receipt", "verify", receipt, "--key", &scene.vkey()]);
        assert_eq!(verified.code, 0, "{verified:?}");
    }
    the_certificate_holds_until_it_is_altered(&scene, run);
    the_archive_is_right(scene);
}

fn the_certificate_holds_until_it_is_altered(scene: &Scene, run: &str) {
    let file = scene.house.beside("run.certificate");
    let path = file.to_str().unwrap();
    let got = scene.run(&scene.mira, &["disposition", "certificate", run, "-o", path]);
    assert_eq!(got.code, 0, "{got:?}");
    let verify = |path: &str| {
        scene.house.run(&["certificate", "verify", path, "--key", &scene.vkey(), "--json"])
    };
    let verified = verify(path);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.json()["proven"]["run"], run);
    assert_eq!(verified.json()["proven"]["records"], 2);
    let right = fs::read(&file).unwrap();
    let altered = scene.house.beside("altered.certificate");
    for place in (0..right.len()).step_by(97) {
        let mut bytes = right.clone();
        bytes[place] ^= 1;
        written(altered.clone(), &bytes);
        let verified = verify(altered.to_str().unwrap());
        assert_eq!(verified.code, 3, "byte {place}: {verified:?}");
    }
    let nowhere = verify("/nowhere/run.certificate");
    assert_eq!(nowhere.code, 1, "{nowhere:?}");
}

fn the_archive_is_right(scene: Scene) {
    let Scene { house, daemon, .. } = scene;
    let trace = daemon.trace();
    assert!(!trace.contains(OLD) && !trace.contains("zinc"), "{trace}");
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
    let (data, vkey) = (house.data(), house.keys().join("log.vkey"));
    let arguments = ["verify", data.to_str().unwrap(), "--vkey", vkey.to_str().unwrap()];
    let verified = house.run(&arguments);
    // Right, as far as it can be seen without the keys.
    assert_eq!(verified.code, 4, "{verified:?}");
    assert!(verified.stdout.contains("2 destroyed, as entries say"), "{verified:?}");
}

#[test]
fn the_command_line_tries_schedules_out_and_explains_what_they_come_to() {
    let scene = Scene::new(&[]);
    scene.daemon.take(&webhook(&[text_message(1, OLD, "sell the zinc")]));
    let zinc = scene.record("zinc");
    let file = scene.house.beside("bad.toml");
    written(file.clone(), SCHEDULE.replace("months", "moons").as_bytes());
    let file = file.to_str().unwrap();
    let bad = scene.run(&scene.mira, &["policy", "adopt", file, "--because", "x"]);
    assert!(bad.code == 1 && bad.stderr.contains("moons"), "{bad:?}");
    let tried = scene.run(&scene.mira, &["policy", "simulate", "sec-17a-4", "--json"]);
    assert_eq!(tried.code, 0, "{tried:?}");
    assert_eq!(tried.json()["horizons"][3]["due"], 1, "{tried:?}");
    assert_eq!(scene.run(&scene.mira, &["policy", "adopted"]).code, 5);
    scene.adopt();
    let adopted = scene.run(&scene.mira, &["policy", "adopted"]);
    assert!(
        adopted.stdout.contains("contracts 1") && adopted.stdout.contains("Mira"),
        "{adopted:?}"
    );
    let explained = scene.run(&scene.mira, &["policy", "explain", &zinc]);
    assert!(explained.stdout.contains("the event contract_end (not yet)"), "{explained:?}");
    let nothing = scene.run(&scene.mira, &["disposition", "preview"]);
    assert!(nothing.code == 5 && nothing.stdout.contains("Nothing is due"), "{nothing:?}");
    scene.contract_ended(OLD);
    let due = scene.run(&scene.mira, &["disposition", "preview"]);
    assert!(due.code == 0 && due.stdout.contains("House rules, 1.2"), "{due:?}");
    let explained = scene.run(&scene.mira, &["policy", "explain", &zinc]);
    assert!(explained.stdout.contains("may be destroyed now"), "{explained:?}");
    let planned = scene.run(&scene.mira, &["disposition", "plan", "--json"]).json();
    let run = planned["run"].as_str().unwrap();
    let because = ["--because", "a suit is coming"];
    let rejected = [&["disposition", "reject", run][..], &because].concat();
    assert_eq!(scene.run(&scene.kostas, &rejected).code, 0);
    let shown = scene.run(&scene.mira, &["disposition", "show", run, "--group", "0"]);
    assert!(shown.stdout.contains("rejected") && shown.stdout.contains(&zinc), "{shown:?}");
    assert_eq!(scene.run(&scene.mira, &["disposition", "execute", run]).code, 1);
    let withdraw = ["policy", "withdraw", "contracts", "--because", "replaced"];
    assert_eq!(scene.run(&scene.mira, &withdraw).code, 0);
    scene.daemon.stop();
}

#[test]
fn a_clock_that_nobody_vouches_for_plans_nothing() {
    let path = std::env::temp_dir();
    let scene = Scene::new(&[
        ("MUNIMENT_DISPOSITION__CLOCK", "synchronised"),
        // Where there is no timedatectl.
        ("PATH", path.to_str().unwrap()),
    ]);
    let (status, told) = scene.post(&scene.mira, "/v1/dispositions", &json!({}));
    assert_eq!((status, told["code"].as_str().unwrap()), (409, "clock_untrusted"), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("disposition.clock = \"unchecked\""));
    scene.daemon.stop();
}

#[test]
fn the_timer_plans_by_itself_and_once_while_people_decide() {
    let scene = Scene::new(&[
        ("MUNIMENT_DISPOSITION__TIMER", "* * * * *"),
        ("MUNIMENT_DISPOSITION__TIMER_EXECUTES", "true"),
    ]);
    scene.daemon.take(&webhook(&[text_message(1, OLD, "sell the zinc")]));
    scene.adopt();
    scene.contract_ended(OLD);
    let begun = std::time::Instant::now();
    let runs = loop {
        let runs = scene.as_of(&scene.mira).get("/v1/dispositions").json()["runs"].clone();
        if !runs.as_array().unwrap().is_empty() {
            break runs;
        }
        assert!(begun.elapsed().as_secs() < 150, "the timer planned nothing");
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    assert_eq!(
        (&runs[0]["stage"], &runs[0]["planner"]["name"]),
        (&json!("planned"), &json!("muniment"))
    );
    scene.daemon.stop();
}
