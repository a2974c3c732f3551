//! What other rooms count, as the API's metrics show it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::Reading;
use crate::capture::media::Counts as MediaCounts;
use crate::capture::{Capture, Counts};

/// The numbers of taking in and, where media are fetched, of fetching them.
pub(super) fn all(capture: &Capture, media: Option<&Arc<MediaCounts>>) -> Vec<Reading> {
    let mut readings = of_capture(capture);
    readings.extend(media.into_iter().flat_map(of_media));
    readings
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
