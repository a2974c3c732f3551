use std::convert::Infallible;

use super::*;
use crate::entry::{Entry, Event, Kept};
use crate::record::{Class, RecordId};
use crate::tlog::checkpoint::{Checkpoint, sign};
use crate::tlog::note::{CosignatureTime, CosigningKey, Note, SigningKey};
use crate::tlog::proof::inclusion;
use crate::tlog::tree::Edge;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

const ORIGIN: &str = "archive.example.com/2026";

/// A log of five entries, the last three of them captured records.
struct Made {
    key: SigningKey,
    leaves: Vec<Vec<u8>>,
    edge: Edge,
}

impl Made {
    fn new() -> Self {
        let (mut leaves, mut edge) = (vec![], Edge::empty());
        let mut prev = Hash::from_bytes([0; 32]);
        for index in 0..5 {
            let entry = Entry {
                index: LeafIndex::new(index),
                time: "2026-11-21T06:46:18.000120Z".parse().unwrap(),
                event: event(index),
                prev,
            };
            let leaf = codec::encode(&entry);
            prev = leaf_hash(&leaf);
            edge.push(prev);
            leaves.push(leaf);
        }
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        Self { key, leaves, edge }
    }

    fn note(&self) -> Note {
        let head = Checkpoint::new(ORIGIN, TreeSize::new(5), self.edge.root()).unwrap();
        Note::parse(&sign(&head, &self.key)).unwrap()
    }

    fn receipt_under(&self, index: u64, note: Note) -> Receipt {
        let index = LeafIndex::new(index);
        let read = |at| Ok::<_, Infallible>(self.edge.partial_tile(at));
        let proof = inclusion(index, TreeSize::new(5), read).unwrap();
        let leaf = self.leaves[usize::try_from(index.get()).unwrap()].clone();
        Receipt::new(index, proof, note).with_extra(leaf).unwrap()
    }

    fn receipt(&self, index: u64) -> String {
        self.receipt_under(index, self.note()).to_string()
    }

    fn keys(&self) -> Vec<VerifierKey> {
        vec![self.key.verifier().clone()]
    }

    fn judge(&self, text: &str) -> Result<Shown, Wrong> {
        judge(text.as_bytes(), None, &self.keys(), None)
    }
}

fn event(index: u64) -> Event {
    let record = RecordId::from_bytes([7; 16]);
    match index {
        0 => Event::Began { origin: ORIGIN.to_owned() },
        1 => Event::Linked { record, medium: record, matches: None },
        _ => Event::Captured {
            kept: Kept {
                record,
                class: Class::Message,
                bucket: "message-2026-11".to_owned(),
                sealed_sha256: leaf_hash(b"sealed"),
                sealed_size: 381,
                commitment: leaf_hash(b"commitment"),
            },
            delivery: None,
        },
    }
}

fn said(shown: &Shown) -> String {
    let mut out = vec![];
    shown.tell(false, &mut Printer::new(&mut out, false)).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn told_wrong(judged: Result<Shown, Wrong>) -> String {
    let mut out = vec![];
    let wrong = judged.unwrap_err();
    wrong.tell("Wrong.", false, &mut Printer::new(&mut out, false)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_proven_is_told_in_plain_words() {
    let made = Made::new();
    let text = said(&made.judge(&made.receipt(3)).unwrap());
    for expected in [
        "log             archive.example.com/2026",
        "entry           3 (the first is 0)",
        "time            2026-11-21 06:46:18 UTC",
        "kind            captured: a record was taken in and sealed",
        "record          07070707070707070707070707070707",
        "class           message",
        &format!("sealed body     SHA-256 {}, 381 bytes", leaf_hash(b"sealed")),
        &format!("checkpoint      5 entries, root {}", made.edge.root()),
        &format!("signed by       {ORIGIN}+{}, the log's key", made.key.verifier().id()),
        "no witness's was checked",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("not checked     "), "{text}");
}

#[test]
fn every_kind_of_entry_is_proven_and_as_json_too() {
    let made = Made::new();
    for (index, kind) in [(0, "began"), (1, "linked"), (2, "captured")] {
        let shown = made.judge(&made.receipt(index)).unwrap();
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!((&json["right"], &json["kind"]), (&true.into(), &kind.into()), "{json}");
        assert_eq!(json["checkpoint"]["size"], 5);
        assert_eq!(json["record"].is_null(), index == 0);
        assert_eq!(json["sealed"].is_null(), index != 2);
    }
}

#[test]
fn whatever_is_altered_is_told_with_what_it_means() {
    let made = Made::new();
    let good = made.receipt(3);
    let other = Receipt::new(
        LeafIndex::new(3),
        made.receipt(3).parse::<Receipt>().unwrap().proof().clone(),
        made.note(),
    );
    let other = other.with_extra(made.leaves[2].clone()).unwrap().to_string();
    let none = made.receipt_under(3, made.note()).with_extra(vec![]).unwrap().to_string();
    for (text, expected) in [
        (other, NOT_IN_TREE),
        (good.replace("index 3", "index 2"), NOT_IN_TREE),
        (good.replace("index 3", "index 9"), NOT_IN_TREE),
        (good.replace("\n5\n", "\n6\n"), BAD_SIGNATURE),
        (good.replace("@v1", "@v2"), NOT_A_RECEIPT),
        (good[..good.len() - 2].to_owned(), NOT_A_RECEIPT),
        (String::new(), NOT_A_RECEIPT),
        (none, NO_ENTRY),
    ] {
        let told = told_wrong(made.judge(&text));
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(told_wrong(judge(b"\xff", None, &made.keys(), None)).contains(NOT_A_RECEIPT));
    let strangers = Made::new().keys();
    let told = told_wrong(judge(good.as_bytes(), None, &strangers, None));
    assert!(told.contains(NO_KNOWN_KEY), "{told}");
}

#[test]
fn a_signature_for_another_log_is_not_the_logs() {
    let made = Made::new();
    let head = Checkpoint::new("archive.example.com/2025", TreeSize::new(5), made.edge.root());
    let note = Note::parse(&sign(&head.unwrap(), &made.key)).unwrap();
    let told = told_wrong(made.judge(&made.receipt_under(3, note).to_string()));
    assert!(told.contains(OTHER_LOG), "{told}");
}

#[test]
fn an_entry_may_be_given_apart_and_must_be_the_one_carried() {
    let made = Made::new();
    let none = made.receipt_under(3, made.note()).with_extra(vec![]).unwrap().to_string();
    let with = |text: &str, leaf: usize| {
        judge(text.as_bytes(), Some(made.leaves[leaf].clone()), &made.keys(), None)
    };
    assert!(with(&none, 3).is_ok());
    assert!(with(&made.receipt(3), 3).is_ok());
    assert!(told_wrong(with(&none, 2)).contains(NOT_IN_TREE));
    assert!(told_wrong(with(&made.receipt(3), 2)).contains(OTHER_ENTRY));
}

#[test]
fn bytes_that_are_no_entry_of_that_place_are_no_proof_of_one() {
    for leaf in [b"not an entry".to_vec(), Made::new().leaves[1].clone()] {
        let mut made = Made::new();
        made.leaves = vec![leaf];
        made.edge = Edge::empty();
        made.edge.push(leaf_hash(&made.leaves[0]));
        let head = Checkpoint::new(ORIGIN, TreeSize::new(1), made.edge.root()).unwrap();
        let note = Note::parse(&sign(&head, &made.key)).unwrap();
        let read = |at| Ok::<_, Infallible>(made.edge.partial_tile(at));
        let proof = inclusion(LeafIndex::FIRST, TreeSize::new(1), read).unwrap();
        let receipt = Receipt::new(LeafIndex::FIRST, proof, note);
        let receipt = receipt.with_extra(made.leaves[0].clone()).unwrap().to_string();
        assert!(told_wrong(made.judge(&receipt)).contains(NO_MUNIMENT_ENTRY));
    }
}

#[test]
fn cosignatures_count_only_with_a_policy() {
    let made = Made::new();
    let [seen, absent] = ["w.example/1", "w.example/2"]
        .map(|name| CosigningKey::generate(name.parse().unwrap()).unwrap());
    let at = CosignatureTime::from_seconds(1_800_000_000).unwrap();
    let note = made.note().cosign(&seen, at).unwrap();
    let text = made.receipt_under(3, note).to_string();
    let plain = said(&made.judge(&text).unwrap());
    let named = format!("w.example/1+{}", seen.verifier().id());
    assert!(plain.contains(&format!("not checked     a signature by {named}")), "{plain}");

    let policy = |quorum: &str| -> Policy {
        let (log, a, b) = (made.key.verifier(), seen.verifier(), absent.verifier());
        let text = format!("log {log}\nwitness a {a}\nwitness b {b}\n{quorum}\n");
        text.parse().unwrap()
    };
    let judged = |policy: &Policy| judge(text.as_bytes(), None, &made.keys(), Some(policy));
    let shown = said(&judged(&policy("quorum a")).unwrap());
    assert!(shown.contains(&format!("{named}, a witness, at 2027-01-15 08:00:00 UTC")), "{shown}");
    assert!(!shown.contains("not checked"), "{shown}");
    let told = told_wrong(judged(&policy("quorum b")));
    assert!(told.contains(TOO_FEW_WITNESSES) && told.contains("only these: a"), "{told}");
}
