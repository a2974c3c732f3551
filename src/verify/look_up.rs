//! The rows that lead to an entry, looked up one by one where not all of them
//! are read.

use super::chunk::{Chunk, Reader, size_of};
use super::locate;
use super::sides::{Side, members_of};
use crate::entry::Entry;
use crate::tlog::LeafIndex;

/// Checks the rows that must be there because of an entry.
pub(super) fn check(reader: &Reader<'_>, entry: &Entry, chunk: &mut Chunk) {
    members_of(reader, entry, false, |is_expected, side, key, value| {
        if is_expected && reader.scope.looks_up(side) {
            look_up(reader, side, (key, value), entry.index, chunk);
        }
    });
}

fn look_up(
    reader: &Reader<'_>,
    side: Side,
    (key, value): (&[u8], &[u8]),
    index: LeafIndex,
    chunk: &mut Chunk,
) {
    match reader.store.row(side.family(), key) {
        Ok(Some(found)) if found == value => {
            chunk.counts.bytes += size_of(key) + size_of(value);
            match side {
                Side::Ids => chunk.counts.ids += 1,
                Side::Links => chunk.counts.links += 1,
                Side::Seen | Side::Media => {}
            }
        }
        Ok(Some(found)) => locate::altered(side, key, &found, index, &mut chunk.findings),
        Ok(None) => locate::gone(side.family(), key, index, &mut chunk.findings),
        Err(error) => {
            locate::unreadable(side.family(), key, index, &error, &mut chunk.findings);
        }
    }
}
