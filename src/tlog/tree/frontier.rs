//! The roots of the complete subtrees along the right edge of a tree.

use crate::tlog::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::tlog::position::{TREE_SIZE_MAX, TreeSize};

/// A tree reduced to what its root needs: at most 63 hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: TreeSize,
    /// One root for each bit set in `size`, the largest subtree first.
    roots: Vec<Hash>,
}

/// The RFC 6962 root over leaf hashes, or over the hashes of a tile.
pub fn root_of(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::empty();
    for hash in hashes {
        frontier.push(*hash);
    }
    frontier.root()
}

impl Frontier {
    /// The tree without leaves.
    pub const fn empty() -> Self {
        Self { size: TreeSize::EMPTY, roots: Vec::new() }
    }

    /// Puts a frontier together from the roots of complete subtrees, the largest first.
    ///
    /// `None` when there is not one root for each bit that is set in the size.
    pub(super) fn from_parts(size: TreeSize, roots: Vec<Hash>) -> Option<Self> {
        let expected = usize::try_from(size.get().count_ones()).ok()?;
        (roots.len() == expected).then_some(Self { size, roots })
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// Appends a leaf: one node hash, taken over many leaves.
    ///
    /// # Panics
    /// Past [`TREE_SIZE_MAX`] leaves.
    pub fn push(&mut self, leaf: Hash) {
        self.push_and_see(leaf, |_, _| ());
    }

    /// Appends a leaf and shows each complete subtree that it ends, by height
    /// (0 for the leaf itself) and root, the smallest first.
    pub(super) fn push_and_see(&mut self, leaf: Hash, mut see: impl FnMut(u32, Hash)) {
        let merges = self.size.get().trailing_ones();
        let mut node = leaf;
        see(0, node);
        for height in 1..=merges {
            let left = self.roots.pop().expect("each bit set in the size has its root");
            node = node_hash(&left, &node);
            see(height, node);
        }
        self.roots.push(node);
        self.size = self.size.next().unwrap_or_else(|| panic!("a log ends at {TREE_SIZE_MAX}"));
    }

    /// The root of the tree: at most 62 node hashes.
    pub fn root(&self) -> Hash {
        let above = |right: Hash, left: &Hash| node_hash(left, &right);
        match self.roots.split_last() {
            Some((last, larger)) => larger.iter().rev().fold(*last, above),
            None => EMPTY_ROOT,
        }
    }
}
