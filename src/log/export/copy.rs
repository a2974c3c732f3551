//! One pass over the entries, which makes every file of the tree anew.

use super::folder::Folder;
use super::{ExportError, full_bundles, unreadable};
use crate::store::{Leaves, Store};
use crate::tlog::tile::{self, Coordinate, TILE_HASHES, Width, bundle};
use crate::tlog::tree::Edge;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// The pass over the entries from a full bundle on.
pub(super) struct Copy<'s> {
    store: &'s Store,
    leaves: Leaves<'s>,
    next: u64,
    size: TreeSize,
    edge: Edge,
}

impl<'s> Copy<'s> {
    pub(super) fn new(store: &'s Store, bundles: u64, size: TreeSize) -> Result<Self, ExportError> {
        let next = bundles.saturating_mul(TILE_HASHES as u64);
        let edge = Edge::restore(TreeSize::new(next), &[], |at| store.tile(at))
            .map_err(|error| ExportError::Damaged(error.to_string()))?;
        Ok(Self { store, leaves: store.leaves_from(LeafIndex::new(next)), next, size, edge })
    }

    /// Writes all files that the entries make, and finds that they lead to a root.
    pub(super) fn run(mut self, root: &Hash, folder: &mut Folder) -> Result<(), ExportError> {
        for number in self.next / TILE_HASHES as u64..full_bundles(self.size) {
            let (bundle, tiles) = self.bundle(TILE_HASHES)?;
            for full in tiles {
                let (at, bytes) = (full.at(), full.to_bytes());
                self.check_row(at, &bytes)?;
                folder.put(tile::Path::Tile { at, width: Width::Full }, &bytes)?;
            }
            folder.put(tile::Path::Entries { number, width: Width::Full }, &bundle)?;
        }
        let width = Width::of_partial(0, self.size);
        let (last, _) = self.bundle(width.map_or(0, Width::get))?;
        if self.edge.root() != *root {
            let what = format!("{} entries do not lead to the signed root", self.size);
            return Err(ExportError::Damaged(what));
        }
        self.put_partials(&last, folder)
    }

    fn put_partials(&self, last: &[u8], folder: &mut Folder) -> Result<(), ExportError> {
        for path in tile::Path::all(self.size) {
            match path {
                tile::Path::Tile { at, width: Width::Partial(_) } => {
                    folder.put(path, &tile::to_bytes(self.edge.partial(at.level)))?;
                }
                tile::Path::Entries { width: Width::Partial(_), .. } => folder.put(path, last)?,
                tile::Path::Tile { width: Width::Full, .. }
                | tile::Path::Entries { width: Width::Full, .. } => {}
            }
        }
        Ok(())
    }

    /// Takes the next entries; gives their bundle and the tiles that they filled.
    fn bundle(&mut self, width: usize) -> Result<(Vec<u8>, Vec<tile::Full>), ExportError> {
        let (mut bundle, mut tiles, mut taken) = (Vec::new(), Vec::new(), 0);
        for row in self.leaves.by_ref().take(width) {
            let (index, leaf) = row.map_err(unreadable)?;
            if index.get() != self.next {
                break;
            }
            bundle::append(&mut bundle, &leaf)
                .map_err(|error| ExportError::Damaged(format!("entry {index}: {error}")))?;
            tiles.extend(self.edge.push(leaf_hash(&leaf)));
            self.next += 1;
            taken += 1;
        }
        if taken == width {
            Ok((bundle, tiles))
        } else {
            Err(ExportError::Damaged(format!("entry {} is missing", self.next)))
        }
    }

    /// The entries lead to the tile that the archive holds.
    fn check_row(&self, at: Coordinate, bytes: &[u8]) -> Result<(), ExportError> {
        let row = self.store.tile(at).map_err(unreadable)?;
        if row.is_some_and(|row| row == bytes) {
            return Ok(());
        }
        let Coordinate { level, number } = at;
        Err(ExportError::Damaged(format!("tile {number} of level {level} is another")))
    }
}
