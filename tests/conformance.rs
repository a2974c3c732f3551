//! Other people's code agrees with ours: Go's checksum database reads the log,
//! Go's age and the `age` command open what was sealed.
//!
//! The programs are in `tests/oracle`, a page each, and use nothing of
//! Muniment; `bin/setup --tests` installs what they are built of. Each check is
//! also shown to fail for an altered copy.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "oracle/archive.rs"]
mod archive;
#[path = "oracle/export.rs"]
mod export;
#[path = "oracle/program.rs"]
mod program;

use std::fs;

use archive::{Archive, ORIGIN};
use export::Export;
use muniment::entry::codec;
use muniment::seal::ArchiveIdentity;
use muniment::tlog::LeafIndex;
use muniment::tlog::checkpoint;
use muniment::tlog::note::SigningKey;
use muniment::tlog::tree::Edge;
use program::{Program, age_tool};

/// Enough for two full tiles of leaves and a partial one, and for a partial one
/// of the level above.
const RECORDS: usize = 600;

#[test]
fn go_x_mod_reads_our_checkpoints_tiles_proofs_and_receipts() {
    let archive = Archive::with_records(RECORDS);
    let export = Export::of(&archive);
    let said = Program::xmod().run(&["check", export.path()], b"").unwrap();
    let said = String::from_utf8(said).unwrap();
    let counts: Vec<usize> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [leaves, checkpoints, tiles, inclusions, consistencies, receipts] = counts[..] else {
        panic!("{said}");
    };
    assert_eq!(leaves, RECORDS + 1, "{said}");
    assert!(checkpoints >= 3, "{said}");
    assert_eq!(tiles, 4, "{said}");
    assert_eq!((inclusions, consistencies), (export.inclusions, export.consistencies), "{said}");
    assert_eq!(receipts, export.receipts, "{said}");
}

#[test]
fn go_x_mod_notices_whatever_is_altered() {
    let archive = Archive::with_records(300);
    let xmod = Program::xmod();
    let alterations = [
        ("checkpoints/", "checkpoints"),
        ("tile/0/000", "tile/0/000"),
        ("tile/entries/001.p/", "checkpoints"),
        ("receipts/7", "receipts/7"),
        ("inclusion.json", "inclusion of"),
        ("consistency.json", "consistency of"),
        ("log.vkey", "log.vkey"),
    ];
    for (file, named) in alterations {
        let export = Export::of(&archive);
        export.alter(file);
        let error = xmod.run(&["check", export.path()], b"").unwrap_err();
        assert!(error.contains(named), "{file} altered: {error}");
    }
}

#[test]
fn go_x_mod_walks_our_exports_of_every_shape() {
    let dir = tempfile::tempdir().unwrap();
    let xmod = Program::xmod();
    let mut archive = Archive::begun();
    let vkey = format!("{}\n", archive.log().verifier_key());
    let vkey = archive::written(dir.path(), "log.vkey", vkey.as_bytes());
    let grown = dir.path().join("grown");
    for (size, tiles) in [(1, 1), (255, 1), (256, 2), (257, 3), (65_535, 257), (65_537, 259)] {
        archive.grow_to(size);
        let whole = dir.path().join(size.to_string());
        for to in [&whole, &grown] {
            let keys = [archive.log().verifier_key().clone()];
            muniment::log::export(archive.log().store(), &keys, to).unwrap();
            let said = xmod.run(&["walk", to.to_str().unwrap(), vkey.to_str().unwrap()], b"");
            let said = said.unwrap_or_else(|error| panic!("{}: {error}", to.display()));
            let said = String::from_utf8(said).unwrap();
            assert!(said.starts_with(&format!("entries {size} tiles {tiles} proofs ")), "{said}");
            assert!(!said.ends_with(" 0\n"), "{said}");
        }
    }
}

#[test]
fn go_x_mod_reads_the_checkpoint_of_no_entries() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    let vkey = archive::written(dir.path(), "log.vkey", key.verifier().to_string().as_bytes());
    let empty = Edge::empty();
    let stated = checkpoint::Checkpoint::new(ORIGIN, empty.size(), empty.root()).unwrap();
    let log = dir.path().join("log");
    archive::written(&log, "checkpoint", checkpoint::sign(&stated, &key).as_bytes());
    let walk = ["walk", log.to_str().unwrap(), vkey.to_str().unwrap()];
    let said = Program::xmod().run(&walk, b"").unwrap();
    assert_eq!(String::from_utf8(said).unwrap(), "entries 0 tiles 0 proofs 0\n");
}

#[test]
fn go_x_mod_walks_no_export_that_was_altered() {
    let archive = Archive::with_records(300);
    let dir = tempfile::tempdir().unwrap();
    let key = archive.log().verifier_key().clone();
    let vkey = archive::written(dir.path(), "log.vkey", key.to_string().as_bytes());
    let log = dir.path().join("log");
    muniment::log::export(archive.log().store(), &[key], &log).unwrap();
    let xmod = Program::xmod();
    let walk = || xmod.run(&["walk", log.to_str().unwrap(), vkey.to_str().unwrap()], b"");
    walk().unwrap();
    for file in
        ["checkpoint", "tile/0/000", "tile/0/001.p/45", "tile/1/000.p/1", "tile/entries/000"]
    {
        let path = log.join(file);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        archive::written(&log, file, &bad);
        assert!(walk().is_err(), "{file} altered");
        fs::remove_file(&path).unwrap();
        assert!(walk().is_err(), "{file} removed");
        archive::written(&log, file, &good);
    }
    archive::written(&log, "tile/0/002", b"one too many");
    assert!(walk().unwrap_err().contains("tile/0/002 is no file of this log"));
}

#[test]
fn go_signs_with_our_key_and_we_read_its_notes() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
    let key_file = dir.path().join("log.key");
    fs::File::create(&key_file)
        .and_then(|mut file| std::io::Write::write_all(&mut file, key.to_private_text().as_bytes()))
        .unwrap();
    let root = muniment::tlog::leaf_hash(b"only leaf");
    let size = muniment::tlog::TreeSize::new(1);
    let stated = checkpoint::Checkpoint::new(ORIGIN, size, root).unwrap();
    let note = Program::xmod()
        .run(&["sign", key_file.to_str().unwrap()], stated.to_string().as_bytes())
        .unwrap();
    let note = String::from_utf8(note).unwrap();
    assert_eq!(checkpoint::open(&note, key.verifier(), ORIGIN).unwrap(), stated);
    assert_eq!(note, checkpoint::sign(&stated, &key), "Ed25519 has one signature for one text");
}

#[test]
fn gos_age_opens_a_sealed_record_under_the_share_and_the_row_that_the_age_tool_opened() {
    let archive = Archive::with_records(3);
    let texts = archive.texts.iter().map(|text| text.as_bytes().to_vec());
    let opener = Program::age();
    for (index, text) in (1..).map(LeafIndex::new).zip(texts) {
        let sealed = export::sealed_at(&archive, index);
        let key = age_tool(&archive.identity_file(), &sealed.bucket).unwrap();
        assert_eq!(key.len(), 32);
        assert_eq!(sealed.open_with(&opener, &key).unwrap(), text);
    }
}

#[test]
fn a_record_of_many_chunks_opens_too() {
    let long = "Σίγουρα, 安全 — ".repeat(12_000);
    let archive = Archive::with_texts(std::slice::from_ref(&long));
    let sealed = export::sealed_at(&archive, LeafIndex::new(1));
    assert!(sealed.body.len() > 4 * 64 * 1024, "more than four chunks of age");
    let key = age_tool(&archive.identity_file(), &sealed.bucket).unwrap();
    assert_eq!(sealed.open_with(&Program::age(), &key).unwrap(), long.as_bytes());
}

#[test]
fn whoever_holds_the_escrow_key_and_the_shares_opens_the_archive_without_muniment() {
    let escrow = ArchiveIdentity::generate();
    let archive = Archive::with_escrow(&escrow.recipient());
    let dir = tempfile::tempdir().unwrap();
    let escrow_file = archive::written(dir.path(), "escrow.age", &escrow.to_file(None).unwrap());
    let sealed = export::sealed_at(&archive, LeafIndex::new(1));
    let key = age_tool(&escrow_file, &sealed.bucket).unwrap();
    let opened = sealed.open_with(&Program::age(), &key).unwrap();
    assert_eq!(opened, archive.texts[0].as_bytes());

    let stranger = ArchiveIdentity::generate();
    let stranger = archive::written(dir.path(), "stranger.age", &stranger.to_file(None).unwrap());
    assert!(age_tool(&stranger, &sealed.bucket).is_err());
}

#[test]
fn gos_age_refuses_what_was_altered_and_what_was_never_committed_to() {
    let archive = Archive::with_records(2);
    let opener = Program::age();
    let sealed = export::sealed_at(&archive, LeafIndex::new(1));
    let key = age_tool(&archive.identity_file(), &sealed.bucket).unwrap();
    let refusal = |sealed: export::SealedFiles| sealed.open_with(&opener, &key).unwrap_err();

    let mut body = sealed.clone();
    *body.body.last_mut().unwrap() ^= 1;
    assert!(refusal(body).contains("not the one that the leaf names"));

    let mut header = sealed.clone();
    header.header[40] ^= 1;
    assert!(refusal(header).contains("opening"));

    let mut share = sealed.clone();
    share.share[7] = if share.share[7] == b'0' { b'1' } else { b'0' };
    assert!(refusal(share).contains("opening"), "another share");

    let mut other = sealed.clone();
    other.header = export::sealed_at(&archive, LeafIndex::new(2)).header;
    assert!(refusal(other).contains("reading"), "the header of another record");

    let mut leaf = codec::decode(&sealed.leaf).unwrap();
    let muniment::entry::Event::Captured { kept, .. } = &mut leaf.event else { panic!() };
    kept.commitment = muniment::tlog::leaf_hash(b"another plaintext");
    let uncommitted = export::SealedFiles { leaf: codec::encode(&leaf), ..sealed.clone() };
    assert!(refusal(uncommitted).contains("commits to"));
}
