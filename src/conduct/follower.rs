//! Following the log: reads, judges, shows, and puts aside what is known.
//!
//! What it knows is put aside from time to time, and at once when something was destroyed,
//! so that it opens with nothing any more. After a crash it goes on from what was put aside
//! last; reading an entry again changes nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::config::Measure;
use super::outlook::{self, Ahead};
use super::piece::{Piece, Reader, Said};
use super::snapshot::{Position, Snapshot};
use super::state::State;
use super::{Below, Conduct, ConductConfig, Error, Found};
use crate::causes;
use crate::tlog::{LeafIndex, leaf_hash};

/// How often the log is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// While it is behind, it rests for so many parts of the time that it worked.
const REST_PARTS: u32 = 4;

/// How often what is known is put aside, where it changed.
const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(60);

/// Where much is destroyed, how often what was put aside is made not to open any more.
const FORGET_INTERVAL: Duration = Duration::from_millis(500);

/// How often findings are shown while it is behind.
const SHOW_INTERVAL: Duration = Duration::from_secs(1);

/// How often is looked at what is ending, by the archive's clock …
const OUTLOOK_SECONDS: i64 = 3600;

/// … and by this process's, where something was decided.
const OUTLOOK_INTERVAL: Duration = Duration::from_secs(2);

/// Between two readings of the whole log there is at least so much time.
const AGAIN_INTERVAL: Duration = Duration::from_secs(600);

/// After a failure, when it is tried again.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// Follows the log and makes findings.
#[derive(Debug)]
pub struct Follower {
    conduct: Conduct,
    below: Below,
    measure: Measure,
    warn_days: u16,
    snapshot: Snapshot,
    position: Position,
    state: State,
    /// What was known before the log was begun to be read again.
    before: Option<Box<(Position, State)>>,
    /// How far was put aside.
    put_aside: Option<Position>,
    /// Something was destroyed: what was put aside must not open any more.
    must_forget: bool,
    /// Something was decided since was looked at what is ending.
    decided: bool,
    looked_ahead: Option<(Timestamp, Instant)>,
    shown: Option<Instant>,
    put_aside_at: Instant,
    /// Whether that failed.
    failed: bool,
    began_again: Option<Instant>,
}

impl Follower {
    /// Opens: see [`Conduct::open`].
    pub(super) fn open(
        dir: &Path,
        below: Below,
        config: &ConductConfig,
        conduct: Conduct,
    ) -> Result<Option<Self>, Error> {
        let snapshot = Snapshot::new(dir.to_owned(), Arc::clone(&below.keyring));
        if !config.enabled {
            snapshot.remove()?;
            return Ok(None);
        }
        let measure = config.measure();
        let known = match snapshot.read(&measure) {
            Ok(Some((position, state))) if is_of(&below, position)? => Some((position, state)),
            Ok(None) if below.log.size().get() > 1 => told_anew(dir, "there are none"),
            Ok(None) => None,
            Ok(Some(_)) => told_anew(dir, "it is of another log, or ahead of this one"),
            Err(why) => told_anew(dir, &why),
        };
        let put_aside = known.as_ref().map(|(position, _)| *position);
        let size = below.log.size().get();
        let (position, state) = known.unwrap_or((Position::START, State::begin(size)));
        let follower = Self {
            conduct,
            below,
            measure,
            warn_days: config.warn_days,
            snapshot,
            position,
            state,
            before: None,
            // What cannot be used may still open.
            must_forget: put_aside.is_none(),
            put_aside,
            decided: true,
            looked_ahead: None,
            shown: None,
            put_aside_at: Instant::now(),
            failed: false,
            began_again: None,
        };
        follower.show(true);
        follower.conduct.has_read(follower.position.size);
        Ok(Some(follower))
    }

    /// Follows the log until the other end of `stopped` is gone, then puts aside what is
    /// known. Blocks: it is a thread of its own, at a low priority.
    pub fn follow(mut self, stopped: &Receiver<()>) {
        loop {
            let began = Instant::now();
            let rest = match self.work() {
                Ok(true) => began.elapsed() / REST_PARTS,
                Ok(false) => LOOK_INTERVAL,
                Err(error) => {
                    let error = causes::told(&error);
                    tracing::error!(error, "findings of conduct are not made, trying again");
                    RETRY_INTERVAL
                }
            };
            match stopped.recv_timeout(rest) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if self.put_aside != Some(self.position)
            && let Err(error) = self.put_aside()
        {
            self.tell_not_put_aside(&error);
        }
    }

    /// Does one piece of work; whether there is more at once.
    pub(super) fn work(&mut self) -> Result<bool, Error> {
        let reader = Reader {
            log: &self.below.log,
            keyring: &self.below.keyring,
            govern: &self.below.govern,
            note: &self.measure.template_in_callback,
        };
        let piece = reader.read(self.position)?;
        let is_behind = piece.position.size < self.below.log.size().get();
        self.take(piece)?;
        if is_behind {
            self.show_sometimes();
            self.put_aside_sometimes();
            return Ok(true);
        }
        if let Some(before) = self.before.take() {
            self.state.succeed(before.1, self.below.govern.now());
            self.conduct.has_read(self.position.size);
            tracing::info!(entries = self.position.size, "findings of conduct were made anew");
        }
        self.begin_again();
        self.look_ahead()?;
        self.show_sometimes();
        self.put_aside_sometimes();
        Ok(self.before.is_some())
    }

    fn take(&mut self, piece: Piece) -> Result<(), Error> {
        let Piece { said, position, time } = piece;
        let Some(time) = time else { return Ok(()) };
        for said in said {
            match said {
                Said::Record(told, place) => self.state.take(told, place),
                Said::Consent { people, against, entry } => {
                    self.decided = true;
                    self.state.consent(people, against, entry);
                }
                Said::Resolved { was_meant, entry } => {
                    self.decided = true;
                    self.state.resolved(was_meant, entry);
                }
                Said::Unread { captured } => self.state.unread(captured),
                Said::Destroyed(entries, of_consent) => {
                    if let Some(time) = of_consent {
                        self.state.consent_destroyed(time);
                    }
                    let is_destroyed = |entry| entries.contains(LeafIndex::new(entry));
                    self.state.destroyed(is_destroyed);
                    if let Some(before) = &mut self.before {
                        before.1.destroyed(is_destroyed);
                    }
                    self.must_forget = true;
                }
            }
        }
        let (state, measure) = (&mut self.state, &self.measure);
        let settled = self.below.govern.read(|projection| {
            state.settle(&projection.consent, measure, time);
        });
        settled.map_err(Error::Govern)?;
        self.position = position;
        if self.before.is_none() {
            self.conduct.has_read(position.size);
        }
        Ok(())
    }

    /// Reads the whole log again, where what was told now speaks against messages that are
    /// not remembered. What was found before is shown until that is done.
    fn begin_again(&mut self) {
        let lately = self.began_again.is_some_and(|at| at.elapsed() < AGAIN_INTERVAL);
        if !self.state.must_begin_again() || lately {
            return;
        }
        tracing::info!(
            "an opt-out was told of that is older than what is remembered: findings of conduct \
             are made anew"
        );
        self.began_again = Some(Instant::now());
        let size = self.below.log.size().get();
        let before = std::mem::replace(&mut self.state, State::begin(size));
        self.before = Some(Box::new((self.position, before)));
        self.position = Position::START;
    }

    fn look_ahead(&mut self) -> Result<(), Error> {
        let now = self.below.govern.now();
        let is_due = self.looked_ahead.is_none_or(|(at, when)| {
            let passed = now.as_second().saturating_sub(at.as_second());
            passed.abs() >= OUTLOOK_SECONDS || self.decided && when.elapsed() >= OUTLOOK_INTERVAL
        });
        if !is_due || self.before.is_some() {
            return Ok(());
        }
        let Below { index, govern, .. } = &self.below;
        // What the index has not read yet may be proof.
        if index.progress().searchable.get() < self.position.size {
            return Ok(());
        }
        let consent_valid_months = self.measure.consent_valid_months;
        let ahead = Ahead { now, warn_days: self.warn_days, consent_valid_months };
        let relied = govern.read(|projection| outlook::relied(&projection.consent, now));
        let relied = relied.map_err(Error::Govern)?;
        let mut current = outlook::ending(&relied, &ahead);
        current.extend(outlook::proof_ending(&relied, &ahead, &self.below)?);
        self.state.ending(now, current, self.measure.findings_max);
        self.looked_ahead = Some((now, Instant::now()));
        self.decided = false;
        Ok(())
    }

    /// Shows what was found, and what was counted.
    fn show_sometimes(&mut self) {
        let is_caught_up = self.position.size >= self.below.log.size().get();
        let lately = self.shown.is_some_and(|at| at.elapsed() < SHOW_INTERVAL);
        if self.before.is_none() && (is_caught_up || !lately) {
            let changed = self.state.take_changed();
            self.show(changed);
            self.shown = Some(Instant::now());
        }
    }

    fn show(&self, changed: bool) {
        let all = || self.state.findings().map(|finding| (finding.id, finding.clone()));
        let findings = match changed {
            true => Arc::new(all().collect()),
            false => Arc::clone(&self.conduct.found().findings),
        };
        let (counts, remembered) = (self.state.counts(), self.state.remembered());
        self.conduct.show(Found { findings, counts, remembered });
    }

    fn put_aside_sometimes(&mut self) {
        let is_caught_up = self.position.size >= self.below.log.size().get();
        let changed = self.put_aside != Some(self.position) && self.before.is_none();
        let interval = match self.put_aside {
            _ if self.failed => RETRY_INTERVAL,
            None => Duration::ZERO,
            Some(_) if self.must_forget && is_caught_up => FORGET_INTERVAL,
            Some(_) => SNAPSHOT_INTERVAL,
        };
        if !(changed || self.must_forget) || self.put_aside_at.elapsed() < interval {
            return;
        }
        if let Err(error) = self.put_aside() {
            self.tell_not_put_aside(&error);
        }
    }

    /// Puts aside what is known, or was before the log was begun to be read again.
    fn put_aside(&mut self) -> Result<(), Error> {
        (self.put_aside_at, self.failed) = (Instant::now(), true);
        let (position, state) = match self.before.as_deref() {
            Some((position, state)) => (*position, state),
            None => (self.position, &self.state),
        };
        self.snapshot.write(&self.measure, position, state, self.must_forget)?;
        self.put_aside = Some(position);
        (self.must_forget, self.failed) = (false, false);
        Ok(())
    }

    fn tell_not_put_aside(&self, error: &Error) {
        let error = causes::told(error);
        tracing::warn!(error, "what findings of conduct are made from was not put aside");
    }
}

/// Whether the log holds what was read, at the place where it was read.
fn is_of(below: &Below, position: Position) -> Result<bool, Error> {
    let Some(last) = position.size.checked_sub(1).map(LeafIndex::new) else { return Ok(true) };
    if position.size > below.log.size().get() {
        return Ok(false);
    }
    let leaf = below.log.store().leaf(last).map_err(Error::Store)?;
    Ok(leaf.is_some_and(|leaf| leaf_hash(&leaf) == position.last))
}

fn told_anew<T>(dir: &Path, why: &str) -> Option<T> {
    tracing::warn!(conduct.dir = %dir.display(), why, "findings of conduct are made anew");
    None
}
