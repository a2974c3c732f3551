//! What the log can refuse, by what can be done about it.

use super::{Poison, SignerError};
use crate::entry::BadHandOver;
use crate::store;
use crate::tlog::TreeSize;

/// Why the log cannot be opened, appended to or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A write failed earlier; nothing is written until the daemon was restarted.
    #[error("the log is poisoned: {0}; restart the daemon to recover")]
    Poisoned(Poison),
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// The rows do not fit together.
    #[error("the log does not fit together: {0}; run `muniment verify`")]
    Broken(String),
    /// No signed tree has the proof that was asked for.
    #[error("the newest checkpoint has {signed} entries: no proof leads from {old} to {new}")]
    NotCovered {
        /// The size of the earlier tree.
        old: TreeSize,
        /// The size of the later tree.
        new: TreeSize,
        /// The size of the newest checkpoint.
        signed: TreeSize,
    },
    /// There is too little room on the disk: nothing was written.
    #[error(
        "the disk is full: {free_bytes} bytes are free, log.free_bytes_min is {free_bytes_min}"
    )]
    Full {
        /// Free bytes where the archive lies.
        free_bytes: u64,
        /// `log.free_bytes_min`.
        free_bytes_min: u64,
    },
    /// The record's key was destroyed.
    #[error("the record was destroyed")]
    Shredded,
    /// The signer refuses.
    #[error("the signer refuses")]
    Signer(#[source] SignerError),
    /// The key cannot be handed over.
    #[error("the log's key cannot be handed over")]
    Rotation(#[source] BadHandOver),
    /// The rows could not be read or written.
    #[error("the archive's rows failed")]
    Store(#[source] store::Error),
    /// The system gave no thread.
    #[error("could not start a thread of the log")]
    Thread(#[source] std::io::Error),
}
