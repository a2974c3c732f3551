//! What is decided about consent: told, imported, resolved.

use serde::{Deserialize, Serialize};

use super::Signal;
use crate::policy::consent::Purposes;
use crate::record::RecordId;

/// A decision about consent, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum ConsentAct {
    /// An officer told of a signal.
    Told {
        /// It.
        signal: Box<Signal>,
    },
    /// A file of signals was imported, all of it at once.
    Imported {
        /// SHA-256 of the file, in hex.
        sha256: String,
        /// The signals of its lines; a line that said what was known is not among them.
        lines: Vec<Line>,
    },
    /// Somebody looked at a candidate.
    Resolved {
        /// The record of class `consent` that noted it.
        candidate: RecordId,
        /// What they found.
        verdict: Verdict,
        /// What it is about, where that is less than the lexicon says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purposes: Option<Purposes>,
        /// Why.
        reason: String,
    },
}

/// One line of an imported file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the file, from 1; the header is line 1.
    pub line: u32,
    /// What it says.
    pub signal: Signal,
}

/// What somebody found who looked at a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was meant as the word says.
    Meant,
    /// It was not about being written to.
    NotMeant,
}
