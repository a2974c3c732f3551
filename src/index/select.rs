//! Everything that a query matches, in no order and without scores.
//!
//! Holds and rules ask so: not for a page to be read, but for the set of entries. What
//! it costs goes with what matches, but for a span of time alone, for which a column is
//! read from one end to the other.

use std::sync::Arc;

use tantivy::query::EnableScoring;

use super::language::Expr;
use super::plan::Planner;
use super::search::place_of;
use super::selection::Selection;
use super::view::{Shared, View};
use super::{Error, Selected};
use crate::tlog::LeafIndex;

/// Selects: see [`super::Index::select`].
pub(super) fn select(shared: &Arc<Shared>, expr: &Expr) -> Result<Selected, Error> {
    let view = shared.view();
    let place = |record| place_of(shared, record);
    let query = Planner { fields: &shared.fields, view: &view, place }.plan(expr)?;
    let entries = match query {
        None => Selection::new(),
        Some(query) => shared.ask("select", &view, |view| {
            let scoring = EnableScoring::disabled_from_searcher(&view.searcher);
            let weight = query.weight(scoring)?;
            view.entries_of(weight.as_ref())
        })?,
    };
    Ok(Selected { entries, searchable: view.searchable })
}

impl View {
    fn entries_of(&self, weight: &dyn tantivy::query::Weight) -> tantivy::Result<Selection> {
        let mut entries = Selection::new();
        for segment in self.searcher.segment_readers() {
            let columns = self.columns(segment.segment_id())?;
            let alive = segment.alive_bitset();
            weight.for_each_no_score(segment, &mut |documents| {
                let documents = documents.iter().copied();
                let living = documents.filter(|it| alive.is_none_or(|alive| alive.is_alive(*it)));
                entries.extend(living.map(|document| LeafIndex::new(columns.leaf(document))));
            })?;
        }
        Ok(entries)
    }
}
