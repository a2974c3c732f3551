//! Records are destroyed by a plan that another person approved; everything else stays,
//! and everybody can see that just that is gone.

mod working;

use std::fs;

use serde_json::{Value, json};

use crate::support::{Office, PLANS_ANYTHING, text_message, webhook, written};

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

fn office(settings: &[(&str, &str)]) -> Office {
    let settings = [&PLANS_ANYTHING, settings].concat();
    Office::new(&settings, &[("Otto", "officer"), ("Mira", "records"), ("Kostas", "records")])
}

fn adopt(office: &Office) {
    let adopted = office.adopt("Mira", SCHEDULE).stdout;
    assert!(adopted.contains("contracts, version 1, is in force"), "{adopted}");
}

fn contract_ended(office: &Office, party: &str) {
    let told = ["event", "tell", "contract_end", "--party", party, "--at", "2026-01-31"];
    office.done("Mira", &[&told[..], &["--because", "letter of notice"]].concat());
}

fn receipt(office: &Office, record: &str, name: &str) -> String {
    let file = office.house.beside(name).to_str().unwrap().to_owned();
    office.done("Otto", &["receipt", record, "-o", &file]);
    file
}

fn vkey(office: &Office) -> String {
    office.house.keys().join("log.vkey").to_str().unwrap().to_owned()
}

#[test]
fn what_is_due_is_destroyed_by_two_people_and_a_hold_keeps_its_own() {
    let office = office(&[]);
    for (number, from, text) in
        [(1, OLD, "sell the zinc"), (2, HELD, "sell the tin"), (3, CURRENT, "buy the copper")]
    {
        office.daemon.take(&webhook(&[text_message(number, from, text)]));
    }
    let [zinc, tin, copper] = ["zinc", "tin", "copper"].map(|word| office.record("Otto", word));
    let before = receipt(&office, &zinc, "before.tlog-proof");
    adopt(&office);
    [OLD, HELD].iter().for_each(|party| contract_ended(&office, party));
    office.welcome("Ines", "counsel");
    let (status, held) = office.post("Ines", "/v1/holds", &json!({
        "matter": "Halyard v. Quay", "custodian": "Ines", "reason": "a claim", "authority": "court",
        "scope": {"parties": [HELD]}, "silent": false,
    }));
    assert_eq!(status, 201, "{held}");

    let (status, planned) = office.post("Mira", "/v1/dispositions", &json!({}));
    assert_eq!(status, 201, "{planned}");
    assert_eq!((&planned["held"], &planned["records"]), (&json!(1), &json!(2)), "{planned}");
    assert_eq!(planned["groups"][0]["authority"], json!(["House rules, 1.2"]));
    let run = planned["run"].as_str().unwrap();
    let step = |who: &str, step: &str| {
        let path = format!("/v1/dispositions/{run}/{step}");
        office.post(who, &path, &json!({"reason": "read it"}))
    };
    let (status, told) = step("Mira", "approve");
    assert_eq!((status, told["code"].as_str().unwrap()), (409, "refused"));
    assert_eq!(step("Mira", "execute").0, 409, "nobody else approved it");
    assert_eq!(step("Otto", "approve").0, 403);
    let (status, approved) = step("Kostas", "approve");
    assert_eq!((status, approved["stage"].as_str().unwrap()), (200, "approved"));
    let done = office.done("Mira", &["disposition", "execute", run]);
    assert!(done.stdout.contains("complete") && done.stdout.contains("2 destroyed"), "{done:?}");

    let officer = office.api("Otto");
    assert_eq!(officer.get(&format!("/v1/records/{zinc}")).status, 410);
    for kept in [&tin, &copper] {
        assert_eq!(officer.get(&format!("/v1/records/{kept}")).status, 200);
    }
    assert_eq!(["zinc", "tin"].map(|word| office.total("Otto", word)), [0, 1]);
    let after = receipt(&office, &zinc, "after.tlog-proof");
    for receipt in [&before, &after] {
        let verified = office.house.run(&["receipt", "verify", receipt, "--key", &vkey(&office)]);
        assert_eq!(verified.code, 0, "{verified:?}");
    }
    the_certificate_holds_until_it_is_altered(&office, run);
    the_archive_is_right(office);
}

fn the_certificate_holds_until_it_is_altered(office: &Office, run: &str) {
    let file = office.house.beside("run.certificate");
    let path = file.to_str().unwrap();
    office.done("Mira", &["disposition", "certificate", run, "-o", path]);
    let verify = |path: &str| {
        office.house.run(&["certificate", "verify", path, "--key", &vkey(office), "--json"])
    };
    let verified = verify(path);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.json()["proven"]["run"], run);
    assert_eq!(verified.json()["proven"]["records"], 2);
    let right = fs::read(&file).unwrap();
    let altered = office.house.beside("altered.certificate");
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

fn the_archive_is_right(office: Office) {
    let trace = office.daemon.trace();
    assert!(!trace.contains(OLD) && !trace.contains("zinc"), "{trace}");
    let (house, _) = office.closed();
    let (data, vkey) = (house.data(), house.keys().join("log.vkey"));
    let arguments = ["verify", data.to_str().unwrap(), "--vkey", vkey.to_str().unwrap()];
    let verified = house.run(&arguments);
    // Right, as far as it can be seen without the keys.
    assert_eq!(verified.code, 4, "{verified:?}");
    assert!(verified.stdout.contains("2 destroyed, as entries say"), "{verified:?}");
}

#[test]
fn the_command_line_tries_schedules_out_and_explains_what_they_come_to() {
    let office = office(&[]);
    office.daemon.take(&webhook(&[text_message(1, OLD, "sell the zinc")]));
    let zinc = office.record("Otto", "zinc");
    let file = office.house.beside("bad.toml");
    written(file.clone(), SCHEDULE.replace("months", "moons").as_bytes());
    let file = file.to_str().unwrap();
    let bad = office.run("Mira", &["policy", "adopt", file, "--because", "x"]);
    assert!(bad.code == 1 && bad.stderr.contains("moons"), "{bad:?}");
    let tried = office.done("Mira", &["policy", "simulate", "sec-17a-4", "--json"]);
    let due = &tried.json()["rules"][0]["due"];
    assert_eq!(*due, json!([0, 0, 1, 1]), "now, in 1, 5 and 10 years: {tried:?}");
    assert_eq!(office.run("Mira", &["policy", "adopted"]).code, 5);
    adopt(&office);
    let adopted = office.run("Mira", &["policy", "adopted"]);
    assert!(
        adopted.stdout.contains("contracts 1") && adopted.stdout.contains("Mira"),
        "{adopted:?}"
    );
    let explained = office.run("Mira", &["policy", "explain", &zinc]);
    assert!(explained.stdout.contains("the event contract_end (not yet)"), "{explained:?}");
    let nothing = office.run("Mira", &["disposition", "preview"]);
    assert!(nothing.code == 5 && nothing.stdout.contains("Nothing is due"), "{nothing:?}");
    contract_ended(&office, OLD);
    let due = office.run("Mira", &["disposition", "preview"]);
    assert!(due.code == 0 && due.stdout.contains("House rules, 1.2"), "{due:?}");
    let explained = office.run("Mira", &["policy", "explain", &zinc]);
    assert!(explained.stdout.contains("may be destroyed now"), "{explained:?}");
    let planned = office.run("Mira", &["disposition", "plan", "--json"]).json();
    let run = planned["run"].as_str().unwrap();
    let because = ["--because", "a suit is coming"];
    let rejected = [&["disposition", "reject", run][..], &because].concat();
    office.done("Kostas", &rejected);
    let shown = office.run("Mira", &["disposition", "show", run, "--group", "0"]);
    assert!(shown.stdout.contains("rejected") && shown.stdout.contains(&zinc), "{shown:?}");
    assert_eq!(office.run("Mira", &["disposition", "execute", run]).code, 1);
    let withdraw = ["policy", "withdraw", "contracts", "--because", "replaced"];
    office.done("Mira", &withdraw);
    office.daemon.stop();
}

#[test]
fn a_clock_that_nobody_vouches_for_plans_nothing() {
    let path = std::env::temp_dir();
    let office = office(&[
        ("MUNIMENT_DISPOSITION__CLOCK", "synchronised"),
        // Where there is no timedatectl.
        ("PATH", path.to_str().unwrap()),
    ]);
    let (status, told) = office.post("Mira", "/v1/dispositions", &json!({}));
    assert_eq!((status, told["code"].as_str().unwrap()), (409, "clock_untrusted"), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("disposition.clock = \"unchecked\""));
    office.daemon.stop();
}

#[test]
fn the_timer_plans_by_itself_and_once_while_people_decide() {
    let office = office(&[
        ("MUNIMENT_DISPOSITION__TIMER", "* * * * *"),
        ("MUNIMENT_DISPOSITION__TIMER_EXECUTES", "true"),
    ]);
    office.daemon.take(&webhook(&[text_message(1, OLD, "sell the zinc")]));
    adopt(&office);
    contract_ended(&office, OLD);
    let begun = std::time::Instant::now();
    let runs = loop {
        let runs = office.api("Mira").get("/v1/dispositions").json()["runs"].clone();
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
    office.daemon.stop();
}
