//! The auditor's walk through `docs/AUDITING.md`: every command of it, as written, on
//! a real archive with a witness and a time-stamp authority; and what it says of a
//! log that was altered.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{
    Daemon, House, Manner, Ran, TimeAuthority, text_message, until, webhook, written,
};
use crate::witnesses::auditor::Auditor;

const PAGE: &str = include_str!("../../docs/AUDITING.md");

/// The heading from which on an auditor was there before.
const NEXT_TIME: &str = "## 5 Since last time";

/// The fenced blocks of a part of the page, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let blocks = page.split(&opening).skip(1);
    blocks.map(|rest| rest.split_once("```").expect("a block ends").0.to_owned()).collect()
}

/// What an auditor was given, and where they work.
struct Visit {
    desk: PathBuf,
    given: [(&'static str, String); 3],
    witness: String,
}

impl Visit {
    fn to(house: &House, daemon: &Daemon, auditor: &Auditor, authority: &TimeAuthority) -> Self {
        let desk = house.beside("desk");
        fs::create_dir_all(&desk).unwrap();
        let [check] = <[String; 1]>::try_from(blocks(PAGE, "python")).unwrap();
        written(desk.join("check.py"), check.as_bytes());
        fs::copy(authority.own().path("root.pem"), desk.join("authority.pem")).unwrap();
        let vkey = fs::read_to_string(house.keys().join("log.vkey")).unwrap();
        let given = [
            ("URL", daemon.api.base().to_owned()),
            ("TOKEN", house.token("auditor")),
            ("VKEY", vkey.trim().to_owned()),
        ];
        Self { desk, given, witness: auditor.vkey().to_string() }
    }

    /// The page's commands with what this auditor was given in place of the examples.
    fn script(&self, page: &str) -> String {
        let given = |line: &str| -> Option<String> {
            let (name, _) = line.split_once('=')?;
            if name == "WITNESS" {
                return Some(format!("WITNESS={}", self.witness));
            }
            let (name, value) = self.given.iter().find(|(known, _)| *known == name)?;
            Some(format!("{name}={value}"))
        };
        let lines = blocks(page, "sh").concat();
        let lines = lines.lines().map(|line| given(line).unwrap_or_else(|| line.to_owned()));
        lines.fold("set -euo pipefail\n".to_owned(), |script, line| script + &line + "\n")
    }

    fn walk(&self, page: &str) -> Ran {
        let program = Path::new(env!("CARGO_BIN_EXE_muniment")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let mut command = Command::new("bash");
        command.args(["-c", &self.script(page)]).current_dir(&self.desk).stdin(Stdio::null());
        command.env("PATH", format!("{}:{}", program.display(), path.display()));
        Ran::of(command.output().unwrap())
    }
}

fn deliver(daemon: &Daemon, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let messages: Vec<_> = (0..20)
            .map(|n| text_message(number * 20 + n, "447700900360", &format!("Berth {n}")))
            .collect();
        daemon.take(&webhook(&messages));
    }
}

/// Waits until the newest checkpoint covers everything and a witness has cosigned it.
fn until_cosigned(house: &House, visit: &Visit) {
    let [(_, url), (_, token), _] = &visit.given;
    let asker = crate::support::Asker::of(url).with_token(token);
    let witness = visit.witness.split('+').next().unwrap().to_owned();
    until("the newest checkpoint is cosigned", || {
        let note = asker.get("/v1/log/checkpoint").text();
        let covered = note.lines().nth(1)?.parse() == Ok(house.entries().len());
        (covered && note.contains(&format!("— {witness} "))).then_some(())
    });
}

#[test]
fn every_command_of_the_page_works_as_written_and_an_altered_entry_fails_it() {
    let (authority, auditor) =
        (TimeAuthority::new(Manner::Honest), Auditor::new("witness.example/audit"));
    let mut house = House::new();
    auditor.trust(&house);
    let policy = format!("{}quorum W\n", auditor.line("W"));
    let policy = written(house.beside("witnesses.policy"), policy.as_bytes());
    for (name, value) in [
        ("MUNIMENT_WITNESSES__POLICY_FILE", policy.to_str().unwrap()),
        ("MUNIMENT_WITNESSES__INTERVAL_MS", "20"),
        ("MUNIMENT_TIMESTAMP__URL", &authority.url),
        ("MUNIMENT_TIMESTAMP__CA_FILE", authority.own().path("root.pem").to_str().unwrap()),
        ("MUNIMENT_TIMESTAMP__INTERVAL_SECONDS", "1"),
    ] {
        house.set(name, value);
    }
    let daemon = house.serve();
    let visit = Visit::to(&house, &daemon, &auditor, &authority);
    deliver(&daemon, 0..14);
    until_cosigned(&house, &visit);

    let (first_visit, _) = PAGE.split_once(NEXT_TIME).unwrap();
    let walked = visit.walk(first_visit);
    assert_eq!(walked.code, 0, "{walked:?}");
    let size = house.entries().len();
    assert!(size > 256, "more than one bundle");
    let told = format!("the first {size} entries are those that were signed");
    assert!(walked.stdout.contains(&told), "{walked:?}");

    deliver(&daemon, 14..16);
    until_cosigned(&house, &visit);
    until("a checkpoint is stamped", || house.read(|store| store.newest_timestamp().ok()));
    let walked = visit.walk(PAGE);
    assert_eq!(walked.code, 0, "{walked:?}");
    assert!(walked.stdout.contains(&format!("kept-{size}.checkpoint: the first {size}")));
    assert!(walked.stdout.matches("Signature Verified Successfully").count() == 2, "{walked:?}");
    assert!(format!("{}{}", walked.stdout, walked.stderr).contains("Verification: OK"));

    altered_bundles_are_found(&visit);
}

/// The entries on the desk, altered in ways that leave lines of JSON.
fn altered_bundles_are_found(visit: &Visit) {
    let bundle = visit.desk.join("mirror/tile/entries/000");
    let right = fs::read(&bundle).unwrap();
    let behind = |words: &[u8]| {
        right.windows(words.len()).position(|found| found == words).unwrap() + words.len()
    };
    for (what, at) in [("a year", behind(b"\"time\":\"20")), ("a digest", behind(b"\"sha256\":\""))]
    {
        let mut altered = right.clone();
        altered[at] = if altered[at] == b'1' { b'2' } else { b'1' };
        written(bundle.clone(), &altered);
        let walked = visit.walk(PAGE);
        assert_ne!(walked.code, 0, "{what} altered: {walked:?}");
        assert!(walked.stderr.contains("AssertionError"), "{what}: {walked:?}");
    }
    written(bundle, &right);
    let walked = visit.walk(PAGE);
    assert_eq!(walked.code, 0, "{walked:?}");
}
