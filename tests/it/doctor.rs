//! `muniment doctor` beside a running daemon, on copies, and on what was put back.

use std::fs;

use muniment::entry::Finding;
use muniment::log::{Draft, Group, Log, LogConfig, SignerConfig};
use muniment::store::{Store, StoreConfig};

use crate::support::{House, ORIGIN, Ran, copy_tree, text_message, until, webhook};

/// Takes a message in; ends when everything is searchable.
fn take(house: &House, number: u64) {
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(number, "447700900360", "Is the lock open?")]));
    until("everything is searchable", || {
        let ready = daemon.api.get("/readyz").json();
        (ready["index"]["entries_behind"] == 0).then_some(())
    });
    daemon.stop();
}

#[track_caller]
fn says(looked: &Ran, line: &str) {
    let found = looked.stdout.lines().any(|told| told.starts_with(line));
    assert!(found, "{line:?} is not in\n{}{}", looked.stdout, looked.stderr);
}

#[test]
fn beside_a_running_daemon_it_finds_everything_well() {
    let house = House::new();
    let daemon = house.serve();
    house.token("officer");
    daemon.take(&webhook(&[text_message(1, "447700900360", "Is the lock open?")]));
    let looked = until("the index has caught up", || {
        let looked = house.run(&["doctor"]);
        looked.stdout.contains("ok     index: every entry").then_some(looked)
    });
    assert_eq!(looked.code, 0, "{looked:?}");
    says(&looked, &format!("ok     lock: process {} has the archive open", daemon.pid()));
    says(&looked, "ok     identity: identity.age opens this archive");
    says(&looked, "ok     tokens: 1 were given out");
    says(&looked, "Nothing is wrong.");
    assert!(!looked.stdout.contains("447700900360") && !looked.stdout.contains("lock open"));

    let report = house.run(&["doctor", "--json"]).json();
    assert_eq!(report["state"], "ok", "{report}");
    assert!(report["checks"].as_array().unwrap().len() > 12, "{report}");
    daemon.stop();
    assert_eq!(house.run(&["doctor"]).code, 0);
}

#[test]
fn an_older_copy_put_back_is_told_with_how_much_is_missing() {
    let house = House::new();
    take(&house, 1);
    let backup = house.beside("backup");
    copy_tree(&house.data(), &backup);
    take(&house, 2);
    fs::remove_dir_all(house.data()).unwrap();
    copy_tree(&backup, &house.data());

    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 3, "{looked:?}");
    says(
        &looked,
        "WRONG  checkpoint: 5 entries were signed, and 3 are there: the last 2 are missing",
    );
    says(&looked, "       do: do not delete keys/log.checkpoint");
    // The copy alone, without keys, is well as far as anybody can see.
    let copy = house.run(&["doctor", backup.to_str().unwrap()]);
    assert_eq!(copy.code, 4, "{copy:?}");
    says(&copy, "?      keys: there are none beside this copy");
    says(&copy, "ok     log: 3 entries");
}

#[test]
fn another_history_under_the_same_name_is_told() {
    let house = House::new();
    take(&house, 1);
    let pristine = house.beside("pristine");
    copy_tree(&house.path(), &pristine);
    take(&house, 2);
    let signed = house.file("keys/log.checkpoint".as_ref());
    fs::remove_dir_all(house.path()).unwrap();
    copy_tree(&pristine, &house.path());
    take(&house, 3);
    fs::copy(house.keys().join("log.checkpoint"), house.beside("theirs")).unwrap();
    crate::support::written(house.keys().join("log.checkpoint"), &signed);
    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 3, "{looked:?}");
    says(&looked, "WRONG  checkpoint: the first 5 entries are not those that were signed");
}

#[test]
fn a_lost_index_and_unsigned_entries_are_told_and_are_nothing_to_worry_about() {
    let mut house = House::new();
    house.set("MUNIMENT_LOG__CHECKPOINT_INTERVAL_MS", "600000");
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(1, "447700900360", "Is the lock open?")]));
    daemon.kill();
    fs::remove_dir_all(house.data().join("index")).unwrap();
    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 0, "{looked:?}");
    says(&looked, "note   index: there is none");
    says(&looked, "note   signatures: no checkpoint covers the newest 2 entries");
    take(&house, 2);
    let looked = house.run(&["doctor"]);
    says(&looked, "ok     index: every entry can be searched");
    says(&looked, "ok     signatures: a checkpoint covers every entry");
}

#[test]
fn what_the_log_itself_tells_of_breaches_is_repeated() {
    let house = House::new();
    let store = Store::open(&house.data(), &StoreConfig::default()).unwrap();
    let key = String::from_utf8(house.file("keys/log.key".as_ref())).unwrap();
    let signer = SignerConfig {
        origin: ORIGIN.to_owned(),
        key: key.trim().parse().unwrap(),
        last_checkpoint: house.keys().join("log.checkpoint"),
    };
    let clock = muniment::clock::Clock::system();
    let (log, threads) = Log::open(store.into(), signer, clock, &LogConfig::default()).unwrap();
    let found = Draft::found(Finding::Fork, "witness.example/1", Some(7));
    log.append_blocking(Group::of(found)).unwrap();
    drop(log);
    threads.close().unwrap();
    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 0, "{looked:?}");
    let told = looked.stdout.lines().find(|line| line.starts_with("note   findings: entry 1 of "));
    let told = told.unwrap_or_else(|| panic!("{looked:?}"));
    assert!(told.ends_with("tells of `fork`, found by witness.example/1, about 7"), "{told}");
}
