//! Sealing: what is kept is unreadable without the archive's keys, and a key
//! destroyed is a record destroyed. The only user of age.
//!
//! A record is a standard [age] file with one stanza, that of its *bucket* (a
//! class × month), cut in two: the **header**, which holds the wrapped file key
//! and can be deleted, and the **body**, which is write-once. Bucket keys are
//! wrapped to age recipients: the archive's own identity and, where there are
//! any, escrow recipients. See `docs/FORMAT.md` §4.
//!
//! It gives out plaintext only to who holds a [`Keyring`]; who that is, and that
//! they are written down, is the concern of `query`.
//!
//! [age]: https://c2sp.org/age

mod envelope;
mod identity;
mod keyring;
mod stanza;

pub use identity::{ArchiveIdentity, Escrow};
pub use keyring::{DERIVED_BUCKET, Keyring, Purpose, random_id};

pub use crate::entry::Sealed;

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The identity file is missing, unreadable or no age identity.
    #[error("the identity file {path} cannot be used: {why}")]
    Identity {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A recipient in the configuration is none.
    #[error("{0:?} is not an age recipient (they begin with `age1`)")]
    Recipient(String),
    /// The bucket's key is not in the archive.
    #[error("the key of bucket {0} is not in the archive: it was destroyed or lost")]
    NoBucket(String),
    /// The bucket's key is there, but this identity does not open it.
    #[error("the key of bucket {bucket} does not open with this identity: {why}")]
    BucketLocked {
        /// The bucket.
        bucket: String,
        /// What age said.
        why: String,
    },
    /// The sealed bytes do not open: they, or the header, were altered.
    #[error("the sealed body does not open: {0}")]
    Altered(String),
    /// It opens, but is not what was committed to in the log.
    #[error("the opened body is not the one that the log commits to")]
    Commitment,
    /// The rows could not be read or written.
    #[error("the archive's rows failed")]
    Store(#[source] crate::store::Error),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}
