//! The end of the write-ahead log: torn, cut off, altered.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::files::{check_told, cut, evidence, wal};
use crate::support::{Daemon, House, Ledger, until};

#[test]
fn a_torn_last_write_is_dropped_and_only_that() {
    let (mut house, ledger) = (House::new(), Ledger::default());
    deliver_and_kill(&house, &ledger, 10, true);
    // The beginning of a record, as a loss of power in the middle of a write leaves it.
    let path = wal(&house);
    let begun = fs::read(&path).unwrap()[..30].to_vec();
    File::options().append(true).open(path).unwrap().write_all(&begun).unwrap();
    check_goes_on(&house, &ledger, "half a record behind the end");

    // A disk that told of a write before it was there: what nobody signed yet goes
    // missing, and comes again with the provider's next try.
    house.set("MUNIMENT_LOG__CHECKPOINT_INTERVAL_MS", "600000");
    let daemon = house.serve();
    let lost = ledger.next();
    assert_eq!(ledger.deliver(&daemon.hooks, lost), Some(200));
    daemon.kill();
    cut(&wal(&house), |bytes| bytes - 1);
    assert_eq!(house.run(&["doctor"]).code, 0);
    let daemon = house.serve();
    assert_eq!(house.entries().len() as u64 % 4, 1, "not a part of a delivery: {lost}");
    ledger.redeliver(&daemon.hooks);
    ledger.check(&house, "delivered again");
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn entries_that_were_signed_cannot_be_cut_off() {
    for (name, spoil) in [
        ("half of it", (|path| cut(path, |bytes| bytes / 2)) as fn(&Path)),
        ("its last third", |path| cut(path, |bytes| bytes * 2 / 3)),
        ("all of it", |path| cut(path, |_| 0)),
        ("the file", |path| fs::remove_file(path).unwrap()),
    ] {
        let (house, ledger) = (House::new(), Ledger::default());
        deliver_and_kill(&house, &ledger, 10, true);
        spoil(&wal(&house));
        let looked = house.run(&["doctor"]);
        assert_eq!(looked.code, 3, "{name}: {looked:?}");
        check_told(name, &looked.stdout, "entries were signed, and");
        assert!(looked.stdout.contains("do not delete keys/log.checkpoint"), "{looked:?}");
        assert_eq!(house.verify().code, 3, "{name}");
        let before = evidence(&house);
        let refused = house.run(&["serve"]);
        assert_eq!(refused.code, 1, "{name}: {refused:?}");
        assert!(refused.stderr.contains("signed"), "{name}: {refused:?}");
        assert_eq!(evidence(&house), before, "{name}: a refused start changed the files");
        check_told(name, &house.run(&["doctor"]).stdout, "entries were signed, and");
        assert_eq!(house.verify().code, 3, "{name}");
    }
}

#[test]
fn a_log_of_writes_that_is_altered_in_its_middle_is_refused() {
    let (house, ledger) = (House::new(), Ledger::default());
    deliver_and_kill(&house, &ledger, 10, true);
    let path = wal(&house);
    let mut file = File::options().read(true).write(true).open(&path).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[byte[0] ^ 0x10]).unwrap();
    drop(file);
    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 3, "{looked:?}");
    check_told("altered", &looked.stdout, "rows: ");
    assert!(looked.stdout.contains("do: change nothing and delete nothing"), "{looked:?}");
    assert_eq!(house.verify().code, 3);
    let refused = house.run(&["serve"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("could not open the rows"), "{refused:?}");
}

/// Delivers, waits where asked until all of it is signed, and ends the daemon
/// without a warning: everything is in the write-ahead log then.
fn deliver_and_kill(house: &House, ledger: &Ledger, deliveries: u64, signed: bool) {
    let daemon = house.serve();
    for _ in 0..deliveries {
        assert_eq!(ledger.deliver(&daemon.hooks, ledger.next()), Some(200));
    }
    if signed {
        wait_until_signed(house);
    }
    Daemon::kill(daemon);
}

fn wait_until_signed(house: &House) {
    let size = house.entries().len().to_string();
    until("everything is signed", || {
        let note = String::from_utf8(house.file("keys/log.checkpoint".as_ref())).unwrap();
        (note.lines().nth(1) == Some(size.as_str())).then_some(())
    });
}

fn check_goes_on(house: &House, ledger: &Ledger, when: &str) {
    assert_eq!(house.run(&["doctor"]).code, 0, "{when}");
    let daemon = house.serve();
    ledger.check(house, when);
    assert_eq!(ledger.deliver(&daemon.hooks, ledger.next()), Some(200), "{when}");
    daemon.stop();
    assert_eq!(house.verify().code, 0, "{when}");
}
