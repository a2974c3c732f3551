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
