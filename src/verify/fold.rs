//! The pieces put together in order: the chain, the tree, its tiles and roots.
//!
//! Each entry is vouched for by the next one, which names its leaf hash; the
//! last one, by the head. Where the two differ, the stored tile and the entry
//! after next decide which of them was altered. The tree goes on from the hash
//! that was vouched for, so that one altered entry is one finding, and not one
//! for each checkpoint behind it. It never hides one: each such choice is
//! itself a finding.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checkpoints::Claim;
use super::chunk::{Chunk, Link};
use super::claims::Claims;
use super::finding::{FindingKind, Findings, Place};
use super::tiles::LeafTiles;
use super::{Counts, leaf};
use crate::store::rows::Family;
use crate::store::{Head, Store};
use crate::tlog::tree::Edge;
use crate::tlog::{Hash, LeafIndex, TreeSize};

/// Levels of tiles that the largest tree has.
const TILE_LEVELS: u8 = 8;

/// [`Fold`] as it is written down.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedFold {
    tree: Option<(TreeSize, Vec<Vec<Hash>>)>,
    next: u64,
    held: Vec<Link>,
    last_time: Option<Timestamp>,
    tiles: LeafTiles,
    claims: Claims,
    counts: Counts,
    findings: Findings,
}

/// The log so far.
pub(super) struct Fold<'a> {
    store: &'a Store,
    /// `None` from the first entry on whose hash nobody knows.
    tree: Option<Edge>,
    /// Where the first of the held links stands.
    next: u64,
    /// The last links, which wait for those that vouch for them.
    held: Vec<Link>,
    last_time: Option<Timestamp>,
    tiles: LeafTiles,
    pub(super) claims: Claims,
    pub(super) counts: Counts,
    pub(super) findings: Findings,
}

impl SavedFold {
    /// How many entries are settled: a claim about as many came too late.
    pub(super) const fn settled(&self) -> u64 {
        self.next
    }
}

impl<'a> Fold<'a> {
    /// Goes on from a tree; `None` for one that is not known.
    pub(super) fn new(
        store: &'a Store,
        next: u64,
        tree: Option<Edge>,
        outside: Vec<Claim>,
    ) -> Self {
        let mut fold = Self {
            store,
            tree: None,
            next,
            held: vec![],
            last_time: None,
            tiles: LeafTiles::default(),
            claims: Claims::new(outside),
            counts: Counts::default(),
            findings: Findings::default(),
        };
        if let Some(tree) = &tree {
            fold.claims.meet(tree, &mut fold.findings);
        }
        fold.tree = tree;
        fold
    }

    /// What it takes to go on from here.
    pub(super) fn save(&self) -> SavedFold {
        let levels =
            |tree: &Edge| (0..TILE_LEVELS).map(|level| tree.partial(level).to_vec()).collect();
        SavedFold {
            tree: self.tree.as_ref().map(|tree| (tree.size(), levels(tree))),
            next: self.next,
            held: self.held.clone(),
            last_time: self.last_time,
            tiles: self.tiles.clone(),
            claims: self.claims.clone(),
            counts: self.counts,
            findings: self.findings.clone(),
        }
    }

    /// Goes on from what was saved; `None` where that does not fit together.
    pub(super) fn restore(store: &'a Store, saved: SavedFold, further: Vec<Claim>) -> Option<Self> {
        let SavedFold { tree, next, held, last_time, tiles, mut claims, counts, findings } = saved;
        claims.put(further);
        let tree = match tree {
            Some((size, _)) if size.get() != next => return None,
            Some((size, partials)) => Some(Edge::from_partials(size, partials)?),
            None => None,
        };
        Some(Self { store, tree, next, held, last_time, tiles, claims, counts, findings })
    }

    /// Where the next piece begins, and the hash of the last entry before it.
    pub(super) fn position(&self) -> (u64, Option<Hash>) {
        let held = u64::try_from(self.held.len()).unwrap_or(u64::MAX);
        (self.next.saturating_add(held), self.held.last().and_then(|last| last.hash))
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, chunk: &mut Chunk) {
        self.check_time(chunk);
        self.claims.take(&mut chunk.checkpoints);
        self.tiles.take(&mut chunk.tiles);
        let mut links = std::mem::take(&mut self.held);
        links.append(&mut chunk.links);
        for window in links.windows(3) {
            if let [link, next, after] = window {
                self.settle(*link, *next, after.prev);
            }
        }
        let settled = links.len().saturating_sub(2);
        self.held = links.split_off(settled);
        self.tiles.let_go_before(LeafIndex::new(self.next));
        if self.tree.is_none() {
            self.claims.give_up();
        }
    }

    /// Settles the last entries by the one behind them, which is not part of the tree,
    /// and by what vouches for that; the tree's root, where every entry's hash is known.
    pub(super) fn finish_before(&mut self, behind: Link, vouched: Option<Hash>) -> Option<Hash> {
        match std::mem::take(&mut self.held).as_slice() {
            [] => {}
            [link] => self.settle(*link, behind, vouched),
            [link, next, ..] => {
                self.settle(*link, *next, behind.prev);
                self.settle(*next, behind, vouched);
            }
        }
        self.tree.as_ref().map(Edge::root)
    }

    /// Settles the last entries by the head of the log; the tree's root, where
    /// every entry's hash is known.
    pub(super) fn finish(&mut self, head: Option<Head>) -> Option<Hash> {
        let last = head.map(|head| head.last);
        match std::mem::take(&mut self.held).as_slice() {
            [] => {}
            [link] => self.settle_last(*link, head),
            [link, next, ..] => {
                self.settle(*link, *next, last);
                self.settle_last(*next, head);
            }
        }
        self.tree.as_ref().map(Edge::root)
    }

    fn check_time(&mut self, chunk: &Chunk) {
        let Some((first, last)) = chunk.times else { return };
        if let Some(before) = self.last_time.filter(|before| first < *before) {
            self.findings.add(
                Place::entry(Family::Entries, LeafIndex::new(chunk.first)),
                FindingKind::WrongOrder,
                leaf::time_text(first, before),
            );
        }
        self.last_time = Some(self.last_time.map_or(last, |before| before.max(last)));
    }

    fn settle(&mut self, link: Link, next: Link, after_prev: Option<Hash>) {
        let hash = match (link.hash, next.prev) {
            (Some(hash), Some(named)) if hash == named => Some(hash),
            (hash, named) => {
                let vouched = next.hash.is_some() && next.hash == after_prev;
                self.decide(hash, named, vouched)
            }
        };
        self.push(hash);
    }

    /// Decides which hash the entry at `self.next` had when it was written.
    /// `named` is what the next entry says, `vouched` whether that one is itself
    /// vouched for.
    fn decide(&mut self, hash: Option<Hash>, named: Option<Hash>, vouched: bool) -> Option<Hash> {
        let index = LeafIndex::new(self.next);
        let in_tile = self.tiles.hash_at(index);
        match (hash, named) {
            // A gap, which was reported: whoever remembers the hash, tells it.
            (None, named) => in_tile.or(named),
            (Some(hash), None) => match in_tile {
                Some(in_tile) if in_tile != hash => {
                    self.altered(index);
                    Some(in_tile)
                }
                Some(_) | None => Some(hash),
            },
            (Some(hash), Some(named))
                if in_tile == Some(named) || vouched && in_tile != Some(hash) =>
            {
                debug_assert_ne!(hash, named, "only links that differ are decided on");
                self.altered(index);
                Some(named)
            }
            (Some(hash), Some(_)) => {
                let next = LeafIndex::new(self.next.saturating_add(1));
                let text = format!(
                    "the entry does not follow on entry {index}: it was altered, or that one was"
                );
                let place = Place::entry(Family::Entries, next);
                self.findings.add(place, FindingKind::Altered, text);
                Some(hash)
            }
        }
    }

    fn altered(&mut self, index: LeafIndex) {
        let text = "the entry is not the one that was logged: what comes after it says otherwise";
        self.findings.add(Place::entry(Family::Entries, index), FindingKind::Altered, text);
    }

    fn settle_last(&mut self, link: Link, head: Option<Head>) {
        let Some(head) = head.filter(|head| link.hash != Some(head.last)) else {
            return self.push(link.hash);
        };
        let index = LeafIndex::new(self.next);
        let in_tile = self.tiles.hash_at(index);
        let fits = |hash: Hash| in_tile == Some(hash) || self.root_with(hash) == Some(head.root);
        match link.hash {
            None => self.push(in_tile.or(Some(head.last))),
            Some(hash) if fits(hash) => {
                let text =
                    "the head of the log names another last entry than the one that is there";
                self.findings.add(Place::row(Family::State, "head"), FindingKind::Altered, text);
                self.push(Some(hash));
            }
            Some(_) if fits(head.last) => {
                self.altered(index);
                self.push(Some(head.last));
            }
            Some(hash) => {
                let text = "the last entry is not the one that the head of the log names";
                let place = Place::entry(Family::Entries, index);
                self.findings.add(place, FindingKind::Altered, text);
                self.push(Some(hash));
            }
        }
    }

    /// The root that the tree would have with one more leaf.
    fn root_with(&self, hash: Hash) -> Option<Hash> {
        let mut tree = self.tree.clone()?;
        tree.push(hash);
        Some(tree.root())
    }

    fn push(&mut self, hash: Option<Hash>) {
        self.next += 1;
        let (Some(hash), Some(tree)) = (hash, self.tree.as_mut()) else {
            self.tree = None;
            return;
        };
        for full in tree.push(hash) {
            if self.tiles.check(self.store, &full, &mut self.findings) {
                self.counts.tiles += 1;
            }
        }
        self.claims.meet(tree, &mut self.findings);
    }
}
