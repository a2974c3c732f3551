//! Entries of who read what, destroyed by whole months.
//!
//! The index does not read them: no word of theirs is looked for. They are sealed month by
//! month under keys of their own, so that the months that there still are name themselves;
//! and the log is in the order of time, so that the entries of a month are found by two
//! searches. A month is planned when every access of it is due and none is held: then its
//! keys are destroyed with it. What is planned is judged again one by one, as records are.
//!
//! Decisions (class `governance`) are never destroyed: `docs/DECISIONS/0026-governance.md`.

use std::ops::ControlFlow;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::look::Standing;
use super::plan::{Candidate, Looked};
use super::{Error, Inner};
use crate::entry::Entry;
use crate::policy::{Due, Facts};
use crate::record::Class;
use crate::tlog::LeafIndex;

/// An access is sealed before it is logged: behind the end of its month, by so much at
/// most, its entry may stand.
const SEALED_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// A month of accesses.
#[derive(Debug)]
pub(super) struct Month {
    /// The bucket that they are sealed in.
    bucket: String,
    /// Its first moment.
    begins: Timestamp,
    /// From when on none is added to it.
    pub(super) ends: Timestamp,
    /// The entries among which they are, the second one excluded.
    entries: (u64, u64),
}

/// What came of a month.
#[derive(Debug, Default)]
struct Judged {
    goes: Vec<Candidate>,
    held: u64,
    /// Whether one of them is not due.
    stays: bool,
}

impl Inner {
    /// Adds the accesses that are due, of the log's first `size` entries. Blocks; what it
    /// costs goes with the entries of the months that may be due.
    pub(super) fn look_at_accesses(
        &self,
        standing: &Standing,
        size: u64,
        looked: &mut Looked,
    ) -> Result<(), Error> {
        if !standing.rules.are_for(Class::Access) {
            return Ok(());
        }
        for month in self.months(size)? {
            if standing.now < month.ends || !may_be_due(standing, &month) {
                continue;
            }
            let judged = self.judge_month(standing, &month)?;
            if judged.held > 0 {
                looked.held_due += judged.held;
            } else if !judged.stays {
                looked.candidates.extend(judged.goes);
            }
        }
        Ok(())
    }

    /// Every month whose accesses were not destroyed, of the log's first `size` entries.
    pub(super) fn months(&self, size: u64) -> Result<Vec<Month>, Error> {
        let all = self.keyring.months_of(Class::Access).map_err(Error::Seal)?.into_iter();
        let found = all.filter_map(|(bucket, first)| self.month(bucket, first, size).transpose());
        found.collect()
    }

    /// Where the accesses of a month are; `None` where there are no entries.
    fn month(&self, bucket: String, first: Date, size: u64) -> Result<Option<Month>, Error> {
        let midnight = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let next = first.checked_add(1.month()).ok().and_then(midnight);
        let (Some(begins), Some(ends)) = (midnight(first), next) else { return Ok(None) };
        let ends = ends.checked_add(SEALED_BEFORE).unwrap_or(Timestamp::MAX);
        let entries = (self.first_at(begins, size)?, self.first_at(ends, size)?);
        Ok((entries.0 < entries.1).then_some(Month { bucket, begins, ends, entries }))
    }

    /// The first entry at a moment or after it; `size` where there is none.
    fn first_at(&self, moment: Timestamp, size: u64) -> Result<u64, Error> {
        let (mut low, mut high) = (0, size);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.log.entry_at(LeafIndex::new(middle)).map_err(Error::Log)?;
            (low, high) = if entry.time < moment { (middle + 1, high) } else { (low, middle) };
        }
        Ok(low)
    }

    fn judge_month(&self, standing: &Standing, month: &Month) -> Result<Judged, Error> {
        let (ground, mut judged) = (standing.ground(), Judged::default());
        self.each_access(month, |entry, facts| {
            let verdict = ground.verdict(entry, facts, &mut vec![]);
            match (verdict.due, verdict.by, verdict.then) {
                (Due::At(due), Some(by), Some(then)) if due <= ground.now => {
                    judged.held += u64::from(standing.held.is_on(entry, facts));
                    judged.goes.push(Candidate { entry, by, due, then, untagged: false });
                    ControlFlow::Continue(())
                }
                (Due::At(_) | Due::Waiting | Due::Unruled, ..) => {
                    judged.stays = true;
                    ControlFlow::Break(())
                }
            }
        })?;
        Ok(judged)
    }

    /// Looks at the accesses of a month that are there still, until enough was seen.
    pub(super) fn each_access(
        &self,
        month: &Month,
        mut look: impl FnMut(LeafIndex, &Facts) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (first, end) = month.entries;
        for entry in self.log.entries_from(LeafIndex::new(first)) {
            let entry = entry.map_err(Error::Log)?;
            if entry.index.get() >= end {
                break;
            }
            if entry.kept().is_none_or(|kept| kept.bucket != month.bucket) {
                continue;
            }
            let Some(facts) = self.facts_of_access(&entry)? else { continue };
            if look(entry.index, &facts).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What rules look at of an access; `None` where it was destroyed.
    pub(super) fn facts_of_access(&self, entry: &Entry) -> Result<Option<Facts>, Error> {
        let header = self.log.store().header(entry.index).map_err(Error::Store)?;
        Ok(header.map(|_| Facts::bare(Class::Access, entry.time)))
    }
}

/// Whether it is worth reading a month: whether an access of its first moment would be due by
/// the rules for its last entry, which are the fewest that count for any. Where rules changed
/// in that month it may be read later than it could be, never planned too early.
fn may_be_due(standing: &Standing, month: &Month) -> bool {
    let ground = standing.ground();
    let last = LeafIndex::new(month.entries.1.saturating_sub(1));
    let facts = Facts::bare(Class::Access, month.begins);
    match ground.verdict(last, &facts, &mut vec![]).due {
        Due::At(due) => due <= ground.now,
        Due::Waiting => false,
        // A rule that was withdrawn meanwhile may be for the others.
        Due::Unruled => true,
    }
}
