//! An older backup in the place of the archive: refused, said, and mended.

use std::fs;

use crate::support::{House, copy_tree, text_message, webhook};

#[test]
fn an_older_backup_is_refused_with_what_to_do_and_the_newer_archive_goes_on() {
    let house = House::new();
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(1, "447700900341", "The ferry leaves at nine")]));
    daemon.stop();
    let (backup, newer) = (house.beside("backup"), house.beside("newer"));
    copy_tree(&house.data(), &backup);

    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(2, "447700900341", "The ferry leaves at ten")]));
    daemon.stop();
    let entries = house.entries().len();

    fs::rename(house.data(), &newer).unwrap();
    copy_tree(&backup, &house.data());
    let refused = house.run(&["serve"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let said = &refused.stderr;
    for told in ["an older backup was restored", "Restore the newer archive", "new origin"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let verified = house.verify();
    assert_eq!(verified.code, 3, "{verified:?}");
    assert!(verified.stdout.contains("shorter than signed"), "{verified:?}");

    fs::remove_dir_all(house.data()).unwrap();
    fs::rename(&newer, house.data()).unwrap();
    let daemon = house.serve();
    daemon.take(&webhook(&[text_message(3, "447700900341", "The ferry leaves at noon")]));
    daemon.stop();
    assert!(house.entries().len() > entries);
    assert_eq!(house.verify().code, 0);
}
