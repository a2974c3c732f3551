//! The log as the files that it is served and exported as: C2SP tlog-tiles.
//!
//! Full tiles are rows. What is not full yet is the tree's right edge, held in
//! memory by a running log and rebuilt from the last leaves elsewhere. A partial
//! tile of an earlier size is the beginning of what is there now, so that every
//! size that was ever signed can be served. <https://c2sp.org/tlog-tiles>

use super::{Error, Log, Published, recovery};
use crate::store::Store;
use crate::tlog::hash::HASH_BYTES;
use crate::tlog::tile::path::Path;
use crate::tlog::tile::{Coordinate, TILE_HASHES, Width, bundle};
use crate::tlog::tree::Edge;
use crate::tlog::{LeafIndex, TreeSize};

/// Reads the tiles and bundles of a tree, or of any tree that it grew from.
///
/// A bundle is held in memory whole: at most 256 leaves of 64 KiB.
#[derive(Debug)]
pub(super) struct Tiles<'s> {
    store: &'s Store,
    edge: Edge,
}

impl Log {
    /// The bytes of a tile or a bundle of entries; `None` where the newest signed
    /// checkpoint does not cover it.
    ///
    /// # Errors
    /// When rows cannot be read, or are not there though they must be.
    pub fn tile_file(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        if !path.is_within(self.signed_size()) {
            return Ok(None);
        }
        let Published { edge, .. } = self.shared.published();
        Tiles { store: &self.shared.store, edge }.file(path).map(Some)
    }
}

impl<'s> Tiles<'s> {
    /// The tiles of the tree of a size, from rows alone: also of an archive that
    /// another process writes.
    pub(super) fn of_rows(store: &'s Store, size: TreeSize) -> Result<Self, Error> {
        Ok(Self { store, edge: recovery::restore_edge(store, size)? })
    }

    /// The bytes of a file of the served log.
    pub(super) fn file(&self, path: &Path) -> Result<Vec<u8>, Error> {
        match *path {
            Path::Tile { at, width } => self.tile(at, width),
            Path::Entries { number, width } => self.bundle(number, width),
        }
    }

    /// The bytes of the tile at a place, in the greatest width that it has.
    pub(super) fn widest(&self, at: Coordinate) -> Result<Option<Vec<u8>>, Error> {
        match self.edge.partial_tile(at) {
            Some(partial) => Ok(Some(partial)),
            None => self.store.tile(at).map_err(Error::Store),
        }
    }

    fn tile(&self, at: Coordinate, width: Width) -> Result<Vec<u8>, Error> {
        let bytes = width.get() * HASH_BYTES;
        let mut tile = self.widest(at)?.filter(|tile| tile.len() >= bytes).ok_or_else(|| {
            let Coordinate { level, number } = at;
            Error::Broken(format!("tile {number} of level {level} is missing or too short"))
        })?;
        tile.truncate(bytes);
        Ok(tile)
    }

    fn bundle(&self, number: u64, width: Width) -> Result<Vec<u8>, Error> {
        let mut bundle = Vec::new();
        let first = number.saturating_mul(TILE_HASHES as u64);
        for index in (first..).take(width.get()).map(LeafIndex::new) {
            let leaf = self.store.leaf(index).map_err(Error::Store)?;
            let leaf = leaf.ok_or_else(|| Error::Broken(format!("entry {index} is missing")))?;
            bundle::append(&mut bundle, &leaf)
                .map_err(|error| Error::Broken(format!("entry {index}: {error}")))?;
        }
        Ok(bundle)
    }
}
