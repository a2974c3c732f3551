//! What came of it: for people, and as JSON.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Request;
use super::cosignatures::Cosigned;
use super::finding::{Finding, Findings};
use super::timestamps::Stamped;
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
    /// The first entry that was read: 0, unless what came before was left out.
    pub from: u64,
    /// The root of the tree that they make, in hexadecimal; none when an entry's
    /// hash is not known.
    pub root: Option<String>,
    /// How many of them a good signature covers; none when none does.
    pub signed_size: Option<u64>,
    /// How many of them an authority that is trusted saw, and when; none when no
    /// timestamp says so.
    pub stamped: Option<Stamped>,
    /// How far witnesses vouch for them; none when no policy says who they are.
    pub cosigned: Option<Cosigned>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Timestamps with good signatures on stored checkpoints.
    pub timestamps: u64,
    /// Good cosignatures on stored checkpoints, by witnesses of the policy.
    pub cosignatures: u64,
    /// Lines on stored checkpoints by nobody who is known here.
    pub cosignatures_by_others: u64,
    /// Keys of buckets of the right form; with the archive's keys, that open.
    pub buckets: u64,
    /// Rows that lead from a record to its entry.
    pub ids: u64,
    /// Rows that join media to records.
    pub links: u64,
    /// Marks of what was seen.
    pub seen: u64,
    /// Records that are gone, as an entry says.
    pub destroyed: u64,
    /// Marks of entries that govern.
    pub governance: u64,
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
    /// Whether it was left out because that was asked for.
    pub asked: bool,
}

/// From where on the entries were read, where not from the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// From a checkpoint, which is told in words.
    From(String),
    /// From nowhere: the checkpoint to go on from is of no use.
    Unusable,
}

/// What a report is made of.
pub(super) struct Sources<'a> {
    pub(super) request: &'a Request,
    pub(super) size: TreeSize,
    pub(super) from: u64,
    pub(super) since: Option<Since>,
    pub(super) root: Option<Hash>,
    pub(super) signed_size: Option<TreeSize>,
    /// What the newest timestamp says, whoever its signer may be.
    pub(super) stamped: Option<Stamped>,
    /// How far the policy, where there is one, is content with the cosignatures.
    pub(super) cosigned: Option<Cosigned>,
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
        self.timestamps += other.timestamps;
        self.cosignatures += other.cosignatures;
        self.cosignatures_by_others += other.cosignatures_by_others;
        self.buckets += other.buckets;
        self.ids += other.ids;
        self.links += other.links;
        self.seen += other.seen;
        self.destroyed += other.destroyed;
        self.governance += other.governance;
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
        let read = self.size.get().saturating_sub(self.from);
        let rate = u128::from(read).saturating_mul(1_000_000) / micros;
        Report {
            origin: self.request.origin.clone(),
            right: total == 0,
            size: self.size.get(),
            from: self.from,
            root: self.root.map(|root| root.to_string()),
            signed_size: self.signed_size.map(TreeSize::get),
            stamped: self.stamped.filter(|_| self.request.authorities.is_some()),
            cosigned: self.cosigned,
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
        let mut list = self.left_out();
        if matches!(self.since, Some(Since::Unusable)) {
            return list;
        }
        list.extend(self.unvouched());
        let mut add = |what: &str, why: String| list.push(not_checked(what, why));
        if !self.keyring {
            add(
                "what the sealed records say, and the log's commitments to it",
                "no identity was given: run again with --identity".to_owned(),
            );
        } else if !self.media_known && self.since.is_none() {
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
        if self.request.outside.is_empty() && self.since.is_none() {
            add(
                "that this is the newest copy and its end was not cut off",
                "no checkpoint kept apart from the archive was given: run again with --checkpoint"
                    .to_owned(),
            );
        }
        if self.cosigned.is_none() && self.counts.cosignatures_by_others > 0 {
            add(
                "whose the cosignatures are",
                "no policy was given: run again with --policy".to_owned(),
            );
        }
        if self.cosigned.as_ref().is_some_and(|cosigned| cosigned.size == 0) {
            add(
                "that witnesses vouch for these entries",
                "no checkpoint bears enough of the cosignatures that the policy asks for"
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

    /// Timestamps of whose signers nothing is known.
    fn unvouched(&self) -> Option<NotChecked> {
        let is_unvouched = self.stamped.is_some() && self.request.authorities.is_none();
        let why = "no certificate of an authority was given: run again with --tsa-ca".to_owned();
        is_unvouched.then(|| not_checked("whose the timestamps are", why))
    }

    /// What was left out because only the newer entries were asked for.
    fn left_out(&self) -> Vec<NotChecked> {
        let told = match &self.since {
            None => return vec![],
            Some(Since::Unusable) => {
                let why =
                    "the checkpoint to go on from is of no use: see what was found".to_owned();
                return vec![not_checked("any entry", why)];
            }
            Some(Since::From(told)) => told,
        };
        let asked = |what: &str, why: String| NotChecked { asked: true, ..not_checked(what, why) };
        vec![
            asked(
                &format!("the first {} entries and what belongs to them", self.from),
                format!("they were verified before: {told} covers them, and the log continues it"),
            ),
            asked(
                "marks of what was seen, waits for media, and rows that no entry asks for",
                "they can only be checked all together: run without --since".to_owned(),
            ),
        ]
    }
}

fn not_checked(what: &str, why: String) -> NotChecked {
    NotChecked { what: what.to_owned(), why, asked: false }
}

impl Report {
    /// Whether nothing was found wrong.
    pub const fn is_right(&self) -> bool {
        self.right
    }

    /// Whether everything was checked that was asked for.
    pub fn is_complete(&self) -> bool {
        self.not_checked.iter().all(|not| not.asked)
    }

    /// The last line: what it comes to.
    fn verdict(&self) -> String {
        let count = u64::try_from(self.findings.len()).unwrap_or(u64::MAX);
        let what = match self.from {
            0 => "Everything was checked, and the archive is right".to_owned(),
            from => format!(
                "Everything from entry {from} on was checked, and is right; it continues what was \
                 verified before"
            ),
        };
        match count.saturating_add(self.findings_beyond) {
            0 if self.is_complete() && self.signed_size == Some(self.size) => format!("{what}."),
            0 if self.is_complete() => {
                format!("{what}; the daemon at work signs its newest entries within a second.")
            }
            0 => "The archive is right, as far as it was checked.".to_owned(),
            1 => "The archive is NOT right: 1 finding.".to_owned(),
            count => format!("The archive is NOT right: {count} findings."),
        }
    }
}

impl fmt::Display for Report {
    /// Writes the report for people: several lines, the verdict last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { entries, bodies, opened, tiles, checkpoints, timestamps, destroyed, .. } =
            self.counts;
        writeln!(f, "archive      {}", self.origin)?;
        writeln!(f, "entries      {entries} of {} read and chained", self.size - self.from)?;
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
        match (self.stamped, timestamps) {
            (Some(Stamped { size, time }), count) => writeln!(
                f,
                "timestamps   {count}, the newest says that the first {size} entries existed at {time}"
            )?,
            (None, 0) => {}
            (None, count) => {
                writeln!(f, "timestamps   {count}, by signers whom nobody vouched for")?
            }
        }
        if let Some(cosigned) = &self.cosigned {
            writeln!(f, "cosigned     {}", cosigned.line(self.size))?;
        }
        write!(f, "records      {bodies} with the digest that was logged, {opened} opened")?;
        match destroyed {
            0 => writeln!(f)?,
            destroyed => writeln!(f, ", {destroyed} destroyed, as entries say")?,
        }
        writeln!(
            f,
            "time         {}.{:03} s, {} entries/s",
            self.elapsed_ms / 1000,
            self.elapsed_ms % 1000,
            self.entries_per_second
        )?;
        for NotChecked { what, why, asked: _ } in &self.not_checked {
            writeln!(f, "not checked  {what}: {why}")?;
        }
        for Finding { place, kind, text } in &self.findings {
            writeln!(f, "FOUND        {place}: {}: {text}", kind.as_str())?;
        }
        if self.findings_beyond > 0 {
            writeln!(f, "FOUND        {} more", self.findings_beyond)?;
        }
        writeln!(f, "{}", self.verdict())
    }
}
