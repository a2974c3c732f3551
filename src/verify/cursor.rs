//! The rows of one family beside the entries that they belong to.
//!
//! As long as the disk reads, this is a scan; behind a row that cannot be read,
//! it asks for each row by itself, so that damage is named row by row and hides
//! nothing that lies behind it.

use std::borrow::Cow;
use std::ops::Range;

use super::FINDINGS_MAX;
use crate::store::rows::{Family, index_key};
use crate::store::{Error, Scan, Store};
use crate::tlog::LeafIndex;

/// Walks a range of the log in one family.
pub(super) struct Cursor<'a> {
    store: &'a Store,
    family: Family,
    scan: Scan<'a>,
    state: State,
    /// Keys between those that were asked for; enough of them for any report.
    strays: Vec<Vec<u8>>,
}

/// What there is for an entry.
pub(super) enum RowAt<'c> {
    There(Cow<'c, [u8]>),
    Absent,
    Unreadable(Error),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The scan stands on a row that was not given out.
    OnRow,
    /// The scan stands on a row that was given out.
    GivenOut,
    Ended,
    Damaged,
}

impl<'a> Cursor<'a> {
    /// Begins at the start of a range; the first range takes in whatever stands
    /// before the first entry.
    pub(super) fn new(store: &'a Store, family: Family, range: &Range<u64>) -> Self {
        let from = index_key(LeafIndex::new(range.start));
        let before = index_key(LeafIndex::new(range.end));
        let from = if range.start == 0 { &[] } else { from.as_slice() };
        let scan = store.scan(family, from, Some(&before));
        let mut cursor = Self { store, family, scan, state: State::GivenOut, strays: vec![] };
        cursor.step();
        cursor
    }

    /// The row of an entry; entries are asked for in order.
    pub(super) fn at(&mut self, index: LeafIndex) -> RowAt<'_> {
        let key = index_key(index);
        if self.state == State::GivenOut {
            self.step();
        }
        while self.state == State::OnRow && self.scan.key() < key.as_slice() {
            self.note_stray();
            self.step();
        }
        match self.state {
            State::OnRow if self.scan.key() == key => {
                self.state = State::GivenOut;
                RowAt::There(Cow::Borrowed(self.scan.value()))
            }
            State::OnRow | State::GivenOut | State::Ended => RowAt::Absent,
            State::Damaged => match self.store.row(self.family, &key) {
                Ok(Some(row)) => RowAt::There(Cow::Owned(row)),
                Ok(None) => RowAt::Absent,
                Err(error) => RowAt::Unreadable(error),
            },
        }
    }

    /// Ends the walk: the keys of the rows that nobody asked for.
    pub(super) fn into_strays(mut self) -> Vec<Vec<u8>> {
        if self.state == State::GivenOut {
            self.step();
        }
        while self.state == State::OnRow {
            self.note_stray();
            self.step();
        }
        self.strays
    }

    fn note_stray(&mut self) {
        if self.strays.len() < FINDINGS_MAX {
            self.strays.push(self.scan.key().to_vec());
        }
    }

    fn step(&mut self) {
        self.state = match self.scan.advance() {
            Ok(true) => State::OnRow,
            Ok(false) => State::Ended,
            // The single reads that follow say what is wrong, and with which entry.
            Err(_) => State::Damaged,
        };
    }
}
