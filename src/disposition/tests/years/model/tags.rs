//! Tags in the model: what was put on what, and which records that comes to.

use super::{Model, Told};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// A tag that was put on something.
#[derive(Clone, Debug)]
pub(in super::super) struct Putting {
    pub(in super::super) id: RecordId,
    pub(in super::super) tag: usize,
    pub(in super::super) on: On,
    pub(in super::super) since: LeafIndex,
    /// Whether somebody wants it taken.
    pub(in super::super) is_asked: bool,
    /// Whether another person agreed.
    pub(in super::super) is_taken: bool,
}

/// What a tag was put on.
#[derive(Clone, Debug)]
pub(in super::super) enum On {
    Records(Vec<LeafIndex>),
    Thread { party: usize, number: usize },
    Party(usize),
    Number(usize),
}

/// Which puttings are looked at.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Seen {
    /// Those that were not taken.
    Now,
    /// All that there ever were.
    Ever,
    /// None: as though there were no tags.
    Nothing,
}

impl Model {
    /// The puttings that are on a record.
    pub(super) fn on(&self, record: &Told, seen: Seen) -> Vec<&Putting> {
        let is_seen = |putting: &&Putting| match seen {
            Seen::Now => !putting.is_taken,
            Seen::Ever => true,
            Seen::Nothing => false,
        };
        self.puttings.iter().filter(is_seen).filter(|putting| putting.is_on(record)).collect()
    }

    /// The tags of a record, some of them more than once.
    pub(super) fn tags(&self, record: &Told, seen: Seen) -> Vec<usize> {
        self.on(record, seen).iter().map(|putting| putting.tag).collect()
    }
}

impl Putting {
    fn is_on(&self, record: &Told) -> bool {
        match &self.on {
            On::Records(entries) => entries.contains(&record.index),
            On::Thread { party, number } => (*party, *number) == (record.party, record.number),
            On::Party(party) => *party == record.party,
            On::Number(number) => *number == record.number,
        }
    }
}
