//! What can be decided about tags, and the form that it must have.

use serde::{Deserialize, Serialize};

use crate::entry::Ranges;
use crate::projection::holds::is_national;
use crate::projection::runs::as_text;
use crate::projection::{Refused, thread_bytes};
use crate::record::RecordId;

/// The longest name of a tag, a party, a number.
pub const NAME_BYTES_MAX: usize = 200;

/// The longest reason.
pub const REASON_BYTES_MAX: usize = 4_000;

/// The most records that are named one by one.
pub const RECORDS_MAX: usize = 1_000;

/// The longest query.
const QUERY_BYTES_MAX: usize = 4_096;

/// A step of a tag. Who did it and when is said by its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum TagAct {
    /// It is on these records from now on.
    Put(Put),
    /// Somebody wants a putting to end; until another person agrees, it stands.
    Taken {
        /// The record of the decision that put it.
        putting: RecordId,
        /// Why, in their words.
        reason: String,
    },
    /// Somebody else agrees: it counts no more.
    TakingApproved {
        /// The record of the decision that put it.
        putting: RecordId,
        /// Why, in their words.
        reason: String,
    },
    /// The taking that was asked for is off.
    Kept {
        /// The record of the decision that put it.
        putting: RecordId,
        /// Why, in their words.
        reason: String,
    },
}

/// A tag, and what it is put on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Its name, as rules have it.
    pub tag: String,
    /// What it is put on.
    pub on: On,
    /// Why, in the words of who puts it.
    pub reason: String,
}

/// What a tag is put on. Records that come later are caught by a conversation, a party or
/// a number, not by names and queries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum On {
    /// Records, one by one.
    Records {
        /// Their ids.
        records: Vec<RecordId>,
        /// Their entries.
        #[serde(with = "as_text")]
        entries: Vec<Ranges>,
    },
    /// What a query found.
    Query {
        /// The query.
        query: String,
        /// How many entries of the log the index had read.
        searched: u64,
        /// The entries that it found.
        #[serde(with = "as_text")]
        entries: Vec<Ranges>,
    },
    /// A conversation, by its id.
    Thread {
        /// 32 lower-case hexadecimal digits.
        thread: String,
    },
    /// Everything of a party.
    Party {
        /// A phone number in international form, a user id, a user name.
        party: String,
    },
    /// Everything of a business number.
    Number {
        /// The number, or its id at the provider.
        number: String,
    },
}

impl TagAct {
    /// Whether it is well formed.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self) -> Result<(), Refused> {
        match self {
            Self::Put(put) => {
                name("tag", &put.tag)?;
                put.on.check()?;
                reason(&put.reason)
            }
            Self::Taken { reason: why, .. }
            | Self::TakingApproved { reason: why, .. }
            | Self::Kept { reason: why, .. } => reason(why),
        }
    }
}

impl On {
    /// The entries that it lists one by one.
    pub fn entries(&self) -> &[Ranges] {
        match self {
            Self::Records { entries, .. } | Self::Query { entries, .. } => entries,
            Self::Thread { .. } | Self::Party { .. } | Self::Number { .. } => &[],
        }
    }

    /// The conversation that it names.
    pub(super) fn thread(&self) -> Option<[u8; 16]> {
        match self {
            Self::Thread { thread } => thread_bytes(thread),
            Self::Records { .. }
            | Self::Query { .. }
            | Self::Party { .. }
            | Self::Number { .. } => None,
        }
    }

    /// How many runs of neighbouring entries it lists.
    pub(super) fn runs(&self) -> usize {
        self.entries().iter().map(|set| set.runs().count()).sum()
    }

    fn check(&self) -> Result<(), Refused> {
        let refused = |why: &str| Err(Refused(why.to_owned()));
        match self {
            Self::Records { records, .. } if records.is_empty() => refused("`records` is empty"),
            Self::Records { records, .. } if records.len() > RECORDS_MAX => Err(Refused(format!(
                "`records` lists {}; the most is {RECORDS_MAX}: put the tag in several steps",
                records.len()
            ))),
            Self::Records { entries, .. } if entries.is_empty() => {
                refused("none of the records is there")
            }
            Self::Query { query, .. } if query.trim().is_empty() => {
                refused("`query` is empty, which would find everything")
            }
            Self::Query { query, .. } if query.len() > QUERY_BYTES_MAX => {
                Err(Refused(format!("`query` has at most {QUERY_BYTES_MAX} bytes")))
            }
            Self::Query { entries, .. } if entries.is_empty() => {
                refused("the query finds nothing that a tag could be put on")
            }
            Self::Records { entries, .. } | Self::Query { entries, .. } if !rise(entries) => {
                refused("`entries` do not rise")
            }
            Self::Thread { thread } if thread_bytes(thread).is_none() => {
                refused("`thread` is the id of a conversation: 32 lower-case hexadecimal digits")
            }
            Self::Party { party } => identifier("party", party),
            Self::Number { number } => identifier("number", number),
            Self::Records { .. } | Self::Query { .. } | Self::Thread { .. } => Ok(()),
        }
    }
}

/// Whether each set begins behind the one before.
fn rise(sets: &[Ranges]) -> bool {
    let first = |set: &Ranges| set.runs().next().map(|(first, _)| first);
    sets.windows(2).all(|pair| match pair {
        [one, next] => first(next).is_some_and(|first| first > one.last()),
        _ => true,
    })
}

fn name(what: &str, name: &str) -> Result<(), Refused> {
    if name.trim().is_empty() {
        return Err(Refused(format!("`{what}` is empty: say it")));
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(Refused(format!("`{what}` has at most {NAME_BYTES_MAX} bytes")));
    }
    if name.chars().any(char::is_control) {
        return Err(Refused(format!("`{what}` is one line, without control characters")));
    }
    Ok(())
}

fn identifier(what: &str, text: &str) -> Result<(), Refused> {
    if is_national(text) {
        let form = "write a phone number in international form, as +49 1555 0100777";
        return Err(Refused(format!("`{what}`: {form}")));
    }
    name(what, text)
}

fn reason(reason: &str) -> Result<(), Refused> {
    if reason.trim().is_empty() {
        return Err(Refused("`reason` is empty: say why".to_owned()));
    }
    if reason.len() > REASON_BYTES_MAX {
        return Err(Refused(format!("`reason` has at most {REASON_BYTES_MAX} bytes")));
    }
    Ok(())
}
