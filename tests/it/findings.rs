//! Findings of conduct from the provider's door to the command line, over restarts, a kill
//! and the loss of what they are made from.

use std::fs;

use muniment::clock::Clock;
use serde_json::{Value, json};

use crate::support::{NUMBER_ID, Office, Ran, text_message, until, wamid, webhook, written};

const ADA: &str = "447700900501";
const BEN: &str = "447700900502";
const CLEO: &str = "447700900503";

struct Scene {
    office: Office,
    /// When it began, in Unix seconds as the provider tells them: some hours ago.
    at: i64,
}

/// A change of a field, as the provider sends it.
fn change(field: &str, value: &Value, time: i64) -> String {
    let entry = json!({"id": "107700000000070", "time": time,
        "changes": [{"field": field, "value": value}]});
    json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
}

fn statuses(statuses: &[Value]) -> String {
    let metadata = json!({"display_phone_number": "4915550100700", "phone_number_id": NUMBER_ID});
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata,
        "statuses": statuses});
    change("messages", &value, 0)
}

fn priced(category: &str) -> Value {
    json!({"pricing": {"billable": true, "pricing_model": "PMP", "type": "regular",
        "category": category}})
}

impl Scene {
    fn new() -> Self {
        let settings = [("MUNIMENT_CONDUCT__TEMPLATE_IN_CALLBACK", "template=")];
        let office = Office::new(&settings, &[("Otto", "officer")]);
        Self { office, at: Clock::system().now().as_second() - 10_000 }
    }

    fn take(&self, body: &str) {
        self.office.daemon.take(body);
    }

    /// What the provider says of a message to somebody.
    fn status(&self, number: u64, to: &str, word: &str, after: i64, more: Value) -> Value {
        let mut status = json!({"id": wamid(number, to), "status": word, "recipient_id": to,
            "timestamp": (self.at + after).to_string()});
        status.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        status
    }

    /// Somebody writes, some seconds after the beginning.
    fn write(&self, number: u64, from: &str, text: &str, after: i64) {
        let mut message = text_message(number, from, text);
        message["timestamp"] = (self.at + after).to_string().into();
        self.take(&webhook(&[message]));
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.office.run("Otto", arguments)
    }

    fn page(&self, state: &str) -> Value {
        self.run(&["finding", "list", "--state", state, "--json"]).json()
    }

    /// The kinds and reasons in a state, when everything that was logged is judged.
    fn found(&self, state: &str) -> Vec<(String, String)> {
        let logged = self.office.house.entries().len() as u64;
        let page = until("what was logged is judged", || {
            let page = self.page(state);
            let followed = page["followed"]["entries"].as_u64().unwrap();
            (followed >= logged && page["followed"]["entries_behind"] == 0).then_some(page)
        });
        let word = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
        let findings = page["findings"].as_array().unwrap().iter();
        findings.map(|finding| (word(finding, "kind"), word(finding, "because"))).collect()
    }

    fn restarted(self) -> Self {
        Self { office: self.office.restarted(), at: self.at }
    }
}

fn expected(found: &[(&str, &str)]) -> Vec<(String, String)> {
    found.iter().map(|(kind, because)| ((*kind).to_owned(), (*because).to_owned())).collect()
}

/// Ada gets an offer that she did not ask for; Ben stops messages, is told so, and then gets
/// another; Cleo gets an answer to nothing, and a template that was paused.
fn deliver(scene: &Scene) {
    let status = |number, to, word, after, more| scene.status(number, to, word, after, more);
    scene.write(0, BEN, "STOP", 0);
    scene.take(&statuses(&[
        status(1, ADA, "delivered", 9, priced("marketing")),
        status(1, ADA, "sent", 5, json!({})),
        status(2, BEN, "sent", 20, priced("service")),
        status(3, BEN, "sent", 4000, priced("marketing")),
        status(4, CLEO, "sent", 10, priced("service")),
    ]));
    let update = |event: &str, time: i64| {
        let update = json!({"event": event, "message_template_id": 1_990_000_000_000_001_u64,
            "message_template_name": "spring", "message_template_language": "en_GB",
            "reason": "NONE"});
        scene.take(&change("message_template_status_update", &update, time));
    };
    update("APPROVED", scene.at - 9000);
    update("PAUSED", scene.at);
    let mut noted = priced("utility");
    noted["biz_opaque_callback_data"] = json!("case=7;template=spring");
    scene.take(&statuses(&[status(5, CLEO, "sent", 600, noted)]));
}

const OPEN: [(&str, &str); 4] = [
    ("without_consent", "never_given"),
    ("after_opt_out", "withdrawn"),
    ("outside_window", "no_message"),
    ("template_not_approved", "template_paused"),
];

#[test]
fn breaches_are_found_survive_a_restart_and_are_withdrawn_by_what_comes_late() {
    let scene = Scene::new();
    deliver(&scene);
    assert_eq!(scene.found("open"), expected(&OPEN));
    let scene = scene.restarted();
    assert_eq!(scene.found("open"), expected(&OPEN));

    // The message that the answer was to comes with the provider's second try.
    scene.write(1, CLEO, "is it open today?", -60);
    let told = scene.run(&[
        "consent",
        "tell",
        ADA,
        "opt-in",
        "--purposes",
        "marketing",
        "--by",
        "form",
        "--reference",
        "form 12",
        "--at",
        "2026-01-01T10:00:00Z",
    ]);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(scene.found("open"), expected(&[OPEN[1], OPEN[3]]));
    assert_eq!(scene.found("withdrawn"), expected(&[OPEN[0], OPEN[2]]));
    scene.office.daemon.stop();
}

#[test]
fn what_is_lost_or_altered_is_made_anew_and_said_so() {
    let scene = Scene::new();
    deliver(&scene);
    assert_eq!(scene.found("open"), expected(&OPEN));
    let Scene { office: Office { mut house, daemon }, at } = scene;
    daemon.kill();
    let dir = house.data().join("conduct");
    for loss in ["nothing", "altered", "lost"] {
        if loss == "altered" {
            let mut bytes = fs::read(dir.join("findings")).unwrap();
            let place = bytes.len() / 2;
            bytes[place] ^= 4;
            written(dir.join("findings"), &bytes);
        } else if loss == "lost" {
            fs::remove_dir_all(&dir).unwrap();
        }
        let scene = Scene { office: Office::opened(house), at };
        assert_eq!(scene.found("open"), expected(&OPEN), "{loss}");
        let trace = scene.office.daemon.trace();
        let said = trace.contains("findings of conduct are made anew");
        assert_eq!(said, loss != "nothing", "{loss}: {trace}");
        (house, _) = scene.office.closed();
    }
}

#[test]
fn a_verdict_is_given_from_the_command_line_and_stays() {
    let scene = Scene::new();
    deliver(&scene);
    assert_eq!(scene.found("open").len(), 4);
    let page = scene.page("open");
    let name = page["findings"][0]["finding"].as_str().unwrap().to_owned();
    let listed = scene.run(&["finding", "list", "--kind", "without_consent"]);
    assert!(listed.stdout.contains(&name) && listed.stdout.contains("1 of 1"), "{listed:?}");
    assert!(listed.stdout.contains("nothing shows that the person had consented"), "{listed:?}");
    let why = "She had asked for it in the shop.";
    let reviewed = scene.run(&["finding", "review", &name, "--dismissed", "--because", why]);
    assert_eq!(reviewed.code, 0, "{reviewed:?}");
    let scene = scene.restarted();
    let shown = scene.run(&["finding", "show", &name]);
    assert!(shown.stdout.contains("dismissed by Otto") && shown.stdout.contains(why), "{shown:?}");
    assert_eq!(scene.found("open").len(), 3);
    assert_eq!(scene.found("dismissed"), expected(&OPEN[..1]));

    let ready = scene.office.daemon.api.get("/readyz").json();
    assert_eq!(ready["findings"]["entries_behind"], 0, "{ready}");
    let nothing = scene.run(&["finding", "list", "--state", "accepted"]);
    assert_eq!(nothing.code, 5, "{nothing:?}");
    let unknown =
        scene.run(&["finding", "show", &name.replace("without_consent", "after_opt_out")]);
    assert_eq!(unknown.code, 5, "{unknown:?}");
    for wrong in [&["finding", "show", "x"][..], &["finding", "review", &name, "--because", "so"]] {
        let refused = scene.run(wrong);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    scene.office.daemon.stop();
}

#[test]
fn what_is_switched_off_is_not_there() {
    let mut scene = Scene::new();
    deliver(&scene);
    assert_eq!(scene.found("open").len(), 4);
    scene.office.daemon.stop();
    scene.office.house.set("MUNIMENT_CONDUCT__ENABLED", "false");
    scene.office.daemon = scene.office.house.serve();
    let off = scene.run(&["finding", "list"]);
    assert_eq!(off.code, 5, "{off:?}");
    assert!(off.stderr.contains("conduct.enabled"), "{off:?}");
    assert!(!scene.office.house.data().join("conduct").join("findings").exists());
    assert_eq!(scene.office.daemon.api.get("/readyz").json()["findings"], Value::Null);
    scene.office.daemon.stop();
    scene.office.house.set("MUNIMENT_CONDUCT__CONSENT_FOR", "marketing,weather");
    let refused = scene.office.house.run(&["config", "check"]);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(refused.code != 0 && said.contains("conduct.consent_for"), "{refused:?}");
}
