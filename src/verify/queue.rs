//! The media that are still to be fetched.
//!
//! A row of the queue is a daemon's note to itself: no entry binds how often it
//! tried. What can be told is whether the row has the form that is written,
//! whether its entry can have announced a medium, and its dates.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chunk::Chunk;
use super::cursor::RowAt;
use super::finding::{FindingKind, Place};
use super::sides::Side;
use super::sums::SumKey;
use crate::causes::told;
use crate::entry::{Entry, Event};
use crate::store::rows::Family;

/// A task as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskRow {
    attempts: u32,
    next: Timestamp,
    since: Timestamp,
}

/// Checks an entry's row on the queue, where there is one.
pub(super) fn check(sums: SumKey, entry: &Entry, row: &RowAt<'_>, chunk: &mut Chunk) {
    let place = Place::entry(Family::MediaQueue, entry.index);
    let row = match row {
        RowAt::Absent => return,
        RowAt::There(row) => row,
        RowAt::Unreadable(error) => {
            chunk.unopened += 1;
            let text = format!("the wait for a medium cannot be read ({})", told(error));
            return chunk.findings.add(place, FindingKind::Unreadable, text);
        }
    };
    let Event::Captured { kept, .. } = &entry.event else {
        let text = "a medium is waited for that a captured record did not announce";
        return chunk.findings.add(place, FindingKind::Orphan, text);
    };
    chunk.counts.media_queue += 1;
    chunk.found.put(sums, Side::Media, kept.record.as_bytes(), &[]);
    if !has_form(row, entry.time) {
        let text = "the wait for a medium is not of the form that is written: it was altered";
        chunk.findings.add(place, FindingKind::Altered, text);
    }
}

fn has_form(row: &[u8], entry_time: Timestamp) -> bool {
    let Ok(task) = serde_json::from_slice::<TaskRow>(row) else { return false };
    let again = serde_json::to_vec(&task).unwrap_or_default();
    again == row && task.since <= entry_time && task.since <= task.next
}
