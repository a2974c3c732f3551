//! The classes of records: their places in the retention schedule (ISO 15489).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A record's class. Retention, sealing buckets and media storage go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Who read what in this archive, when and why.
    Access,
    /// A change to a business account, number or template.
    Account,
    /// A call: its start, its end, its recording.
    Call,
    /// A signal of consent or its withdrawal.
    Consent,
    /// A change in the business's address book, or of a party's identity.
    Contact,
    /// A provider's request as received: exact bytes and signature.
    Delivery,
    /// What was decided about the archive: schedules, holds, plans, consent told.
    Governance,
    /// A medium: an image, a voice note, a document.
    Medium,
    /// A message, an edit, a revocation, a reaction.
    Message,
    /// What became of a message sent: sent, delivered, read, failed.
    Status,
    /// An element not understood, kept whole.
    Unrecognised,
}

/// A word that names no class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no class; the classes are {list}", list = Class::ALL.map(Class::as_str).join(", "))]
pub struct UnknownClass(pub String);

impl Class {
    /// Every class, in alphabetical order.
    pub const ALL: [Self; 11] = [
        Self::Access,
        Self::Account,
        Self::Call,
        Self::Consent,
        Self::Contact,
        Self::Delivery,
        Self::Governance,
        Self::Medium,
        Self::Message,
        Self::Status,
        Self::Unrecognised,
    ];

    /// Whether what is sealed under it is a [`Record`](super::Record); deliveries,
    /// media, accesses and decisions have forms of their own (`docs/FORMAT.md` §8).
    pub const fn holds_record(self) -> bool {
        match self {
            Self::Access | Self::Delivery | Self::Governance | Self::Medium => false,
            Self::Account
            | Self::Call
            | Self::Consent
            | Self::Contact
            | Self::Message
            | Self::Status
            | Self::Unrecognised => true,
        }
    }

    /// The word used in leaves, in queries and in retention schedules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Account => "account",
            Self::Call => "call",
            Self::Consent => "consent",
            Self::Contact => "contact",
            Self::Delivery => "delivery",
            Self::Governance => "governance",
            Self::Medium => "medium",
            Self::Message => "message",
            Self::Status => "status",
            Self::Unrecognised => "unrecognised",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_read_back_from_its_word_and_its_json() {
        for class in Class::ALL {
            assert_eq!(class.as_str().parse(), Ok(class));
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
        }
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_list() {
        let error = "messages".parse::<Class>().unwrap_err().to_string();
        assert!(error.contains("message, status"), "{error}");
    }
}
