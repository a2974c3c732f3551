//! Families whose rows follow from the entries and serve only to look things up,
//! and the media that records announced.
//!
//! What must be there is summed up from the entries, what is there from the rows,
//! in 256 parts. Where a part differs, `locate` finds out which rows.

use serde::{Deserialize, Serialize};

use super::chunk::{Chunk, Reader};
use super::finding::{FindingKind, Findings, Place};
use super::sums::{Sum, SumKey};
use crate::causes::told;
use crate::entry::{Entry, Event};
use crate::store::rows::{Family, index_key, index_of_key, link_key};
use crate::store::{Error, Scan};

/// Two sets that must be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Record id → entry, of every record kept.
    Ids,
    /// Record and medium → whether the digests match, of every link.
    Links,
    /// Each captured record is recognised by one mark.
    Seen,
    /// Each medium announced was linked, was missed, or is waited for.
    Media,
}

/// The sums over both sets of each side, in 256 parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sums([Box<[Sum]>; 4]);

const PARTS: usize = 256;

impl Side {
    pub(super) const ALL: [Self; 4] = [Self::Ids, Self::Links, Self::Seen, Self::Media];

    /// The family that the side's findings are about.
    pub(super) const fn family(self) -> Family {
        match self {
            Self::Ids => Family::Ids,
            Self::Links => Family::Links,
            Self::Seen => Family::Seen,
            Self::Media => Family::MediaQueue,
        }
    }

    /// The part that a member belongs to, by its key.
    pub(super) fn part_of(self, key: &[u8]) -> u8 {
        let byte = match self {
            Self::Ids | Self::Links | Self::Media => key.first(),
            // The keys are positions: their last bytes are spread.
            Self::Seen => key.last(),
        };
        byte.copied().unwrap_or_default()
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self(std::array::from_fn(|_| vec![Sum::default(); PARTS].into()))
    }
}

impl Sums {
    /// Adds a member to a side.
    pub(super) fn put(&mut self, sums: SumKey, side: Side, key: &[u8], value: &[u8]) {
        let part = usize::from(side.part_of(key));
        if let Some(sum) = self.side_mut(side).get_mut(part) {
            sum.add(&sums.member(key, value));
        }
    }

    /// Adds what another piece summed up.
    pub(super) fn add(&mut self, other: &Self) {
        for side in Side::ALL {
            for (sum, more) in self.side_mut(side).iter_mut().zip(other.side(side)) {
                sum.add(more);
            }
        }
    }

    /// The parts in which two sides differ.
    pub(super) fn differing(&self, other: &Self, side: Side) -> Vec<u8> {
        let both = self.side(side).iter().zip(other.side(side));
        (0..=u8::MAX)
            .zip(both)
            .filter(|(_, (one, other))| one != other)
            .map(|(part, _)| part)
            .collect()
    }

    const fn side(&self, side: Side) -> &[Sum] {
        let Self([ids, links, seen, media]) = self;
        match side {
            Side::Ids => ids,
            Side::Links => links,
            Side::Seen => seen,
            Side::Media => media,
        }
    }

    const fn side_mut(&mut self, side: Side) -> &mut [Sum] {
        let Self([ids, links, seen, media]) = self;
        match side {
            Side::Ids => ids,
            Side::Links => links,
            Side::Seen => seen,
            Side::Media => media,
        }
    }
}

/// Notes what must be there because of an entry; `announces` whether its record
/// announces a medium.
pub(super) fn note(reader: &Reader<'_>, entry: &Entry, announces: bool, chunk: &mut Chunk) {
    let Chunk { expected, found, .. } = chunk;
    let sums = reader.sums;
    members_of(reader, entry, announces, |is_expected, side, key, value| {
        let set = if is_expected { &mut *expected } else { &mut *found };
        set.put(sums, side, key, value);
    });
}

/// Gives out the members that an entry puts on each side: `true` for what rows
/// must say, `false` for what ends a medium's wait. Of a record that was destroyed no mark
/// of what was seen is left, and nobody knows any more whether it announced a medium.
pub(super) fn members_of(
    reader: &Reader<'_>,
    entry: &Entry,
    announces: bool,
    mut put: impl FnMut(bool, Side, &[u8], &[u8]),
) {
    let index = index_key(entry.index);
    if let Some(kept) = entry.kept() {
        put(true, Side::Ids, kept.record.as_bytes(), &index);
        if announces {
            put(true, Side::Media, kept.record.as_bytes(), &[]);
        }
    }
    match &entry.event {
        Event::Captured { .. } if reader.destroyed.had(entry.index) => {}
        Event::Captured { .. } => put(true, Side::Seen, &index, &[]),
        Event::Linked { record, medium, matches } => {
            let value = matches.map(u8::from);
            put(true, Side::Links, &link_key(*record, *medium), value.as_slice());
            if !reader.was_destroyed(*record) {
                put(false, Side::Media, record.as_bytes(), &[]);
            }
        }
        Event::Missed { record, .. } if reader.was_destroyed(*record) => {}
        Event::Missed { record, .. } => put(false, Side::Media, record.as_bytes(), &[]),
        Event::Began { .. }
        | Event::Accessed { .. }
        | Event::HandedOver(_)
        | Event::Governed { .. }
        | Event::Destroyed { .. }
        | Event::Found { .. } => {}
    }
}

/// Sums up the rows of a side whose keys begin with a byte.
pub(super) fn read(reader: &Reader<'_>, side: Side, byte: u8) -> Chunk {
    let mut chunk = Chunk::default();
    let mut rows = Rows::new(reader, side, byte);
    while let Some(row) = rows.next(&mut chunk.findings) {
        let counts = &mut chunk.counts;
        match row {
            Ok((key, value)) => {
                counts.bytes += super::chunk::size_of(key) + super::chunk::size_of(value);
                match side {
                    Side::Ids => counts.ids += 1,
                    Side::Links => counts.links += 1,
                    Side::Seen => counts.seen += 1,
                    Side::Media => {}
                }
                let (key, value) = member_of_row(side, key, value);
                chunk.found.put(reader.sums, side, key, value);
            }
            Err(place) => {
                let text =
                    "a row in no form that is ever written: somebody put it there or altered it";
                chunk.findings.add(place, FindingKind::Malformed, text);
            }
        }
    }
    chunk
}

/// The member that a row stands for.
pub(super) const fn member_of_row<'r>(
    side: Side,
    key: &'r [u8],
    value: &'r [u8],
) -> (&'r [u8], &'r [u8]) {
    match side {
        Side::Ids | Side::Links | Side::Media => (key, value),
        Side::Seen => (value, &[]),
    }
}

/// The rows of a side whose keys begin with a byte, those behind damage too.
pub(super) struct Rows<'a> {
    reader: &'a Reader<'a>,
    side: Side,
    before: Option<Vec<u8>>,
    scan: Scan<'a>,
    /// Where the last row stands, by the first bytes of its key.
    last: u64,
}

/// A row's key and value, or the place of one that cannot be one.
type Row<'r> = Result<(&'r [u8], &'r [u8]), Place>;

impl<'a> Rows<'a> {
    pub(super) fn new(reader: &'a Reader<'a>, side: Side, byte: u8) -> Self {
        let from = if byte == 0 { vec![] } else { vec![byte] };
        let before = byte.checked_add(1).map(|next| vec![next]);
        let scan = reader.store.scan(side.family(), &from, before.as_deref());
        Self { reader, side, before, scan, last: position(&[byte]) }
    }

    /// The next row; damage is reported once, then stepped over.
    pub(super) fn next(&mut self, findings: &mut Findings) -> Option<Row<'_>> {
        loop {
            let there = match self.scan.advance() {
                Ok(there) => there,
                Err(error) => self.resume(&error, findings),
            };
            if !there {
                return None;
            }
            if !self.is_left_out() {
                break;
            }
        }
        let (key, value) = self.scan.row();
        self.last = position(key);
        if has_form(self.side, key, value) {
            Some(Ok((key, value)))
        } else {
            Some(Err(Place::row(self.side.family(), hex::encode(key))))
        }
    }

    /// Whether, while others write, the row came with an entry behind those that are checked,
    /// or is a mark that is on its way out.
    fn is_left_out(&self) -> bool {
        let index = index_of_key(self.scan.value());
        let reader = self.reader;
        reader.scope.is_growing()
            && index.is_some_and(|index| {
                index.get() >= reader.size.get()
                    || self.side == Side::Seen && reader.destroyed.had(index)
            })
    }

    /// Seeks on behind damage in steps that double, so that about as much again
    /// is left out as is damaged; whether a row could be read behind it. Which
    /// entries are concerned, `locate` finds out: the sums no longer meet.
    fn resume(&mut self, error: &Error, findings: &mut Findings) -> bool {
        let family = self.side.family();
        let place = Place::rows(family);
        let text = format!("some rows cannot be read from the disk ({})", told(error));
        findings.add(place, FindingKind::Unreadable, text);
        for step in (24..u64::BITS).map(|bits| 1_u64 << bits) {
            let Some(from) = self.last.checked_add(step).map(u64::to_be_bytes) else {
                return false;
            };
            if self.before.as_ref().is_some_and(|before| from.as_slice() >= before.as_slice()) {
                return false;
            }
            self.scan = self.reader.store.scan(family, &from, self.before.as_deref());
            if let Ok(there) = self.scan.advance() {
                return there;
            }
        }
        false
    }
}

/// Whether a row has the lengths and values that rows of its side have.
fn has_form(side: Side, key: &[u8], value: &[u8]) -> bool {
    match side {
        Side::Ids | Side::Seen => key.len() == 16 && index_of_key(value).is_some(),
        Side::Links => key.len() == 32 && matches!(value, [] | [0 | 1]),
        Side::Media => false,
    }
}

/// The first eight bytes of a key as a number.
fn position(key: &[u8]) -> u64 {
    if let Some(first) = key.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(key).for_each(|(byte, of_key)| *byte = *of_key);
    u64::from_be_bytes(bytes)
}
