//! An auditor's own witness: it vouches for one history of each log that it knows.
//!
//! An archive submits its checkpoints with proofs; a checkpoint that goes on from
//! the one before is cosigned, and what was cosigned is on disk before the answer
//! is given. So an archive that shows different histories to different people, or
//! goes back behind what it showed, finds no cosignature for the second one, and
//! leaves its own signature behind as evidence.
//!
//! Not here: what is decided ([`crate::tlog::witness`]), asking witnesses
//! (`attest`), listening and keys' files (the rim). The witness knows nothing of
//! what an archive holds; it serves any log that speaks
//! <https://c2sp.org/tlog-witness>.
//!
//! Guarantees: for each log, at most one of two contradicting checkpoints is ever
//! cosigned, also across kills and losses of power; no cosignature is dated before
//! an earlier one. They hold as long as nobody puts an older copy of the directory
//! in its place.

mod directory;
mod evidence;
mod routes;
mod seen;
mod status;
mod trust;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

pub use directory::Directory;
pub use evidence::{Fork, Submitted};
pub use routes::router;
pub use status::{Last, LogStatus, status};
pub use trust::{KEYS_OF_A_LOG_MAX, trust};

use crate::causes;
use crate::clock::Clock;
use crate::tlog::note::{BadNote, CosignatureTime, CosigningKey, Note, Untrusted, VerifierKey};
use crate::tlog::witness::{AddCheckpoint, BadAddCheckpoint, Refusal, TreeHead, judge};
use directory::{LogId, OneProcess};
use seen::Seen;

/// A witness at work; cheap to clone.
#[derive(Clone, Debug)]
pub struct Witness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: Directory,
    key: CosigningKey,
    clock: Clock,
    /// One request at a time for each log: deciding and writing are one step.
    turns: Mutex<HashMap<LogId, Arc<Mutex<()>>>>,
    /// The latest time that a cosignature states.
    latest: Mutex<Option<CosignatureTime>>,
    _one_process: OneProcess,
}

/// Why the witness' directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no witness.
    #[error("there is no witness in {0}: make one with `muniment witness init`")]
    Missing(PathBuf),
    /// Another process has it.
    #[error("the witness in {path} is in use by process {pid}")]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process.
        pid: String,
    },
    /// A file is not what this witness wrote.
    #[error(
        "{path} is not what this witness wrote: {why}. Do not delete it and do not put an older \
         one in its place: the witness would no longer know what it vouched for. If it is lost, \
         begin a new witness with a new key"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The list of a log's keys does not read.
    #[error("{path}, line {line}: {why}; `muniment witness add` writes this file")]
    BadKeys {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A key that signs no log's checkpoints.
    #[error("the key {0} is not a log's: ask the archive for its keys/log.vkey")]
    NotALogsKey(VerifierKey),
    /// A log has too many keys.
    #[error("a log has at most {KEYS_OF_A_LOG_MAX} keys; take those out that it no longer uses")]
    TooManyKeys,
    /// The system refused.
    #[error("could not {step}")]
    Io {
        /// What was tried.
        step: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It is not a request of the protocol.
    #[error("the request is malformed")]
    Malformed(#[source] BadAddCheckpoint),
    /// The body is no text.
    #[error("the request is not UTF-8 text")]
    NotText,
    /// Nobody told the witness to trust this log.
    #[error("this witness does not know the log {0:?}: its operator adds it with its key")]
    UnknownLog(String),
    /// None of the log's keys signed it.
    #[error("the checkpoint is not signed by a key that this witness trusts for the log")]
    NotTheLogs(#[source] Untrusted),
    /// The decision.
    #[error("not cosigned")]
    Judged(#[source] Refusal),
    /// The witness' clock went back.
    #[error(
        "the clock of this witness says {now:.0}, before its last cosignature: it is being set"
    )]
    ClockBack {
        /// What it says.
        now: Timestamp,
    },
    /// With one signature more the note would be too long.
    #[error("the note is too long to be cosigned")]
    TooLong(#[source] BadNote),
    /// The witness cannot read or write what it keeps.
    #[error("this witness cannot work at present")]
    Broken(#[source] Error),
}

impl Witness {
    /// Opens a witness' directory with its key. One process at a time.
    ///
    /// # Errors
    /// When it is no witness' directory, or another process has it.
    pub fn open(dir: Directory, key: CosigningKey, clock: Clock) -> Result<Self, Error> {
        dir.check()?;
        let one_process = OneProcess::take(&dir)?;
        let latest = Mutex::new(seen::latest(&dir, key.verifier())?);
        let turns = Mutex::default();
        let inner = Inner { dir, key, clock, turns, latest, _one_process: one_process };
        Ok(Self(Arc::new(inner)))
    }

    /// The key that verifies the cosignatures.
    pub fn verifier_key(&self) -> &VerifierKey {
        self.0.key.verifier()
    }

    /// Decides about a submitted checkpoint: the signature lines to answer with.
    /// What was cosigned is durable when this returns. Blocks.
    ///
    /// # Errors
    /// When it is not cosigned, and why.
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<String, Refused> {
        let body = std::str::from_utf8(body).map_err(|_| Refused::NotText)?;
        let asked: AddCheckpoint = body.parse().map_err(Refused::Malformed)?;
        let origin = asked.claimed().origin();
        let id = LogId::of(origin);
        let trusted = trust::keys(&self.0.dir, id).map_err(Refused::Broken)?;
        if trusted.is_empty() {
            return Err(Refused::UnknownLog(origin.to_owned()));
        }
        asked.note().verify(&trusted).map_err(Refused::NotTheLogs)?;
        // Lines by others are not ours to spread.
        let note = asked.note().clone().signed_by(&trusted);
        let note = note.ok_or(Refused::NotTheLogs(Untrusted::NoKnownKey))?;
        let turn = self.turn_of(id);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.decide(id, &asked, note)
    }

    /// The newest checkpoint that was cosigned for a log, with the cosignature.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    pub fn checkpoint(&self, log: &str) -> Result<Option<String>, Error> {
        let Ok(id) = log.parse::<LogId>() else { return Ok(None) };
        let seen = seen::read(&self.0.dir, id, self.verifier_key())?;
        Ok(seen.map(|seen| seen.note.to_string()))
    }

    /// Decides and writes down; the caller has the log's turn.
    fn decide(&self, id: LogId, asked: &AddCheckpoint, note: Note) -> Result<String, Refused> {
        let Inner { dir, key, .. } = &*self.0;
        let seen = seen::read(dir, id, key.verifier()).map_err(Refused::Broken)?;
        let known = seen.as_ref().map_or(TreeHead::EMPTY, |seen| seen.head);
        let next = TreeHead::of(asked.claimed());
        let judgement = judge(&known, asked.old(), asked.proof(), &next);
        if let (Some(contradiction), Some(seen)) = (judgement.contradiction, &seen) {
            let submitted = Submitted { contradiction, asked, note: &note };
            self.keep_evidence(id, seen, &submitted);
        }
        judgement.verdict.map_err(Refused::Judged)?;

        let at = self.time()?;
        let note = note.cosign(key, at).map_err(Refused::TooLong)?;
        seen::write(dir, id, &note).map_err(Refused::Broken)?;
        if seen.is_none() {
            tracing::info!(origin = asked.claimed().origin(), "a new log is witnessed");
        }
        if let Err(error) = evidence::forget_suspicion(dir, id, &next) {
            tracing::warn!(error = causes::told(&error), "a suspicion that was cleared is left");
        }
        let own = note.signatures().iter().filter(|signature| signature.claims(key.verifier()));
        Ok(own.map(ToString::to_string).collect())
    }

    /// Keeping evidence must not make the witness cosign: when it fails, that is traced.
    fn keep_evidence(&self, id: LogId, seen: &Seen, submitted: &Submitted<'_>) {
        let now = self.0.clock.now();
        if let Err(error) = evidence::keep(&self.0.dir, id, seen, submitted, now) {
            tracing::error!(error = causes::told(&error), "evidence of a fork could not be kept");
        }
    }

    /// The time to state; never before one that was stated.
    fn time(&self) -> Result<CosignatureTime, Refused> {
        let mut latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.0.clock.now();
        let at = u64::try_from(now.as_second()).ok();
        let at = at.and_then(|seconds| CosignatureTime::from_seconds(seconds).ok());
        let at = at.filter(|at| latest.is_none_or(|latest| latest <= *at));
        let Some(at) = at else {
            tracing::error!(%now, "nothing is cosigned: the clock stands before the last cosignature");
            return Err(Refused::ClockBack { now });
        };
        *latest = Some(at);
        Ok(at)
    }

    fn turn_of(&self, id: LogId) -> Arc<Mutex<()>> {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(id).or_default())
    }
}

impl Refused {
    /// The HTTP status that tells it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(bad) => bad.status(),
            Self::NotText => 400,
            Self::UnknownLog(_) => 404,
            Self::NotTheLogs(_) => 403,
            Self::Judged(refusal) => refusal.status(),
            Self::TooLong(_) => 413,
            Self::ClockBack { .. } => 503,
            Self::Broken(_) => 500,
        }
    }
}

#[cfg(test)]
mod tests;
