//! Checks an archive from its bytes, trusting nothing that the archive says of
//! itself.
//!
//! Every row of every family is read. Leaves are hashed again and put together
//! into the RFC 6962 tree, which must be the one of the head, of the stored tiles
//! and of every checkpoint, also of those kept apart from the archive; bodies are
//! hashed again; the rows that only serve look-ups must follow from the entries.
//! With the archive's keys every record is opened, compared with what the log
//! commits to, and read. What is wrong is a [`Finding`], in its place; nothing
//! that is wrong keeps the rest from being checked.
//!
//! What it cannot tell: whether a provider's signature on a delivery was good
//! (that takes the app's secret), whether a checkpoint was taken away while a
//! later one is there (it would prove nothing more), and whether the number of
//! tries of a medium still to be fetched is true (no entry binds it). That the
//! end was not cut off it can tell only by a checkpoint kept elsewhere.
//!
//! The archive must stand still meanwhile: open it with
//! [`Store::open_read_only`].

mod beyond;
mod buckets;
mod checkpoints;
mod chunk;
mod claims;
mod cursor;
mod files;
mod finding;
mod fold;
mod head;
mod leaf;
mod locate;
mod plaintext;
mod queue;
mod report;
mod sealed;
mod sides;
mod sums;
mod tiles;
mod workers;

use std::time::Instant;

pub use finding::{FINDINGS_MAX, Finding, FindingKind, Place};
pub use report::{Counts, NotChecked, Report};

use crate::causes;
use crate::seal::Keyring;
use crate::store::{self, Store};
use crate::tlog::TreeSize;
use crate::tlog::note::VerifierKey;
use chunk::{Job, Jobs, Reader};
use finding::Findings;
use fold::Fold;
use sides::{Side, Sums};
use sums::SumKey;

/// What is to be verified, and by what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The origin line of the log that the archive must be.
    pub origin: String,
    /// The log's public key; without it no signature is checked.
    pub key: Option<VerifierKey>,
    /// Checkpoints of the log that were kept apart from the archive.
    pub outside: Vec<OutsideCheckpoint>,
    /// Threads that read and check; at least one.
    pub threads: usize,
}

/// A checkpoint that was kept apart from the archive.
#[derive(Clone, Debug)]
pub struct OutsideCheckpoint {
    /// What to call it in a finding, for example its file's name.
    pub name: String,
    /// The signed note.
    pub note: Vec<u8>,
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub entries: u64,
    /// Entries to be checked.
    pub of: u64,
    /// Findings so far.
    pub findings: u64,
}

/// Checks an archive. Runs until everything was read, and calls `progress` after
/// every few thousand entries.
///
/// The report is the same for the same archive, whatever the number of threads.
pub fn verify(
    store: &Store,
    keyring: Option<&Keyring>,
    request: &Request,
    progress: impl Fn(Progress) + Sync,
) -> Report {
    let started = Instant::now();
    let mut findings = Findings::default();
    let end = head::read(store, &mut findings);
    let outside = checkpoints::outside(request, end.size, &mut findings);
    let sums = SumKey::draw();
    let (key, origin) = (request.key.as_ref(), request.origin.as_str());
    let reader = Reader { store, origin, key, keyring, sums: &sums };
    let mut whole = Whole::new(Fold::new(store, outside), findings);
    let jobs = Jobs::of(end.size);
    let report = |entries: u64, findings: u64| {
        progress(Progress { entries, of: end.size.get(), findings });
    };
    workers::in_order(
        request.threads,
        jobs.count(),
        |number| jobs.get(number).map(|job| (reader.work(&job), job)),
        |done| {
            if let Some((chunk, job)) = done {
                whole.take(chunk);
                if let Job::Entries(range) = job {
                    report(range.end, whole.findings_so_far());
                }
            }
        },
    );
    whole.finish(&reader, request, end, started)
}

/// The report of an archive of which [`Store::open_to_verify`] could open nothing,
/// because its files are damaged: that too is something found.
pub fn unopened(request: &Request, error: &store::Error) -> Report {
    let mut findings = Findings::default();
    let text = format!("nothing can be read: {}", causes::told(error));
    findings.add(finding::Place::files("rows"), FindingKind::Unreadable, text);
    report::Sources {
        request,
        size: TreeSize::EMPTY,
        root: None,
        signed_size: None,
        claims_unchecked: 0,
        being_written: false,
        keyring: false,
        media_known: false,
        counts: Counts::default(),
        findings,
        elapsed: std::time::Duration::ZERO,
    }
    .into_report()
}

/// What is known of the whole archive, as the pieces come in.
struct Whole<'a> {
    fold: Fold<'a>,
    counts: Counts,
    findings: Findings,
    expected: Sums,
    found: Sums,
    buckets: std::collections::BTreeSet<String>,
    /// Records whose media cannot be known, because they do not open.
    unopened: u64,
}

impl<'a> Whole<'a> {
    fn new(fold: Fold<'a>, findings: Findings) -> Self {
        Self {
            fold,
            counts: Counts::default(),
            findings,
            expected: Sums::default(),
            found: Sums::default(),
            buckets: std::collections::BTreeSet::new(),
            unopened: 0,
        }
    }

    fn take(&mut self, mut chunk: chunk::Chunk) {
        self.fold.take(&mut chunk);
        self.findings.merge(chunk.findings);
        self.counts.add(&chunk.counts);
        self.expected.add(&chunk.expected);
        self.found.add(&chunk.found);
        self.buckets.append(&mut chunk.buckets);
        self.unopened += chunk.unopened;
    }

    fn findings_so_far(&self) -> u64 {
        self.findings.total() + self.fold.findings.total()
    }

    fn finish(
        mut self,
        reader: &Reader<'_>,
        request: &Request,
        end: head::End,
        started: Instant,
    ) -> Report {
        let head = end.head.filter(|_| end.is_whole);
        let root = self.fold.finish(head);
        head::check_root(head, root, &mut self.fold.findings);
        self.findings.merge(std::mem::take(&mut self.fold.findings));
        self.counts.add(&self.fold.counts);
        beyond::check(reader.store, end.size, request, &mut self.findings);
        buckets::check(reader, &self.buckets, &mut self.counts, &mut self.findings);
        files::check(reader.store, &mut self.findings);
        let media_known = reader.keyring.is_some() && self.unopened == 0;
        for side in Side::ALL.into_iter().filter(|side| *side != Side::Media || media_known) {
            let differing = self.expected.differing(&self.found, side);
            if !differing.is_empty() {
                locate::locate(reader, end.size, side, &differing, &mut self.findings);
            }
        }
        report::Sources {
            request,
            size: end.size,
            root,
            signed_size: self.fold.claims.signed_size,
            claims_unchecked: self.fold.claims.unchecked(),
            being_written: reader.store.is_being_written(),
            keyring: reader.keyring.is_some(),
            media_known,
            counts: self.counts,
            findings: self.findings,
            elapsed: started.elapsed(),
        }
        .into_report()
    }
}

#[cfg(test)]
mod tests;
