//! Legal holds, from the command line to the daemon and over a restart.

use serde_json::{Value, json};

use crate::support::{Daemon, House, Ran, text_message, until, webhook, written};

const FROM: &str = "4915550100321";
const MATTER: &str = "Halyard v. Quay/7";

/// People with tokens, and the daemon that they ask.
struct Office {
    house: House,
    daemon: Daemon,
}

impl Office {
    fn new() -> Self {
        let house = House::new();
        for (name, role) in
            [("Mira", "counsel"), ("Kostas", "counsel"), ("Otto", "officer"), ("Rhea", "records")]
        {
            written(house.beside(name), house.token_of(name, role).as_bytes());
        }
        let daemon = house.serve();
        Self { house, daemon }
    }

    /// Runs `muniment hold` as somebody.
    fn hold(&self, who: &str, arguments: &[&str]) -> Ran {
        let token = self.house.beside(who);
        let server = ["--server", self.daemon.api.base(), "--token-file", token.to_str().unwrap()];
        self.house.run(&[&["hold"], &server[..], arguments].concat())
    }

    #[track_caller]
    fn done(&self, who: &str, arguments: &[&str]) -> String {
        let ran = self.hold(who, arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout.trim().to_owned()
    }

    /// Places a hold on the matter; gives its name.
    fn place(&self, more: &[&str]) -> String {
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
        self.done("Mira", &[&said, more].concat())
    }

    fn shown(&self, who: &str, hold: &str) -> Value {
        serde_json::from_str(&self.done(who, &["show", hold, "--json"])).unwrap()
    }

    /// How many records a hold holds, once it is as many as expected.
    fn holds(&self, hold: &str, expected: u64) {
        until("the hold holds so many records", || {
            (self.shown("Mira", hold)["records"] == json!(expected)).then_some(())
        });
    }

    fn restarted(self) -> Self {
        let Self { house, daemon } = self;
        daemon.stop();
        let daemon = house.serve();
        Self { house, daemon }
    }
}

#[test]
fn a_hold_by_query_catches_a_message_that_arrives_later_and_outlives_a_restart() {
    let office = Office::new();
    let early = [text_message(1, FROM, "The crates on the quay"), text_message(2, FROM, "Hello")];
    office.daemon.take(&webhook(&early));
    let hold = office.place(&["--query", "crates OR barrels", "--from", "2020-01-01"]);
    office.holds(&hold, 1);
    office.daemon.take(&webhook(&[text_message(3, FROM, "The barrels as well")]));
    office.holds(&hold, 2);

    let office = office.restarted();
    office.daemon.take(&webhook(&[text_message(4, FROM, "More barrels")]));
    office.holds(&hold, 3);
    let report = office.done("Otto", &["report", MATTER]);
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
    let Office { house, daemon } = office;
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn custodians_are_told_and_two_people_release() {
    let office = Office::new();
    let text = office.house.beside("notice.txt");
    written(text.clone(), b"Keep every message with us.\nDelete nothing.");
    let hold = office.place(&["--party", FROM, "--notice-file", text.to_str().unwrap()]);
    let told = office.shown("Otto", &hold);
    assert_eq!(told["notices"][0]["text"], "Keep every message with us.\nDelete nothing.");
    let notice = told["notices"][0]["notice"].as_str().unwrap().to_owned();
    office.done("Mira", &["acknowledge", &hold, "--notice", &notice, "--by", "Noor Customer"]);

    let release = ["release", &hold, "--because", "It was settled."];
    let approve = ["approve", &hold, "--because", "I read the settlement."];
    for who in ["Otto", "Rhea"] {
        let refused = office.hold(who, &release);
        assert!(refused.code == 1 && refused.stderr.contains("counsel"), "{refused:?}");
    }
    let asked = office.done("Mira", &release);
    assert!(asked.contains("in force; Mira asked for its release: 0 of 1"), "{asked}");
    let own = office.hold("Mira", &approve);
    assert!(own.code == 1 && own.stderr.contains("another person"), "{own:?}");
    let office = office.restarted();
    let released = office.done("Kostas", &approve);
    assert!(released.contains("released; holds until"), "{released}");

    let report = office.done("Rhea", &["report", MATTER]);
    for told in ["confirmed by Noor Customer", "| Delete nothing.", "release approved", "Kostas"] {
        assert!(report.contains(told), "{told}: {report}");
    }
    let listed = office.done("Otto", &["list", "--state", "grace"]);
    assert!(listed.contains(&hold), "{listed}");
    assert_eq!(office.hold("Otto", &["list", "--state", "in_force"]).code, 5);
}

#[test]
fn a_silent_hold_is_there_for_counsel_alone() {
    let office = Office::new();
    let hold = office.place(&["--everything", "--silent"]);
    for who in ["Otto", "Rhea"] {
        assert_eq!(office.hold(who, &["list"]).code, 5, "{who}");
        assert_eq!(office.hold(who, &["show", &hold]).code, 5, "{who}");
        assert_eq!(office.hold(who, &["report", MATTER]).code, 5, "{who}");
    }
    let listed = office.done("Kostas", &["list"]);
    assert!(listed.contains(&hold) && listed.contains("silent"), "{listed}");
    let leaked = office.daemon.trace();
    assert!(!leaked.contains("Noor Customer") && !leaked.contains(MATTER), "{leaked}");
}

#[test]
fn what_cannot_be_a_hold_is_refused_with_what_to_do() {
    let office = Office::new();
    let said = ["place", "--matter", "m", "--custodian", "c", "--authority", "a", "--because", "b"];
    for (more, advice) in [
        (&[][..], "everything"),
        (&["--party", "01555 0100777"], "international form"),
        (&["--query", "frm:Mira"], "did you mean from:?"),
        (&["--from", "2026-03-02", "--to", "2026-03-01"], "turn them round"),
    ] {
        let refused = office.hold("Mira", &[&said, more].concat());
        assert!(refused.code == 1 && refused.stderr.contains(advice), "{refused:?}");
    }
    assert_eq!(office.hold("Mira", &["list"]).code, 5, "none was placed");
}

#[test]
fn a_hold_on_a_phone_number_follows_the_person_to_another() {
    let office = Office::new();
    let by_id = |number, text| {
        let mut message = text_message(number, FROM, text);
        message.as_object_mut().unwrap().remove("from");
        message["from_user_id"] = json!("DE.5501");
        message
    };
    office.daemon.take(&webhook(&[by_id(1, "The crates on the quay")]));
    let hold = office.place(&["--party", "+49 1555 0100321"]);
    office.holds(&hold, 0);
    let mut both = text_message(2, FROM, "It is me");
    both["from_user_id"] = json!("DE.5501");
    office.daemon.take(&webhook(&[both]));
    office.holds(&hold, 2);
    let shown = office.done("Otto", &["show", &hold]);
    assert!(shown.contains("follows      2 identifiers of its parties"), "{shown}");
    let office = office.restarted();
    office.holds(&hold, 2);
    let leaked = office.daemon.trace();
    assert!(!leaked.contains("DE.5501") && !leaked.contains(FROM), "{leaked}");
}

#[test]
fn what_a_hold_caught_is_counted_and_counted_again() {
    let office = Office::new();
    office.daemon.take(&webhook(&[text_message(1, FROM, "The crates")]));
    let early = office.place(&["--party", FROM]);
    office.holds(&early, 1);
    office.daemon.take(&webhook(&[text_message(2, FROM, "The barrels")]));
    office.holds(&early, 2);
    let office = office.restarted();
    let report = office.done("Otto", &["report", MATTER, "--recount"]);
    assert!(report.contains("caught       1 records of the first"), "{report}");
    assert!(report.contains("recounted    the same records are there"), "{report}");
    let table = office.done("Otto", &["report", MATTER, "--csv"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("\u{feff}matter,hold,"), "{table}");
    assert!(lines[1].contains(&early) && lines[1].contains("placed"), "{table}");
    let both = office.hold("Otto", &["report", MATTER, "--csv", "--json"]);
    assert_eq!(both.code, 2, "{both:?}");
}
