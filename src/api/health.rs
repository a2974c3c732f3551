//! Whether the daemon lives and is ready; and who has tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use super::{Api, ApiError, Role};

/// An index that lacks more entries than this is not ready for questions: it
/// takes in tens of thousands a second, so that this is about a second.
const READY_ENTRIES_BEHIND_MAX: u64 = 10_000;

/// How the archive stands.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    ready: bool,
    log: LogState,
    index: IndexState,
    /// Findings of conduct, where they are made. An archive is ready without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<FindingsState>,
}

#[derive(Debug, Serialize)]
struct LogState {
    entries: u64,
    poisoned: bool,
    /// Whether the disk has too little room for entries.
    full: bool,
}

#[derive(Debug, Serialize)]
struct IndexState {
    searchable: u64,
    entries_behind: u64,
}

#[derive(Debug, Serialize)]
struct FindingsState {
    followed: u64,
    entries_behind: u64,
}

/// A token, without anything secret.
#[derive(Debug, Serialize)]
pub(super) struct TokenView {
    id: String,
    name: String,
    role: Role,
    created: Timestamp,
    expires: Option<Timestamp>,
    revoked: Option<Timestamp>,
    /// Whether it can be used now.
    good: bool,
}

/// All tokens.
#[derive(Debug, Serialize)]
pub(super) struct TokensView {
    tokens: Vec<TokenView>,
}

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the log takes entries, and the index has nearly all of them.
pub(super) async fn ready(State(api): State<Arc<Api>>) -> Result<Json<Readiness>, ApiError> {
    let progress = api.index.progress();
    let poisoned = api.log.poisoned().is_some();
    let full = api.log.check_room().is_err();
    let entries_behind = progress.entries_behind();
    let conduct = api.conduct.is_on().then(|| api.conduct.progress());
    let findings = conduct.map(|progress| FindingsState {
        followed: progress.followed.get(),
        entries_behind: progress.entries_behind(),
    });
    let state = Readiness {
        ready: !poisoned && !full && entries_behind <= READY_ENTRIES_BEHIND_MAX,
        log: LogState { entries: progress.log.get(), poisoned, full },
        index: IndexState { searchable: progress.searchable.get(), entries_behind },
        findings,
    };
    if state.ready {
        return Ok(Json(state));
    }
    let state = serde_json::to_value(&state).expect("numbers and truths are JSON");
    Err(ApiError::NotReady(state))
}

/// `GET /v1/tokens`
pub(super) async fn tokens(State(api): State<Arc<Api>>) -> Result<Json<TokensView>, ApiError> {
    let now = api.clock.now();
    let tokens = api.tokens.current().map_err(ApiError::inside)?;
    let view = |token: &super::tokens::Token| TokenView {
        id: token.id.clone(),
        name: token.name.clone(),
        role: token.role,
        created: token.created,
        expires: token.expires,
        revoked: token.revoked,
        good: token.is_good_at(now),
    };
    Ok(Json(TokensView { tokens: tokens.iter().map(view).collect() }))
}
