//! What can be decided about a hold, and the form that it must have.

use serde::{Deserialize, Serialize};

use super::Scope;
use super::follow::Followed;
use crate::projection::Refused;
use crate::record::RecordId;
use crate::tlog::Hash;

/// The longest name of a matter, a custodian, an authority, an addressee.
pub const LINE_BYTES_MAX: usize = 300;

/// The longest reason.
pub const REASON_BYTES_MAX: usize = 4_000;

/// The longest notice to a custodian.
pub const NOTICE_BYTES_MAX: usize = 16_000;

/// The longest period of grace after a release: ten years.
pub const GRACE_DAYS_MAX: u16 = 3_660;

/// A step of a hold. Who did it and when is said by its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum HoldAct {
    /// It is in force from now on.
    Placed(Placed),
    /// Somebody wants it to end; without a second person to agree, it does.
    Released {
        /// The hold.
        hold: RecordId,
        /// Why, in their words.
        reason: String,
        /// How many people other than who releases must agree.
        approvals: u8,
        /// For how many days after the release nothing of it may be destroyed.
        grace_days: u16,
    },
    /// Somebody else agrees to the release.
    ReleaseApproved {
        /// The hold.
        hold: RecordId,
        /// Why, in their words.
        reason: String,
    },
    /// Somebody was told to keep what they have.
    Noticed {
        /// The hold.
        hold: RecordId,
        /// Who was told.
        to: String,
        /// The exact text.
        text: String,
    },
    /// Somebody confirmed a notice.
    Acknowledged {
        /// The hold.
        hold: RecordId,
        /// The record of the decision that told of the notice.
        notice: RecordId,
        /// Who confirmed it.
        by: String,
    },
    /// Somebody looked at it again: it is still needed. A release that waits for
    /// approval is off.
    Reviewed {
        /// The hold.
        hold: RecordId,
        /// Why it is still needed.
        reason: String,
    },
    /// What records show to belong to the parties and the conversations that it names.
    /// The archive writes it down when the hold is placed, and before such a record is
    /// destroyed: the hold does not lose a person with the record that told of them.
    Followed {
        /// The hold.
        hold: RecordId,
        /// What else it follows.
        #[serde(flatten)]
        also: Followed,
    },
    /// The archive counted what it caught when it was placed.
    Counted {
        /// The hold.
        hold: RecordId,
        /// That.
        #[serde(flatten)]
        caught: Caught,
    },
}

/// What a hold caught of the log's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caught {
    /// So many entries of the log were looked at, the first ones.
    pub log: u64,
    /// How many of their records it caught.
    pub records: u64,
    /// SHA-256 of the list of their entries: each index in decimal digits and a line
    /// feed, rising.
    pub sha256: Hash,
}

/// A hold as it is placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The case.
    pub matter: String,
    /// Whose records are held, for people to read.
    pub custodian: String,
    /// Why.
    pub reason: String,
    /// Who ordered it: a court, a regulator, an officer's decision.
    pub authority: String,
    /// What it catches.
    pub scope: Scope,
    /// Whether the custodian must not learn of it.
    #[serde(default)]
    pub silent: bool,
    /// What the custodian is told with it, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

impl HoldAct {
    /// The hold that it is about; `None` for one that is placed by it.
    pub const fn of_hold(&self) -> Option<RecordId> {
        match self {
            Self::Placed(_) => None,
            Self::Released { hold, .. }
            | Self::ReleaseApproved { hold, .. }
            | Self::Noticed { hold, .. }
            | Self::Acknowledged { hold, .. }
            | Self::Reviewed { hold, .. }
            | Self::Followed { hold, .. }
            | Self::Counted { hold, .. } => Some(*hold),
        }
    }

    /// Whether it is well formed.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(&self) -> Result<(), Refused> {
        match self {
            Self::Placed(placed) => placed.check(),
            Self::Released { reason, grace_days, .. } => {
                if *grace_days > GRACE_DAYS_MAX {
                    let most = format!("the period of grace has at most {GRACE_DAYS_MAX} days");
                    return Err(Refused(most));
                }
                text("reason", reason, REASON_BYTES_MAX)
            }
            Self::ReleaseApproved { reason, .. } | Self::Reviewed { reason, .. } => {
                text("reason", reason, REASON_BYTES_MAX)
            }
            Self::Noticed { to, text: told, .. } => {
                line("to", to)?;
                text("text", told, NOTICE_BYTES_MAX)
            }
            Self::Acknowledged { by, .. } => line("by", by),
            Self::Followed { .. } | Self::Counted { .. } => Ok(()),
        }
    }
}

impl Placed {
    fn check(&self) -> Result<(), Refused> {
        line("matter", &self.matter)?;
        line("custodian", &self.custodian)?;
        line("authority", &self.authority)?;
        text("reason", &self.reason, REASON_BYTES_MAX)?;
        if let Some(notice) = &self.notice {
            if self.silent {
                let both = "a silent hold has no notice: leave out `notice`, or `silent`";
                return Err(Refused(both.to_owned()));
            }
            text("notice", notice, NOTICE_BYTES_MAX)?;
        }
        self.scope.check()
    }
}

fn line(what: &str, line: &str) -> Result<(), Refused> {
    text(what, line, LINE_BYTES_MAX)?;
    if line.chars().any(char::is_control) {
        return Err(Refused(format!("`{what}` is one line, without control characters")));
    }
    Ok(())
}

fn text(what: &str, text: &str, bytes_max: usize) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(Refused(format!("`{what}` is empty: say it")));
    }
    if text.len() > bytes_max {
        let bytes = text.len();
        return Err(Refused(format!("`{what}` has {bytes} bytes; the most is {bytes_max}")));
    }
    Ok(())
}
