//! The log as static files, in the layout of C2SP tlog-tiles: any web server can
//! serve them, and any program for such logs can check them.
//!
//! Every tile is computed from the entries and compared with the one that the
//! archive holds; the checkpoint is written last, when the entries were found to lead
//! to its root. So an export that has a checkpoint is whole, and one that was
//! interrupted is taken up again. Nothing that is there is ever written over, but the
//! checkpoint. <https://c2sp.org/tlog-tiles>

mod copy;
mod error;
mod folder;

use std::path::Path;

pub use error::ExportError;

use copy::Copy;
use folder::Folder;

use super::tiles::Tiles;
use super::{Error, proofs};
use crate::store::{self, Store};
use crate::tlog::checkpoint::{self, Checkpoint, OpenError};
use crate::tlog::note::{Note, VerifierKey};
use crate::tlog::tile::TILE_HASHES;
use crate::tlog::{Hash, TREE_SIZE_MAX, TreeSize, proof};

/// What an export did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The size of the checkpoint that was there before.
    pub before: Option<TreeSize>,
    /// The size of the checkpoint that is there now.
    pub size: TreeSize,
    /// How many tiles and bundles were written.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

/// Exports what the newest checkpoint of an archive covers into a directory: all of
/// it, or what an earlier export there lacks. Works beside a running daemon.
///
/// The checkpoint's signature is checked with the log's keys, where any are given.
///
/// # Errors
/// When the archive is damaged, or the directory holds anything but an earlier
/// export of this log; then nothing that is there was touched.
pub fn export(store: &Store, keys: &[VerifierKey], dir: &Path) -> Result<Exported, ExportError> {
    let (note, newest) = newest(store, keys)?;
    let tiles = Tiles::of_rows(store, newest.size()).map_err(ExportError::Log)?;
    if root_at(&tiles, newest.size())? != *newest.root() {
        return Err(ExportError::Damaged("the tiles do not lead to the signed root".to_owned()));
    }
    let mut folder = Folder::open(dir)?;
    let before = folder.checkpoint()?;
    if let Some(before) = &before {
        check_before(before, &newest, &tiles, dir)?;
    }
    let before = before.map(|before| before.size());
    let from = match before {
        Some(before) if folder.has_full_tiles_of(before) => full_bundles(before),
        Some(_) | None => 0,
    };
    Copy::new(store, from, newest.size())?.run(newest.root(), &mut folder)?;
    let (files, bytes) = folder.finish(&note)?;
    Ok(Exported { before, size: newest.size(), files, bytes })
}

fn newest(store: &Store, keys: &[VerifierKey]) -> Result<(String, Checkpoint), ExportError> {
    let row = store.checkpoint_up_to(TREE_SIZE_MAX).map_err(unreadable)?;
    let (_, note) = row.ok_or(ExportError::Unsigned)?;
    let text = proofs::text(note).map_err(ExportError::Log)?;
    let note = Note::parse(&text).map_err(OpenError::Note).map_err(ExportError::Checkpoint)?;
    let opened = if keys.is_empty() {
        note.text().parse().map_err(OpenError::Text)
    } else {
        checkpoint::open_by(&note, keys).map(|(checkpoint, _)| checkpoint)
    };
    Ok((text, opened.map_err(ExportError::Checkpoint)?))
}

/// What is there already is the beginning of what will be there.
fn check_before(
    before: &Checkpoint,
    newest: &Checkpoint,
    tiles: &Tiles<'_>,
    dir: &Path,
) -> Result<(), ExportError> {
    let (path, size) = (dir.to_owned(), before.size());
    if before.origin() != newest.origin() {
        let (found, own) = (before.origin().to_owned(), newest.origin().to_owned());
        return Err(ExportError::OtherLog { path, found, own });
    }
    if size > newest.size() {
        return Err(ExportError::Newer { path, found: size, own: newest.size() });
    }
    if root_at(tiles, size)? != *before.root() {
        return Err(ExportError::OtherHistory { path, size });
    }
    Ok(())
}

fn root_at(tiles: &Tiles<'_>, size: TreeSize) -> Result<Hash, ExportError> {
    let root = proof::root_at(size, |at| tiles.widest(at));
    root.map_err(|error| ExportError::Log(proofs::broken(error)))
}

/// How many bundles are full in a tree.
fn full_bundles(size: TreeSize) -> u64 {
    size.get() / TILE_HASHES as u64
}

fn unreadable(error: store::Error) -> ExportError {
    ExportError::Log(Error::Store(error))
}
