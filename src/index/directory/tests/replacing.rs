//! Replacing the key.

use super::*;

const NEXT: [u8; 32] = [9; 32];

fn fault_under(place: &Place, key: &[u8; 32], name: &str) -> Result<Vec<u8>, Fault> {
    let directory = EncryptedDirectory::open(place.dir.path(), key, None, CACHE_BYTES).unwrap();
    read(&directory, name)
}

#[test]
fn every_file_is_under_the_new_key_alone_and_reads_as_before() {
    let place = Place::new();
    let directory = place.open();
    let sizes = [0, 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 5];
    for size in sizes {
        write(&directory, &format!("file{size}"), &content(size));
    }
    directory.atomic_write(Path::new(META_NAME), b"{}").unwrap();
    let held = directory.open_read(Path::new("file1")).unwrap();
    let before: Vec<_> = sizes.map(|size| place.bytes(&format!("file{size}"))).to_vec();
    directory.replace_key(&NEXT).unwrap();
    directory.replace_key(&NEXT).unwrap();
    assert_eq!(held.read_bytes().unwrap().as_slice(), content(1));
    for (size, before) in sizes.into_iter().zip(before) {
        let name = format!("file{size}");
        assert_eq!(read(&directory, &name), Ok(content(size)));
        assert_eq!(fault_under(&place, &NEXT, &name), Ok(content(size)));
        assert_eq!(fault_under(&place, &KEY, &name), Err(Fault::Altered));
        let after = place.bytes(&name);
        assert_eq!(before[HEADER_BYTES..], after[HEADER_BYTES..], "chunks stay as they are");
        // What was copied before opens under the new key no more than it should.
        place.put(&name, &before);
        assert_eq!(fault_under(&place, &NEXT, &name), Err(Fault::Altered));
    }
    write(&directory, "later", b"later");
    assert_eq!(fault_under(&place, &NEXT, "later"), Ok(b"later".to_vec()));
    assert_eq!(fault_under(&place, &NEXT, META_NAME), Ok(b"{}".to_vec()));
}

#[test]
fn a_file_that_is_being_written_meanwhile_is_put_under_the_new_key() {
    let place = Place::new();
    let directory = place.open();
    let mut writer = directory.open_write(Path::new("file")).unwrap();
    writer.write_all(&content(2 * CHUNK_BYTES)).unwrap();
    writer.flush().unwrap();
    directory.replace_key(&NEXT).unwrap();
    writer.write_all(&content(10)).unwrap();
    writer.terminate().unwrap();
    let whole = [content(2 * CHUNK_BYTES), content(10)].concat();
    assert_eq!(read(&directory, "file"), Ok(whole.clone()));
    assert_eq!(fault_under(&place, &NEXT, "file"), Ok(whole));
}

#[test]
fn a_mixture_left_by_a_crash_is_read_and_finished() {
    let place = Place::new();
    write(&place.open(), "before", b"before");
    let next = EncryptedDirectory::open(place.dir.path(), &NEXT, None, CACHE_BYTES).unwrap();
    write(&next, "after", b"after");
    let (key, both) = (NEXT, Some(&KEY));
    let directory = EncryptedDirectory::open(place.dir.path(), &key, both, CACHE_BYTES).unwrap();
    for _ in 0..2 {
        assert_eq!(read(&directory, "before"), Ok(b"before".to_vec()));
        assert_eq!(read(&directory, "after"), Ok(b"after".to_vec()));
        directory.finish_replacement().unwrap();
    }
    assert_eq!(fault_under(&place, &NEXT, "before"), Ok(b"before".to_vec()));
}

#[test]
fn what_is_no_file_of_the_index_is_left_as_it_is() {
    let place = Place::new();
    let directory = place.open();
    write(&directory, "file", &content(100));
    let whole = place.bytes("file");
    let mut altered = whole.clone();
    altered[50] ^= 1;
    let others: [(&str, &[u8]); 4] =
        [("empty", b""), ("short", b"MUNINDX2"), ("foreign", &[7; 500]), ("altered", &altered)];
    for (name, bytes) in others {
        place.put(name, bytes);
    }
    place.put("renamed", &whole);
    directory.replace_key(&NEXT).unwrap();
    for (name, bytes) in others.into_iter().chain([("renamed", whole.as_slice())]) {
        assert_eq!(place.bytes(name), bytes, "{name}");
    }
    assert_eq!(read(&directory, "file"), Ok(content(100)));
}

#[test]
fn a_header_before_another_files_chunks_is_found() {
    let place = Place::new();
    write(&place.open(), "one", &content(100));
    let earlier = place.bytes("one");
    fs::remove_file(place.dir.path().join("one")).unwrap();
    write(&place.open(), "one", &content(100));
    let later = place.bytes("one");
    // Both headers are of this name and under this key.
    place.put("one", &[&earlier[..HEADER_BYTES], &later[HEADER_BYTES..]].concat());
    assert_eq!(place.read("one"), Err(Fault::Altered));
}
