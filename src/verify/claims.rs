//! The roots that somebody signed or claims, each compared with the tree when it
//! has grown to that size.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checkpoints::Claim;
use super::cosignatures::Cosigned;
use super::finding::{FindingKind, Findings};
use crate::tlog::tree::Edge;
use crate::tlog::{Hash, TreeSize};

/// Claims that wait for the tree, and what came of the others.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Claims {
    waiting: BTreeMap<u64, Vec<Claim>>,
    /// How many were given up, for want of a tree.
    given_up: u64,
    /// The size of the largest tree whose root fits a signature.
    pub(super) signed_size: Option<TreeSize>,
    /// How far witnesses vouch for trees whose roots fit.
    pub(super) cosigned: Cosigned,
    /// The size of the largest tree whose root fits a claim.
    fitting: Option<TreeSize>,
}

impl Claims {
    /// Begins with the claims that are known beforehand.
    pub(super) fn new(outside: Vec<Claim>) -> Self {
        let mut claims = Self::default();
        claims.put(outside);
        claims
    }

    /// Takes those of a piece.
    pub(super) fn take(&mut self, claims: &mut Vec<Claim>) {
        self.put(std::mem::take(claims));
    }

    /// Adds claims that the tree has yet to meet.
    pub(super) fn put(&mut self, claims: Vec<Claim>) {
        for claim in claims {
            self.waiting.entry(claim.size.get()).or_default().push(claim);
        }
    }

    /// Claims that could not be compared, for want of a tree.
    pub(super) fn unchecked(&self) -> u64 {
        let waiting = self.waiting.values().flatten().zip(1..).last();
        self.given_up.saturating_add(waiting.map_or(0, |(_, count)| count))
    }

    /// Only counts the claims that wait: the tree is lost, and will not be known
    /// again.
    pub(super) fn give_up(&mut self) {
        self.given_up = self.unchecked();
        self.waiting.clear();
    }

    /// Compares what is claimed for the tree's present size.
    pub(super) fn meet(&mut self, tree: &Edge, findings: &mut Findings) {
        let size = tree.size();
        let Some(claims) = self
            .waiting
            .first_entry()
            .filter(|first| *first.key() == size.get())
            .map(|first| first.remove())
        else {
            return;
        };
        let root = tree.root();
        for claim in claims {
            self.compare(&claim, root, findings);
        }
    }

    fn compare(&mut self, claim: &Claim, root: Hash, findings: &mut Findings) {
        if claim.root == root {
            self.fitting = Some(claim.size);
            if claim.signed {
                self.signed_size = Some(claim.size);
            }
            if let Some(by) = &claim.cosigned {
                self.cosigned = Cosigned { size: claim.size.get(), by: by.clone() };
            }
            return;
        }
        let since = match self.fitting {
            Some(size) => format!("entries {size} and later"),
            None => "the entries".to_owned(),
        };
        let text = format!(
            "the first {} entries make a tree with root {root}, the checkpoint says {}: \
             {since} are not those that it was signed for",
            claim.size, claim.root
        );
        findings.add(claim.place.clone(), FindingKind::WrongRoot, text);
    }
}
