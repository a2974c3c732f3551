//! Everything that a query matches, in no order and without scores.
//!
//! Holds and rules ask so: not for a page to be read, but for the set of entries. What
//! it costs goes with what matches, but for a span of time alone, for which a column is
//! read from one end to the other. Thousands of holds ask the same whenever something is
//! to be destroyed: what they found is remembered ([`super::answers`]).

use std::sync::Arc;

use tantivy::SegmentReader;
use tantivy::query::{EnableScoring, Weight};

use super::answers::Answer;
use super::language::Expr;
use super::plan::Planner;
use super::search::place_of;
use super::selection::Selection;
use super::view::{Shared, View};
use super::{Error, Selected};
use crate::tlog::hash::sha256;
use crate::tlog::{Hash, LeafIndex, TreeSize};

/// Selects: see [`super::Index::select`].
pub(super) fn select(shared: &Arc<Shared>, expr: &Expr) -> Result<Selected, Error> {
    let view = shared.view();
    let entries = select_beyond(shared, &view, expr, TreeSize::EMPTY)?;
    Ok(Selected { entries, searchable: view.searchable })
}

/// Selects again: see [`super::Index::select_again`].
pub(super) fn select_again(shared: &Arc<Shared>, expr: &Expr) -> Result<Arc<Selection>, Error> {
    let asked = asked(expr);
    let erasures = shared.answers.erasures();
    let view = shared.view();
    let (known, until) = match shared.answers.of(&view, &asked) {
        Some(answer) if answer.until == view.searchable => return Ok(answer.entries),
        Some(answer) => (answer.entries, answer.until),
        None => (Arc::default(), TreeSize::EMPTY),
    };
    let mut entries = select_beyond(shared, &view, expr, until)?;
    entries.unite(&known);
    let answer = Answer { entries: Arc::new(entries), until: view.searchable };
    shared.answers.put(asked, answer.clone(), erasures);
    Ok(answer.entries)
}

/// Puts aside: see [`super::Index::put_aside`].
pub(super) fn put_aside(shared: &Arc<Shared>, exprs: &[Expr]) {
    let queries: Vec<Hash> = exprs.iter().map(asked).collect();
    shared.answers.put_aside(&shared.view(), &queries);
}

/// What an answer is remembered under.
pub(super) fn asked(expr: &Expr) -> Hash {
    sha256(expr.to_string().as_bytes())
}

/// Selects from those pieces of the index that have entries from a size of the log on.
fn select_beyond(
    shared: &Arc<Shared>,
    view: &Arc<View>,
    expr: &Expr,
    until: TreeSize,
) -> Result<Selection, Error> {
    let place = |record| place_of(shared, record);
    let query = Planner { fields: &shared.fields, view, place }.plan(expr)?;
    let Some(query) = query else { return Ok(Selection::new()) };
    shared.ask("select", view, |view| {
        let mut entries = Selection::new();
        let weight = query.weight(EnableScoring::disabled_from_searcher(&view.searcher))?;
        for segment in view.searcher.segment_readers() {
            if view.columns(segment.segment_id())?.last_leaf() >= until.get() {
                view.find(weight.as_ref(), segment, &mut entries)?;
            }
        }
        Ok(entries)
    })
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
