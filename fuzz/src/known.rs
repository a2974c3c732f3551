//! What the checks know: keys, and a small log signed with them.
//!
//! Everything is made of fixed seeds, so that an input found on one machine
//! repeats on another.

use std::convert::Infallible;
use std::sync::LazyLock;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::entry::{
    Act, Entry, Event, FOUND_BY_BYTES_MAX, Finding, HandOver, Kept, MissedReason, codec,
};
use crate::record::{Class, RecordId};
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{CosignatureTime, CosigningKey, Note, SigningKey, VerifierKey};
use crate::tlog::proof::{ConsistencyProof, consistency, inclusion};
use crate::tlog::receipt::Receipt;
use crate::tlog::tile::{Coordinate, to_bytes};
use crate::tlog::tree::root_of;
use crate::tlog::witness::TreeHead;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// The origin of the log, and the name of its keys.
pub const ORIGIN: &str = "log.example/archive";

/// The key that signs the log.
pub static LOG_KEY: LazyLock<SigningKey> = LazyLock::new(|| signing_key(1));

/// The key that the log is handed over to.
pub static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(|| signing_key(2));

/// A witness's key.
pub static WITNESS_KEY: LazyLock<CosigningKey> = LazyLock::new(|| {
    let name = "witness.example/1".parse().expect("it is a name");
    CosigningKey::from_seed(name, Zeroizing::new([3; 32]))
});

/// The keys that signatures are checked with: the log's, then the witness's.
pub static KEYS: LazyLock<[VerifierKey; 2]> =
    LazyLock::new(|| [LOG_KEY.verifier().clone(), WITNESS_KEY.verifier().clone()]);

/// The log: every kind of entry.
pub static LOG: LazyLock<Log> = LazyLock::new(|| Log { leaves: leaves() });

/// Entries in order, fewer than a tile has.
#[derive(Debug)]
pub struct Log {
    leaves: Vec<Vec<u8>>,
}

/// When a cosignature was made, where one is.
pub fn some_time() -> CosignatureTime {
    CosignatureTime::from_seconds(1_800_000_000).expect("it is below 2^63")
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().expect("it is a name"), Zeroizing::new([seed; 32]))
}

impl Log {
    /// The entries' bytes.
    pub fn leaves(&self) -> &[Vec<u8>] {
        &self.leaves
    }

    /// The leaf hashes of the first `size` entries.
    pub fn hashes(&self, size: usize) -> Vec<Hash> {
        self.leaves.iter().take(size).map(|leaf| leaf_hash(leaf)).collect()
    }

    /// The tree of the first `size` entries.
    pub fn head(&self, size: usize) -> TreeHead {
        TreeHead { size: size_of(size), root: root_of(&self.hashes(size)) }
    }

    /// The checkpoint of a size, signed.
    pub fn checkpoint(&self, size: usize) -> Note {
        let head = self.head(size);
        let checkpoint = Checkpoint::new(ORIGIN, head.size, head.root).expect("it is well formed");
        Note::parse(&checkpoint::sign(&checkpoint, &LOG_KEY)).expect("it was just signed")
    }

    /// The same with the witness's cosignature.
    pub fn cosigned(&self, size: usize) -> Note {
        self.checkpoint(size).cosign(&WITNESS_KEY, some_time()).expect("two signatures fit")
    }

    /// The receipt of an entry under the checkpoint of a size.
    pub fn receipt(&self, index: usize, size: usize) -> Receipt {
        let index = index_of(index);
        let proof = inclusion(index, size_of(size), self.tiles(size)).expect("the tree has it");
        Receipt::new(index, proof, self.cosigned(size))
    }

    /// The proof that the tree of a size goes on from a smaller one's.
    pub fn growth(&self, old: usize, new: usize) -> ConsistencyProof {
        consistency(size_of(old), size_of(new), self.tiles(new)).expect("it grew")
    }

    fn tiles(&self, size: usize) -> impl Fn(Coordinate) -> Result<Option<Vec<u8>>, Infallible> {
        let tile = to_bytes(&self.hashes(size));
        move |at| Ok((at == Coordinate::leaves(0)).then(|| tile.clone()))
    }
}

/// A number of entries as the size of a tree.
pub fn size_of(number: usize) -> TreeSize {
    TreeSize::new(u64::try_from(number).expect("a size in memory fits 64 bits"))
}

/// A position among entries as an index.
pub fn index_of(position: usize) -> LeafIndex {
    LeafIndex::new(u64::try_from(position).expect("a position in memory fits 64 bits"))
}

fn leaves() -> Vec<Vec<u8>> {
    let mut prev = Hash::from_bytes([0; 32]);
    let mut leaves = Vec::new();
    for (position, event) in events().into_iter().enumerate() {
        let index = index_of(position);
        let event = match event {
            Some(event) => event,
            None => Event::HandedOver(Box::new(hand_over(index))),
        };
        let time = time_of(position);
        let leaf = codec::encode(&Entry { index, time, event, prev });
        prev = leaf_hash(&leaf);
        leaves.push(leaf);
    }
    leaves
}

/// A hand-over from the log's key to the next.
pub fn hand_over(index: LeafIndex) -> HandOver {
    HandOver::sign(index, &LOG_KEY, &NEXT_KEY).expect("these are two keys of one log")
}

fn time_of(position: usize) -> Timestamp {
    let position = i64::try_from(position).expect("few entries");
    Timestamp::from_microsecond(1_795_243_578_000_120 + position * 1_234_567).expect("in range")
}

/// What is logged; `None` where the log is handed over.
fn events() -> Vec<Option<Event>> {
    let [record, medium] = [7, 9].map(|byte| RecordId::from_bytes([byte; 16]));
    let mut events = vec![Some(Event::Began { origin: ORIGIN.to_owned() })];
    for (class, delivery) in Class::ALL.into_iter().zip([None, Some(medium)].into_iter().cycle()) {
        events.push(Some(Event::Captured { kept: kept(class), delivery }));
    }
    for matches in [None, Some(true), Some(false)] {
        events.push(Some(Event::Linked { record, medium, matches }));
    }
    for reason in MissedReason::ALL {
        events.push(Some(Event::Missed { record, reason }));
    }
    for (act, target) in Act::ALL.into_iter().zip([None, Some(record)].into_iter().cycle()) {
        let who = "a1b2c3".to_owned();
        events.push(Some(Event::Accessed { kept: kept(Class::Access), who, act, target }));
    }
    events.push(None);
    for (finding, at) in Finding::ALL.into_iter().zip([None, Some(0), Some(7), Some(u64::MAX)]) {
        events.push(Some(Event::Found { finding, by: "witness.example/é".into(), at }));
    }
    let by = "x".repeat(FOUND_BY_BYTES_MAX);
    events.push(Some(Event::Found { finding: Finding::Fork, by, at: None }));
    events
}

fn kept(class: Class) -> Kept {
    Kept {
        record: RecordId::from_bytes([7; 16]),
        class,
        bucket: format!("{class}-2026-11"),
        sealed_sha256: Hash::from_bytes([1; 32]),
        sealed_size: 381,
        commitment: Hash::from_bytes([2; 32]),
    }
}
