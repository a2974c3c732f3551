//! Consent from the provider's door to the command line, and over a restart.

use serde_json::Value;

use crate::support::{NUMBER_ID, Office, Ran, text_message, webhook, written};

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

fn office() -> Office {
    Office::new(&[], &[("Otto", "officer")])
}

fn consent(office: &Office, arguments: &[&str]) -> Ran {
    office.run("Otto", &[&["consent"], arguments].concat())
}

fn state(office: &Office, subject: &str) -> Value {
    let number = ["--number", NUMBER_ID];
    let asked = ["show", subject, "--purpose", "marketing", "--json"];
    consent(office, &[&asked[..], &number].concat()).json()["states"][0].clone()
}

#[test]
fn who_writes_stop_in_any_language_is_known_to_have_after_a_restart_too() {
    let office = office();
    for (at, (who, said, _)) in SAID.into_iter().enumerate() {
        office.daemon.take(&webhook(&[text_message(at as u64, who, said)]));
    }
    for (who, said, expected) in SAID {
        assert_eq!(state(&office, who)["state"], expected, "{said}");
    }
    let review = consent(&office, &["review", "--json"]);
    let review: Value = serde_json::from_str(&review.stdout).unwrap();
    assert_eq!(review["open"], 2);
    let candidate = review["candidates"][0]["record"].as_str().unwrap();
    let resolved =
        consent(&office, &["review", candidate, "--meant", "--because", "asked to leave"]);
    assert_eq!(resolved.code, 0, "{resolved:?}");

    let (house, _) = office.closed();
    let office = Office::opened(house);
    let after: Vec<Value> =
        SAID.iter().map(|(who, ..)| state(&office, who)["state"].clone()).collect();
    let withdrawn = after.iter().filter(|state| **state == "withdrawn").count();
    assert_eq!(withdrawn, 9, "eight said so, one was looked at: {after:?}");
    office.daemon.stop();
}

#[test]
fn consent_is_told_imported_and_exported_from_the_command_line() {
    let office = office();
    let told = consent(
        &office,
        &[
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
        ],
    );
    assert_eq!(told.code, 0, "{told:?}");
    let shown = consent(&office, &["show", "447700900555", "--purpose", "marketing"]);
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
    let refused = consent(&office, &["import", file.to_str().unwrap()]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stdout.contains("line 3: kind"), "{refused:?}");
    written(file.clone(), format!("{header}{line}").as_bytes());
    let imported = consent(&office, &["import", file.to_str().unwrap()]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(imported.stdout.contains("1 taken, 0 known before"), "{imported:?}");

    let exported = consent(&office, &["export", "447700900555", "--purpose", "marketing"]);
    let record: Value = serde_json::from_str(&exported.stdout).unwrap();
    let states: Vec<_> =
        record["events"].as_array().unwrap().iter().map(|event| &event["event_state"]).collect();
    assert_eq!(states, ["given", "withdrawn"]);
    assert_eq!(record["events"][1]["muniment"]["evidence"]["line"], 2);
    let history = consent(&office, &["history", "447700900555"]);
    assert!(history.stdout.contains("crm 7"), "{history:?}");
    let nobody = consent(&office, &["show", "440000000000"]);
    assert_eq!(nobody.code, 5, "{nobody:?}");
    office.daemon.stop();
}
