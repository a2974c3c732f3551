//! What a token may do: roles, and the permissions that they are made of.
//!
//! Roles are not ranks. Who governs destruction reads no content, and who reads content
//! destroys nothing: no token alone can do both.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a token was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Checks the log: checkpoints, entries, receipts, metrics. Reads no content.
    Auditor,
    /// Searches and reads content; each reading is an entry.
    Officer,
    /// Places and releases legal holds, and reads what officers read.
    Counsel,
    /// Adopts retention schedules, plans and approves dispositions. Reads no content.
    Records,
    /// Answers data subjects' requests: the data protection officer.
    Privacy,
    /// An officer who also sees who has tokens.
    Admin,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Fetching the log and proofs of it; no content.
    CheckLog,
    /// Searching and reading content.
    ReadContent,
    /// Seeing what was decided: schedules, dispositions, and holds that are not silent.
    SeeDecisions,
    /// Placing and releasing holds, and seeing those that are silent.
    Hold,
    /// Deciding on schedules and dispositions.
    Govern,
    /// Answering data subjects' requests, and seeing what is restricted for their sake.
    Subjects,
    /// Seeing who has tokens.
    SeeTokens,
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role; the roles are {roles}", roles = words(Role::ALL.iter().map(|role| role.as_str())))]
pub struct UnknownRole(String);

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Auditor, Self::Officer, Self::Counsel, Self::Records, Self::Privacy, Self::Admin];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Officer => "officer",
            Self::Counsel => "counsel",
            Self::Records => "records",
            Self::Privacy => "privacy",
            Self::Admin => "admin",
        }
    }

    /// What it may.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{CheckLog, Govern, Hold, ReadContent, SeeDecisions, SeeTokens, Subjects};
        match self {
            Self::Auditor => &[CheckLog],
            Self::Officer => &[CheckLog, ReadContent, SeeDecisions],
            Self::Counsel => &[CheckLog, ReadContent, SeeDecisions, Hold, Subjects],
            Self::Records => &[CheckLog, SeeDecisions, Govern],
            Self::Privacy => &[CheckLog, ReadContent, SeeDecisions, Subjects],
            Self::Admin => &[CheckLog, ReadContent, SeeDecisions, SeeTokens],
        }
    }

    /// Whether it may something.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 7] = [
        Self::CheckLog,
        Self::ReadContent,
        Self::SeeDecisions,
        Self::Hold,
        Self::Govern,
        Self::Subjects,
        Self::SeeTokens,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CheckLog => "check_log",
            Self::ReadContent => "read_content",
            Self::SeeDecisions => "see_decisions",
            Self::Hold => "hold",
            Self::Govern => "govern",
            Self::Subjects => "subjects",
            Self::SeeTokens => "see_tokens",
        }
    }

    /// The words for the roles that have it.
    pub fn roles(self) -> String {
        words(Role::ALL.iter().filter(|role| role.may(self)).map(|role| role.as_str()))
    }
}

fn words(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let named = Self::ALL.into_iter().find(|role| role.as_str() == text);
        named.ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_who_governs_destruction_reads_content_or_places_holds() {
        for role in Role::ALL.into_iter().filter(|role| role.may(Permission::Govern)) {
            assert!(!role.may(Permission::ReadContent) && !role.may(Permission::Hold), "{role}");
        }
    }

    #[test]
    fn every_permission_is_somebodys_and_everybody_checks_the_log() {
        for permission in Permission::ALL {
            assert!(!permission.roles().is_empty(), "{permission:?}");
            let json = serde_json::to_value(permission).unwrap();
            assert_eq!(json, permission.as_str());
        }
        let all = "auditor, officer, counsel, records, privacy, admin";
        assert_eq!(Permission::CheckLog.roles(), all);
        assert_eq!(Permission::Subjects.roles(), "counsel, privacy");
    }

    #[test]
    fn a_role_is_read_back_from_its_word_and_its_json() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        let refused = "root".parse::<Role>().unwrap_err().to_string();
        assert!(
            refused.ends_with("auditor, officer, counsel, records, privacy, admin"),
            "{refused}"
        );
    }
}
