//! Answering: a page of hits, the conversation of a record, what relates to it.

use std::sync::Arc;

use jiff::Timestamp;
use tantivy::query::{BooleanQuery, EmptyQuery, EnableScoring, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Term};

use super::cursor::{BadCursor, Cursor};
use super::language::Expr;
use super::plan::Planner;
use super::ranking::{Collected, Rank, Top};
use super::schema::provider_id_digest;
use super::statistics::Statistics;
use super::thread::ThreadId;
use super::view::{Shared, View};
use super::{Error, Hit, Order, PAGE_HITS_MAX, Page, Request};
use crate::record::RecordId;
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

/// Which part of a search's hits is asked for.
struct Part<'a> {
    limit: usize,
    after: Option<&'a Cursor>,
}

/// Searches: see [`super::Index::search`].
pub(super) fn search(shared: &Arc<Shared>, request: &Request) -> Result<Page, Error> {
    let digest = digest_of(&request.expr, request.order);
    let after = request.paging.after.as_ref();
    if after.is_some_and(|cursor| cursor.search != digest) {
        return Err(Error::Cursor(BadCursor::OtherSearch));
    }
    let view = shared.view();
    let place = |record| place_of(shared, record);
    let query = Planner { fields: &shared.fields, view: &view, place }.plan(&request.expr)?;
    let query = query.unwrap_or_else(|| Box::new(EmptyQuery));
    let limit = request.paging.limit.min(PAGE_HITS_MAX);
    let bound = after.map_or(view.searchable.get(), |cursor| cursor.bound);
    let found = shared.ask("search", &view, |view| {
        // One more than asked for tells whether there is another page.
        let part = Part { limit: if limit == 0 { 0 } else { limit + 1 }, after };
        match request.order {
            Order::Best => best(view, query.as_ref(), &part, bound),
            Order::Newest | Order::Oldest => {
                in_time(view, query.as_ref(), request.order, &part, bound)
                    .map(|hits| (hits, vec![]))
            }
        }
    })?;
    let ((mut collected, statistics), order) = (found, request.order);
    let more = collected.hits.len() > limit;
    collected.hits.truncate(limit);
    let last = collected.hits.last().map(|(rank, _)| *rank);
    let next = last.filter(|_| more);
    let next = next.map(|last| Cursor { search: digest, bound, last, statistics });
    Ok(Page { total: collected.total, hits: hits(shared, &view, order, &collected)?, next })
}

/// The conversation of a record: see [`super::Index::thread_of`].
pub(super) fn thread_of(shared: &Arc<Shared>, record: RecordId) -> Result<Option<ThreadId>, Error> {
    let Some(place) = place_of(shared, record)? else { return Ok(None) };
    let view = shared.view();
    let term = Term::from_field_u64(shared.fields.leaf, place.get());
    shared.ask("look a record up", &view, |view| view.first_thread(&term))
}

/// What speaks of a message: see [`super::Index::relating_to`].
pub(super) fn relating_to(
    shared: &Arc<Shared>,
    thread: ThreadId,
    provider_id: &str,
) -> Result<Vec<Hit>, Error> {
    let fields = &shared.fields;
    let digest = provider_id_digest(provider_id);
    let term = |term| Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>;
    let query = BooleanQuery::intersection(vec![
        term(Term::from_field_bytes(fields.thread, thread.as_bytes())),
        term(Term::from_field_u64(fields.relates_to, digest)),
    ]);
    let view = shared.view();
    let part = Part { limit: PAGE_HITS_MAX, after: None };
    let bound = view.searchable.get();
    let collected = shared.ask("look relations up", &view, |view| {
        in_time(view, &query, Order::Oldest, &part, bound)
    })?;
    hits(shared, &view, Order::Oldest, &collected)
}

fn in_time(
    view: &View,
    query: &dyn Query,
    order: Order,
    part: &Part<'_>,
    bound: u64,
) -> tantivy::Result<Collected> {
    let scoring = EnableScoring::disabled_from_searcher(&view.searcher);
    let after = part.after.map(|cursor| cursor.last);
    let top = Top { view, order, limit: part.limit, after, bound };
    view.collect(query, &top, scoring)
}

/// By how well it matches, with the statistics that this was measured with.
fn best(
    view: &View,
    query: &dyn Query,
    part: &Part<'_>,
    bound: u64,
) -> tantivy::Result<(Collected, Vec<u64>)> {
    let searcher = &view.searcher;
    let recalled =
        part.after.and_then(|cursor| Statistics::recall(searcher, query, &cursor.statistics));
    let statistics = match recalled {
        Some(recalled) => recalled,
        None => Statistics::count(searcher, query)?,
    };
    let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, searcher);
    let after = part.after.map(|cursor| cursor.last);
    let top = Top { view, order: Order::Best, limit: part.limit, after, bound };
    Ok((view.collect(query, &top, scoring)?, statistics.numbers()))
}

fn hits(
    shared: &Arc<Shared>,
    view: &View,
    order: Order,
    collected: &Collected,
) -> Result<Vec<Hit>, Error> {
    let mut hits = Vec::with_capacity(collected.hits.len());
    for (rank, document) in &collected.hits {
        let thread = shared.ask("read a thread's name", view, |view| {
            Ok(view.columns_of(*document)?.thread(document.doc_id)?)
        })?;
        hits.push(hit(shared, order, *rank, thread)?);
    }
    Ok(hits)
}

fn hit(shared: &Shared, order: Order, rank: Rank, thread: Option<ThreadId>) -> Result<Hit, Error> {
    let entry = LeafIndex::new(order.leaf(rank));
    let record = shared.log.kept_at(entry).map_err(Error::Log)?.record;
    let at = Timestamp::from_microsecond(order.time(rank)).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Hit { record, entry, thread, at })
}

/// The entry that keeps a record; `None` where there is none.
pub(super) fn place_of(shared: &Shared, record: RecordId) -> Result<Option<LeafIndex>, Error> {
    let place = shared.log.store().index_of(record);
    place.map_err(|error| Error::Log(crate::log::Error::Store(error)))
}

/// What tells the cursors of one search from those of another.
fn digest_of(expr: &Expr, order: Order) -> [u8; 8] {
    let digest = sha256(format!("{order:?} {expr:?}").as_bytes());
    *digest.as_bytes().first_chunk().expect("a SHA-256 has 32 bytes")
}
