//! The keys that a log was signed with, in the order of their time.

use super::HandOver;
use crate::tlog::checkpoint::{self, Checkpoint, OpenError};
use crate::tlog::note::{Note, VerifierKey};
use crate::tlog::{LeafIndex, TreeSize};

/// Most keys that a log can have had: one a week for twenty years.
pub const KEYS_MAX: usize = 1040;

/// Every key of a log. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChain {
    first: VerifierKey,
    /// Each later key, with the entry at which it was handed the log.
    later: Vec<(LeafIndex, VerifierKey)>,
}

/// Why a hand-over does not go on from the keys before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenChain {
    /// The key that hands over does not hold the log.
    #[error("the hand-over in entry {0} is not by the key that signed the log until then")]
    OtherKey(LeafIndex),
    /// It comes before an earlier one.
    #[error("the hand-over in entry {0} comes before the one that it goes on from")]
    Order(LeafIndex),
    /// More keys than a log can have had.
    #[error("the log names more than {KEYS_MAX} keys")]
    TooMany,
    /// The text is not the one that is written.
    #[error("the list of the log's keys is malformed")]
    Malformed,
}

impl KeyChain {
    /// The chain of a log that only ever had one key.
    pub const fn new(first: VerifierKey) -> Self {
        Self { first, later: vec![] }
    }

    /// Adds what an entry of the log states.
    ///
    /// # Errors
    /// When it does not go on from the newest key.
    pub fn extend(&mut self, hand_over: &HandOver) -> Result<(), BrokenChain> {
        let at = hand_over.index();
        if hand_over.from() != self.newest() {
            return Err(BrokenChain::OtherKey(at));
        }
        self.push(at, hand_over.to().clone())
    }

    fn push(&mut self, at: LeafIndex, key: VerifierKey) -> Result<(), BrokenChain> {
        if self.later.last().is_some_and(|(before, _)| *before >= at) {
            return Err(BrokenChain::Order(at));
        }
        if self.later.len() + 1 >= KEYS_MAX {
            return Err(BrokenChain::TooMany);
        }
        self.later.push((at, key));
        Ok(())
    }

    /// The key that signs now.
    pub fn newest(&self) -> &VerifierKey {
        self.later.last().map_or(&self.first, |(_, key)| key)
    }

    /// Every key, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &VerifierKey> {
        std::iter::once(&self.first).chain(self.later.iter().map(|(_, key)| key))
    }

    /// The entries in which the log was handed over.
    pub fn hand_overs(&self) -> impl Iterator<Item = LeafIndex> {
        self.later.iter().map(|(at, _)| *at)
    }

    /// The key that must sign the tree of a size: a tree that holds a hand-over is
    /// the new key's to sign.
    pub fn key_for(&self, size: TreeSize) -> &VerifierKey {
        let held = self.later.iter().rev().find(|(at, _)| at.get() < size.get());
        held.map_or(&self.first, |(_, key)| key)
    }

    /// Reads a checkpoint that the key in office for its size has signed.
    ///
    /// # Errors
    /// As [`checkpoint::open`]; also when another of the keys signed it.
    pub fn open(&self, note: &str, origin: &str) -> Result<Checkpoint, OpenError> {
        let note = Note::parse(note).map_err(OpenError::Note)?;
        let stated: Checkpoint = note.text().parse().map_err(OpenError::Text)?;
        checkpoint::open_note(&note, self.key_for(stated.size()), origin)
    }

    /// The form that the archive keeps: a line for each key, with the entry at
    /// which it was handed the log; 0 for the first.
    pub fn to_text(&self) -> String {
        let first = format!("0 {}\n", self.first);
        self.later.iter().fold(first, |text, (at, key)| text + &format!("{at} {key}\n"))
    }

    /// Reads [`KeyChain::to_text`].
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, BrokenChain> {
        let mut lines = text.strip_suffix('\n').ok_or(BrokenChain::Malformed)?.split('\n').map(
            |line| -> Option<(LeafIndex, VerifierKey)> {
                let (at, key) = line.split_once(' ')?;
                Some((at.parse().ok()?, key.parse().ok()?))
            },
        );
        let Some(Some((LeafIndex::FIRST, first))) = lines.next() else {
            return Err(BrokenChain::Malformed);
        };
        lines.try_fold(Self::new(first), |mut chain, line| {
            let (at, key) = line.ok_or(BrokenChain::Malformed)?;
            chain.push(at, key)?;
            Ok(chain)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::note::SigningKey;
    use crate::tlog::{Hash, leaf_hash};

    fn keys() -> [SigningKey; 3] {
        [(); 3].map(|()| SigningKey::generate("a.example/1".parse().unwrap()).unwrap())
    }

    fn chain(keys: &[SigningKey; 3]) -> KeyChain {
        let [a, b, c] = keys;
        let mut chain = KeyChain::new(a.verifier().clone());
        chain.extend(&HandOver::sign(LeafIndex::new(10), a, b).unwrap()).unwrap();
        chain.extend(&HandOver::sign(LeafIndex::new(20), b, c).unwrap()).unwrap();
        chain
    }

    #[test]
    fn each_tree_is_the_key_in_offices_to_sign() {
        let keys = keys();
        let chain = chain(&keys);
        for (size, key) in [(0, 0), (10, 0), (11, 1), (20, 1), (21, 2), (9999, 2)] {
            assert_eq!(chain.key_for(TreeSize::new(size)), keys[key].verifier(), "{size}");
        }
        let root: Hash = leaf_hash(b"x");
        for (size, key, good) in [(10, 0, true), (11, 0, false), (11, 1, true), (10, 1, false)] {
            let stated = Checkpoint::new("a.example/1", TreeSize::new(size), root).unwrap();
            let note = checkpoint::sign(&stated, &keys[key]);
            assert_eq!(chain.open(&note, "a.example/1").is_ok(), good, "{size} by key {key}");
        }
    }

    #[test]
    fn a_chain_survives_its_text() {
        let chain = chain(&keys());
        assert_eq!(KeyChain::parse(&chain.to_text()), Ok(chain.clone()));
        assert_eq!(chain.all().count(), 3);
        for bad in ["", "\n", "1 x\n", "0 x\n", "0 x"] {
            assert!(KeyChain::parse(bad).is_err(), "{bad:?}");
        }
        let later_only = chain.to_text().split_once('\n').unwrap().1.to_owned();
        assert_eq!(KeyChain::parse(&later_only), Err(BrokenChain::Malformed));
    }

    #[test]
    fn only_the_newest_key_hands_over_and_only_later() {
        let keys = keys();
        let mut chain = chain(&keys);
        let [a, b, c] = &keys;
        let stale = HandOver::sign(LeafIndex::new(30), a, b).unwrap();
        assert_eq!(chain.extend(&stale), Err(BrokenChain::OtherKey(LeafIndex::new(30))));
        let early = HandOver::sign(LeafIndex::new(20), c, a).unwrap();
        assert_eq!(chain.extend(&early), Err(BrokenChain::Order(LeafIndex::new(20))));
    }
}
