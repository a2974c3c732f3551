//! The inputs that fuzzing starts from.
//!
//! They come from Muniment's own encoders and from `tests/vectors`, so that they
//! follow the formats.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::checks;
use crate::entry::codec::encode;
use crate::entry::{Entry, Event, KeyChain, LEAF_BYTES_MAX};
use crate::known::{KEYS, LOG, LOG_KEY, NEXT_KEY, WITNESS_KEY, hand_over, index_of};
use crate::policy::shipped::SHIPPED;
use crate::record::RecordId;
use crate::tlog::note::Note;
use crate::tlog::tile::{self, Path as TilePath, bundle, to_bytes};
use crate::tlog::witness::AddCheckpoint;
use crate::tlog::{Hash, LeafIndex, TreeSize};

/// Writes every target's seeds into a directory of its own.
///
/// # Errors
/// When the vectors cannot be read, or a seed cannot be written.
///
/// # Panics
/// When a seed breaks a promise: each is checked before it is written.
pub fn write(directory: &Path) -> Result<(), Box<dyn Error>> {
    let mut seeds = Seeds::default();
    seeds.notes();
    seeds.keys();
    seeds.receipts();
    seeds.tiles();
    seeds.entries();
    seeds.hand_overs();
    seeds.policies();
    seeds.schedules();
    seeds.submissions();
    seeds.proofs();
    seeds.timestamps();
    seeds.vectors()?;
    seeds.write(directory)
}

/// Inputs by the name of their target.
#[derive(Default)]
struct Seeds(BTreeMap<&'static str, Vec<Vec<u8>>>);

impl Seeds {
    fn add(&mut self, target: &'static str, seed: impl AsRef<[u8]>) {
        self.0.entry(target).or_default().push(seed.as_ref().to_vec());
    }

    fn text(&mut self, target: &'static str, seed: &impl Display) {
        self.add(target, seed.to_string());
    }

    fn notes(&mut self) {
        for size in [0, 1, 5, LOG.leaves().len()] {
            for note in [LOG.checkpoint(size), LOG.cosigned(size)] {
                self.text("note", &note);
                self.text("checkpoint", &note);
                self.add("checkpoint", note.text());
            }
        }
        for text in ["\n", "a\n\nb\n", "é\n\n\n"] {
            let note = Note::sign(text, &LOG_KEY).and_then(|note| note.sign_also(&NEXT_KEY));
            self.text("note", &note.expect("the text stands in a note"));
        }
        let extended = format!("{}an extension\nand another\n", LOG.checkpoint(3).text());
        self.text("note", &Note::sign(&extended, &LOG_KEY).expect("it is a note's text"));
        self.add("checkpoint", extended);
    }

    fn keys(&mut self) {
        for key in KEYS.iter().chain([NEXT_KEY.verifier()]) {
            self.text("key", key);
            self.text("key", key.name());
            self.text("key", &key.id());
        }
        self.add("key", LOG_KEY.to_private_text().as_bytes());
        self.add("key", WITNESS_KEY.to_private_text().as_bytes());
        let root = LOG.head(3).root;
        self.text("key", &root);
        self.add("key", root.to_base64());
        self.text("key", &RecordId::from_bytes([7; 16]));
        self.text("key", &TreeSize::new(i64::MAX.unsigned_abs()));
        self.add("key", "0");
    }

    fn receipts(&mut self) {
        let last = LOG.leaves().len();
        for (index, size) in [(0, 1), (0, 2), (4, 7), (6, 7), (last - 1, last), (1, last)] {
            let receipt = LOG.receipt(index, size);
            self.text("receipt", &receipt);
            let extra = LOG.leaves().get(index).cloned().expect("the log has it");
            self.text("receipt", &receipt.with_extra(extra).expect("a leaf fits"));
        }
    }

    fn tiles(&mut self) {
        for size in [1, 255, 256, 70_000] {
            let paths: Vec<TilePath> = TilePath::all(TreeSize::new(size)).collect();
            for path in paths.iter().take(2).chain(paths.iter().rev().take(3)) {
                self.text("tile_path", path);
            }
        }
        self.add("tile_path", [1, 7, 255, 255, 255, 255, 255, 255, 255, 255]);
        for count in [1, 3, LOG.leaves().len()] {
            let mut entries = vec![width_of(count), 0];
            for leaf in LOG.leaves().iter().take(count) {
                bundle::append(&mut entries, leaf).expect("a leaf fits");
            }
            self.add("bundle", entries);
        }
        self.add("bundle", [2, 0, 0, 0, 0, 0, 0, 0]);
        let hashes: Vec<Hash> = LOG.hashes(LOG.leaves().len());
        for count in [1, 7, tile::TILE_HASHES] {
            let hashes: Vec<Hash> = hashes.iter().copied().cycle().take(count).collect();
            self.add("bundle", [vec![width_of(count), 1], to_bytes(&hashes)].concat());
        }
    }

    fn entries(&mut self) {
        for leaf in LOG.leaves() {
            self.add("entry", leaf);
        }
        // The longest leaf, and one of many letters that have two spellings in JSON.
        let blank = began(0, "").len();
        self.add("entry", began(LEAF_BYTES_MAX - blank, "x"));
        self.add("entry", began(20, "\u{7f}\"\\\n/é🌱"));
    }

    fn hand_overs(&mut self) {
        let stated = hand_over(index_of(7));
        self.text("hand_over", stated.note());
        let mut chain = KeyChain::new(LOG_KEY.verifier().clone());
        self.add("hand_over", chain.to_text());
        chain.extend(&stated).expect("it is the first");
        self.add("hand_over", chain.to_text());
    }

    fn policies(&mut self) {
        let [log, witness] = &*KEYS;
        let lines = format!("log {log} https://log.example/\nwitness W1 {witness}\n");
        self.add("policy", format!("{lines}quorum W1\n"));
        self.add("policy", format!("{lines}# none\ngroup G any W1\ngroup H 1 G\n\tquorum  H\n"));
        self.add("policy", "quorum none\n");
    }

    fn schedules(&mut self) {
        for shipped in SHIPPED {
            self.add("schedule", shipped.text);
        }
    }

    fn submissions(&mut self) {
        let last = LOG.leaves().len();
        for (old, new) in [(0, 1), (1, 5), (5, 5), (5, last), (0, last)] {
            let (old_size, note) = (TreeSize::new(index_of(old).get()), LOG.checkpoint(new));
            let asked = AddCheckpoint::new(old_size, LOG.growth(old, new), note);
            self.text("add_checkpoint", &asked.expect("it is a checkpoint"));
        }
    }

    fn proofs(&mut self) {
        for (small, smaller) in [(0, 0), (6, 3), (7, 4), (12, 13)] {
            for hashes in [vec![], vec![0, 1, 2], (0..63).collect()] {
                let large = [0_u8, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 0];
                self.add("proof", [vec![small, smaller], large.to_vec(), hashes].concat());
            }
        }
        self.add("proof", [255; 40]);
    }

    fn timestamps(&mut self) {
        checks::timestamp::HONEST.iter().for_each(|response| self.add("timestamp", response));
        self.add("timestamp", checks::timestamp::ROOTS);
    }

    /// The texts of `tests/vectors`, good and bad.
    fn vectors(&mut self) -> Result<(), Box<dyn Error>> {
        let forms = read("forms.json")?;
        let checkpoints = forms.pointer("/checkpoints").and_then(Value::as_array);
        for case in checkpoints.into_iter().flatten() {
            self.texts_of(&["checkpoint"], case.get("text"));
        }
        let notes = read("notes.json")?;
        for case in notes.pointer("/cases").and_then(Value::as_array).into_iter().flatten() {
            self.texts_of(&["note", "checkpoint"], case.get("note"));
        }
        self.texts_of(&["key"], notes.get("keys"));
        self.texts_of(&["key"], notes.get("bad_keys"));
        for case in forms.pointer("/paths").and_then(Value::as_array).into_iter().flatten() {
            self.texts_of(&["tile_path"], case.get("path"));
        }
        self.texts_of(&["tile_path"], forms.get("no_paths"));
        let requests = read("cosignatures.json")?;
        self.texts_of(&["add_checkpoint"], requests.pointer("/requests/accepted"));
        Ok(())
    }

    /// Adds a text, or every text of a list or of an object.
    fn texts_of(&mut self, targets: &[&'static str], value: Option<&Value>) {
        match value {
            Some(Value::String(text)) => {
                targets.iter().for_each(|target| self.add(target, text));
            }
            Some(Value::Array(list)) => {
                list.iter().for_each(|value| self.texts_of(targets, Some(value)));
            }
            Some(Value::Object(object)) => {
                object.values().for_each(|value| self.texts_of(targets, Some(value)));
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => {}
        }
    }

    #[expect(clippy::disallowed_methods, reason = "seeds are made anew at each run")]
    fn write(self, directory: &Path) -> Result<(), Box<dyn Error>> {
        for (target, check) in checks::ALL {
            let seeds = self.0.get(target).ok_or_else(|| format!("{target} has no seeds"))?;
            let directory = directory.join(target);
            fs::create_dir_all(&directory)?;
            for (number, seed) in seeds.iter().enumerate() {
                check(seed);
                fs::write(directory.join(format!("{number:03}")), seed)?;
            }
        }
        Ok(())
    }
}

/// The first byte of a bundle's input: its width less one.
fn width_of(count: usize) -> u8 {
    u8::try_from(count - 1).expect("256 at most")
}

/// The first entry of a log whose origin repeats a text.
fn began(times: usize, text: &str) -> Vec<u8> {
    let event = Event::Began { origin: text.repeat(times) };
    let (index, time) = (LeafIndex::FIRST, "2026-11-21T06:46:18.000120Z".parse());
    let time = time.expect("it is a moment");
    encode(&Entry { index, time, event, prev: Hash::from_bytes([0; 32]) })
}

fn read(name: &str) -> Result<Value, Box<dyn Error>> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/tlog").join(name);
    let text = fs::read(&vectors).map_err(|error| format!("{}: {error}", vectors.display()))?;
    Ok(serde_json::from_slice(&text)?)
}
