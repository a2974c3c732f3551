use super::*;
use crate::entry::{Entry, Event, Finding, codec};
use crate::log::{Draft, Group, LogConfig, LogThreads, SignerConfig};
use crate::record::RecordId;
use crate::store::tamper::copy_tree;
use crate::store::{Store, StoreConfig};
use crate::tlog::LeafIndex;
use crate::tlog::note::{CosigningKey, Note, SigningKey};
use crate::tlog::witness::Refusal;
use crate::witness::{Directory, Refused, Witness, trust};
use stand_in::{Said, StandIn};

mod answers;
mod stand_in;

pub(super) const ORIGIN: &str = "archive.example/witnessed";

/// An archive's log. It ends before its directory does: a thread that outlives the
/// test would find the rows gone.
pub(super) struct Archive {
    pub(super) log: Log,
    threads: Closing,
    key: String,
    dir: tempfile::TempDir,
}

/// Closes the log when dropped, once nobody holds it any more.
struct Closing(Option<LogThreads>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.take().unwrap().close().unwrap();
    }
}

impl Archive {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(ORIGIN.parse().unwrap()).unwrap();
        let key = key.to_private_text().to_string();
        drop(Store::create(&dir.path().join("data"), &StoreConfig::default()).unwrap());
        let (log, threads) = open(dir.path(), &key);
        Self { dir, key, log, threads }
    }

    /// Stops the log and opens it again; meanwhile its directory stands still.
    pub(super) fn reopened(self, meanwhile: impl FnOnce(&std::path::Path)) -> Self {
        let Self { dir, key, log, threads } = self;
        drop(log);
        drop(threads);
        meanwhile(dir.path());
        let (log, threads) = open(dir.path(), &key);
        Self { dir, key, log, threads }
    }

    /// Appends entries and waits for their checkpoint.
    pub(super) fn grow(&self, count: u8) -> TreeSize {
        for number in 0..count {
            let medium = RecordId::from_bytes([number; 16]);
            let draft = Draft::linked(RecordId::from_bytes([0; 16]), medium, None);
            self.log.append_blocking(Group::of(draft)).unwrap();
        }
        self.signed()
    }

    /// Waits until all entries are signed.
    pub(super) fn signed(&self) -> TreeSize {
        while self.log.signed_size() < self.log.size() {
            std::thread::yield_now();
        }
        self.log.signed_size()
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        let leaves = self.log.store().leaves_from(LeafIndex::FIRST);
        leaves.map(|leaf| codec::decode(&leaf.unwrap().1).unwrap()).collect()
    }

    pub(super) fn findings(&self) -> Vec<(Finding, String, Option<u64>)> {
        let entries = self.entries().into_iter();
        let found = entries.filter_map(|entry| {
            let Event::Found { finding, by, at } = entry.event else { return None };
            Some((finding, by, at))
        });
        found.collect()
    }

    pub(super) fn note(&self) -> Note {
        let (_, note) = self.log.checkpoint().unwrap().unwrap();
        Note::parse(&note).unwrap()
    }

    fn policy(&self, witness: &CosigningKey, url: &str) -> Policy {
        format!("witness W {} {url}\nquorum W\n", witness.verifier()).parse().unwrap()
    }

    pub(super) fn submitter(&self, witness: &CosigningKey, url: &str) -> Submitter {
        let policy = self.policy(witness, url);
        let config = WitnessesConfig { request_seconds_max: 5, ..WitnessesConfig::default() };
        let witnesses = Witnesses::new(self.log.clone(), Clock::system(), &policy, config).unwrap();
        witnesses.submitters.into_iter().next().unwrap()
    }
}

fn open(dir: &std::path::Path, key: &str) -> (Log, Closing) {
    let store = Store::open(&dir.join("data"), &StoreConfig::default()).unwrap();
    let signer = SignerConfig {
        origin: ORIGIN.to_owned(),
        key: key.parse().unwrap(),
        last_checkpoint: dir.join("last-checkpoint"),
    };
    let config = LogConfig { checkpoint_interval_ms: 5, ..LogConfig::default() };
    let (log, threads) = Log::open(Arc::new(store), signer, Clock::system(), &config).unwrap();
    (log, Closing(Some(threads)))
}

pub(super) fn witness_key() -> CosigningKey {
    let name = "witness.example/1".parse().unwrap();
    CosigningKey::from_seed(name, zeroize::Zeroizing::new([3; 32]))
}

/// A real witness that knows the archive, behind a door.
pub(super) struct Auditor {
    _dir: tempfile::TempDir,
    pub(super) door: StandIn,
    pub(super) witness: Witness,
}

impl Auditor {
    pub(super) fn knowing(archive: &Archive) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let dir = Directory::new(temporary.path());
        dir.make_folders().unwrap();
        trust(&dir, archive.log.verifier_key()).unwrap();
        let witness = Witness::open(dir, witness_key(), Clock::system()).unwrap();
        let answering = witness.clone();
        let door = StandIn::answering(move |body, _| {
            let refused = match answering.add_checkpoint(body) {
                Ok(lines) => return Said::new(200, &lines),
                Err(refused) => refused,
            };
            if let Refused::Judged(Refusal::OtherOld { known }) = &refused {
                return Said::size(*known);
            }
            Said::new(refused.status(), "")
        });
        Self { _dir: temporary, door, witness }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_newest_checkpoint_is_cosigned_while_the_log_grows() {
    let archive = tokio::task::spawn_blocking(Archive::new).await.unwrap();
    let auditor = Auditor::knowing(&archive);
    let policy = archive.policy(&witness_key(), &auditor.door.url());
    let config = WitnessesConfig { interval_ms: 1, ..WitnessesConfig::default() };
    let witnesses = Witnesses::new(archive.log.clone(), Clock::system(), &policy, config).unwrap();
    let counts = witnesses.counts();
    let stop = watch::Sender::new(false);
    let asking = tokio::spawn(witnesses.run(stop.subscribe()));
    let archive = tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            let size = archive.grow(2);
            while counts.witnesses[0].cosigned_size.load(Ordering::Relaxed) < size.get() {
                std::thread::yield_now();
            }
            let cosigned = policy.cosigned(&archive.note()).unwrap();
            assert!(cosigned.meets, "{}", archive.note());
        }
        assert_eq!(counts.witnesses[0].waiting_seconds(), 0);
        archive
    });
    let archive = archive.await.unwrap();
    stop.send_replace(true);
    asking.await.unwrap();
    assert_eq!(archive.findings(), []);
    drop(archive);
}

#[test]
fn after_a_restart_what_the_witness_knows_is_learned_from_it() {
    let archive = Archive::new();
    let auditor = Auditor::knowing(&archive);
    let size = archive.grow(6);
    let mut submitter = archive.submitter(&witness_key(), &auditor.door.url());
    assert!(submitter.lacks(size));
    assert_eq!(submitter.submit(), Outcome::Cosigned(size));
    assert!(!submitter.lacks(size));
    drop(submitter);

    let archive = archive.reopened(|_| {});
    let size = archive.grow(5);
    let before = auditor.door.requests();
    let mut submitter = archive.submitter(&witness_key(), &auditor.door.url());
    assert_eq!(submitter.submit(), Outcome::Cosigned(size));
    assert_eq!(auditor.door.requests() - before, 2, "once refused with the size, once right");
    assert_eq!(archive.findings(), []);
}

#[test]
fn an_older_copy_of_the_archive_that_went_on_is_refused_and_says_so_in_its_log() {
    let archive = Archive::new();
    let auditor = Auditor::knowing(&archive);
    // A size that is no power of two, so that the refusal proves itself.
    archive.grow(5);
    let copy = tempfile::tempdir().unwrap();
    let archive = archive.reopened(|dir| copy_tree(dir, copy.path()));
    let size = archive.grow(8);
    let mut submitter = archive.submitter(&witness_key(), &auditor.door.url());
    assert_eq!(submitter.submit(), Outcome::Cosigned(size));
    drop(submitter);

    let (log, threads) = open(copy.path(), &archive.key);
    let forked = Archive { dir: copy, key: archive.key.clone(), log, threads };
    let mut submitter = forked.submitter(&witness_key(), &auditor.door.url());
    assert_eq!(submitter.submit(), Outcome::Behind(size));
    let by = "witness.example/1".to_owned();
    assert_eq!(forked.findings(), [(Finding::Behind, by.clone(), Some(size.get()))]);
    forked.grow(20);
    assert_eq!(submitter.submit(), Outcome::Fork(size));
    forked.signed();
    assert_eq!(submitter.submit(), Outcome::Fork(size));
    assert_eq!(
        forked.findings(),
        [(Finding::Behind, by.clone(), Some(size.get())), (Finding::Fork, by, Some(size.get()))],
        "each once"
    );
    assert_eq!(submitter.counts().failures.load(Ordering::Relaxed), 3);
    // The witness knows the first history still.
    let id = crate::tlog::hash::sha256(ORIGIN.as_bytes()).to_string();
    let known = auditor.witness.checkpoint(&id).unwrap().unwrap();
    assert_eq!(Note::parse(&known).unwrap().text(), archive.note().text());
}

#[test]
fn a_policy_of_another_log_or_with_a_bad_address_is_refused() {
    let archive = Archive::new();
    let config = WitnessesConfig::default;
    let new = |text: String| {
        let policy: Policy = text.parse().unwrap();
        Witnesses::new(archive.log.clone(), Clock::system(), &policy, config())
    };
    let vkey = witness_key().verifier().to_string();
    let error = new(format!("witness W {vkey} nowhere\nquorum W")).unwrap_err().to_string();
    assert!(error.contains('W') && error.contains("https://"), "{error}");
    let other = SigningKey::generate("other.example".parse().unwrap()).unwrap();
    let error = new(format!("log {}\nquorum none", other.verifier())).unwrap_err().to_string();
    assert!(error.contains(&archive.log.verifier_key().to_string()), "{error}");
    let own = archive.log.verifier_key();
    let nobody = new(format!("log {}\nlog {own}\nwitness W {vkey}\nquorum W", other.verifier()));
    assert!(nobody.unwrap().submitters.is_empty(), "without an address nobody is asked");
}

#[test]
fn the_wait_after_failures_grows_to_its_limit_and_falls_back_at_once() {
    let config =
        WitnessesConfig { interval_ms: 1000, retry_seconds_max: 60, ..WitnessesConfig::default() };
    let mut pace = Pace::new(&config);
    assert_eq!(pace.after(&Outcome::Cosigned(TreeSize::new(1))), Duration::from_secs(1));
    let failed = Outcome::Refused(500);
    let mut waits = vec![];
    for failure in 1..100_u32 {
        let whole = 2_u64.saturating_pow(failure).min(60);
        let wait = pace.after(&failed);
        assert!(wait <= Duration::from_secs(whole), "{failure}: {wait:?}");
        assert!(wait >= Duration::from_secs(whole) / 2, "{failure}: {wait:?}");
        waits.push(wait);
    }
    assert_eq!(pace.after(&Outcome::Cosigned(TreeSize::new(1))), Duration::from_secs(1));
}
