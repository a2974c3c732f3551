//! The certificate of destruction: what was destroyed, by what rule, on whose word, and
//! the receipts that prove it to somebody who has nothing but the log's key.
//!
//! The text is for people. Its SHA-256 stands in the entry that ended the run, so that the
//! log's signature covers it; the entries that destroyed, and the plan before them, come
//! with receipts of their own. `docs/FORMAT.md` §12 has it line by line. There is no
//! personal data in it.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::entry::{Event, codec};
use crate::record::RecordId;
use crate::tlog::hash::sha256;
use crate::tlog::note::VerifierKey;
use crate::tlog::receipt::{Receipt, ReceiptError};
use crate::tlog::{LeafIndex, TreeSize};

/// The first line of the text.
const TITLE: &str = "muniment certificate of destruction v1";

/// The most bytes of a certificate's file.
pub const CERTIFICATE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What the text says.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The log's origin.
    pub origin: String,
    /// The record of the plan.
    pub run: RecordId,
    /// The plan's entry, and when it was made.
    pub planned: (LeafIndex, Timestamp),
    /// The moment that due dates were compared with.
    pub as_of: Timestamp,
    /// Rules, with how many records each let go.
    pub rules: Vec<Rule>,
    /// The ids of the tokens of who approved.
    pub approved_by: Vec<String>,
    /// The entries that destroyed, with how many records each.
    pub destroyed: Vec<(LeafIndex, u64)>,
    /// How many of the plan's records were kept after all.
    pub withheld: u64,
    /// When the last key was destroyed.
    pub ended: Timestamp,
}

/// A rule and what it let go.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The schedule's name.
    pub schedule: String,
    /// The SHA-256 of its file.
    pub sha256: crate::tlog::Hash,
    /// The rule's id.
    pub rule: String,
    /// How many records.
    pub records: u64,
}

/// A certificate's file: the text and its receipts, JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The form's version, 1.
    pub v: u32,
    /// The text.
    pub text: String,
    /// That the plan was there before.
    pub planned: String,
    /// That these records were destroyed.
    pub destroyed: Vec<String>,
    /// That the run ended with this text.
    pub finished: String,
}

/// What a certificate proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// The log.
    pub origin: String,
    /// The run.
    pub run: RecordId,
    /// How many records were destroyed.
    pub records: u64,
    /// When the plan was written down.
    pub planned: Timestamp,
    /// When the end was.
    pub finished: Timestamp,
    /// The size of the tree that the end is proven to be in.
    pub size: TreeSize,
}

/// Why a certificate proves nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadCertificate {
    /// It is not the file of one.
    #[error("the file is not a certificate of destruction in the form of docs/FORMAT.md")]
    Form,
    /// A receipt does not read.
    #[error("the receipt of the {0} entry is malformed")]
    BadReceipt(&'static str),
    /// A receipt proves nothing by the keys given.
    #[error("the receipt of the {which} entry does not hold")]
    Receipt {
        /// Which.
        which: &'static str,
        /// Why.
        source: ReceiptError,
    },
    /// The entry of a receipt is another kind of entry, or of another run.
    #[error("the receipt of the {0} entry is of an entry that says something else")]
    OtherEntry(&'static str),
    /// The text is not the one whose digest is in the log.
    #[error("the text was altered: the log has another one's digest")]
    Altered,
    /// Numbers or entries of the text are not those of the entries.
    #[error("the text and the entries do not agree on {0}")]
    Disagree(&'static str),
}

impl Statement {
    /// The text.
    pub fn to_text(&self) -> String {
        let Self { origin, run, planned: (plan, planned), as_of, ended, withheld, .. } = self;
        let records: u64 = self.destroyed.iter().map(|(_, records)| records).sum();
        let mut text = format!(
            "{TITLE}\n{origin}\nrun {run}\nplanned {planned:.6} entry {plan}\nas-of {as_of:.6}\n\
             records {records}\nwithheld {withheld}\n"
        );
        let mut line = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).expect("a text takes any text");
            text.push('\n');
        };
        for Rule { schedule, sha256, rule, records } in &self.rules {
            line(format_args!("rule {schedule}/{rule} records {records} schedule {sha256}"));
        }
        for token in &self.approved_by {
            line(format_args!("approved {token}"));
        }
        for (index, records) in &self.destroyed {
            line(format_args!("destroyed entry {index} records {records}"));
        }
        line(format_args!(
            "method the wrapped file keys and the bodies were deleted, the keys of their buckets \
             replaced and destroyed, their words deleted from the index"
        ));
        line(format_args!("ended {ended:.6}"));
        text
    }
}

impl Certificate {
    /// Reads a certificate's file. It proves nothing before [`Certificate::verify`].
    ///
    /// # Errors
    /// [`BadCertificate::Form`].
    pub fn parse(file: &[u8]) -> Result<Self, BadCertificate> {
        let certificate: Self = serde_json::from_slice(file).map_err(|_| BadCertificate::Form)?;
        if certificate.v == 1 && certificate.text.starts_with(TITLE) {
            Ok(certificate)
        } else {
            Err(BadCertificate::Form)
        }
    }

    /// Checks the text against the entries, and the entries by the log's keys.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Proven, BadCertificate> {
        let told = Told::read(&self.text).ok_or(BadCertificate::Form)?;
        let planned = open(&self.planned, "planned", keys)?;
        let Event::Governed { kept, .. } = &planned.entry.event else {
            return Err(BadCertificate::OtherEntry("planned"));
        };
        if kept.record != told.run || planned.entry.index != told.planned {
            return Err(BadCertificate::OtherEntry("planned"));
        }
        let mut destroyed = vec![];
        for receipt in &self.destroyed {
            let opened = open(receipt, "destroyed", keys)?;
            let Event::Destroyed { run, entries } = &opened.entry.event else {
                return Err(BadCertificate::OtherEntry("destroyed"));
            };
            if *run != told.run {
                return Err(BadCertificate::OtherEntry("destroyed"));
            }
            destroyed.push((opened.entry.index, entries.count()));
        }
        let finished = open(&self.finished, "finished", keys)?;
        let Event::Governed { digest: Some(digest), .. } = &finished.entry.event else {
            return Err(BadCertificate::OtherEntry("finished"));
        };
        if *digest != sha256(self.text.as_bytes()) {
            return Err(BadCertificate::Altered);
        }
        if destroyed != told.destroyed {
            return Err(BadCertificate::Disagree("what was destroyed"));
        }
        let records = destroyed.iter().map(|(_, records)| records).sum();
        let all_of_one_log =
            [&planned.origin, &finished.origin].iter().all(|origin| **origin == told.origin);
        if records != told.records || !all_of_one_log {
            return Err(BadCertificate::Disagree("the number of records or the log"));
        }
        Ok(Proven {
            origin: told.origin,
            run: told.run,
            records,
            planned: planned.entry.time,
            finished: finished.entry.time,
            size: finished.size,
        })
    }
}

/// An entry that a receipt proves.
struct Opened {
    entry: crate::entry::Entry,
    origin: String,
    size: TreeSize,
}

fn open(
    receipt: &str,
    which: &'static str,
    keys: &[VerifierKey],
) -> Result<Opened, BadCertificate> {
    let receipt: Receipt = receipt.parse().map_err(|_| BadCertificate::BadReceipt(which))?;
    let leaf = receipt.extra();
    let proven = receipt
        .verify_by(leaf, keys)
        .map_err(|source| BadCertificate::Receipt { which, source })?;
    let entry = codec::decode(leaf).map_err(|_| BadCertificate::BadReceipt(which))?;
    if entry.index != receipt.index() {
        return Err(BadCertificate::OtherEntry(which));
    }
    let origin = proven.checkpoint.origin().to_owned();
    Ok(Opened { entry, origin, size: proven.checkpoint.size() })
}

/// What of the text can be compared with the entries.
struct Told {
    origin: String,
    run: RecordId,
    planned: LeafIndex,
    records: u64,
    destroyed: Vec<(LeafIndex, u64)>,
}

impl Told {
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        (lines.next()? == TITLE).then_some(())?;
        let origin = lines.next()?.to_owned();
        let run = lines.next()?.strip_prefix("run ")?.parse().ok()?;
        let (_, planned) = lines.next()?.strip_prefix("planned ")?.split_once(" entry ")?;
        let planned = planned.parse().ok()?;
        lines.next()?.strip_prefix("as-of ")?;
        let records = lines.next()?.strip_prefix("records ")?.parse().ok()?;
        let destroyed = lines
            .filter_map(|line| line.strip_prefix("destroyed entry "))
            .map(|line| {
                let (index, records) = line.split_once(" records ")?;
                Some((index.parse().ok()?, records.parse().ok()?))
            })
            .collect::<Option<_>>()?;
        Some(Self { origin, run, planned, records, destroyed })
    }
}
