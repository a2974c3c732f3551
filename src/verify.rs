//! Checks an archive from its bytes, trusting nothing that the archive says of
//! itself.
//!
//! Every row of every family is read. Leaves are hashed again and put together
//! into the RFC 6962 tree, which must be the one of the head, of the stored tiles
//! and of every checkpoint, also of those kept apart from the archive; bodies are
//! hashed again; the rows that only serve look-ups must follow from the entries.
//! With the archive's keys every record is opened, compared with what the log
//! commits to, and read. What is wrong is a [`Finding`], in its place; nothing
//! that is wrong keeps the rest from being checked. A record may be gone where an entry
//! says that it was destroyed, and nowhere else, and there it must be.
//!
//! What it cannot tell: whether a provider's signature on a delivery was good
//! (that takes the app's secret), whether a checkpoint was taken away while a
//! later one is there (it would prove nothing more), or a timestamp (it would prove
//! less), and whether the number of tries of a medium still to be fetched is true (no
//! entry binds it). That the end was not cut off it can tell only by a checkpoint kept
//! elsewhere.
//!
//! The archive must stand still meanwhile: open it with
//! [`Store::open_read_only`]. A daemon verifies its own archive while it writes with
//! [`Run::begin_beside_the_writer`], which tells a little less.
//!
//! A [`Run`] goes piece by piece and can be interrupted after each; [`verify`] is one
//! run to its end. With [`Request::since`] only what came after a checkpoint is read.
//! Memory does not grow with the archive: what is held is the tree's right edge, a few
//! pieces, one sum over each two hundred and fifty-sixth of each side, and a bounded
//! number of findings.

mod beyond;
mod buckets;
mod checkpoints;
mod chunk;
mod claims;
mod cosignatures;
mod cursor;
mod destroyed;
mod files;
mod finding;
mod fold;
mod governance;
mod head;
mod keys;
mod leaf;
mod locate;
mod look_up;
mod plaintext;
mod queue;
mod report;
mod run;
mod saved;
mod scope;
mod sealed;
mod sides;
mod since;
mod sums;
mod tally;
mod tiles;
mod timestamps;
mod workers;

pub use cosignatures::Cosigned;
pub use finding::{FINDINGS_MAX, Finding, FindingKind, Place};
pub use report::{Counts, NotChecked, Report, Since};
pub use run::Run;
pub use saved::{BadState, STATE_BYTES_MAX};
pub use timestamps::Stamped;

use crate::causes;
use crate::seal::Keyring;
use crate::store::{self, Store};
use crate::timestamp::Authorities;
use crate::tlog::TreeSize;
use crate::tlog::note::VerifierKey;
use crate::tlog::policy::Policy;
use finding::Findings;

/// What is to be verified, and by what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The origin line of the log that the archive must be.
    pub origin: String,
    /// The log's public key; without it no signature is checked.
    pub key: Option<VerifierKey>,
    /// Checkpoints of the log that were kept apart from the archive.
    pub outside: Vec<OutsideCheckpoint>,
    /// A checkpoint up to which the archive was verified before: only what came later
    /// is read.
    pub since: Option<OutsideCheckpoint>,
    /// Those whose timestamps are trusted; without them nobody vouches for the signers.
    pub authorities: Option<Authorities>,
    /// Which witnesses are known, and how many are enough; without it no cosignature is
    /// checked.
    pub policy: Option<Policy>,
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
    /// At what.
    pub stage: Stage,
    /// How many of them are done.
    pub done: u64,
    /// How many there are to do.
    pub of: u64,
    /// Findings so far.
    pub findings: u64,
}

/// What is being worked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Entries, with what belongs to them.
    Entries,
    /// Parts of the rows that lead to entries.
    Rows,
}

/// Checks an archive. Runs until everything was read, and calls `progress` after
/// every few thousand entries.
///
/// The report is the same for the same archive, whatever the number of threads.
pub fn verify(
    store: &Store,
    keyring: Option<&Keyring>,
    request: &Request,
    mut progress: impl FnMut(Progress),
) -> Report {
    let mut run = Run::begin(store, keyring, request);
    while run.advance(request.threads, u64::MAX, &mut progress) {}
    run.finish()
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
        from: 0,
        since: None,
        root: None,
        signed_size: None,
        stamped: None,
        cosigned: None,
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

#[cfg(test)]
mod tests;
