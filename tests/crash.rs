//! Twenty times: deliveries from several connections, a kill in the middle, a
//! start. Nothing that was answered 200 may be lost or there twice.
//!
//! The moment of each kill comes from a seed, which is printed; set
//! `MUNIMENT_TEST_SEED` to repeat a run as nearly as threads allow.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "it/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use muniment::entry::Event;
use muniment::record::Class;
use muniment::seal::{ArchiveIdentity, Keyring};
use muniment::store::Store;
use muniment::tlog::LeafIndex;

use support::{Asker, House, sign, text_message, webhook};

const ROUNDS: u64 = 20;
const CONNECTIONS: u64 = 6;
/// Messages of one delivery.
const MESSAGES: u64 = 3;
/// A kill comes at most so many deliveries after the round's first.
const DELIVERIES_MAX: u64 = 90;
const FROM: &str = "447700900330";

/// What was sent, by the number of the delivery, and whether it was answered 200.
type Sent = Mutex<BTreeMap<u64, bool>>;

#[test]
fn whatever_was_answered_200_survives_a_kill_exactly_once() {
    let seed = seed();
    eprintln!("MUNIMENT_TEST_SEED={seed}");
    let mut random = Random(seed);
    let house = House::new();
    let (sent, numbers) = (Sent::default(), AtomicU64::new(0));
    let mut cut_off = 0;
    for round in 0..ROUNDS {
        let first = house.entries().len() as u64;
        let daemon = house.serve();
        let until_kill = 1 + random.below(DELIVERIES_MAX);
        let pause = Duration::from_micros(random.below(3000));
        stream_until_killed(daemon, &sent, &numbers, until_kill, pause);

        let daemon = house.serve();
        check_against(&sent, &kept_from(first, &house), round);
        redeliver(&daemon.hooks, &sent);
        check_complete(&sent, &kept_from(first, &house), round);
        // A second time nothing at all is new.
        let size = house.entries().len();
        redeliver(&daemon.hooks, &sent);
        assert_eq!(house.entries().len(), size, "round {round}: redelivery added entries");
        daemon.stop();
        let verified = house.verify();
        assert_eq!(verified.code, 0, "round {round}: {verified:?}");
        let sent = std::mem::take(&mut *sent.lock().unwrap());
        cut_off += sent.values().filter(|answered| !**answered).count();
    }
    assert!(cut_off > 0, "no kill came in the middle of a delivery");
    let all = numbers.load(Ordering::SeqCst);
    let kept = kept_from(0, &house);
    assert!(all >= ROUNDS * 2, "only {all} deliveries were sent");
    assert_eq!(kept.deliveries.len() as u64, all);
    assert_eq!(kept.messages.len() as u64, all * MESSAGES);
    assert!(kept.messages.values().chain(kept.deliveries.values()).all(|count| *count == 1));
}

/// Several connections deliver; when enough was answered, the daemon is killed
/// under them.
fn stream_until_killed(
    daemon: support::Daemon,
    sent: &Sent,
    numbers: &AtomicU64,
    until_kill: u64,
    pause: Duration,
) {
    let (answered, killed) = (AtomicU64::new(0), AtomicBool::new(false));
    let hooks = daemon.hooks.clone();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                while !killed.load(Ordering::SeqCst) {
                    let number = numbers.fetch_add(1, Ordering::SeqCst);
                    sent.lock().unwrap().insert(number, false);
                    if deliver(&hooks, number) == Some(200) {
                        sent.lock().unwrap().insert(number, true);
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        support::until("enough deliveries are answered", || {
            (answered.load(Ordering::SeqCst) >= until_kill).then_some(())
        });
        std::thread::sleep(pause);
        daemon.kill();
        killed.store(true, Ordering::SeqCst);
    });
}

/// The status; `None` where the daemon died before it answered.
fn deliver(hooks: &Asker, number: u64) -> Option<u16> {
    let body = body(number);
    let signed = hooks.with("x-hub-signature-256", &sign(body.as_bytes()));
    let answer = signed.try_post("/hooks/meta", body.as_bytes()).ok()?;
    assert!(matches!(answer.status, 200 | 503), "{}: {}", answer.status, answer.text());
    Some(answer.status)
}

fn redeliver(hooks: &Asker, sent: &Sent) {
    for number in sent.lock().unwrap().keys() {
        assert_eq!(deliver(hooks, *number), Some(200), "delivery {number} again");
    }
}

fn body(number: u64) -> String {
    let messages = (0..MESSAGES).map(|n| number * MESSAGES + n);
    let messages: Vec<_> = messages.map(|n| text_message(n, FROM, &format!("Line {n}."))).collect();
    webhook(&messages)
}

/// How often each message is in the archive, by its number, and how often each
/// delivery is, by its body.
struct Found {
    messages: BTreeMap<u64, usize>,
    deliveries: BTreeMap<Vec<u8>, usize>,
}

/// Opens every record from an entry on with the archive's keys.
fn kept_from(first: u64, house: &House) -> Found {
    let store = Arc::new(house.read(|_| Store::open_read_only(&house.data()).ok()));
    let identity = ArchiveIdentity::load(&house.keys().join("identity.age"), None).unwrap();
    let keyring = Keyring::new(Arc::clone(&store), identity, vec![]);
    let mut found = Found { messages: BTreeMap::new(), deliveries: BTreeMap::new() };
    for leaf in store.leaves_from(LeafIndex::new(first)) {
        let entry = muniment::entry::codec::decode(&leaf.unwrap().1).unwrap();
        let Event::Captured { kept, .. } = &entry.event else { continue };
        let header = store.header(entry.index).unwrap().expect("an entry has its header");
        let body = store.body(entry.index).unwrap().expect("an entry has its body");
        let plaintext = keyring.open(kept, &header, &body).unwrap();
        if kept.class == Class::Message {
            *found.messages.entry(number_in(&plaintext)).or_default() += 1;
        } else {
            assert_eq!(kept.class, Class::Delivery, "nobody sent anything else");
            let line = plaintext.iter().position(|byte| *byte == b'\n').unwrap();
            *found.deliveries.entry(plaintext[line + 1..].to_vec()).or_default() += 1;
        }
    }
    found
}

fn number_in(record: &[u8]) -> u64 {
    let record: serde_json::Value = serde_json::from_slice(record).unwrap();
    let text = record["body"]["text"].as_str().unwrap();
    text.strip_prefix("Line ").unwrap().trim_end_matches('.').parse().unwrap()
}

/// After a kill: what was answered is there once, and what was not answered is
/// there once or not at all, but never in parts.
fn check_against(sent: &Sent, found: &Found, round: u64) {
    for (number, answered) in sent.lock().unwrap().iter() {
        let counts = counts_of(*number, found);
        let whole = counts.iter().all(|count| *count == 1);
        let absent = counts.iter().all(|count| *count == 0);
        assert!(
            whole || (absent && !answered),
            "round {round}: delivery {number}, answered 200: {answered}, is there {counts:?} times"
        );
    }
}

/// After all was delivered again: everything is there once.
fn check_complete(sent: &Sent, found: &Found, round: u64) {
    for number in sent.lock().unwrap().keys() {
        let counts = counts_of(*number, found);
        assert!(counts.iter().all(|count| *count == 1), "round {round}: {number}: {counts:?}");
    }
}

/// How often a delivery and each of its messages is there.
fn counts_of(number: u64, found: &Found) -> Vec<usize> {
    let delivery = found.deliveries.get(body(number).as_bytes()).copied().unwrap_or(0);
    let messages = (0..MESSAGES).map(|n| number * MESSAGES + n);
    let messages = messages.map(|n| found.messages.get(&n).copied().unwrap_or(0));
    std::iter::once(delivery).chain(messages).collect()
}

fn seed() -> u64 {
    let given = std::env::var_os("MUNIMENT_TEST_SEED");
    given.and_then(|text| text.to_str()?.parse().ok()).unwrap_or_else(|| {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes)
    })
}

/// A small generator of numbers that look random (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
