//! What was read of one element, before its source adds where it came from.

use super::json::Object;
use super::{leaves, party};
use crate::record::{Body, Class, Direction, Party};

/// An element in the archive's words.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) class: Class,
    pub(super) provider_id: Option<String>,
    pub(super) at: Option<i64>,
    pub(super) direction: Option<Direction>,
    pub(super) from: Option<Party>,
    pub(super) to: Option<Party>,
    pub(super) group_id: Option<String>,
    pub(super) body: Body,
}

impl Reading {
    /// An element of a class, of a kind, of which nothing else is known.
    pub(super) fn bare(class: Class, kind: impl Into<String>) -> Self {
        Self {
            class,
            provider_id: None,
            at: None,
            direction: None,
            from: None,
            to: None,
            group_id: None,
            body: Body { kind: kind.into(), ..Body::default() },
        }
    }

    /// As [`Reading::bare`], with the time that most elements have.
    pub(super) fn of(class: Class, kind: impl Into<String>, object: &Object<'_>) -> Self {
        Self { at: object.integer("timestamp"), ..Self::bare(class, kind) }
    }

    /// The same with a text of these lines.
    #[must_use]
    pub(super) fn saying(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.body.text = leaves::joined(lines);
        self
    }

    /// The same between these parties; one of whom nothing is known is left out.
    #[must_use]
    pub(super) fn between(mut self, from: Party, to: Party) -> Self {
        self.from = party::known(from);
        self.to = party::known(to);
        self
    }

    /// The same with these parties named inside.
    #[must_use]
    pub(super) fn mentioning(mut self, parties: impl IntoIterator<Item = Party>) -> Self {
        self.body.mentions.extend(parties.into_iter().filter_map(party::known));
        self
    }
}
