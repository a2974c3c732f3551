//! Where to begin when everything up to a checkpoint was verified before.
//!
//! The tree up to there is put together again from the stored tiles, as far as its
//! right edge needs them. Whether it is the one that was signed, its root tells when
//! the tree has grown to the checkpoint's size: nothing is taken on the tiles' word.

use super::OutsideCheckpoint;
use super::checkpoints::{self, Claim};
use super::chunk::Reader;
use super::finding::{FindingKind, Findings, Place};
use crate::causes::told;
use crate::entry::codec;
use crate::store::rows::Family;
use crate::store::{Error, Store};
use crate::tlog::proof::{self, verify_consistency};
use crate::tlog::tile::{Coordinate, TILE_HASHES};
use crate::tlog::tree::{Edge, RestoreError};
use crate::tlog::{LeafIndex, TreeSize};

/// Where to begin.
#[derive(Debug)]
pub(super) struct Start {
    /// The first entry that is read: the tile's that the checkpoint's last entry is
    /// in.
    pub(super) from: u64,
    /// The tree before it; `None` where the tiles do not make one.
    pub(super) tree: Option<Edge>,
    /// What the checkpoint says, which the tree is still to be compared with.
    pub(super) claim: Claim,
    /// What it is called, and when its last entry was written.
    pub(super) told: String,
}

/// Finds out where to begin; `None`, and a finding, where the checkpoint is of no
/// use.
pub(super) fn start(
    reader: &Reader<'_>,
    checkpoint: &OutsideCheckpoint,
    findings: &mut Findings,
) -> Option<Start> {
    let (store, name) = (reader.store, &checkpoint.name);
    let keys = reader.keys.trusted.as_ref();
    if keys.is_none() {
        let text = "without the log's public key nobody can tell who signed the checkpoint to go \
                    on from: give it with --vkey";
        findings.add(Place::outside(name), FindingKind::BadSignature, text);
        return None;
    }
    let claim = checkpoints::outside_one(reader.origin, keys, checkpoint, reader.size, findings)?;
    let last = claim.size.last_leaf();
    let from = last.map_or(0, |last| last.get() - last.get() % TILE_HASHES as u64);
    let tree = Edge::restore(TreeSize::new(from), &[], |at| store.tile(at));
    let tree = tree.map_err(|error| not_restored(&error, findings)).ok();
    let dated = last.and_then(|last| time_of(store, last));
    let dated = dated.map_or(String::new(), |time| format!(" of {time}"));
    let told = format!("the checkpoint {name} of {} entries{dated}", claim.size);
    Some(Start { from, tree, claim, told })
}

/// Settles the claims about trees that end before the beginning: proves from the
/// stored tiles that the tree to begin with continues each of them. Answers with
/// the claims that the tree will meet as it grows.
pub(super) fn settle_older(
    store: &Store,
    tree: Option<&Edge>,
    claims: Vec<Claim>,
    findings: &mut Findings,
) -> Vec<Claim> {
    let Some(tree) = tree else { return claims };
    let (older, later): (Vec<_>, Vec<_>) =
        claims.into_iter().partition(|claim| claim.size < tree.size());
    for claim in older {
        let read = |at: Coordinate| match tree.partial_tile(at) {
            Some(partial) => Ok(Some(partial)),
            None => store.tile(at),
        };
        let (old, new) = (claim.size, tree.size());
        let continues = proof::consistency(old, new, read).is_ok_and(|proof| {
            verify_consistency(old, new, &claim.root, &tree.root(), &proof).is_ok()
        });
        if !continues {
            let text = format!(
                "the stored tiles do not show that the log continues this checkpoint of {old} \
                 entries: the entries were altered, or the tiles; run without --since"
            );
            findings.add(claim.place, FindingKind::WrongRoot, text);
        }
    }
    later
}

fn not_restored(error: &RestoreError<Error>, findings: &mut Findings) {
    let (place, kind, what) = match error {
        RestoreError::Missing { at } => (tile(*at), FindingKind::Missing, "is gone".to_owned()),
        RestoreError::WrongSize { at, bytes } => {
            (tile(*at), FindingKind::Altered, format!("has {bytes} bytes"))
        }
        RestoreError::Read { at, source } => {
            let what = format!("cannot be read ({})", told(source));
            (tile(*at), FindingKind::Unreadable, what)
        }
        RestoreError::LeafCount { .. } => {
            (Place::rows(Family::Tiles), FindingKind::Altered, error.to_string())
        }
    };
    let text = format!(
        "a tile of the tree's hashes {what}: without it the entries cannot be joined to those \
         that were verified before"
    );
    findings.add(place, kind, text);
}

fn tile(at: Coordinate) -> Place {
    Place::row(Family::Tiles, format!("level {} number {}", at.level, at.number))
}

fn time_of(store: &Store, index: LeafIndex) -> Option<jiff::Timestamp> {
    let leaf = store.leaf(index).ok().flatten()?;
    codec::decode(&leaf).ok().map(|entry| entry.time)
}
