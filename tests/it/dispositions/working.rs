//! What happens while a run of some thousand records is carried out.

use super::*;
use crate::support::until;

/// Messages of one delivery: each is judged with all the others, so that a run takes a while.
const MESSAGES: u64 = 25;
const DELIVERIES: u64 = 120;

/// Whose messages come last, and are therefore destroyed last.
const LAST: &str = "447700900327";

impl Scene {
    /// Takes in what is due and what is not, and approves a plan; gives the run.
    fn approved(&self) -> String {
        for delivery in 0..DELIVERIES {
            let message = |place| {
                let number = delivery * MESSAGES + place;
                text_message(number, OLD, &format!("zinc number {number}"))
            };
            self.daemon.take(&webhook(&(0..MESSAGES).map(message).collect::<Vec<_>>()));
        }
        for (number, from, text) in
            [(90_001, CURRENT, "the copper stays"), (90_002, LAST, "the tin is last")]
        {
            self.daemon.take(&webhook(&[text_message(number, from, text)]));
        }
        self.adopt();
        [OLD, LAST].iter().for_each(|party| self.contract_ended(party));
        let planned = self.run(&self.mira, &["disposition", "plan", "--json"]);
        assert_eq!(planned.code, 0, "{planned:?}");
        let planned = planned.json();
        let due = DELIVERIES * MESSAGES + DELIVERIES + 2;
        assert_eq!(planned["records"], due, "{planned}");
        let run = planned["run"].as_str().unwrap().to_owned();
        for who in [&self.kostas, &records(&self.house, "Amal Board")] {
            let path = format!("/v1/dispositions/{run}/approve");
            self.post(who, &path, &json!({"reason": "read it"}));
        }
        run
    }

    /// Has a run begun, and waits until something of it is destroyed.
    fn begun(&self, run: &str) -> Value {
        let (status, told) =
            self.post(&self.mira, &format!("/v1/dispositions/{run}/execute"), &json!({}));
        assert_eq!(status, 202, "{told}");
        until("some of it is destroyed", || {
            let shown = self.shown(run);
            (shown["destroyed"].as_u64().unwrap() > 0).then_some(shown)
        })
    }

    fn shown(&self, run: &str) -> Value {
        self.as_of(&self.mira).get(&format!("/v1/dispositions/{run}")).json()
    }

    fn finished(&self, run: &str) -> Value {
        until("the run is finished", || {
            let shown = self.shown(run);
            (shown["stage"] == "finished").then_some(shown)
        })
    }

    fn total(&self, word: &str) -> Value {
        self.daemon.search(&self.house, &self.officer, word)["total"].clone()
    }

    /// What a run destroyed, as its certificate proves.
    fn certified(&self, run: &str) -> Value {
        let file = self.house.beside("run.certificate");
        let path = file.to_str().unwrap();
        let got = self.run(&self.mira, &["disposition", "certificate", run, "-o", path]);
        assert_eq!(got.code, 0, "{got:?}");
        let arguments = ["certificate", "verify", path, "--key", &self.vkey(), "--json"];
        let verified = self.house.run(&arguments);
        assert_eq!(verified.code, 0, "{verified:?}");
        verified.json()["proven"]["records"].clone()
    }
}

#[test]
fn a_daemon_that_is_killed_in_the_middle_of_a_run_finishes_it_at_the_next_start() {
    let scene = Scene::new(&[]);
    let run = scene.approved();
    let before = scene.begun(&run);
    let due = before["records"].as_u64().unwrap();
    let Scene { house, daemon, officer, mira, kostas } = scene;
    daemon.kill();
    let daemon = house.serve();
    let scene = Scene { house, daemon, officer, mira, kostas };
    assert!(before["destroyed"].as_u64().unwrap() < due, "killed too late: {before}");

    let shown = scene.finished(&run);
    assert_eq!((&shown["destroyed"], &shown["withheld"]), (&json!(due), &json!([])));
    assert_eq!(scene.certified(&run), due);
    assert_eq!((scene.total("zinc"), scene.total("tin")), (json!(0), json!(0)));
    let copper = scene.record("copper");
    assert_eq!(scene.as_of(&scene.officer).get(&format!("/v1/records/{copper}")).status, 200);
    let nothing = scene.run(&scene.mira, &["disposition", "preview"]);
    assert_eq!(nothing.code, 5, "{nothing:?}");
    let Scene { house, daemon, .. } = scene;
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains(&format!("{due} destroyed")), "{verified:?}");
}

#[test]
fn a_hold_that_is_placed_while_a_run_is_carried_out_keeps_what_is_left_of_its_own() {
    let scene = Scene::new(&[]);
    let run = scene.approved();
    let due = scene.begun(&run)["records"].as_u64().unwrap();
    let counsel = scene.house.token("counsel");
    let (status, held) = scene.post(&counsel, "/v1/holds", &json!({
        "matter": "Halyard v. Quay", "custodian": "Ines", "reason": "a claim", "authority": "court",
        "scope": {"parties": [LAST]},
    }));
    assert_eq!(status, 201, "{held}");
    let shown = scene.finished(&run);
    assert_eq!(shown["withheld"], json!([{"why": "a hold", "records": 1}]), "{shown}");
    // With it stays the delivery that brought it.
    assert_eq!(shown["destroyed"], due - 2);
    assert_eq!(scene.certified(&run), due - 2);
    assert_eq!((scene.total("zinc"), scene.total("tin")), (json!(0), json!(1)));
    let tin = scene.record("tin");
    assert_eq!(scene.as_of(&scene.officer).get(&format!("/v1/records/{tin}")).status, 200);
    let counted = scene.run(&counsel, &["hold", "report", "Halyard v. Quay", "--recount"]);
    assert!(counted.stdout.contains("the same records are there"), "{counted:?}");
    scene.daemon.stop();
}

#[test]
fn the_timer_carries_out_what_was_approved() {
    let scene = Scene::new(&[
        ("MUNIMENT_DISPOSITION__TIMER", "* * * * *"),
        ("MUNIMENT_DISPOSITION__TIMER_EXECUTES", "true"),
    ]);
    scene.daemon.take(&webhook(&[text_message(1, OLD, "sell the zinc")]));
    let zinc = scene.record("zinc");
    scene.adopt();
    scene.contract_ended(OLD);
    // The timer may have been faster with the plan.
    let planned = scene.run(&scene.mira, &["disposition", "plan", "--json"]);
    assert_eq!(planned.code, 0, "{planned:?}");
    let run = planned.json()["run"].as_str().unwrap().to_owned();
    let because = ["--because", "read it with counsel"];
    let approved =
        scene.run(&scene.kostas, &[&["disposition", "approve", &run][..], &because].concat());
    assert_eq!(approved.code, 0, "{approved:?}");
    let begun = std::time::Instant::now();
    while scene.shown(&run)["stage"] != "finished" {
        assert!(begun.elapsed().as_secs() < 150, "the timer carried out nothing");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(scene.as_of(&scene.officer).get(&format!("/v1/records/{zinc}")).status, 410);
    assert_eq!(scene.certified(&run), 2);
    let trace = scene.daemon.trace();
    assert!(trace.contains("a disposition was carried out"), "{trace}");
    scene.daemon.stop();
}
