//! How much of an archive is checked, and what can be told of that much.

use super::sides::Side;

/// What part of an archive is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of it, while it stands still.
    Whole,
    /// The entries that came after a checkpoint.
    Since,
    /// The entries up to a size, while others are added behind them.
    Growing,
}

impl Scope {
    /// The sides whose rows are read one after another and summed up. The rows of
    /// links name no entry, so that those of entries behind the end could not be
    /// told apart.
    pub(super) const fn sides_in_rows(self) -> &'static [Side] {
        match self {
            Self::Whole => &[Side::Ids, Side::Links, Side::Seen],
            Self::Since => &[],
            Self::Growing => &[Side::Ids, Side::Seen],
        }
    }

    /// Whether the rows of a side are looked up one by one instead, as the entries
    /// demand them. A row that no entry demands is then not come across.
    pub(super) const fn looks_up(self, side: Side) -> bool {
        match (self, side) {
            (Self::Since, Side::Ids | Side::Links) | (Self::Growing, Side::Links) => true,
            (Self::Whole, _)
            | (Self::Since, Side::Seen | Side::Media)
            | (Self::Growing, Side::Ids | Side::Seen | Side::Media) => false,
        }
    }

    /// Whether every wait for a medium can be accounted for: the entry that ends it
    /// may be any later one.
    pub(super) const fn knows_media(self) -> bool {
        matches!(self, Self::Whole)
    }

    /// Whether entries are added meanwhile.
    pub(super) const fn is_growing(self) -> bool {
        matches!(self, Self::Growing)
    }
}
