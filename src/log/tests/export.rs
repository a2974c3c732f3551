//! What is exported, and what is not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::tiles::{archive_of, archive_with, rows};
use super::*;
use crate::tlog::proof::verify_inclusion;
use crate::tlog::tile::{self, Coordinate, Path as TilePath, Width, bundle};
use crate::tlog::{Hash, leaf_hash, proof};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut fs::File::create(path).unwrap(), bytes).unwrap();
}

#[test]
fn an_export_is_the_tree_and_proves_its_entries() {
    let archive = archive_of(&[520]);
    let store = rows(&archive);
    let key: SigningKey = archive.key.parse().unwrap();
    let dir = archive.dir.path().join("export");
    let exported = export(&store, &[key.verifier().clone()], &dir).unwrap();
    let files = files(&dir);
    let size = TreeSize::new(520);
    let mut names: Vec<String> = TilePath::all(size).map(|path| path.to_string()).collect();
    assert_eq!((exported.before, exported.size, exported.files), (None, size, names.len() as u64));
    names.push("checkpoint".to_owned());
    names.sort();
    assert_eq!(names, files.keys().cloned().collect::<Vec<_>>());

    let note = String::from_utf8(files["checkpoint"].clone()).unwrap();
    let signed = crate::tlog::checkpoint::open(&note, key.verifier(), ORIGIN).unwrap();
    let read = |at: Coordinate| {
        let width = Width::of_partial(at.level, size);
        let partial = TilePath::Tile { at, width: width.unwrap_or(Width::Full) };
        let full = TilePath::Tile { at, width: Width::Full };
        let found = files.get(&full.to_string()).or_else(|| files.get(&partial.to_string()));
        Ok::<_, std::convert::Infallible>(found)
    };
    let index = LeafIndex::new(300);
    let entries = bundle::decode(&files["tile/entries/001"], Width::Full).unwrap();
    let inclusion = proof::inclusion(index, size, read).unwrap();
    verify_inclusion(&leaf_hash(entries[300 - 256]), index, size, &inclusion, signed.root())
        .unwrap();
}

#[test]
fn an_export_is_added_to_and_nothing_in_it_changes() {
    let archive = archive_of(&[300]);
    let dir = archive.dir.path().join("export");
    let first = export(&rows(&archive), &[], &dir).unwrap();
    let before = files(&dir);
    let again = export(&rows(&archive), &[], &dir).unwrap();
    assert_eq!((again.before, again.size, again.files), (Some(first.size), first.size, 0));
    assert_eq!(files(&dir), before);

    let (log, threads) = archive.open().unwrap();
    log.append_blocking(Group::all((0..300).map(|_| link(1)).collect())).unwrap();
    drop(log);
    threads.close().unwrap();
    let later = export(&rows(&archive), &[], &dir).unwrap();
    assert_eq!((later.before, later.size), (Some(first.size), TreeSize::new(600)));
    let after = files(&dir);
    for (name, bytes) in &before {
        assert!(name == "checkpoint" || after[name] == *bytes, "{name}");
    }
    assert_eq!(later.files, (after.len() - before.len()) as u64);
    let anew = archive.dir.path().join("anew");
    export(&rows(&archive), &[], &anew).unwrap();
    for (name, bytes) in files(&anew) {
        assert_eq!(after[&name], bytes, "{name}");
    }
}

#[test]
fn what_an_interrupted_export_left_is_completed() {
    let archive = archive_of(&[600]);
    let dir = archive.dir.path().join("export");
    export(&rows(&archive), &[], &dir).unwrap();
    let whole = files(&dir);
    for lost in ["checkpoint", "tile/0/000", "tile/entries/001", "tile/1/000.p/2"] {
        fs::remove_file(dir.join(lost)).unwrap();
        write(&dir.join("checkpoint.new"), b"half a chec");
        fs::remove_file(dir.join("checkpoint")).ok();
        write(&dir.join("tile/0/000.new"), b"half a tile");
        export(&rows(&archive), &[], &dir).unwrap();
        fs::remove_file(dir.join("checkpoint.new")).ok();
        fs::remove_file(dir.join("tile/0/000.new")).ok();
        assert!(files(&dir) == whole, "{lost}");
    }
    fs::remove_file(dir.join("tile/0/001")).unwrap();
    assert_eq!(export(&rows(&archive), &[], &dir).unwrap().files, 1, "a lost tile comes back");
    assert!(files(&dir) == whole);
}

#[test]
fn an_export_of_something_else_is_not_touched() {
    let archive = archive_of(&[300]);
    let other = archive_with(&[310], 8);
    let dir = archive.dir.path().join("export");
    export(&rows(&other), &[], &dir).unwrap();
    let refused = |dir: &Path, expected: &str| {
        let before = files(dir);
        let refused = export(&rows(&archive), &[], dir).unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
        assert!(files(dir) == before, "{expected}");
    };
    refused(&dir, "has 310 entries, the archive only 300");
    fs::remove_file(dir.join("checkpoint")).unwrap();
    refused(&dir, "is not what the log has there");

    let dir = archive.dir.path().join("forked");
    export(&rows(&archive_with(&[200], 8)), &[], &dir).unwrap();
    refused(&dir, "not the first 200 of the archive");
    let note = fs::read_to_string(dir.join("checkpoint")).unwrap();
    write(&dir.join("checkpoint"), note.replacen(ORIGIN, "log.example/other", 1).as_bytes());
    refused(&dir, "holds the log \"log.example/other\"");
    write(&dir.join("checkpoint"), b"nonsense");
    refused(&dir, "is not a checkpoint");

    let dir = archive.dir.path().join("occupied");
    write(&dir.join("letter.txt"), b"Dear Noor");
    refused(&dir, "holds other files and no export");
}

#[test]
fn two_exports_into_one_directory_do_not_meet() {
    let archive = archive_of(&[3]);
    let dir = archive.dir.path().join("export");
    fs::create_dir(&dir).unwrap();
    let held = fs::File::open(&dir).unwrap();
    held.lock().unwrap();
    let refused = export(&rows(&archive), &[], &dir).unwrap_err();
    assert!(matches!(refused, ExportError::Busy(_)), "{refused}");
    drop(held);
    export(&rows(&archive), &[], &dir).unwrap();
}

#[test]
fn what_was_not_signed_so_is_not_exported() {
    let archive = archive_of(&[600]);
    let export_altered = |alter: &dyn Fn(&mut Commit)| {
        let copy = archive.dir.path().join("copy");
        let _ = fs::remove_dir_all(&copy);
        copy_tree(&archive.data(), &copy);
        let store = Store::open(&copy, &StoreConfig::default()).unwrap();
        let mut commit = Commit::default();
        alter(&mut commit);
        store.commit(commit).unwrap();
        let dir = archive.dir.path().join("export");
        let _ = fs::remove_dir_all(&dir);
        let key: SigningKey = archive.key.parse().unwrap();
        let refused = export(&store, &[key.verifier().clone()], &dir).unwrap_err();
        assert!(!dir.join("checkpoint").exists(), "{refused}");
        crate::causes::told(&refused)
    };
    let leaf = |index: u64, with: &str| {
        let leaf = rows(&archive).leaf(LeafIndex::new(index)).unwrap().unwrap();
        let leaf = String::from_utf8(leaf).unwrap().replacen("linked", with, 1);
        move |commit: &mut Commit| commit.put_leaf(LeafIndex::new(index), leaf.clone().into())
    };
    let told = export_altered(&leaf(300, "linkod"));
    assert!(told.contains("tile 1 of level 0") && told.contains("muniment verify"), "{told}");
    let told = export_altered(&leaf(599, "linkod"));
    assert!(told.contains("signed root"), "{told}");
    let tile = vec![7; tile::TILE_BYTES];
    let told = export_altered(&|commit| commit.put_tile(Coordinate::leaves(1), tile.clone()));
    assert!(told.contains("signed root"), "{told}");
    let stranger = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    let root = Hash::from_bytes([1; 32]);
    let forged =
        crate::tlog::checkpoint::Checkpoint::new(ORIGIN, TreeSize::new(600), root).unwrap();
    let forged = crate::tlog::checkpoint::sign(&forged, &stranger);
    let told = export_altered(&|commit| {
        commit.put_checkpoint(TreeSize::new(600), forged.clone().into());
    });
    assert!(told.contains("not its log's"), "{told}");
}
