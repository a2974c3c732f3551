//! A file of signals from another system: CSV, read line by line.
//!
//! Nothing is half imported: every line is answered, and one that is refused keeps the
//! whole file out. The file's SHA-256 and the line's number are the evidence of what is
//! taken.

use std::collections::{HashMap, HashSet};

use csv::StringRecord;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use super::signal::{Evidence, Means, Signal, Wording};
use super::{ConsentAct, LINES_MAX, Ledger, Line, Told};
use crate::policy::Mark;
use crate::policy::consent::{Certainty, Channel, Kind, Purposes, UnknownTerm};
use crate::projection::Refused;

/// The largest file.
pub const IMPORT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Most lines of a file that name one person.
const LINES_OF_ONE_MAX: usize = 1000;

/// The columns, all of them, in this order. Values may be empty where the column may.
pub const COLUMNS: [&str; 13] = [
    "subject",
    "kind",
    "purposes",
    "channel",
    "number",
    "at",
    "expires",
    "language",
    "version",
    "wording",
    "jurisdiction",
    "legal_basis",
    "reference",
];

/// A file that was read, and what would become of it.
#[derive(Clone, Debug)]
pub struct Import {
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// What becomes of each line.
    pub lines: Vec<(u32, LineOutcome)>,
    /// What is to be decided; `None` where a line is refused or nothing is new.
    pub act: Option<ConsentAct>,
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// It is new.
    New,
    /// It says what is known already, in the archive or in a line before it.
    Duplicate,
    /// It cannot be taken.
    Refused(String),
}

impl Import {
    /// Reads a file against what is known.
    ///
    /// # Errors
    /// When it is no such file at all: too large, or with other columns.
    pub fn read(file: &[u8], ledger: &Ledger, now: Timestamp) -> Result<Self, Refused> {
        if file.len() > IMPORT_BYTES_MAX {
            return Err(Refused(format!("the file has more than {IMPORT_BYTES_MAX} bytes")));
        }
        let sha256 = hex::encode(digest(&SHA256, file));
        let text = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let header = reader.headers().map_err(|_| Refused("the file is not UTF-8".to_owned()))?;
        if header.iter().map(str::trim).ne(COLUMNS) {
            let columns = COLUMNS.join(",");
            return Err(Refused(format!("the first line must be exactly: {columns}")));
        }
        let (mut lines, mut taken) = (vec![], Taken::default());
        for (at, record) in reader.records().enumerate() {
            if at >= LINES_MAX {
                return Err(Refused(format!("the file has more than {LINES_MAX} lines: cut it")));
            }
            let (line, outcome) = match record {
                Ok(record) => {
                    let line = line_of(record.position());
                    (line, read_line(&record, &sha256, line, ledger, now, &mut taken))
                }
                Err(error) => (line_of(error.position()), refused("it is not UTF-8")),
            };
            lines.push((line, outcome));
        }
        let is_refused =
            |(_, outcome): &(u32, LineOutcome)| matches!(outcome, LineOutcome::Refused(_));
        let is_taken = !taken.lines.is_empty() && !lines.iter().any(is_refused);
        let act =
            is_taken.then(|| ConsentAct::Imported { sha256: sha256.clone(), lines: taken.lines });
        Ok(Self { sha256, lines, act })
    }
}

/// The new lines of a file so far.
#[derive(Default)]
struct Taken {
    lines: Vec<Line>,
    known: HashSet<Same>,
    /// How many of them name somebody.
    of_one: HashMap<Mark, usize>,
}

/// What two lines that say the same have in common.
#[derive(PartialEq, Eq, Hash)]
struct Same {
    kind: Kind,
    subject: Vec<Mark>,
    purposes: Purposes,
    channel: Option<Channel>,
    numbers: Vec<Mark>,
    at: Timestamp,
}

impl Same {
    fn of(signal: &Signal) -> Self {
        let (mut subject, mut numbers) = (signal.marks(), marks(&signal.numbers));
        subject.sort_unstable();
        numbers.sort_unstable();
        let Signal { kind, purposes, channel, at, .. } = signal;
        let (kind, purposes, channel, at) = (*kind, *purposes, channel.clone(), *at);
        Self { kind, subject, purposes, channel, numbers, at }
    }
}

fn marks(names: &[String]) -> Vec<Mark> {
    names.iter().map(|name| Mark::of(name)).collect()
}

fn line_of(position: Option<&csv::Position>) -> u32 {
    position.and_then(|position| u32::try_from(position.line()).ok()).unwrap_or(0)
}

fn refused(why: &str) -> LineOutcome {
    LineOutcome::Refused(why.to_owned())
}

fn read_line(
    record: &StringRecord,
    sha256: &str,
    line: u32,
    ledger: &Ledger,
    now: Timestamp,
    taken: &mut Taken,
) -> LineOutcome {
    let signal = match signal(record, sha256, line) {
        Ok(signal) => signal,
        Err(why) => return LineOutcome::Refused(why),
    };
    if let Err(Refused(why)) = ledger.check_signal(&signal, now) {
        return LineOutcome::Refused(why);
    }
    let marks = signal.marks();
    let of_one = marks.iter().filter_map(|mark| taken.of_one.get(mark)).max();
    if of_one.is_some_and(|lines| *lines >= LINES_OF_ONE_MAX) {
        return LineOutcome::Refused(format!("more than {LINES_OF_ONE_MAX} lines of one person"));
    }
    if ledger.told(&signal) != Told::New || !taken.known.insert(Same::of(&signal)) {
        return LineOutcome::Duplicate;
    }
    marks.into_iter().for_each(|mark| *taken.of_one.entry(mark).or_default() += 1);
    taken.lines.push(Line { line, signal });
    LineOutcome::New
}

/// The signal of a line; what is wrong names the column, and nothing that stands in it
/// but words that are no signal's.
fn signal(record: &StringRecord, sha256: &str, line: u32) -> Result<Signal, String> {
    if record.len() != COLUMNS.len() {
        return Err(format!("it has {} columns; there are {}", record.len(), COLUMNS.len()));
    }
    let mut cells = record.iter().map(str::trim);
    let mut next = || cells.next().unwrap_or_default();
    let [subject, kind, purposes, channel, number, at, expires] = std::array::from_fn(|_| next());
    let [language, version, wording, jurisdiction, legal_basis, reference] =
        std::array::from_fn(|_| next());
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let term = |column: &'static str| move |error: UnknownTerm| format!("{column}: {error}");
    let wording =
        Wording { text: given(wording), version: given(version), language: given(language) };
    Ok(Signal {
        kind: kind.parse().map_err(term("kind"))?,
        certainty: Certainty::Certain,
        subject: subject
            .split('|')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        purposes: purposes.parse().map_err(term("purposes"))?,
        channel: given(channel)
            .map(|channel| channel.parse())
            .transpose()
            .map_err(term("channel"))?,
        numbers: given(number).into_iter().collect(),
        at: moment("at", at)?,
        expires: given(expires).map(|text| moment("expires", &text)).transpose()?,
        wording: Some(wording).filter(|wording| *wording != Wording::default()),
        jurisdiction: given(jurisdiction),
        legal_basis: given(legal_basis),
        evidence: Evidence {
            means: Means::Import,
            record: None,
            reference: given(reference),
            sha256: Some(sha256.to_owned()),
            line: Some(u64::from(line)),
            word: None,
        },
    })
}

fn moment(column: &str, text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("{column}: write a moment as 2026-11-21T08:00:00Z"))
}
