//! Marking the entries that govern in an archive of a build that did not.

use super::{Error, Log};
use crate::entry::codec;
use crate::store::Commit;
use crate::tlog::LeafIndex;

/// Marks written in one synced batch.
const MARKS_A_BATCH: usize = 10_000;

impl Log {
    /// Makes sure that every entry that governs is marked; reads the whole log once where
    /// its first entry is not. Entries that come meanwhile are marked by the sequencer.
    ///
    /// # Errors
    /// When rows cannot be read or written, or an entry does not read.
    pub fn mark_governing(&self) -> Result<(), Error> {
        let store = self.store();
        let first = store.governing_from(LeafIndex::FIRST).next().transpose();
        if first.map_err(Error::Store)? == Some(LeafIndex::FIRST) {
            return Ok(());
        }
        let mut marks = vec![];
        for leaf in store.leaves_from(LeafIndex::FIRST) {
            let (index, leaf) = leaf.map_err(Error::Store)?;
            let entry = codec::decode(&leaf)
                .map_err(|error| Error::Broken(format!("entry {index} cannot be read: {error}")))?;
            // The first comes last: it says that all the others were marked.
            if entry.event.governs() && index != LeafIndex::FIRST {
                marks.push(index);
            }
            if marks.len() >= MARKS_A_BATCH {
                self.mark(marks.drain(..))?;
            }
        }
        self.mark(marks.drain(..).chain([LeafIndex::FIRST]))
    }

    fn mark(&self, indices: impl Iterator<Item = LeafIndex>) -> Result<(), Error> {
        let mut commit = Commit::default();
        indices.for_each(|index| commit.put_governance(index));
        self.store().commit(commit).map_err(Error::Store)
    }
}
