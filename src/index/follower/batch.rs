//! A piece of the log, opened on all cores.

use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::entry::{Event, Kept, codec};
use crate::index::Error;
use crate::index::open::Position;
use crate::index::schema::is_indexed;
use crate::index::selection::Selection;
use crate::index::view::Shared;
use crate::record::Record;
use crate::seal::Keyring;
use crate::tlog::{LeafIndex, leaf_hash};
use crate::{log, seal};

/// The records of a piece of the log that can be searched for, in order.
pub(super) struct Batch {
    pub(super) records: Vec<(LeafIndex, Timestamp, Record)>,
    /// Entries of which the log says here that their records were destroyed.
    pub(super) destroyed: Selection,
    /// How far was read with this piece.
    pub(super) position: Position,
}

/// An entry whose record is to be opened.
struct Sealed {
    index: LeafIndex,
    captured: Timestamp,
    kept: Kept,
}

impl Batch {
    /// Reads on from a position, up to the configured number of entries and bytes.
    pub(super) fn read(
        shared: &Arc<Shared>,
        keyring: &Keyring,
        from: Position,
    ) -> Result<Self, Error> {
        let leaves = read_leaves(shared, from)?;
        let opened: Vec<_> = leaves
            .sealed
            .into_par_iter()
            .map(|sealed| open(&shared.log, keyring, sealed))
            .collect::<Result<_, Error>>()?;
        let records = opened.into_iter().flatten().collect();
        Ok(Self { records, destroyed: leaves.destroyed, position: leaves.position })
    }
}

/// What the leaves of a piece of the log say.
struct Leaves {
    sealed: Vec<Sealed>,
    destroyed: Selection,
    position: Position,
}

fn read_leaves(shared: &Shared, from: Position) -> Result<Leaves, Error> {
    let (config, size) = (&shared.config, shared.log.size());
    let mut read = Leaves { sealed: vec![], destroyed: Selection::new(), position: from };
    let mut bytes = 0_u64;
    if from.size >= size.get() {
        return Ok(read);
    }
    let leaves = shared.log.store().leaves_from(LeafIndex::new(from.size));
    for leaf in leaves.take(config.batch_entries_max.max(1)) {
        let (index, leaf) = leaf.map_err(|error| Error::Log(log::Error::Store(error)))?;
        // What is beyond the published size may not have been answered yet.
        if !size.contains(index) {
            break;
        }
        if index.get() != read.position.size {
            let gap = format!("entry {} is missing", read.position.size);
            return Err(Error::Log(log::Error::Broken(gap)));
        }
        read.position = Position { size: index.get() + 1, last: leaf_hash(&leaf) };
        let entry = codec::decode(&leaf).map_err(|error| {
            Error::Log(log::Error::Broken(format!("entry {index} cannot be read: {error}")))
        })?;
        if let Event::Destroyed { entries, .. } = &entry.event {
            read.destroyed.unite(&Selection::from(entries));
        }
        let captured = entry.time;
        let Some(kept) = entry.kept().filter(|kept| is_indexed(kept.class)).cloned() else {
            continue;
        };
        bytes = bytes.saturating_add(kept.sealed_size);
        read.sealed.push(Sealed { index, captured, kept });
        if bytes >= config.batch_bytes_max {
            break;
        }
    }
    Ok(read)
}

/// Opens a record; `None` where it was destroyed, or cannot be opened or read.
fn open(
    log: &log::Log,
    keyring: &Keyring,
    sealed: Sealed,
) -> Result<Option<(LeafIndex, Timestamp, Record)>, Error> {
    let Sealed { index, captured, kept } = sealed;
    // Destroyed while it was read here.
    let is_destroyed = || matches!(log.sealed_at(index), Err(log::Error::Shredded));
    let passed_over = |error: &dyn std::error::Error| {
        if is_destroyed() {
            return Ok(None);
        }
        tracing::error!(entry = index.get(), record.id = %kept.record, %error, "record not indexed");
        Ok(None)
    };
    let (header, body) = match log.sealed_at(index) {
        Ok(sealed) => sealed,
        Err(log::Error::Shredded) => return Ok(None),
        Err(error @ log::Error::Broken(_)) => return passed_over(&error),
        Err(error) => return Err(Error::Log(error)),
    };
    let plaintext = match keyring.open(&kept, &header, &body) {
        Ok(plaintext) => plaintext,
        Err(seal::Error::NoBucket(_)) => return Ok(None),
        Err(seal::Error::NoShare(_)) if is_destroyed() => return Ok(None),
        Err(error @ (seal::Error::Altered(_) | seal::Error::Commitment)) => {
            return passed_over(&error);
        }
        Err(error) => return Err(Error::Keys(error)),
    };
    match serde_json::from_slice(&plaintext) {
        Ok(record) => Ok(Some((index, captured, record))),
        // What serde says may quote the record: only that it does not read is told.
        Err(_) => {
            tracing::error!(entry = index.get(), record.id = %kept.record, "record does not read");
            Ok(None)
        }
    }
}
