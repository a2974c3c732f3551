//! A piece of the log, opened: what it tells that conduct is judged by.

use jiff::Timestamp;

use super::Error;
use super::snapshot::Position;
use super::state::Place;
use super::told::{self, Told, identifiers};
use crate::entry::{Entry, Event, Kept, codec};
use crate::govern::Govern;
use crate::index::Selection;
use crate::log::{self, Log};
use crate::policy::Mark;
use crate::policy::consent::Kind;
use crate::projection::Act;
use crate::projection::consent::{ConsentAct, Signal, Verdict};
use crate::record::{Class, Record};
use crate::seal::{self, Keyring};
use crate::tlog::{LeafIndex, leaf_hash};

/// Most entries read at once.
const ENTRIES_MAX: usize = 2048;

/// Most bytes of sealed bodies opened at once; one body may be larger.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a piece of the log tells, in order.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) said: Vec<Said>,
    /// How far was read with it.
    pub(super) position: Position,
    /// The time of its last entry.
    pub(super) time: Option<Timestamp>,
}

/// What one entry tells.
#[derive(Debug)]
pub(super) enum Said {
    /// A record.
    Record(Told, Place),
    /// Something about the consent of people, and from when on it may speak against
    /// messages.
    Consent { people: Vec<Mark>, against: Option<i64>, entry: u64 },
    /// A candidate was looked at.
    Resolved { was_meant: bool, entry: u64 },
    /// A message was captured then that is destroyed now.
    Unread { captured: i64 },
    /// Records were destroyed; the time, where some of them were of consent.
    Destroyed(Selection, Option<i64>),
}

/// What entries are opened with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) log: &'a Log,
    pub(super) keyring: &'a Keyring,
    pub(super) govern: &'a Govern,
    /// What the name of a template stands behind.
    pub(super) note: &'a str,
}

impl Reader<'_> {
    /// Reads on from a position.
    pub(super) fn read(&self, from: Position) -> Result<Piece, Error> {
        let size = self.log.size();
        let mut piece = Piece { said: vec![], position: from, time: None };
        if from.size >= size.get() {
            return Ok(piece);
        }
        let mut bytes = 0_u64;
        let leaves = self.log.store().leaves_from(LeafIndex::new(from.size));
        for leaf in leaves.take(ENTRIES_MAX) {
            let (index, leaf) = leaf.map_err(Error::Store)?;
            // What is beyond the published size may not have been answered yet.
            if !size.contains(index) {
                break;
            }
            let broken = |what: String| Error::Log(log::Error::Broken(what));
            if index.get() != piece.position.size {
                return Err(broken(format!("entry {} is missing", piece.position.size)));
            }
            let entry = codec::decode(&leaf)
                .map_err(|error| broken(format!("entry {index} cannot be read: {error}")))?;
            piece.position = Position { size: index.get() + 1, last: leaf_hash(&leaf) };
            piece.time = Some(entry.time);
            bytes = bytes.saturating_add(entry.kept().map_or(0, |kept| kept.sealed_size));
            piece.said.extend(self.said(&entry)?);
            if bytes >= BYTES_MAX {
                break;
            }
        }
        Ok(piece)
    }

    fn said(&self, entry: &Entry) -> Result<Option<Said>, Error> {
        match &entry.event {
            Event::Captured { kept, .. } => self.captured(entry, kept),
            Event::Governed { .. } => Ok(self.governed(entry)),
            Event::Destroyed { entries, .. } => {
                let entries = Selection::from(entries);
                let of_consent = self.has_consent(&entries)?.then(|| entry.time.as_second());
                Ok(Some(Said::Destroyed(entries, of_consent)))
            }
            Event::Began { .. }
            | Event::Linked { .. }
            | Event::Missed { .. }
            | Event::Accessed { .. }
            | Event::HandedOver(_)
            | Event::Found { .. } => Ok(None),
        }
    }

    fn captured(&self, entry: &Entry, kept: &Kept) -> Result<Option<Said>, Error> {
        let is_said = match kept.class {
            Class::Message | Class::Call | Class::Unrecognised => true,
            Class::Account | Class::Consent | Class::Status => false,
            Class::Access
            | Class::Contact
            | Class::Delivery
            | Class::Governance
            | Class::Medium => return Ok(None),
        };
        let captured = entry.time.as_second();
        let Some(record) = open(self.log, self.keyring, entry.index, kept)? else {
            return Ok(is_said.then_some(Said::Unread { captured }));
        };
        let index = entry.index.get();
        if kept.class == Class::Consent {
            return Ok(Some(of_consent(&record, captured, index)));
        }
        let told = told::read(&record, self.note);
        let place = Place { entry: index, record: kept.record, captured };
        Ok((told != Told::Nothing).then_some(Said::Record(told, place)))
    }

    /// Whether records of consent were among those of these entries.
    fn has_consent(&self, entries: &Selection) -> Result<bool, Error> {
        for entry in entries.iter() {
            if self.log.kept_at(entry).map_err(Error::Log)?.class == Class::Consent {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A decision about consent. One that cannot be read was traced by `govern`.
    fn governed(&self, entry: &Entry) -> Option<Said> {
        let told = self.govern.told_at(entry.index).ok().flatten()?;
        let Act::Consent(act) = told.act else { return None };
        let index = entry.index.get();
        Some(match act {
            ConsentAct::Told { signal } => of_signals([&*signal].into_iter(), index),
            ConsentAct::Imported { lines, .. } => {
                of_signals(lines.iter().map(|line| &line.signal), index)
            }
            ConsentAct::Resolved { verdict, .. } => {
                Said::Resolved { was_meant: verdict == Verdict::Meant, entry: index }
            }
        })
    }
}

/// Opens a record; `None` where it was destroyed, or cannot be opened or read: of the
/// latter the index's trace tells, and `verify`.
pub(super) fn open(
    log: &Log,
    keyring: &Keyring,
    index: LeafIndex,
    kept: &Kept,
) -> Result<Option<Record>, Error> {
    let (header, body) = match log.sealed_at(index) {
        Ok(sealed) => sealed,
        Err(log::Error::Shredded | log::Error::Broken(_)) => return Ok(None),
        Err(error) => return Err(Error::Log(error)),
    };
    match keyring.open(kept, &header, &body) {
        Ok(plaintext) => Ok(serde_json::from_slice(&plaintext).ok()),
        Err(
            seal::Error::NoBucket(_)
            | seal::Error::NoShare(_)
            | seal::Error::Altered(_)
            | seal::Error::Commitment,
        ) => Ok(None),
        Err(error) => Err(Error::Keys(error)),
    }
}

/// What a captured record of class consent is about.
fn of_consent(record: &Record, captured: i64, entry: u64) -> Said {
    let parties = record.from.iter().chain(&record.body.mentions);
    let people = parties.flat_map(identifiers).collect();
    let speaks_against = !matches!(record.body.kind.as_str(), "opt_in" | "resume" | "joined");
    let at = record.at.map_or(captured, |at| at.min(captured));
    Said::Consent { people, against: speaks_against.then_some(at), entry }
}

fn of_signals<'a>(signals: impl Iterator<Item = &'a Signal>, entry: u64) -> Said {
    let (mut people, mut against): (Vec<Mark>, Option<i64>) = (vec![], None);
    for signal in signals {
        people.extend(signal.subject.iter().map(|name| Mark::of(name)));
        // What was given ends the more that was given before.
        let from = match signal.kind {
            Kind::OptIn => signal.expires,
            Kind::OptOut | Kind::Refused | Kind::Expired => Some(signal.at),
        };
        against = against.into_iter().chain(from.map(Timestamp::as_second)).min();
    }
    Said::Consent { people, against, entry }
}
