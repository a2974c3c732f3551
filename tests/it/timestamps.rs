//! Trusted time: an authority stamps checkpoints, and auditors check it with OpenSSL.

use std::fs;
use std::process::Command;

use muniment::store::Store;
use muniment::tlog::TreeSize;

use crate::support::{
    ALWAYS, Daemon, House, Key, Manner, TimeAuthority, text_message, until, webhook,
};

const FROM: &str = "447700900451";

fn house_of(authority: &TimeAuthority) -> House {
    let mut house = House::new();
    house.set("MUNIMENT_TIMESTAMP__URL", &authority.url);
    let certificate = authority.own().path("root.pem");
    house.set("MUNIMENT_TIMESTAMP__CA_FILE", certificate.to_str().unwrap());
    house.set("MUNIMENT_TIMESTAMP__INTERVAL_SECONDS", "1");
    house
}

fn newest(store: &Store) -> Option<(TreeSize, Vec<u8>)> {
    store.newest_timestamp().unwrap()
}

/// Waits for a timestamp on a checkpoint of at least so many entries.
fn stamped(house: &House, size: u64) -> TreeSize {
    let (found, _) = house.read(|store| newest(store).filter(|(found, _)| found.get() >= size));
    found
}

fn metric(daemon: &Daemon, name: &str) -> u64 {
    let metrics = daemon.api.get("/metrics").text();
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().parse().unwrap()
}

#[test]
fn what_is_stamped_is_had_over_http_and_openssl_finds_it_right() {
    let authority = TimeAuthority::new(Manner::Honest);
    let house = house_of(&authority);
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(1, FROM, "stamped")]));
    let size = stamped(&house, house.entries().len() as u64);
    until("the stamp is counted", || {
        (metric(&daemon, "muniment_timestamps_total{outcome=\"kept\"}") > 0).then_some(())
    });
    assert!(metric(&daemon, "muniment_timestamp_newest_seconds") > 1_700_000_000);

    let auditor = daemon.api.with_token(&house.token("auditor"));
    let response = auditor.get("/v1/log/timestamp");
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/timestamp-reply");
    let name = response.header("content-disposition");
    let told =
        name.strip_prefix("attachment; filename=\"").unwrap().strip_suffix(".tsr\"").unwrap();
    assert!(told.parse::<u64>().unwrap() >= size.get(), "{name}");
    assert_eq!(auditor.get(&format!("/v1/log/timestamp/{told}")).body, response.body);
    let checkpoint = auditor.get(&format!("/v1/log/timestamp/{told}/checkpoint")).text();
    let text: String = checkpoint.split_inclusive('\n').take(3).collect();
    assert!(authority.own().verifies(text.as_bytes(), &response.body));
    assert!(!authority.own().verifies(b"another text\n", &response.body));

    assert_eq!(auditor.get("/v1/log/timestamp/99999").status, 404);
    assert_eq!(auditor.get("/v1/log/timestamp/x").status, 400);
    assert_eq!(daemon.api.get("/v1/log/timestamp").status, 401);
}

#[test]
fn what_is_stamped_is_written_into_files_that_openssl_takes_as_they_are() {
    let authority = TimeAuthority::new(Manner::Honest);
    let house = house_of(&authority);
    let daemon = house.serve();
    let size = stamped(&house, 1).to_string();
    let out = house.beside("stick");
    let arguments = ["log", "timestamp", &size, "--out", out.to_str().unwrap()];
    let ran = house.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let file = |extension: &str| out.join(format!("{size}.{extension}"));
    let (text, checkpoint) = (file("text"), fs::read_to_string(file("checkpoint")).unwrap());
    let lines: String = checkpoint.split_inclusive('\n').take(3).collect();
    assert_eq!(fs::read_to_string(&text).unwrap(), lines);
    assert_eq!(checkpoint.lines().nth(1), Some(size.as_str()));
    let verified = Command::new("openssl")
        .args(["ts", "-verify", "-data", text.to_str().unwrap()])
        .args(["-in", file("tsr").to_str().unwrap()])
        .args(["-CAfile", authority.own().path("root.pem").to_str().unwrap()])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let again = house.run(&arguments);
    assert!(again.code == 1 && again.stderr.contains("not replaced"), "{again:?}");
    let absent = house.run(&["log", "timestamp", "99999", "--out", out.to_str().unwrap()]);
    assert_eq!(absent.code, 5, "{absent:?}");
    drop(daemon);
}

#[test]
fn verify_says_since_when_the_entries_existed_and_who_vouches_for_it() {
    let authority = TimeAuthority::new(Manner::Honest);
    let house = house_of(&authority);
    let daemon = house.serve();
    let size = stamped(&house, 1);
    daemon.stop();
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
    let line = verified.stdout.lines().find(|line| line.starts_with("timestamps")).unwrap();
    assert!(line.contains(&format!("the first {size} entries existed at 20")), "{line}");

    // A copy, and nobody who says whose timestamps are trusted.
    let data = house.data();
    let (data, vkey) = (data.to_str().unwrap(), house.keys().join("log.vkey"));
    let mut arguments = vec!["verify", data, "--vkey", vkey.to_str().unwrap(), "--json"];
    let alone = house.run(&arguments).json();
    let not_checked = alone["not_checked"].to_string();
    assert!(not_checked.contains("--tsa-ca"), "{not_checked}");
    let certificate = authority.own().path("root.pem");
    arguments.extend(["--tsa-ca", certificate.to_str().unwrap()]);
    let report = house.run(&arguments).json();
    assert!(!report["not_checked"].to_string().contains("--tsa-ca"), "{report}");
    assert_eq!(report["stamped"]["size"], size.get(), "{report}");

    // A certificate of the same name, but with another key, vouches for none.
    authority.own().issue("root", "root", "issuer", ALWAYS, Key::P256);
    let report = house.run(&arguments);
    assert_eq!(report.code, 3, "{report:?}");
    assert_eq!(report.json()["findings"][0]["place"]["rows"], "timestamps");
}

#[test]
fn an_authority_that_never_answers_does_not_hold_up_the_stop() {
    let authority = TimeAuthority::new(Manner::Silent);
    let mut house = house_of(&authority);
    house.set("MUNIMENT_TIMESTAMP__REQUEST_SECONDS_MAX", "3600");
    let daemon = house.serve();
    until("it is asked", || (authority.asked() > 0).then_some(()));
    daemon.take(&webhook(&[text_message(1, FROM, "meanwhile")]));
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn an_authority_that_is_down_or_lies_or_is_a_stranger_leaves_nothing_behind() {
    let authority = TimeAuthority::new(Manner::Down);
    let house = house_of(&authority);
    let daemon = house.serve();
    let manners = [Manner::Down, Manner::Lying, Manner::Stranger, Manner::Chatty];
    for (number, manner) in (0..).zip(manners) {
        authority.behave(manner);
        let asked = authority.asked();
        daemon.take(&webhook(&[text_message(number, FROM, "unstamped")]));
        // The second question after the change is answered in the new manner for sure.
        until("it is asked again", || (authority.asked() > asked + 1).then_some(()));
        let kept = house.read(|store| Some(newest(store)));
        assert_eq!(kept, None, "{manner:?}");
    }
    let failures = metric(&daemon, "muniment_timestamps_total{outcome=\"failed\"}");
    assert!(failures >= 4, "{failures}");
    let trace = daemon.trace();
    for words in ["status 503", "of other bytes", "nobody who is trusted", "something else"] {
        assert!(trace.contains(words), "{words}: {trace}");
    }
    authority.behave(Manner::Honest);
    stamped(&house, house.entries().len() as u64);
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn what_was_stamped_is_not_stamped_again_after_a_restart() {
    let authority = TimeAuthority::new(Manner::Honest);
    let mut house = house_of(&authority);
    house.set("MUNIMENT_TIMESTAMP__INTERVAL_SECONDS", "3600");
    let daemon = house.serve();
    let first = stamped(&house, 1);
    daemon.stop();
    let asked = authority.asked();
    let daemon = house.serve();
    until("the newest timestamp is known", || {
        (metric(&daemon, "muniment_timestamp_newest_seconds") > 0).then_some(())
    });
    daemon.stop();
    assert_eq!(authority.asked(), asked);
    assert_eq!(stamped(&house, 1), first);
}

#[test]
fn a_start_without_a_certificate_to_trust_is_refused() {
    let authority = TimeAuthority::new(Manner::Honest);
    let mut house = house_of(&authority);
    let refused = |house: &House, words: &str| {
        let ran = house.run(&["serve"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        let checked = house.run(&["config", "check"]);
        assert_eq!(checked.code, 1, "{checked:?}");
        let said = format!("{}{}", checked.stdout, checked.stderr);
        assert!(said.contains(words), "{words}: {checked:?}");
    };
    house.set("MUNIMENT_TIMESTAMP__CA_FILE", "/nowhere/ca.pem");
    refused(&house, "/nowhere/ca.pem");
    let key = authority.own().path("root.key");
    house.set("MUNIMENT_TIMESTAMP__CA_FILE", key.to_str().unwrap());
    refused(&house, "there is no certificate in it");
    house.set("MUNIMENT_TIMESTAMP__URL", "tsa.example.com");
    refused(&house, "timestamp.url");
}
