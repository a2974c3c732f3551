//! Opening the log: the start path and the recovery path are one.
//!
//! The rows were written in atomic batches, so that after a crash they stand at
//! the end of some batch; what was acknowledged is among them. Here the end is
//! checked against itself, so that a log that does not fit together is never
//! appended to.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Error, Published, SignerError};
use crate::entry::{KeyChain, codec};
use crate::store::{Head, Store};
use crate::tlog::note::VerifierKey;
use crate::tlog::tile::TILE_HASHES;
use crate::tlog::tree::{Edge, RestoreError};
use crate::tlog::{LeafIndex, TreeSize, leaf_hash};

/// What the log goes on from.
pub(super) struct Recovered {
    pub(super) published: Published,
    pub(super) last_time: Timestamp,
    /// How many entries the newest stored checkpoint covers.
    pub(super) signed_size: TreeSize,
}

/// Reads the end of the log and checks it; `key` is the one that will sign.
pub(super) fn recover(store: &Store, key: &VerifierKey) -> Result<Recovered, Error> {
    let (head, edge, last_time) = check_end(store)?;
    let keys = Arc::new(check_keys(store, key)?);
    let signed_size = signed_size(store, head)?;
    Ok(Recovered { published: Published { head, edge, keys }, last_time, signed_size })
}

/// How many entries the newest stored checkpoint covers.
pub(super) fn signed_size(store: &Store, head: Head) -> Result<TreeSize, Error> {
    let signed = store.checkpoint_up_to(head.size).map_err(Error::Store)?;
    Ok(signed.map_or(TreeSize::EMPTY, |(size, _)| size))
}

/// The head, the tree's right edge and the newest entry's time, which fit together.
pub(super) fn check_end(store: &Store) -> Result<(Head, Edge, Timestamp), Error> {
    let head = store.head().map_err(Error::Store)?;
    let last_time = check_last(store, head)?;
    let next = LeafIndex::new(head.size.get());
    if store.leaf(next).map_err(Error::Store)?.is_some() {
        return Err(Error::Broken(format!("there is an entry {next} beyond the log's end")));
    }
    let edge = restore_edge(store, head.size)?;
    if edge.root() != head.root {
        return Err(Error::Broken(format!(
            "the tree of {} entries has root {}, its head says {}",
            head.size,
            edge.root(),
            head.root
        )));
    }
    Ok((head, edge, last_time))
}

/// The key that will sign is the one that the log was handed to last.
fn check_keys(store: &Store, key: &VerifierKey) -> Result<KeyChain, Error> {
    let keys = store.keys().map_err(Error::Store)?;
    let keys = keys.unwrap_or_else(|| KeyChain::new(key.clone()));
    if keys.newest() == key {
        return Ok(keys);
    }
    let [expected, found] = [keys.newest(), key].map(|key| Box::new(key.clone()));
    Err(Error::Signer(SignerError::OtherKey { expected, found }))
}

/// The last entry is there, and is the one the head names.
fn check_last(store: &Store, head: Head) -> Result<Timestamp, Error> {
    let Some(last) = head.size.get().checked_sub(1).map(LeafIndex::new) else {
        return Ok(Timestamp::UNIX_EPOCH);
    };
    let leaf = store.leaf(last).map_err(Error::Store)?;
    let leaf = leaf.ok_or_else(|| Error::Broken(format!("entry {last} is missing")))?;
    if leaf_hash(&leaf) != head.last {
        return Err(Error::Broken(format!("entry {last} is not the one that was written")));
    }
    let entry = codec::decode(&leaf)
        .map_err(|error| Error::Broken(format!("entry {last} cannot be read: {error}")))?;
    Ok(entry.time)
}

/// Rebuilds the tree's right edge from full tiles and the last leaves.
pub(super) fn restore_edge(store: &Store, size: TreeSize) -> Result<Edge, Error> {
    let first = size.get() - size.get() % TILE_HASHES as u64;
    let mut last_hashes = Vec::with_capacity(TILE_HASHES);
    for index in (first..size.get()).map(LeafIndex::new) {
        let leaf = store.leaf(index).map_err(Error::Store)?;
        let leaf = leaf.ok_or_else(|| Error::Broken(format!("entry {index} is missing")))?;
        last_hashes.push(leaf_hash(&leaf));
    }
    Edge::restore(size, &last_hashes, |at| store.tile(at)).map_err(|error| match error {
        RestoreError::Read { source, .. } => Error::Store(source),
        other @ (RestoreError::LeafCount { .. }
        | RestoreError::Missing { .. }
        | RestoreError::WrongSize { .. }) => Error::Broken(other.to_string()),
    })
}
