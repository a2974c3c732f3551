//! What measures a machine tells the truth about what it did.

use serde_json::Value;

use crate::support::House;

/// Syncs and batches fit, and the verdict is theirs.
fn check_synced(synced: &Value) {
    let count = |name: &str| synced[name].as_u64().unwrap();
    assert!(count("batches") > 0 && count("wal_syncs") >= count("batches"), "{synced}");
    assert_eq!(synced["each_acknowledged_was_synced"], synced["on_disk"]);
}

#[test]
fn appended_entries_are_there_after_a_crash_and_verify() {
    let house = House::empty();
    let dir = house.beside("scratch");
    let dir = dir.to_str().unwrap();
    let arguments = ["load", "append", "--entries", "3000", "--waiting", "64", "--dir", dir];
    let ran = house.run(&[&arguments[..], &["--json", "--crash"]].concat());
    let figures = ran.stdout.split_inclusive("\n}\n").next().unwrap();
    let figures: Value = serde_json::from_str(figures).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(figures["append"]["count"], 3000, "{figures}");
    assert_eq!(figures["entries"], 3000, "{figures}");
    check_synced(&figures["synced"]);

    let opened = house.run(&["load", "restart", "--dir", dir]);
    assert_eq!(opened.code, 0, "{opened:?}");
    assert!(opened.stdout.contains("3001 entries"), "{opened:?}");
    let config = format!("{dir}/muniment.toml");
    let verified = house.run(&["--config", &config, "verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains("3000 opened"), "{verified:?}");
}

#[test]
fn deliveries_are_counted_round_by_round() {
    let house = House::empty();
    let arguments = ["load", "deliver", "--deliveries", "60", "--connections", "1,4", "--json"];
    let ran = house.run(&arguments);
    let rounds: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rounds.len(), 2, "{ran:?}");
    for (round, connections) in rounds.iter().zip([1, 4]) {
        assert_eq!(round["connections"], connections);
        assert_eq!(round["waits"]["count"], 60, "{round}");
        assert!(round["deliveries_per_second"].as_f64().unwrap() > 0.0);
        check_synced(&round["synced"]);
    }
}

#[test]
fn plans_are_timed_with_records_that_are_due_and_holds_that_hold() {
    let house = House::empty();
    let arguments = ["load", "plan", "--records", "3000", "--holds", "40", "--times", "2"];
    let ran = house.run(&[&arguments[..], &["--json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let figures = ran.json();
    assert_eq!(figures["plan_seconds"].as_array().unwrap().len(), 2, "{figures}");
    // The first entry, the schedule, the holds; each record with its delivery.
    assert_eq!(figures["entries"], 1 + 1 + 40 + 2 * 3000, "{figures}");
    let planned = |name: &str| figures["planned"][name].as_u64().unwrap();
    assert!(planned("listed") > 100 && planned("held") > 0 && planned("later") > 0, "{figures}");
    let refused = house.run(&["load", "plan", "--records", "0"]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn an_archive_that_is_there_is_never_loaded() {
    let house = House::new();
    let dir = house.path();
    let dir = dir.to_str().unwrap();
    let before = house.entries().len();
    for arguments in
        [["append", "--dir", dir], ["deliver", "--dir", dir], ["restart", "--dir", dir]]
    {
        let refused = house.run(&[&["load"], &arguments[..]].concat());
        assert_eq!(refused.code, 1, "{refused:?}");
        let said = &refused.stderr;
        assert!(said.contains("is there already") || said.contains("no scratch archive"), "{said}");
    }
    assert_eq!(house.entries().len(), before);
}
