//! Looking at a log without running it: for whoever explains it, and before
//! anything is written to it.

use std::path::Path;

use jiff::Timestamp;

use super::recovery::{check_end, restore_edge, signed_size};
use super::{Error, SignerError};
use crate::store::{Store, StoreConfig};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::Note;
use crate::tlog::{Hash, TreeSize};

/// The end of a log that may be anybody's to run.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// How many entries there are.
    pub size: TreeSize,
    /// The root of their tree.
    pub root: Hash,
    /// When the newest entry was made.
    pub newest: Timestamp,
    /// How many entries the newest stored checkpoint covers.
    pub signed_size: TreeSize,
}

/// Reads the end of the log and checks it as opening does, and goes no further.
///
/// # Errors
/// When rows cannot be read, or do not fit together.
pub fn look_at_end(store: &Store) -> Result<Ended, Error> {
    let (head, _, newest) = check_end(store)?;
    Ok(Ended { size: head.size, root: head.root, newest, signed_size: signed_size(store, head)? })
}

/// The root of the tree that the log was when it had `size` entries.
///
/// # Errors
/// When rows cannot be read, or are missing.
pub fn root_at(store: &Store, size: TreeSize) -> Result<Hash, Error> {
    Ok(restore_edge(store, size)?.root())
}

/// Opens the rows of a log for writing, after looking at them for reading: opening
/// for writing lets the database remove what it does not know, and of an archive
/// that is damaged, cut short or older than what was signed, that may be what
/// could have saved it. So a start that is refused changes nothing.
///
/// `last_checkpoint` is the file of the checkpoint signed last.
///
/// # Errors
/// As [`Store::open`]; also when the log does not fit together, or is not the one
/// that was signed, grown.
pub fn open_rows(dir: &Path, config: &StoreConfig, last_checkpoint: &Path) -> Result<Store, Error> {
    let taken = Store::take(dir).map_err(Error::Store)?;
    check_signed(&taken.look().map_err(Error::Store)?, last_checkpoint)?;
    taken.open(config).map_err(Error::Store)
}

/// Whether the log holds what was signed last. Whose signature it is, the signer
/// looks at: a file that does not read is its to refuse.
fn check_signed(store: &Store, last_checkpoint: &Path) -> Result<(), Error> {
    let ended = look_at_end(store)?;
    let note = std::fs::read_to_string(last_checkpoint).ok();
    let note = note.and_then(|text| Note::parse(&text).ok());
    let Some(signed) = note.and_then(|note| note.text().parse::<Checkpoint>().ok()) else {
        return Ok(());
    };
    let (found, signed_size) = (ended.size, signed.size());
    if found < signed_size {
        return Err(Error::Signer(SignerError::Shrunk { found, signed: signed_size }));
    }
    if root_at(store, signed_size)? != *signed.root() {
        return Err(Error::Signer(SignerError::Forked(signed_size)));
    }
    Ok(())
}
