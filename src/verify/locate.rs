//! Which rows make two sides differ: only when their sums do.
//!
//! The parts that differ are read again, as many at once as memory allows: their
//! rows, and what the entries say that the rows must be.

use std::collections::BTreeMap;

use super::chunk::{CHUNK_ENTRIES, Reader};
use super::cursor::{Cursor, RowAt};
use super::finding::{FindingKind, Findings, Place};
use super::sides::{Rows, Side, member_of_row, members_of};
use super::{leaf, plaintext};
use crate::causes::told;
use crate::entry::{Entry, Event};
use crate::store::Error;
use crate::store::rows::{Family, index_of_key};
use crate::tlog::{LeafIndex, TreeSize};

/// Members held at once.
const MEMBERS_MAX: u64 = 1 << 20;

/// What is said under one key.
#[derive(Debug, Default)]
struct Met {
    /// What the entries say must be there, and which entries.
    expected: Vec<(Vec<u8>, LeafIndex)>,
    /// What is there; of marks, under which row's key.
    found: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The members of some parts of a side, by their keys.
type Members = BTreeMap<Vec<u8>, Met>;

/// Finds the rows that differ in some parts of a side and reports them.
pub(super) fn locate(
    reader: &Reader<'_>,
    size: TreeSize,
    side: Side,
    parts: &[u8],
    findings: &mut Findings,
) {
    // A record's id is random, so that a part has about one in 256 of all.
    let in_part = (size.get() / 128).max(1);
    let at_once = usize::try_from((MEMBERS_MAX / in_part).max(1)).unwrap_or(256).min(256);
    let before = findings.total();
    for parts in parts.chunks(at_once) {
        let mut members = Members::new();
        read_rows(reader, side, parts, &mut members, findings);
        read_entries(reader, size, side, parts, &mut members);
        for (key, met) in &members {
            compare(reader, side, key, met, findings);
        }
    }
    if findings.total() == before && matches!(side, Side::Ids | Side::Seen) {
        let place = Place::rows(side.family());
        let text = "the rows are not those that follow from the entries";
        findings.add(place, FindingKind::Altered, text);
    }
}

fn read_rows(
    reader: &Reader<'_>,
    side: Side,
    parts: &[u8],
    members: &mut Members,
    findings: &mut Findings,
) {
    let bytes: Vec<u8> = match side {
        Side::Ids | Side::Links => parts.to_vec(),
        Side::Seen => (0..=u8::MAX).collect(),
        Side::Media => vec![],
    };
    for byte in bytes {
        let mut rows = Rows::new(reader, side, byte);
        while let Some(row) = rows.next(findings) {
            let Ok((row_key, row_value)) = row else { continue };
            let (key, value) = member_of_row(side, row_key, row_value);
            if parts.contains(&side.part_of(key)) {
                let met = members.entry(key.to_vec()).or_default();
                met.found.push((value.to_vec(), row_key.to_vec()));
            }
        }
    }
}

fn read_entries(
    reader: &Reader<'_>,
    size: TreeSize,
    side: Side,
    parts: &[u8],
    members: &mut Members,
) {
    let mut start = 0;
    while start < size.get() {
        let range = start..start.saturating_add(CHUNK_ENTRIES).min(size.get());
        let cursor = |family| Cursor::of_entries(reader.store, family, &range);
        let (mut entries, mut tasks) = (cursor(Family::Entries), cursor(Family::MediaQueue));
        for index in range.clone().map(LeafIndex::new) {
            let RowAt::There(bytes) = entries.at_index(index) else { continue };
            let Ok(entry) = leaf::read(index, &bytes, reader.origin) else { continue };
            let wanted = |key: &[u8]| parts.contains(&side.part_of(key));
            let mut put = |is_expected: bool, key: &[u8], value: &[u8]| {
                let met = members.entry(key.to_vec()).or_default();
                if is_expected {
                    met.expected.push((value.to_vec(), index));
                } else {
                    met.found.push((value.to_vec(), index.get().to_be_bytes().to_vec()));
                }
            };
            let announces = side == Side::Media && announces(reader, &entry, wanted);
            members_of(reader, &entry, announces, |is_expected, of, key, value| {
                if of == side && wanted(key) {
                    put(is_expected, key, value);
                }
            });
            if let (Side::Media, Some(kept), RowAt::There(_)) =
                (side, entry.kept(), tasks.at_index(index))
                && wanted(kept.record.as_bytes())
                && !reader.destroyed.had(index)
            {
                put(false, kept.record.as_bytes(), &[]);
            }
        }
        start = range.end;
    }
}

/// Whether an entry's record, where it is of the parts that are looked at,
/// announces a medium.
fn announces(reader: &Reader<'_>, entry: &Entry, wanted: impl Fn(&[u8]) -> bool) -> bool {
    let (Some(keyring), Event::Captured { kept, .. }) = (reader.keyring, &entry.event) else {
        return false;
    };
    if !wanted(kept.record.as_bytes()) || reader.destroyed.had(entry.index) {
        return false;
    }
    let header = reader.store.header(entry.index).ok().flatten();
    let body = reader.store.body(entry.index).ok().flatten();
    let (Some(header), Some(body)) = (header, body) else { return false };
    let opened = keyring.open(kept, &header, &body);
    opened.is_ok_and(|opened| plaintext::check(kept.class, &opened) == Ok(true))
}

fn compare(reader: &Reader<'_>, side: Side, key: &[u8], met: &Met, findings: &mut Findings) {
    match side {
        Side::Ids => compare_id(reader, key, met, findings),
        Side::Links => compare_link(reader, key, met, findings),
        Side::Seen => compare_mark(reader, key, met, findings),
        Side::Media => compare_medium(met, findings),
    }
}

fn compare_id(reader: &Reader<'_>, key: &[u8], met: &Met, findings: &mut Findings) {
    let name = hex::encode(key);
    if let [_, (_, again), ..] = met.expected.as_slice() {
        let text = format!("two entries keep a record of the id {name}: an id is drawn once");
        findings.add(Place::entry(Family::Entries, *again), FindingKind::Altered, text);
    }
    match (met.expected.last(), met.found.first()) {
        (None, _) => {
            let text = "the row names an entry for a record that no entry keeps";
            findings.add(Place::row(Family::Ids, name), FindingKind::Orphan, text);
        }
        (Some((_, index)), None) => absent(reader, Family::Ids, key, *index, findings),
        (Some((value, index)), Some((found, _))) if value != found => {
            altered(Side::Ids, key, found, *index, findings);
        }
        (Some(_), Some(_)) => {}
    }
}

fn compare_link(reader: &Reader<'_>, key: &[u8], met: &Met, findings: &mut Findings) {
    let name = hex::encode(key);
    match (met.expected.last(), met.found.first()) {
        (None, _) => {
            let text = "the row links a medium to a record, which no entry does";
            findings.add(Place::row(Family::Links, name), FindingKind::Orphan, text);
        }
        (Some((_, index)), None) => absent(reader, Family::Links, key, *index, findings),
        (Some((value, index)), Some((found, _))) if value != found => {
            altered(Side::Links, key, found, *index, findings);
        }
        (Some(_), Some(_)) => {}
    }
}

/// A row of ids or links that says something else than its entry.
pub(super) fn altered(
    side: Side,
    key: &[u8],
    found: &[u8],
    index: LeafIndex,
    findings: &mut Findings,
) {
    let text = match side {
        Side::Links | Side::Media => "the row says otherwise than the entry whether the medium is \
                                      the one that was announced"
            .to_owned(),
        Side::Ids | Side::Seen => {
            let said = index_of_key(found).map_or(u64::MAX, LeafIndex::get);
            format!("the row says that entry {said} keeps the record; entry {index} does")
        }
    };
    let place = Place::entry_row(side.family(), index, hex::encode(key));
    findings.add(place, FindingKind::Altered, text);
}

/// A row that was not come across: whether it is gone, or cannot be read.
fn absent(
    reader: &Reader<'_>,
    family: Family,
    key: &[u8],
    index: LeafIndex,
    findings: &mut Findings,
) {
    match reader.store.row(family, key) {
        Ok(Some(_)) => {}
        Ok(None) => gone(family, key, index, findings),
        Err(error) => unreadable(family, key, index, &error, findings),
    }
}

/// A row that leads to an entry and is not there.
pub(super) fn gone(family: Family, key: &[u8], index: LeafIndex, findings: &mut Findings) {
    let text = "the row that leads to the entry is gone: it is not found by look-ups";
    let place = Place::entry_row(family, index, hex::encode(key));
    findings.add(place, FindingKind::Missing, text);
}

/// A row that leads to an entry and cannot be read.
pub(super) fn unreadable(
    family: Family,
    key: &[u8],
    index: LeafIndex,
    error: &Error,
    findings: &mut Findings,
) {
    let text = format!("the row that leads to the entry cannot be read ({})", told(error));
    let place = Place::entry_row(family, index, hex::encode(key));
    findings.add(place, FindingKind::Unreadable, text);
}

fn compare_mark(reader: &Reader<'_>, key: &[u8], met: &Met, findings: &mut Findings) {
    let index = index_of_key(key).unwrap_or(LeafIndex::FIRST);
    match (met.expected.is_empty(), met.found.as_slice()) {
        (false, [_]) => {}
        (false, []) => {
            let text = "the mark that the record was seen is gone or cannot be read: \
                        delivered again, it would be kept again";
            findings.add(Place::entry(Family::Seen, index), FindingKind::Missing, text);
        }
        (false, several) => {
            for (_, row_key) in several {
                let text = "several marks name the same entry: all but one of them were altered";
                let place = Place::entry_row(Family::Seen, index, hex::encode(row_key));
                findings.add(place, FindingKind::Altered, text);
            }
        }
        (true, marks) if reader.destroyed.had(index) => {
            for (_, row_key) in marks {
                let text = "an entry says that the record was destroyed, and the mark that it was \
                            seen is still there";
                let place = Place::entry_row(Family::Seen, index, hex::encode(row_key));
                findings.add(place, FindingKind::NotDestroyed, text);
            }
        }
        (true, marks) => {
            for (_, row_key) in marks {
                let text = format!("the mark names entry {index}, which is no captured record");
                let place = Place::row(Family::Seen, hex::encode(row_key));
                findings.add(place, FindingKind::Orphan, text);
            }
        }
    }
}

fn compare_medium(met: &Met, findings: &mut Findings) {
    let found = met.found.first().and_then(|(_, key)| index_of_key(key));
    match (met.expected.as_slice(), met.found.as_slice()) {
        ([_], [_]) => {}
        ([(_, index), ..], []) => {
            let text = "the record announces a medium that was neither linked nor missed and is \
                        no longer waited for";
            findings.add(Place::entry(Family::MediaQueue, *index), FindingKind::Missing, text);
        }
        (_, _) => {
            let text = "a medium was linked, missed or is waited for that the record does not \
                        announce, or more than once";
            let index = found.unwrap_or(LeafIndex::FIRST);
            findings.add(Place::entry(Family::MediaQueue, index), FindingKind::Orphan, text);
        }
    }
}
