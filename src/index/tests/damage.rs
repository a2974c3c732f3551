//! Damage, wrong keys, other logs; and nothing readable on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::{Archive, Running, ask, entries};
use crate::index::fixtures::Draft;
use crate::index::language::parse;
use crate::index::open::Position;
use crate::index::{Order, Paging, Request};
use crate::tlog::EMPTY_ROOT;

const TEXT: &str = "canarytext wire the money";
const NAME: &str = "Canaryname Surname";
const FILE: &str = "canaryfile.pdf";
const PHONE: &str = "4915550100777";
const WAMID: &str = "wamid.CANARYWAMID";

fn fill(archive: &Archive) {
    for _ in 0..30 {
        let draft = Draft::inbound(PHONE, TEXT).named(NAME).file(FILE, "application/pdf");
        archive.append(draft.id(WAMID));
    }
}

fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_under(&path)) } else { found.push(path) }
    }
    found
}

pub(super) fn put(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    let mut file = fs::File::create(path).unwrap();
    std::io::Write::write_all(&mut file, bytes.as_ref()).unwrap();
}

fn contains(bytes: &[u8], canary: &[u8]) -> bool {
    bytes.windows(canary.len()).any(|window| window.eq_ignore_ascii_case(canary))
}

#[test]
fn nothing_of_a_record_can_be_read_in_the_index_directory() {
    let archive = Archive::new();
    fill(&archive);
    let running = archive.run();
    assert_eq!(running.search("canarytext").len(), 30);
    let thread = {
        let page = ask(&running.index, "canarytext", Order::Best, 1, None);
        page.hits[0].thread.unwrap().to_string()
    };
    let check = || {
        let mut bytes_seen = 0;
        for path in files_under(&archive.index_dir()) {
            let bytes = fs::read(&path).unwrap();
            bytes_seen += bytes.len();
            let backwards: String = PHONE.chars().rev().collect();
            for canary in
                ["canary", "surname", "money", PHONE, "15550100777", &backwards, "message", &thread]
            {
                assert!(!contains(&bytes, canary.as_bytes()), "{canary} in {}", path.display());
                assert!(!path.to_string_lossy().contains(canary), "{canary} in a file's name");
            }
        }
        bytes_seen
    };
    assert!(check() > 1000);
    running.stop();
    assert!(check() > 1000);
}

#[test]
fn an_index_under_another_key_is_made_anew() {
    let archive = Archive::new();
    fill(&archive);
    archive.run().stop();

    let other = Archive::new();
    fill(&other);
    let (index, follower) = other.open_in(&archive.index_dir());
    assert_eq!(index.progress().searchable.get(), 0);
    let running = Running::start(index, follower);
    running.catch_up();
    assert_eq!(running.search("canarytext").len(), 30);
    running.stop();
}

#[test]
fn an_index_of_another_version_is_made_anew() {
    let archive = Archive::new();
    fill(&archive);
    archive.run().stop();
    let format = archive.index_dir().join("format");
    let text = fs::read_to_string(&format).unwrap();
    put(&format, text.replace("muniment index ", "muniment index 9"));
    let (index, _follower) = archive.open();
    assert_eq!(index.progress().searchable.get(), 0);
    let anew = fs::read_to_string(&format).unwrap();
    assert_eq!(anew.lines().next(), text.lines().next());
}

#[test]
fn a_commit_of_another_log_or_ahead_of_it_is_told() {
    let archive = Archive::new();
    fill(&archive);
    let position = Position { size: 99, last: EMPTY_ROOT };
    assert!(!position.is_of(archive.log()).unwrap());
    let position = Position { size: 5, last: EMPTY_ROOT };
    assert!(!position.is_of(archive.log()).unwrap());
}

#[test]
fn other_files_in_the_directory_are_left_alone() {
    let archive = Archive::new();
    let dir = archive.index_dir();
    fs::create_dir_all(dir.join("files")).unwrap();
    put(dir.join("files/rubbish"), "x");
    put(dir.join("notes.txt"), "mine");
    fill(&archive);
    let running = archive.run();
    assert_eq!(running.search("canarytext").len(), 30);
    assert_eq!(fs::read_to_string(dir.join("notes.txt")).unwrap(), "mine");
    assert!(!dir.join("files/rubbish").exists());
    running.stop();
}

/// Whatever byte is damaged in whatever file, the right answer comes back, by
/// making the index anew at the opening or when a search finds out.
#[test]
fn a_damaged_file_is_found_and_the_index_made_anew() {
    let archive = Archive::new();
    fill(&archive);
    archive.run().stop();
    let pristine: Vec<_> = files_under(&archive.index_dir())
        .into_iter()
        .map(|path| (fs::read(&path).unwrap(), path))
        .collect();
    let damaged = pristine.iter().filter(|(bytes, _)| !bytes.is_empty());
    for (number, (bytes, path)) in damaged.enumerate() {
        let _ = fs::remove_dir_all(archive.index_dir());
        fs::create_dir_all(archive.index_dir().join("files")).unwrap();
        for (bytes, path) in &pristine {
            put(path, bytes);
        }
        let mut bytes = bytes.clone();
        let middle = bytes.len() / 2;
        match number % 2 {
            0 => bytes[middle] ^= 1,
            _ => bytes.truncate(2 * middle - 1),
        }
        put(path, bytes);
        let (index, follower) = archive.open();
        let running = Running::start(index.clone(), follower);
        let expr = parse("\"wire the money\" party:canary* -id:nobody").unwrap();
        let paging = Paging { limit: 100, after: None };
        let request = Request { expr, order: Order::Best, paging };
        let right = || index.search(&request).is_ok_and(|page| page.total == 30);
        running.until(&format!("{} was mended", path.display()), right);
        running.stop();
    }
}

#[test]
fn a_cursor_of_another_search_is_refused() {
    let archive = Archive::new();
    fill(&archive);
    let running = archive.run();
    let page = ask(&running.index, "canarytext", Order::Newest, 3, None);
    assert_eq!(entries(&page).len(), 3);
    let paging = Paging { limit: 3, after: page.next };
    let expr = parse("money").unwrap();
    let refused = running.index.search(&Request { expr, order: Order::Newest, paging });
    assert!(matches!(refused, Err(crate::index::Error::Cursor(_))));
    running.stop();
}
