//! Why an export is refused, by what can be done about it.

use std::path::PathBuf;

use crate::log::Error;
use crate::tlog::TreeSize;
use crate::tlog::checkpoint::OpenError;

/// Why nothing, or not everything, was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is nothing signed to export.
    #[error("no checkpoint is signed yet; `muniment serve` signs one within a second")]
    Unsigned,
    /// The archive's newest checkpoint is not to be trusted.
    #[error("the archive's newest checkpoint is not its log's; run `muniment verify`")]
    Checkpoint(#[source] OpenError),
    /// The entries are not those that were signed.
    #[error("{0}: the entries are not those that were signed; run `muniment verify`")]
    Damaged(String),
    /// The directory holds something else.
    #[error("{0} holds other files and no export: name an empty directory")]
    Occupied(PathBuf),
    /// Another process exports there.
    #[error("another export into {0} is at work: wait for it")]
    Busy(PathBuf),
    /// The directory's checkpoint does not read.
    #[error("{path} is not a checkpoint: name another directory, or remove it")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: OpenError,
    },
    /// The directory holds another log.
    #[error("{path} holds the log {found:?}, this is {own:?}: name another directory")]
    OtherLog {
        /// The directory.
        path: PathBuf,
        /// The origin found there.
        found: String,
        /// The origin of the archive.
        own: String,
    },
    /// The directory holds more of the log than the archive.
    #[error(
        "the export in {path} has {found} entries, the archive only {own}: an older copy of the \
         archive was restored, or the export is of another archive. Keep the export: it is evidence"
    )]
    Newer {
        /// The directory.
        path: PathBuf,
        /// The entries of the export.
        found: TreeSize,
        /// The entries of the archive.
        own: TreeSize,
    },
    /// The directory holds another history of the log.
    #[error(
        "the {size} entries exported to {path} are not the first {size} of the archive: one of the \
         two was altered. Keep the export: it is evidence. Run `muniment verify`"
    )]
    OtherHistory {
        /// The directory.
        path: PathBuf,
        /// The size of the checkpoint there.
        size: TreeSize,
    },
    /// A file that is there is not the one that would be written.
    #[error("{0} is not what the log has there: it was altered. Remove it, and export again")]
    Differs(PathBuf),
    /// The archive's rows could not be read.
    #[error("the archive could not be read")]
    Log(#[source] Error),
    /// The operating system refused.
    #[error("could not {step} {path}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}
