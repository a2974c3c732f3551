//! Why a data subject cannot be identified, or their records not be given out.

use super::Identified;

/// Why a data subject cannot be identified, or their records not be given out.
///
/// No text here says anything of a record's content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An identifier cannot be looked for.
    #[error("`identifiers`: {0}")]
    BadIdentifier(String),
    /// Too many records, or identifiers, to be one person's.
    #[error(
        "more than {most} {what} are joined to these identifiers: list those that are the \
         person's, and send `exact`"
    )]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most.
        most: usize,
    },
    /// Identifiers may be more than one person's.
    #[error(
        "a phone number or a user name here may have been more than one person's: look at \
         `conflicts`, then list all identifiers that are the person's, and send `exact`"
    )]
    Conflict(Box<Identified>),
    /// There is no request of that name that can be answered.
    #[error("there is no open request {0}")]
    NoRequest(crate::record::RecordId),
    /// There are no letters in that language.
    #[error("`language` is {0:?}; letters are in {list}", list = super::letter::LANGUAGES.join(", "))]
    Language(String),
    /// The request was not answered yet.
    #[error("request {0} was not answered yet: there is no letter")]
    NotAnswered(crate::record::RecordId),
    /// The index has not read everything yet.
    #[error(
        "the index has read {searchable} of {size} entries: ask again when it has caught up \
         (`/readyz` tells)"
    )]
    Behind {
        /// Entries read.
        searchable: u64,
        /// Entries there are.
        size: u64,
    },
    /// As many packages as may be are being made.
    #[error("as many packages as may be are on their way out")]
    Busy,
    /// Who is to open the package is none that it can be sealed to.
    #[error("`recipient` is no age recipient: it begins with `age1`; `age-keygen` makes one")]
    BadRecipient(#[source] crate::seal::Error),
    /// A record could not be written down as opened, or not be opened.
    #[error("records could not be opened")]
    Query(#[source] crate::query::Error),
    /// What was decided could not be read.
    #[error("the archive's decisions could not be read")]
    Govern(#[source] crate::govern::Error),
    /// What the rules say could not be read.
    #[error("what the rules say could not be read")]
    Disposition(#[source] crate::disposition::Error),
    /// The index failed.
    #[error("the index failed")]
    Index(#[source] crate::index::Error),
    /// The daemon is stopping.
    #[error("the daemon is stopping")]
    Stopping,
}
