//! Stopping, starting, and what must not change by it.

use std::fs;

use serde_json::Value;

use crate::support::{Daemon, House, copy_tree, text_message, webhook};

const QUERIES: [&str; 5] =
    ["harbour", "\"tide table\"", "HARB*", "class:message", "-harbour type:text"];

fn deliver_conversations(daemon: &Daemon) {
    for (number, from) in [(0, "447700900325"), (100, "447700900326"), (200, "447700900327")] {
        let texts = ["The harbour is closed", "Is there a tide table?", "harbour again, at six"];
        let messages: Vec<Value> =
            (number..).zip(texts).map(|(number, text)| text_message(number, from, text)).collect();
        daemon.take(&webhook(&messages));
    }
}

/// The hits of every query, without what tells how far the index is.
fn answers(house: &House, daemon: &Daemon, token: &str) -> Vec<(Value, Vec<Value>)> {
    QUERIES
        .iter()
        .map(|query| {
            let mut page = daemon.search(house, token, query);
            (page["total"].take(), page["hits"].as_array().unwrap().clone())
        })
        .collect()
}

#[test]
fn without_its_index_the_archive_gives_the_same_answers() {
    let house = House::new();
    let officer = house.token("officer");
    let daemon = house.serve();
    deliver_conversations(&daemon);
    let before = answers(&house, &daemon, &officer);
    assert_eq!(before[0].0, 6, "{before:?}");
    daemon.stop();

    fs::remove_dir_all(house.data().join("index")).unwrap();
    let daemon = house.serve();
    assert_eq!(answers(&house, &daemon, &officer), before);
}

#[test]
fn a_damaged_index_is_made_anew() {
    let house = House::new();
    let officer = house.token("officer");
    let daemon = house.serve();
    deliver_conversations(&daemon);
    let before = answers(&house, &daemon, &officer);
    daemon.stop();

    for file in crate::support::files_under(&house.data().join("index")) {
        let bytes = fs::read(&file).unwrap();
        let half = bytes.len() / 2;
        crate::support::written(file, &bytes[..half]);
    }
    let daemon = house.serve();
    assert_eq!(answers(&house, &daemon, &officer), before);
}

#[test]
fn after_a_kill_everything_is_still_found() {
    let house = House::new();
    let officer = house.token("officer");
    let daemon = house.serve();
    deliver_conversations(&daemon);
    daemon.kill();
    let daemon = house.serve();
    let after = answers(&house, &daemon, &officer);
    assert_eq!(after[0].0, 6, "{after:?}");
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn a_second_daemon_on_the_same_archive_is_refused_with_the_holders_pid() {
    let house = House::new();
    let daemon = house.serve();
    let second = house.run(&["serve"]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains(&format!("process {}", daemon.pid())), "{second:?}");
    daemon.take(&webhook(&[text_message(1, "447700900325", "The first goes on")]));
    let pid = daemon.pid();
    daemon.kill();
    let next = house.serve();
    assert_ne!(next.pid(), pid, "a lock dies with its process");
}

#[test]
fn an_older_copy_put_back_is_refused_because_it_would_fork_the_log() {
    let house = House::new();
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(1, "447700900325", "Before the backup")]));
    daemon.stop();
    let backup = house.beside("backup");
    copy_tree(&house.data(), &backup);

    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(2, "447700900325", "After the backup")]));
    daemon.stop();
    fs::remove_dir_all(house.data()).unwrap();
    copy_tree(&backup, &house.data());
    let refused = house.run(&["serve"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("signed"), "{refused:?}");

    let last = house.keys().join("log.checkpoint");
    let last = last.to_str().unwrap();
    let verified = house.run(&["verify", "--checkpoint", last]);
    assert_eq!(verified.code, 3, "{verified:?}");
}
