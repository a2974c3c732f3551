//! What happens while a run of some thousand records is carried out.

use super::*;
use crate::support::until;

/// Messages of one delivery: each is judged with all the others, so that a run takes a while.
const MESSAGES: u64 = 25;
const DELIVERIES: u64 = 120;

/// Whose messages come last, and are therefore destroyed last.
const LAST: &str = "447700900327";

/// Takes in what is due and what is not, and approves a plan; gives the run.
fn approved(office: &Office) -> String {
    for delivery in 0..DELIVERIES {
        let message = |place| {
            let number = delivery * MESSAGES + place;
            text_message(number, OLD, &format!("zinc number {number}"))
        };
        office.daemon.take(&webhook(&(0..MESSAGES).map(message).collect::<Vec<_>>()));
    }
    for (number, from, text) in
        [(90_001, CURRENT, "the copper stays"), (90_002, LAST, "the tin is last")]
    {
        office.daemon.take(&webhook(&[text_message(number, from, text)]));
    }
    adopt(office);
    [OLD, LAST].iter().for_each(|party| contract_ended(office, party));
    let planned = office.done("Mira", &["disposition", "plan", "--json"]).json();
    let due = DELIVERIES * MESSAGES + DELIVERIES + 2;
    assert_eq!(planned["records"], due, "{planned}");
    let run = planned["run"].as_str().unwrap().to_owned();
    office.welcome("Amal", "records");
    for who in ["Kostas", "Amal"] {
        let path = format!("/v1/dispositions/{run}/approve");
        office.post(who, &path, &json!({"reason": "read it"}));
    }
    run
}

/// Has a run begun, and waits until something of it is destroyed.
fn begun(office: &Office, run: &str) -> Value {
    let (status, told) =
        office.post("Mira", &format!("/v1/dispositions/{run}/execute"), &json!({}));
    assert_eq!(status, 202, "{told}");
    until("some of it is destroyed", || {
        let shown = shown(office, run);
        (shown["destroyed"].as_u64().unwrap() > 0).then_some(shown)
    })
}

fn shown(office: &Office, run: &str) -> Value {
    office.api("Mira").get(&format!("/v1/dispositions/{run}")).json()
}

fn finished(office: &Office, run: &str) -> Value {
    until("the run is finished", || {
        let shown = shown(office, run);
        (shown["stage"] == "finished").then_some(shown)
    })
}

/// What a run destroyed, as its certificate proves.
fn certified(office: &Office, run: &str) -> Value {
    let file = office.house.beside("run.certificate");
    let path = file.to_str().unwrap();
    office.done("Mira", &["disposition", "certificate", run, "-o", path]);
    let arguments = ["certificate", "verify", path, "--key", &vkey(office), "--json"];
    let verified = office.house.run(&arguments);
    assert_eq!(verified.code, 0, "{verified:?}");
    verified.json()["proven"]["records"].clone()
}

#[test]
fn a_daemon_that_is_killed_in_the_middle_of_a_run_finishes_it_at_the_next_start() {
    let office = office(&[]);
    let run = approved(&office);
    let before = begun(&office, &run);
    let due = before["records"].as_u64().unwrap();
    let Office { house, daemon } = office;
    daemon.kill();
    let office = Office::opened(house);
    assert!(before["destroyed"].as_u64().unwrap() < due, "killed too late: {before}");

    let shown = finished(&office, &run);
    assert_eq!((&shown["destroyed"], &shown["withheld"]), (&json!(due), &json!([])));
    assert_eq!(certified(&office, &run), due);
    assert_eq!(["zinc", "tin"].map(|word| office.total("Otto", word)), [0, 0]);
    let copper = office.record("Otto", "copper");
    assert_eq!(office.api("Otto").get(&format!("/v1/records/{copper}")).status, 200);
    let nothing = office.run("Mira", &["disposition", "preview"]);
    assert_eq!(nothing.code, 5, "{nothing:?}");
    let (_, verified) = office.closed();
    assert!(verified.stdout.contains(&format!("{due} destroyed")), "{verified:?}");
}

#[test]
fn a_hold_that_is_placed_while_a_run_is_carried_out_keeps_what_is_left_of_its_own() {
    let office = office(&[]);
    let run = approved(&office);
    let due = begun(&office, &run)["records"].as_u64().unwrap();
    office.welcome("Ines", "counsel");
    let (status, held) = office.post("Ines", "/v1/holds", &json!({
        "matter": "Halyard v. Quay", "custodian": "Ines", "reason": "a claim", "authority": "court",
        "scope": {"parties": [LAST]},
    }));
    assert_eq!(status, 201, "{held}");
    let shown = finished(&office, &run);
    assert_eq!(shown["withheld"], json!([{"why": "a hold", "records": 1}]), "{shown}");
    // With it stays the delivery that brought it.
    assert_eq!(shown["destroyed"], due - 2);
    assert_eq!(certified(&office, &run), due - 2);
    assert_eq!(["zinc", "tin"].map(|word| office.total("Otto", word)), [0, 1]);
    let tin = office.record("Otto", "tin");
    assert_eq!(office.api("Otto").get(&format!("/v1/records/{tin}")).status, 200);
    let counted = office.run("Ines", &["hold", "report", "Halyard v. Quay", "--recount"]);
    assert!(counted.stdout.contains("the same records are there"), "{counted:?}");
    office.daemon.stop();
}

#[test]
fn the_timer_carries_out_what_was_approved() {
    let office = office(&[
        ("MUNIMENT_DISPOSITION__TIMER", "* * * * *"),
        ("MUNIMENT_DISPOSITION__TIMER_EXECUTES", "true"),
    ]);
    office.daemon.take(&webhook(&[text_message(1, OLD, "sell the zinc")]));
    let zinc = office.record("Otto", "zinc");
    adopt(&office);
    contract_ended(&office, OLD);
    // The timer may have been faster with the plan.
    let planned = office.done("Mira", &["disposition", "plan", "--json"]);
    let run = planned.json()["run"].as_str().unwrap().to_owned();
    let because = ["--because", "read it with counsel"];
    office.done("Kostas", &[&["disposition", "approve", &run][..], &because].concat());
    let begun = std::time::Instant::now();
    while shown(&office, &run)["stage"] != "finished" {
        assert!(begun.elapsed().as_secs() < 150, "the timer carried out nothing");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(office.api("Otto").get(&format!("/v1/records/{zinc}")).status, 410);
    assert_eq!(certified(&office, &run), 2);
    let trace = office.daemon.trace();
    assert!(trace.contains("a disposition was carried out"), "{trace}");
    office.daemon.stop();
}
