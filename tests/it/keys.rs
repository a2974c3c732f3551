//! The log's key is changed; nothing that was signed before is lost by it.

use std::fs;

use muniment::entry::{Event, HandOver};
use muniment::store::Store;
use muniment::tlog::TREE_SIZE_MAX;
use muniment::tlog::checkpoint;
use muniment::tlog::note::VerifierKey;

use crate::support::{House, ORIGIN, text_message, webhook};

fn public(house: &House) -> VerifierKey {
    fs::read_to_string(house.keys().join("log.vkey")).unwrap().trim().parse().unwrap()
}

fn deliver(house: &House, number: u64) {
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(number, "447700900342", "Is the slip free?")]));
    daemon.stop();
}

fn newest_checkpoint(house: &House) -> String {
    let newest = house.read(|store: &Store| store.checkpoint_up_to(TREE_SIZE_MAX).ok()?);
    String::from_utf8(newest.1).unwrap()
}

fn hand_over(house: &House) -> HandOver {
    let found = house.entries().into_iter().find_map(|entry| {
        let Event::HandedOver(hand_over) = entry.event else { return None };
        Some(*hand_over)
    });
    found.expect("the log was handed over")
}

#[test]
fn after_a_rotation_both_keys_verify_the_archive_and_only_the_new_one_signs() {
    let house = House::new();
    deliver(&house, 1);
    let (old, before) = (public(&house), newest_checkpoint(&house));
    let rotated = house.run(&["log", "rotate"]);
    assert_eq!(rotated.code, 0, "{rotated:?}");
    let new = public(&house);
    assert_ne!(old, new);
    assert!(rotated.stdout.contains(&new.to_string()), "{rotated:?}");
    assert!(!rotated.stdout.contains("PRIVATE"), "{rotated:?}");
    assert!(!house.keys().join("log.key.next").exists());
    deliver(&house, 2);

    let stated = hand_over(&house);
    assert_eq!((stated.from(), stated.to()), (&old, &new));
    let after = newest_checkpoint(&house);
    checkpoint::open(&before, &old, ORIGIN).unwrap();
    checkpoint::open(&after, &new, ORIGIN).unwrap();
    checkpoint::open(&after, &old, ORIGIN).unwrap_err();
    assert_eq!(house.verify().code, 0);
    for key in [old, new] {
        let verified = house.run(&["verify", "--vkey", &key.to_string()]);
        assert_eq!(verified.code, 0, "{verified:?}");
    }
    let stranger = house.run(&["keygen", "log", "--origin", ORIGIN, "-o", "other.key"]);
    let verified = house.run(&["verify", "--vkey", stranger.stdout.trim()]);
    assert_eq!(verified.code, 3, "{verified:?}");
}

#[test]
fn a_rotation_that_was_cut_off_is_finished_by_the_next_start_and_the_old_key_is_refused() {
    let house = House::new();
    deliver(&house, 1);
    let key_file = house.keys().join("log.key");
    let (old_key, old_public) = (fs::read(&key_file).unwrap(), public(&house));
    assert_eq!(house.run(&["log", "rotate"]).code, 0);

    // As it stands when the power fails after the log has taken the hand-over in.
    fs::rename(&key_file, house.keys().join("log.key.next")).unwrap();
    crate::support::written(key_file.clone(), &old_key);
    crate::support::written(house.keys().join("log.vkey"), format!("{old_public}\n").as_bytes());
    private(&key_file);
    deliver(&house, 2);
    assert_ne!(public(&house), old_public);
    assert!(!house.keys().join("log.key.next").exists());
    assert_eq!(house.verify().code, 0);

    crate::support::written(key_file.clone(), &old_key);
    private(&key_file);
    let refused = house.run(&["serve"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("handed over"), "{refused:?}");
}

#[test]
fn a_rotation_that_never_reached_the_log_changes_nothing() {
    let house = House::new();
    deliver(&house, 1);
    let old = public(&house);
    let next = house.keys().join("log.key.next");
    let made = house.run(&["keygen", "log", "--origin", ORIGIN, "-o", next.to_str().unwrap()]);
    assert_eq!(made.code, 0, "{made:?}");
    deliver(&house, 2);
    assert_eq!(public(&house), old);
    assert_eq!(house.run(&["log", "rotate"]).code, 0);
    assert_eq!(public(&house).to_string(), made.stdout.trim());
    assert_eq!(house.verify().code, 0);
}

#[test]
fn a_running_daemon_keeps_its_key() {
    let house = House::new();
    let _daemon = house.serve();
    let refused = house.run(&["log", "rotate"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("in use"), "{refused:?}");
    assert!(!house.keys().join("log.key.next").exists());
}

fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
