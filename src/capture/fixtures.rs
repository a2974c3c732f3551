//! An archive for tests, deliveries for it, and what it holds afterwards.

use std::sync::Arc;

use jiff::Timestamp;
use ring::hmac;

use super::{Capture, CaptureConfig, Delivery, Error, Outcome};
use crate::clock::{Clock, Hand};
use crate::entry::{Entry, Event, Kept, codec};
use crate::log::{Log, LogConfig, LogThreads, SignerConfig};
use crate::policy::consent::Signals;
use crate::record::{Class, Record, RecordId};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::{Store, StoreConfig};
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;

/// The fictional app secret that the provider signs with.
pub(super) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

const ORIGIN: &str = "archive.example/capture";

/// An archive in a directory of its own, with a clock that stands still.
pub(super) struct Archive {
    log: Option<Log>,
    threads: Option<LogThreads>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) clock: Clock,
    pub(super) hand: Hand,
    _dir: tempfile::TempDir,
}

impl Archive {
    /// Opening a log blocks, which async code must not: it is done elsewhere.
    pub(super) fn new() -> Self {
        std::thread::scope(|scope| scope.spawn(Self::open_new).join().unwrap())
    }

    fn open_new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap();
        let store = Arc::new(store);
        let start: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let (clock, hand) = Clock::hand_moved(start);
        let keyring = Keyring::new(Arc::clone(&store), ArchiveIdentity::generate(), vec![]);
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: SigningKey::generate(ORIGIN.parse().unwrap()).unwrap(),
            last_checkpoint: dir.path().join("last-checkpoint"),
        };
        let (log, threads) =
            Log::open(store, signer, clock.clone(), &LogConfig::default()).unwrap();
        let (log, threads) = (Some(log), Some(threads));
        Self { log, threads, keyring: Arc::new(keyring), clock, hand, _dir: dir }
    }

    pub(super) fn log(&self) -> &Log {
        self.log.as_ref().expect("it is there until the archive is dropped")
    }

    pub(super) fn capture(&self, config: CaptureConfig) -> Capture {
        let (log, keyring) = (self.log().clone(), Arc::clone(&self.keyring));
        let signals = Signals::shipped().clone();
        Capture::new(log, keyring, self.clock.clone(), signals, config).unwrap()
    }

    /// Every entry, in order.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let leaves = self.log().store().leaves_from(LeafIndex::FIRST);
        leaves.map(|leaf| codec::decode(&leaf.unwrap().1).unwrap()).collect()
    }

    /// Every captured record of a class, with the delivery it came in.
    pub(super) fn captured(&self, class: Class) -> Vec<(LeafIndex, Kept, Option<RecordId>)> {
        let captured = |entry: Entry| {
            let Event::Captured { kept, delivery } = entry.event else { return None };
            (kept.class == class).then_some((entry.index, kept, delivery))
        };
        self.entries().into_iter().filter_map(captured).collect()
    }

    /// The plaintexts of every captured record of a class.
    pub(super) fn opened(&self, class: Class) -> Vec<Vec<u8>> {
        let open = |(index, kept, _): (LeafIndex, Kept, _)| {
            let (header, body) = self.log().sealed_at(index).unwrap();
            self.keyring.open(&kept, &header, &body).unwrap().to_vec()
        };
        self.captured(class).into_iter().map(open).collect()
    }

    /// The records of a class, as they were sealed.
    pub(super) fn records(&self, class: Class) -> Vec<Record> {
        let records = self.opened(class).into_iter();
        records.map(|plaintext| serde_json::from_slice(&plaintext).unwrap()).collect()
    }
}

impl Drop for Archive {
    /// A process must not end under RocksDB's threads. Every other handle on the
    /// log was dropped before, unless the test failed.
    fn drop(&mut self) {
        drop(self.log.take());
        if let Some(threads) = self.threads.take().filter(|_| !std::thread::panicking()) {
            threads.close().expect("the log closes");
        }
    }
}

/// Keeps a body that the provider signed.
pub(super) async fn keep(capture: &Capture, body: &[u8]) -> Result<Outcome, Error> {
    let delivery = Delivery { body: body.to_vec(), signature: sign(SECRET, body) };
    capture.keep(delivery, capture.hold()).await
}

/// The value of `X-Hub-Signature-256`.
pub(super) fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

/// A delivery of one text.
pub(super) fn text_delivery(id: &str, text: &str) -> Vec<u8> {
    delivery(&[text_message(id, text)])
}

/// A message that says a text.
pub(super) fn text_message(id: &str, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!(
        r#"{{"from":"4915550100777","id":"{id}","timestamp":"1790000001","type":"text","text":{{"body":{text}}}}}"#
    )
}

/// A delivery of messages.
pub(super) fn delivery(messages: &[String]) -> Vec<u8> {
    let messages = messages.join(",");
    let metadata =
        r#"{"display_phone_number":"4915550100100","phone_number_id":"209900000000001"}"#;
    let value = format!(r#"{{"metadata":{metadata},"messages":[{messages}]}}"#);
    let change = format!(r#"{{"field":"messages","value":{value}}}"#);
    format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"109900000000001","changes":[{change}]}}]}}"#).into_bytes()
}
