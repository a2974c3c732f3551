//! The rows of one family beside the keys that must, or may, be there.
//!
//! As long as the disk reads, this is a scan; at a row that cannot be read, it
//! asks for that row by itself and scans on behind it, so that damage is named
//! row by row and hides nothing that lies behind it. Rows whose block of a file fails
//! its checksum are not read past that: the database does not bear it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::finding::{FINDINGS_MAX, FindingKind, Findings, Place};
use crate::causes::told;
use crate::store::rows::{Family, index_key};
use crate::store::{Error, Scan, Store};
use crate::tlog::LeafIndex;

/// Walks a range of keys in one family.
pub(super) struct Cursor<'a> {
    store: &'a Store,
    family: Family,
    before: Vec<u8>,
    scan: Scan<'a>,
    state: State,
    /// Keys between those that were asked for; enough of them for any report.
    strays: Vec<Vec<u8>>,
    /// What stopped the scan, while no row was found that it explains.
    damage: Option<Error>,
}

/// What there is under a key.
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
    /// Walks the rows of a range of entries; the first range takes in whatever
    /// stands before the first entry.
    pub(super) fn of_entries(store: &'a Store, family: Family, range: &Range<u64>) -> Self {
        let from = index_key(LeafIndex::new(range.start));
        let before = index_key(LeafIndex::new(range.end));
        let from = if range.start == 0 { &[] } else { from.as_slice() };
        Self::new(store, family, from, &before)
    }

    /// Walks from a key on, up to but without another.
    pub(super) fn new(store: &'a Store, family: Family, from: &[u8], before: &[u8]) -> Self {
        let scan = store.scan(family, from, Some(before));
        let mut cursor = Self {
            store,
            family,
            before: before.to_vec(),
            scan,
            state: State::Ended,
            strays: vec![],
            damage: None,
        };
        cursor.step();
        cursor
    }

    /// The row of an entry.
    pub(super) fn at_index(&mut self, index: LeafIndex) -> RowAt<'_> {
        self.at(&index_key(index))
    }

    /// The row under a key; keys are asked for in ascending order.
    pub(super) fn at(&mut self, key: &[u8]) -> RowAt<'_> {
        if self.state == State::GivenOut {
            self.step();
        }
        while self.state == State::OnRow {
            match self.scan.key().cmp(key) {
                Ordering::Equal => {
                    self.state = State::GivenOut;
                    return RowAt::There(Cow::Borrowed(self.scan.value()));
                }
                Ordering::Greater => return RowAt::Absent,
                Ordering::Less => self.note_stray(),
            }
            self.step();
        }
        if self.state == State::Damaged { self.at_damage(key) } else { RowAt::Absent }
    }

    /// The row under a key where the scan could not go on.
    fn at_damage(&mut self, key: &[u8]) -> RowAt<'_> {
        self.scan = self.store.scan(self.family, key, Some(&self.before));
        self.step();
        if self.state == State::OnRow && self.scan.key() == key {
            self.state = State::GivenOut;
            return RowAt::There(Cow::Borrowed(self.scan.value()));
        }
        if self.state != State::Damaged {
            return RowAt::Absent;
        }
        match self.store.row(self.family, key) {
            Ok(Some(row)) => RowAt::There(Cow::Owned(row)),
            Ok(None) => RowAt::Absent,
            Err(error) => {
                self.damage = None;
                RowAt::Unreadable(error)
            }
        }
    }

    /// Ends the walk and reports the rows that nobody asked for.
    pub(super) fn finish(mut self, findings: &mut Findings) {
        if self.state == State::GivenOut {
            self.step();
        }
        while self.state == State::OnRow {
            self.note_stray();
            self.step();
        }
        for key in &self.strays {
            let place = Place::row(self.family, hex::encode(key));
            let text = "a row with a key that no row of the log has: somebody put it there";
            findings.add(place, FindingKind::Orphan, text);
        }
        if let Some(error) = &self.damage {
            let place = Place::row(self.family, format!("before {}", hex::encode(&self.before)));
            let text = format!("rows cannot be read from the disk ({})", told(error));
            findings.add(place, FindingKind::Unreadable, text);
        }
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
            Err(error) => {
                self.damage = Some(error);
                State::Damaged
            }
        };
    }
}
