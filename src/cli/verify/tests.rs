use std::path::Path;

use super::*;
use crate::cli::init;
use crate::clock::Clock;
use crate::config::{DEFAULT_FILE, Environment};

fn setting(dir: &Path) -> Setting {
    Setting {
        config_file: dir.join(DEFAULT_FILE),
        environment: Environment::default(),
        clock: Clock::system(),
    }
}

fn archive() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    init::for_test(dir.path());
    dir
}

fn args(dir: Option<PathBuf>) -> Args {
    Args {
        dir,
        identity: None,
        passphrase_file: None,
        vkey: None,
        checkpoint: vec![],
        tsa_ca: None,
        policy: None,
        since: None,
        save_checkpoint: None,
        resume: None,
        progress: false,
        threads: Some(1),
        json: false,
    }
}

fn verified(args: &Args, setting: &Setting) -> (Exit, String) {
    let mut out = vec![];
    let exit = run(args, setting, &mut Printer::new(&mut out, false)).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

#[test]
fn a_new_archive_is_right() {
    let dir = archive();
    let (exit, text) = verified(&args(None), &setting(dir.path()));
    assert_eq!(exit, Exit::Fine, "{text}");
}

#[test]
fn a_copy_is_checked_with_what_is_given() {
    let dir = archive();
    let nowhere = setting(Path::new("/nowhere"));
    let (exit, text) = verified(&args(Some(dir.path().to_owned())), &nowhere);
    assert_eq!(exit, Exit::Incomplete, "{text}");
    assert!(text.contains("--vkey") && text.contains("--identity"), "{text}");

    let keys = dir.path().join("keys");
    let vkey = std::fs::read_to_string(keys.join("log.vkey")).unwrap();
    let args = Args {
        identity: Some(keys.join("identity.age")),
        vkey: Some(vkey),
        checkpoint: vec![keys.join("log.checkpoint")],
        json: true,
        ..args(Some(dir.path().join("data")))
    };
    let (exit, text) = verified(&args, &nowhere);
    assert_eq!(exit, Exit::Fine, "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["right"], &report["size"]), (&true.into(), &1.into()));
}

#[test]
fn a_checkpoint_of_another_log_is_a_finding() {
    let (dir, other) = (archive(), archive());
    let last = other.path().join("keys/log.checkpoint");
    let args = Args { checkpoint: vec![last], ..args(None) };
    let (exit, text) = verified(&args, &setting(dir.path()));
    assert_eq!(exit, Exit::Wrong, "{text}");
}

#[test]
fn what_cannot_be_read_is_said_before_anything_is_checked() {
    let refusal = |args: &Args, dir: &str| {
        let mut out = vec![];
        let refused = run(args, &setting(Path::new(dir)), &mut Printer::new(&mut out, false));
        format!("{:#}", refused.unwrap_err())
    };
    assert!(refusal(&args(None), "/nowhere").contains("which archive?"));
    assert!(refusal(&args(Some("/nowhere".into())), "/nowhere").contains("no archive"));
    let bad = Args { vkey: Some("a+b".into()), ..args(Some("/nowhere".into())) };
    assert!(refusal(&bad, "/nowhere").contains("neither a public key"));
}

#[test]
fn the_daily_run_goes_on_from_the_checkpoint_of_the_last() {
    let dir = archive();
    let setting = setting(dir.path());
    let daily = dir.path().join("daily.checkpoint");
    let first = Args { save_checkpoint: Some(daily.clone()), ..args(None) };
    assert_eq!(verified(&first, &setting).0, Exit::Fine);
    let kept = std::fs::read(dir.path().join("keys/log.checkpoint")).unwrap();
    assert_eq!(std::fs::read(&daily).unwrap(), kept);

    let next = Args { since: Some(daily.clone()), ..first };
    let (exit, text) = verified(&next, &setting);
    assert_eq!(exit, Exit::Fine, "{text}");

    let other = archive();
    let foreign = other.path().join("keys/log.checkpoint");
    std::fs::remove_file(&daily).unwrap();
    let (exit, text) = verified(&Args { since: Some(foreign), ..next }, &setting);
    assert_eq!(exit, Exit::Wrong, "{text}");
    assert!(text.contains("not checked  any entry"), "{text}");
    assert!(!daily.exists(), "no checkpoint is saved of what is not right");
}

#[test]
fn since_needs_a_public_key() {
    let dir = archive();
    let last = dir.path().join("keys/log.checkpoint");
    let args = Args { since: Some(last), ..args(Some(dir.path().to_owned())) };
    let mut out = vec![];
    let refused = run(&args, &setting(Path::new("/nowhere")), &mut Printer::new(&mut out, false));
    assert!(refused.unwrap_err().to_string().contains("--vkey"));
}

#[test]
fn an_interrupted_run_goes_on_from_its_state_and_takes_it_away_at_the_end() {
    let dir = archive();
    let state = dir.path().join("verify.state");
    let of_copy = Args {
        vkey: Some(std::fs::read_to_string(dir.path().join("keys/log.vkey")).unwrap()),
        resume: Some(state.clone()),
        ..args(Some(dir.path().to_owned()))
    };
    let nowhere = setting(Path::new("/nowhere"));
    let matter = Matter::of_copy(dir.path(), &of_copy, &nowhere).unwrap();
    let store = Store::open_to_verify(&matter.data).unwrap();
    let request = Request {
        origin: matter.origin.unwrap(),
        key: matter.key,
        outside: vec![],
        since: None,
        authorities: None,
        policy: None,
        threads: 1,
    };
    let mut run = verify::Run::begin(&store, None, &request);
    run.advance(1, 100, |_| {});
    course::replace(&state, &run.save()).unwrap();
    let (exit, text) = verified(&of_copy, &nowhere);
    assert_eq!(exit, Exit::Incomplete, "{text}");
    assert!(!state.exists());

    std::fs::File::create(&state)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"something else"))
        .unwrap();
    let mut out = vec![];
    let refused = super::run(&of_copy, &nowhere, &mut Printer::new(&mut out, false)).unwrap_err();
    assert!(format!("{refused:#}").contains("delete it to begin anew"), "{refused:#}");
    assert_eq!(std::fs::read(&state).unwrap(), b"something else", "it is not ours to remove");
}
