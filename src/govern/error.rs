//! Why something could not be decided, or what was decided not be read.

use super::ACT_BYTES_MAX;
use crate::projection::Refused;
use crate::{log, seal, store};

/// Why a decision was not taken, or decisions could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot follow what was decided before.
    #[error("{0}")]
    Refused(Refused),
    /// It is too long to be kept.
    #[error("the decision has {bytes} bytes; the most is {ACT_BYTES_MAX}")]
    TooLong {
        /// How many they are.
        bytes: usize,
    },
    /// The log did not take it.
    #[error("the decision could not be written down")]
    Log(#[source] log::Error),
    /// One cannot be read back.
    #[error("the decision of entry {entry} cannot be read: {why}")]
    Unreadable {
        /// Its entry.
        entry: u64,
        /// Why.
        why: String,
    },
    /// It could not be sealed.
    #[error("the decision could not be sealed")]
    Seal(#[source] seal::Error),
    /// Rows could not be read.
    #[error("the decisions could not be read")]
    Store(#[source] store::Error),
}
