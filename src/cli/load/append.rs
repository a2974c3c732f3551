//! `muniment load append`: entries through the log, each waited for.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use super::scratch::{Running, Scratch};
use super::synced::Synced;
use super::waits::{Percentiles, Waits};
use crate::cli::{Exit, Printer, Setting};
use crate::log::{Draft, Group, Log, OnceKey};
use crate::record::Class;
use crate::seal::{Keyring, Sealed, new_id};
use crate::tlog::LeafIndex;

/// Receipts that are asked for afterwards.
const PROOFS: u64 = 1000;

/// Append entries, each waited for until it is durable; then ask for receipts.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many entries.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    entries: u64,
    /// How many are waited for at once.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..))]
    waiting: u16,
    /// Bytes of each record before it is sealed.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(160..=1_048_576))]
    body_bytes: u32,
    /// Seal one record beforehand and append it again and again, to measure the log
    /// alone. Such records do not open.
    #[arg(long)]
    sealed_before: bool,
    /// Make the scratch archive here and leave it; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// End without closing the archive, as in a crash; `load restart` measures the
    /// recovery.
    #[arg(long, requires = "dir")]
    crash: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Clone, Copy, Debug, Serialize)]
struct Figures {
    entries: u64,
    seconds: f64,
    entries_per_second: f64,
    append: Percentiles,
    synced: Synced,
    receipt: Percentiles,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let scratch = Scratch::make(args.dir.as_deref(), setting)?;
    let running = scratch.open(setting)?;
    let (batches, syncs) = (running.log.batches(), running.log.store().wal_syncs());
    let runtime = tokio::runtime::Runtime::new().context("could not start threads")?;
    let start = Instant::now();
    let append = runtime.block_on(append_all(&running, args))?;
    let seconds = start.elapsed().as_secs_f64();
    let (batches, syncs) =
        (running.log.batches() - batches, running.log.store().wal_syncs() - syncs);
    let synced = Synced::of(scratch.dir(), batches, syncs)?;
    let receipt = receipts(&running.log)?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let entries_per_second = args.entries as f64 / seconds;
    let entries = args.entries;
    let figures = Figures { entries, seconds, entries_per_second, append, synced, receipt };
    if args.json {
        printer.line(serde_json::to_string_pretty(&figures)?)?;
    } else {
        printer.line(figures)?;
    }
    if args.crash {
        printer.line(format!(
            "ended as in a crash; `muniment load restart --dir {}` measures the recovery",
            scratch.dir().display()
        ))?;
        printer.flush()?;
        std::process::abort();
    }
    running.close()?;
    Ok(if synced.each_acknowledged_was_synced { Exit::Fine } else { Exit::Failed })
}

async fn append_all(running: &Running, args: &Args) -> anyhow::Result<Percentiles> {
    let body: Arc<[u8]> = message(usize::try_from(args.body_bytes)?).into();
    let sealed = args.sealed_before.then(|| seal(&running.keyring, &body)).transpose()?;
    let sealed = sealed.map(Arc::new);
    let left = Arc::new(AtomicU64::new(args.entries));
    let waits = Arc::new(Mutex::new(Waits::new()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..args.waiting {
        let (log, keyring) = (running.log.clone(), Arc::clone(&running.keyring));
        let (body, sealed) = (Arc::clone(&body), sealed.clone());
        let (left, waits) = (Arc::clone(&left), Arc::clone(&waits));
        tasks.spawn(async move {
            let one_less = |left: u64| left.checked_sub(1);
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
                let sealed = match &sealed {
                    Some(sealed) => renamed(sealed)?,
                    None => seal(&keyring, &body)?,
                };
                let wait = append(&log, sealed).await?;
                waits.lock().unwrap_or_else(PoisonError::into_inner).note(wait);
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let waits = waits.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(waits.percentiles())
}

async fn append(log: &Log, sealed: Sealed) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let mut digest = *sealed.kept.record.as_bytes();
    // What a keyed digest is: random from its first byte on.
    digest.reverse();
    let seen = OnceKey::from_bytes(digest);
    log.append(Group::of(Draft::captured(sealed, None).once(seen))).await?;
    Ok(start.elapsed())
}

/// A record of a message, of a length.
fn message(bytes: usize) -> Vec<u8> {
    let record = |text: &str| {
        format!(
            r#"{{"v":1,"class":"message","provider":"meta","field":"messages","origin":"live","body":{{"kind":"text","text":"{text}"}},"raw":{{}}}}"#
        )
    };
    let text = "m".repeat(bytes.saturating_sub(record("").len()));
    record(&text).into_bytes()
}

fn seal(keyring: &Keyring, body: &[u8]) -> anyhow::Result<Sealed> {
    Ok(keyring.seal(Class::Message, Timestamp::now(), body)?)
}

/// The same sealed bytes as another record: no two entries keep the same one.
fn renamed(sealed: &Sealed) -> anyhow::Result<Sealed> {
    let mut sealed = sealed.clone();
    sealed.kept.record = new_id(Timestamp::now())?;
    Ok(sealed)
}

/// Receipts of entries from all over the log, each timed.
fn receipts(log: &Log) -> anyhow::Result<Percentiles> {
    let size = log.signed_size().get();
    let mut waits = Waits::new();
    for number in 0..PROOFS.min(size) {
        // A step that shares no factor with most sizes: all over the log, not in order.
        let index = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size;
        let start = Instant::now();
        let receipt = log.receipt(LeafIndex::new(index))?;
        waits.note(start.elapsed());
        receipt.with_context(|| format!("entry {index} is signed and has no receipt"))?;
    }
    Ok(waits.percentiles())
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, seconds, entries_per_second, .. } = self;
        writeln!(f, "appended   {entries} entries in {seconds:.1} s: {entries_per_second:.0}/s")?;
        writeln!(f, "waited     {}", self.append)?;
        writeln!(f, "durable    {}", self.synced)?;
        write!(f, "receipts   {}", self.receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_length_that_was_asked_for_and_reads() {
        for bytes in [160, 300, 4096] {
            let message = message(bytes);
            assert_eq!(message.len(), bytes);
            serde_json::from_slice::<serde_json::Value>(&message).unwrap();
        }
    }
}
