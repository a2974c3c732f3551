//! Everything that a query matches, in no order and without scores.
//!
//! Holds and rules ask so: not for a page to be read, but for the set of entries. What
//! it costs goes with what matches, but for a span of time alone, for which a column is
//! read from one end to the other. Thousands of holds ask the same whenever something is
//! to be destroyed: what they found in a segment is remembered, since that never changes.

use std::fmt;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tantivy::SegmentReader;
use tantivy::index::SegmentId;
use tantivy::query::{EnableScoring, Query, Weight};

use super::language::Expr;
use super::plan::Planner;
use super::search::place_of;
use super::selection::Selection;
use super::view::{Shared, View};
use super::{Error, Selected};
use crate::tlog::hash::sha256;
use crate::tlog::{Hash, LeafIndex};

/// What is remembered takes so much memory at most.
const RECALLED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// For so many answers room is made at first.
const RECALLED_ANSWERS: usize = 1024;

/// What queries found, by segment and query.
pub(super) struct Recalled(Cache<(SegmentId, Hash), Found, Bytes>);

/// What was found, and about how many bytes it takes.
#[derive(Clone)]
struct Found(Arc<Selection>, u64);

#[derive(Clone)]
struct Bytes;

impl Weighter<(SegmentId, Hash), Found> for Bytes {
    fn weight(&self, _: &(SegmentId, Hash), found: &Found) -> u64 {
        // Where it is kept takes some room as well.
        found.1.saturating_add(128)
    }
}

impl Default for Recalled {
    fn default() -> Self {
        Self(Cache::with_weighter(RECALLED_ANSWERS, RECALLED_BYTES_MAX, Bytes))
    }
}

impl fmt::Debug for Recalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recalled")
    }
}

/// Selects: see [`super::Index::select`].
pub(super) fn select(shared: &Arc<Shared>, expr: &Expr) -> Result<Selected, Error> {
    select_by(shared, expr, |view, query| {
        let mut entries = Selection::new();
        let weight = weight(view, query)?;
        for segment in view.searcher.segment_readers() {
            view.find(weight.as_ref(), segment, &mut entries)?;
        }
        Ok(entries)
    })
}

/// Selects again: see [`super::Index::select_again`].
pub(super) fn select_again(shared: &Arc<Shared>, expr: &Expr) -> Result<Selected, Error> {
    let asked = sha256(expr.to_string().as_bytes());
    let recalled = &shared.recalled.0;
    select_by(shared, expr, |view, query| {
        let (mut entries, mut made) = (Selection::new(), None);
        for segment in view.searcher.segment_readers() {
            let place = (segment.segment_id(), asked);
            if let Some(Found(known, _)) = recalled.get(&place) {
                entries.unite(&known);
                continue;
            }
            let weight = match made.take() {
                Some(weight) => weight,
                None => weight(view, query)?,
            };
            let mut found = Selection::new();
            view.find(weight.as_ref(), segment, &mut found)?;
            made = Some(weight);
            entries.unite(&found);
            let bytes = found.bytes();
            recalled.insert(place, Found(Arc::new(found), bytes));
        }
        Ok(entries)
    })
}

fn select_by(
    shared: &Arc<Shared>,
    expr: &Expr,
    find: impl FnOnce(&View, &dyn Query) -> tantivy::Result<Selection>,
) -> Result<Selected, Error> {
    let view = shared.view();
    let place = |record| place_of(shared, record);
    let query = Planner { fields: &shared.fields, view: &view, place }.plan(expr)?;
    let entries = match query {
        None => Selection::new(),
        Some(query) => shared.ask("select", &view, |view| find(view, query.as_ref()))?,
    };
    Ok(Selected { entries, searchable: view.searchable })
}

fn weight(view: &View, query: &dyn Query) -> tantivy::Result<Box<dyn Weight>> {
    query.weight(EnableScoring::disabled_from_searcher(&view.searcher))
}

impl View {
    /// Adds what a query finds in a segment.
    fn find(
        &self,
        weight: &dyn Weight,
        segment: &SegmentReader,
        entries: &mut Selection,
    ) -> tantivy::Result<()> {
        let columns = self.columns(segment.segment_id())?;
        let alive = segment.alive_bitset();
        weight.for_each_no_score(segment, &mut |documents| {
            let documents = documents.iter().copied();
            let living = documents.filter(|it| alive.is_none_or(|alive| alive.is_alive(*it)));
            entries.extend(living.map(|document| LeafIndex::new(columns.leaf(document))));
        })
    }
}
