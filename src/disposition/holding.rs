//! Which holds kept what a run did not destroy: for who may know of every hold.
//!
//! The decision that ends a run says "a hold", and not which: others read it. So the holds
//! that were in force then are asked again.

use std::collections::BTreeSet;

use super::execute::HELD;
use super::held::HeldNow;
use super::{Disposition, Error, Inner, Shown};
use crate::index::Selection;
use crate::projection::holds::Held;
use crate::record::RecordId;

impl Disposition {
    /// The holds that kept records of a run that is finished, silent ones among them.
    ///
    /// # Errors
    /// When the index cannot be asked.
    pub async fn holding(&self, shown: &Shown) -> Result<Vec<RecordId>, Error> {
        let Some(ended) = shown.ended else { return Ok(vec![]) };
        let mut kept = Selection::new();
        for withheld in shown.withheld.iter().filter(|withheld| withheld.why == HELD) {
            withheld.entries.iter().for_each(|set| kept.unite(&Selection::from(set)));
        }
        if kept.is_empty() {
            return Ok(vec![]);
        }
        self.0.blocking(move |inner| inner.holding(&kept, ended)).await
    }
}

impl Inner {
    fn holding(&self, kept: &Selection, then: jiff::Timestamp) -> Result<Vec<RecordId>, Error> {
        let held = self.govern.read(|projection| {
            let holds = projection.holds.iter();
            Held::of(holds.filter(|(_, hold)| hold.placed <= then && hold.in_force(then)))
        });
        let held = HeldNow::ask(held.map_err(Error::Govern)?, &self.index);
        let held = held.map_err(Error::Index)?;
        let told = self.index.fold_facts(BTreeSet::new, |found, entry, facts| {
            if kept.contains(entry) {
                found.extend(held.all_on(entry, facts));
            }
        });
        let found: BTreeSet<RecordId> =
            told.map_err(Error::Index)?.parts.into_iter().flatten().collect();
        Ok(found.into_iter().collect())
    }
}
