//! What is logged: one [`Entry`] a line of the log.
//!
//! An entry is evidence that something was kept, read or could not be had. Its
//! bytes are a leaf of the log's Merkle tree and never change. No personal
//! data enters an entry: it holds digests, classes, random ids and times, so
//! that erasing a record leaves every proof valid.
//!
//! The exact form of a line is in `docs/FORMAT.md`; [`codec`] writes and reads it.

pub mod codec;
mod hand_over;
mod header;
mod keys;
mod ranges;

pub use hand_over::{BadHandOver, HandOver};
pub use header::{Header, InUse};
pub use keys::{BrokenChain, KEYS_MAX, KeyChain};
pub use ranges::{BadRanges, RANGES_BYTES_MAX, Ranges};

use jiff::Timestamp;

use crate::record::{Class, RecordId};
use crate::tlog::{Hash, LeafIndex};

/// The version of the entry's form, `v` in each line.
pub const ENTRY_VERSION: u32 = 1;

/// The most bytes a leaf may have: C2SP tlog-tiles gives an entry a 16-bit length.
pub const LEAF_BYTES_MAX: usize = 65_535;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its position, from 0.
    pub index: LeafIndex,
    /// When it was appended, to the microsecond. Never before its predecessor's.
    pub time: Timestamp,
    /// What it is evidence of.
    pub event: Event,
    /// The leaf hash of the entry before it; of the first, 32 zero bytes.
    pub prev: Hash,
}

/// What an entry is evidence of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The log began. Always and only entry 0.
    Began {
        /// The origin line of the log's checkpoints.
        origin: String,
    },
    /// A record was captured.
    Captured {
        /// The record.
        kept: Kept,
        /// The record of the delivery it came in; `None` for the delivery itself
        /// and for media.
        delivery: Option<RecordId>,
    },
    /// A medium belongs to a record.
    Linked {
        /// The message, call …
        record: RecordId,
        /// The medium.
        medium: RecordId,
        /// Whether the medium's digest is the one announced with the record.
        /// `None` when none was announced.
        matches: Option<bool>,
    },
    /// A medium could not be had, and will not be asked for again.
    Missed {
        /// The record that announced it.
        record: RecordId,
        /// Why.
        reason: MissedReason,
    },
    /// Somebody opened something.
    Accessed {
        /// The record that tells who, why and what was asked, sealed.
        kept: Kept,
        /// The id of the token that was used.
        who: String,
        /// What was done.
        act: Act,
        /// The record that was opened, where it was one.
        target: Option<RecordId>,
    },
    /// Somebody decided something about the archive: a schedule, a hold, a plan …
    Governed {
        /// The record that tells what, why and on whose authority, sealed.
        kept: Kept,
        /// The id of the token that was used; `muniment` where the archive acted by
        /// itself.
        who: String,
        /// SHA-256 of the file that it is about, for everybody to compare: a retention
        /// schedule that was adopted or withdrawn, a certificate of destruction.
        digest: Option<Hash>,
    },
    /// The records of these entries were destroyed: neither they nor their keys are
    /// kept any more.
    Destroyed {
        /// The record of the decision that ordered it.
        run: RecordId,
        /// The entries whose records they were.
        entries: Ranges,
    },
    /// The log is signed by another key from this entry on.
    HandedOver(Box<HandOver>),
    /// A breach of the archive itself is suspected.
    Found {
        /// What was found.
        finding: Finding,
        /// Who found it: a witness's or an authority's name, `verification`, `log`. At
        /// most [`FOUND_BY_BYTES_MAX`] bytes.
        by: String,
        /// The tree size or the entry it is about, where it is about one.
        at: Option<u64>,
    },
}

/// The longest name of who found something.
pub const FOUND_BY_BYTES_MAX: usize = 255;

/// What was found wrong with the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A witness knows a larger tree of the log than the archive has: its newest
    /// entries were lost, or an older copy was put in its place.
    Behind,
    /// The clock stands before the log's newest entry, or not where an authority
    /// says.
    Clock,
    /// Something that was written is altered or gone.
    Damage,
    /// A witness knows a tree of the log that this one does not continue.
    Fork,
}

/// A sealed body and what binds it to its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The record's random id.
    pub record: RecordId,
    /// Its class.
    pub class: Class,
    /// The name of the bucket whose key wraps the record's key.
    pub bucket: String,
    /// SHA-256 of the sealed body (the age file without its header).
    pub sealed_sha256: Hash,
    /// Length of the sealed body in bytes.
    pub sealed_size: u64,
    /// HMAC-SHA256 of the plaintext under a secret that dies with the record's key.
    pub commitment: Hash,
}

/// A record sealed, ready to be logged.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// What the entry says of it.
    pub kept: Kept,
    /// The age header: holds the wrapped file key; deleting it shreds the record.
    pub header: Header,
    /// The rest of the age file.
    pub body: Vec<u8>,
}

/// Why a medium was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissedReason {
    /// The provider keeps it no longer.
    Expired,
    /// The provider refused, to the end.
    Refused,
    /// It is larger than the archive's limit.
    TooLarge,
    /// No answer that could be used, to the end.
    Unreachable,
}

/// What somebody did with the archive's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Searched, and was shown excerpts.
    Search,
    /// Read one record.
    Read,
    /// Read a conversation.
    ReadThread,
    /// Took a medium.
    ReadMedium,
    /// Read who consents to what.
    ReadConsent,
    /// Looked for everything there is of a data subject, or took it out.
    Report,
}

impl MissedReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Expired, Self::Refused, Self::TooLarge, Self::Unreachable];

    /// The word in the leaf.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::TooLarge => "too_large",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 6] = [
        Self::Search,
        Self::Read,
        Self::ReadThread,
        Self::ReadMedium,
        Self::ReadConsent,
        Self::Report,
    ];

    /// The word in the leaf.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Read => "read",
            Self::ReadThread => "read_thread",
            Self::ReadMedium => "read_medium",
            Self::ReadConsent => "read_consent",
            Self::Report => "report",
        }
    }
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 4] = [Self::Behind, Self::Clock, Self::Damage, Self::Fork];

    /// The word in the leaf.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Behind => "behind",
            Self::Clock => "clock",
            Self::Damage => "damage",
            Self::Fork => "fork",
        }
    }
}

impl Entry {
    /// The sealed body that the entry binds, where it binds one.
    pub fn kept(&self) -> Option<&Kept> {
        self.event.kept()
    }
}

impl Event {
    /// The word for it in the leaf.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Began { .. } => "began",
            Self::Captured { .. } => "captured",
            Self::Linked { .. } => "linked",
            Self::Missed { .. } => "missed",
            Self::Accessed { .. } => "accessed",
            Self::Governed { .. } => "governed",
            Self::Destroyed { .. } => "destroyed",
            Self::HandedOver(_) => "handed_over",
            Self::Found { .. } => "found",
        }
    }

    /// The record of the delivery that a captured record came in.
    pub const fn delivery(&self) -> Option<RecordId> {
        match self {
            Self::Captured { delivery, .. } => *delivery,
            Self::Began { .. }
            | Self::Linked { .. }
            | Self::Missed { .. }
            | Self::Accessed { .. }
            | Self::Governed { .. }
            | Self::Destroyed { .. }
            | Self::HandedOver(_)
            | Self::Found { .. } => None,
        }
    }

    /// Whether it must be known to say what holds in the archive: what was decided,
    /// what was destroyed, who consented to what. The log's beginning too: by its row an
    /// archive is known that marks such entries.
    pub fn governs(&self) -> bool {
        match self {
            Self::Began { .. } | Self::Governed { .. } | Self::Destroyed { .. } => true,
            Self::Captured { kept, .. } => kept.class == Class::Consent,
            Self::Linked { .. }
            | Self::Missed { .. }
            | Self::Accessed { .. }
            | Self::HandedOver(_)
            | Self::Found { .. } => false,
        }
    }

    /// The sealed body that it binds, where it binds one.
    pub const fn kept(&self) -> Option<&Kept> {
        match self {
            Self::Captured { kept, .. }
            | Self::Accessed { kept, .. }
            | Self::Governed { kept, .. } => Some(kept),
            Self::Began { .. }
            | Self::Linked { .. }
            | Self::Missed { .. }
            | Self::Destroyed { .. }
            | Self::HandedOver(_)
            | Self::Found { .. } => None,
        }
    }
}
