//! A real archive in a temporary directory, with fictional conversations.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::view::{SearchView, ThreadView};
use super::{Access, Error, Query, QueryConfig, Search, ThreadPage};
use crate::clock::{Clock, Hand};
use crate::entry::{Entry, Event, codec};
use crate::govern::Govern;
use crate::index::{Index, IndexConfig, Order, ThreadId};
use crate::log::{self, Draft, Group, Log, LogConfig, LogThreads, Placed, SignerConfig};
use crate::record::{
    Body, Class, Direction, MediaRef, Origin, Party, Provider, RECORD_VERSION, Record, RecordId,
    Relation, RelationKind,
};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::rows::{Family, index_key};
use crate::store::{Store, StoreConfig};
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;

pub(crate) const ORIGIN: &str = "archive.example/query";
pub(crate) const PHONE: &str = "4915550100777";
pub(crate) const NUMBER: &str = "4915550100100";

/// Messages for a year, nothing else.
pub(crate) const HOUSE: &str = r#"
name = "house"
title = "House rules"
version = 1
authority = ["House rules, 1"]

[[rule]]
id = "messages"
title = "Messages for a year"
authority = ["House rules, 1.2"]
when = { class = ["message"] }
starts = "message"
keep = { years = 1 }
then = "destroy"
"#;

/// An archive with all the rooms that reading needs.
pub(crate) struct Archive {
    pub(crate) log: Log,
    pub(crate) index: Index,
    pub(crate) query: Query,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) govern: Govern,
    pub(crate) clock: Clock,
    pub(crate) hand: Hand,
    /// Dropped after every handle above, and before the directory.
    _closing: Closing,
    pub(crate) dir: tempfile::TempDir,
}

/// Ends the threads in order: a process that ends with one of them inside the
/// database aborts.
struct Closing {
    stop: watch::Sender<bool>,
    follower: Option<JoinHandle<()>>,
    threads: Option<LogThreads>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        // A test that fails may hold handles still: waiting for them would hang.
        if std::thread::panicking() {
            return;
        }
        self.stop.send_replace(true);
        if let (Some(follower), Some(threads)) = (self.follower.take(), self.threads.take()) {
            follower.join().unwrap();
            let closed = threads.close();
            assert!(matches!(closed, Ok(()) | Err(log::Error::Poisoned(_))), "{closed:?}");
        }
    }
}

impl Archive {
    pub(crate) fn new() -> Self {
        Self::with(QueryConfig::default())
    }

    pub(crate) fn with(config: QueryConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap();
        let store = Arc::new(store);
        let (clock, hand) = Clock::hand_moved("2026-11-21T08:00:00Z".parse().unwrap());
        let signer = SignerConfig {
            origin: ORIGIN.to_owned(),
            key: SigningKey::generate(ORIGIN.parse().unwrap()).unwrap(),
            last_checkpoint: dir.path().join("last-checkpoint"),
        };
        let log_config = LogConfig { checkpoint_interval_ms: 5, ..LogConfig::default() };
        let (store_of_log, clock_of_log) = (Arc::clone(&store), clock.clone());
        // Opening appends the first entry, and waits for it: not on a runtime's thread.
        let opening =
            std::thread::spawn(move || Log::open(store_of_log, signer, clock_of_log, &log_config));
        let (log, threads) = opening.join().unwrap().unwrap();
        let keyring = Arc::new(Keyring::new(store, ArchiveIdentity::generate(), vec![]));
        let index_config = IndexConfig { commit_interval_ms: 10, ..IndexConfig::default() };
        let index_dir = dir.path().join("index");
        let (index, follower) =
            Index::open(&index_dir, log.clone(), Arc::clone(&keyring), index_config).unwrap();
        let (stop, stopped) = watch::channel(false);
        let follower = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(follower.run(stopped)).unwrap();
        });
        let (log_, keyring_) = (log.clone(), Arc::clone(&keyring));
        let govern = Govern::open(log.clone(), Arc::clone(&keyring), clock.clone()).unwrap();
        let query =
            Query::new(log_, keyring_, index.clone(), govern.clone(), clock.clone(), config);
        let closing = Closing { stop, follower: Some(follower), threads: Some(threads) };
        Self { log, index, query, keyring, govern, clock, hand, _closing: closing, dir }
    }

    /// Keeps a plaintext; gives its record and its entry.
    pub(crate) async fn keep_bytes(&self, class: Class, plaintext: &[u8]) -> (RecordId, LeafIndex) {
        let sealed = self.keyring.seal(class, self.clock.now(), plaintext).unwrap();
        let id = sealed.kept.record;
        let placed = self.log.append(Group::of(Draft::captured(sealed, None))).await.unwrap();
        let [Placed::At(index)] = placed[..] else { panic!("{placed:?}") };
        (id, index)
    }

    pub(crate) async fn keep(&self, record: &Record) -> RecordId {
        let plaintext = serde_json::to_vec(record).unwrap();
        self.keep_bytes(record.class, &plaintext).await.0
    }

    /// Keeps a medium and links it.
    pub(crate) async fn attach(&self, record: RecordId, bytes: &[u8]) -> RecordId {
        let (medium, _) = self.keep_bytes(Class::Medium, bytes).await;
        self.log.append(Group::of(Draft::linked(record, medium, Some(true)))).await.unwrap();
        medium
    }

    /// Keeps a delivery in the form that `capture` gives it.
    pub(crate) async fn deliver(&self, body: &str) -> RecordId {
        let line = json!({
            "v": 1, "class": "delivery", "provider": "meta",
            "received": "2026-11-21T08:00:00.000000Z", "signature": "sha256=00", "size": body.len(),
        });
        self.keep_bytes(Class::Delivery, format!("{line}\n{body}").as_bytes()).await.0
    }

    /// Waits until the index has everything.
    pub(crate) async fn indexed(&self) {
        for _ in 0..3000 {
            if self.index.progress().entries_behind() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the index did not follow: {:?}", self.index.progress());
    }

    /// Waits until a signed checkpoint covers everything.
    pub(crate) async fn signed(&self) {
        for _ in 0..3000 {
            if self.log.checkpoint().unwrap().is_some_and(|(size, _)| size == self.log.size()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the signer did not follow");
    }

    pub(crate) fn place_of(&self, record: RecordId) -> LeafIndex {
        self.log.store().index_of(record).unwrap().unwrap()
    }

    /// Destroys a record's key, as disposition will.
    pub(crate) fn destroy(&self, record: RecordId) {
        self.log.store().delete_raw(Family::Headers, &index_key(self.place_of(record)));
    }

    /// Flips a bit of a record's sealed body.
    pub(crate) fn damage(&self, record: RecordId) {
        let index = self.place_of(record);
        let mut body = self.log.store().body(index).unwrap().unwrap();
        *body.last_mut().unwrap() ^= 1;
        self.log.store().put_raw(Family::Bodies, &index_key(index), &body);
    }

    /// Every entry of the log.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let leaves = self.log.store().leaves_from(LeafIndex::new(0));
        leaves.map(|leaf| codec::decode(&leaf.unwrap().1).unwrap()).collect()
    }

    /// What the log tells of accesses: the entries and what is sealed with them.
    pub(crate) fn accesses(&self) -> Vec<(Entry, Value)> {
        let accessed = self
            .entries()
            .into_iter()
            .filter(|entry| matches!(entry.event, Event::Accessed { .. }));
        accessed
            .map(|entry| {
                let (header, body) = self.log.sealed_at(entry.index).unwrap();
                let told = self.keyring.open(entry.kept().unwrap(), &header, &body).unwrap();
                (entry, serde_json::from_slice(&told).unwrap())
            })
            .collect()
    }

    pub(crate) async fn search(&self, query: &str) -> Result<SearchView, Error> {
        let (query, order) = (query.to_owned(), Order::Oldest);
        let search = Search { query, order, limit: None, cursor: None };
        self.query.search(&reader(), search).await
    }

    pub(crate) async fn thread(&self, thread: ThreadId) -> Result<ThreadView, Error> {
        let page = ThreadPage { order: Order::Oldest, limit: None, cursor: None };
        self.query.thread(&reader(), thread, page).await
    }
}

impl Query {
    /// Takes every place for opening, so that openings wait.
    pub(crate) async fn hold_every_place(&self) -> tokio::sync::OwnedSemaphorePermit {
        let places = u32::try_from(self.0.config.openings_in_work_max).unwrap();
        Arc::clone(&self.0.places).acquire_many_owned(places).await.unwrap()
    }
}

/// Somebody with a reason.
pub(crate) fn reader() -> Access {
    Access {
        who: "00112233aabbccdd".to_owned(),
        name: "Dana Officer".to_owned(),
        reason: Some("matter 12".to_owned()),
        sees_restricted: false,
    }
}

/// A message from the customer, so many seconds into the story.
pub(crate) fn message(at: i64, provider_id: &str, text: &str) -> Record {
    let body = Body { kind: "text".into(), text: Some(text.into()), ..Body::default() };
    let party = |phone: &str, name: &str| Party {
        phone: Some(phone.into()),
        name: Some(name.into()),
        ..Party::default()
    };
    Record {
        v: RECORD_VERSION,
        class: Class::Message,
        provider: Provider::Meta,
        field: "messages".into(),
        origin: Origin::Live,
        account: Some("109900000000001".into()),
        number_id: Some("209900000000001".into()),
        number: Some(NUMBER.into()),
        provider_id: Some(provider_id.into()),
        at: Some(1_790_000_000 + at),
        direction: Some(Direction::Inbound),
        from: Some(party(PHONE, "Noor Customer")),
        to: Some(party(NUMBER, "Halyard Bank")),
        group_id: None,
        body,
        raw: serde_json::value::to_raw_value(&json!({"id": provider_id, "type": "text"})).unwrap(),
    }
}

/// A message that speaks of another.
pub(crate) fn about(kind: RelationKind, other: &str, mut record: Record) -> Record {
    record.body.relation = Some(Relation { kind, provider_id: other.into() });
    record
}

/// A message that announces a file.
pub(crate) fn with_file(name: &str, mime: &str, mut record: Record) -> Record {
    record.body.media = Some(MediaRef {
        id: "3099000001".into(),
        mime: Some(mime.into()),
        sha256: None,
        file_name: Some(name.into()),
    });
    record
}
