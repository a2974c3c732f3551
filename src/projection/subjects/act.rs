//! What can be decided about the rights of data subjects, and the form that it must have.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::restrictions::{Lifted, Restricted};
use crate::projection::Refused;
use crate::record::RecordId;
use crate::tlog::Hash;
use crate::tlog::hash::sha256;

/// The most identifiers of one person.
pub const IDENTIFIERS_MAX: usize = 200;

/// The longest identifier.
pub const IDENTIFIER_BYTES_MAX: usize = 256;

/// The longest reason.
pub const REASON_BYTES_MAX: usize = 4_000;

/// The longest name and address of who answers.
const FROM_BYTES_MAX: usize = 1_000;

/// The longest letter.
const LETTER_BYTES_MAX: usize = 1024 * 1024;

/// A step of a request. Who did it and when is said by its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum SubjectAct {
    /// Somebody asked for something about their own data.
    Requested(Requested),
    /// By which identifiers their records are known from now on.
    Identified {
        /// The request.
        request: RecordId,
        /// All of theirs, and nobody else's.
        identifiers: Vec<Identifier>,
        /// How that was found out.
        reason: String,
    },
    /// It is answered two months later, for a reason that the person was told.
    Extended {
        /// The request.
        request: RecordId,
        /// Why: how complex it is, or how many there are.
        reason: String,
    },
    /// The person was told what came of it.
    Answered(Answered),
    /// Somebody's records are kept and not used.
    Restricted(Restricted),
    /// They may be used again.
    Lifted(Lifted),
}

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requested {
    /// What.
    pub kind: RequestKind,
    /// By which identifiers they call themselves, as they said them.
    pub identifiers: Vec<String>,
    /// How they asked, and how it is known that it was they.
    pub reason: String,
    /// The day on which it was received.
    pub received: Date,
}

/// A right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// To see what there is of them (GDPR art. 15).
    Report,
    /// To have it erased (art. 17).
    Erasure,
    /// To have it not used (art. 18).
    Restriction,
}

/// What a person is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Of which kind it is.
    pub kind: IdentifierKind,
    /// It.
    pub value: String,
}

/// A kind of identifier, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// The provider's id of the person.
    UserId,
    /// The id that the person has with all numbers of one portfolio.
    ParentUserId,
    /// A phone number, digits only.
    Phone,
    /// A name that the person chose; another can take it over.
    UserName,
}

/// How a request was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The request.
    pub request: RecordId,
    /// What was done, in the words of who answers.
    pub reason: String,
    /// Who answers, as the letter says it: the controller, and where to reach them.
    pub from: String,
    /// What came of it, where it asked for erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The letter's language.
    pub language: String,
    /// The letter, exactly; its SHA-256 stands in the entry.
    pub letter: String,
}

impl SubjectAct {
    /// SHA-256 of the file that the act is about, where there is one.
    pub fn digest(&self) -> Option<Hash> {
        match self {
            Self::Answered(answered) => Some(sha256(answered.letter.as_bytes())),
            Self::Requested(_)
            | Self::Identified { .. }
            | Self::Extended { .. }
            | Self::Restricted(_)
            | Self::Lifted(_) => None,
        }
    }

    /// Whether it is well formed, told at a moment.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self, now: Timestamp) -> Result<(), Refused> {
        match self {
            Self::Requested(requested) => requested.check(now),
            Self::Identified { identifiers, reason, .. } => {
                check_identifiers(identifiers.iter().map(|one| one.value.as_str()))?;
                text("reason", reason)
            }
            Self::Extended { reason, .. } => text("reason", reason),
            Self::Answered(answered) => answered.check(),
            Self::Restricted(restricted) => restricted.check(),
            Self::Lifted(lifted) => lifted.check(),
        }
    }
}

impl Requested {
    fn check(&self, now: Timestamp) -> Result<(), Refused> {
        check_identifiers(self.identifiers.iter().map(String::as_str))?;
        text("reason", &self.reason)?;
        // Somewhere it is tomorrow already.
        let tomorrow = now.to_zoned(TimeZone::UTC).date().tomorrow().unwrap_or(Date::MAX);
        if self.received > tomorrow {
            let received = self.received;
            return Err(Refused(format!("`received` is {received}, which is yet to come")));
        }
        Ok(())
    }
}

impl Answered {
    fn check(&self) -> Result<(), Refused> {
        text("reason", &self.reason)?;
        if self.from.trim().is_empty() || self.from.len() > FROM_BYTES_MAX {
            return Err(Refused(format!(
                "`from` is empty or has more than {FROM_BYTES_MAX} bytes: say who answers and \
                 where to reach them"
            )));
        }
        if self.from.chars().any(|c| c.is_control() && c != '\n') {
            return Err(Refused("`from` is lines without control characters".to_owned()));
        }
        if self.letter.len() > LETTER_BYTES_MAX {
            return Err(Refused(format!("the letter has more than {LETTER_BYTES_MAX} bytes")));
        }
        Ok(())
    }
}

impl IdentifierKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserId => "user_id",
            Self::ParentUserId => "parent_user_id",
            Self::Phone => "phone",
            Self::UserName => "user_name",
        }
    }
}

impl RequestKind {
    /// Every right.
    pub const ALL: [Self; 3] = [Self::Report, Self::Erasure, Self::Restriction];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Erasure => "erasure",
            Self::Restriction => "restriction",
        }
    }
}

/// Whether a list of identifiers is one that can be looked for.
pub(super) fn check_identifiers<'a>(
    identifiers: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), Refused> {
    let count = identifiers.len();
    if count == 0 {
        return Err(Refused("`identifiers` is empty: say by what the person is known".to_owned()));
    }
    if count > IDENTIFIERS_MAX {
        return Err(Refused(format!(
            "`identifiers` has {count}; one person has at most {IDENTIFIERS_MAX}"
        )));
    }
    for identifier in identifiers {
        if identifier.trim().is_empty() || identifier.chars().any(char::is_control) {
            let what = "`identifiers` has one that is empty or has control characters in it";
            return Err(Refused(what.to_owned()));
        }
        if identifier.len() > IDENTIFIER_BYTES_MAX {
            return Err(Refused(format!(
                "`identifiers` has one of more than {IDENTIFIER_BYTES_MAX} bytes"
            )));
        }
    }
    Ok(())
}

/// Whether a text is there and not too long.
pub(super) fn text(what: &str, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(Refused(format!("`{what}` is empty: say it")));
    }
    if text.len() > REASON_BYTES_MAX {
        let bytes = text.len();
        return Err(Refused(format!("`{what}` has {bytes} bytes; the most is {REASON_BYTES_MAX}")));
    }
    Ok(())
}
