mod cosignatures;
mod export;
mod linking;
mod signer;
mod tiles;

use proptest::prelude::*;

use super::*;
use crate::clock::Hand;
use crate::entry::Event;
use crate::record::{Class, RecordId};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::StoreConfig;
use crate::store::tamper::copy_tree;
use crate::tlog::receipt::Receipt;

const ORIGIN: &str = "archive.example/tests";

struct Archive {
    dir: tempfile::TempDir,
    key: String,
    clock: Clock,
    hand: Hand,
}

impl Archive {
    fn new() -> Self {
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        let (clock, hand) = Clock::hand_moved("2026-11-21T08:00:00Z".parse().unwrap());
        let archive = Self {
            dir: tempfile::tempdir().unwrap(),
            key: key.to_private_text().to_string(),
            clock,
            hand,
        };
        drop(Store::create(&archive.data(), &StoreConfig::default()).unwrap());
        archive
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn signer(&self) -> SignerConfig {
        SignerConfig {
            origin: ORIGIN.to_owned(),
            key: self.key.parse().unwrap(),
            last_checkpoint: self.dir.path().join("last-checkpoint"),
        }
    }

    fn open(&self) -> Result<(Log, LogThreads), Error> {
        self.open_signing_every(5)
    }

    fn open_signing_every(&self, checkpoint_interval_ms: u64) -> Result<(Log, LogThreads), Error> {
        let store = Arc::new(Store::open(&self.data(), &StoreConfig::default()).unwrap());
        let config = LogConfig { checkpoint_interval_ms, ..LogConfig::default() };
        Log::open(store, self.signer(), self.clock.clone(), &config)
    }

    fn append(&self, log: &Log, groups: Vec<Group>) -> Vec<Vec<Placed>> {
        groups.into_iter().map(|group| log.append_blocking(group).unwrap()).collect()
    }
}

fn record(log: &Log, text: &str) -> Draft {
    let keyring = Keyring::new(Arc::clone(log.store()), ArchiveIdentity::generate(), vec![]);
    let now = "2026-11-21T08:00:00Z".parse().unwrap();
    Draft::captured(keyring.seal(Class::Message, now, text.as_bytes()).unwrap(), None)
}

fn link(number: u8) -> Draft {
    Draft::linked(RecordId::from_bytes([number; 16]), RecordId::from_bytes([0; 16]), Some(true))
}

fn key(number: u8) -> OnceKey {
    OnceKey::from_bytes([number; 16])
}

#[test]
fn a_new_log_begins_with_its_origin() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let leaf = log.store().leaf(LeafIndex::new(0)).unwrap().unwrap();
    let first = codec::decode(&leaf).unwrap();
    assert_eq!(first.event, Event::Began { origin: ORIGIN.to_owned() });
    assert_eq!(log.size(), TreeSize::new(1));
    drop(log);
    threads.close().unwrap();
}

#[test]
fn what_was_acknowledged_is_there_after_reopening_and_chained() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let placed = archive.append(&log, vec![Group::of(record(&log, "one")), Group::of(link(2))]);
    assert_eq!(placed, [[Placed::At(LeafIndex::new(1))], [Placed::At(LeafIndex::new(2))]]);
    drop(log);
    threads.close().unwrap();

    let (log, threads) = archive.open().unwrap();
    assert_eq!(log.size(), TreeSize::new(3));
    let leaves: Vec<_> =
        log.store().leaves_from(LeafIndex::new(0)).map(|leaf| leaf.unwrap().1).collect();
    for pair in leaves.windows(2) {
        let next = codec::decode(&pair[1]).unwrap();
        assert_eq!(next.prev, crate::tlog::leaf_hash(&pair[0]));
    }
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_receipt_verifies_offline_with_the_public_key_alone() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    archive.append(&log, (0..600).map(|_| Group::of(link(7))).collect());
    drop(log);
    threads.close().unwrap();

    let (log, threads) = archive.open().unwrap();
    for index in [0, 1, 255, 256, 300, 599, 600] {
        let index = LeafIndex::new(index);
        let receipt: Receipt = log.receipt(index).unwrap().unwrap().parse().unwrap();
        let leaf = log.store().leaf(index).unwrap().unwrap();
        receipt.verify(&leaf, log.verifier_key(), ORIGIN).unwrap();
        assert!(receipt.verify(b"another leaf", log.verifier_key(), ORIGIN).is_err());
    }
    assert_eq!(log.receipt(LeafIndex::new(601)).unwrap(), None);
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_thing_seen_is_not_kept_twice_also_after_a_restart() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let first = archive.append(&log, vec![Group::of(link(1).once(key(1)))]);
    assert_eq!(first, [[Placed::At(LeafIndex::new(1))]]);
    drop(log);
    threads.close().unwrap();

    let (log, threads) = archive.open().unwrap();
    let again = archive.append(&log, vec![Group::of(link(1).once(key(1)))]);
    assert_eq!(again, [[Placed::Seen(LeafIndex::new(1))]]);
    assert_eq!(log.size(), TreeSize::new(2));
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_lead_is_kept_only_with_something_new() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let items = |numbers: &[u8]| numbers.iter().map(|n| link(*n).once(key(*n))).collect();
    let placed = archive.append(
        &log,
        vec![
            Group::led_by(link(100).once(key(100)), items(&[1, 2, 2])),
            Group::led_by(link(101).once(key(101)), items(&[2, 1])),
            Group::led_by(link(102).once(key(102)), items(&[1, 3])),
            Group::led_by(link(103).once(key(103)), items(&[])),
        ],
    );
    let at = |index| Placed::At(LeafIndex::new(index));
    let seen = |index| Placed::Seen(LeafIndex::new(index));
    assert_eq!(placed[0], [at(1), at(2), at(3), seen(3)]);
    assert_eq!(placed[1], [Placed::Superfluous, seen(3), seen(2)]);
    assert_eq!(placed[2], [at(4), seen(2), at(5)]);
    assert_eq!(placed[3], [at(6)]);
    drop(log);
    threads.close().unwrap();
}

#[test]
fn a_log_that_does_not_fit_together_is_not_opened() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let head = log.store().head().unwrap();
    drop(log);
    threads.close().unwrap();

    let store = Store::open(&archive.data(), &StoreConfig::default()).unwrap();
    let commit =
        Commit::default().with_head(Head { root: crate::tlog::Hash::from_bytes([9; 32]), ..head });
    store.commit(commit).unwrap();
    drop(store);
    let refused = archive.open().unwrap_err();
    assert!(matches!(refused, Error::Broken(_)), "{refused}");
}

#[test]
fn many_who_append_the_same_things_at_once_find_each_kept_once() {
    let archive = Archive::new();
    let (log, threads) = archive.open().unwrap();
    let told: Vec<_> = std::thread::scope(|scope| {
        let appenders: Vec<_> = (0..8)
            .map(|_| {
                let log = log.clone();
                let append = move |n| log.append_blocking(Group::of(link(n).once(key(n)))).unwrap();
                scope.spawn(move || (0..200).map(append).collect::<Vec<_>>())
            })
            .collect();
        appenders.into_iter().map(|appender| appender.join().unwrap()).collect()
    });
    assert_eq!(log.size(), TreeSize::new(201));
    for number in 0..200usize {
        let all: Vec<_> = told.iter().map(|placed| placed[number][0]).collect();
        let new = all.iter().filter(|placed| matches!(placed, Placed::At(_))).count();
        assert_eq!(new, 1, "{number}: {all:?}");
        let places: std::collections::HashSet<_> = all
            .iter()
            .map(|placed| match placed {
                Placed::At(index) | Placed::Seen(index) => *index,
                Placed::Superfluous => panic!("nothing leads here"),
            })
            .collect();
        assert_eq!(places.len(), 1, "{number}: {all:?}");
    }
    drop(log);
    threads.close().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Against a naive model: a list of the keys kept, in order.
    #[test]
    fn deduplication_is_that_of_a_list(groups in prop::collection::vec(
        prop::collection::vec(0..12u8, 0..5), 1..20)
    ) {
        let archive = Archive::new();
        let (log, threads) = archive.open().unwrap();
        let mut model: Vec<Option<u8>> = vec![None];
        for (number, items) in groups.iter().enumerate() {
            let lead = link(200).once(key(100 + u8::try_from(number).unwrap()));
            let others = items.iter().map(|n| link(*n).once(key(*n))).collect();
            log.append_blocking(Group::led_by(lead, others)).unwrap();
            let fresh: Vec<u8> = items.iter().copied()
                .filter(|n| !model.contains(&Some(*n))).collect();
            if !fresh.is_empty() || items.is_empty() {
                model.push(None);
            }
            for item in fresh {
                if !model.contains(&Some(item)) {
                    model.push(Some(item));
                }
            }
        }
        let size = usize::try_from(log.size().get()).unwrap();
        prop_assert_eq!(size, model.len());
        for (index, kept) in model.iter().enumerate() {
            if let Some(kept) = kept {
                let found = log.seen_at(key(*kept)).unwrap();
                prop_assert_eq!(found, Some(LeafIndex::new(index as u64)));
            }
        }
        drop(log);
        threads.close().unwrap();
    }
}
