use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use tantivy::directory::{INDEX_WRITER_LOCK, META_LOCK};
use tempfile::TempDir;

use super::cipher::{CHUNK_BYTES, HEADER_BYTES, SEALED_BYTES};
use super::*;

mod library;
mod replacing;

const KEY: [u8; 32] = [7; 32];
const CACHE_BYTES: usize = 1024 * 1024;

struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// The directory with an empty cache.
    fn open(&self) -> EncryptedDirectory {
        EncryptedDirectory::open(self.dir.path(), &KEY, None, CACHE_BYTES).unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.path().join(name)).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "a test damages files, and waits for no disk")]
    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.dir.path().join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Fault> {
        read(&self.open(), name)
    }
}

fn write(directory: &EncryptedDirectory, name: &str, content: &[u8]) {
    let mut writer = directory.open_write(Path::new(name)).unwrap();
    writer.write_all(content).unwrap();
    writer.terminate().unwrap();
}

/// The content, or what is damaged; any other error is a failure of the test.
fn read(directory: &EncryptedDirectory, name: &str) -> Result<Vec<u8>, Fault> {
    let file = match directory.open_read(Path::new(name)) {
        Ok(file) => file,
        Err(OpenReadError::IoError { io_error, .. }) => return Err(fault(&io_error)),
        Err(other) => panic!("{other}"),
    };
    file.read_bytes().map(|bytes| bytes.as_slice().to_vec()).map_err(|error| fault(&error))
}

fn fault(error: &io::Error) -> Fault {
    let damaged = error.get_ref().unwrap().downcast_ref::<Damaged>().unwrap();
    assert!(damaged.to_string().contains("delete the index directory"), "{damaged}");
    damaged.fault
}

/// Content in which no two chunks are the same.
fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at.wrapping_mul(2_654_435_761) >> 16).to_le_bytes()[0]).collect()
}

#[test]
fn what_is_written_is_read_at_every_size() {
    let place = Place::new();
    let sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 40 * CHUNK_BYTES + 17];
    for (number, size) in sizes.into_iter().enumerate() {
        let name = format!("file{number}");
        write(&place.open(), &name, &content(size));
        assert_eq!(place.read(&name), Ok(content(size)), "{size}");
    }
}

#[test]
fn every_flipped_byte_is_found() {
    let place = Place::new();
    write(&place.open(), "file", &content(100));
    let whole = place.bytes("file");
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        place.put("file", &flipped);
        let expected = if at < 8 { Fault::Header } else { Fault::Altered };
        assert_eq!(place.read("file"), Err(expected), "byte {at}");
    }
    place.put("file", &whole);
    assert_eq!(place.read("file"), Ok(content(100)));
}

#[test]
fn a_flipped_byte_in_any_chunk_is_found() {
    let place = Place::new();
    let size = 20 * CHUNK_BYTES + 5;
    write(&place.open(), "file", &content(size));
    let whole = place.bytes("file");
    for at in (HEADER_BYTES..whole.len()).step_by(SEALED_BYTES / 3) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x80;
        place.put("file", &flipped);
        assert_eq!(place.read("file"), Err(Fault::Altered), "byte {at}");
    }
}

#[test]
fn a_file_cut_short_anywhere_is_found_when_it_is_opened() {
    let place = Place::new();
    write(&place.open(), "file", &content(3 * CHUNK_BYTES));
    let whole = place.bytes("file");
    // With the cache of the whole file warm: what is cut is not served from it.
    let warm = place.open();
    assert!(read(&warm, "file").is_ok());
    let boundaries = (0..3).map(|chunk| HEADER_BYTES + chunk * SEALED_BYTES);
    let around =
        boundaries.flat_map(|at| [at.saturating_sub(1), at, at + 1, at + 15, at + 16, at + 17]);
    for len in around.chain([0, 1, whole.len() - 1]) {
        place.put("file", &whole[..len]);
        for directory in [&warm, &place.open()] {
            let opened = directory.open_read(Path::new("file"));
            assert!(matches!(opened, Err(OpenReadError::IoError { .. })), "{len} bytes left");
            assert!(read(directory, "file").is_err());
        }
    }
}

#[test]
fn what_is_put_behind_a_file_is_found() {
    let place = Place::new();
    write(&place.open(), "file", &content(CHUNK_BYTES));
    let whole = place.bytes("file");
    for more in [1, 16, 17, SEALED_BYTES] {
        place.put("file", &[whole.clone(), vec![0; more]].concat());
        assert!(place.read("file").is_err(), "{more} bytes more");
    }
}

#[test]
fn chunks_in_another_order_are_found() {
    let place = Place::new();
    write(&place.open(), "file", &content(3 * CHUNK_BYTES));
    let whole = place.bytes("file");
    let (header, chunks) = whole.split_at(HEADER_BYTES);
    let chunks: Vec<_> = chunks.chunks(SEALED_BYTES).collect();
    for order in [[1, 0, 2], [0, 0, 2], [2, 1, 0], [0, 2, 1]] {
        place.put("file", &[header, &order.map(|chunk| chunks[chunk]).concat()].concat());
        assert_eq!(place.read("file"), Err(Fault::Altered), "{order:?}");
    }
}

#[test]
fn files_under_each_others_names_are_found() {
    let place = Place::new();
    let directory = place.open();
    write(&directory, "one", &content(100));
    write(&directory, "two", &content(100));
    assert!(read(&directory, "one").is_ok() && read(&directory, "two").is_ok());
    let (one, two) = (place.bytes("one"), place.bytes("two"));
    place.put("one", &two);
    place.put("two", &one);
    for directory in [&directory, &place.open()] {
        assert_eq!(read(directory, "one"), Err(Fault::Altered));
        assert_eq!(read(directory, "two"), Err(Fault::Altered));
    }
}

#[test]
fn chunks_of_another_file_are_found() {
    let place = Place::new();
    write(&place.open(), "one", &content(2 * CHUNK_BYTES));
    write(&place.open(), "two", &content(2 * CHUNK_BYTES));
    let (mut one, two) = (place.bytes("one"), place.bytes("two"));
    let chunk = HEADER_BYTES..HEADER_BYTES + SEALED_BYTES;
    one[chunk.clone()].copy_from_slice(&two[chunk]);
    place.put("one", &one);
    assert_eq!(place.read("one"), Err(Fault::Altered));
}

#[test]
fn another_key_opens_nothing() {
    let place = Place::new();
    write(&place.open(), "file", b"content");
    let other = EncryptedDirectory::open(place.dir.path(), &[8; 32], None, CACHE_BYTES).unwrap();
    assert_eq!(read(&other, "file"), Err(Fault::Altered));
}

#[test]
fn what_was_not_finished_is_refused() {
    let place = Place::new();
    let directory = place.open();
    for (name, bytes) in [("none", 0), ("little", 10), ("chunk", CHUNK_BYTES), ("more", 50_000)] {
        let mut writer = directory.open_write(Path::new(name)).unwrap();
        writer.write_all(&content(bytes)).unwrap();
        writer.flush().unwrap();
        drop(writer);
        assert!(read(&directory, name).is_err(), "{name}");
    }
}

#[test]
fn a_file_is_written_once() {
    let place = Place::new();
    let directory = place.open();
    let path = Path::new("file");
    let writer = directory.open_write(path).unwrap();
    assert!(directory.exists(path).unwrap());
    let again = directory.open_write(path);
    assert!(matches!(again, Err(OpenWriteError::FileAlreadyExists(_))));
    writer.terminate().unwrap();
    assert!(directory.open_write(path).is_err());
}

#[test]
fn a_deleted_file_is_gone_but_for_who_reads_it() {
    let place = Place::new();
    let directory = place.open();
    let path = Path::new("file");
    write(&directory, "file", &content(300_000));
    let reader = directory.open_read(path).unwrap();
    directory.delete(path).unwrap();
    assert_eq!(reader.read_bytes().unwrap().as_slice(), content(300_000));
    assert!(!directory.exists(path).unwrap());
    assert!(matches!(directory.open_read(path), Err(OpenReadError::FileDoesNotExist(_))));
    assert!(matches!(directory.delete(path), Err(DeleteError::FileDoesNotExist(_))));
    // The name may be taken again; the cache does not mistake one for the other.
    write(&directory, "file", b"other");
    assert_eq!(read(&directory, "file"), Ok(b"other".to_vec()));
}

#[test]
fn an_atomic_write_replaces_the_whole_file() {
    let place = Place::new();
    let directory = place.open();
    let path = Path::new(META_NAME);
    assert!(matches!(directory.atomic_read(path), Err(OpenReadError::FileDoesNotExist(_))));
    for size in [10, 100_000, 0, 3] {
        directory.atomic_write(path, &content(size)).unwrap();
        assert_eq!(directory.atomic_read(path).unwrap(), content(size));
        assert_eq!(place.open().atomic_read(path).unwrap(), content(size));
    }
    let names: Vec<_> =
        fs::read_dir(place.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, [META_NAME]);
}

#[test]
fn a_temporary_file_left_by_a_crash_is_in_nobodys_way() {
    let place = Place::new();
    place.put(".meta.json.new", &content(100));
    place.open().atomic_write(Path::new(META_NAME), b"{}").unwrap();
    assert_eq!(place.open().atomic_read(Path::new(META_NAME)).unwrap(), b"{}");
}

#[test]
fn a_commit_calls_who_watches() {
    let place = Place::new();
    let directory = place.open();
    let (sender, calls) = std::sync::mpsc::channel();
    let watch = directory.watch(WatchCallback::new(move || sender.send(()).unwrap())).unwrap();
    directory.atomic_write(Path::new(".managed.json"), b"[]").unwrap();
    directory.clone().atomic_write(Path::new(META_NAME), b"{}").unwrap();
    calls.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    assert!(calls.try_recv().is_err(), "only the commit calls");
    drop(watch);
    directory.atomic_write(Path::new(META_NAME), b"{}").unwrap();
    assert!(calls.recv().is_err(), "the callback is gone with its handle");
}

#[test]
fn a_lock_is_held_once_and_does_not_outlive_its_holder() {
    let place = Place::new();
    let lock = place.open().acquire_lock(&INDEX_WRITER_LOCK).unwrap();
    assert!(matches!(place.open().acquire_lock(&INDEX_WRITER_LOCK), Err(LockError::LockBusy)));
    let meta = place.open().acquire_lock(&META_LOCK).unwrap();
    drop((lock, meta));
    // The files are still there, as after a crash.
    assert!(place.dir.path().join(&INDEX_WRITER_LOCK.filepath).exists());
    place.open().acquire_lock(&INDEX_WRITER_LOCK).unwrap();
    place.open().acquire_lock(&META_LOCK).unwrap();
}

#[test]
fn a_name_leads_nowhere_else() {
    let place = Place::new();
    let directory = place.open();
    for name in ["../file", "a/b", "/etc/file", ".", "..", ""] {
        let path = Path::new(name);
        assert!(directory.open_write(path).is_err(), "{name}");
        assert!(directory.open_read(path).is_err(), "{name}");
        assert!(directory.atomic_write(path, b"x").is_err(), "{name}");
        assert!(directory.delete(path).is_err(), "{name}");
        assert!(directory.exists(path).is_err(), "{name}");
    }
}

#[test]
fn a_range_beyond_the_end_is_an_error() {
    let place = Place::new();
    let directory = place.open();
    write(&directory, "file", &content(10));
    let handle = directory.get_file_handle(Path::new("file")).unwrap();
    assert_eq!(handle.len(), 10);
    assert!(handle.read_bytes(10..10).unwrap().is_empty());
    assert!(handle.read_bytes(5..11).is_err());
    let reversed = Range { start: 5, end: 4 };
    assert!(handle.read_bytes(reversed).is_err());
}

#[test]
fn the_cache_keeps_to_its_bound() {
    let place = Place::new();
    let directory =
        EncryptedDirectory::open(place.dir.path(), &KEY, None, 20 * CHUNK_BYTES).unwrap();
    write(&directory, "file", &content(100 * CHUNK_BYTES));
    let handle = directory.get_file_handle(Path::new("file")).unwrap();
    for chunk in 0..100 {
        handle.read_bytes(chunk * CHUNK_BYTES..(chunk + 1) * CHUNK_BYTES).unwrap();
        handle.read_bytes(0..chunk * CHUNK_BYTES).unwrap();
        assert!(directory.0.cache.bytes() <= 20 * CHUNK_BYTES as u64);
    }
    assert!(directory.0.cache.bytes() > 10 * CHUNK_BYTES as u64, "it keeps something");
}

#[test]
fn a_run_that_is_held_is_lent_again() {
    let place = Place::new();
    let directory = EncryptedDirectory::open(place.dir.path(), &KEY, None, 0).unwrap();
    write(&directory, "file", &content(100 * CHUNK_BYTES));
    let run = || {
        let handle = directory.get_file_handle(Path::new("file")).unwrap();
        handle.read_bytes(10..90 * CHUNK_BYTES).unwrap()
    };
    let (first, second) = (run(), run());
    assert_eq!(first.as_ptr(), second.as_ptr());
    assert_eq!(first.as_slice(), &content(90 * CHUNK_BYTES)[10..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn it_behaves_as_files_in_memory_do(
        files in prop::collection::vec(prop::collection::vec(0..3 * CHUNK_BYTES, 0..8), 1..4),
        reads in prop::collection::vec((any::<prop::sample::Index>(), any::<(u32, u32)>()), 0..40),
        cache_bytes in prop::sample::select(vec![0, 2 * CHUNK_BYTES, 64 * CHUNK_BYTES]),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let directory = EncryptedDirectory::open(dir.path(), &KEY, None, cache_bytes).unwrap();
        let mut model = BTreeMap::new();
        for (number, parts) in files.iter().enumerate() {
            let (name, all) = (format!("file{number}"), content(parts.iter().sum()));
            let mut writer = directory.open_write(Path::new(&name)).unwrap();
            let mut rest = all.as_slice();
            for part in parts {
                let (now, later) = rest.split_at(*part);
                writer.write_all(now).unwrap();
                rest = later;
            }
            writer.terminate().unwrap();
            model.insert(name, all);
        }
        for (which, (a, b)) in reads {
            let (name, all) = model.iter().nth(which.index(model.len())).unwrap();
            let mut ends = [a, b].map(|end| end as usize % (all.len() + 1));
            ends.sort_unstable();
            let [start, end] = ends;
            let handle = directory.get_file_handle(Path::new(name)).unwrap();
            prop_assert_eq!(handle.len(), all.len());
            let bytes = handle.read_bytes(start..end).unwrap();
            prop_assert!(bytes.as_slice() == &all[start..end], "{} {}..{}", name, start, end);
        }
    }
}
