//! What holds hold at a moment: their facts, and what their queries find.

use std::sync::Arc;

use crate::index::{Index, Selection, language};
use crate::policy::Facts;
use crate::projection::holds::{Finds, Held};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// Every hold in force, with what its query finds.
#[derive(Debug)]
pub struct HeldNow {
    held: Held,
    /// As the queries of `held`; `None` for one that cannot be asked: it holds whatever
    /// its other conditions let it hold.
    found: Vec<Option<Arc<Selection>>>,
    /// What any of them finds.
    union: Selection,
    all_asked: bool,
}

impl HeldNow {
    /// Asks the index for what the queries find; blocks.
    ///
    /// # Errors
    /// When the index cannot be asked.
    pub fn ask(held: Held, index: &Index) -> Result<Self, crate::index::Error> {
        Self::ask_again(held, index, None)
    }

    /// As [`HeldNow::ask`], asking only for what was not asked before: for entries that
    /// the index had read then, that is what it finds now.
    pub(super) fn ask_again(
        held: Held,
        index: &Index,
        before: Option<&Self>,
    ) -> Result<Self, crate::index::Error> {
        let mut found = Vec::with_capacity(held.queries().len());
        let mut union = Selection::new();
        for (hold, query) in held.queries() {
            let known = before.and_then(|before| before.known(*hold));
            let selected = match (known, language::parse(query)) {
                (Some(known), _) => Some(known),
                (None, Ok(expr)) => Some(Arc::new(index.select(&expr)?.entries)),
                // It was understood when the hold was placed, by another build.
                (None, Err(_)) => None,
            };
            if let Some(entries) = &selected {
                union.unite(entries);
            }
            found.push(selected);
        }
        let all_asked = found.iter().all(Option::is_some);
        Ok(Self { held, found, union, all_asked })
    }

    /// A hold on the record of an entry.
    pub fn on(&self, entry: LeafIndex, facts: &Facts) -> Option<RecordId> {
        if self.held.is_empty() {
            return None;
        }
        self.held.first(facts, Finds { some: self.some(entry), by: &|at| self.finds(at, entry) })
    }

    /// Every hold on it.
    pub fn all_on(&self, entry: LeafIndex, facts: &Facts) -> Vec<RecordId> {
        self.held.all(facts, Finds { some: self.some(entry), by: &|at| self.finds(at, entry) })
    }

    /// What the query of a hold found; a hold's query never changes.
    fn known(&self, hold: RecordId) -> Option<Arc<Selection>> {
        let place = self.held.queries().iter().position(|(of, _)| *of == hold)?;
        self.found.get(place).cloned().flatten()
    }

    fn some(&self, entry: LeafIndex) -> bool {
        !self.all_asked || self.union.contains(entry)
    }

    fn finds(&self, query: usize, entry: LeafIndex) -> bool {
        match self.found.get(query) {
            Some(Some(entries)) => entries.contains(entry),
            Some(None) | None => true,
        }
    }
}
