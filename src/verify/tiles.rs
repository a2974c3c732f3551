//! The stored tiles, compared with those that the leaves make.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::chunk::Chunk;
use super::cursor::{Cursor, RowAt};
use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::store::Store;
use crate::store::rows::{Family, tile_key};
use crate::tlog::hash::HASH_BYTES;
use crate::tlog::tile::{Coordinate, Full, TILE_HASHES};
use crate::tlog::{Hash, LeafIndex};

/// A tile as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum TileRow {
    There(Vec<u8>),
    Absent,
    Unreadable(String),
}

/// The stored tiles of leaf hashes whose leaves were read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LeafTiles(BTreeMap<u64, TileRow>);

const WIDTH: u64 = TILE_HASHES as u64;

/// Reads the full tiles of leaf hashes that end within a range of entries.
pub(super) fn read(store: &Store, range: &Range<u64>, chunk: &mut Chunk) {
    let numbers = range.start / WIDTH..range.end / WIDTH;
    let from = tile_key(Coordinate::leaves(numbers.start));
    let before = tile_key(Coordinate::leaves(numbers.end));
    let from = if numbers.start == 0 { &[] } else { from.as_slice() };
    let mut cursor = Cursor::new(store, Family::Tiles, from, &before);
    for number in numbers {
        let row = match cursor.at(&tile_key(Coordinate::leaves(number))) {
            RowAt::There(row) => TileRow::There(row.into_owned()),
            RowAt::Absent => TileRow::Absent,
            RowAt::Unreadable(error) => TileRow::Unreadable(told(&error)),
        };
        chunk.tiles.push((number, row));
    }
    cursor.finish(&mut chunk.findings);
}

impl LeafTiles {
    /// Takes what a piece read.
    pub(super) fn take(&mut self, rows: &mut Vec<(u64, TileRow)>) {
        self.0.extend(rows.drain(..));
    }

    /// Lets go of the tiles whose entries are all behind; where the tree is no longer
    /// known, nothing else would.
    pub(super) fn let_go_before(&mut self, index: LeafIndex) {
        self.0 = self.0.split_off(&(index.get() / WIDTH));
    }

    /// What the stored tile remembers of an entry's hash.
    pub(super) fn hash_at(&self, index: LeafIndex) -> Option<Hash> {
        let TileRow::There(row) = self.0.get(&(index.get() / WIDTH))? else { return None };
        let (hashes, _) = row.as_chunks::<HASH_BYTES>();
        let at = usize::try_from(index.get() % WIDTH).ok()?;
        hashes.get(at).copied().map(Hash::from_bytes)
    }

    /// Compares a tile that the leaves made with the stored one; whether it was
    /// the same.
    pub(super) fn check(&mut self, store: &Store, full: &Full, findings: &mut Findings) -> bool {
        let at = full.at();
        let row = if at.level == 0 {
            self.0.remove(&at.number).unwrap_or(TileRow::Absent)
        } else {
            match store.row(Family::Tiles, &tile_key(at)) {
                Ok(Some(row)) => TileRow::There(row),
                Ok(None) => TileRow::Absent,
                Err(error) => TileRow::Unreadable(told(&error)),
            }
        };
        match row {
            TileRow::There(row) => compare(full, &row, findings),
            TileRow::Absent => {
                let text = "a tile of the tree's hashes is gone: proofs cannot be made with it";
                findings.add(place(at, None), FindingKind::Missing, text);
                false
            }
            TileRow::Unreadable(error) => {
                let text = format!("a tile of the tree's hashes cannot be read ({error})");
                findings.add(place(at, None), FindingKind::Unreadable, text);
                false
            }
        }
    }
}

fn compare(full: &Full, row: &[u8], findings: &mut Findings) -> bool {
    let (hashes, rest) = row.as_chunks::<HASH_BYTES>();
    let differs = full.hashes().iter().zip(hashes).position(|(one, other)| one.as_bytes() != other);
    if differs.is_none() && rest.is_empty() && hashes.len() == full.hashes().len() {
        return true;
    }
    let text = match differs {
        Some(position) => format!(
            "hash {position} of the tile is not the tree's: the tile was altered, \
             or the entry under it was"
        ),
        None => format!("the tile has {} bytes: it was altered", row.len()),
    };
    findings.add(place(full.at(), differs), FindingKind::Altered, text);
    false
}

/// A tile's place; of a tile of leaf hashes, the entry that a hash in it is of.
fn place(at: Coordinate, hash: Option<usize>) -> Place {
    let key = format!("level {} number {}", at.level, at.number);
    let within = hash.filter(|_| at.level == 0).and_then(|hash| u64::try_from(hash).ok());
    match within {
        None => Place::row(Family::Tiles, key),
        Some(within) => {
            let index = at.number.saturating_mul(WIDTH).saturating_add(within);
            Place::entry_row(Family::Tiles, LeafIndex::new(index), key)
        }
    }
}
