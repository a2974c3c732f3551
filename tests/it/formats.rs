//! Archives that earlier builds wrote: opened, verified, asked, and appended to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::{House, copy_tree, text_message, webhook, written};

/// Every record of `v1`: two of each delivery.
const RECORDS: usize = 300;
/// And its entries: the first one and the hand-over beside them.
const ENTRIES: usize = RECORDS + 2;

/// A copy of a kept archive, as somebody's who upgrades.
fn kept(format: &str) -> House {
    let house = House::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(format);
    copy_tree(&from.join("data"), &house.data());
    copy_tree(&from.join("keys"), &house.keys());
    // A checkout does not keep who may read a key.
    for key in ["identity.age", "log.key"] {
        fs::set_permissions(house.keys().join(key), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let config = format!("[archive]\norigin = \"archive.example.com/{format}\"\n");
    written(house.config_file(), config.as_bytes());
    house
}

#[test]
fn an_archive_of_format_1_verifies_from_its_bytes_with_either_key_of_its_log() {
    let house = kept("v1");
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains(&format!("{RECORDS} opened")), "{verified:?}");
    let keys = house.read(|store| store.keys().ok()).expect("its log was handed over");
    assert_eq!(keys.all().count(), 2);
    for key in keys.all() {
        let verified = house.run(&["verify", "--vkey", &key.to_string()]);
        assert_eq!(verified.code, 0, "{verified:?}");
    }
}

#[test]
fn an_archive_of_format_1_is_searched_and_grows() {
    let house = kept("v1");
    assert_eq!(house.entries().len(), ENTRIES);
    let officer = house.token("officer");
    let daemon = house.serve();
    let page = daemon.search(&house, &officer, "προβλήτα");
    assert_eq!(page["total"], 10, "{page}");
    let page = daemon.search(&house, &officer, "berth");
    assert_eq!(page["total"], 140, "{page}");
    daemon.take(&webhook(&[text_message(1, "447700900377", "Is the lock open?")]));
    daemon.stop();
    assert!(house.entries().len() >= ENTRIES + 2);
    let verified = house.verify();
    assert_eq!(verified.code, 0, "{verified:?}");
}
