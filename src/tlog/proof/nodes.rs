//! Subtree hashes, read from tiles.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::tlog::hash::{HASH_BYTES, Hash};
use crate::tlog::tile::{Coordinate, TILE_BYTES, TILE_HEIGHT};
use crate::tlog::tree::root_of;

/// Why a tile could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError<E> {
    /// It is not there.
    #[error("tile {} of level {} is missing", at.number, at.level)]
    Missing {
        /// Its place.
        at: Coordinate,
    },
    /// It is too short for the tree, too long for a tile, or ends within a hash.
    #[error("tile {} of level {} has {bytes} bytes, not {needed} to {TILE_BYTES} in whole hashes",
        at.number, at.level)]
    WrongSize {
        /// Its place.
        at: Coordinate,
        /// Its length.
        bytes: usize,
        /// The length that the proof needs.
        needed: usize,
    },
    /// Reading failed.
    #[error("cannot read tile {} of level {}", at.number, at.level)]
    Read {
        /// The tile's place.
        at: Coordinate,
        /// What the reader says.
        source: E,
    },
}

/// The tiles that one proof touches, each read once.
pub(super) struct Nodes<B, F> {
    read: F,
    tiles: BTreeMap<Coordinate, B>,
}

impl<B, E, F> Nodes<B, F>
where
    B: AsRef<[u8]>,
    F: FnMut(Coordinate) -> Result<Option<B>, E>,
{
    pub(super) fn new(read: F) -> Self {
        Self { read, tiles: BTreeMap::new() }
    }

    /// The RFC 6962 root over the leaves of a range that begins at a multiple of
    /// the largest power of two not above its length.
    pub(super) fn range(&mut self, leaves: Range<u64>) -> Result<Hash, TileError<E>> {
        let mut roots = Vec::new();
        let mut start = leaves.start;
        while let Some(height) = leaves.end.checked_sub(start).and_then(u64::checked_ilog2) {
            roots.push(self.complete(start, height)?);
            start += 1 << height;
        }
        // The subtrees shrink to the right, as in a frontier.
        let above = |right: Hash, left: &Hash| crate::tlog::node_hash(left, &right);
        let (last, larger) = roots.split_last().expect("no range without leaves is asked for");
        Ok(larger.iter().rev().fold(*last, above))
    }

    /// The root of the complete subtree of `2^height` leaves from `start` on:
    /// at most 127 node hashes over half a tile.
    fn complete(&mut self, start: u64, height: u32) -> Result<Hash, TileError<E>> {
        let level = height / TILE_HEIGHT;
        let first = start >> (level * TILE_HEIGHT);
        let count = 1_usize << (height % TILE_HEIGHT);
        let [.., offset] = first.to_be_bytes();
        let level = u8::try_from(level).expect("64 binary levels are 8 levels of tiles");
        let at = Coordinate { level, number: first >> TILE_HEIGHT };
        let offset = usize::from(offset) * HASH_BYTES;
        Ok(root_of(&self.hashes(at, offset..offset + count * HASH_BYTES)?))
    }

    /// Hashes of a tile, by their bytes' range.
    fn hashes(&mut self, at: Coordinate, range: Range<usize>) -> Result<Vec<Hash>, TileError<E>> {
        let needed = range.end;
        let tile = self.tile(at)?;
        let bytes = tile.len();
        let part = tile
            .get(range)
            .filter(|_| bytes <= TILE_BYTES && bytes.is_multiple_of(HASH_BYTES))
            .ok_or(TileError::WrongSize { at, bytes, needed })?;
        let (hashes, _) = part.as_chunks::<HASH_BYTES>();
        Ok(hashes.iter().copied().map(Hash::from_bytes).collect())
    }

    fn tile(&mut self, at: Coordinate) -> Result<&[u8], TileError<E>> {
        use std::collections::btree_map::Entry;

        let tile = match self.tiles.entry(at) {
            Entry::Occupied(tile) => tile.into_mut(),
            Entry::Vacant(place) => {
                let tile = (self.read)(at).map_err(|source| TileError::Read { at, source })?;
                place.insert(tile.ok_or(TileError::Missing { at })?)
            }
        };
        Ok((*tile).as_ref())
    }
}
