//! Any bit of any row: a flip is found in that row.

use proptest::prelude::*;

use super::archive::{Archive, Open};
use crate::store::rows::{Family, index_of_key};
use crate::verify::Finding;

/// The families whose every bit is bound by an entry, a signature or a key. What
/// is not is the queue of media: a daemon's note to itself.
const BOUND: [Family; 10] = [
    Family::Bodies,
    Family::Buckets,
    Family::Checkpoints,
    Family::Entries,
    Family::Headers,
    Family::Ids,
    Family::Links,
    Family::Seen,
    Family::State,
    Family::Tiles,
];

/// Whether a finding is about a row, by its entry or its key. A header that does
/// not open is told of the record it belongs to; a mark moved from one entry to
/// another, of the entry that lost it.
fn is_about(finding: &Finding, family: Family, key: &[u8], value: &[u8]) -> bool {
    let place = &finding.place;
    let rows = place.rows == family.name() || family == Family::Headers && place.rows == "bodies";
    let text = std::str::from_utf8(key).unwrap_or_default();
    let of_entry = match family {
        Family::Seen | Family::Ids => index_of_key(value),
        Family::Links
        | Family::Buckets
        | Family::Checkpoints
        | Family::State
        | Family::Timestamps => None,
        Family::Tiles => return rows,
        Family::Bodies
        | Family::Entries
        | Family::Governance
        | Family::Headers
        | Family::MediaQueue => index_of_key(key),
    };
    let number = index_of_key(key).map(|index| index.get().to_string());
    let by_key = place.key.as_ref().is_some_and(|named| {
        *named == hex::encode(key) || named == text || Some(named) == number.as_ref()
    });
    rows && (by_key || of_entry.is_some() && place.entry == of_entry.map(|index| index.get()))
}

fn flip_is_found(open: &Open, family: Family, row: usize, at: usize, bit: u8) {
    let rows = open.store.rows_raw(family);
    let (key, value) = &rows[row % rows.len()];
    let at = at % value.len();
    let mut flipped = value.clone();
    flipped[at] ^= 1 << bit;
    open.store.put_raw(family, key, &flipped);
    let report = open.verify();
    open.store.put_raw(family, key, value);
    let found = report.findings.iter().any(|finding| is_about(finding, family, key, value));
    let name = family.name();
    assert!(found, "bit {bit} of byte {at} of {name} {}:\n{report}", hex::encode(key));
}

#[test]
fn any_flipped_bit_of_any_row_is_found_in_that_row() {
    let archive = Archive::new();
    let open = archive.open();
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() };
    let flips = (0..BOUND.len(), 0..10_000_usize, 0..100_000_usize, 0..8_u8);
    proptest!(config, |((family, row, at, bit) in flips)| {
        flip_is_found(&open, BOUND[family], row, at, bit);
    });
    assert!(open.verify().is_right(), "every row was put back");
}

#[test]
fn every_bit_of_the_small_rows_is_found() {
    let archive = Archive::empty();
    archive.grow(12);
    let open = archive.open();
    for family in [Family::Links, Family::State, Family::Ids, Family::Seen] {
        for (row, (_, value)) in open.store.rows_raw(family).iter().enumerate() {
            for at in 0..value.len() {
                for bit in 0..8 {
                    flip_is_found(&open, family, row, at, bit);
                }
            }
        }
    }
}
