//! One log key hands over to the next.
//!
//! The statement is a signed note that both keys sign: the old one says whom to
//! trust from now on, the new one shows that it is there. It stands in the log as
//! an entry, so that whoever trusts either key can find the other, with any
//! program that reads C2SP signed notes.

use crate::tlog::LeafIndex;
use crate::tlog::note::{BadNote, KeyType, Note, SigningKey, VerifierKey};

/// The first line of the statement.
const TITLE: &str = "muniment log key hand-over v1";

/// A statement that a log is signed by another key from an entry on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    index: LeafIndex,
    from: VerifierKey,
    to: VerifierKey,
    note: Note,
}

/// Why a text is not a hand-over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHandOver {
    /// It is no signed note.
    #[error("the hand-over is not a signed note")]
    Note(#[source] BadNote),
    /// Its text is not a hand-over's.
    #[error("the hand-over's text is not of the form of docs/FORMAT.md")]
    Text,
    /// The two keys are of different logs, the same key, or of a type that signs no log.
    #[error("the hand-over is not from one key of a log to another key of the same log")]
    Keys,
    /// The old key, the new one or both did not sign it.
    #[error("the hand-over is not signed by both keys")]
    Unsigned,
}

impl HandOver {
    /// States that `to` signs the log from the entry at `index` on, which will
    /// be this statement's entry.
    ///
    /// # Errors
    /// When the keys are not two keys of one log.
    pub fn sign(index: LeafIndex, from: &SigningKey, to: &SigningKey) -> Result<Self, BadHandOver> {
        let (old, new) = (from.verifier(), to.verifier());
        let text = format!("{TITLE}\n{}\n{index}\n{old}\n{new}\n", old.name());
        let note = Note::sign(&text, from).and_then(|note| note.sign_also(to));
        Self::read(note.map_err(BadHandOver::Note)?)
    }

    /// Reads a statement and checks both signatures.
    ///
    /// It proves that the old key named the new one; whether the old key was
    /// the log's own then, [`super::KeyChain`] tells.
    ///
    /// # Errors
    /// When it is not one, or a signature does not hold.
    pub fn parse(note: &str) -> Result<Self, BadHandOver> {
        Self::read(Note::parse(note).map_err(BadHandOver::Note)?)
    }

    fn read(note: Note) -> Result<Self, BadHandOver> {
        let mut lines = note.text().strip_suffix('\n').ok_or(BadHandOver::Text)?.split('\n');
        let (Some(TITLE), Some(origin), Some(index), Some(from), Some(to), None) =
            (lines.next(), lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(BadHandOver::Text);
        };
        let index: LeafIndex = index.parse().map_err(|_| BadHandOver::Text)?;
        let from: VerifierKey = from.parse().map_err(|_| BadHandOver::Text)?;
        let to: VerifierKey = to.parse().map_err(|_| BadHandOver::Text)?;
        let signs =
            |key: &VerifierKey| key.key_type() == KeyType::Ed25519 && key.name().as_str() == origin;
        if !signs(&from) || !signs(&to) || from == to {
            return Err(BadHandOver::Keys);
        }
        let keys = [from.clone(), to.clone()];
        if note.verify(&keys).map_err(|_| BadHandOver::Unsigned)?.len() != keys.len() {
            return Err(BadHandOver::Unsigned);
        }
        Ok(Self { index, from, to, note })
    }

    /// The entry that it stands in.
    pub const fn index(&self) -> LeafIndex {
        self.index
    }

    /// The key that signed the log before.
    pub const fn from(&self) -> &VerifierKey {
        &self.from
    }

    /// The key that signs every checkpoint that covers the entry.
    pub const fn to(&self) -> &VerifierKey {
        &self.to
    }

    /// The signed note.
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SigningKey {
        SigningKey::generate(name.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_hand_over_survives_its_text_and_names_both_keys() {
        let (old, new) = (key("a.example/1"), key("a.example/1"));
        let stated = HandOver::sign(LeafIndex::new(7), &old, &new).unwrap();
        let read = HandOver::parse(&stated.note().to_string()).unwrap();
        assert_eq!(read, stated);
        assert_eq!((read.from(), read.to()), (old.verifier(), new.verifier()));
        assert_eq!(read.index(), LeafIndex::new(7));
    }

    #[test]
    fn a_hand_over_without_either_signature_is_refused() {
        let (old, new) = (key("a.example/1"), key("a.example/1"));
        let note = HandOver::sign(LeafIndex::new(7), &old, &new).unwrap().note().to_string();
        let lines: Vec<&str> = note.split_inclusive('\n').collect();
        let [text @ .., by_old, by_new] = lines.as_slice() else { panic!("{note}") };
        for kept in [by_old, by_new] {
            let note = [text.concat().as_str(), kept].concat();
            assert_eq!(HandOver::parse(&note), Err(BadHandOver::Unsigned));
        }
        let moved = note.replacen("\n7\n", "\n8\n", 1);
        assert_eq!(HandOver::parse(&moved), Err(BadHandOver::Unsigned));
    }

    #[test]
    fn a_key_of_another_log_cannot_take_over_nor_a_key_from_itself() {
        let old = key("a.example/1");
        for new in [key("b.example/1"), old.to_private_text().parse().unwrap()] {
            let refused = HandOver::sign(LeafIndex::new(7), &old, &new).unwrap_err();
            assert!(matches!(refused, BadHandOver::Keys), "{refused}");
        }
        assert!(HandOver::parse("no note").is_err());
        let other = Note::sign("something else\n", &old).unwrap().to_string();
        assert_eq!(HandOver::parse(&other), Err(BadHandOver::Text));
    }
}
