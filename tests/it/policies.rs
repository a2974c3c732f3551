//! Retention schedules on the command line: listed, shown, checked, compared.

use std::fs;

use crate::support::{House, Ran, written};

const OURS: &str = r#"
name = "ours"
title = "What we keep"
version = 1

[[rule]]
id = "messages"
title = "Messages"
authority = ["Our handbook 4.2"]
when = { class = ["message", "medium", "delivery"] }
starts = "message"
keep = { years = 3 }
then = "review"
"#;

/// Runs `muniment policy` with files that are written first.
fn policy(house: &House, arguments: &[&str], files: &[(&str, &str)]) -> Ran {
    let mut line = vec!["policy".to_owned()];
    fs::create_dir_all(house.path()).unwrap();
    for (name, text) in files {
        written(house.path().join(name), text.as_bytes());
    }
    for argument in arguments {
        let is_file = files.iter().any(|(name, _)| name == argument);
        let path = house.path().join(argument);
        line.push(if is_file { path.display().to_string() } else { (*argument).to_owned() });
    }
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    house.run(&line)
}

#[test]
fn what_is_shipped_is_listed_shown_and_right() {
    let house = House::empty();
    let listed = policy(&house, &["list", "--json"], &[]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"sec-17a-4") && names.contains(&"default"), "{names:?}");
    let plain = policy(&house, &["list"], &[]);
    for name in &names {
        assert!(plain.stdout.contains(&format!("{name} ")), "{name}: {plain:?}");
        let shown = policy(&house, &["show", name], &[]);
        let file = format!("{}/policies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(shown.stdout, fs::read_to_string(file).unwrap(), "{name}");
    }
    let checked = policy(&house, &[&["check"], names.as_slice()].concat(), &[]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let notes: Vec<&str> =
        checked.stdout.lines().filter(|line| line.starts_with("  note")).collect();
    let [note] = notes.as_slice() else { panic!("{checked:?}") };
    assert!(note.contains("kept for the life of the archive"), "{note}");
    let none = policy(&house, &["show", "sec-17a-5"], &[]);
    assert_eq!((none.code, none.stdout.as_str()), (5, ""));
    assert!(none.stderr.contains("there are cftc-1.31"), "{none:?}");
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_ends_with_3() {
    let house = House::empty();
    let wrong = OURS.replace("keep = {", "kepp = {").replace("\"review\"", "\"revue\"");
    let ran = policy(&house, &["check", "wrong.toml"], &[("wrong.toml", &wrong)]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stdout.contains("wrong.toml:12: a rule has no key `kepp`: did you mean `keep`?"));
    assert!(ran.stdout.contains("wrong.toml:13: `then` of a rule: `revue` is not known"));
    let ran = policy(&house, &["check", "wrong.toml", "--json"], &[]);
    assert_eq!(ran.code, 1, "a file that is not there: {ran:?}");
    let ran = policy(&house, &["check", "wrong.toml", "--json"], &[("wrong.toml", &wrong)]);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &found["right"]), (3, &serde_json::json!(false)));
    assert_eq!(found["files"][0]["errors"].as_array().unwrap().len(), 3, "{found}");
}

#[test]
fn what_is_doubtful_is_noted_and_ends_with_0() {
    let house = House::empty();
    let doubtful = OURS.replace("keep = {", "max = { years = 2 }\nkeep = {");
    let ran = policy(&house, &["check", "ours.toml"], &[("ours.toml", &doubtful)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("ours.toml: right (ours version 1, 1 rule)"), "{ran:?}");
    assert!(ran.stdout.contains("keeps for at most 2 years, and `messages` for at least 3 years"));
    assert!(ran.stdout.contains("no rule is for the classes access, account, call"), "{ran:?}");
    let ran = policy(&house, &["check", "ours.toml", "default"], &[("ours.toml", OURS)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains("  note"), "the default is for every class: {ran:?}");
}

#[test]
fn two_versions_are_compared_rule_by_rule() {
    let house = House::empty();
    let shorter = OURS.replace("years = 3", "months = 30").replace("version = 1", "version = 2");
    let files = [("old.toml", OURS), ("new.toml", shorter.as_str())];
    let ran = policy(&house, &["diff", "old.toml", "new.toml"], &files);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("ours version 1 → ours version 2"), "{ran:?}");
    let told = "shorter  messages: keeps for at least 30 months instead of at least 3 years";
    assert!(ran.stdout.contains(told), "{ran:?}");
    assert!(ran.stdout.contains("only for records that are logged"), "{ran:?}");
    let ran = policy(&house, &["diff", "new.toml", "old.toml"], &files);
    assert!(ran.stdout.contains("longer   messages"), "{ran:?}");
    assert!(!ran.stdout.contains("only for records"), "{ran:?}");
    assert!(ran.stdout.contains("write `version = 3`"), "{ran:?}");
    let ran = policy(&house, &["diff", "sox", "old.toml"], &files);
    assert!(ran.stdout.contains("another schedule"), "{ran:?}");
    assert!(ran.stdout.contains("gone     audit-papers"), "{ran:?}");
    let ran =
        policy(&house, &["diff", "old.toml", "bad.toml"], &[("old.toml", OURS), ("bad.toml", "")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("muniment policy check"), "{ran:?}");
}

#[test]
fn a_file_that_is_too_long_or_no_text_is_refused() {
    let house = House::empty();
    let long = "#".repeat(2 << 20);
    let ran = policy(&house, &["check", "long.toml"], &[("long.toml", &long)]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("is it the right file?"), "{ran:?}");
    written(house.path().join("no.toml"), b"\xff\xfe");
    let ran = policy(&house, &["check", house.path().join("no.toml").to_str().unwrap()], &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
}
