//! What was delivered, what was acknowledged, and what the archive holds of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use muniment::entry::{Event, codec};
use muniment::record::Class;
use muniment::seal::{ArchiveIdentity, Keyring};
use muniment::store::Store;
use muniment::tlog::LeafIndex;
use serde_json::{Value, json};

use super::{Asker, House, sign, text_message, wamid, webhook};

/// Messages of one delivery.
pub(crate) const MESSAGES: u64 = 3;
const FROM: &str = "447700900330";

/// Deliveries by their number, and whether each was answered 200.
#[derive(Default)]
pub(crate) struct Ledger {
    sent: Mutex<BTreeMap<u64, bool>>,
    /// Whether the last message of each delivery announces an image.
    with_images: bool,
}

/// How often each message is in the archive, by the provider's id, and how often
/// each delivery is, by its body.
pub(crate) struct Found {
    messages: BTreeMap<String, usize>,
    deliveries: BTreeMap<Vec<u8>, usize>,
}

impl Ledger {
    pub(crate) fn with_images() -> Self {
        Self { with_images: true, ..Self::default() }
    }

    /// Sends a delivery and notes how it was answered; `None` where the daemon died
    /// before it answered.
    pub(crate) fn deliver(&self, hooks: &Asker, number: u64) -> Option<u16> {
        let body = self.body(number);
        self.sent.lock().unwrap().entry(number).or_default();
        let signed = hooks.with("x-hub-signature-256", &sign(body.as_bytes()));
        let answer = signed.try_post("/hooks/meta", body.as_bytes()).ok()?;
        assert!(matches!(answer.status, 200 | 503), "{}: {}", answer.status, answer.text());
        if answer.status == 200 {
            self.sent.lock().unwrap().insert(number, true);
        } else {
            assert!(!answer.header("retry-after").is_empty(), "503 says when to come again");
        }
        Some(answer.status)
    }

    /// How many deliveries were answered 200.
    pub(crate) fn acknowledged(&self) -> usize {
        self.sent.lock().unwrap().values().filter(|answered| **answered).count()
    }

    /// How many were not.
    pub(crate) fn unanswered(&self) -> usize {
        self.sent.lock().unwrap().values().filter(|answered| !**answered).count()
    }

    /// The number after all that were sent.
    pub(crate) fn next(&self) -> u64 {
        self.sent.lock().unwrap().keys().next_back().map_or(0, |last| last + 1)
    }

    /// Sends everything again, as the provider does; all of it must be taken.
    pub(crate) fn redeliver(&self, hooks: &Asker) {
        let numbers: Vec<u64> = self.sent.lock().unwrap().keys().copied().collect();
        for number in numbers {
            assert_eq!(self.deliver(hooks, number), Some(200), "delivery {number} again");
        }
    }

    /// What was answered is there once, and what was not is there once or not at
    /// all, but never in parts.
    pub(crate) fn check(&self, house: &House, when: &str) {
        let found = Found::in_house(house);
        for (number, answered) in self.sent.lock().unwrap().iter() {
            let counts = self.counts_of(*number, &found);
            let whole = counts.iter().all(|count| *count == 1);
            let absent = counts.iter().all(|count| *count == 0);
            assert!(
                whole || (absent && !answered),
                "{when}: delivery {number}, answered 200: {answered}, is there {counts:?} times"
            );
        }
    }

    fn body(&self, number: u64) -> String {
        let messages: Vec<Value> = (0..MESSAGES).map(|n| self.message(number, n)).collect();
        webhook(&messages)
    }

    fn message(&self, number: u64, n: u64) -> Value {
        let number = number * MESSAGES + n;
        let mut message = text_message(number, FROM, &format!("Line {number} of the crossing."));
        if self.with_images && n == MESSAGES - 1 {
            message["type"] = json!("image");
            message["image"] = json!({"id": format!("3077{number}"), "mime_type": "image/png"});
        }
        message
    }

    /// How often a delivery and each of its messages is there.
    fn counts_of(&self, number: u64, found: &Found) -> Vec<usize> {
        let delivery = found.deliveries.get(self.body(number).as_bytes()).copied().unwrap_or(0);
        let ids = (0..MESSAGES).map(|n| wamid(number * MESSAGES + n, FROM));
        let messages = ids.map(|id| found.messages.get(&id).copied().unwrap_or(0));
        std::iter::once(delivery).chain(messages).collect()
    }
}

/// How many deliveries and how many messages the archive holds: each once.
pub(crate) fn kept_once(house: &House) -> [u64; 2] {
    let Found { deliveries, messages } = Found::in_house(house);
    assert!(deliveries.values().chain(messages.values()).all(|count| *count == 1));
    [deliveries.len() as u64, messages.len() as u64]
}

impl Found {
    /// Opens every record with the archive's keys.
    fn in_house(house: &House) -> Self {
        let store = Arc::new(house.read(|_| Store::open_read_only(&house.data()).ok()));
        let identity = ArchiveIdentity::load(&house.keys().join("identity.age"), None).unwrap();
        let keyring = Keyring::new(Arc::clone(&store), identity, vec![]);
        let mut found = Self { messages: BTreeMap::new(), deliveries: BTreeMap::new() };
        for leaf in store.leaves_from(LeafIndex::FIRST) {
            let entry = codec::decode(&leaf.unwrap().1).unwrap();
            let Event::Captured { kept, .. } = &entry.event else { continue };
            let header = store.header(entry.index).unwrap().expect("an entry has its header");
            let body = store.body(entry.index).unwrap().expect("an entry has its body");
            found.add(kept.class, &keyring.open(kept, &header, &body).unwrap());
        }
        found
    }

    fn add(&mut self, class: Class, plaintext: &[u8]) {
        if class == Class::Delivery {
            let line = plaintext.iter().position(|byte| *byte == b'\n').unwrap();
            *self.deliveries.entry(plaintext[line + 1..].to_vec()).or_default() += 1;
        } else if class == Class::Message {
            let record: Value = serde_json::from_slice(plaintext).unwrap();
            let id = record["provider_id"].as_str().unwrap().to_owned();
            *self.messages.entry(id).or_default() += 1;
        }
    }
}
