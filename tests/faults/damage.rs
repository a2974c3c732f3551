//! Files damaged at rest: the start refuses or recovers, `verify` finds it, and
//! `doctor` says in plain words what it is.

use std::fs;
use std::path::Path;

use crate::files::{check_told, cut, largest, manifest, rows, tables};
use crate::support::{House, Ledger, copy_tree, text_message, webhook, written};

/// What was done to the files, and what must come of it.
struct Damage {
    name: &'static str,
    spoil: fn(&House),
    start: Start,
    /// What `verify` exits with.
    verify: i32,
    /// What stands in a line of the doctor's that begins with WRONG; empty where it
    /// depends on the database what is found.
    doctor: &'static str,
}

enum Start {
    /// It ends with this among its words.
    Refuses(&'static str),
    /// It serves, and what is damaged is told when it is read.
    Serves,
}

#[test]
fn files_that_are_lost_emptied_or_cut_short_are_refused_found_and_explained() {
    let house = House::new();
    let ledger = Ledger::default();
    let daemon = house.serve();
    for number in 0..30 {
        assert_eq!(ledger.deliver(&daemon.hooks, number), Some(200));
    }
    // Large bodies lie in files of their own.
    let long = "A long story of the harbour. ".repeat(400);
    daemon.take(&webhook(&[text_message(9_000_000, "447700900332", &long)]));
    daemon.stop();
    assert_eq!(house.verify().code, 0);
    assert_eq!(house.run(&["doctor"]).code, 0);
    let pristine = house.beside("pristine");
    copy_tree(&house.path(), &pristine);
    for damage in DAMAGES {
        put_back(&house, &pristine);
        (damage.spoil)(&house);
        go_through(&house, damage);
    }
    put_back(&house, &pristine);
    let daemon = house.serve();
    ledger.check(&house, "after all");
    daemon.stop();
}

const DAMAGES: &[Damage] = &[
    Damage {
        name: "a table is gone",
        spoil: |house| fs::remove_file(largest(house, "sst")).unwrap(),
        start: Start::Refuses("No such file"),
        verify: 3,
        doctor: "is gone",
    },
    Damage {
        name: "a table is empty",
        spoil: |house| cut(&largest(house, "sst"), |_| 0),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "empty, and must not be",
    },
    Damage {
        name: "a table is cut short",
        spoil: |house| cut(&largest(house, "sst"), |bytes| bytes / 2),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "bytes",
    },
    Damage {
        name: "sealed bodies are gone",
        spoil: |house| fs::remove_file(largest(house, "blob")).unwrap(),
        start: Start::Serves,
        verify: 3,
        doctor: "files with sealed bodies (.blob) are gone, among them 0",
    },
    Damage {
        name: "sealed bodies are emptied",
        spoil: |house| cut(&largest(house, "blob"), |_| 0),
        start: Start::Serves,
        verify: 3,
        doctor: "empty, and must not be",
    },
    Damage {
        name: "sealed bodies are cut short",
        spoil: |house| cut(&largest(house, "blob"), |bytes| bytes / 2),
        start: Start::Serves,
        verify: 3,
        doctor: "files with sealed bodies (.blob) are shorter",
    },
    Damage {
        name: "the list of files is gone",
        spoil: |house| fs::remove_file(manifest(house)).unwrap(),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "the list of the database's files is lost",
    },
    Damage {
        name: "the list of files is cut short in its middle",
        spoil: |house| cut(&manifest(house), |bytes| bytes / 2),
        start: Start::Refuses("could not start"),
        verify: 3,
        doctor: "",
    },
    Damage {
        name: "the list of files lacks its end",
        spoil: |house| cut(&manifest(house), |bytes| bytes * 3 / 4),
        start: Start::Refuses("could not start"),
        verify: 3,
        doctor: "",
    },
    Damage {
        name: "the list of files is empty",
        spoil: |house| cut(&manifest(house), |_| 0),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "the list of the database's files is lost",
    },
    Damage {
        name: "nothing names the list of files",
        spoil: |house| fs::remove_file(rows(house).join("CURRENT")).unwrap(),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "rows/CURRENT cannot be read",
    },
    Damage {
        name: "what names the list of files is empty",
        spoil: |house| cut(&rows(house).join("CURRENT"), |_| 0),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "rows/CURRENT does not name it",
    },
    Damage {
        name: "all rows are gone",
        spoil: |house| fs::remove_dir_all(rows(house)).unwrap(),
        start: Start::Refuses("could not open the rows"),
        verify: 3,
        doctor: "every record is in it",
    },
    Damage {
        name: "the format is empty",
        spoil: |house| cut(&house.data().join("format"), |_| 0),
        start: Start::Refuses("has format \"\""),
        verify: 1,
        doctor: "format",
    },
    Damage {
        name: "the signer's memory is empty",
        spoil: |house| cut(&house.keys().join("log.checkpoint"), |_| 0),
        start: Start::Refuses("the last signed checkpoint"),
        verify: 3,
        doctor: "keys/log.checkpoint is no checkpoint of this log",
    },
    Damage {
        name: "the log's key is empty",
        spoil: |house| cut(&house.keys().join("log.key"), |_| 0),
        start: Start::Refuses("log.key"),
        verify: 0,
        doctor: "log.key is no key of a log",
    },
    Damage {
        name: "the identity is empty",
        spoil: |house| cut(&house.keys().join("identity.age"), |_| 0),
        start: Start::Refuses("identity.age"),
        verify: 1,
        doctor: "identity.age",
    },
    Damage {
        name: "the identity is another archive's",
        spoil: |house| {
            let other = House::new();
            let key = other.file("keys/identity.age".as_ref());
            written(house.keys().join("identity.age"), &key);
        },
        start: Start::Refuses("does not open this archive"),
        verify: 3,
        doctor: "identity.age does not open this archive",
    },
];

fn go_through(house: &House, damage: &Damage) {
    let Damage { name, start, verify, doctor, .. } = damage;
    let before = tables(house);
    // Looking changes nothing; nor does a start that is refused.
    let looked = house.run(&["doctor"]);
    check_told(name, &looked.stdout, doctor);
    assert_eq!(looked.code, 3, "{name}: {looked:?}");
    let verified = house.verify();
    assert_eq!(verified.code, *verify, "{name}: {verified:?}");
    match start {
        Start::Serves => house.serve().stop(),
        Start::Refuses(words) => {
            let refused = house.run(&["serve"]);
            assert_eq!(refused.code, 1, "{name}: {refused:?}");
            assert!(refused.stderr.contains(words), "{name}: {refused:?}");
            assert_eq!(tables(house), before, "{name}: a refused start changed the files");
            let again = house.run(&["doctor"]);
            assert_eq!(again.code, 3, "{name}: {again:?}");
        }
    }
}

fn put_back(house: &House, pristine: &Path) {
    fs::remove_dir_all(house.path()).unwrap();
    copy_tree(pristine, &house.path());
}
