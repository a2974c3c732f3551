//! One signal of consent, as it is told and kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::Mark;
use crate::policy::consent::{Certainty, Channel, Kind, Purposes};
use crate::projection::Refused;
use crate::record::RecordId;

/// The most identifiers that one signal names its subject with.
pub const SUBJECT_IDENTIFIERS_MAX: usize = 8;

/// The longest identifier, reference, version …
const WORD_BYTES_MAX: usize = 256;

/// The longest wording of what was consented to.
const WORDING_BYTES_MAX: usize = 4096;

/// Somebody gave, withdrew or refused consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Which way.
    pub kind: Kind,
    /// Whether it was meant for sure.
    #[serde(default = "certain")]
    pub certainty: Certainty,
    /// Who: phone numbers, user ids, addresses, all of one person.
    pub subject: Vec<String>,
    /// To what.
    pub purposes: Purposes,
    /// On which channel; `None` for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// To which business number: its digits, its id at the provider, or both. Empty for
    /// every one of the archive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What the person was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Wording>,
    /// Whose law: `DE`, `BR`, `US-CA` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// On which ground of it: `consent`, `contract`, `GDPR 6(1)(a)` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// What proves it.
    pub evidence: Evidence,
}

/// What a person was told when they were asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// The words themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Which version of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// In which language: `de`, `pt-BR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// What proves a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How it was given.
    pub means: Means,
    /// The record of this archive that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// Where it is kept elsewhere: the form's id, the call's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// SHA-256 of the file that shows it, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The line of that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The word of the lexicon that was recognised, its language and the lexicon's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<[String; 3]>,
}

/// How a signal was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// In a message.
    Message,
    /// In the provider's own settings.
    Preference,
    /// On a form, on paper or on the web.
    Form,
    /// In a call.
    Call,
    /// In another system, from which a file was imported.
    Import,
}

const fn certain() -> Certainty {
    Certainty::Certain
}

impl Evidence {
    /// Evidence by a record of this archive.
    pub fn of_record(means: Means, record: RecordId) -> Self {
        let record = Some(record);
        Self { means, record, reference: None, sha256: None, line: None, word: None }
    }

    /// Whether it points at anything.
    const fn is_something(&self) -> bool {
        self.record.is_some() || self.reference.is_some() || self.sha256.is_some()
    }
}

impl Signal {
    /// Whether it may be told at this time.
    ///
    /// # Errors
    /// With what is wrong; nothing of the signal's content.
    pub fn check(&self, now: Timestamp) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused(why.to_owned()));
        if self.certainty != Certainty::Certain {
            return refuse("a signal that is told is certain; only messages are candidates");
        }
        if self.subject.is_empty() || self.subject.len() > SUBJECT_IDENTIFIERS_MAX {
            return refuse("subject: name one to eight identifiers of one person");
        }
        if self.numbers.len() > 2 {
            return refuse("number: name one business number, by its digits, its id or both");
        }
        if self.words().any(|word| word.trim().is_empty() || word.len() > WORD_BYTES_MAX) {
            return refuse("a text is empty or longer than 256 bytes: leave it out, or shorten it");
        }
        let text = self.wording.as_ref().and_then(|wording| wording.text.as_ref());
        if text.is_some_and(|text| text.len() > WORDING_BYTES_MAX) {
            return refuse("wording: at most 4096 bytes; keep it elsewhere and name its version");
        }
        if self.at > now {
            return refuse("at: a signal is told after it was given, and this is in the future");
        }
        match self.expires {
            Some(expires) if expires <= self.at => refuse("expires: must be after `at`"),
            Some(_) if self.kind != Kind::OptIn => refuse("expires: only what is given ends"),
            Some(_) | None => self.check_evidence(),
        }
    }

    fn check_evidence(&self) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused(why.to_owned()));
        let is_digest = |text: &String| {
            text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
        };
        if !self.evidence.is_something() {
            return refuse("evidence: name a record, a reference or the sha256 of a file");
        }
        if !self.evidence.sha256.as_ref().is_none_or(is_digest) {
            return refuse("evidence.sha256: 64 lower-case hexadecimal digits");
        }
        Ok(())
    }

    fn words(&self) -> impl Iterator<Item = &String> {
        let wording = self.wording.iter().flat_map(|wording| [&wording.version, &wording.language]);
        let others = [&self.jurisdiction, &self.legal_basis, &self.evidence.reference];
        let others = wording.chain(others).flatten();
        self.subject.iter().chain(&self.numbers).chain(others)
    }

    /// The identifiers of its subject as marks.
    pub(super) fn marks(&self) -> Vec<Mark> {
        self.subject.iter().map(|identifier| Mark::of(identifier)).collect()
    }
}
