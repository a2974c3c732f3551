//! Why something is not given out, by what can be done about it.

use crate::index::language::BadQuery;
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// Why something could not be searched, opened or proved.
///
/// No text here says anything of a record's content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The query is not understood.
    #[error("the query is not understood {0}")]
    BadQuery(BadQuery),
    /// The query is too long.
    #[error("the query has {bytes} bytes; the most is {bytes_max}")]
    QueryTooLong {
        /// Its length.
        bytes: usize,
        /// `query.query_bytes_max`.
        bytes_max: usize,
    },
    /// The page asked for is too large, or empty.
    #[error("limit is {limit}; it must be 1 to {limit_max}")]
    Limit {
        /// What was asked for.
        limit: usize,
        /// The most.
        limit_max: usize,
    },
    /// The cursor is not one that a page gave, or belongs to another order.
    #[error("the cursor is not one that a page of this search gave as `next`")]
    BadCursor,
    /// The archive wants a reason.
    #[error("this archive wants a reason for every reading: send the header Muniment-Reason")]
    ReasonMissing,
    /// The reason is too long.
    #[error("the reason has {bytes} bytes; the most is {bytes_max}")]
    ReasonTooLong {
        /// Its length.
        bytes: usize,
        /// `query.reason_bytes_max`.
        bytes_max: usize,
    },
    /// No such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The person whose record it is has its use restricted, and who reads may not see it.
    #[error("the use of record {record} is restricted by decision {restriction}")]
    Restricted {
        /// The record.
        record: RecordId,
        /// The record of the decision.
        restriction: RecordId,
    },
    /// The record's key was destroyed; its entry remains.
    #[error("the key of record {record} was destroyed; entry {entry} remains")]
    Destroyed {
        /// The record.
        record: RecordId,
        /// The entry that kept it.
        entry: LeafIndex,
    },
    /// The record's bytes are not those that the log commits to.
    #[error("entry {entry} is damaged: {why}; run `muniment verify`")]
    Damaged {
        /// The entry that keeps it.
        entry: LeafIndex,
        /// What is wrong.
        why: String,
    },
    /// The log failed, or refuses to write down who reads.
    #[error("the log failed")]
    Log(#[source] crate::log::Error),
    /// The rows could not be read.
    #[error("the archive's rows could not be read")]
    Store(#[source] crate::store::Error),
    /// The archive's own identity does not do, or the access could not be sealed.
    #[error("the archive's keys failed")]
    Seal(#[source] crate::seal::Error),
    /// What was decided and told could not be read.
    #[error("the archive's decisions could not be read")]
    Govern(#[source] crate::govern::Error),
    /// The index failed.
    #[error("the index failed")]
    Index(#[source] crate::index::Error),
    /// The daemon is stopping.
    #[error("the daemon is stopping")]
    Stopping,
}
