//! How much holds hold: now, and when they were placed.

use std::collections::BTreeMap;

use crate::api::{Api, ApiError, answer};
use crate::causes;
use crate::disposition::HeldNow;
use crate::projection::holds::{Held, Hold};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// How much holds hold now.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// How many records each of those in force holds.
    pub(super) records: BTreeMap<RecordId, u64>,
    /// How many identifiers of parties each of them follows.
    pub(super) follows: BTreeMap<RecordId, usize>,
    /// How much of the log was looked at.
    pub(super) searchable: u64,
}

impl Api {
    /// Counts what those holds hold that are asked for and in force.
    pub(super) async fn counted(
        &self,
        of: impl Fn(RecordId, &Hold) -> bool,
    ) -> Result<Counts, ApiError> {
        let now = self.clock.now();
        let (held, mut records) = self.govern.read(|projection| {
            let asked = || projection.holds.iter().filter(|(id, hold)| of(*id, hold));
            let in_force = || asked().filter(|(_, hold)| hold.in_force(now));
            let none: BTreeMap<RecordId, u64> = in_force().map(|(id, _)| (id, 0)).collect();
            (Held::of(in_force()), none)
        })?;
        if records.is_empty() {
            let searchable = self.index.progress().searchable.get();
            return Ok(Counts { searchable, ..Counts::default() });
        }
        let (index, asked) = (self.index.clone(), records.clone());
        let told = tokio::task::spawn_blocking(move || {
            let held = HeldNow::ask(held, &index)?;
            let count = |counts: &mut BTreeMap<RecordId, u64>, entry: LeafIndex, facts: &_| {
                for hold in held.all_on(entry, facts) {
                    *counts.entry(hold).or_default() += 1;
                }
            };
            let told = index.fold_facts(BTreeMap::new, count)?;
            let follows = asked.into_keys().map(|hold| (hold, held.follows(hold))).collect();
            Ok::<_, crate::index::Error>((told, follows))
        });
        let (told, follows) = told.await.map_err(ApiError::inside)?.map_err(ApiError::inside)?;
        for (hold, more) in told.parts.into_iter().flatten() {
            *records.entry(hold).or_default() += more;
        }
        Ok(Counts { records, follows, searchable: told.searchable.get() })
    }

    /// Has what a new hold caught counted and written down, and waits for it, but not
    /// long: the hold is in force already.
    pub(super) async fn count_caught(&self, hold: RecordId) {
        let disposition = self.disposition.clone();
        let counting = async move {
            if let Err(error) = disposition.count_caught(hold).await {
                let error = causes::told(&error);
                tracing::warn!(%hold, error, "what a hold caught was not counted");
            }
        };
        // Whether it was done in time is seen from the hold.
        answer::wait_a_little(counting).await;
    }
}
