//! What was found is raised once: in the traces, in the metrics, as an entry.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::Counts;
use crate::entry;
use crate::log::{Draft, Group, Log};
use crate::verify::{Finding, FindingKind};

/// Who found it, in the entries.
const BY: &str = "verification";

/// Entries written while the process lives: a disk that decays all over must not fill
/// the log with that.
const ENTRIES_MAX: usize = 100;

/// Places remembered; further ones are no longer told apart, and not raised.
const PLACES_MAX: usize = 10_000;

/// A place without its end, which may be found to lie further on.
type Place = (FindingKind, String, Option<u64>, Option<String>);

/// What was raised already.
#[derive(Debug)]
pub(super) struct Raised<'a> {
    log: &'a Log,
    counts: &'a Counts,
    places: BTreeSet<Place>,
    entries: usize,
}

impl<'a> Raised<'a> {
    pub(super) const fn new(log: &'a Log, counts: &'a Counts) -> Self {
        Self { log, counts, places: BTreeSet::new(), entries: 0 }
    }

    /// Raises a finding, unless it was.
    pub(super) fn raise(&mut self, finding: &Finding) {
        let Finding { place, kind, text } = finding;
        let of = (*kind, place.rows.to_string(), place.entry, place.key.clone());
        if self.places.len() >= PLACES_MAX || !self.places.insert(of) {
            return;
        }
        self.counts.findings.fetch_add(1, Ordering::Relaxed);
        let kind = kind.as_str();
        tracing::error!(%place, kind, text, "the archive is damaged; run `muniment verify`");
        if self.entries == ENTRIES_MAX {
            return;
        }
        self.entries += 1;
        let draft = Draft::found(entry::Finding::Damage, BY, place.entry);
        if let Err(error) = self.log.append_blocking(Group::of(draft)) {
            tracing::warn!(%error, "the damage found could not be written into the log");
        }
    }
}
