//! Tags over HTTP: putting them on records, seeing where they are, taking them.
//!
//! A tag that was answered 201 counts. What a query finds is looked up here, once, and
//! stands in the decision as a list of entries: who reads it later sees what was tagged,
//! not what the query would find by then. A taking needs two people.

mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

pub use view::{OnView, PutView, PuttingView, PuttingsView, StepView};

use super::answer::{self, Body, Reasoned};
use super::auth::Caller;
use super::{Api, ApiError};
use crate::causes;
use crate::disposition;
use crate::entry::Ranges;
use crate::index::{Index, ThreadId, language};
use crate::log::Log;
use crate::policy::Mark;
use crate::projection::tags::{On, Put, RECORDS_MAX, Stage, TagAct};
use crate::projection::{Act, Projection};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// The most puttings on a page of the list.
const LINES_MAX: usize = 1_000;
const LINES_DEFAULT: usize = 100;

/// A tag, and one of the things that it is put on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    tag: String,
    reason: String,
    records: Option<Vec<RecordId>>,
    query: Option<String>,
    thread: Option<String>,
    party: Option<String>,
    number: Option<String>,
}

/// Which puttings are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    tag: Option<String>,
    state: Option<Stage>,
    limit: Option<usize>,
    after: Option<String>,
}

/// `POST /v1/tags`
pub(super) async fn put(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    let reason = answer::why(asked.reason.clone())?;
    let tag = asked.tag.clone();
    let on = api.resolved(asked).await?;
    let of_thread = matches!(on, On::Thread { .. });
    let act = TagAct::Put(Put { tag: tag.clone(), on, reason });
    act.check().map_err(|refused| bad_tag(refused.0))?;
    let decided = api.govern.act(&caller.actor(), Act::Tag(act)).await?;
    if of_thread {
        api.name_threads().await;
    }
    let rules = api.govern.read(|projection| naming(projection, &tag))?;
    let putting = api.putting(decided.record)?;
    Ok((StatusCode::CREATED, Json(PutView { rules, putting })).into_response())
}

/// `GET /v1/tags`
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    listed: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<PuttingsView>, ApiError> {
    let Listed { tag, state, limit, after } = answer::parameters(listed)?;
    let after: Option<RecordId> = after.as_deref().map(answer::id).transpose()?;
    let limit = limit.unwrap_or(LINES_DEFAULT);
    if !(1..=LINES_MAX).contains(&limit) {
        let detail = format!("`limit` is 1 to {LINES_MAX}");
        return Err(ApiError::BadRequest { code: "bad_limit", detail });
    }
    let tag = tag.as_deref().map(Mark::of);
    let view = api.govern.read(|projection| {
        let all = || projection.tags.iter();
        let behind = match after {
            None => 0,
            Some(after) => 1 + all().position(|(id, _)| id == after)?,
        };
        let asked = all().skip(behind).filter(|(_, putting)| {
            tag.is_none_or(|tag| tag == Mark::of(&putting.tag))
                && state.is_none_or(|state| state == putting.stage)
        });
        let mut page = asked.map(|(id, putting)| PuttingView::of(id, putting));
        let puttings: Vec<PuttingView> = page.by_ref().take(limit).collect();
        let next = page.next().and_then(|_| puttings.last().map(|line| line.putting));
        Some(PuttingsView { puttings, next })
    })?;
    view.map(Json).ok_or_else(|| ApiError::BadRequest {
        code: "bad_parameter",
        detail: "`after` names no putting: begin again without it".to_owned(),
    })
}

/// `GET /v1/tags/{putting}`
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    Path(putting): Path<String>,
) -> Result<Json<PuttingView>, ApiError> {
    Ok(Json(api.putting(answer::id(&putting)?)?))
}

/// `POST /v1/tags/{putting}/take`
pub(super) async fn take(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(putting): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<PuttingView>, ApiError> {
    let step = |putting, reason| TagAct::Taken { putting, reason };
    api.tag_step(&caller, &putting, reason, step).await
}

/// `POST /v1/tags/{putting}/approve`
pub(super) async fn approve(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(putting): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<PuttingView>, ApiError> {
    let step = |putting, reason| TagAct::TakingApproved { putting, reason };
    api.tag_step(&caller, &putting, reason, step).await
}

/// `POST /v1/tags/{putting}/keep`
pub(super) async fn keep(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(putting): Path<String>,
    Body(Reasoned { reason }): Body<Reasoned>,
) -> Result<Json<PuttingView>, ApiError> {
    let step = |putting, reason| TagAct::Kept { putting, reason };
    api.tag_step(&caller, &putting, reason, step).await
}

impl Api {
    /// Has the other names of conversations written down that tags and events name, and waits
    /// for it, but not long: they are written down again before records are destroyed.
    pub(super) async fn name_threads(&self) {
        let disposition = self.disposition.clone();
        let naming = async move {
            match disposition.name_threads().await {
                Ok(()) | Err(disposition::Error::Stopping) => {}
                Err(error) => {
                    let error = causes::told(&error);
                    tracing::warn!(error, "the names of conversations are not written down yet");
                }
            }
        };
        answer::wait_a_little(naming).await;
    }

    fn putting(&self, id: RecordId) -> Result<PuttingView, ApiError> {
        let found = |projection: &Projection| {
            projection.tags.get(id).map(|putting| PuttingView::of(id, putting))
        };
        self.govern.read(found)?.ok_or(ApiError::NotFound("putting of a tag"))
    }

    /// Takes a step of a putting that there is.
    async fn tag_step(
        &self,
        caller: &Caller,
        putting: &str,
        reason: String,
        act: impl FnOnce(RecordId, String) -> TagAct,
    ) -> Result<Json<PuttingView>, ApiError> {
        let id: RecordId = answer::id(putting)?;
        self.putting(id)?;
        let act = act(id, answer::why(reason)?);
        self.govern.act(&caller.actor(), Act::Tag(act)).await?;
        Ok(Json(self.putting(id)?))
    }

    /// What a tag is to be put on, with the entries that it is by now.
    async fn resolved(&self, asked: Asked) -> Result<On, ApiError> {
        let Asked { records, query, thread, party, number, .. } = asked;
        match (records, query, thread, party, number) {
            (Some(records), None, None, None, None) if records.len() > RECORDS_MAX => {
                let many = records.len();
                Err(bad_tag(format!("`records` lists {many}; the most is {RECORDS_MAX}")))
            }
            (Some(records), None, None, None, None) => {
                let log = self.log.clone();
                let resolved = move || -> Result<On, ApiError> {
                    let entries = records.iter().map(|record| entry_of(&log, *record));
                    let entries: BTreeSet<LeafIndex> = entries.collect::<Result<_, ApiError>>()?;
                    Ok(On::Records { records, entries: Ranges::covering(entries) })
                };
                tokio::task::spawn_blocking(resolved).await.map_err(ApiError::inside)?
            }
            (None, Some(query), None, None, None) => {
                let expr = language::parse(&query).map_err(ApiError::BadQuery)?;
                let index = self.index.clone();
                let selected = tokio::task::spawn_blocking(move || index.select(&expr));
                let selected = selected.await.map_err(ApiError::inside)?;
                let selected = selected.map_err(ApiError::inside)?;
                let entries = Ranges::covering(selected.entries.iter());
                Ok(On::Query { query, searched: selected.searchable.get(), entries })
            }
            (None, None, Some(thread), None, None) => {
                let index = self.index.clone();
                thread_is_there(index, &thread).await?;
                Ok(On::Thread { thread })
            }
            (None, None, None, Some(party), None) => Ok(On::Party { party }),
            (None, None, None, None, Some(number)) => Ok(On::Number { number }),
            _ => Err(bad_tag(
                "say what the tag is put on: one of `records`, `query`, `thread`, `party`, `number`"
                    .to_owned(),
            )),
        }
    }
}

/// The entry of a record proper that is still there. Blocks.
pub(super) fn entry_of(log: &Log, record: RecordId) -> Result<LeafIndex, ApiError> {
    let entry = log.store().index_of(record).map_err(ApiError::inside)?;
    let entry = entry.ok_or(ApiError::NotFound("record"))?;
    let kept = log.kept_at(entry).map_err(ApiError::inside)?;
    if !kept.class.holds_record() {
        return Err(bad_tag(format!(
            "record {record} is of class {}: name the messages that it belongs to",
            kept.class
        )));
    }
    let header = log.store().header(entry).map_err(ApiError::inside)?;
    header.map(|_| entry).ok_or(ApiError::Destroyed)
}

/// That there is a conversation of an id.
pub(super) async fn thread_is_there(index: Index, thread: &str) -> Result<(), ApiError> {
    let thread: ThreadId = answer::id(thread)?;
    let paging = crate::index::Paging { limit: 1, after: None };
    let page = tokio::task::spawn_blocking(move || index.thread(thread, &paging));
    let page = page.await.map_err(ApiError::inside)?.map_err(ApiError::inside)?;
    if page.total == 0 { Err(ApiError::NotFound("conversation")) } else { Ok(()) }
}

/// The rules in force that name a tag.
fn naming(projection: &Projection, tag: &str) -> Vec<String> {
    let tag = Mark::of(tag);
    let rules = projection.schedules.rules();
    let in_force = rules.adopted().iter().filter(|adopted| adopted.until.is_none());
    let rules = in_force.flat_map(|adopted| {
        let named = adopted
            .schedule
            .rules
            .iter()
            .filter(move |rule| rule.when.tags.iter().any(|name| Mark::of(name) == tag));
        named.map(|rule| format!("{}/{}", adopted.schedule.name, rule.id))
    });
    rules.collect()
}

fn bad_tag(detail: String) -> ApiError {
    ApiError::BadRequest { code: "bad_tag", detail }
}
