//! A clock that stands before the newest entry.

use std::sync::Arc;

use muniment::clock::Clock;
use muniment::entry::Finding;
use muniment::log::{Draft, Group, Log, LogConfig, SignerConfig};
use muniment::store::{Store, StoreConfig};

use crate::files::check_told;
use crate::support::{House, Ledger, ORIGIN};

#[test]
fn a_clock_that_stands_before_the_newest_entry_is_refused_and_explained() {
    let house = House::new();
    let now = Clock::system().now();
    let future = now.checked_add(std::time::Duration::from_secs(7200)).unwrap();
    append_at(&house, future);
    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 3, "{looked:?}");
    check_told("clock", &looked.stdout, "the newest entry is dated");
    assert!(looked.stdout.contains("log.clock_back_seconds_max"), "{looked:?}");
    let refused = house.run(&["serve"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("the clock says"), "{refused:?}");

    let mut house = house;
    house.set("MUNIMENT_LOG__CLOCK_BACK_SECONDS_MAX", "8000");
    assert_eq!(house.run(&["doctor"]).code, 0);
    let (daemon, ledger) = (house.serve(), Ledger::default());
    assert_eq!(ledger.deliver(&daemon.hooks, 0), Some(200));
    daemon.stop();
    assert_eq!(house.verify().code, 0, "no entry is dated before another");
}

/// Appends an entry as a daemon would whose clock stands there.
fn append_at(house: &House, then: jiff::Timestamp) {
    let store = Arc::new(Store::open(&house.data(), &StoreConfig::default()).unwrap());
    let key = String::from_utf8(house.file("keys/log.key".as_ref())).unwrap();
    let signer = SignerConfig {
        origin: ORIGIN.to_owned(),
        key: key.trim().parse().unwrap(),
        last_checkpoint: house.keys().join("log.checkpoint"),
    };
    let (clock, _) = Clock::hand_moved(then);
    let (log, threads) = Log::open(store, signer, clock, &LogConfig::default()).unwrap();
    let found = Draft::found(Finding::Clock, "test", None);
    log.append_blocking(Group::of(found)).unwrap();
    drop(log);
    threads.close().unwrap();
}
