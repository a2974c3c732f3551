//! Sealing: what is kept is unreadable without the archive's keys, and a key
//! destroyed is a record destroyed. The only user of age.
//!
//! A record is a standard [age] file with one stanza, that of its *bucket* (a
//! class × month), cut in two: the **header**, which holds the wrapped file key
//! and can be deleted, and the **body**, which is write-once. Bucket keys are
//! wrapped to age recipients: the archive's own identity and, where there are
//! any, escrow recipients; and each is made of a second secret too, its *share*, which
//! never lies with the data. See `docs/FORMAT.md` §6 and §7.
//!
//! Destroying a record is deleting its header and giving its bucket another key
//! ([`Keyring::rekey`]): no copy of the data opens it then with the keys of today.
//!
//! It gives out plaintext only to who holds a [`Keyring`]; who that is, and that
//! they are written down, is the concern of `query`.
//!
//! [age]: https://c2sp.org/age

mod bucket;
mod envelope;
mod header;
mod identity;
mod keyring;
mod parcel;
mod shares;
mod stanza;

pub use bucket::RowName;
pub use header::row_named_in;
pub use identity::{ArchiveIdentity, Escrow};
pub use keyring::{Keyring, Purpose, Rekeyed, new_id};
#[cfg(test)]
pub(crate) use parcel::Opener as ParcelOpener;
pub use parcel::{Addressee, Parcel};
pub use shares::{Share, Shares};

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
    /// A share is missing.
    #[error(
        "the share {0} is missing: restore it from the backup of the keys; without it the \
         records whose key is made of it cannot be opened"
    )]
    NoShare(std::path::PathBuf),
    /// What lies in the place of a share is none.
    #[error(
        "{0} is not a share (64 hexadecimal digits): restore it from the backup of the keys; \
         without it the records whose key is made of it cannot be opened"
    )]
    BadShare(std::path::PathBuf),
    /// A share is to be made where one is.
    #[error("there is a share {0} already, and it is not replaced")]
    ShareExists(std::path::PathBuf),
    /// The file of a share could not be read or written.
    #[error("could not {step} {path}")]
    Share {
        /// What was being done.
        step: &'static str,
        /// With which file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// What was sealed under a key is still on its way to the disk.
    #[error(
        "records sealed under the key of bucket {0} are not on disk yet: nothing was destroyed; \
         try again"
    )]
    InUse(String),
    /// A record that is to be kept cannot be put under another key.
    #[error(
        "the record of entry {entry} is to be kept, and its key header does not open with the \
         key of its bucket: that key was not destroyed; run `muniment verify`, and restore what \
         is damaged from a backup"
    )]
    Survivor {
        /// Its entry.
        entry: crate::tlog::LeafIndex,
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
