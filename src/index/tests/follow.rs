//! Restarts, rebuilds and crashes: the index is a function of the log.

use super::archive::{Archive, Running, ask, entries};
use crate::index::fixtures::{Draft, party};
use crate::index::follower::Next;
use crate::index::{Follower, Order, ThreadId};
use crate::record::{Class, RecordId};
use crate::tlog::{LeafIndex, TreeSize};

/// Twenty records of three parties, one of whom is known by two identifiers.
fn fill(archive: &Archive) -> Vec<RecordId> {
    let both = party(Some("4915550100777"), Some("DE.555001"));
    let id_only = party(None, Some("DE.555001"));
    let phone_only = party(Some("4915550100777"), None);
    (0..20)
        .map(|number| {
            let author = match number % 4 {
                0 => id_only.clone(),
                1 => both.clone(),
                2 => phone_only.clone(),
                _ => party(Some("4915550100888"), None),
            };
            archive.append(Draft::from(author, &format!("message number{number} of all"))).0
        })
        .collect()
}

/// Reads to the end of the log; commits are not due yet.
fn read_all(follower: &mut Follower) {
    while follower.work(false).unwrap() == Next::Read {}
}

/// What the index answers, for comparing.
fn answers(running: &Running, records: &[RecordId]) -> (Vec<LeafIndex>, Vec<Option<ThreadId>>) {
    let found = entries(&ask(&running.index, "all", Order::Best, 1000, None));
    let threads = records.iter().map(|id| running.index.thread_of(*id).unwrap()).collect();
    (found, threads)
}

#[test]
fn deleting_the_index_gives_the_same_answers_and_threads() {
    let archive = Archive::new();
    let records = fill(&archive);
    let running = archive.run();
    let before = answers(&running, &records);
    running.stop();
    assert_eq!(before.0.len(), 20);
    let mut threads: Vec<_> = before.1.iter().flatten().collect();
    threads.sort_unstable();
    threads.dedup();
    assert_eq!(threads.len(), 2);

    std::fs::remove_dir_all(archive.index_dir()).unwrap();
    let running = archive.run();
    assert_eq!(answers(&running, &records), before);
    running.stop();
}

#[test]
fn a_restart_goes_on_where_the_last_commit_was() {
    let archive = Archive::new();
    let mut records = fill(&archive);
    let running = archive.run();
    let threads = answers(&running, &records).1;
    running.stop();

    let (index, follower) = archive.open();
    assert_eq!(index.progress().entries_behind(), 0);
    drop((index, follower));
    records.extend(fill(&archive));
    let running = archive.run();
    let (found, again) = answers(&running, &records);
    assert_eq!(found.len(), 40);
    assert_eq!(again.split_at(20), (threads.as_slice(), threads.as_slice()));
    running.stop();
}

#[test]
fn what_was_read_but_not_committed_is_read_again_once() {
    let mut archive = Archive::new();
    let records = fill(&archive);
    let running = archive.run();
    let before = answers(&running, &records);
    running.stop();
    fill(&archive);

    archive.config.commit_interval_ms = 3_600_000;
    let (index, mut follower) = archive.open();
    read_all(&mut follower);
    assert_eq!(index.progress().searchable, TreeSize::new(21));
    drop((index, follower));

    archive.config.commit_interval_ms = 1;
    let running = archive.run();
    let (found, threads) = answers(&running, &records);
    let mut each = found.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!((found.len(), each.len()), (40, 40));
    assert_eq!(threads, before.1);
    running.stop();
}

#[test]
fn a_stop_commits_what_was_read() {
    let mut archive = Archive::new();
    archive.config.commit_interval_ms = 3_600_000;
    fill(&archive);
    let (index, mut follower) = archive.open();
    read_all(&mut follower);
    assert_eq!(index.progress().searchable, TreeSize::EMPTY);
    assert_eq!(follower.work(true).unwrap(), Next::Wait);
    assert_eq!(index.progress().searchable, TreeSize::new(21));
    drop((index, follower));
    let (again, _follower) = archive.open();
    assert_eq!(again.progress().searchable, TreeSize::new(21));
}

#[test]
fn so_many_records_are_committed_however_long_the_interval() {
    let mut archive = Archive::new();
    archive.config.commit_interval_ms = 3_600_000;
    archive.config.commit_records_max = 10;
    fill(&archive);
    let (index, mut follower) = archive.open();
    read_all(&mut follower);
    // Seven entries at a time: of the first two batches, 13 are records.
    assert_eq!(index.progress().searchable, TreeSize::new(14));
}

#[test]
fn what_comes_in_while_running_can_be_found() {
    let archive = Archive::new();
    let running = archive.run();
    let (_, first) = archive.append(Draft::inbound("4915550100777", "early"));
    running.catch_up();
    assert_eq!(running.search("early"), [first]);
    let (_, second) = archive.append(Draft::inbound("4915550100777", "late"));
    running.catch_up();
    assert_eq!(running.search("late"), [second]);
    assert_eq!(running.search("early"), [first]);
    running.stop();
}

#[test]
fn destroyed_records_are_passed_over() {
    let archive = Archive::new();
    let (_, kept) = archive.append(Draft::inbound("4915550100777", "kept"));
    let other_keys = Archive::new();
    let text = serde_json::to_vec(&Draft::inbound("4915550100777", "lost").record()).unwrap();
    // Sealed under a bucket that this archive does not have.
    let now = "2020-01-01T00:00:00Z".parse().unwrap();
    let sealed = other_keys.keyring.seal(Class::Message, now, &text).unwrap();
    let group = crate::log::Group::of(crate::log::Draft::captured(sealed, None));
    archive.log().append_blocking(group).unwrap();
    let (_, later) = archive.append(Draft::inbound("4915550100777", "kept"));
    let running = archive.run();
    assert_eq!(running.search("*"), [kept, later]);
    running.stop();
}
