//! Faults that strike a witness while it writes down what it is about to cosign: it
//! never gives a cosignature that it does not remember.

use muniment::fault::Point;
use muniment::store::Store;
use muniment::tlog::TreeSize;

use crate::auditor::Auditor;
use crate::process::{Process, was_killed};
use crate::support::{House, Ledger, ORIGIN, until, written};
use crate::table::{Scene, VARIABLE, WAYS, points, scene, struck};

const NAME: &str = "witness.example/faults";

/// Has an archive's checkpoints cosigned by a witness.
pub(crate) fn follow(house: &mut House, auditor: &Auditor) {
    auditor.trust(house);
    let policy = format!("{}quorum W\n", auditor.line("W"));
    let policy = written(house.beside("witnesses.policy"), policy.as_bytes());
    house.set("MUNIMENT_WITNESSES__POLICY_FILE", policy.to_str().unwrap());
    house.set("MUNIMENT_WITNESSES__INTERVAL_MS", "20");
    house.set("MUNIMENT_WITNESSES__RETRY_SECONDS_MAX", "1");
}

#[test]
fn a_witness_remembers_whatever_it_has_cosigned() {
    for point in points(|scene| matches!(scene, Scene::Witnessing(_))) {
        let Scene::Witnessing(hits) = scene(point) else { continue };
        for way in WAYS {
            for hit in hits {
                let fault = format!("{}:{way}:{hit}", point.name());
                eprintln!("{fault}");
                go_through(point, &fault);
            }
        }
    }
}

fn go_through(point: Point, fault: &str) {
    let (mut house, ledger, mut auditor) = (House::new(), Ledger::default(), Auditor::new(NAME));
    follow(&mut house, &auditor);
    auditor.kill();
    let mut witness = armed(&house, &auditor, fault);
    let daemon = house.serve();
    until("the fault strikes", || {
        assert_eq!(ledger.deliver(&daemon.hooks, ledger.next()), Some(200), "{fault}");
        struck(&witness.trace(), point).then_some(())
    });
    if fault.contains(":kill:") {
        assert!(was_killed(until("it dies", || witness.ended())), "{fault}");
    } else {
        assert_eq!(witness.ended(), None, "{fault}: {}", witness.trace());
    }
    drop(witness);
    assert!(cosigned_size(&house) <= remembered_size(&auditor), "{fault}");

    auditor.serve();
    assert_eq!(ledger.deliver(&daemon.hooks, ledger.next()), Some(200), "{fault}");
    until("the newest checkpoint is cosigned", || {
        let size = house.entries().len() as u64;
        (cosigned_size(&house) == size).then_some(())
    });
    assert!(cosigned_size(&house) <= remembered_size(&auditor), "{fault}");
    assert_eq!(auditor.status().0, 0, "{fault}");
    daemon.stop();
    assert_eq!(house.verify().code, 0, "{fault}");
}

/// The same witness at the same address, with a fault.
fn armed(house: &House, auditor: &Auditor, fault: &str) -> Process {
    let (dir, address) = (auditor.path(), auditor.door.base().trim_start_matches("http://"));
    let arguments = ["witness", "serve", dir.to_str().unwrap(), "--listen", address];
    let mut command = house.command(&arguments);
    command.env(VARIABLE, fault);
    Process::spawn(house, command)
}

/// The largest tree of which the archive has a cosignature.
fn cosigned_size(house: &House) -> u64 {
    let line = format!("— {NAME} ");
    house.read(|store: &Store| {
        let mut largest = 0;
        for row in store.checkpoints_from(TreeSize::EMPTY) {
            let (size, note) = row.ok()?;
            if String::from_utf8(note).unwrap().contains(&line) {
                largest = size.get();
            }
        }
        Some(largest)
    })
}

/// The tree that the witness knows, from its directory.
fn remembered_size(auditor: &Auditor) -> u64 {
    let (_, logs) = auditor.status();
    let log = logs.iter().find(|log| log["origin"] == ORIGIN);
    log.and_then(|log| log["last"]["size"].as_u64()).unwrap_or(0)
}
