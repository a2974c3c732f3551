//! Taking deliveries in: authentic? → records → sealed → appended → 200.
//!
//! A provider is answered 200 only when everything its request told us is on
//! disk. What is not understood is kept whole; what was kept before is
//! recognised and not kept twice. The work goes on when the provider hangs up.
//!
//! `webhook` is the door, `meta` reads Meta's form, `media` fetches what a
//! message only announces. Nothing here opens a record for a person to read.

pub mod media;
pub mod meta;
pub mod webhook;

mod consent;
mod digest;
#[cfg(test)]
mod fixtures;
mod memory;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use ring::hmac;
use tokio::sync::Semaphore;

pub use memory::Held;

use memory::Memory;

use crate::clock::Clock;
use crate::log::{Draft, Group, Log, OnceKey, Placed};
use crate::policy::consent::Signals;
use crate::record::{Class, Record, RecordId};
use crate::seal::{Keyring, Purpose, new_id};

/// Limits of taking in.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaptureConfig {
    /// Largest body taken; Meta sends up to 3 MB.
    pub body_bytes_max: usize,
    /// Most deliveries worked on at once; the others wait.
    pub deliveries_in_work_max: usize,
    /// Most bytes of bodies held in memory at once; the others wait.
    pub bytes_in_work_max: usize,
    /// Longest wait for memory, for a place and for the disk, each; then 503:
    /// the provider sends it again.
    pub wait_ms_max: u64,
    /// The words by which people stop messages or ask for them; those of the program
    /// where none is named.
    pub consent_lexicon_file: Option<PathBuf>,
}

impl Default for CaptureConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 8 * 1024 * 1024,
            deliveries_in_work_max: 512,
            bytes_in_work_max: 256 * 1024 * 1024,
            wait_ms_max: 10_000,
            consent_lexicon_file: None,
        }
    }
}

/// One authenticated request from a provider, exact bytes.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The body as received.
    pub body: Vec<u8>,
    /// The signature header as received.
    pub signature: String,
}

/// What became of a delivery. All of it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It told something new: so many records.
    Kept(usize),
    /// Everything it told had been kept before.
    Duplicate,
}

/// Why a delivery could not be kept; the provider is asked to send it again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log refused.
    #[error("the log did not take the delivery")]
    Log(#[source] crate::log::Error),
    /// It could not be sealed.
    #[error("the delivery could not be sealed")]
    Seal(#[source] crate::seal::Error),
    /// Too much work waits already.
    #[error("the archive is busy")]
    Busy,
    /// It was not on disk in time; it may get there yet.
    #[error("the disk takes longer than capture.wait_ms_max")]
    Slow,
    /// The work was cut off by the daemon's end.
    #[error("the daemon is stopping")]
    Stopping,
}

/// Counts since the start, for metrics.
#[derive(Debug, Default)]
pub struct Counts {
    /// Deliveries that told something new.
    pub kept: AtomicU64,
    /// Deliveries that told nothing new.
    pub duplicate: AtomicU64,
    /// Requests without a valid signature.
    pub forged: AtomicU64,
    /// Requests over the size limit.
    pub oversized: AtomicU64,
    /// Deliveries that could not be kept, and were answered 503.
    pub refused: AtomicU64,
    /// Records captured, of every class.
    pub records: AtomicU64,
    /// Records of class `unrecognised` among them.
    pub unrecognised: AtomicU64,
}

/// Takes deliveries in; cheap to clone.
#[derive(Clone, Debug)]
pub struct Capture(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Log,
    keyring: Arc<Keyring>,
    once: hmac::Key,
    clock: Clock,
    places: Semaphore,
    memory: Memory,
    counts: Counts,
    signals: Signals,
    config: CaptureConfig,
}

impl Capture {
    /// Takes in for one archive; `signals` are the words of consent that are noticed.
    ///
    /// # Errors
    /// When the key that recognises duplicates cannot be had.
    pub fn new(
        log: Log,
        keyring: Arc<Keyring>,
        clock: Clock,
        signals: Signals,
        config: CaptureConfig,
    ) -> Result<Self, Error> {
        let once = keyring.derive(Purpose::Once).map_err(Error::Seal)?;
        let once = hmac::Key::new(hmac::HMAC_SHA256, once.as_ref());
        let places = Semaphore::new(config.deliveries_in_work_max.max(1));
        let memory = Memory::new(&config);
        let counts = Counts::default();
        let inner = Inner { log, keyring, once, clock, places, memory, counts, signals, config };
        Ok(Self(Arc::new(inner)))
    }

    /// What was taken since the start.
    pub fn counts(&self) -> &Counts {
        &self.0.counts
    }

    /// Memory for a body that is about to be read.
    pub fn hold(&self) -> Held {
        self.0.memory.hold()
    }

    /// Keeps a delivery whose signature was found good. Returns when all of it is
    /// on disk; the work goes on when the future is dropped, or gives up waiting.
    ///
    /// # Errors
    /// When it could not be kept: the provider must be asked to send it again.
    pub async fn keep(&self, delivery: Delivery, held: Held) -> Result<Outcome, Error> {
        let capture = self.clone();
        let kept = tokio::spawn(async move {
            let kept = capture.keep_to_the_end(delivery).await;
            drop(held);
            kept
        });
        match tokio::time::timeout(self.wait() * 2, kept).await {
            Ok(kept) => kept.unwrap_or(Err(Error::Stopping)),
            Err(_) => Err(Error::Slow),
        }
    }

    async fn keep_to_the_end(&self, delivery: Delivery) -> Result<Outcome, Error> {
        // The log decides; asking here spares the sealing.
        self.0.log.check_room().map_err(Error::Log)?;
        let place = tokio::time::timeout(self.wait(), self.0.places.acquire()).await;
        let _place = place.map_err(|_| Error::Busy)?.map_err(|_| Error::Stopping)?;
        let now = self.0.clock.now();
        let capture = self.clone();
        let group = tokio::task::spawn_blocking(move || capture.0.group_of(&delivery, now));
        let outcome = match group.await.map_err(|_| Error::Stopping)?? {
            None => Outcome::Duplicate,
            Some(group) => outcome_of(&self.0.log.append(group).await.map_err(Error::Log)?),
        };
        let counter = match outcome {
            Outcome::Kept(records) => {
                self.0.counts.records.fetch_add(records as u64, Ordering::Relaxed);
                &self.0.counts.kept
            }
            Outcome::Duplicate => &self.0.counts.duplicate,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(outcome)
    }

    fn wait(&self) -> Duration {
        Duration::from_millis(self.0.config.wait_ms_max)
    }
}

impl Inner {
    /// The sealed group of a delivery; `None` where nothing in it is new.
    fn group_of(&self, delivery: &Delivery, now: Timestamp) -> Result<Option<Group>, Error> {
        let delivery_key = once_key(&self.once, "delivery", &delivery.body);
        if self.seen(delivery_key)? {
            return Ok(None);
        }
        let items = meta::read(&delivery.body);
        let told_something = !items.is_empty();
        let delivery_id = new_id(now).map_err(Error::Seal)?;
        let mut others = vec![];
        for item in items {
            let key = once_key(&self.once, "item", &item.sameness);
            // The sequencer decides; looking here spares the sealing.
            if self.seen(key)? {
                continue;
            }
            let id = new_id(now).map_err(Error::Seal)?;
            others.push(self.seal_record(&item.record, id, delivery_id, now)?.once(key));
            if let Some(notice) = consent::noticed(&self.signals, &item.record, id) {
                // Of the same sameness: where the record is left out, so is its notice.
                let key = once_key(&self.once, "notice", &item.sameness);
                let id = new_id(now).map_err(Error::Seal)?;
                others.push(self.seal_record(&notice, id, delivery_id, now)?.once(key));
            }
        }
        if told_something && others.is_empty() {
            return Ok(None);
        }
        let lead = self
            .keyring
            .seal_as(delivery_id, Class::Delivery, now, &delivery_plaintext(delivery, now))
            .map_err(Error::Seal)?;
        Ok(Some(Group::led_by(Draft::captured(lead, None).once(delivery_key), others)))
    }

    fn seal_record(
        &self,
        record: &Record,
        id: RecordId,
        delivery: RecordId,
        now: Timestamp,
    ) -> Result<Draft, Error> {
        if record.class == Class::Unrecognised {
            self.counts.unrecognised.fetch_add(1, Ordering::Relaxed);
        }
        let plaintext = zeroize::Zeroizing::new(
            serde_json::to_vec(record).expect("a record of plain fields is always JSON"),
        );
        let sealed = self.keyring.seal_as(id, record.class, now, &plaintext);
        let sealed = sealed.map_err(Error::Seal)?;
        let draft = Draft::captured(sealed, Some(delivery));
        Ok(match record.body.media {
            Some(_) => draft.awaiting_medium(media::Task::new(now).to_row()),
            None => draft,
        })
    }

    fn seen(&self, key: OnceKey) -> Result<bool, Error> {
        Ok(self.log.seen_at(key).map_err(Error::Log)?.is_some())
    }
}

/// The plaintext of a delivery's record: one line of JSON that says how it came,
/// then the body's exact bytes, so that its signature can be checked again with
/// `tail -n +2` and `openssl dgst`.
fn delivery_plaintext(delivery: &Delivery, now: Timestamp) -> Vec<u8> {
    let line = serde_json::json!({
        "v": crate::record::RECORD_VERSION,
        "class": Class::Delivery,
        "provider": crate::record::Provider::Meta,
        "received": format!("{now:.6}"),
        "signature": delivery.signature,
        "size": delivery.body.len(),
    });
    let mut plaintext = line.to_string().into_bytes();
    plaintext.push(b'\n');
    plaintext.extend_from_slice(&delivery.body);
    plaintext
}

/// A keyed digest of what makes two things the same, of one kind of thing.
fn once_key(key: &hmac::Key, kind: &str, sameness: &[u8]) -> OnceKey {
    let mut context = hmac::Context::with_key(key);
    context.update(kind.as_bytes());
    context.update(&[0]);
    context.update(sameness);
    let tag = context.sign();
    let first = tag.as_ref().first_chunk().expect("an HMAC-SHA256 tag has 32 bytes");
    OnceKey::from_bytes(*first)
}

fn outcome_of(placed: &[Placed]) -> Outcome {
    let kept = placed.iter().filter(|placed| matches!(placed, Placed::At(_))).count();
    match kept {
        0 => Outcome::Duplicate,
        kept => Outcome::Kept(kept),
    }
}
