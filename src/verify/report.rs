//! What came of it: for people, and as JSON.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::Request;
use super::finding::{Finding, Findings};
use crate::tlog::{Hash, TreeSize};

/// What a verification found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The origin that was asked for.
    pub origin: String,
    /// Whether nothing was found wrong.
    pub right: bool,
    /// How many entries there are.
    pub size: u64,
    /// The root of the tree that they make, in hexadecimal; none when an entry's
    /// hash is not known.
    pub root: Option<String>,
    /// How many of them a good signature covers; none when none does.
    pub signed_size: Option<u64>,
    /// What was found right.
    pub counts: Counts,
    /// What was found wrong, in the order of the log.
    pub findings: Vec<Finding>,
    /// Further findings, too many to list.
    pub findings_beyond: u64,
    /// What was not checked, and why.
    pub not_checked: Vec<NotChecked>,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Entries a second.
    pub entries_per_second: u64,
}

/// How much was found right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Entries that read, in their places.
    pub entries: u64,
    /// Sealed bodies with the digest that was logged.
    pub bodies: u64,
    /// Key headers of the form that is written.
    pub headers: u64,
    /// Records that opened, are what was committed to, and read.
    pub opened: u64,
    /// Records whose bucket has no key that opens.
    pub locked: u64,
    /// Full tiles that are the tree's.
    pub tiles: u64,
    /// Checkpoints in the archive that read, with good signatures where checked.
    pub checkpoints: u64,
    /// Keys of buckets of the right form; with the archive's keys, that open.
    pub buckets: u64,
    /// Rows that lead from a record to its entry.
    pub ids: u64,
    /// Rows that join media to records.
    pub links: u64,
    /// Marks of what was seen.
    pub seen: u64,
    /// Media that are still waited for.
    pub media_queue: u64,
    /// Bytes of rows that were read.
    pub bytes: u64,
}

/// Something that was not checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotChecked {
    /// What.
    pub what: String,
    /// Why, and what it takes.
    pub why: String,
}

/// What a report is made of.
pub(super) struct Sources<'a> {
    pub(super) request: &'a Request,
    pub(super) size: TreeSize,
    pub(super) root: Option<Hash>,
    pub(super) signed_size: Option<TreeSize>,
    /// Checkpoints for whose sizes the root is not known.
    pub(super) claims_unchecked: u64,
    /// Whether a daemon is at work, which will sign what is not signed yet.
    pub(super) being_written: bool,
    /// Whether there was a keyring.
    pub(super) keyring: bool,
    /// Whether every record was opened.
    pub(super) media_known: bool,
    pub(super) counts: Counts,
    pub(super) findings: Findings,
    pub(super) elapsed: Duration,
}

impl Counts {
    pub(super) const fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.bodies += other.bodies;
        self.headers += other.headers;
        self.opened += other.opened;
        self.locked += other.locked;
        self.tiles += other.tiles;
        self.checkpoints += other.checkpoints;
        self.buckets += other.buckets;
        self.ids += other.ids;
        self.links += other.links;
        self.seen += other.seen;
        self.media_queue += other.media_queue;
        self.bytes += other.bytes;
    }
}

impl Sources<'_> {
    pub(super) fn into_report(self) -> Report {
        let not_checked = self.not_checked();
        let total = self.findings.total();
        let findings = self.findings.into_sorted();
        let listed = u64::try_from(findings.len()).unwrap_or(u64::MAX);
        let elapsed_ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        let micros = self.elapsed.as_micros().max(1);
        let rate = u128::from(self.size.get()).saturating_mul(1_000_000) / micros;
        Report {
            origin: self.request.origin.clone(),
            right: total == 0,
            size: self.size.get(),
            root: self.root.map(|root| root.to_string()),
            signed_size: self.signed_size.map(TreeSize::get),
            counts: self.counts,
            findings,
            findings_beyond: total.saturating_sub(listed),
            not_checked,
            elapsed_ms,
            entries_per_second: u64::try_from(rate).unwrap_or(u64::MAX),
        }
    }

    /// How many entries at the end no checkpoint covers, where one covers the others.
    fn unsigned(&self) -> Option<u64> {
        let unsigned = self.size.get().checked_sub(self.signed_size?.get())?;
        (unsigned > 0).then_some(unsigned)
    }

    fn not_checked(&self) -> Vec<NotChecked> {
        let mut list = vec![];
        let mut add =
            |what: &str, why: String| list.push(NotChecked { what: what.to_owned(), why });
        if !self.keyring {
            add(
                "what the sealed records say, and the log's commitments to it",
                "no identity was given: run again with --identity".to_owned(),
            );
        } else if !self.media_known {
            add(
                "whether every medium that was announced was fetched or missed",
                "not every record opens".to_owned(),
            );
        }
        if self.request.key.is_none() {
            add(
                "the signatures of the checkpoints",
                "no public key of the log was given: run again with --vkey".to_owned(),
            );
        } else if self.signed_size.is_none() && self.size > TreeSize::EMPTY {
            add(
                "that the log's key vouches for these entries",
                "no checkpoint with its signature fits them".to_owned(),
            );
        } else if let Some(unsigned) = self.unsigned()
            && !self.being_written
        {
            add(
                "that the log's key vouches for the newest entries",
                format!(
                    "no checkpoint covers the last {unsigned}: the daemon was not stopped in order, \
                     or this was copied while it ran. Start it and stop it, then run again"
                ),
            );
        }
        if self.request.outside.is_empty() {
            add(
                "that this is the newest copy and its end was not cut off",
                "no checkpoint kept apart from the archive was given: run again with --checkpoint"
                    .to_owned(),
            );
        }
        if self.claims_unchecked > 0 {
            add(
                "the roots of some checkpoints",
                format!("{} of them cover entries whose hashes are lost", self.claims_unchecked),
            );
        }
        list
    }
}

impl Report {
    /// Whether nothing was found wrong.
    pub const fn is_right(&self) -> bool {
        self.right
    }
}

impl fmt::Display for Report {
    /// Writes the report for people: several lines, the verdict last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { entries, bodies, opened, tiles, checkpoints, .. } = self.counts;
        writeln!(f, "archive      {}", self.origin)?;
        writeln!(f, "entries      {entries} of {} read and chained", self.size)?;
        if let Some(root) = &self.root {
            writeln!(f, "tree         root {root}, full tiles: {tiles}")?;
        }
        match self.signed_size {
            Some(size) if size < self.size => writeln!(
                f,
                "signed       the first {size}, the others not yet; checkpoints: {checkpoints}"
            )?,
            Some(size) => writeln!(f, "signed       all {size}; checkpoints: {checkpoints}")?,
            None => writeln!(f, "signed       nothing that was checked")?,
        }
        writeln!(f, "records      {bodies} with the digest that was logged, {opened} opened")?;
        writeln!(
            f,
            "time         {}.{:03} s, {} entries/s",
            self.elapsed_ms / 1000,
            self.elapsed_ms % 1000,
            self.entries_per_second
        )?;
        for NotChecked { what, why } in &self.not_checked {
            writeln!(f, "not checked  {what}: {why}")?;
        }
        for Finding { place, kind, text } in &self.findings {
            writeln!(f, "FOUND        {place}: {}: {text}", kind.as_str())?;
        }
        if self.findings_beyond > 0 {
            writeln!(f, "FOUND        {} more", self.findings_beyond)?;
        }
        let count = u64::try_from(self.findings.len()).unwrap_or(u64::MAX);
        match count.saturating_add(self.findings_beyond) {
            0 if self.not_checked.is_empty() && self.signed_size == Some(self.size) => {
                writeln!(f, "Everything was checked, and the archive is right.")
            }
            0 if self.not_checked.is_empty() => {
                writeln!(
                    f,
                    "Everything was checked, and the archive is right; the daemon at work signs \
                     its newest entries within a second."
                )
            }
            0 => writeln!(f, "The archive is right, as far as it was checked."),
            1 => writeln!(f, "The archive is NOT right: 1 finding."),
            count => writeln!(f, "The archive is NOT right: {count} findings."),
        }
    }
}
