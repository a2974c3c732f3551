//! A disk without room: a small file system in memory, filled and emptied again.
//!
//! Mounting needs root. Where it is not to be had, the reserve is set to three quarters of
//! what is free on the real disk, and a file is laid on it that takes the last quarter and
//! more: then only a disk that is full to its last byte cannot be tried. Room is there
//! again where there is some more than the reserve, so that it must not be all that is
//! free; and others may write on the disk meanwhile.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use muniment::log::free_bytes;

use crate::process::Process;
use crate::support::{House, Ledger, copy_tree, until};

const MIB: u64 = 1024 * 1024;
const SIZE: u64 = 128 * MIB;
const RESERVE: u64 = 24 * MIB;

/// A file system of its own under a directory; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Puts the archive's data on it; `None` where nobody may mount.
    fn below(house: &House) -> Option<Self> {
        let (data, aside) = (house.data(), house.beside("aside"));
        copy_tree(&data, &aside);
        let size = format!("size={SIZE},mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs", data.to_str().unwrap()])
            .output();
        if !mounted.is_ok_and(|ran| ran.status.success()) {
            eprintln!("left out: mounting needs root");
            return None;
        }
        copy_tree(&aside, &data);
        Some(Self(data))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(unmounted.unwrap().success() || std::thread::panicking());
    }
}

fn house() -> House {
    let mut house = House::new();
    house.set("MUNIMENT_STORE__MEMORY_BYTES_MAX", &(4 * MIB).to_string());
    house
}

/// Fills the disk up to so many free bytes; the file to be removed again.
fn fill(dir: &Path, leave: u64) -> PathBuf {
    let path = dir.join("filler");
    let mut file = File::options().create(true).append(true).open(&path).unwrap();
    let block = vec![0xa5; 64 * 1024];
    while free_bytes(dir).unwrap() > leave {
        if file.write_all(&block).is_err() {
            break;
        }
    }
    path
}

/// Lays a file of a size on the disk, without writing it; to be removed again.
fn lay(dir: &Path, bytes: u64) -> PathBuf {
    let path = dir.join("filler");
    let laid = Command::new("fallocate").args(["-l", &bytes.to_string()]).arg(&path).status();
    assert!(laid.unwrap().success());
    path
}

#[test]
fn a_full_disk_is_answered_503_until_there_is_room_again() {
    let mut house = house();
    let disk = SmallDisk::below(&house);
    let (dir, leave) = (house.data(), RESERVE / 2);
    let filler: Box<dyn Fn() -> PathBuf> = if disk.is_some() {
        house.set("MUNIMENT_LOG__FREE_BYTES_MIN", &RESERVE.to_string());
        Box::new(move || fill(&dir, leave))
    } else {
        let free = free_bytes(&dir).unwrap();
        let reserve = free / 4 * 3;
        house.set("MUNIMENT_LOG__FREE_BYTES_MIN", &reserve.to_string());
        Box::new(move || lay(&dir, free / 20 * 7))
    };
    let (ledger, officer) = (Ledger::default(), house.token("officer"));
    let mut process = Process::start(&house, &[]);
    let hooks = process.hooks().unwrap().clone();
    for _ in 0..5 {
        assert_eq!(ledger.deliver(&hooks, ledger.next()), Some(200));
    }

    let filler = filler();
    until("the disk is found full", || {
        (ledger.deliver(&hooks, ledger.next()) == Some(503)).then_some(())
    });
    let size = house.entries().len();
    for _ in 0..20 {
        assert_eq!(ledger.deliver(&hooks, ledger.next()), Some(503));
    }
    assert_eq!(house.entries().len(), size, "what is refused is not there");
    check_refused(&house, &process, &officer);

    fs::remove_file(filler).unwrap();
    until("there is room again", || {
        (ledger.deliver(&hooks, ledger.next()) == Some(200)).then_some(())
    });
    assert_eq!(process.api().get("/healthz").status, 200);
    let told = process.trace().matches("disk full: entries are refused").count();
    assert_eq!(told, 1, "told once: {}", process.trace());
    assert_eq!(process.trace().matches("there is room again").count(), 1);
    ledger.check(&house, "after the room came back");
    ledger.redeliver(&hooks);
    assert_eq!(ledger.unanswered(), 0);
    assert_eq!(process.terminate().code(), Some(0), "{}", process.trace());
    ledger.check(&house, "in the end");
    assert_eq!(house.verify().code, 0);
    drop((process, disk));
}

fn check_refused(house: &House, process: &Process, officer: &str) {
    let ready = process.api().get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert_eq!(ready.json()["state"]["log"]["full"], true, "{}", ready.text());
    let metrics = process.api().get("/metrics").text();
    assert!(metrics.contains("muniment_log_full 1"), "{metrics}");
    // No reading goes unwritten.
    let asker = process.api().with_token(officer);
    let search = asker.get_with("/v1/search", &[("q", "crossing")]);
    assert_eq!(search.status, 503, "{}", search.text());
    assert_eq!(search.json()["code"], "full", "{}", search.text());
    assert!(!search.header("retry-after").is_empty());
    let looked = house.run(&["doctor"]);
    assert_eq!(looked.code, 3, "{looked:?}");
    assert!(looked.stdout.contains("WRONG  disk: it is full"), "{looked:?}");
    assert!(looked.stdout.contains("do: make room"), "{looked:?}");
}

#[test]
fn a_disk_that_is_full_to_its_last_byte_loses_nothing_that_was_acknowledged() {
    let mut house = house();
    let Some(disk) = SmallDisk::below(&house) else { return };
    house.set("MUNIMENT_LOG__FREE_BYTES_MIN", "0");
    let ledger = Ledger::default();
    let mut process = Process::start(&house, &[]);
    let hooks = process.hooks().unwrap().clone();
    for _ in 0..5 {
        assert_eq!(ledger.deliver(&hooks, ledger.next()), Some(200));
    }
    let filler = fill(&house.data(), 0);
    // Some room is set aside already in the file that is written to.
    until("the daemon notices", || {
        ledger.deliver(&hooks, ledger.next());
        // What it lets go of fills up at once.
        fill(&house.data(), 0);
        process.ended()
    });
    assert_eq!(process.ended().unwrap().code(), Some(1), "{}", process.trace());
    assert!(process.trace().contains("could not write"), "{}", process.trace());
    assert!(ledger.unanswered() > 0);

    let mut again = Process::start(&house, &[]);
    if again.hooks().is_some() {
        again.terminate();
    }
    drop(again);
    fs::remove_file(filler).unwrap();
    let daemon = house.serve();
    ledger.check(&house, "after the room came back");
    ledger.redeliver(&daemon.hooks);
    daemon.stop();
    ledger.check(&house, "in the end");
    assert_eq!(house.verify().code, 0);
    assert_eq!(house.run(&["doctor"]).code, 0);
    drop((process, disk));
}
