//! Rows where none may be: behind the end of the log, and in families of no use.

use super::checkpoints;
use super::chunk::Reader;
use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::store::Store;
use crate::store::rows::{Family, HEAD, KEYS, index_key, index_of_key, tile_key};
use crate::tlog::LeafIndex;
use crate::tlog::tile::{Coordinate, TILE_HEIGHT};

/// Levels of tiles that the largest tree has.
const LEVELS: u8 = 8;

/// Looks for rows that no entry accounts for.
pub(super) fn check(reader: &Reader<'_>, findings: &mut Findings) {
    let (store, size) = (reader.store, reader.size);
    let end = index_key(LeafIndex::new(size.get()));
    for family in
        [Family::Entries, Family::Bodies, Family::Governance, Family::Headers, Family::MediaQueue]
    {
        strays(store, family, &end, None, findings);
    }
    for level in 0..LEVELS {
        let full = size.get().checked_shr((u32::from(level) + 1) * TILE_HEIGHT).unwrap_or(0);
        let from = tile_key(Coordinate { level, number: full });
        let behind = [level.saturating_add(1)];
        strays(store, Family::Tiles, &from, Some(&behind), findings);
        if level > 0 {
            wrong_lengths(store, level, full, findings);
        }
    }
    strays(store, Family::Tiles, &[LEVELS], None, findings);
    checkpoints::read_beyond(store, size, reader.origin, reader.keys.trusted.as_ref(), findings);
    head_and_keys_only(store, findings);
    match store.rows_of_no_family() {
        Ok(names) => {
            for name in names {
                let text = "a family of rows that no archive has: somebody put it there";
                findings.add(Place::files(name), FindingKind::Orphan, text);
            }
        }
        Err(error) => {
            let text = format!("the families of rows cannot be listed ({})", told(&error));
            findings.add(Place::files("rows"), FindingKind::Unreadable, text);
        }
    }
}

fn strays(
    store: &Store,
    family: Family,
    from: &[u8],
    before: Option<&[u8]>,
    findings: &mut Findings,
) {
    let mut scan = store.scan(family, from, before);
    loop {
        match scan.advance() {
            Ok(true) => stray(family, scan.key(), findings),
            Ok(false) => return,
            Err(error) => {
                let place = Place::row(family, format!("after {}", hex::encode(from)));
                let text =
                    format!("rows behind the end of the log cannot be read ({})", told(&error));
                return findings.add(place, FindingKind::Unreadable, text);
            }
        }
    }
}

fn stray(family: Family, key: &[u8], findings: &mut Findings) {
    let text = "a row behind the end of the log: the log's end was cut off, \
                or somebody put the row there";
    let place = match index_of_key(key) {
        Some(index) => Place::entry(family, index),
        None => Place::row(family, hex::encode(key)),
    };
    findings.add(place, FindingKind::Orphan, text);
}

/// Looks for keys of another length among the full tiles of a level above the
/// lowest, which are few.
fn wrong_lengths(store: &Store, level: u8, full: u64, findings: &mut Findings) {
    let before = tile_key(Coordinate { level, number: full });
    let mut scan = store.scan(Family::Tiles, &[level], Some(&before));
    // A tile that cannot be read is reported where it is compared.
    while matches!(scan.advance(), Ok(true)) {
        if scan.key().len() != before.len() {
            stray(Family::Tiles, scan.key(), findings);
        }
    }
}

fn head_and_keys_only(store: &Store, findings: &mut Findings) {
    let mut scan = store.scan(Family::State, &[], None);
    loop {
        match scan.advance() {
            Ok(true) if scan.key() == HEAD || scan.key() == KEYS => {}
            Ok(true) => {
                let place = Place::row(Family::State, hex::encode(scan.key()));
                let text = "a row with a key that no row of the log has: somebody put it there";
                findings.add(place, FindingKind::Orphan, text);
            }
            Ok(false) => return,
            Err(error) => {
                let text = format!("the head of the log cannot be read ({})", told(&error));
                let place = Place::row(Family::State, "head");
                return findings.add(place, FindingKind::Unreadable, text);
            }
        }
    }
}
