//! The report on a matter, as JSON or as a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::view::{CountView, HoldView, MatterView};
use super::{sees, table};
use crate::api::answer;
use crate::api::auth::Caller;
use crate::api::{Api, ApiError};
use crate::projection::holds::Hold;
use crate::record::RecordId;

/// RFC 7111: a table of which the first line names the columns.
const CSV: &str = "text/csv; charset=utf-8; header=present";

/// How a report is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Asked {
    /// Whether what the holds caught when they were placed is counted again.
    #[serde(default)]
    recount: bool,
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
}

/// `GET /v1/matters/{matter}`
pub(in crate::api) async fn matter(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Path(matter): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Asked { recount, format } = answer::parameters(asked)?;
    let of_it = |hold: &Hold| hold.matter == matter && sees(&caller, hold);
    let counts = api.counted(|_, hold| of_it(hold)).await?;
    let as_of = api.clock.now();
    let mut holds: Vec<HoldView> = api.govern.read(|projection| {
        let holds = projection.holds.iter().filter(|(_, hold)| of_it(hold));
        holds.map(|(id, hold)| HoldView::of(id, hold, as_of).counted(&counts)).collect()
    })?;
    if holds.is_empty() {
        return Err(ApiError::NotFound("matter"));
    }
    if recount {
        api.recount(&mut holds).await?;
    }
    let searchable = counts.searchable;
    let view = MatterView { matter, as_of, log: api.log.size().get(), searchable, holds };
    Ok(match format {
        Format::Json => Json(view).into_response(),
        Format::Csv => answer::bytes(CSV, table::of(&view)),
    })
}

impl Api {
    async fn recount(&self, holds: &mut [HoldView]) -> Result<(), ApiError> {
        let ids: Vec<RecordId> = holds.iter().map(|view| view.line.hold).collect();
        let again: BTreeMap<RecordId, _> = self.disposition.recount(ids).await?;
        for view in holds {
            let now = again.get(&view.line.hold).map(CountView::of);
            view.caught.iter_mut().for_each(|caught| caught.recounted = now);
        }
        Ok(())
    }
}
