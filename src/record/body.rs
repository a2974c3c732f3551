//! What was said or done.

use serde::{Deserialize, Serialize};

/// The content of a record, flattened to what people search and read.
///
/// The provider's own JSON stands beside it in `Record::raw`; nothing that is
/// missing here is lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The provider's word for the kind: `text`, `image`, `delivered` … an open set.
    pub kind: String,
    /// What is to be read and searched: the text, the caption, the title of a
    /// button, the place's name, the words of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The medium it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaRef>,
    /// The other record it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Further parties named inside: shared contact cards, new numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<super::Party>,
}

/// A medium as a message announces it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// The provider's id, to be looked up within its retention.
    pub id: String,
    /// The MIME type announced, parameters included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// The SHA-256 announced: 64 lower-case hex digits, whatever form it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// The other message that a message speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// How it relates.
    pub kind: RelationKind,
    /// The provider's id of the other message.
    pub provider_id: String,
}

/// How a message relates to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// Replaces its text; the old text stays in the archive.
    Edits,
    /// Reacts to it, or takes a reaction back.
    ReactsTo,
    /// Quotes it.
    RepliesTo,
    /// Takes it back; what was taken back stays in the archive.
    Revokes,
    /// Says what became of it.
    Reports,
    /// Notes what the archive itself recognised in it.
    Notes,
}
