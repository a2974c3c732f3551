//! A verification that was interrupted, as it is written down.
//!
//! One line of JSON and the SHA-256 of it. Entries are only ever added, so that what
//! was found of the first of them stays true; the state says how far that is, and by
//! which entry to tell that the archive is still the same. It holds digests, counts
//! and findings, and nothing that is secret. The digest keeps it from being mixed
//! up or cut short, not from being forged: it is to be trusted as much as a report.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::chunk::Reader;
use super::destroyed::Runs;
use super::finding::Findings;
use super::fold::{Fold, SavedFold};
use super::report::Since;
use super::run::Run;
use super::sums::SumKey;
use super::tally::Tally;
use super::{OutsideCheckpoint, checkpoints};
use crate::store::Store;
use crate::tlog::hash::sha256;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// The version of the form.
const VERSION: u32 = 2;

/// The largest state that is read: some hundreds of findings and bucket names.
pub const STATE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why a verification cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadState {
    /// Not what was written.
    #[error("it is not the state of a verification that was interrupted, or it was damaged")]
    Malformed,
    /// Written by another build.
    #[error("it has version {0}; this build reads version {VERSION}")]
    Version(u32),
    /// Of another archive.
    #[error("it is of the archive {found:?}, not of {expected:?}")]
    OtherArchive {
        /// The origin it has.
        found: String,
        /// The origin asked for.
        expected: String,
    },
    /// What was read may not be there any more.
    #[error("records were destroyed since it was written: begin anew")]
    Destroyed,
    /// Begun with other keys or witnesses, or from another checkpoint.
    #[error(
        "it was begun with another public key, another --since or --policy, or with or without --identity"
    )]
    OtherRequest,
    /// The archive ends before what was checked.
    #[error("it is of an archive of {saved} entries; this one has {found}")]
    Shorter {
        /// Entries when it was written.
        saved: TreeSize,
        /// Entries now.
        found: TreeSize,
    },
    /// The archive is not the one that was checked.
    #[error("entry {0} is another than the one that was checked")]
    Differs(LeafIndex),
    /// A checkpoint that earlier parts should have been compared with.
    #[error("the checkpoint {0} was not given when it was begun")]
    NewCheckpoint(String),
}

/// A [`Run`] between two pieces.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    v: u32,
    origin: String,
    /// What was asked, so that no other question gets this answer.
    request: Hash,
    size: TreeSize,
    from: u64,
    since: Option<Since>,
    /// How many pieces of rows are done.
    rows: u64,
    /// The checkpoints from outside that were given, by the digests of their notes.
    outside: Vec<Hash>,
    /// What entries said was destroyed.
    destroyed: Runs,
    sums: SumKey,
    fold: SavedFold,
    begun: Findings,
    of_entries: Tally,
    of_rows: Tally,
    elapsed: Duration,
}

impl Saved {
    pub(super) fn of(run: &Run<'_>) -> Self {
        Self {
            v: VERSION,
            origin: run.request.origin.clone(),
            request: digest_of_request(run),
            size: run.end.size,
            from: run.from,
            since: run.since.clone(),
            rows: run.next.saturating_sub(run.jobs.chunks()),
            outside: run.request.outside.iter().map(digest_of_note).collect(),
            destroyed: run.reader.destroyed.begun().clone(),
            sums: run.reader.sums,
            fold: run.fold.save(),
            begun: run.begun.clone(),
            of_entries: run.of_entries.clone(),
            of_rows: run.of_rows.clone(),
            elapsed: run.elapsed(),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let line = serde_json::to_string(self).expect("a state is numbers, texts and lists");
        let digest = sha256(line.as_bytes());
        format!("{line}\n{digest}\n").into_bytes()
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, BadState> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BadState::Malformed)?;
        let line = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n'));
        let (line, digest) = line.ok_or(BadState::Malformed)?;
        if digest.parse() != Ok(sha256(line.as_bytes())) {
            return Err(BadState::Malformed);
        }
        let Version { v } = serde_json::from_str(line).map_err(|_| BadState::Malformed)?;
        if v != VERSION {
            return Err(BadState::Version(v));
        }
        serde_json::from_str(line).map_err(|_| BadState::Malformed)
    }

    /// Puts what was done before into a run that was just begun.
    pub(super) fn go_on(self, mut run: Run<'_>) -> Result<Run<'_>, BadState> {
        if self.origin != run.request.origin {
            let expected = run.request.origin.clone();
            return Err(BadState::OtherArchive { found: self.origin, expected });
        }
        if self.request != digest_of_request(&run) {
            return Err(BadState::OtherRequest);
        }
        if self.destroyed != *run.reader.destroyed.begun() {
            return Err(BadState::Destroyed);
        }
        if self.size > run.end.size {
            return Err(BadState::Shorter { saved: self.size, found: run.end.size });
        }
        let store = run.reader.store;
        let further = self.further_claims(&run)?;
        let grown = run.end.size != self.size;
        let fold = Fold::restore(store, self.fold, further).ok_or(BadState::Malformed)?;
        let position = is_the_same(store, &fold)?;
        run.begun.merge(self.begun);
        run.jobs = run.jobs.beginning_at(position);
        // Rows of entries that came since are among those that were read already.
        let rows = if grown { 0 } else { self.rows.min(run.jobs.rows()) };
        run.next = if rows > 0 { run.jobs.chunks().saturating_add(rows) } else { 0 };
        run.of_rows = if grown { Tally::default() } else { self.of_rows };
        run.of_entries = self.of_entries;
        run.reader.sums = self.sums;
        run.fold = fold;
        run.from = self.from;
        run.since = self.since;
        run.before = self.elapsed;
        Ok(run)
    }

    /// The checkpoints from outside that were not given before.
    fn further_claims(&self, run: &Run<'_>) -> Result<Vec<checkpoints::Claim>, BadState> {
        let settled = self.fold.settled();
        let mut claims = vec![];
        for one in &run.request.outside {
            if self.outside.contains(&digest_of_note(one)) {
                continue;
            }
            // What does not hold was reported when the run was begun.
            let mut reported = Findings::default();
            let Reader { origin, keys, size, .. } = &run.reader;
            let trusted = keys.trusted.as_ref();
            let claim = checkpoints::outside_one(origin, trusted, one, *size, &mut reported);
            match claim {
                Some(claim) if claim.size.get() <= settled => {
                    return Err(BadState::NewCheckpoint(one.name.clone()));
                }
                claim => claims.extend(claim),
            }
        }
        Ok(claims)
    }
}

/// The last entry that was read is still that; where the next piece begins.
fn is_the_same(store: &Store, fold: &Fold<'_>) -> Result<u64, BadState> {
    let (position, hash) = fold.position();
    let Some(last) = position.checked_sub(1).map(LeafIndex::new) else { return Ok(position) };
    let found = store.leaf(last).ok().flatten().map(|leaf| leaf_hash(&leaf));
    match (hash, found) {
        (Some(hash), Some(found)) if hash != found => Err(BadState::Differs(last)),
        // Lost before or since: a finding, then or in the next verification.
        (Some(_) | None, _) => Ok(position),
    }
}

fn digest_of_request(run: &Run<'_>) -> Hash {
    let key = run.request.key.as_ref().map(ToString::to_string);
    let since = run.request.since.as_ref().map(|since| hex::encode(&since.note));
    let asked =
        (&run.request.origin, key, since, run.reader.keyring.is_some(), &run.request.policy);
    sha256(format!("{asked:?}").as_bytes())
}

fn digest_of_note(outside: &OutsideCheckpoint) -> Hash {
    sha256(&outside.note)
}
