//! Reading a conversation, page by page, in the order in which it happened.

use super::access::{Asked, Prepared};
use super::later::Later;
use super::open::Shown;
use super::restricted::Hidden;
use super::search::{index_failed, paging};
use super::view::{ThreadMediumView, ThreadRecordView, ThreadView};
use super::{Access, Error, Inner, Query};
use crate::index::language::{Condition, Expr};
use crate::index::{Hit, Order, Page, Request, ThreadId};
use crate::record::{Party, Record, RecordId};

/// Records on a page when nothing is said.
const RECORDS_DEFAULT: usize = 50;

/// Which page of a conversation.
#[derive(Clone, Debug)]
pub struct ThreadPage {
    /// Oldest first, as a rule.
    pub order: Order,
    /// Records on a page.
    pub limit: Option<usize>,
    /// What the page before gave as `next`.
    pub cursor: Option<String>,
}

impl Query {
    /// Reads a page of a conversation. One access is written down for the page,
    /// with the ids of the records on it.
    ///
    /// # Errors
    /// When there is no such conversation, a limit is passed, or the access
    /// cannot be written down. A record that cannot be opened is no error: it is
    /// in the list, with its problem.
    pub async fn thread(
        &self,
        access: &Access,
        thread: ThreadId,
        page: ThreadPage,
    ) -> Result<ThreadView, Error> {
        let (access, reader) = (access.clone(), access.clone());
        let (page, prepared) =
            self.blocking(move |inner| inner.find_thread(&access, thread, &page)).await?;
        self.write_down(prepared).await?;
        let show =
            move |inner: &Inner| inner.show_thread(&inner.hidden_from(&reader)?, thread, page);
        self.blocking(show).await
    }
}

impl Inner {
    fn find_thread(
        &self,
        access: &Access,
        thread: ThreadId,
        page: &ThreadPage,
    ) -> Result<(Page, Prepared), Error> {
        let limit_max = self.config.thread_records_max;
        let paging = paging(page.limit, RECORDS_DEFAULT, limit_max, page.cursor.as_deref())?;
        let expr = Expr::Is { at: 0, condition: Condition::Thread(thread) };
        let request = Request { expr, order: page.order, paging };
        let found = self.index.search(&request).map_err(index_failed)?;
        if found.total == 0 {
            return Err(Error::NotFound("thread"));
        }
        let shown = found.hits.iter().map(|hit| hit.record).collect();
        let order = page.order.as_str();
        let asked = Asked::Thread { thread, order, results: found.total, shown };
        let prepared = self.prepare(access, asked)?;
        Ok((found, prepared))
    }

    fn show_thread(
        &self,
        hidden: &Hidden,
        thread: ThreadId,
        page: Page,
    ) -> Result<ThreadView, Error> {
        let mut parties = vec![];
        let mut records = Vec::with_capacity(page.hits.len());
        for hit in &page.hits {
            let shown = self.show(hidden, hit.entry, hit.record)?;
            if let Ok(record) = &shown.content {
                record.from.iter().chain(&record.to).for_each(|party| add(&mut parties, party));
            }
            records.push(self.show_in_thread(hidden, thread, hit, shown)?);
        }
        let next = page.next.map(|cursor| cursor.to_string());
        Ok(ThreadView { thread, total: page.total, parties, records, next })
    }

    fn show_in_thread(
        &self,
        hidden: &Hidden,
        thread: ThreadId,
        hit: &Hit,
        shown: Shown,
    ) -> Result<ThreadRecordView, Error> {
        let Shown { entry, content } = shown;
        let mut view = ThreadRecordView {
            record: hit.record,
            entry: hit.entry.get(),
            at: hit.at,
            class: entry.as_ref().and_then(|entry| entry.kept().map(|kept| kept.class)),
            captured: entry.map(|entry| entry.time),
            kind: None,
            origin: None,
            direction: None,
            from: None,
            to: None,
            text: None,
            medium: None,
            relation: None,
            later: vec![],
            later_more: 0,
            problem: None,
            restriction: None,
        };
        match content {
            Err(unshown) => {
                view.problem = Some(unshown.problem);
                view.restriction = unshown.restriction;
            }
            Ok(record) => {
                let Later { shown, more } =
                    self.later_of(hidden, Some(thread), hit.record, &record)?;
                view.medium = self.medium_in_thread(hit.record, &record)?;
                view.kind = Some(record.body.kind);
                view.origin = Some(record.origin);
                view.direction = record.direction;
                view.from = record.from;
                view.to = record.to;
                view.text = record.body.text;
                view.relation = record.body.relation;
                view.later = shown;
                view.later_more = more;
            }
        }
        Ok(view)
    }

    fn medium_in_thread(
        &self,
        id: RecordId,
        record: &Record,
    ) -> Result<Option<ThreadMediumView>, Error> {
        let Some(media) = record.body.media.as_ref() else { return Ok(None) };
        let links = self.log.store().links(id).map_err(Error::Store)?;
        Ok(Some(ThreadMediumView {
            mime: media.mime.clone(),
            file_name: media.file_name.clone(),
            id: links.first().map(|(medium, _)| *medium),
        }))
    }
}

/// Adds a party that is not among them yet; a name learnt later is taken over.
fn add(parties: &mut Vec<Party>, party: &Party) {
    let Some(identifier) = party.identifier() else { return };
    match parties.iter_mut().find(|known| known.identifier() == Some(identifier)) {
        None => parties.push(party.clone()),
        Some(known) if known.name.is_none() => known.name.clone_from(&party.name),
        Some(_) => {}
    }
}
