//! What the log says of a run: its plan, how far it got, its end.

use super::certificate::Certificate;
use super::execute::DestroyedBy;
use super::{Error, Inner};
use crate::entry::Ranges;
use crate::govern::Told;
use crate::index::Selection;
use crate::projection::Act;
use crate::projection::runs::{DispositionAct, Group, Plan, Withheld};
use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) at: LeafIndex,
    pub(super) certificate: String,
    pub(super) withheld: Vec<Withheld>,
}

impl Inner {
    /// The plan of a run, and its entry.
    pub(super) fn plan_of(&self, run: RecordId) -> Result<(LeafIndex, Plan), Error> {
        let told = self.govern.told(run).map_err(Error::Govern)?;
        match told {
            Some((at, Told { act: Act::Disposition(DispositionAct::Planned(plan)), .. })) => {
                Ok((at, plan))
            }
            Some(_) | None => Err(Error::NotFound("disposition")),
        }
    }

    /// The run that was started and is not finished.
    pub(super) fn started(&self) -> Result<Option<RecordId>, Error> {
        self.govern.read(|projection| projection.runs.started()).map_err(Error::Govern)
    }

    /// Everything that a run destroyed so far, from the plan's entry on. What the log says is
    /// destroyed and a stop left there, is deleted.
    pub(super) fn delete_left_of(
        &self,
        run: RecordId,
        at: LeafIndex,
    ) -> Result<Vec<DestroyedBy>, Error> {
        let gone = self.destroyed_by(run, at)?;
        let mut left = vec![];
        for index in gone.iter().flat_map(|by| by.entries.iter()) {
            if self.log.store().header(index).map_err(Error::Store)?.is_some() {
                left.push(index);
            }
        }
        self.delete(&left)?;
        Ok(gone)
    }

    /// The records of a plan that were not destroyed yet.
    pub(super) fn left_of(
        &self,
        run: RecordId,
        at: LeafIndex,
        planned: &Selection,
    ) -> Result<Vec<LeafIndex>, Error> {
        let gone = self.delete_left_of(run, at)?;
        let mut records = vec![];
        for index in planned.iter() {
            if gone.iter().any(|by| by.entries.contains(index)) {
                continue;
            }
            let entry = self.log.entry_at(index).map_err(Error::Log)?;
            // The others go along with records, or stay with them.
            let judged = |class: Class| class.holds_record() || class == Class::Access;
            if entry.kept().is_some_and(|kept| judged(kept.class)) {
                records.push(index);
            }
        }
        Ok(records)
    }

    pub(super) fn certificate(&self, run: RecordId) -> Result<Option<Certificate>, Error> {
        let (at, _) = self.plan_of(run)?;
        let Some(Ended { at: end, certificate: text, .. }) = self.ended(run, at)? else {
            return Err(Error::NotFound("finished disposition"));
        };
        let receipt = |index| self.log.receipt(index).map_err(Error::Log);
        let (Some(planned), Some(finished)) = (receipt(at)?, receipt(end)?) else {
            return Ok(None);
        };
        let destroyed: Option<Vec<String>> = self
            .destroyed_by(run, at)?
            .iter()
            .map(|by| receipt(by.index))
            .collect::<Result<_, _>>()?;
        let Some(destroyed) = destroyed else { return Ok(None) };
        Ok(Some(Certificate { v: 1, text, planned, destroyed, finished }))
    }

    /// How a run ended; `None` while it has not.
    pub(super) fn ended(&self, run: RecordId, at: LeafIndex) -> Result<Option<Ended>, Error> {
        for index in self.log.store().governing_from(at) {
            let index = index.map_err(Error::Store)?;
            let Some(told) = self.govern.told_at(index).map_err(Error::Govern)? else { continue };
            if let Act::Disposition(DispositionAct::Finished {
                run: of, certificate, withheld, ..
            }) = told.act
                && of == run
            {
                return Ok(Some(Ended { at: index, certificate, withheld }));
            }
        }
        Ok(None)
    }
}

/// How many records of a group were destroyed.
pub(super) fn gone_of(group: &Group, destroyed: &[DestroyedBy]) -> u64 {
    let entries = group.entries.iter().flat_map(Ranges::iter);
    let gone = entries.filter(|entry| destroyed.iter().any(|by| by.entries.contains(*entry)));
    gone.fold(0, |count, _| count + 1)
}
