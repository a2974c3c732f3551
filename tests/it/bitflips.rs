//! `verify` notices every altered byte, and says where it is.
//!
//! Two ways of altering: rows, with the database's own checksums made good
//! again, as somebody would who knows the format; and bytes of the files
//! beneath, as a dying disk would.

use std::fs;
use std::path::{Path, PathBuf};

use muniment::entry::{Event, Kept, codec};
use muniment::record::Class;
use muniment::store::rows::Family;
use muniment::store::{Commit, Head, OnceKey, Store, StoreConfig};
use muniment::tlog::tile::Coordinate;
use muniment::tlog::{LeafIndex, TreeSize};
use serde_json::{Value, json};

use crate::support::{
    Graph, House, Ran, Served, copy_tree, files_under, text_message, until, webhook, written,
};

const FROM: &str = "447700900329";
const GRAPH_TOKEN: &str = "EAAGbitflips";

/// A stopped archive with something in every family of rows.
struct Stopped {
    house: House,
    _graph: Graph,
}

impl Stopped {
    fn new() -> Self {
        let media = |id: &str, dead_links| Served {
            id: id.to_owned(),
            mime: "image/png".to_owned(),
            bytes: format!("picture {id}").repeat(3000).into_bytes(),
            dead_links,
        };
        let graph =
            Graph::serving(GRAPH_TOKEN, vec![media("30779001", 0), media("30779002", 9999)]);
        let mut house = House::new();
        house.set("MUNIMENT_MEDIA__ENABLED", "true");
        house.set("MUNIMENT_MEDIA__GRAPH_URL", &graph.url);
        house.set("MUNIMENT_MEDIA_TOKEN", GRAPH_TOKEN);
        house.set("MUNIMENT_MEDIA__RETRY_DELAY_MS_MIN", "600000");
        let daemon = house.serve();
        let image = |number, id: &str| {
            let mut image = text_message(number, FROM, "");
            image["type"] = json!("image");
            image["image"] = json!({"id": id, "mime_type": "image/png"});
            image
        };
        daemon.take(&webhook(&[image(1, "30779001"), image(2, "30779002")]));
        // Enough for a full tile of hashes.
        let many: Vec<Value> = (10..310).map(|n| text_message(n, FROM, "A line")).collect();
        daemon.take(&webhook(&many));
        until("one image is linked, the other tried and put off", || {
            let linked =
                house.entries().iter().any(|one| matches!(one.event, Event::Linked { .. }));
            (linked && graph.look_ups("30779002") > 0).then_some(())
        });
        let officer = house.token("officer");
        daemon.search(&house, &officer, "line");
        daemon.stop();
        let stopped = Self { house, _graph: graph };
        let whole = stopped.verify_altered(|_| ());
        assert_eq!(whole.code, 0, "{whole:?}");
        stopped
    }

    /// Alters a copy of the data and verifies that with the archive's keys.
    fn verify_altered(&self, alter: impl FnOnce(&Path)) -> Ran {
        let copy = self.house.beside("altered");
        let _ = fs::remove_dir_all(&copy);
        copy_tree(&self.house.data(), &copy);
        alter(&copy);
        self.verify_copy(&copy)
    }

    fn verify_copy(&self, copy: &Path) -> Ran {
        let keys = self.house.keys();
        let [identity, vkey, last] = ["identity.age", "log.vkey", "log.checkpoint"]
            .map(|name| keys.join(name).to_str().unwrap().to_owned());
        self.house.run(&[
            "verify",
            copy.to_str().unwrap(),
            "--json",
            "--identity",
            &identity,
            "--vkey",
            &vkey,
            "--checkpoint",
            &last,
        ])
    }

    fn kept(&self, class: Class) -> (LeafIndex, Kept) {
        let entries = self.house.entries();
        let found = entries.iter().find_map(|entry| {
            entry.kept().filter(|kept| kept.class == class).map(|kept| (entry.index, kept.clone()))
        });
        found.unwrap()
    }
}

/// One altered row and where the report must place it.
struct Alteration {
    family: Family,
    entry: Option<LeafIndex>,
    commit: Commit,
}

fn flipped(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

fn the_rows(store: &Store, message: LeafIndex, kept: &Kept, image: &Kept) -> Vec<Alteration> {
    let mut all = vec![];
    let mut add = |family, entry, fill: &dyn Fn(&mut Commit)| {
        let mut commit = Commit::default();
        fill(&mut commit);
        all.push(Alteration { family, entry, commit });
    };
    let head = store.head().unwrap();
    let root = muniment::tlog::leaf_hash(b"another root");
    let other_head = Commit::default().with_head(Head { root, ..head });
    let leaf = store.leaf(message).unwrap().unwrap();
    let (header, body) =
        (store.header(message).unwrap().unwrap(), store.body(message).unwrap().unwrap());
    let at = Some(message);
    // A leaf that reads well and tells another time, as a forger would have it.
    let mut entry = codec::decode(&leaf).unwrap();
    entry.time = entry.time.checked_add(std::time::Duration::from_micros(1)).unwrap();
    add(Family::Entries, at, &|commit| commit.put_leaf(message, codec::encode(&entry)));
    add(Family::Entries, at, &|commit| commit.put_leaf(message, flipped(leaf.clone())));
    add(Family::Bodies, at, &|commit| {
        commit.put_sealed(message, kept.record, header.clone().into(), flipped(body.clone()));
    });
    add(Family::Headers, at, &|commit| {
        commit.put_sealed(message, kept.record, flipped(header.clone()).into(), body.clone());
    });
    let tile = Coordinate { level: 0, number: 0 };
    let hashes = store.tile(tile).unwrap().unwrap();
    add(Family::Tiles, None, &|commit| commit.put_tile(tile, flipped(hashes.clone())));
    let (size, note) = store.checkpoint_from(TreeSize::new(2)).unwrap().unwrap();
    add(Family::Checkpoints, None, &|commit| commit.put_checkpoint(size, flipped(note.clone())));
    // There is none: one that somebody put there.
    add(Family::Timestamps, None, &|commit| commit.put_timestamp(size, b"no timestamp".to_vec()));
    let row = muniment::seal::row_named_in(&header).unwrap().to_owned();
    let bucket = store.bucket(&row).unwrap().unwrap();
    add(Family::Buckets, None, &|commit| commit.put_bucket(&row, flipped(bucket.clone())));
    let (medium, matches) = store.links(image.record).unwrap()[0];
    let other = matches.map(|matches| !matches).or(Some(true));
    add(Family::Links, None, &|commit| commit.put_link(image.record, medium, other));
    // A message decides nothing.
    add(Family::Governance, at, &|commit| commit.put_governance(message));
    add(Family::Seen, None, &|commit| commit.put_seen(OnceKey::from_bytes([9; 16]), message));
    let (waiting, task) = store.media_tasks_from(LeafIndex::FIRST).next().unwrap().unwrap();
    // When the next try is due is the daemon's note to itself, which no entry binds.
    add(Family::MediaQueue, Some(waiting), &|commit| {
        let mut task = task.clone();
        task[0] ^= 1;
        commit.put_media_task(waiting, task);
    });
    all.push(Alteration { family: Family::State, entry: None, commit: other_head });
    all
}

#[test]
fn every_altered_row_is_found_and_named() {
    let archive = Stopped::new();
    let (message, kept) = archive.kept(Class::Message);
    let (_, image) = archive.kept(Class::Message);
    let store = Store::open_read_only(&archive.house.data()).unwrap();
    let alterations = the_rows(&store, message, &kept, &image);
    drop(store);
    let mut families: Vec<&str> = alterations.iter().map(|one| one.family.name()).collect();
    families.dedup();
    assert_eq!(families.len(), Family::ALL.len() - 1, "all but ids, which follow: {families:?}");
    for Alteration { family, entry, commit } in alterations {
        let name = family.name();
        let ran = archive.verify_altered(|copy| {
            let store = Store::open(copy, &StoreConfig::default()).unwrap();
            store.commit(commit).unwrap();
            store.flush().unwrap();
        });
        assert_eq!(ran.code, 3, "{name}: {ran:?}");
        let report = ran.json();
        let findings = report["findings"].as_array().unwrap();
        let named = |finding: &&Value| {
            let place = &finding["place"];
            place["rows"] == name && entry.is_none_or(|entry| place["entry"] == entry.get())
        };
        assert!(findings.iter().any(|finding| named(&finding)), "{name}: {report}");
        assert!(findings.len() < 20, "one altered row is not a flood: {name}: {report}");
    }
}

#[test]
fn an_entry_taken_off_the_end_is_missed_by_the_checkpoint_kept_elsewhere() {
    let archive = Stopped::new();
    let before = archive.house.beside("before");
    copy_tree(&archive.house.data(), &before);
    let daemon = archive.house.serve();
    daemon.take(&webhook(&[text_message(999, FROM, "The last word")]));
    daemon.stop();
    let ran = archive.verify_copy(&before);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["findings"][0]["kind"], "shorter_than_signed", "{ran:?}");
}

/// Files that hold no evidence: what the database says about itself, and what
/// is made anew at every start.
fn holds_no_evidence(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    ["LOG", "LOCK", "OPTIONS", "IDENTITY"].iter().any(|of| name.starts_with(of))
}

#[test]
fn a_flipped_byte_of_the_files_beneath_is_noticed_or_changes_nothing_that_can_be_read() {
    let archive = Stopped::new();
    let rows = archive.house.data().join("rows");
    let files: Vec<PathBuf> = files_under(&rows)
        .into_iter()
        .filter(|path| !holds_no_evidence(path) && fs::metadata(path).unwrap().len() > 0)
        .collect();
    let ends_with = |kind: &str| {
        files.iter().filter(|path| path.extension().is_some_and(|end| end == kind)).count()
    };
    assert!(ends_with("sst") >= 5 && ends_with("blob") >= 1, "{files:?}");
    let untouched = every_row(&archive.house.data());
    let (mut noticed, mut harmless) = (0, 0);
    for file in &files {
        let relative = file.strip_prefix(archive.house.data()).unwrap();
        let size = fs::metadata(file).unwrap().len();
        // The first and the last byte, and some between.
        for part in [0, 1, 4, 7, 8] {
            let at = usize::try_from((size - 1) * part / 8).unwrap();
            let ran = archive.verify_altered(|copy| {
                let path = copy.join(relative);
                let mut bytes = fs::read(&path).unwrap();
                bytes[at] ^= 0x10;
                written(path, &bytes);
            });
            let place = format!("byte {at} of {size} in {}: {ran:?}", relative.display());
            match ran.code {
                3 => noticed += 1,
                0 => {
                    // A filter, which the database makes of its rows and does not need.
                    assert_eq!(every_row(&archive.house.beside("altered")), untouched, "{place}");
                    harmless += 1;
                }
                _ => panic!("{place}"),
            }
        }
    }
    assert!(harmless * 5 < noticed, "{harmless} of {} flips not noticed", noticed + harmless);
}

/// Every row of every family, as it is found in order and as it is found by its key.
fn every_row(data: &Path) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let store = Store::open_read_only(data).unwrap();
    let mut rows = vec![];
    for family in Family::ALL {
        let mut scan = store.scan(family, &[], None);
        while scan.advance().unwrap() {
            let (key, value) = (scan.key().to_vec(), scan.value().to_vec());
            assert_eq!(store.row(family, &key).unwrap().as_ref(), Some(&value));
            rows.push((family.name(), key, value));
        }
    }
    rows
}

#[test]
fn a_file_taken_away_is_noticed() {
    let archive = Stopped::new();
    for file in files_under(&archive.house.data().join("rows")) {
        let is_data = file.extension().is_some_and(|kind| kind == "sst" || kind == "blob");
        if !is_data {
            continue;
        }
        let relative = file.strip_prefix(archive.house.data()).unwrap();
        let ran = archive.verify_altered(|copy| fs::remove_file(copy.join(relative)).unwrap());
        assert_eq!(ran.code, 3, "{}: {ran:?}", relative.display());
    }
}

#[test]
fn a_lost_list_of_files_is_a_finding_and_not_only_a_failure() {
    let archive = Stopped::new();
    let ran = archive.verify_altered(|copy| {
        written(copy.join("rows/CURRENT"), b"MANIFEST-999999\n");
    });
    assert_eq!(ran.code, 3, "{ran:?}");
    let finding = &ran.json()["findings"][0];
    assert_eq!(finding["place"]["rows"], "files", "{ran:?}");
    assert!(finding["text"].as_str().unwrap().starts_with("nothing can be read"), "{ran:?}");
}
