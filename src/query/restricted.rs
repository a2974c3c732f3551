//! Records whose use is restricted (GDPR art. 18) are hidden from who does not answer for
//! them: that they are there is said, and by which decision they are hidden.
//!
//! A record must be opened to know whose it is; what is then not given out was written
//! down as an access like any other. Hidden are records, excerpts, media, and deliveries
//! that brought a restricted record: they hold its words. Not hidden is what readers
//! themselves said of it (accesses, decisions), and who consents to what.

use std::sync::{Arc, PoisonError};

use super::open::Opened;
use super::{Access, Error, Inner};
use crate::entry::codec;
use crate::projection::subjects::RestrictedNow;
use crate::record::{Class, Record, RecordId};
use crate::tlog::LeafIndex;

/// What is hidden from somebody.
pub(super) struct Hidden(Option<RestrictedNow>);

impl Hidden {
    /// The decision by which a record is hidden.
    pub(super) fn by(&self, record: &Record) -> Option<RecordId> {
        self.0.as_ref()?.of(record)
    }

    pub(super) const fn is_nothing(&self) -> bool {
        self.0.is_none()
    }
}

impl Inner {
    /// What is hidden from somebody, by what holds now, and by all that its persons are
    /// known by in what is indexed.
    pub(super) fn hidden_from(&self, access: &Access) -> Result<Hidden, Error> {
        if access.sees_restricted {
            return Ok(Hidden(None));
        }
        let now = self.govern.read(|projection| Arc::clone(projection.subjects.restrictions()));
        let now = now.map_err(Error::Govern)?;
        if now.is_empty() {
            return Ok(Hidden(None));
        }
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        let came_later = self.index.later(now.known(), &mut later).map_err(Error::Index)?;
        Ok(Hidden(Some(RestrictedNow::new(now, came_later))))
    }

    /// Refuses what is opened and hidden from somebody.
    pub(super) fn check_hidden(
        &self,
        hidden: &Hidden,
        index: LeafIndex,
        opened: &Opened,
    ) -> Result<(), Error> {
        if hidden.is_nothing() {
            return Ok(());
        }
        let class = opened.kept.class;
        let by = if class == Class::Delivery {
            self.hidden_in_delivery(hidden, index, opened.kept.record)?
        } else if class.holds_record() {
            hidden.by(&self.record_in(index, opened)?)
        } else {
            None
        };
        match by {
            Some(restriction) => Err(Error::Restricted { record: opened.kept.record, restriction }),
            None => Ok(()),
        }
    }

    /// The decision by which a delivery is hidden: one of its records is. They stand behind
    /// it in the log, one after the other.
    fn hidden_in_delivery(
        &self,
        hidden: &Hidden,
        index: LeafIndex,
        delivery: RecordId,
    ) -> Result<Option<RecordId>, Error> {
        let behind = LeafIndex::new(index.get().saturating_add(1));
        for leaf in self.log.store().leaves_from(behind) {
            let (place, leaf) = leaf.map_err(Error::Store)?;
            let entry =
                codec::decode(&leaf).map_err(|_| self.damaged(place, "its leaf does not read"))?;
            if entry.event.delivery() != Some(delivery) {
                break;
            }
            let record = match self.open(place) {
                Ok(opened) => self.record_in(place, &opened)?,
                // Of what is gone or damaged nobody can say whose it was; the delivery was
                // not destroyed with it only where others rest on it.
                Err(Error::Destroyed { .. } | Error::Damaged { .. }) => continue,
                Err(error) => return Err(error),
            };
            if let Some(restriction) = hidden.by(&record) {
                return Ok(Some(restriction));
            }
        }
        Ok(None)
    }
}
