//! Erasing: what was erased is not found, not in the files, and not in copies of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tantivy::directory::Directory as _;

use super::archive::{Archive, Running};
use crate::entry::Ranges;
use crate::index::fixtures::Draft;
use crate::index::follower::Next;
use crate::index::place::found;
use crate::index::{Error, Follower, Index, Selection};
use crate::log;
use crate::record::RecordId;
use crate::store::Commit;
use crate::tlog::LeafIndex;

const CANARIES: [&str; 5] =
    ["zebracanary", "zuleika", "zylophone", "998915550100777", "777001055519899"];

/// A record in whose documents all canaries are.
fn canary() -> Draft {
    let draft = Draft::inbound("998915550100777", "zebracanary wires the money");
    draft.named("Zuleika").file("zylophone.pdf", "application/pdf")
}

fn plain(number: usize) -> Draft {
    Draft::inbound("390655501234", &format!("plain number{number}")).named("Anna")
}

/// Ten plain records with two canaries among them.
fn fill(archive: &Archive) -> (Vec<LeafIndex>, Vec<LeafIndex>) {
    let (mut kept, mut erased) = (vec![], vec![]);
    for number in 0..12 {
        match number % 6 {
            2 => erased.push(archive.append(canary()).1),
            _ => kept.push(archive.append(plain(number)).1),
        }
    }
    (kept, erased)
}

fn of(entries: &[LeafIndex]) -> Selection {
    entries.iter().copied().collect()
}

fn files_in(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The content of every file of the index that the keys of today open, and how many
/// they do not open. Files that are locked and never written are left out.
fn opened(archive: &Archive, files: &[PathBuf]) -> (Vec<Vec<u8>>, usize) {
    let found = found(&archive.index_dir(), &archive.keyring).unwrap().unwrap();
    let directory = found.open_files(&archive.index_dir(), 0).unwrap();
    let written = files.iter().filter(|path| path.metadata().unwrap().len() > 0);
    let read: Vec<_> = written
        .map(|path| {
            let file = directory.open_read(Path::new(path.file_name().unwrap()));
            file.ok().map(|file| file.read_bytes().unwrap().as_slice().to_vec())
        })
        .collect();
    let closed = read.iter().filter(|content| content.is_none()).count();
    (read.into_iter().flatten().collect(), closed)
}

fn live(archive: &Archive) -> Vec<Vec<u8>> {
    let (contents, closed) = opened(archive, &files_in(&archive.index_dir().join("files")));
    assert_eq!(closed, 0, "every file is under the key of today");
    contents
}

fn holds(contents: &[Vec<u8>], word: &str) -> bool {
    let of_word = |content: &Vec<u8>| content.windows(word.len()).any(|it| it == word.as_bytes());
    contents.iter().any(of_word)
}

/// Every term and every word of a column that the index has.
fn terms(index: &Index) -> BTreeSet<(String, Vec<u8>)> {
    let view = index.0.view();
    let mut terms = BTreeSet::new();
    for segment in view.searcher.segment_readers() {
        for (field, entry) in view.searcher.schema().fields() {
            let name = entry.name().to_owned();
            if entry.is_indexed() {
                let inverted = segment.inverted_index(field).unwrap();
                let mut stream = inverted.terms().stream().unwrap();
                while stream.advance() {
                    terms.insert((name.clone(), stream.key().to_vec()));
                }
            }
            if let Ok(Some(column)) = segment.fast_fields().bytes(&name) {
                let mut words = column.dictionary().stream().unwrap();
                while let Some((word, ())) = words.next() {
                    terms.insert((format!("{name} column"), word.to_vec()));
                }
            }
        }
    }
    terms
}

/// Destroys records in the rows, and says so in the log.
fn destroy(archive: &Archive, entries: &[LeafIndex]) {
    for ranges in Ranges::covering(entries.iter().copied()) {
        let draft = log::Draft::destroyed(RecordId::from_bytes([7; 16]), ranges);
        archive.log().append_blocking(log::Group::of(draft)).unwrap();
    }
    let mut commit = Commit::default();
    entries.iter().for_each(|entry| commit.destroy_sealed(*entry));
    archive.log().store().commit(commit).unwrap();
}

/// Erases with a follower that is stepped by hand.
fn erase_by_hand(index: &Index, follower: &mut Follower, entries: &[LeafIndex]) {
    let asked = ask_to_erase(index, entries);
    while !asked.is_finished() {
        follower.work(false).unwrap();
    }
    asked.join().unwrap().unwrap();
}

fn ask_to_erase(
    index: &Index,
    entries: &[LeafIndex],
) -> std::thread::JoinHandle<Result<(), Error>> {
    let (index, entries) = (index.clone(), of(entries));
    std::thread::spawn(move || index.erase(&entries))
}

#[test]
fn what_was_erased_is_neither_found_nor_in_any_file() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    let running = archive.run();
    assert_eq!(running.search("zebracanary"), erased);
    for canary in CANARIES {
        assert!(holds(&live(&archive), canary), "{canary} is there to be erased");
    }
    running.index.erase(&of(&erased)).unwrap();
    assert_eq!(running.search("*"), kept);
    for canary in CANARIES {
        assert!(!holds(&live(&archive), canary), "{canary} is still there");
    }
    assert!(holds(&live(&archive), "anna"), "what is kept is there");
    for query in ["zebracanary", "zuleika", "zylo*", "party:+998915550100777"] {
        assert_eq!(running.search(query), [], "{query}");
    }
    let mut told = vec![];
    running.index.facts(|entry, _| told.push(entry)).unwrap();
    told.sort_unstable();
    assert_eq!(told, kept);
    running.stop();
}

#[test]
fn an_index_made_anew_has_the_words_of_one_that_was_erased_from() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    let running = archive.run();
    destroy(&archive, &erased);
    running.index.erase(&of(&erased)).unwrap();
    running.catch_up();
    let before = terms(&running.index);
    running.stop();
    fs::remove_dir_all(archive.index_dir()).unwrap();
    let running = archive.run();
    assert_eq!(running.search("*"), kept);
    assert_eq!(terms(&running.index), before);
    running.stop();
}

#[test]
fn a_copy_from_before_does_not_open() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    let running = archive.run();
    let (files, copy) = (archive.index_dir().join("files"), tempfile::tempdir().unwrap());
    let copies: Vec<_> = files_in(&files)
        .into_iter()
        .map(|file| {
            let copy = copy.path().join(file.file_name().unwrap());
            fs::copy(&file, &copy).unwrap();
            copy
        })
        .collect();
    let format = fs::read(archive.index_dir().join("format")).unwrap();
    destroy(&archive, &erased);
    running.index.erase(&of(&erased)).unwrap();
    running.stop();

    // The old files one by one, with the keys of today.
    fs::remove_dir_all(&files).unwrap();
    fs::create_dir(&files).unwrap();
    for copy in &copies {
        fs::copy(copy, files.join(copy.file_name().unwrap())).unwrap();
    }
    let (contents, closed) = opened(&archive, &files_in(&files));
    assert!(contents.is_empty() && closed > 5, "{} of them open", contents.len());

    // All of it, in the place of the index.
    super::damage::put(archive.index_dir().join("format"), format);
    let (index, follower) = archive.open();
    assert_eq!(index.progress().searchable.get(), 0, "it is made anew");
    let running = Running::start(index, follower);
    running.catch_up();
    assert_eq!(running.search("*"), kept);
    running.stop();
}

#[test]
fn erasing_again_and_erasing_what_is_not_there_does_no_harm() {
    let archive = Archive::new();
    let running = archive.run();
    running.index.erase(&Selection::new()).unwrap();
    running.index.erase(&of(&[LeafIndex::new(0), LeafIndex::new(999_999)])).unwrap();
    let (kept, erased) = fill(&archive);
    running.catch_up();
    for _ in 0..3 {
        running.index.erase(&of(&erased)).unwrap();
        assert_eq!(running.search("*"), kept);
    }
    running.index.erase(&of(&kept)).unwrap();
    assert_eq!(running.search("*"), []);
    let (_, later) = archive.append(plain(99));
    running.catch_up();
    assert_eq!(running.search("*"), [later]);
    running.stop();
}

#[test]
fn what_was_read_and_not_yet_committed_is_erased_too() {
    let mut archive = Archive::new();
    archive.config.commit_interval_ms = 3_600_000;
    let (kept, erased) = fill(&archive);
    let (index, mut follower) = archive.open();
    while follower.work(false).unwrap() == Next::Read {}
    assert_eq!(index.progress().searchable.get(), 0);
    erase_by_hand(&index, &mut follower, &erased);
    let all = index.select(&crate::index::language::Expr::All).unwrap();
    assert_eq!(all.entries, of(&kept));
    assert!(CANARIES.iter().all(|canary| !holds(&live(&archive), canary)));
}

#[test]
fn what_the_log_calls_destroyed_is_not_found_whoever_asks_for_what() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    let running = archive.run();
    destroy(&archive, &erased);
    running.catch_up();
    assert_eq!(running.search("*"), kept);
    running.stop();
    // Nobody asked to erase it: the next start does.
    let (_, mut follower) = archive.open();
    while follower.work(false).unwrap() != Next::Wait {}
    assert!(CANARIES.iter().all(|canary| !holds(&live(&archive), canary)));
}

#[test]
fn who_is_searching_goes_on_and_the_files_are_gone() {
    let archive = Archive::new();
    let (_, erased) = fill(&archive);
    let running = archive.run();
    let view = running.index.0.view();
    let before: Vec<_> = view.searcher.segment_readers().iter().map(|it| it.segment_id()).collect();
    running.index.erase(&of(&erased)).unwrap();
    let everything = tantivy::query::AllQuery;
    assert_eq!(view.searcher.search(&everything, &tantivy::collector::Count).unwrap(), 12);
    let after = files_in(&archive.index_dir().join("files"));
    let now = running.index.0.view();
    let ids = now.searcher.segment_readers().iter().map(|it| it.segment_id()).collect::<Vec<_>>();
    for old in before.iter().filter(|id| !ids.contains(id)) {
        let left = after.iter().find(|file| file.to_string_lossy().contains(&old.uuid_string()));
        assert_eq!(left, None);
    }
    drop((view, now));
    running.stop();
}

#[test]
fn after_a_crash_in_the_middle_erasing_again_does_the_rest() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    archive.run().stop();
    for steps in 1..12 {
        let (index, mut follower) = archive.open();
        let asked = ask_to_erase(&index, &erased);
        while !index.0.is_asked_to_erase() {
            std::thread::yield_now();
        }
        for _ in 0..steps {
            follower.work(false).unwrap();
        }
        // A crash ends the library's threads too.
        follower.await_merges();
        drop(follower);
        let ended = asked.join().unwrap();
        assert!(matches!(ended, Ok(()) | Err(Error::Unerased(_))), "{ended:?}");
        drop(index);
    }
    let (index, mut follower) = archive.open();
    erase_by_hand(&index, &mut follower, &erased);
    assert_eq!(index.select(&crate::index::language::Expr::All).unwrap().entries, of(&kept));
    assert!(CANARIES.iter().all(|canary| !holds(&live(&archive), canary)));
}

#[test]
fn a_key_that_was_half_replaced_is_replaced_by_the_next_start() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    let all: BTreeSet<_> = kept.iter().chain(&erased).copied().collect();
    archive.run().stop();
    let shares = || {
        let mut names = archive.keyring.shares().names().unwrap();
        names.retain(|name| name.starts_with("index."));
        names
    };
    assert_eq!(shares(), ["index.1"]);
    // As a crash leaves it: the share of the next key is there, some files are under it.
    archive.keyring.shares().make("index.2").unwrap();
    let both = found(&archive.index_dir(), &archive.keyring).unwrap().unwrap();
    let directory = both.open_files(&archive.index_dir(), 0).unwrap();
    directory.atomic_write(Path::new("half"), b"under the next key").unwrap();
    let running = archive.run();
    assert_eq!(running.search("*").len(), all.len());
    assert_eq!(shares(), ["index.2"]);
    assert!(!live(&archive).is_empty());
    let format = fs::read_to_string(archive.index_dir().join("format")).unwrap();
    assert!(format.contains("key 2 "), "{format}");
    running.stop();
}

#[test]
fn without_its_share_the_index_is_made_anew() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    archive.run().stop();
    archive.keyring.shares().destroy("index.1").unwrap();
    let (index, follower) = archive.open();
    assert_eq!(index.progress().searchable.get(), 0);
    let running = Running::start(index, follower);
    running.catch_up();
    assert_eq!(running.search("*").len(), kept.len() + erased.len());
    running.stop();
}

#[test]
fn nobody_erases_where_nobody_follows() {
    let archive = Archive::new();
    let (_, erased) = fill(&archive);
    let (index, follower) = archive.open();
    drop(follower);
    assert!(matches!(index.erase(&of(&erased)), Err(Error::Unerased(_))));
}

#[test]
fn erasing_while_records_come_in_erases_those_and_no_others() {
    let archive = Archive::new();
    let (kept, erased) = fill(&archive);
    let running = archive.run();
    let mut kept: BTreeSet<_> = kept.into_iter().collect();
    let mut gone = erased;
    std::thread::scope(|scope| {
        let comes_in = scope.spawn(|| {
            let many = (0..150).map(|number| archive.append(plain(number)).1);
            many.collect::<Vec<_>>()
        });
        for _ in 0..6 {
            gone.push(archive.append(canary()).1);
            destroy(&archive, &gone);
            running.index.erase(&of(&gone)).unwrap();
        }
        kept.extend(comes_in.join().unwrap());
    });
    running.catch_up();
    running.index.erase(&of(&gone)).unwrap();
    assert_eq!(running.search("plain").into_iter().collect::<BTreeSet<_>>(), kept);
    assert_eq!(running.search("zebracanary"), []);
    assert!(CANARIES.iter().all(|canary| !holds(&live(&archive), canary)));
    running.stop();
}
