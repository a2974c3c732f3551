//! The marks of entries that govern.
//!
//! The first entry's mark says that the archive has marks at all: one of an earlier build
//! has none until it is opened for writing. Entries that such a build cannot have written
//! have theirs in any case.

use super::chunk::{Chunk, Reader};
use super::cursor::RowAt;
use super::finding::{FindingKind, Place};
use crate::causes::told;
use crate::entry::{Entry, Event};
use crate::store::Store;
use crate::store::rows::{Family, index_key};
use crate::tlog::LeafIndex;

/// Whether an archive has marks.
pub(super) fn is_marked(store: &Store) -> bool {
    !matches!(store.row(Family::Governance, &index_key(LeafIndex::FIRST)), Ok(None))
}

/// Checks that an entry is marked exactly where it governs.
pub(super) fn check(reader: &Reader<'_>, entry: &Entry, mark: &RowAt<'_>, chunk: &mut Chunk) {
    let governs = entry.event.governs();
    let (kind, text) = match mark {
        RowAt::Absent if governs && (reader.is_marked || is_of_marking_build(&entry.event)) => {
            let text = "the mark of an entry that governs is gone: what it decided would be missed";
            (FindingKind::Missing, text.to_owned())
        }
        RowAt::Absent => return,
        RowAt::There(_) if !governs => {
            let text = "an entry that decides nothing is marked as one that governs";
            (FindingKind::Orphan, text.to_owned())
        }
        RowAt::There(mark) if !mark.is_empty() => {
            let text = "the mark of an entry that governs is not of the form that is written";
            (FindingKind::Altered, text.to_owned())
        }
        RowAt::There(_) => {
            chunk.counts.governance += 1;
            return;
        }
        RowAt::Unreadable(error) => {
            let text =
                format!("the mark of an entry that governs cannot be read ({})", told(error));
            (FindingKind::Unreadable, text)
        }
    };
    chunk.findings.add(Place::entry(Family::Governance, entry.index), kind, text);
}

const fn is_of_marking_build(event: &Event) -> bool {
    match event {
        Event::Governed { .. } | Event::Destroyed { .. } => true,
        Event::Began { .. }
        | Event::Captured { .. }
        | Event::Linked { .. }
        | Event::Missed { .. }
        | Event::Accessed { .. }
        | Event::HandedOver(_)
        | Event::Found { .. } => false,
    }
}
