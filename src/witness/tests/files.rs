//! What a witness finds on disk after a kill, a second process, or damage.

use std::fs;

use super::*;

#[test]
fn a_witness_that_starts_again_knows_what_it_cosigned() {
    let stand = Stand::new();
    submit(&stand.open(), &honest(0, 6)).unwrap();
    let witness = stand.open();
    assert_eq!(status_of(submit(&witness, &honest(0, 7))), 409);
    assert_eq!(status_of(submit(&witness, &request(6, &leaves(7, 2)))), 422);
    submit(&witness, &honest(6, 7)).unwrap();
}

#[test]
fn a_second_process_is_refused() {
    let stand = Stand::new();
    let first = stand.open();
    let second = Witness::open(stand.dir.clone(), own_key(), stand.clock.clone());
    let refused = second.unwrap_err().to_string();
    assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    drop(first);
    stand.open();
}

#[test]
fn a_write_that_was_cut_off_leaves_the_state_before_it() {
    let stand = Stand::new();
    submit(&stand.open(), &honest(0, 6)).unwrap();
    // What a kill between writing and renaming leaves behind.
    let path = stand.dir.seen_file(LogId::of(ORIGIN)).with_extension("new");
    directory::write_synced(&path, b"half a note").unwrap();
    let witness = stand.open();
    submit(&witness, &honest(6, 9)).unwrap();
    assert_eq!(stand.known_size(), Some(9));
}

#[test]
fn what_was_altered_is_an_error_and_never_a_beginning() {
    let stand = Stand::new();
    submit(&stand.open(), &honest(0, 6)).unwrap();
    let path = stand.dir.seen_file(LogId::of(ORIGIN));
    let good = fs::read_to_string(&path).unwrap();
    let smaller = good.replacen("\n6\n", "\n3\n", 1);
    let without: String = good.split_inclusive('\n').take(5).collect();
    for altered in [smaller.as_str(), &without, "", "\u{fffd}"] {
        directory::write_synced(&path, altered.as_bytes()).unwrap();
        let witness = stand.open();
        assert_eq!(status_of(submit(&witness, &honest(0, 7))), 500, "{altered:?}");
        assert_eq!(stand.log().damaged.len(), 1, "{altered:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), altered, "it is left as it is");
    }
    directory::write_synced(&path, good.as_bytes()).unwrap();
    submit(&stand.open(), &honest(6, 7)).unwrap();
}

#[test]
fn another_witness_key_or_another_logs_state_is_damage() {
    let stand = Stand::new();
    submit(&stand.open(), &honest(0, 6)).unwrap();
    let other = CosigningKey::generate("witness.example/1".parse().unwrap()).unwrap();
    let witness = Witness::open(stand.dir.clone(), other, stand.clock.clone()).unwrap();
    assert_eq!(status_of(submit(&witness, &honest(6, 7))), 500);
    drop(witness);

    let second = SigningKey::generate("second.example".parse().unwrap()).unwrap();
    trust(&stand.dir, second.verifier()).unwrap();
    let (here, there) = (LogId::of(ORIGIN), LogId::of("second.example"));
    fs::copy(stand.dir.seen_file(here), stand.dir.seen_file(there)).unwrap();
    let request = format!("old 0\n\n{}", signed(&leaves(1, 9), &second));
    assert_eq!(status_of(submit(&stand.open(), &request)), 500);
}

#[test]
fn the_list_of_keys_is_read_strictly_and_by_hand() {
    let stand = Stand::new();
    let id = LogId::of(ORIGIN);
    let path = stand.dir.keys_file(id);
    let key = log_key().verifier().to_string();
    for good in [format!("{key}\n"), format!("# mine\n\n  {key}  \n{key}\n")] {
        directory::write_synced(&path, good.as_bytes()).unwrap();
        assert_eq!(trust::keys(&stand.dir, id).unwrap(), [log_key().verifier().clone()]);
    }
    let stranger = SigningKey::generate("other.example".parse().unwrap()).unwrap();
    let cosigner = CosigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    for bad in [stranger.verifier(), cosigner.verifier()] {
        directory::write_synced(&path, format!("{key}\n{bad}\n").as_bytes()).unwrap();
        let refused = trust::keys(&stand.dir, id).unwrap_err().to_string();
        assert!(refused.contains("line 2"), "{refused}");
    }
    assert!(matches!(trust(&stand.dir, cosigner.verifier()), Err(Error::NotALogsKey(_))));
    directory::write_synced(&path, b"nonsense\n").unwrap();
    assert_eq!(status_of(submit(&stand.open(), &honest(0, 1))), 500);
}

#[test]
fn a_log_has_so_many_keys_and_no_more() {
    let stand = Stand::new();
    for _ in 1..KEYS_OF_A_LOG_MAX {
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        trust(&stand.dir, key.verifier()).unwrap();
    }
    let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    assert!(matches!(trust(&stand.dir, key.verifier()), Err(Error::TooManyKeys)));
    submit(&stand.open(), &honest(0, 1)).unwrap();
}

#[test]
fn where_no_witness_is_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = Directory::new(dir.path());
    assert!(matches!(status(&nowhere), Err(Error::Missing(_))));
    assert!(matches!(trust(&nowhere, log_key().verifier()), Err(Error::Missing(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn evidence_that_does_not_read_is_told() {
    let stand = Stand::new();
    let witness = stand.open();
    submit(&witness, &honest(0, 10)).unwrap();
    submit(&witness, &request(10, &leaves(12, 7))).unwrap_err();
    let folder = stand.log().forks[0].folder.clone();
    let about = std::path::Path::new(&folder).join("about.json");
    directory::write_synced(&about, b"{").unwrap();
    let log = stand.log();
    assert!(log.forks.is_empty() && log.damaged[0].contains(&folder), "{log:?}");
}
