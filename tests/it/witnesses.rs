//! Witnesses: archives and auditors' witnesses, all of them processes of their own.

pub(crate) mod auditor;
mod kills;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use muniment::entry::{Event, Finding};
use muniment::tlog::checkpoint::Checkpoint;
use muniment::tlog::note::{Note, VerifierKey};
use muniment::tlog::policy::Policy;
use muniment::tlog::receipt::Receipt;

use crate::support::{Daemon, House, ORIGIN, copy_tree, text_message, until, webhook, written};
use auditor::Auditor;

/// An archive with an origin of its own.
fn house(origin: &str) -> House {
    let mut house = House::empty();
    let made = house.run(&["init", house.path().to_str().unwrap(), "--origin", origin]);
    assert_eq!(made.code, 0, "{made:?}");
    house.set("MUNIMENT_WITNESSES__INTERVAL_MS", "20");
    house.set("MUNIMENT_WITNESSES__RETRY_SECONDS_MAX", "1");
    house
}

/// Has the archive follow a policy.
fn follow(house: &mut House, policy: &str) -> Policy {
    let path = written(house.beside("witnesses.policy"), policy.as_bytes());
    house.set("MUNIMENT_WITNESSES__POLICY_FILE", path.to_str().unwrap());
    policy.parse().unwrap()
}

/// Has the archive witnessed by one auditor.
fn witnessed_by(house: &mut House, auditor: &Auditor) -> Policy {
    auditor.trust(house);
    follow(house, &format!("{}quorum W\n", auditor.line("W")))
}

fn take(daemon: &Daemon, number: u64) {
    daemon.take(&webhook(&[text_message(number, "447700900340", &format!("Line {number}"))]));
}

/// The newest checkpoint that the archive serves.
fn served(daemon: &Daemon, token: &str) -> (Note, Checkpoint) {
    let answer = daemon.api.with_token(token).get("/v1/log/checkpoint");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let note = Note::parse(&answer.text()).unwrap();
    let checkpoint = note.text().parse().unwrap();
    (note, checkpoint)
}

/// Waits until the newest checkpoint covers every entry and meets the policy.
fn cosigned(house: &House, daemon: &Daemon, token: &str, policy: &Policy) -> (Note, Checkpoint) {
    until("the newest checkpoint is cosigned", || {
        let (note, checkpoint) = served(daemon, token);
        let covers_all = checkpoint.size().get() == house.entries().len() as u64;
        (covers_all && policy.cosigned(&note).unwrap().meets).then_some((note, checkpoint))
    })
}

fn findings(house: &House) -> Vec<(Finding, String)> {
    let found = house.entries().into_iter().filter_map(|entry| {
        let Event::Found { finding, by, .. } = entry.event else { return None };
        Some((finding, by))
    });
    found.collect()
}

fn vkey(house: &House) -> VerifierKey {
    fs::read_to_string(house.keys().join("log.vkey")).unwrap().trim().parse().unwrap()
}

/// The sizes that a witness knows, by origin.
fn sizes(auditor: &Auditor) -> Vec<(String, u64)> {
    let (_, logs) = auditor.status();
    let size = |log: &serde_json::Value| log["last"]["size"].as_u64().unwrap_or(0);
    logs.iter().map(|log| (log["origin"].as_str().unwrap().to_owned(), size(log))).collect()
}

#[test]
fn two_parties_witness_each_others_archives() {
    let (mut ours, mut theirs) = (house("archive.example/ours"), house("archive.example/theirs"));
    let (our_witness, their_witness) =
        (Auditor::new("witness.example/ours"), Auditor::new("witness.example/theirs"));
    let policies =
        [witnessed_by(&mut ours, &their_witness), witnessed_by(&mut theirs, &our_witness)];
    for (house, policy) in [&ours, &theirs].into_iter().zip(&policies) {
        let (auditor, officer) = (house.token("auditor"), house.token("officer"));
        let daemon = house.serve();
        take(&daemon, 1);
        let (note, checkpoint) = cosigned(house, &daemon, &auditor, policy);
        assert_eq!(note.verify(&[vkey(house)]).unwrap().len(), 1, "the log's own line stays");

        // The receipts show it too, and are verified offline by key and policy alone.
        let page = daemon.search(house, &officer, "Line");
        let record = page["hits"][0]["record"].as_str().unwrap();
        let asker = daemon.api.with_token(&auditor);
        let receipt = until("the receipt carries cosignatures", || {
            let receipt = asker.get(&format!("/v1/records/{record}/receipt")).text();
            let receipt: Receipt = receipt.parse().unwrap();
            policy.cosigned(receipt.checkpoint()).unwrap().meets.then_some(receipt)
        });
        let leaf = asker.get(&format!("/v1/records/{record}/entry")).body;
        let covering = receipt.verify(&leaf, &vkey(house), checkpoint.origin()).unwrap();
        assert!(covering.size() >= checkpoint.size());
        let file = written(house.beside("kept.tlog-proof"), receipt.to_string().as_bytes());
        let (key, policy) = (house.keys().join("log.vkey"), house.beside("witnesses.policy"));
        let [file, key, policy] = [&file, &key, &policy].map(|path| path.to_str().unwrap());
        let told = house.run(&["receipt", "verify", file, "--key", key, "--policy", policy]);
        assert_eq!(told.code, 0, "{told:?}");
        daemon.stop();
        assert_eq!(findings(house), []);
        let verified = house.verify();
        assert!(matches!(verified.code, 0), "{verified:?}");
        assert!(verified.stdout.contains("\ncosigned     "), "{verified:?}");
        let data = house.data();
        let copy = house.run(&["verify", data.to_str().unwrap(), "--vkey", key]);
        assert!(copy.code == 4 && copy.stdout.contains("--policy"), "{copy:?}");
        let copy =
            house.run(&["verify", data.to_str().unwrap(), "--vkey", key, "--policy", policy]);
        assert!(copy.stdout.contains(", by W\n"), "{copy:?}");
    }
    assert_eq!(our_witness.status().0, 0);
    assert_eq!(sizes(&our_witness).len(), 1);
}

#[test]
fn one_auditor_witnesses_several_archives_and_two_of_two_can_be_asked_for() {
    let mut houses = [house("archive.example/1"), house("archive.example/2")];
    let (first, second) = (Auditor::new("witness.example/1"), Auditor::new("witness.example/2"));
    let policy =
        format!("{}{}group both all A B\nquorum both\n", first.line("A"), second.line("B"));
    for house in &mut houses {
        first.trust(house);
        second.trust(house);
        let policy = follow(house, &policy);
        let token = house.token("auditor");
        let daemon = house.serve();
        take(&daemon, 1);
        let (note, _) = cosigned(house, &daemon, &token, &policy);
        assert_eq!(policy.cosigned(&note).unwrap().by.len(), 2);
        let metrics = daemon.api.get("/metrics").text();
        for name in ["A", "B"] {
            let gauge = format!("muniment_witness_cosigned_entries{{witness=\"{name}\"}} ");
            let line = metrics.lines().find(|line| line.starts_with(&gauge));
            assert!(line.is_some_and(|line| !line.ends_with(" 0")), "{metrics}");
        }
        assert!(metrics.contains("muniment_findings_total{finding=\"fork\"} 0"), "{metrics}");
    }
    let origins: Vec<String> = sizes(&first).into_iter().map(|(origin, _)| origin).collect();
    assert_eq!(origins, ["archive.example/1", "archive.example/2"]);
}

#[test]
fn an_archive_that_goes_back_behind_what_it_showed_is_caught_by_its_witness() {
    let auditor = Auditor::new("witness.example/1");
    let mut house = house(ORIGIN);
    let policy = witnessed_by(&mut house, &auditor);
    let token = house.token("auditor");
    let daemon = house.serve();
    take(&daemon, 1);
    cosigned(&house, &daemon, &token, &policy);
    daemon.stop();

    // Somebody with everything, the keys and the signer's memory included, keeps a
    // copy, and lets the archive go on.
    let mut forger = House::empty();
    copy_tree(&house.path(), &forger.path());
    for (name, value) in [("INTERVAL_MS", "20"), ("RETRY_SECONDS_MAX", "1")] {
        forger.set(&format!("MUNIMENT_WITNESSES__{name}"), value);
    }
    let policy_file = house.beside("witnesses.policy");
    forger.set("MUNIMENT_WITNESSES__POLICY_FILE", policy_file.to_str().unwrap());
    let daemon = house.serve();
    (2..6).for_each(|number| take(&daemon, number));
    let (shown, _) = cosigned(&house, &daemon, &token, &policy);
    daemon.stop();

    // The copy is to be the truth from now on.
    let forging = forger.serve();
    until("the forger's log says that it is behind or forked", || {
        take(&forging, 100 + forger.entries().len() as u64);
        findings(&forger).iter().any(|(finding, _)| *finding == Finding::Fork).then_some(())
    });
    assert!(findings(&forger).iter().all(|(_, by)| by == "witness.example/1"));
    assert!(forging.trace().contains("FORK"), "{}", forging.trace());
    let metrics = forging.api.get("/metrics").text();
    assert!(metrics.contains("muniment_findings_total{finding=\"fork\"} 1"), "{metrics}");
    let (note, _) = served(&forging, &token);
    assert!(!policy.cosigned(&note).unwrap().meets, "the second history is not cosigned");
    forging.stop();

    // The witness still knows the first history, and has the proof of the second.
    let known = Note::parse(&auditor.checkpoint(ORIGIN).unwrap()).unwrap();
    assert_eq!(known.text(), shown.text());
    let (code, logs) = auditor.status();
    assert_eq!(code, 3);
    let fork = logs[0]["forks"].as_array().unwrap().iter().find(|fork| fork["proven"] == true);
    let folder = std::path::PathBuf::from(fork.unwrap()["folder"].as_str().unwrap());
    let (mut roots, key) = (vec![], [vkey(&house)]);
    for name in ["cosigned.checkpoint", "submitted.checkpoint"] {
        let note = Note::parse(&fs::read_to_string(folder.join(name)).unwrap()).unwrap();
        note.verify(&key).unwrap();
        let checkpoint: Checkpoint = note.text().parse().unwrap();
        roots.push(*checkpoint.root());
    }
    assert_ne!(roots[0], roots[1]);
    let told = auditor.run(&["status", auditor.path().to_str().unwrap()]);
    assert!(told.stdout.contains("FORK") && told.code == 3, "{told:?}");
    assert!(auditor.trace().contains("FORK"), "{}", auditor.trace());

    // The true archive goes on as before.
    let daemon = house.serve();
    take(&daemon, 7);
    cosigned(&house, &daemon, &token, &policy);
    daemon.stop();
    assert_eq!(findings(&house), []);
}

#[test]
fn a_witness_that_was_away_finds_the_log_where_it_left_it() {
    let mut auditor = Auditor::new("witness.example/1");
    let mut house = house(ORIGIN);
    let policy = witnessed_by(&mut house, &auditor);
    let token = house.token("auditor");
    let daemon = house.serve();
    take(&daemon, 1);
    let (_, before) = cosigned(&house, &daemon, &token, &policy);
    auditor.kill();
    assert_eq!(sizes(&auditor), [(ORIGIN.to_owned(), before.size().get())]);

    // Nothing waits for it.
    take(&daemon, 2);
    let failed = |metrics: &str| {
        let name = "muniment_cosignatures_total{outcome=\"failed\",witness=\"W\"} ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.is_some_and(|count| count != "0")
    };
    until("it is noticed", || failed(&daemon.api.get("/metrics").text()).then_some(()));
    let (note, _) = served(&daemon, &token);
    assert_eq!(note.signatures().len(), 1, "{note}");

    auditor.serve();
    let (_, after) = cosigned(&house, &daemon, &token, &policy);
    assert!(after.size() > before.size());
    assert_eq!(sizes(&auditor), [(ORIGIN.to_owned(), after.size().get())]);
    daemon.stop();
    assert_eq!(findings(&house), []);
}

#[test]
fn a_witness_that_does_not_know_the_archive_is_told_of_with_the_key_that_it_needs() {
    let auditor = Auditor::new("witness.example/1");
    let mut house = house(ORIGIN);
    let policy = follow(&mut house, &format!("{}quorum W\n", auditor.line("W")));
    let token = house.token("auditor");
    let daemon = house.serve();
    take(&daemon, 1);
    let key = vkey(&house).to_string();
    until("the trace names the key", || daemon.trace().contains(&key).then_some(()));
    auditor.trust_key(&key);
    cosigned(&house, &daemon, &token, &policy);
    daemon.stop();
}

#[test]
fn a_policy_that_does_not_read_is_refused_with_its_line() {
    let mut house = house(ORIGIN);
    follow(&mut house, "quorum none\n");
    written(house.beside("witnesses.policy"), b"# mine\nquorum nobody\n");
    for arguments in [&["serve"][..], &["config", "check"]] {
        let ran = house.run(arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        let told = ran.stdout + &ran.stderr;
        assert!(told.contains("line 2") && told.contains("nobody"), "{told}");
    }
}

/// `openssl` verifies a cosignature by C2SP tlog-cosignature alone.
#[test]
fn openssl_verifies_what_a_witness_cosigned() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let auditor = Auditor::new("witness.example/1");
    let mut house = house(ORIGIN);
    let policy = witnessed_by(&mut house, &auditor);
    let token = house.token("auditor");
    let daemon = house.serve();
    let (note, _) = cosigned(&house, &daemon, &token, &policy);
    daemon.stop();
    let text = note.to_string();
    let line = text.lines().find_map(|line| line.strip_prefix("\u{2014} witness.example/1 "));
    let blob = STANDARD.decode(line.unwrap()).unwrap();
    assert_eq!(blob.len(), 4 + 8 + 64);
    let seconds = u64::from_be_bytes(blob[4..12].try_into().unwrap());
    let vkey = auditor.vkey().to_string();
    let key = STANDARD.decode(vkey.splitn(3, '+').last().unwrap()).unwrap();
    assert_eq!(key[0], 0x04);
    // SubjectPublicKeyInfo of Ed25519, RFC 8410.
    let spki = [hex::decode("302a300506032b6570032100").unwrap(), key[1..].to_vec()].concat();
    let key_file = written(house.beside("key.der"), &spki);
    let signature = written(house.beside("signature"), &blob[12..]);
    let verified = |text: &str| {
        let message = format!("cosignature/v1\ntime {seconds}\n{text}");
        let message = written(house.beside("message"), message.as_bytes());
        let openssl = Command::new("openssl")
            .args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-inkey"])
            .arg(&key_file)
            .arg("-in")
            .arg(&message)
            .arg("-sigfile")
            .arg(&signature)
            .stdin(Stdio::null())
            .output();
        let ran = openssl.unwrap_or_else(|error| panic!("no openssl ({error}): bin/setup --tests"));
        std::io::stderr().write_all(&ran.stderr).unwrap();
        ran.status.success()
    };
    assert!(verified(note.text()));
    assert!(!verified(&note.text().replacen('\n', "\n1", 1)));
}
