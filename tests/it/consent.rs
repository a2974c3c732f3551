//! Consent from the provider's door to the command line, and over a restart.

use serde_json::Value;

use crate::support::{Daemon, House, NUMBER_ID, Ran, text_message, webhook, written};

/// What ten people write, and what holds for marketing afterwards.
const SAID: [(&str, &str, &str); 10] = [
    ("447700900401", "STOP", "withdrawn"),
    ("966500000402", "إلغاء الاشتراك", "withdrawn"),
    ("306900000403", "ΔΙΑΚΟΠΗ", "withdrawn"),
    ("34600000404", "quiero darme de baja", "in_review"),
    ("5511900000405", "parar", "withdrawn"),
    ("919000000406", "बंद करो", "withdrawn"),
    ("33600000407", "Désabonner svp", "withdrawn"),
    ("4915550100408", "abmelden", "withdrawn"),
    ("390000000409", "annulla", "in_review"),
    ("905000000410", "ABONELİKTEN ÇIK", "withdrawn"),
];

struct Office {
    house: House,
    daemon: Daemon,
}

impl Office {
    fn new() -> Self {
        let house = House::new();
        written(house.beside("otto"), house.token("officer").as_bytes());
        let daemon = house.serve();
        Self { house, daemon }
    }

    fn consent(&self, arguments: &[&str]) -> Ran {
        let token = self.house.beside("otto");
        let remote = ["--server", self.daemon.api.base(), "--token-file", token.to_str().unwrap()];
        self.house.run(&[&["consent"], arguments, &remote[..]].concat())
    }

    fn state(&self, subject: &str) -> Value {
        let number = ["--number", NUMBER_ID];
        let asked = ["show", subject, "--purpose", "marketing", "--json"];
        let ran = self.consent(&[&asked[..], &number].concat());
        let view: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        view["states"][0].clone()
    }

    fn check(&self, when: &str) {
        for (who, said, expected) in SAID {
            assert_eq!(self.state(who)["state"], expected, "{when}: {said}");
        }
    }
}

#[test]
fn who_writes_stop_in_any_language_is_known_to_have_after_a_restart_too() {
    let office = Office::new();
    for (at, (who, said, _)) in SAID.into_iter().enumerate() {
        office.daemon.take(&webhook(&[text_message(at as u64, who, said)]));
    }
    office.check("as delivered");
    let review = office.consent(&["review", "--json"]);
    let review: Value = serde_json::from_str(&review.stdout).unwrap();
    assert_eq!(review["open"], 2);
    let candidate = review["candidates"][0]["record"].as_str().unwrap();
    let resolved = office.consent(&["review", candidate, "--meant", "--because", "asked to leave"]);
    assert_eq!(resolved.code, 0, "{resolved:?}");

    let Office { house, daemon } = office;
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
    let daemon = house.serve();
    let office = Office { house, daemon };
    let after: Vec<Value> =
        SAID.iter().map(|(who, ..)| office.state(who)["state"].clone()).collect();
    let withdrawn = after.iter().filter(|state| **state == "withdrawn").count();
    assert_eq!(withdrawn, 9, "eight said so, one was looked at: {after:?}");
    office.daemon.stop();
}

#[test]
fn consent_is_told_imported_and_exported_from_the_command_line() {
    let office = Office::new();
    let told = office.consent(&[
        "tell",
        "+44 7700 900555",
        "opt-in",
        "--purposes",
        "marketing",
        "--by",
        "form",
        "--reference",
        "form 12",
        "--at",
        "2026-01-01T10:00:00Z",
        "--language",
        "en",
    ]);
    assert_eq!(told.code, 0, "{told:?}");
    let shown = office.consent(&["show", "447700900555", "--purpose", "marketing"]);
    assert!(shown.stdout.contains("marketing  given since 2026-01-01 10:00:00 UTC"), "{shown:?}");
    assert!(shown.stdout.contains("form 12"), "{shown:?}");

    let file = office.house.beside("crm.csv");
    let header = "subject,kind,purposes,channel,number,at,expires,language,version,wording,\
                  jurisdiction,legal_basis,reference\n";
    let line = "447700900555,opt_out,all,,,2026-02-01T10:00:00Z,,,,,,,crm 7\n";
    written(
        file.clone(),
        format!("{header}{line}447700900555,stop,all,,,2026,,,,,,,\n").as_bytes(),
    );
    let refused = office.consent(&["import", file.to_str().unwrap()]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stdout.contains("line 3: kind"), "{refused:?}");
    written(file.clone(), format!("{header}{line}").as_bytes());
    let imported = office.consent(&["import", file.to_str().unwrap()]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(imported.stdout.contains("1 taken, 0 known before"), "{imported:?}");

    let exported = office.consent(&["export", "447700900555", "--purpose", "marketing"]);
    let record: Value = serde_json::from_str(&exported.stdout).unwrap();
    let states: Vec<_> =
        record["events"].as_array().unwrap().iter().map(|event| &event["event_state"]).collect();
    assert_eq!(states, ["given", "withdrawn"]);
    assert_eq!(record["events"][1]["muniment"]["evidence"]["line"], 2);
    let history = office.consent(&["history", "447700900555"]);
    assert!(history.stdout.contains("crm 7"), "{history:?}");
    let nobody = office.consent(&["show", "440000000000"]);
    assert_eq!(nobody.code, 5, "{nobody:?}");
    office.daemon.stop();
}
