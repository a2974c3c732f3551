//! Submitting the newest checkpoint to one witness, and what becomes of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::ask::{Answer, Door};
use super::{Counts, WitnessCounts};
use crate::causes;
use crate::entry::Finding;
use crate::log::{Draft, Error, Group, Log};
use crate::tlog::TreeSize;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::{Note, Signature, VerifierKey};
use crate::tlog::proof::verify_consistency;
use crate::tlog::witness::AddCheckpoint;

/// Requests of one submission: the first tells what the witness knows.
const REQUESTS_MAX: usize = 3;

/// One witness, and what is known of it.
#[derive(Debug)]
pub(super) struct Submitter {
    log: Log,
    key: VerifierKey,
    door: Door,
    /// Its place among the counts.
    place: usize,
    counts: Arc<Counts>,
    /// The size of the tree that it cosigned last, as far as is known.
    known: TreeSize,
    /// The newest of this process's checkpoints that it cosigned.
    cosigned: Option<TreeSize>,
    /// What was written into the log about it.
    found: Vec<Finding>,
    /// How the last submission ended, to trace a change and not each repetition.
    last: Option<Outcome>,
}

/// How a submission ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The cosignature is stored.
    Cosigned(TreeSize),
    /// The witness knows a tree of ours that this one contradicts.
    Fork(TreeSize),
    /// The witness knows a larger tree of ours than was ever signed here.
    Behind(TreeSize),
    /// It does not know the archive, or does not trust its key.
    Refused(u16),
    /// It did not answer, or not as a witness does.
    Unreachable(String),
    /// The archive itself could not ask or store.
    Failed(String),
}

impl Submitter {
    pub(super) fn new(
        log: Log,
        key: VerifierKey,
        door: Door,
        place: usize,
        counts: Arc<Counts>,
    ) -> Self {
        let known = TreeSize::EMPTY;
        Self { log, key, door, place, counts, known, cosigned: None, found: vec![], last: None }
    }

    /// Whether the checkpoint of this size is still to be submitted. After a start
    /// the witness is asked in any case: perhaps it knows more than the archive.
    pub(super) fn lacks(&self, size: TreeSize) -> bool {
        size > TreeSize::EMPTY && self.cosigned.is_none_or(|cosigned| cosigned < size)
    }

    pub(super) fn counts(&self) -> &WitnessCounts {
        self.counts.witnesses.get(self.place).expect("each submitter has a place of its own")
    }

    /// Submits the newest checkpoint; blocks.
    pub(super) fn submit(&mut self) -> Outcome {
        let outcome =
            self.try_submit().unwrap_or_else(|error| Outcome::Failed(causes::told(&error)));
        let counts = self.counts();
        match &outcome {
            Outcome::Cosigned(size) => {
                counts.cosigned_size.store(size.get(), Ordering::Relaxed);
                counts.cosignatures.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Fork(_)
            | Outcome::Behind(_)
            | Outcome::Refused(_)
            | Outcome::Unreachable(_)
            | Outcome::Failed(_) => {
                counts.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.trace(&outcome);
        self.write_down(&outcome);
        self.last = Some(outcome.clone());
        outcome
    }

    fn try_submit(&mut self) -> Result<Outcome, Error> {
        for _ in 0..REQUESTS_MAX {
            let Some((size, note)) = self.log.checkpoint()? else {
                return Ok(Outcome::Failed("nothing is signed yet".to_owned()));
            };
            let (note, request) = self.request(size, &note)?;
            let answer = self.door.ask(&request);
            match self.judge(size, answer) {
                Judged::Lines(lines) => return self.store(size, &note, &lines),
                Judged::AskAgain => {}
                Judged::End(outcome) => return Ok(outcome),
            }
        }
        Ok(Outcome::Unreachable("it says another size each time".to_owned()))
    }

    /// The request from what the witness knows on, and the note without the lines of
    /// other witnesses.
    fn request(&self, size: TreeSize, note: &str) -> Result<(Note, AddCheckpoint), Error> {
        let broken = |error: &dyn std::error::Error| Error::Broken(causes::told(error));
        let note = Note::parse(note).map_err(|error| broken(&error))?;
        let keys: Vec<VerifierKey> = self.log.keys().all().cloned().collect();
        let note = note.signed_by(&keys);
        let note = note.ok_or_else(|| Error::Broken("a checkpoint is not signed".to_owned()))?;
        let old = self.known.min(size);
        let proof = self.log.consistency(old, size)?;
        let request =
            AddCheckpoint::new(old, proof, note.clone()).map_err(|error| broken(&error))?;
        self.check(&request)?;
        Ok((note, request))
    }

    /// That a witness refuses a proof means a fork only where the proof is right, so
    /// it is checked before; as far as the earlier tree was signed here.
    fn check(&self, request: &AddCheckpoint) -> Result<(), Error> {
        let old = request.old();
        let found = self.log.store().checkpoint_from(old).map_err(Error::Store)?;
        let earlier = found.filter(|(size, _)| *size == old).and_then(|(_, note)| {
            let note = Note::parse(std::str::from_utf8(&note).ok()?).ok()?;
            note.text().parse::<Checkpoint>().ok()
        });
        let Some(earlier) = earlier else { return Ok(()) };
        let (next, root) = (request.claimed().size(), request.claimed().root());
        verify_consistency(old, next, earlier.root(), root, request.proof())
            .map_err(|error| Error::Broken(format!("a checkpoint does not go on: {error}")))
    }

    fn judge(&mut self, size: TreeSize, answer: Answer) -> Judged {
        match answer {
            Answer::Lines(lines) => Judged::Lines(lines),
            Answer::Knows(known) if known > self.log.signed_size() => {
                Judged::End(Outcome::Behind(known))
            }
            // It does not say anything new, so asking again would not help.
            Answer::Knows(known) if known == self.known => {
                Judged::End(Outcome::Unreachable("it contradicts itself".to_owned()))
            }
            Answer::Knows(known) => {
                self.known = known;
                Judged::AskAgain
            }
            Answer::OtherRoot => Judged::End(Outcome::Fork(size)),
            Answer::NotProven => Judged::End(Outcome::Fork(self.known)),
            Answer::Refused(status) => Judged::End(Outcome::Refused(status)),
            Answer::Unreachable(why) => Judged::End(Outcome::Unreachable(why)),
        }
    }

    /// Verifies what the witness answered, and stores it.
    fn store(&mut self, size: TreeSize, note: &Note, lines: &str) -> Result<Outcome, Error> {
        let Some(cosignatures) = verified(note, lines, &self.key) else {
            let why = format!("what it answered is no cosignature by {}", self.key);
            return Ok(Outcome::Unreachable(why));
        };
        self.log.put_cosignatures(size, &cosignatures)?;
        (self.known, self.cosigned) = (size, Some(size));
        Ok(Outcome::Cosigned(size))
    }

    fn trace(&self, outcome: &Outcome) {
        let (witness, origin) = (&self.counts().name, self.log.origin());
        if self.last.as_ref().is_some_and(|last| last.is_like(outcome)) {
            return tracing::debug!(witness, ?outcome, "submitted again");
        }
        match outcome {
            Outcome::Cosigned(size) => tracing::info!(witness, %size, "cosigned"),
            Outcome::Fork(known) => tracing::error!(
                witness, origin, %known,
                "FORK: the witness knows another history of this log. Keep everything as it is and \
                 compare backups; docs/OPERATING.md, Witnesses, says how"
            ),
            Outcome::Behind(known) => tracing::error!(
                witness, origin, %known, signed = %self.log.signed_size(),
                "BEHIND: the witness knows a larger tree of this log than was signed here: an older \
                 copy was restored, or somebody else has its key"
            ),
            Outcome::Refused(404) => tracing::warn!(
                witness, vkey = %self.log.verifier_key(),
                "the witness does not know this log: give its operator this key"
            ),
            Outcome::Refused(403) => tracing::warn!(
                witness, vkey = %self.log.verifier_key(),
                "the witness does not trust the log's key; after a rotation, give its operator the \
                 new one"
            ),
            Outcome::Refused(status) => {
                tracing::warn!(witness, status, "the witness refused; it is asked again");
            }
            Outcome::Unreachable(why) => {
                tracing::warn!(witness, why, "no cosignature; the witness is asked again");
            }
            Outcome::Failed(why) => tracing::error!(witness, why, "the witness cannot be asked"),
        }
    }

    /// A suspected breach becomes an entry: once, as each entry makes a checkpoint,
    /// which would be refused in turn.
    fn write_down(&mut self, outcome: &Outcome) {
        let (finding, at, count) = match outcome {
            Outcome::Fork(known) => (Finding::Fork, known, &self.counts.forks),
            Outcome::Behind(known) => (Finding::Behind, known, &self.counts.behind),
            Outcome::Cosigned(_)
            | Outcome::Refused(_)
            | Outcome::Unreachable(_)
            | Outcome::Failed(_) => return,
        };
        if self.found.contains(&finding) {
            return;
        }
        let draft = Draft::found(finding, self.key.name().as_str(), Some(at.get()));
        match self.log.append_blocking(Group::of(draft)) {
            Ok(_) => {
                count.fetch_add(1, Ordering::Relaxed);
                self.found.push(finding);
            }
            Err(error) => {
                let error = causes::told(&error);
                tracing::error!(error, "what a witness found could not be written down");
            }
        }
    }
}

/// What an answer leads to.
enum Judged {
    Lines(String),
    AskAgain,
    End(Outcome),
}

impl Outcome {
    /// Whether it is the same in kind, so that it need not be told again.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused(one), Self::Refused(two)) => one == two,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The lines of an answer that are good cosignatures by the key; `None` where there
/// is none, or a false one.
fn verified(note: &Note, lines: &str, key: &VerifierKey) -> Option<Vec<Signature>> {
    let answered = Note::parse(&format!("{}\n{lines}", note.text())).ok()?;
    answered.verify(std::slice::from_ref(key)).ok()?;
    let by_key = answered.signatures().iter().filter(|signature| signature.claims(key));
    Some(by_key.cloned().collect())
}
