use super::*;
use crate::clock::Clock;
use crate::config::{check_private, read_secret};
use crate::tlog::note::{CosigningKey, SigningKey};
use crate::witness::{Fork, Last, LogStatus};

fn run_on(act: Act) -> anyhow::Result<(Exit, String)> {
    let setting = Setting {
        config_file: "nowhere.toml".into(),
        environment: crate::config::Environment::default(),
        clock: Clock::system(),
    };
    let mut out = vec![];
    let exit = run(&Args { act }, &setting, &mut Printer::new(&mut out, false))?;
    Ok((exit, String::from_utf8(out).unwrap()))
}

fn init(dir: &std::path::Path) -> anyhow::Result<(Exit, String)> {
    run_on(Act::Init { dir: dir.to_owned(), name: name("witness.example.org/1").unwrap() })
}

fn shown(logs: &[LogStatus]) -> (Exit, String) {
    let mut out = vec![];
    show::tell(logs, &mut Printer::new(&mut out, false)).unwrap();
    (show::exit_of(logs), String::from_utf8(out).unwrap())
}

fn log() -> LogStatus {
    LogStatus {
        origin: "archive.example.com/2026".to_owned(),
        keys: vec!["k".to_owned()],
        last: Some(Last {
            size: 10,
            root: "ab".to_owned(),
            cosigned: "2026-11-21T08:00:00Z".parse().unwrap(),
        }),
        forks: vec![],
        damaged: vec![],
    }
}

fn fork(proven: bool) -> Fork {
    Fork {
        proven,
        origin: "archive.example.com/2026".to_owned(),
        known_size: 10,
        known_root: "ab".to_owned(),
        submitted_size: 12,
        submitted_root: "cd".to_owned(),
        at: "2026-11-21T09:00:00Z".parse().unwrap(),
        folder: "/srv/witness/forks/x/proven-10-12-cd".to_owned(),
    }
}

#[test]
fn init_makes_a_key_that_only_its_owner_reads_and_prints_the_public_part() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("witness");
    let (_, text) = init(&path).unwrap();
    let dir = Directory::new(&path);
    check_private(&dir.key_file()).unwrap();
    let key: CosigningKey = read_secret(&dir.key_file()).unwrap().parse().unwrap();
    assert!(text.contains(&format!("\n  {}\n", key.verifier())), "{text}");
    assert!(!text.contains("PRIVATE"), "{text}");
    // Nothing is ever replaced.
    assert!(init(&path).is_err());
    let again: CosigningKey = read_secret(&dir.key_file()).unwrap().parse().unwrap();
    assert_eq!(again.verifier(), key.verifier());
}

#[test]
fn a_log_is_added_by_its_key_or_the_file_with_it() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("witness");
    init(&path).unwrap();
    let key = SigningKey::generate("archive.example.com/2026".parse().unwrap()).unwrap();
    let vkey = key.verifier().to_string();
    let add = |vkey: &str| run_on(Act::Add { dir: path.clone(), vkey: vkey.to_owned() });
    assert!(add(&vkey).unwrap().1.contains("cosigned from now on"));
    let file = temporary.path().join("log.vkey");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), vkey.as_bytes()).unwrap();
    assert!(add(file.to_str().unwrap()).unwrap().1.contains("already"));
    let own = std::fs::read_to_string(Directory::new(&path).vkey_file()).unwrap();
    let error = format!("{:#}", add(own.trim()).unwrap_err());
    assert!(error.contains("keys/log.vkey"), "{error}");
    assert!(add("nonsense").is_err());
    let (exit, text) = run_on(Act::Status(show::Args::of(path.clone()))).unwrap();
    assert_eq!(exit, Exit::Fine);
    assert!(text.contains("archive.example.com/2026\n  cosigned  nothing yet"), "{text}");
}

#[test]
fn the_status_tells_a_proven_fork_from_a_suspected_one_by_its_exit_code() {
    let (exit, text) = shown(&[log()]);
    assert_eq!(exit, Exit::Fine);
    assert!(text.contains("cosigned  10 entries, 2026-11-21 08:00:00 UTC"), "{text}");
    let (exit, text) = shown(&[log(), LogStatus { forks: vec![fork(false)], ..log() }]);
    assert_eq!(exit, Exit::Incomplete);
    assert!(text.contains("suspected") && !text.contains("FORK"), "{text}");
    let both = vec![fork(false), fork(true)];
    let (exit, text) = shown(&[LogStatus { forks: both, ..log() }]);
    assert_eq!(exit, Exit::Wrong);
    assert!(text.contains("FORK") && text.contains("/srv/witness/forks"), "{text}");
    let damaged = vec!["seen/x does not read".to_owned()];
    let (exit, text) = shown(&[LogStatus { damaged, ..log() }]);
    assert_eq!(exit, Exit::Wrong);
    assert!(text.contains("DAMAGED"), "{text}");
}

#[test]
fn a_name_with_spaces_or_plus_signs_is_refused_with_an_example() {
    for bad in ["", "my witness", "a+b", &"x".repeat(256)] {
        let refused = name(bad).unwrap_err();
        assert!(refused.contains("witness.example.org/1"), "{refused}");
    }
}

#[test]
fn serving_needs_a_witness_with_its_own_key() {
    let temporary = tempfile::tempdir().unwrap();
    let refused =
        |dir: &Directory| format!("{:#}", serve::open(dir.clone(), &Clock::system()).unwrap_err());
    let nowhere = Directory::new(temporary.path().join("nowhere"));
    assert!(refused(&nowhere).contains("muniment witness init"));
    let path = temporary.path().join("witness");
    init(&path).unwrap();
    let dir = Directory::new(&path);
    serve::open(dir.clone(), &Clock::system()).unwrap();
    let other = CosigningKey::generate("witness.example.org/1".parse().unwrap()).unwrap();
    let mut file = std::fs::File::create(dir.vkey_file()).unwrap();
    std::io::Write::write_all(&mut file, other.verifier().to_string().as_bytes()).unwrap();
    assert!(refused(&dir).contains("replaced"));
    let exposed = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(dir.key_file(), exposed).unwrap();
    assert!(refused(&dir).contains("chmod 600"));
}

#[test]
fn the_sample_configuration_reads_with_every_line() {
    let all: String = serve::SAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    for (text, good) in [(serve::SAMPLE, true), (&all, true), ("liste = 1\n", false)] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("witness.toml");
        let mut file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        assert_eq!(serve::Config::load(&path).is_ok(), good, "{text}");
    }
}
