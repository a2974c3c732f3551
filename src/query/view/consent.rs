//! Consent as it is given out: states, signals, the review, imports.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::consent::{Certainty, Channel, Kind, Purpose, Purposes};
use crate::projection::consent::{Evidence, Given, Resolution, State, Verdict, Wording};
use crate::record::RecordId;

/// Whether a subject consents, for each purpose and business number that was asked about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsentView {
    /// Every identifier that is known of the subject; empty where nothing is.
    pub subject: Vec<String>,
    /// The moment asked about.
    pub at: Timestamp,
    /// What held then.
    pub states: Vec<StateView>,
}

/// What held for one purpose, channel and number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StateView {
    /// To what.
    pub purpose: Purpose,
    /// On which channel.
    pub channel: Channel,
    /// To which business number; `null` for what holds for every number.
    pub number: Option<String>,
    /// Whether there was consent, by all that is known now.
    pub state: State,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What the archive knew at that moment, where that was otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<State>,
    /// Whether signals of that time were let go of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgotten: bool,
    /// The signal that decides.
    pub evidence: Option<SignalView>,
}

/// A signal, with where it stands in the archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignalView {
    /// The record that holds it: it can be read and proved as any other.
    pub record: RecordId,
    /// The line of the imported file, where it is of one.
    pub line: Option<u32>,
    /// The entry.
    pub entry: u64,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Who recorded it; `null` where it was captured.
    pub by: Option<ByView>,
    /// Which way.
    pub kind: Kind,
    /// Whether it was meant for sure.
    pub certainty: Certainty,
    /// Who.
    pub subject: Vec<String>,
    /// To what.
    pub purposes: Purposes,
    /// On which channel; `null` for every one.
    pub channel: Option<Channel>,
    /// To which business number; empty for every one.
    pub numbers: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// What the person was told.
    pub wording: Option<Wording>,
    /// Whose law.
    pub jurisdiction: Option<String>,
    /// On which ground.
    pub legal_basis: Option<String>,
    /// What proves it.
    pub evidence: Evidence,
    /// How a candidate was resolved.
    pub resolution: Option<ResolutionView>,
}

/// Who recorded something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByView {
    /// The token's id.
    pub who: String,
    /// The token's name.
    pub name: String,
}

/// How a candidate was resolved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResolutionView {
    /// What was found.
    pub verdict: Verdict,
    /// What it is about.
    pub purposes: Purposes,
    /// The record of the decision.
    pub record: RecordId,
    /// When.
    pub recorded: Timestamp,
    /// By whom.
    pub by: ByView,
    /// Why.
    pub reason: String,
}

/// Every signal of a subject, by its time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HistoryView {
    /// Every identifier that is known of the subject.
    pub subject: Vec<String>,
    /// Its signals.
    pub signals: Vec<SignalView>,
}

/// Candidates that nobody has resolved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReviewView {
    /// How many there are.
    pub open: usize,
    /// This page of them, oldest first.
    pub candidates: Vec<SignalView>,
    /// Asks for the next page; `null` on the last.
    pub next: Option<RecordId>,
}

/// A decision that was written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecidedView {
    /// Its record.
    pub record: RecordId,
    /// Its entry.
    pub entry: u64,
}

/// What became of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportView {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The decision that holds its signals; `null` where nothing was imported.
    pub imported: Option<DecidedView>,
    /// What became of each line but the first, the header.
    pub lines: Vec<LineView>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    /// Its number in the file.
    pub line: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It says what is known already.
    Duplicate,
    /// It would be taken; another line keeps the file from being imported.
    Ready,
    /// It cannot be taken; so nothing of the file is.
    Refused,
    /// It was taken.
    Taken,
}

impl SignalView {
    /// Shows a signal of the ledger.
    pub fn of(given: &Given) -> Self {
        let signal = (*given.signal).clone();
        Self {
            record: given.id.record,
            line: Some(given.id.line).filter(|line| *line != 0),
            entry: given.index.get(),
            recorded: given.recorded,
            by: given.by.as_ref().map(ByView::of),
            kind: signal.kind,
            certainty: signal.certainty,
            subject: signal.subject,
            purposes: signal.purposes,
            channel: signal.channel,
            numbers: signal.numbers,
            at: signal.at,
            expires: signal.expires,
            wording: signal.wording,
            jurisdiction: signal.jurisdiction,
            legal_basis: signal.legal_basis,
            evidence: signal.evidence,
            resolution: given.resolution.as_ref().map(ResolutionView::of),
        }
    }
}

impl ByView {
    fn of((who, name): &(String, String)) -> Self {
        Self { who: who.clone(), name: name.clone() }
    }
}

impl ResolutionView {
    fn of(resolution: &Resolution) -> Self {
        let Resolution { verdict, purposes, record, recorded, by, reason } = resolution.clone();
        Self { verdict, purposes, record, recorded, by: ByView::of(&by), reason }
    }
}
