//! Opening what an entry binds, and telling apart gone and damaged.

use std::sync::atomic::Ordering;

use zeroize::Zeroizing;

use super::restricted::Hidden;
use super::view::Problem;
use super::{Error, Inner};
use crate::entry::{Entry, Kept, codec};
use crate::record::{Record, RecordId};
use crate::tlog::LeafIndex;
use crate::{log, seal, store};

/// An entry and the plaintext that it commits to.
pub(super) struct Opened {
    pub(super) entry: Entry,
    pub(super) kept: Kept,
    pub(super) plaintext: Zeroizing<Vec<u8>>,
}

/// A record for showing; or why it cannot be.
pub(super) struct Shown {
    /// `None` where even the leaf does not read.
    pub(super) entry: Option<Entry>,
    pub(super) content: Result<Record, Unshown>,
}

/// Why a record is not shown.
#[derive(Clone, Copy)]
pub(super) struct Unshown {
    pub(super) problem: Problem,
    /// The decision, where its use is restricted.
    pub(super) restriction: Option<RecordId>,
}

impl Unshown {
    const fn of(problem: Problem) -> Self {
        Self { problem, restriction: None }
    }
}

impl Inner {
    /// The entry that keeps a record.
    pub(super) fn place_of(&self, record: RecordId) -> Result<LeafIndex, Error> {
        let found = self.log.store().index_of(record).map_err(Error::Store)?;
        found.ok_or(Error::NotFound("record"))
    }

    /// The exact bytes of an entry.
    pub(super) fn leaf_at(&self, index: LeafIndex) -> Result<Vec<u8>, Error> {
        let leaf = self.log.store().leaf(index).map_err(|error| self.failed_row(index, error))?;
        leaf.ok_or_else(|| self.damaged(index, "its leaf is missing"))
    }

    /// Opens what an entry binds.
    pub(super) fn open(&self, index: LeafIndex) -> Result<Opened, Error> {
        let entry = codec::decode(&self.leaf_at(index)?)
            .map_err(|_| self.damaged(index, "its leaf does not read"))?;
        if entry.index != index {
            return Err(self.damaged(index, "its leaf says that it is another entry"));
        }
        let kept = entry.kept().cloned();
        let kept = kept.ok_or_else(|| self.damaged(index, "it binds no record"))?;
        let destroyed = Error::Destroyed { record: kept.record, entry: index };
        let (header, body) = match self.log.sealed_at(index) {
            Ok(sealed) => sealed,
            Err(log::Error::Shredded) => return Err(destroyed),
            Err(log::Error::Broken(_)) => return Err(self.damaged(index, "its body is missing")),
            Err(log::Error::Store(error)) => return Err(self.failed_row(index, error)),
            Err(error) => return Err(Error::Log(error)),
        };
        match self.keyring.open(&kept, &header, &body) {
            Ok(plaintext) => Ok(Opened { entry, kept, plaintext }),
            Err(seal::Error::NoBucket(_)) => Err(destroyed),
            Err(error @ (seal::Error::Altered(_) | seal::Error::Commitment)) => {
                Err(self.damaged(index, &error.to_string()))
            }
            Err(error) => Err(Error::Seal(error)),
        }
    }

    /// Opens a record that is expected to be of this id.
    pub(super) fn open_record(&self, index: LeafIndex, id: RecordId) -> Result<Opened, Error> {
        let opened = self.open(index)?;
        if opened.kept.record == id {
            Ok(opened)
        } else {
            Err(self.damaged(index, "it keeps another record than its row says"))
        }
    }

    /// Opens a record to be listed among others: what cannot be opened, or is hidden, is
    /// shown as a problem and hides none of the rest.
    pub(super) fn show(
        &self,
        hidden: &Hidden,
        index: LeafIndex,
        id: RecordId,
    ) -> Result<Shown, Error> {
        let problem = match self.open_record(index, id) {
            Ok(opened) => {
                let content = match self.record_in(index, &opened) {
                    Err(_) => Err(Unshown::of(Problem::Damaged)),
                    Ok(record) => match hidden.by(&record) {
                        None => Ok(record),
                        restriction => Err(Unshown { problem: Problem::Restricted, restriction }),
                    },
                };
                return Ok(Shown { entry: Some(opened.entry), content });
            }
            Err(Error::Destroyed { .. }) => Problem::Destroyed,
            Err(Error::Damaged { .. }) => Problem::Damaged,
            Err(error) => return Err(error),
        };
        let leaf = self.log.store().leaf(index).ok().flatten();
        let entry = leaf.and_then(|leaf| codec::decode(&leaf).ok());
        Ok(Shown { entry, content: Err(Unshown::of(problem)) })
    }

    /// The record in an opened body.
    pub(super) fn record_in(&self, index: LeafIndex, opened: &Opened) -> Result<Record, Error> {
        // The parser's own message may quote the content.
        serde_json::from_slice(&opened.plaintext)
            .map_err(|_| self.damaged(index, "the opened body is not a record's JSON"))
    }

    /// Says that an entry is damaged, to the operator and to the caller.
    pub(super) fn damaged(&self, entry: LeafIndex, why: &str) -> Error {
        self.counts.damaged.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%entry, why, "entry damaged");
        Error::Damaged { entry, why: why.to_owned() }
    }

    fn failed_row(&self, index: LeafIndex, error: store::Error) -> Error {
        if matches!(error, store::Error::Corrupt { .. }) {
            self.damaged(index, &error.to_string())
        } else {
            Error::Store(error)
        }
    }
}
