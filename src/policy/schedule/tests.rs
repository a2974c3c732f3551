//! What is read, and what is refused with which words.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::policy::{Adopted, Facts, Rules, TemplateCategory, Triggers, diff, warnings};
use crate::record::{Direction, Origin};

const FULL: &str = r#"
name = "example"
title = "An example"
version = 3
authority = ["Some law"]
note = "To be read."
jurisdictions = ["DE"]
fiscal_year_end = "06-30"

[[lexicon]]
name = "complaint"
words = ["complaint", "not happy"]

[[lexicon]]
name = "cards"
kind = "card_number"

[[jurisdiction]]
name = "germany"
calling = ["49", "+1787"]
numbers = ["+49 30 1234567"]

[[rule]]
id = "all-of-it"
title = "Everything at once"
authority = ["Some law § 1"]
note = "Long."
when = { class = ["message", "call"], source = ["live"], direction = "inbound", party = ["+49 1555"], number = ["49301234567"], template_category = ["utility"], jurisdiction = ["germany"], tag = ["vip"], lexicon = ["complaint", "cards"] }
starts = { event = "contract_end", from = "end_of_fiscal_year" }
keep = { years = 6, months = 1, days = 2 }
max = { years = 10 }
then = "transfer"

[[rule]]
id = "rest"
title = "The rest"
authority = ["Some law § 2"]
starts = "last_of_thread"
keep = { days = 0x10 }
then = "destroy"
"#;

fn problems(text: &str) -> Vec<String> {
    match Schedule::parse(text) {
        Ok(_) => vec![],
        Err(bad) => bad.problems.iter().map(ToString::to_string).collect(),
    }
}

/// What is wrong once a part of [`FULL`] is replaced.
fn wrong(replace: &str, by: &str) -> Vec<String> {
    assert!(FULL.contains(replace), "{replace}");
    problems(&FULL.replacen(replace, by, 1))
}

#[test]
fn everything_that_a_schedule_can_say_is_read() {
    let schedule = Schedule::parse(FULL).unwrap();
    assert_eq!((schedule.name.as_str(), schedule.version), ("example", 3));
    assert_eq!(schedule.fiscal_year_end.to_string(), "06-30");
    assert_eq!(schedule.jurisdictions, ["DE"]);
    let rule = schedule.rule("all-of-it").unwrap();
    let when = &rule.when;
    assert_eq!(when.classes, [Class::Message, Class::Call]);
    assert_eq!(
        (when.sources.as_slice(), when.direction),
        ([Origin::Live].as_slice(), Some(Direction::Inbound))
    );
    assert_eq!(when.templates, [TemplateCategory::Utility]);
    assert_eq!(when.lexicons, ["complaint", "cards"]);
    assert_eq!(rule.starts.trigger, Trigger::Event("contract_end".to_owned()));
    assert_eq!(rule.starts.to_string(), "end of the fiscal year of the event contract_end");
    assert_eq!(rule.keep.unwrap().to_string(), "6 years 1 month 2 days");
    assert_eq!((rule.max.unwrap().years, rule.then), (10, Then::Transfer));
    assert!(rule.is_explicit() && rule.line == 23, "{}", rule.line);
    let rest = schedule.rule("rest").unwrap();
    assert!(rest.when.is_empty() && !rest.is_explicit() && rest.is_for(Class::Access));
    assert_eq!((&rest.starts.trigger, rest.keep.unwrap().days), (&Trigger::LastOfThread, 16));
    assert_eq!(schedule.places[0].calling, [49, 1787]);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest() {
    let found = wrong("keep = { years", "keeep = { years");
    assert_eq!(found, ["line 30: a rule has no key `keeep`: did you mean `keep`?"]);
    let found = wrong("{ class =", "{ clas =");
    assert_eq!(found, ["line 28: the `when` of a rule has no key `clas`: did you mean `class`?"]);
    let found = wrong("version = 3", "version = 3\nzzz = 1");
    assert!(
        found[0].starts_with("line 5: the schedule has no key `zzz`: it takes name, title"),
        "{found:?}"
    );
    assert!(wrong("years = 6", "year = 6")[0].contains("did you mean `years`?"));
}

#[test]
fn an_unknown_word_is_refused_with_the_nearest() {
    for (replace, by, says) in [
        (
            "\"message\", \"call\"",
            "\"messages\"",
            "`messages` is not known: did you mean `message`?",
        ),
        ("\"inbound\"", "\"sideways\"", "`sideways` is not known: it takes inbound, outbound"),
        ("\"utility\"", "\"utilities\"", "did you mean `utility`?"),
        ("\"transfer\"", "\"burn\"", "it takes destroy, transfer, review"),
        ("\"last_of_thread\"", "\"last-of-thread\"", "did you mean `last_of_thread`?"),
        ("\"last_of_thread\"", "\"contract_end\"", "(an event is written { event = "),
        (
            "[\"germany\"]",
            "[\"germani\"]",
            "did you mean `germany`? (names come from [[jurisdiction]])",
        ),
        ("\"end_of_fiscal_year\"", "\"end_of_week\"", "is not known"),
        ("\"card_number\"", "\"cards\"", "is not known"),
        ("[\"live\"]", "[\"dead\"]", "it takes live, echo, history, standby"),
    ] {
        let found = wrong(replace, by);
        assert!(found.len() == 1 && found[0].contains(says), "{by}: {found:?}");
    }
}

#[test]
fn what_cannot_be_is_refused_and_the_advice_says_what_can() {
    for (replace, by, says) in [
        ("version = 3", "version = 0", "counted from 1"),
        ("version = 3", "version = -1", "whole number"),
        ("version = 3", "version = \"3\"", "whole number"),
        ("version = 3\n", "", "needs `version`"),
        ("name = \"example\"", "name = \"An Example\"", "lower-case"),
        ("name = \"example\"", "name = \"../up\"", "lower-case"),
        ("title = \"An example\"", "title = \"\"", "it is empty"),
        ("\"06-30\"", "\"30 June\"", "month and day"),
        ("id = \"rest\"", "id = \"all-of-it\"", "given before"),
        ("name = \"cards\"", "name = \"complaint\"", "given before"),
        ("[\"49\", \"+1787\"]", "[\"0049\"]", "1 to 4 digits"),
        ("[\"49\", \"+1787\"]", "[\"49-30\"]", "1 to 4 digits"),
        (
            "calling = [\"49\", \"+1787\"]\nnumbers = [\"+49 30 1234567\"]",
            "",
            "which calling codes",
        ),
        ("kind = \"card_number\"", "kind = \"card_number\"\nwords = [\"a\"]", "leave them out"),
        ("kind = \"card_number\"", "", "which words"),
        ("\"not happy\"", "\"…\"", "place 2 has no letter"),
        ("[\"vip\"]", "[]", "empty list"),
        ("[\"vip\"]", "\"vip\"", "a list of texts"),
        ("[\"vip\"]", "[1]", "texts of 1 to 300"),
        ("event = \"contract_end\",", "", "what starts the clock"),
        ("event = \"contract_end\",", "event = \"a\", trigger = \"message\",", "not both"),
        ("{ days = 0x10 }", "{}", "years, months or days"),
        ("{ days = 0x10 }", "{ days = 99999999 }", "from 0 to 73050"),
        ("{ days = 0x10 }", "{ days = 99999999999999999999 }", "from 0 to 73050"),
        ("{ days = 0x10 }", "3", "write a table"),
        ("keep = { days = 0x10 }", "", "say how long"),
        ("starts = \"last_of_thread\"", "", "needs `starts`"),
        ("starts = \"last_of_thread\"", "starts = 3", "write a table"),
        ("then = \"destroy\"", "", "needs `then`"),
        ("authority = [\"Some law § 2\"]", "", "needs `authority`"),
    ] {
        let found = wrong(replace, by);
        assert!(!found.is_empty() && found[0].contains(says), "{by}: {found:?}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_in_the_order_of_the_file() {
    let text = FULL.replace("then = \"destroy\"", "then = 1").replace("version = 3", "version = 0");
    let found = problems(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("line 4:") && found[1].starts_with("line 40:"), "{found:?}");
    let bad = Schedule::parse(&text).unwrap_err();
    assert!(bad.to_string().ends_with("(and 1 more)"), "{bad}");
}

#[test]
fn what_is_no_schedule_is_refused() {
    assert!(problems("")[0].contains("at least one rule"));
    assert!(problems("name = ")[0].starts_with("line 1: it is no TOML"));
    assert!(problems("rule = 1")[0].contains("[[rule]]"));
    assert!(problems("rule = [1]").iter().any(|problem| problem.contains("[[rule]]")));
    assert!(problems(&"#".repeat(SCHEDULE_BYTES_MAX + 1))[0].contains("at most 1048576 bytes"));
    let many = "[[rule]]\n".repeat(RULES_MAX + 1);
    assert!(problems(&many).iter().any(|problem| problem.contains("at most 200 are taken")));
    let values = format!("tag = [{}]", "\"x\",".repeat(VALUES_MAX + 1));
    assert!(wrong("tag = [\"vip\"]", &values)[0].contains("at most 10000 values"));
    let line = format!("title = \"{}\"", "x".repeat(LINE_CHARS_MAX + 1));
    assert!(wrong("title = \"The rest\"", &line)[0].contains("at most 300 characters"));
}

#[test]
fn an_error_names_no_party() {
    let found = wrong("[\"+49 1555\"]", "[\"+49 1555\", \"\", 4915550100777]");
    assert!(found.len() == 2 && !found.concat().contains("1555"), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What was damaged is read or refused with a line of the file; what is read can
    /// be checked, compiled and asked.
    #[test]
    fn any_text_is_read_or_refused(
        at in any::<prop::sample::Index>(), length in 0..40_usize,
        by in prop_oneof![
            "\\PC{0,12}",
            prop::sample::select(vec!["[[rule]]", "{}", "[]", "\"", "\n", "-1", "keep = 1", "[when]"])
                .prop_map(str::to_owned),
        ],
    ) {
        let mut letters: Vec<char> = FULL.chars().collect();
        let from = at.index(letters.len());
        let to = (from + length).min(letters.len());
        letters.splice(from..to, by.chars());
        let text: String = letters.into_iter().collect();
        match Schedule::parse(&text) {
            Ok(schedule) => {
                let again = diff(&schedule, &schedule);
                prop_assert!(again.iter().all(|difference| difference.changes.is_empty()));
                let _ = warnings(&schedule);
                let (schedule, sha256) = (Arc::new(schedule), Schedule::digest(text.as_bytes()));
                let rules = Rules::of(&[Adopted { schedule, sha256, since: 0, until: None }]);
                let facts = Facts::bare(Class::Message, jiff::Timestamp::UNIX_EPOCH);
                rules.verdict(1, &facts, &Triggers::default());
            }
            Err(bad) => {
                let lines = text.lines().count() + 1;
                prop_assert!(!bad.problems.is_empty());
                prop_assert!(bad.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
            }
        }
    }
}
