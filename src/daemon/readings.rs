//! What other rooms count, as the API's metrics show it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::watch::Counts as WatchCounts;
use crate::api::Reading;
use crate::attest::authority::Counts as StampCounts;
use crate::attest::witnesses::{Counts as WitnessesCounts, WitnessCounts};
use crate::capture::media::Counts as MediaCounts;
use crate::capture::{Capture, Counts};
use crate::log::Log;

/// What followers of the log count, where they run.
#[derive(Debug)]
pub(super) struct Followers {
    pub(super) media: Option<Arc<MediaCounts>>,
    pub(super) witnesses: Option<Arc<WitnessesCounts>>,
    pub(super) stamps: Option<Arc<StampCounts>>,
    pub(super) watch: Option<Arc<WatchCounts>>,
}

/// The numbers of the log, of taking in, and of the followers.
pub(super) fn all(log: &Log, capture: &Capture, followers: &Followers) -> Vec<Reading> {
    let mut readings = of_log(log);
    readings.extend(of_capture(capture));
    readings.extend(followers.media.iter().flat_map(of_media));
    readings.extend(followers.witnesses.iter().flat_map(of_witnesses));
    readings.extend(followers.stamps.iter().flat_map(of_stamps));
    readings.extend(followers.watch.iter().flat_map(of_watch));
    readings
}

fn of_log(log: &Log) -> Vec<Reading> {
    let count = |read: fn(&Log) -> u64| {
        let log = log.clone();
        move || read(&log)
    };
    vec![
        Reading::counter(
            "muniment_log_batches_total",
            "Batches of entries written, each synced before it was acknowledged.",
            count(Log::batches),
        ),
        Reading::counter(
            "muniment_log_syncs_total",
            "Syncs of the write-ahead log, as the database counts them.",
            count(|log| log.store().wal_syncs()),
        ),
        Reading::gauge(
            "muniment_log_signed_entries",
            "Entries that the newest signed checkpoint covers.",
            count(|log| log.signed_size().get()),
        ),
    ]
}

fn of_capture(capture: &Capture) -> Vec<Reading> {
    let count = |read: fn(&Counts) -> &AtomicU64| {
        let capture = capture.clone();
        move || read(capture.counts()).load(Ordering::Relaxed)
    };
    let name = "muniment_deliveries_total";
    let help = "Requests of providers, by what became of them.";
    let outcome =
        |outcome, read| Reading::counter(name, help, count(read)).labelled("outcome", outcome);
    vec![
        outcome("kept", |counts| &counts.kept),
        outcome("duplicate", |counts| &counts.duplicate),
        outcome("forged", |counts| &counts.forged),
        outcome("oversized", |counts| &counts.oversized),
        outcome("refused", |counts| &counts.refused),
        Reading::counter(
            "muniment_records_total",
            "Records captured, of every class.",
            count(|counts| &counts.records),
        ),
        Reading::counter(
            "muniment_unrecognised_total",
            "Records captured whole because they were not understood.",
            count(|counts| &counts.unrecognised),
        ),
    ]
}

fn of_media(counts: &Arc<MediaCounts>) -> Vec<Reading> {
    let count = |read: fn(&MediaCounts) -> &AtomicU64| {
        let counts = Arc::clone(counts);
        move || read(&counts).load(Ordering::Relaxed)
    };
    let name = "muniment_media_total";
    let help = "Media, by what became of them.";
    let outcome =
        |outcome, read| Reading::counter(name, help, count(read)).labelled("outcome", outcome);
    vec![
        outcome("linked", |counts| &counts.linked),
        outcome("shared", |counts| &counts.shared),
        outcome("retried", |counts| &counts.retried),
        outcome("missed", |counts| &counts.missed),
        Reading::gauge(
            "muniment_media_waiting",
            "Media waiting to be fetched.",
            count(|counts| &counts.waiting),
        ),
    ]
}

fn of_witnesses(counts: &Arc<WitnessesCounts>) -> Vec<Reading> {
    let found = |read: fn(&WitnessesCounts) -> &AtomicU64| {
        let counts = Arc::clone(counts);
        move || read(&counts).load(Ordering::Relaxed)
    };
    let name = "muniment_findings_total";
    let help = "Suspected breaches that were written into the log.";
    let finding =
        |finding, read| Reading::counter(name, help, found(read)).labelled("finding", finding);
    let mut readings =
        vec![finding("behind", |counts| &counts.behind), finding("fork", |counts| &counts.forks)];
    readings.extend((0..counts.witnesses.len()).flat_map(|place| of_witness(counts, place)));
    readings
}

fn of_witness(counts: &Arc<WitnessesCounts>, place: usize) -> Vec<Reading> {
    let read = |read: fn(&WitnessCounts) -> u64| {
        let counts = Arc::clone(counts);
        move || counts.witnesses.get(place).map_or(0, read)
    };
    let name = counts.witnesses.get(place).map_or(String::new(), |counts| counts.name.clone());
    let outcomes = "muniment_cosignatures_total";
    let help = "Checkpoints submitted to a witness, by what became of them.";
    let readings = vec![
        Reading::counter(
            outcomes,
            help,
            read(|counts| counts.cosignatures.load(Ordering::Relaxed)),
        )
        .labelled("outcome", "cosigned"),
        Reading::counter(outcomes, help, read(|counts| counts.failures.load(Ordering::Relaxed)))
            .labelled("outcome", "failed"),
        Reading::gauge(
            "muniment_witness_cosigned_entries",
            "Entries that the newest checkpoint covers that a witness cosigned; 0 before the first.",
            read(|counts| counts.cosigned_size.load(Ordering::Relaxed)),
        ),
        Reading::gauge(
            "muniment_witness_waiting_seconds",
            "For how long a checkpoint has been waiting for a witness; 0 when none does.",
            read(WitnessCounts::waiting_seconds),
        ),
    ];
    readings.into_iter().map(|reading| reading.labelled("witness", name.clone())).collect()
}

fn of_stamps(counts: &Arc<StampCounts>) -> Vec<Reading> {
    let count = |read: fn(&StampCounts) -> &AtomicU64| {
        let counts = Arc::clone(counts);
        move || read(&counts).load(Ordering::Relaxed)
    };
    let name = "muniment_timestamps_total";
    let help = "Timestamps asked for, by what became of them.";
    let outcome =
        |outcome, read| Reading::counter(name, help, count(read)).labelled("outcome", outcome);
    vec![
        outcome("kept", |counts| &counts.kept),
        outcome("failed", |counts| &counts.failed),
        Reading::gauge(
            "muniment_timestamp_newest_seconds",
            "When the newest timestamp is of, in seconds since 1970; 0 before the first.",
            count(|counts| &counts.newest_seconds),
        ),
    ]
}

fn of_watch(counts: &Arc<WatchCounts>) -> Vec<Reading> {
    let read = |read: fn(&WatchCounts) -> u64| {
        let counts = Arc::clone(counts);
        move || read(&counts)
    };
    vec![
        Reading::gauge(
            "muniment_verification_entries",
            "Entries checked in this round of the daemon's own verification.",
            read(|counts| counts.entries.load(Ordering::Relaxed)),
        ),
        Reading::counter(
            "muniment_verification_rounds_total",
            "Rounds of the daemon's own verification over the whole archive.",
            read(|counts| counts.rounds.load(Ordering::Relaxed)),
        ),
        Reading::counter(
            "muniment_verification_findings_total",
            "Places that the daemon's own verification found damaged.",
            read(|counts| counts.findings.load(Ordering::Relaxed)),
        ),
        Reading::gauge(
            "muniment_verification_age_seconds",
            "Seconds since a round was complete; before the first, since the start.",
            read(WatchCounts::age_seconds),
        ),
    ]
}
