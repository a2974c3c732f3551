//! What people made of findings of conduct: accepted, or dismissed, and why.
//!
//! A finding itself is no decision: it is worked out from the log, by the room `conduct`,
//! and can be worked out again. So it has a name that says what it is and of which record,
//! and nothing by chance ([`FindingId`]): a verdict finds it again in every rebuilt state.
//! Verdicts are not taken back; a later one counts in place of the one before it.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::runs::Person;
use super::{At, Refused};
use crate::record::RecordId;

/// The longest reason.
pub const REASON_BYTES_MAX: usize = 4_000;

/// The most verdicts on one finding.
pub const VERDICTS_MAX: usize = 100;

/// A suspected breach of conduct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A message of a purpose that needs consent, to somebody who had not given it.
    WithoutConsent,
    /// A message to somebody who had said that they want none.
    AfterOptOut,
    /// A message outside the 24-hour window that was no template.
    OutsideWindow,
    /// A template that was not approved, or paused, or disabled, when it was sent.
    TemplateNotApproved,
    /// Consent that will soon be older than the archive lets it count.
    ConsentEnding,
    /// Proof of consent relied upon that will soon fall due for destruction.
    EvidenceEnding,
}

/// The name of a finding: what it is, and of which record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId {
    /// What was found.
    pub kind: FindingKind,
    /// The record that shows it: a message, its status, a signal of consent.
    pub record: RecordId,
    /// The line of an imported file that the record is; 0 where it is none.
    pub line: u32,
}

/// A text that names no finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a finding is named by its kind, a dot and a record id, as in outside_window.0198…")]
pub struct BadFindingId;

/// What somebody makes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingVerdict {
    /// It was a breach.
    Accepted,
    /// It was none.
    Dismissed,
}

/// A step in the treatment of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum FindingAct {
    /// Somebody looked at it.
    Reviewed {
        /// The finding.
        finding: FindingId,
        /// What they make of it.
        verdict: FindingVerdict,
        /// Why, in their words.
        reason: String,
    },
}

/// A verdict, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// What.
    pub verdict: FindingVerdict,
    /// Who gave it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// The record of the decision: it has the reason.
    pub record: RecordId,
    /// How many verdicts there were until this one.
    pub number: usize,
}

/// The verdicts on findings, the newest on each.
#[derive(Clone, Debug, Default)]
pub struct Findings(HashMap<FindingId, Reviewed>);

impl Findings {
    /// The verdict on a finding that counts, where there is one.
    pub fn verdict(&self, finding: FindingId) -> Option<&Reviewed> {
        self.0.get(&finding)
    }

    /// How many findings have a verdict.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a decision can follow.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub(super) fn check(&self, act: &FindingAct) -> Result<(), Refused> {
        let FindingAct::Reviewed { finding, reason, .. } = act;
        if reason.trim().is_empty() {
            return Err(Refused("`reason` is empty: say why it is a breach, or none".to_owned()));
        }
        if reason.len() > REASON_BYTES_MAX {
            let (bytes, most) = (reason.len(), REASON_BYTES_MAX);
            return Err(Refused(format!("`reason` has {bytes} bytes; the most is {most}")));
        }
        if self.verdict(*finding).is_some_and(|before| before.number >= VERDICTS_MAX) {
            return Err(Refused(format!("there are {VERDICTS_MAX} verdicts on it, the most")));
        }
        Ok(())
    }

    /// Takes the next decision. Its form is not looked at: what stands in the log was
    /// within the limits of the build that wrote it.
    pub(super) fn apply(&mut self, at: &At<'_>, act: &FindingAct) -> Result<(), Refused> {
        let FindingAct::Reviewed { finding, verdict, .. } = act;
        let before = self.verdict(*finding).map_or(0, |before| before.number);
        let (by, record, number) = (Person::of(at), at.record, before.saturating_add(1));
        let reviewed = Reviewed { verdict: *verdict, by, at: at.time, record, number };
        self.0.insert(*finding, reviewed);
        Ok(())
    }
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::WithoutConsent,
        Self::AfterOptOut,
        Self::OutsideWindow,
        Self::TemplateNotApproved,
        Self::ConsentEnding,
        Self::EvidenceEnding,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WithoutConsent => "without_consent",
            Self::AfterOptOut => "after_opt_out",
            Self::OutsideWindow => "outside_window",
            Self::TemplateNotApproved => "template_not_approved",
            Self::ConsentEnding => "consent_ending",
            Self::EvidenceEnding => "evidence_ending",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl FindingVerdict {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Dismissed => "dismissed",
        }
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind.as_str(), self.record)?;
        if self.line == 0 { Ok(()) } else { write!(f, ".{}", self.line) }
    }
}

impl FromStr for FindingId {
    type Err = BadFindingId;

    fn from_str(text: &str) -> Result<Self, BadFindingId> {
        let (kind, rest) = text.split_once('.').ok_or(BadFindingId)?;
        let kind = FindingKind::of_word(kind).ok_or(BadFindingId)?;
        let (record, line) = match rest.split_once('.') {
            Some((record, line)) => (record, line.parse().map_err(|_| BadFindingId)?),
            None => (rest, 0),
        };
        let id = Self { kind, record: record.parse().map_err(|_| BadFindingId)?, line };
        // `x.….0` and `x.….07` are other texts for what has one name.
        if id.to_string() == text { Ok(id) } else { Err(BadFindingId) }
    }
}

impl Serialize for FindingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FindingId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
