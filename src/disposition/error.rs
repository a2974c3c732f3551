//! Why something is not planned or not destroyed.

use crate::{govern, index, log, seal, store};

/// Why something was not planned, or not destroyed. Nothing of a record's content is in
/// its text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The index has not read the whole log: what is not in it cannot be judged.
    #[error(
        "the index has read {searchable} of {size} entries: plan again when it has read them all"
    )]
    Behind {
        /// How far it is.
        searchable: u64,
        /// How many entries there are.
        size: u64,
    },
    /// Decisions that cannot be read, one of which may be a hold.
    #[error(
        "{count} decisions of this archive cannot be read, the first is entry {first}: one of them \
         may be a hold, so nothing is destroyed; run `muniment verify`"
    )]
    Unread {
        /// How many.
        count: usize,
        /// The first.
        first: u64,
    },
    /// There is no such run, or record.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The record was destroyed.
    #[error("the record was destroyed")]
    Destroyed,
    /// The clock cannot be trusted to say what is due.
    #[error("nothing is destroyed while the clock cannot be trusted: {0}")]
    Clock(String),
    /// A decision was not taken.
    #[error(transparent)]
    Govern(govern::Error),
    /// The index could not be asked or changed.
    #[error("the index could not be asked or changed")]
    Index(#[source] index::Error),
    /// The log did not answer.
    #[error("the log could not be read or written")]
    Log(#[source] log::Error),
    /// Keys could not be used or destroyed.
    #[error("keys could not be used or destroyed")]
    Seal(#[source] seal::Error),
    /// Rows could not be read or deleted.
    #[error("rows could not be read or deleted")]
    Store(#[source] store::Error),
    /// The archive is stopping.
    #[error("the archive is stopping")]
    Stopping,
}
