//! The command line: what it says, what it refuses, how it ends.

use std::fs;

use crate::support::{House, ORIGIN, text_message, webhook, written};

/// The commands that anybody who reads the manual expects.
const COMMANDS: [&str; 15] = [
    "doctor",
    "init",
    "serve",
    "search",
    "show",
    "thread",
    "receipt",
    "verify",
    "log",
    "keygen",
    "token",
    "completions",
    "config",
    "policy",
    "witness",
];

#[test]
fn init_makes_everything_and_refuses_to_overwrite_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    for name in
        ["muniment.toml", "data/format", "keys/identity.age", "keys/log.key", "keys/log.vkey"]
    {
        assert!(house.path().join(name).is_file(), "{name}");
    }
    for name in ["keys/identity.age", "keys/log.key"] {
        let mode = fs::metadata(house.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
    let identity = house.file("keys/identity.age".as_ref());
    let again = house.run(&["init", house.path().to_str().unwrap(), "--origin", ORIGIN]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(!again.stderr.is_empty());
    assert_eq!(house.file("keys/identity.age".as_ref()), identity);
}

#[test]
fn every_command_explains_itself() {
    let house = House::empty();
    let help = house.run(&["--help"]);
    assert_eq!(help.code, 0, "{help:?}");
    for command in COMMANDS {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command}: {}", help.stdout);
        let help = house.run(&[command, "--help"]);
        assert_eq!(help.code, 0, "{command}: {help:?}");
        assert!(help.stdout.contains("Usage: muniment"), "{command}: {}", help.stdout);
    }
    assert!(house.run(&["--version"]).stdout.starts_with("muniment 0."));
}

#[test]
fn what_is_not_understood_ends_with_2() {
    let house = House::empty();
    for arguments in [&[][..], &["inti"], &["search"], &["verify", "--no-such"], &["token", "make"]]
    {
        let ran = house.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("Usage") || ran.stderr.contains("help"), "{ran:?}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_key() {
    let house = House::new();
    let text = fs::read_to_string(house.config_file()).unwrap();
    written(
        house.config_file(),
        format!("{text}\n[log]\ncheckpoint_intervall_ms = 9\n").as_bytes(),
    );
    let text = fs::read_to_string(house.config_file()).unwrap();
    let text = text.replacen("\n[log]\n", "\n", 1);
    written(house.config_file(), text.as_bytes());
    let line =
        text.lines().position(|line| line.starts_with("checkpoint_intervall_ms")).unwrap() + 1;
    for arguments in [&["serve"][..], &["config", "check"], &["token", "list"]] {
        let ran = house.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("log.checkpoint_interval_ms"), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(&format!("line {line}")), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn an_unknown_variable_is_refused_with_the_nearest_one() {
    let mut house = House::new();
    house.set("MUNIMENT_LOG__CHECKPOINT_INTERVAL", "9");
    let ran = house.run(&["serve"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("MUNIMENT_LOG__CHECKPOINT_INTERVAL_MS"), "{ran:?}");
}

#[test]
fn without_an_archive_or_a_daemon_the_advice_is_what_to_do() {
    let house = House::empty();
    let ran = house.run(&["serve"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("muniment init"), "{ran:?}");

    let mut house = House::new();
    house.set("MUNIMENT_SERVER", "http://127.0.0.1:9");
    house.set("MUNIMENT_TOKEN", &house.token("officer"));
    let ran = house.run(&["search", "anything"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("muniment serve"), "{ran:?}");
}

#[test]
fn searching_showing_and_receipts_work_from_the_command_line() {
    let mut house = House::new();
    let officer = house.token("officer");
    let daemon = house.serve();
    house.set("MUNIMENT_SERVER", daemon.api.base());
    house.set("MUNIMENT_TOKEN", &officer);
    daemon.take(&webhook(&[text_message(1, "447700900328", "The anchor is aweigh")]));
    daemon.search(&house, &officer, "anchor");

    let found = house.run(&["search", "anchor", "--json"]);
    assert_eq!(found.code, 0, "{found:?}");
    let record = found.json()["hits"][0]["record"].as_str().unwrap().to_owned();
    let thread = found.json()["hits"][0]["thread"].as_str().unwrap().to_owned();
    let plain = house.run(&["search", "anchor"]);
    assert!(plain.stdout.contains("aweigh") && plain.stdout.contains(&record), "{plain:?}");
    assert!(!plain.stdout.contains('\u{1b}'), "no colours into a pipe: {plain:?}");
    assert_eq!(house.run(&["search", "capstan"]).code, 5);

    let shown = house.run(&["show", &record, "--json"]);
    assert_eq!(shown.json()["content"]["body"]["text"], "The anchor is aweigh", "{shown:?}");
    assert!(house.run(&["show", &record]).stdout.contains("aweigh"));
    assert_eq!(house.run(&["show", &"0".repeat(32)]).code, 5);
    let thread = house.run(&["thread", &thread]);
    assert!(thread.stdout.contains("aweigh"), "{thread:?}");

    let file = house.beside("receipt.tlog-proof");
    let receipt = house.run(&["receipt", &record, "-o", file.to_str().unwrap()]);
    assert_eq!(receipt.code, 0, "{receipt:?}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\n"), "{text}");
}

#[test]
fn verify_tells_right_from_incomplete_and_from_wrong() {
    let house = House::new();
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(1, "447700900328", "x")]));
    daemon.stop();
    let whole = house.verify();
    assert_eq!(whole.code, 0, "{whole:?}");
    let report = house.run(&["verify", "--json"]);
    assert_eq!((report.code, &report.json()["right"]), (0, &true.into()), "{report:?}");
    let data = house.data();
    let data = data.to_str().unwrap();
    let without_keys = house.run(&["verify", data]);
    assert_eq!(without_keys.code, 4, "{without_keys:?}");

    let stranger = house.beside("stranger.age");
    let stranger = stranger.to_str().unwrap();
    assert_eq!(house.run(&["keygen", "identity", "-o", stranger]).code, 0);
    let locked = house.run(&["verify", "--identity", stranger]);
    assert!(matches!(locked.code, 3 | 4), "{locked:?}");
    let other_key = house.run(&["keygen", "log", "--origin", ORIGIN, "-o", "other.key"]);
    assert_eq!(other_key.code, 0, "{other_key:?}");
    let forged = house.run(&["verify", data, "--vkey", other_key.stdout.trim()]);
    assert_eq!(forged.code, 3, "{forged:?}");
}

#[test]
fn keys_config_and_completions_are_printed() {
    let house = House::new();
    let keys = house.run(&["config", "keys"]);
    assert!(keys.stdout.contains("log.checkpoint_interval_ms"), "{keys:?}");
    assert_eq!(house.run(&["config", "check"]).code, 0);
    for shell in ["bash", "zsh", "fish"] {
        let script = house.run(&["completions", shell]);
        assert!(script.stdout.contains("muniment") && script.code == 0, "{shell}: {script:?}");
    }
}

#[test]
fn tokens_are_listed_without_their_secrets() {
    let house = House::new();
    let token = house.token("auditor");
    let listed = house.run(&["token", "list"]);
    let mut parts = token.split('_').skip(1);
    assert!(listed.stdout.contains(parts.next().unwrap()), "{listed:?}");
    assert!(!listed.stdout.contains(parts.next().unwrap()), "{listed:?}");
}

#[test]
fn an_archive_behind_a_passphrase_serves_and_is_verified_with_it() {
    let mut house = House::empty();
    let passphrase = written(house.beside("passphrase"), b"correct horse battery\n");
    let made = house.run(&[
        "init",
        house.path().to_str().unwrap(),
        "--origin",
        ORIGIN,
        "--passphrase-file",
        passphrase.to_str().unwrap(),
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let identity = house.file("keys/identity.age".as_ref());
    assert!(identity.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    house.set("MUNIMENT_ARCHIVE_PASSPHRASE", "correct horse battery");
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(1, "447700900328", "behind a passphrase")]));
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}
