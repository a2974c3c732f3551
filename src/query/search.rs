//! Searching: the index finds, the access is written down, excerpts are shown.

use super::access::{Asked, Prepared};
use super::open::Shown;
use super::restricted::Hidden;
use super::view::{AnnouncedView, HitView, SearchView};
use super::{Access, Error, Inner, Query};
use crate::index::{self, Cursor, Hit, Order, PAGE_HITS_MAX, Paging, Progress, Request, language};
use crate::record::Record;

/// Results on a page when nothing is said.
const HITS_DEFAULT: usize = 20;

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Search {
    /// In the language of [`language`].
    pub query: String,
    /// In which order.
    pub order: Order,
    /// Results on a page.
    pub limit: Option<usize>,
    /// What the page before gave as `next`.
    pub cursor: Option<String>,
}

/// What the index found, not opened yet.
struct Found {
    query: String,
    expr: language::Expr,
    page: index::Page,
    progress: Progress,
}

impl Query {
    /// Searches, and shows a page of excerpts. One access is written down for the
    /// page, with the ids of the records on it.
    ///
    /// # Errors
    /// When the query is not understood, a limit is passed, or the access cannot
    /// be written down. A hit that cannot be opened is no error: it is in the
    /// list, with its problem.
    pub async fn search(&self, access: &Access, search: Search) -> Result<SearchView, Error> {
        let (access, reader) = (access.clone(), access.clone());
        let (found, prepared) = self.blocking(move |inner| inner.find(&access, search)).await?;
        self.write_down(prepared).await?;
        self.blocking(move |inner| inner.show_found(&inner.hidden_from(&reader)?, found)).await
    }
}

impl Inner {
    fn find(&self, access: &Access, search: Search) -> Result<(Found, Prepared), Error> {
        let Search { query, order, limit, cursor } = search;
        let bytes_max = self.config.query_bytes_max;
        if query.len() > bytes_max {
            return Err(Error::QueryTooLong { bytes: query.len(), bytes_max });
        }
        let expr = language::parse(&query).map_err(Error::BadQuery)?;
        let paging = paging(limit, HITS_DEFAULT, self.config.hits_max, cursor.as_deref())?;
        let progress = self.index.progress();
        let page = self
            .index
            .search(&Request { expr: expr.clone(), order, paging })
            .map_err(index_failed)?;
        let shown = page.hits.iter().map(|hit| hit.record).collect();
        let asked =
            Asked::Search { query: &query, order: order.as_str(), results: page.total, shown };
        let prepared = self.prepare(access, asked)?;
        Ok((Found { query, expr, page, progress }, prepared))
    }

    fn show_found(&self, hidden: &Hidden, found: Found) -> Result<SearchView, Error> {
        let Found { query, expr, page, progress } = found;
        let hits: Result<Vec<_>, _> =
            page.hits.iter().map(|hit| self.show_hit(hidden, &expr, hit)).collect();
        Ok(SearchView {
            query,
            total: page.total,
            hits: hits?,
            next: page.next.map(|cursor| cursor.to_string()),
            searchable: progress.searchable.get(),
            log: progress.log.get(),
        })
    }

    fn show_hit(
        &self,
        hidden: &Hidden,
        expr: &language::Expr,
        hit: &Hit,
    ) -> Result<HitView, Error> {
        let Shown { entry, content } = self.show(hidden, hit.entry, hit.record)?;
        let unshown = content.as_ref().err().copied();
        let record = content.ok();
        let excerpt = record.as_ref().and_then(|record| record.body.text.as_deref());
        let chars_max = self.config.excerpt_chars_max;
        let class = entry.as_ref().and_then(|entry| entry.kept().map(|kept| kept.class));
        Ok(HitView {
            record: hit.record,
            entry: hit.entry.get(),
            class,
            kind: record.as_ref().map(|record| record.body.kind.clone()),
            origin: record.as_ref().map(|record| record.origin),
            direction: record.as_ref().and_then(|record| record.direction),
            at: hit.at,
            captured: entry.map(|entry| entry.time),
            thread: hit.thread,
            number: record.as_ref().and_then(|record| record.number.clone()),
            excerpt: excerpt.map_or_else(Vec::new, |text| index::excerpt(expr, text, chars_max)),
            medium: record.as_ref().and_then(announced),
            from: record.as_ref().and_then(|record| record.from.clone()),
            to: record.and_then(|record| record.to),
            problem: unshown.map(|unshown| unshown.problem),
            restriction: unshown.and_then(|unshown| unshown.restriction),
        })
    }
}

fn announced(record: &Record) -> Option<AnnouncedView> {
    let media = record.body.media.as_ref()?;
    Some(AnnouncedView { mime: media.mime.clone(), file_name: media.file_name.clone() })
}

/// The page asked for, within the limits.
pub(super) fn paging(
    limit: Option<usize>,
    limit_default: usize,
    limit_max: usize,
    cursor: Option<&str>,
) -> Result<Paging, Error> {
    let limit_max = limit_max.min(PAGE_HITS_MAX);
    let limit = limit.unwrap_or(limit_default.min(limit_max));
    if !(1..=limit_max).contains(&limit) {
        return Err(Error::Limit { limit, limit_max });
    }
    let after = cursor.map(str::parse::<Cursor>).transpose().map_err(|_| Error::BadCursor)?;
    Ok(Paging { limit, after })
}

/// Tells a cursor of another search from a failure.
pub(super) fn index_failed(error: index::Error) -> Error {
    match error {
        index::Error::Cursor(_) => Error::BadCursor,
        error @ (index::Error::Damaged { .. }
        | index::Error::Io { .. }
        | index::Error::Keys(_)
        | index::Error::Library { .. }
        | index::Error::Log(_)
        | index::Error::Panicked(_)
        | index::Error::Unerased(_)) => Error::Index(error),
    }
}
