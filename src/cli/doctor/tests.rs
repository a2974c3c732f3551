use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::cli::init;
use crate::clock::Clock;
use crate::config::Environment;

fn setting(dir: &Path, clock: Clock) -> Setting {
    let config_file = dir.join("muniment.toml");
    Setting { config_file, environment: Environment::default(), clock }
}

fn looked(args: &Args, setting: &Setting) -> (Exit, String) {
    let mut out = vec![];
    let exit = run(args, setting, &mut Printer::new(&mut out, false)).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

fn configured(dir: &Path) -> (Exit, String) {
    looked(&Args { dir: None, json: false }, &setting(dir, Clock::system()))
}

fn put(path: impl AsRef<Path>, bytes: &[u8]) {
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes).unwrap();
}

#[test]
fn a_new_archive_is_well_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    init::for_test(dir.path());
    let before = std::fs::read(dir.path().join("data/lock")).unwrap();
    let (exit, text) = configured(dir.path());
    assert_eq!(exit, Exit::Fine, "{text}");
    for line in [
        "ok     configuration: ",
        "ok     format: ",
        "ok     lock: nobody has the archive open",
        "ok     keys: log.key signs for archive.example.com/test",
        "ok     rows: the database opens",
        "ok     log: 1 entries; its end fits together",
        "ok     checkpoint: the log holds all 1 entries that were signed",
        "ok     signatures: a checkpoint covers every entry",
        "ok     clock: ",
        "ok     findings: none",
        "note   identity: nothing was sealed yet",
        "note   tokens: there is none that is good",
        "\nNothing is wrong.\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert_eq!(std::fs::read(dir.path().join("data/lock")).unwrap(), before);
    assert!(!dir.path().join("data/index").exists());
}

#[test]
fn an_archive_is_found_by_its_directory_and_a_copy_without_keys_is_looked_at_in_part() {
    let dir = tempfile::tempdir().unwrap();
    init::for_test(dir.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let setting = setting(elsewhere.path(), Clock::system());
    let named = |dir: &Path| looked(&Args { dir: Some(dir.to_owned()), json: false }, &setting);
    let (exit, text) = named(dir.path());
    assert_eq!(exit, Exit::Fine, "{text}");

    std::fs::rename(dir.path().join("data"), elsewhere.path().join("data")).unwrap();
    for copy in [elsewhere.path().to_owned(), elsewhere.path().join("data")] {
        let (exit, text) = named(&copy);
        assert_eq!(exit, Exit::Incomplete, "{text}");
        assert!(text.contains("?      keys: there are none beside this copy"), "{text}");
        assert!(text.contains("ok     log: 1 entries"), "{text}");
    }
    let nothing =
        run(&Args { dir: None, json: false }, &setting, &mut Printer::new(&mut vec![], false));
    assert!(nothing.unwrap_err().to_string().starts_with("which archive?"));
}

#[test]
fn a_configuration_that_does_not_read_hides_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    init::for_test(dir.path());
    put(dir.path().join("muniment.toml"), b"[archive]\norigin = 3\n");
    let (exit, text) = configured(dir.path());
    assert_eq!(exit, Exit::Wrong, "{text}");
    assert!(text.contains("WRONG  configuration: the daemon will not start with it"), "{text}");
    assert!(text.contains("line 2") && text.contains("ok     log: 1 entries"), "{text}");
}

#[test]
fn keys_that_are_exposed_missing_or_anothers_are_told() {
    let other = tempfile::tempdir().unwrap();
    init::for_test(other.path());
    let keys = other.path().join("keys");
    for (file, spoil, told) in [
        ("identity.age", None, "WRONG  keys: could not read"),
        ("log.key", None, "WRONG  keys: could not read"),
        ("log.vkey", Some(&b"x"[..]), "WRONG  keys: log.vkey does not read"),
        ("identity.age", Some(b""), "WRONG  keys: "),
        ("log.checkpoint", Some(b""), "WRONG  checkpoint: keys/log.checkpoint is no checkpoint"),
        ("log.key", Some(&std::fs::read(keys.join("log.key")).unwrap()), "not of one pair"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        init::for_test(dir.path());
        let path = dir.path().join("keys").join(file);
        match spoil {
            Some(bytes) => put(&path, bytes),
            None => std::fs::remove_file(&path).unwrap(),
        }
        let (exit, text) = configured(dir.path());
        assert_eq!(exit, Exit::Wrong, "{file}: {text}");
        assert!(text.contains(told), "{file}: {told} is not in\n{text}");
    }
    let dir = tempfile::tempdir().unwrap();
    init::for_test(dir.path());
    let path = dir.path().join("keys/identity.age");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (exit, text) = configured(dir.path());
    assert_eq!(exit, Exit::Wrong, "{text}");
    assert!(text.contains("can be read by other users"), "{text}");
}

#[test]
fn a_clock_that_stands_before_the_log_is_told_by_how_much() {
    let dir = tempfile::tempdir().unwrap();
    init::for_test(dir.path());
    let args = Args { dir: None, json: true };
    let now = Clock::system().now();
    for (seconds, state) in [(-60, "ok"), (60, "note"), (4000, "wrong")] {
        let then = now.checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap();
        let (_, text) = looked(&args, &setting(dir.path(), Clock::hand_moved(then).0));
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let clock = checks.iter().find(|check| check["check"] == "clock").unwrap();
        assert_eq!(clock["state"], state, "{clock}");
        assert_eq!(clock["advice"].is_string(), state != "ok", "{clock}");
        assert_eq!(report["state"], if state == "wrong" { "wrong" } else { "ok" });
    }
}
