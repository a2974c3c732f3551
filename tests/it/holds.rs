//! Legal holds, from the command line to the daemon and over a restart.

use serde_json::{Value, json};

use crate::support::{Office, Ran, text_message, until, webhook, written};

const FROM: &str = "4915550100321";
const MATTER: &str = "Halyard v. Quay/7";

fn office() -> Office {
    Office::new(
        &[],
        &[("Mira", "counsel"), ("Kostas", "counsel"), ("Otto", "officer"), ("Rhea", "records")],
    )
}

/// Runs `muniment hold` as somebody, who is told before the step.
fn run(office: &Office, who: &str, arguments: &[&str]) -> Ran {
    let asking = office.asking(who);
    office.house.run(&[&["hold"], &asking.each_ref().map(String::as_str)[..], arguments].concat())
}

#[track_caller]
fn done(office: &Office, who: &str, arguments: &[&str]) -> String {
    let ran = run(office, who, arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout.trim().to_owned()
}

/// Places a hold on the matter; gives its name.
fn place(office: &Office, more: &[&str]) -> String {
    let said = [
        "place",
        "--matter",
        MATTER,
        "--custodian",
        "Noor Customer",
        "--authority",
        "Order of the court, 4 O 12/26",
        "--because",
        "A claim was filed.",
    ];
    done(office, "Mira", &[&said, more].concat())
}

fn shown(office: &Office, who: &str, hold: &str) -> Value {
    serde_json::from_str(&done(office, who, &["show", hold, "--json"])).unwrap()
}

/// How many records a hold holds, once it is as many as expected.
fn holds(office: &Office, hold: &str, expected: u64) {
    until("the hold holds so many records", || {
        (shown(office, "Mira", hold)["records"] == json!(expected)).then_some(())
    });
}

#[test]
fn a_hold_by_query_catches_a_message_that_arrives_later_and_outlives_a_restart() {
    let office = office();
    let early = [text_message(1, FROM, "The crates on the quay"), text_message(2, FROM, "Hello")];
    office.daemon.take(&webhook(&early));
    let hold = place(&office, &["--query", "crates OR barrels", "--from", "2020-01-01"]);
    holds(&office, &hold, 1);
    office.daemon.take(&webhook(&[text_message(3, FROM, "The barrels as well")]));
    holds(&office, &hold, 2);

    let office = office.restarted();
    office.daemon.take(&webhook(&[text_message(4, FROM, "More barrels")]));
    holds(&office, &hold, 3);
    let report = done(&office, "Otto", &["report", MATTER]);
    for told in [
        MATTER,
        "holds now    3 records",
        "crates OR barrels",
        "A claim was filed.",
        "in force",
        "2020-01-01 to no end",
    ] {
        assert!(report.contains(told), "{told}: {report}");
    }
    office.closed();
}

#[test]
fn custodians_are_told_and_two_people_release() {
    let office = office();
    let text = office.house.beside("notice.txt");
    written(text.clone(), b"Keep every message with us.\nDelete nothing.");
    let hold = place(&office, &["--party", FROM, "--notice-file", text.to_str().unwrap()]);
    let told = shown(&office, "Otto", &hold);
    assert_eq!(told["notices"][0]["text"], "Keep every message with us.\nDelete nothing.");
    let notice = told["notices"][0]["notice"].as_str().unwrap().to_owned();
    done(&office, "Mira", &["acknowledge", &hold, "--notice", &notice, "--by", "Noor Customer"]);

    let release = ["release", &hold, "--because", "It was settled."];
    let approve = ["approve", &hold, "--because", "I read the settlement."];
    for who in ["Otto", "Rhea"] {
        let refused = run(&office, who, &release);
        assert!(refused.code == 1 && refused.stderr.contains("counsel"), "{refused:?}");
    }
    let asked = done(&office, "Mira", &release);
    assert!(asked.contains("in force; Mira asked for its release: 0 of 1"), "{asked}");
    let own = run(&office, "Mira", &approve);
    assert!(own.code == 1 && own.stderr.contains("another person"), "{own:?}");
    let office = office.restarted();
    let released = done(&office, "Kostas", &approve);
    assert!(released.contains("released; holds until"), "{released}");

    let report = done(&office, "Rhea", &["report", MATTER]);
    for told in ["confirmed by Noor Customer", "| Delete nothing.", "release approved", "Kostas"] {
        assert!(report.contains(told), "{told}: {report}");
    }
    let listed = done(&office, "Otto", &["list", "--state", "grace"]);
    assert!(listed.contains(&hold), "{listed}");
    assert_eq!(run(&office, "Otto", &["list", "--state", "in_force"]).code, 5);
}

#[test]
fn a_silent_hold_is_there_for_counsel_alone() {
    let office = office();
    let hold = place(&office, &["--everything", "--silent"]);
    for who in ["Otto", "Rhea"] {
        assert_eq!(run(&office, who, &["list"]).code, 5, "{who}");
        assert_eq!(run(&office, who, &["show", &hold]).code, 5, "{who}");
        assert_eq!(run(&office, who, &["report", MATTER]).code, 5, "{who}");
    }
    let listed = done(&office, "Kostas", &["list"]);
    assert!(listed.contains(&hold) && listed.contains("silent"), "{listed}");
    let leaked = office.daemon.trace();
    assert!(!leaked.contains("Noor Customer") && !leaked.contains(MATTER), "{leaked}");
}

#[test]
fn what_cannot_be_a_hold_is_refused_with_what_to_do() {
    let office = office();
    let said = ["place", "--matter", "m", "--custodian", "c", "--authority", "a", "--because", "b"];
    for (more, advice) in [
        (&[][..], "everything"),
        (&["--party", "01555 0100777"], "international form"),
        (&["--query", "frm:Mira"], "did you mean from:?"),
        (&["--from", "2026-03-02", "--to", "2026-03-01"], "turn them round"),
    ] {
        let refused = run(&office, "Mira", &[&said, more].concat());
        assert!(refused.code == 1 && refused.stderr.contains(advice), "{refused:?}");
    }
    assert_eq!(run(&office, "Mira", &["list"]).code, 5, "none was placed");
}

#[test]
fn a_hold_on_a_phone_number_follows_the_person_to_another() {
    let office = office();
    let by_id = |number, text| {
        let mut message = text_message(number, FROM, text);
        message.as_object_mut().unwrap().remove("from");
        message["from_user_id"] = json!("DE.5501");
        message
    };
    office.daemon.take(&webhook(&[by_id(1, "The crates on the quay")]));
    let hold = place(&office, &["--party", "+49 1555 0100321"]);
    holds(&office, &hold, 0);
    let mut both = text_message(2, FROM, "It is me");
    both["from_user_id"] = json!("DE.5501");
    office.daemon.take(&webhook(&[both]));
    holds(&office, &hold, 2);
    let shown = done(&office, "Otto", &["show", &hold]);
    assert!(shown.contains("follows      2 identifiers of its parties"), "{shown}");
    let office = office.restarted();
    holds(&office, &hold, 2);
    let leaked = office.daemon.trace();
    assert!(!leaked.contains("DE.5501") && !leaked.contains(FROM), "{leaked}");
}

#[test]
fn what_a_hold_caught_is_counted_and_counted_again() {
    let office = office();
    office.daemon.take(&webhook(&[text_message(1, FROM, "The crates")]));
    let early = place(&office, &["--party", FROM]);
    holds(&office, &early, 1);
    office.daemon.take(&webhook(&[text_message(2, FROM, "The barrels")]));
    holds(&office, &early, 2);
    let office = office.restarted();
    let report = done(&office, "Otto", &["report", MATTER, "--recount"]);
    assert!(report.contains("caught       1 records of the first"), "{report}");
    assert!(report.contains("recounted    the same records are there"), "{report}");
    let table = done(&office, "Otto", &["report", MATTER, "--csv"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("\u{feff}matter,hold,"), "{table}");
    assert!(lines[1].contains(&early) && lines[1].contains("placed"), "{table}");
    let both = run(&office, "Otto", &["report", MATTER, "--csv", "--json"]);
    assert_eq!(both.code, 2, "{both:?}");
}
