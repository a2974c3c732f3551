//! The daemon verifies its own archive while it runs, and raises what it finds.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};

use muniment::entry::{Event, Finding};
use muniment::record::Class;
use serde_json::Value;

use crate::support::{Daemon, House, files_under, text_message, until, webhook};

const FROM: &str = "447700900331";

/// What a metric stands at.
fn metric(daemon: &Daemon, name: &str) -> u64 {
    let text = daemon.api.get("/metrics").text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).trim().parse().unwrap()
}

/// An archive whose rows are in files, and which verifies itself without a rest.
fn watched() -> House {
    let mut house = House::new();
    let daemon = house.serve();
    let many: Vec<Value> = (0..40).map(|n| text_message(n, FROM, "A line")).collect();
    daemon.take(&webhook(&many));
    daemon.stop();
    house.set("MUNIMENT_VERIFICATION__ENABLED", "true");
    house.set("MUNIMENT_VERIFICATION__SHARE_PERCENT", "100");
    house.set("MUNIMENT_VERIFICATION__ROUND_HOURS_MIN", "0");
    house
}

fn rounds_from_now(daemon: &Daemon, rounds: u64) {
    let before = metric(daemon, "muniment_verification_rounds_total");
    until("the archive is verified again", || {
        let now = metric(daemon, "muniment_verification_rounds_total");
        (now >= before + rounds).then_some(())
    });
}

#[test]
fn a_right_archive_is_verified_again_and_again_while_it_grows() {
    let house = watched();
    let daemon = house.serve();
    for number in 100..103 {
        daemon.take(&webhook(&[text_message(number, FROM, "One more")]));
        rounds_from_now(&daemon, 1);
    }
    rounds_from_now(&daemon, 1);
    assert_eq!(metric(&daemon, "muniment_verification_findings_total"), 0, "{}", daemon.trace());
    assert!(metric(&daemon, "muniment_verification_entries") > 40);
    assert!(metric(&daemon, "muniment_verification_age_seconds") < 60);
    let found = |event: &Event| matches!(event, Event::Found { .. });
    assert!(!house.entries().iter().any(|entry| found(&entry.event)));
    daemon.stop();
    assert_eq!(house.verify().code, 0);
}

#[test]
fn damage_beneath_a_running_daemon_is_counted_traced_and_written_into_the_log() {
    let house = watched();
    let daemon = house.serve();
    rounds_from_now(&daemon, 1);
    let index = house.entries().iter().find_map(|entry| {
        let kept = entry.kept()?;
        (kept.class == Class::Message).then_some(entry.index)
    });
    let index = index.unwrap();
    let body = house.read(|store| store.body(index).ok().flatten());
    flip_on_disk(&house, &body);

    until("the damage is counted", || {
        (metric(&daemon, "muniment_verification_findings_total") > 0).then_some(())
    });
    let found = || -> Vec<Option<u64>> {
        let of = |event: &Event| {
            let Event::Found { finding: Finding::Damage, by, at } = event else { return None };
            (by == "verification").then_some(*at)
        };
        house.entries().iter().filter_map(|entry| of(&entry.event)).collect()
    };
    until("the damage is an entry", || (!found().is_empty()).then_some(()));
    rounds_from_now(&daemon, 2);
    assert_eq!(metric(&daemon, "muniment_verification_findings_total"), 1, "{}", daemon.trace());
    let entries = found();
    // The database vouches for a block of bodies as a whole: the first of them is told.
    let [Some(first)] = entries.as_slice() else {
        panic!("once, however many rounds: {entries:?}")
    };
    assert!(*first <= index.get(), "{first} is behind {index}");
    let trace = daemon.trace();
    assert!(trace.contains("the archive is damaged; run `muniment verify`"), "{trace}");
    // Taking in goes on.
    daemon.take(&webhook(&[text_message(500, FROM, "Still there")]));
    daemon.stop();
    let verified = house.run(&["verify", "--json"]);
    assert_eq!(verified.code, 3, "{verified:?}");
    let place = &verified.json()["findings"][0]["place"];
    let (first, last) = (place["entry"].as_u64().unwrap(), place["through"].as_u64().unwrap());
    assert!((first..=last).contains(&index.get()), "{place}");
}

/// Flips a bit of a body in the file that it is in, beneath whoever has that open.
fn flip_on_disk(house: &House, body: &[u8]) {
    let middle = body.len() / 2;
    let holding = files_under(&house.data().join("rows")).into_iter().find_map(|file| {
        let is_table = file.extension().is_some_and(|end| end == "sst" || end == "blob");
        let bytes = fs::read(&file).unwrap();
        let at = bytes.windows(body.len()).position(|window| window == body)?;
        is_table.then_some((file, at + middle, bytes[at + middle]))
    });
    let (file, at, byte) = holding.expect("the body is in a file");
    let mut file = File::options().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(&[byte ^ 1]).unwrap();
    file.sync_all().unwrap();
}
