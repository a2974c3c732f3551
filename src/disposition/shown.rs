//! A run as it stands: for who decides on it, and for who waits for its end.

use jiff::Timestamp;

use super::past::Ended;
use super::{Disposition, Error, Inner};
use crate::projection::runs::{Plan, Run, Stage, Withheld};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// A run, its plan, and how far it is.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The run.
    pub run: RecordId,
    /// The entry of its plan.
    pub entry: LeafIndex,
    /// Its plan.
    pub plan: Plan,
    /// What was decided on it.
    pub state: Run,
    /// How many records it destroyed, up to now.
    pub destroyed: u64,
    /// What was kept after all, once it is finished.
    pub withheld: Vec<Withheld>,
    /// When it was finished.
    pub ended: Option<Timestamp>,
    /// Whether it is being worked on; one that is started and is not was interrupted.
    pub working: bool,
}

impl Disposition {
    /// Shows a run.
    ///
    /// # Errors
    /// [`Error::NotFound`]; else when something cannot be read.
    pub async fn show(&self, run: RecordId) -> Result<Shown, Error> {
        self.0.blocking(move |inner| inner.show(run)).await
    }
}

impl Inner {
    fn show(&self, run: RecordId) -> Result<Shown, Error> {
        let state = self.govern.read(|projection| projection.runs.get(run).cloned());
        let state = state.map_err(Error::Govern)?.ok_or(Error::NotFound("disposition"))?;
        let (entry, plan) = self.plan_of(run)?;
        let (mut withheld, mut ended) = (vec![], None);
        let destroyed = match state.stage {
            Stage::Planned | Stage::Approved | Stage::Rejected => 0,
            Stage::Started => self.gone_by(run, entry)?,
            Stage::Finished => {
                if let Some(Ended { at, withheld: kept, .. }) = self.ended(run, entry)? {
                    ended = Some(self.log.entry_at(at).map_err(Error::Log)?.time);
                    withheld = kept;
                }
                state.destroyed
            }
        };
        let working = state.stage == Stage::Started && self.working.try_lock().is_err();
        Ok(Shown { run, entry, plan, state, destroyed, withheld, ended, working })
    }

    fn gone_by(&self, run: RecordId, from: LeafIndex) -> Result<u64, Error> {
        let destroyed = self.destroyed_by(run, from)?;
        Ok(destroyed.iter().map(|by| by.entries.count()).sum())
    }
}
