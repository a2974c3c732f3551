//! What goes together: a record, the delivery that brought it, and its media.
//!
//! A delivery holds the words of all its records, so that none of them is gone while it is
//! there. A record, its delivery and its media therefore fall due together, with the last
//! of them; a hold on one of them holds all of them, and so does one on another record of
//! the same delivery. A medium that another record shows as well stays with that one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::entry::{Entry, Event};
use crate::log::{self, Log};
use crate::record::RecordId;
use crate::store::rows::Family;
use crate::tlog::{LeafIndex, TreeSize};

/// A record and what goes with it.
#[derive(Clone, Debug)]
pub(super) struct Bundle {
    /// The record's entry.
    pub(super) entry: Entry,
    /// The entry of its delivery, where it came in one, and that is still there.
    pub(super) delivery: Option<Entry>,
    /// The entries of the other records of the same delivery that are still there.
    pub(super) siblings: Vec<Entry>,
    /// The entries of its media that are still there.
    pub(super) media: Vec<Entry>,
}

/// Which records show a medium, for those that more than one does.
#[derive(Clone, Debug)]
pub(super) struct SharedMedia {
    shown: Arc<HashMap<RecordId, Vec<RecordId>>>,
    /// Every link of the log of this size was read.
    read: TreeSize,
}

impl SharedMedia {
    /// Reads every link of the archive.
    pub(super) fn read(log: &Log) -> Result<Self, log::Error> {
        let read = log.size();
        let mut shown: HashMap<RecordId, Vec<RecordId>> = HashMap::new();
        let mut links = log.store().scan(Family::Links, &[], None);
        while links.advance().map_err(log::Error::Store)? {
            let Some((record, medium)) = links.key().split_at_checked(16) else { continue };
            let (Ok(record), Ok(medium)) = (record.try_into(), medium.try_into()) else { continue };
            let records = shown.entry(RecordId::from_bytes(medium)).or_default();
            records.push(RecordId::from_bytes(record));
        }
        shown.retain(|_, records| records.len() > 1);
        Ok(Self { shown: Arc::new(shown), read })
    }

    /// What was read, where nothing was linked since; else everything read again.
    pub(super) fn still(self, log: &Log) -> Result<Self, log::Error> {
        let size = log.size();
        for entry in log.entries_from(LeafIndex::new(self.read.get())) {
            let entry = entry?;
            if entry.index.get() >= size.get() {
                break;
            }
            if matches!(entry.event, Event::Linked { .. }) {
                return Self::read(log);
            }
        }
        Ok(Self { read: size, ..self })
    }

    /// The other records that show a medium.
    pub(super) fn others(
        &self,
        medium: RecordId,
        than: RecordId,
    ) -> impl Iterator<Item = RecordId> + '_ {
        let records = self.shown.get(&medium).map_or(&[][..], Vec::as_slice);
        records.iter().copied().filter(move |record| *record != than)
    }
}

impl Bundle {
    /// Reads what goes together with the record of an entry.
    pub(super) fn read(log: &Log, index: LeafIndex) -> Result<Self, log::Error> {
        let entry = log.entry_at(index)?;
        let (delivery, siblings) = match entry.event.delivery() {
            Some(delivery) => delivered(log, delivery, index)?,
            None => (None, vec![]),
        };
        let mut media = vec![];
        if let Some(kept) = entry.kept() {
            for (medium, _) in log.store().links(kept.record).map_err(log::Error::Store)? {
                if let Some(place) = log.store().index_of(medium).map_err(log::Error::Store)? {
                    media.extend(is_there(log, place)?.then(|| log.entry_at(place)).transpose()?);
                }
            }
        }
        Ok(Self { entry, delivery, siblings, media })
    }
}

/// A delivery, and its records but for one. They stand behind it, one after the other.
fn delivered(
    log: &Log,
    delivery: RecordId,
    but: LeafIndex,
) -> Result<(Option<Entry>, Vec<Entry>), log::Error> {
    let Some(place) = log.store().index_of(delivery).map_err(log::Error::Store)? else {
        return Ok((None, vec![]));
    };
    let lead = is_there(log, place)?.then(|| log.entry_at(place)).transpose()?;
    let mut siblings = vec![];
    // One by one: they are few, and who scans reads megabytes ahead.
    for index in (place.get().saturating_add(1)..log.size().get()).map(LeafIndex::new) {
        let entry = log.entry_at(index)?;
        if entry.event.delivery() != Some(delivery) {
            break;
        }
        if index != but && is_there(log, index)? {
            siblings.push(entry);
        }
    }
    Ok((lead, siblings))
}

/// Whether the record of an entry was not destroyed.
fn is_there(log: &Log, index: LeafIndex) -> Result<bool, log::Error> {
    log.store().header(index).map(|header| header.is_some()).map_err(log::Error::Store)
}
