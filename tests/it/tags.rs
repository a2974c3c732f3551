//! Tags that people put on records decide how long these are kept; one that was put by
//! mistake is taken by two people.

use serde_json::{Value, json};

use crate::support::{Office, PLANS_ANYTHING, text_message, webhook};

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

fn office() -> Office {
    let settings = [&PLANS_ANYTHING[..], &[("MUNIMENT_DISPOSITION__APPROVALS", "0")]].concat();
    let office =
        Office::new(&settings, &[("Otto", "officer"), ("Mira", "records"), ("Kostas", "records")]);
    office.adopt("Mira", SCHEDULE);
    office
}

/// The entries that would go now, with what goes along.
fn preview(office: &Office) -> Value {
    let (status, planned) = office.post("Mira", "/v1/dispositions/preview", &json!({}));
    assert_eq!(status, 200, "{planned}");
    planned
}

#[test]
fn what_is_tagged_is_kept_until_two_people_take_the_tag() {
    let office = office();
    office.daemon.take(&webhook(&[text_message(1, NOOR, "the zinc ledger")]));
    office.daemon.take(&webhook(&[text_message(2, YUSUF, "the copper ledger")]));
    let [zinc, copper] = ["zinc", "copper"].map(|word| office.record("Otto", word));
    for party in [NOOR, YUSUF] {
        let at = ["--at", "2026-01-31", "--because", "letter"];
        let tell = [&["event", "tell", "closed", "--party", party][..], &at].concat();
        office.done("Mira", &tell);
    }
    assert_eq!(preview(&office)["records"], 4);
    let put =
        ["tag", "put", "Audit", "--party", NOOR, "--because", "List of the auditors", "--json"];
    let put = office.done("Mira", &put).json();
    assert_eq!(put["rules"], json!(["audits/audited"]));
    let putting = put["putting"].as_str().unwrap().to_owned();
    let nobody = office.run("Otto", &["tag", "put", "audit", "--party", NOOR, "--because", "r"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    let due = preview(&office);
    assert_eq!((&due["records"], &due["waiting"]), (&json!(2), &json!(1)), "{due}");
    let explained = office.done("Otto", &["policy", "explain", &zinc]).stdout;
    assert!(explained.contains("tagged Audit") && explained.contains("audited"), "{explained}");

    // It is there after a restart, and for what comes then.
    let office = office.restarted();
    office.daemon.take(&webhook(&[text_message(3, NOOR, "the tin ledger")]));
    let tin = office.record("Otto", "tin");
    let shown = office.api("Otto").get(&format!("/v1/records/{tin}/retention")).json();
    assert_eq!(shown["tags"], json!(["Audit"]), "{shown}");
    let listed = office.done("Otto", &["tag", "list", "--tag", "audit"]).stdout;
    assert!(listed.contains(&putting) && listed.contains("stands"), "{listed}");

    // The audit is over; its time is not.
    let told = ["event", "tell", "audit_concluded", "--tag", "audit", "--at", "2026-02-01"];
    office.done("Mira", &[&told[..], &["--because", "Report 7"]].concat());
    assert_eq!(preview(&office)["waiting"], 0);
    let unknown = ["event", "tell", "closed", "--tag", "nobody", "--at", "2026-02-01"];
    let unknown = office.run("Mira", &[&unknown[..], &["--because", "r"]].concat());
    assert!(unknown.code != 0 && unknown.stderr.contains("no such tag"), "{unknown:?}");

    office.done("Mira", &["tag", "take", &putting, "--because", "another customer"]);
    let own = office.run("Mira", &["tag", "approve", &putting, "--because", "me"]);
    assert!(own.code == 1 && own.stderr.contains("another person"), "{own:?}");
    assert_eq!(preview(&office)["untagged"], 0);
    office.done("Kostas", &["tag", "approve", &putting, "--because", "compared"]);
    let planned = office.done("Mira", &["disposition", "plan"]).stdout;
    assert!(planned.contains("2 records are due because a tag was taken"), "{planned}");
    assert!(planned.contains("Other people who must approve: 1"), "{planned}");
    let run = planned.split(':').next().unwrap().to_owned();
    let shown = office.done("Kostas", &["disposition", "show", &run]).stdout;
    assert!(shown.contains("2 records are due because a tag was taken"), "{shown}");
    office.done("Kostas", &["disposition", "approve", &run, "--because", "I saw why"]);
    office.done("Mira", &["disposition", "execute", &run]);
    for record in [zinc, tin, copper] {
        let gone = office.run("Otto", &["show", &record]);
        assert!(gone.code != 0 && gone.stderr.contains("destroyed"), "{gone:?}");
    }
    office.closed();
}
