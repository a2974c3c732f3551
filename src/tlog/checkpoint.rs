//! Checkpoints: what a log says its tree is, signed.
//!
//! The text of the note is an origin, a size and a root, a line each, and
//! extension lines, which are kept though not recommended.
//! <https://c2sp.org/tlog-checkpoint>

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use super::hash::{BadHash, EMPTY_ROOT, Hash};
use super::note::{BadNote, KeyType, Note, SigningKey, Untrusted, Verified, VerifierKey};
use super::position::{BadNumber, TREE_SIZE_MAX, TreeSize};

/// The most bytes of an origin; newer cosignatures give its length one byte.
pub const ORIGIN_BYTES_MAX: usize = 255;

/// The most extension lines.
pub const EXTENSIONS_MAX: usize = 16;

/// The most bytes of an extension line.
pub const EXTENSION_BYTES_MAX: usize = 4_096;

/// A tree head: the root over the first `size` leaves of the log `origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: TreeSize,
    root: Hash,
    extensions: Vec<String>,
}

/// Why a note's text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCheckpoint {
    /// There are fewer than three lines, an empty line, or no newline at the end.
    #[error("expected an origin, a size and a root, a line each")]
    Lines,
    /// The origin is empty, too long, or has control characters.
    #[error("an origin is 1 to {ORIGIN_BYTES_MAX} bytes without control characters")]
    Origin,
    /// The size does not read.
    #[error("the checkpoint's size is malformed")]
    Size(#[source] BadNumber),
    /// The size is larger than any that is signed.
    #[error("a tree of {0} leaves is larger than {TREE_SIZE_MAX}")]
    SizeTooLarge(TreeSize),
    /// The root does not read.
    #[error("the checkpoint's root is malformed")]
    Root(#[source] BadHash),
    /// The tree has no leaves and yet another root than the empty tree.
    #[error("the checkpoint's tree is empty and its root is not the empty tree's")]
    EmptyTreeRoot,
    /// An extension line is empty, too long or has control characters, or there are too many.
    #[error(
        "a checkpoint has at most {EXTENSIONS_MAX} extension lines of 1 to \
             {EXTENSION_BYTES_MAX} bytes without control characters"
    )]
    Extension,
}

/// Why a text is not the checkpoint of the log asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not a note.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] BadNote),
    /// Its signature is missing or wrong.
    #[error("the checkpoint's signature is not to be trusted")]
    Untrusted(#[source] Untrusted),
    /// The key signed something else.
    #[error("the signed text is not a checkpoint")]
    Text(#[source] BadCheckpoint),
    /// It is the checkpoint of another log.
    #[error("the checkpoint is of the log {found:?}, not {expected:?}")]
    OtherOrigin {
        /// The origin it has.
        found: String,
        /// The origin it should have.
        expected: String,
    },
}

impl Checkpoint {
    /// States a tree head.
    ///
    /// # Errors
    /// When the origin is malformed, the size too large, or the root of the
    /// empty tree is not [`EMPTY_ROOT`].
    pub fn new(origin: &str, size: TreeSize, root: Hash) -> Result<Self, BadCheckpoint> {
        if !is_line(origin, ORIGIN_BYTES_MAX) {
            return Err(BadCheckpoint::Origin);
        }
        if size > TREE_SIZE_MAX {
            return Err(BadCheckpoint::SizeTooLarge(size));
        }
        if size == TreeSize::EMPTY && root != EMPTY_ROOT {
            return Err(BadCheckpoint::EmptyTreeRoot);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Adds an extension line.
    ///
    /// # Errors
    /// When the line is malformed, or one too many.
    pub fn with_extension(mut self, line: &str) -> Result<Self, BadCheckpoint> {
        if !is_line(line, EXTENSION_BYTES_MAX) || self.extensions.len() == EXTENSIONS_MAX {
            return Err(BadCheckpoint::Extension);
        }
        self.extensions.push(line.to_owned());
        Ok(self)
    }

    /// The log's identity.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// The extension lines, without newlines.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

/// Signs a checkpoint and writes the note that is served.
///
/// Whoever calls this vouches that the tree goes on from every tree that the
/// key has signed before.
pub fn sign(checkpoint: &Checkpoint, key: &SigningKey) -> String {
    let note = Note::sign(&checkpoint.to_string(), key);
    note.expect("a checkpoint's lines fit a note").to_string()
}

/// Reads a checkpoint that a key has signed for an origin.
///
/// # Errors
/// When the signature, the text or the origin is not as it must be.
pub fn open(note: &str, key: &VerifierKey, origin: &str) -> Result<Checkpoint, OpenError> {
    open_note(&Note::parse(note).map_err(OpenError::Note)?, key, origin)
}

/// The same for a note that was parsed.
///
/// # Errors
/// When the signature, the text or the origin is not as it must be.
pub fn open_note(note: &Note, key: &VerifierKey, origin: &str) -> Result<Checkpoint, OpenError> {
    note.verify(std::slice::from_ref(key)).map_err(OpenError::Untrusted)?;
    let checkpoint: Checkpoint = note.text().parse().map_err(OpenError::Text)?;
    if checkpoint.origin != origin {
        let expected = origin.to_owned();
        return Err(OpenError::OtherOrigin { found: checkpoint.origin, expected });
    }
    Ok(checkpoint)
}

/// Reads a checkpoint that one of several keys of its log has signed, and tells
/// which signatures verified.
///
/// Keys of witnesses may be among those given: they are checked too, and never
/// taken for the log's. A log's key is named after its origin.
///
/// # Errors
/// When no key of the log signed it, one of the signatures is wrong, or the text is
/// not a checkpoint.
pub fn open_by<'k>(
    note: &Note,
    keys: &'k [VerifierKey],
) -> Result<(Checkpoint, Vec<Verified<'k>>), OpenError> {
    let verified = note.verify(keys).map_err(OpenError::Untrusted)?;
    let checkpoint: Checkpoint = note.text().parse().map_err(OpenError::Text)?;
    let mut logs = verified.iter().filter(|found| found.key.key_type() == KeyType::Ed25519);
    let Some(first) = logs.next() else {
        return Err(OpenError::Untrusted(Untrusted::NoKnownKey));
    };
    let is_its = |found: &Verified<'_>| found.key.name().as_str() == checkpoint.origin;
    if !is_its(first) && !logs.any(is_its) {
        let expected = first.key.name().to_string();
        return Err(OpenError::OtherOrigin { found: checkpoint.origin, expected });
    }
    Ok((checkpoint, verified))
}

impl fmt::Display for Checkpoint {
    /// Writes the note's text, unsigned.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = BadCheckpoint;

    fn from_str(text: &str) -> Result<Self, BadCheckpoint> {
        let text = text.strip_suffix('\n').ok_or(BadCheckpoint::Lines)?;
        let mut lines = text.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(BadCheckpoint::Lines);
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = size.parse().map_err(BadCheckpoint::Size)?;
        let root = Hash::from_base64(root).map_err(BadCheckpoint::Root)?;
        let checkpoint = Self::new(origin, size, root)?;
        lines.try_fold(checkpoint, |checkpoint, line| checkpoint.with_extension(line))
    }
}

fn is_line(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len()) && text.bytes().all(|byte| byte >= b' ')
}
