//! Events that periods wait for, told over HTTP: the end of a contract.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{self, Body};
use super::auth::Caller;
use super::{Api, ApiError, tags};
use crate::policy::{Mark, Trigger};
use crate::projection::events::{EventAct, Events, Of};
use crate::projection::{Act, Projection};
use crate::record::RecordId;

/// What happened, and one of the things that it is told of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    event: String,
    at: Timestamp,
    reason: String,
    party: Option<String>,
    record: Option<RecordId>,
    thread: Option<String>,
    tag: Option<String>,
    schedule: Option<String>,
}

/// The answer to an event.
#[derive(Debug, Serialize, Deserialize)]
pub struct ToldView {
    /// The record of the decision.
    pub record: RecordId,
    /// Its entry.
    pub entry: u64,
    /// The rules in force that wait for it; where there is none, it starts no clock yet.
    pub rules: Vec<String>,
}

/// `POST /v1/events`
pub(super) async fn tell(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Body(told): Body<Told>,
) -> Result<Response, ApiError> {
    let (event, at, reason) = (told.event.clone(), told.at, answer::why(told.reason.clone())?);
    let of = api.told_of(told).await?;
    let of_thread = matches!(of, Of::Thread { .. });
    let act = EventAct { event: event.clone(), of, at, reason };
    Events::check(&act).map_err(|refused| bad_event(refused.0))?;
    let decided = api.govern.act(&caller.actor(), Act::Event(act)).await?;
    if of_thread {
        api.name_threads().await;
    }
    let rules = api.govern.read(|projection| waiting(projection, &event))?;
    let view = ToldView { record: decided.record, entry: decided.index.get(), rules };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

impl Api {
    /// What an event is told of, where that is known.
    async fn told_of(&self, told: Told) -> Result<Of, ApiError> {
        let Told { party, record, thread, tag, schedule, .. } = told;
        match (party, record, thread, tag, schedule) {
            (Some(party), None, None, None, None) => Ok(Of::Party { party }),
            (None, Some(record), None, None, None) => {
                let log = self.log.clone();
                let entry = tokio::task::spawn_blocking(move || tags::entry_of(&log, record));
                let entry = entry.await.map_err(ApiError::inside)??;
                Ok(Of::Record { record, entry: entry.get() })
            }
            (None, None, Some(thread), None, None) => {
                tags::thread_is_there(self.index.clone(), &thread).await?;
                Ok(Of::Thread { thread })
            }
            (None, None, None, Some(tag), None) => {
                if !self.govern.read(|projection| projection.tags.knows(&tag))? {
                    return Err(ApiError::NotFound("tag"));
                }
                Ok(Of::Tag { tag })
            }
            (None, None, None, None, Some(schedule)) => {
                let is_known = |projection: &Projection| {
                    projection.schedules.versions().iter().any(|it| it.name() == schedule)
                };
                if !self.govern.read(is_known)? {
                    return Err(ApiError::NotFound("schedule"));
                }
                Ok(Of::Schedule { schedule })
            }
            _ => Err(bad_event(
                "say what it is told of: one of `party`, `record`, `thread`, `tag`, `schedule`"
                    .to_owned(),
            )),
        }
    }
}

/// The rules in force that wait for an event.
fn waiting(projection: &Projection, event: &str) -> Vec<String> {
    let event = Mark::of(event);
    let rules = projection.schedules.rules();
    let in_force = rules.adopted().iter().filter(|adopted| adopted.until.is_none());
    let rules = in_force.flat_map(|adopted| {
        let waiting = adopted.schedule.rules.iter().filter(move |rule| {
            matches!(&rule.starts.trigger, Trigger::Event(name) if Mark::of(name) == event)
        });
        waiting.map(|rule| format!("{}/{}", adopted.schedule.name, rule.id))
    });
    rules.collect()
}

fn bad_event(detail: String) -> ApiError {
    ApiError::BadRequest { code: "bad_event", detail }
}
