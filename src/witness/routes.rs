//! The witness' door: add-checkpoint, and what was cosigned last, for everybody.
//!
//! <https://c2sp.org/tlog-witness>. Nobody proves who they are: a checkpoint's own
//! signature says whose it is. The rim binds and serves [`router`].

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use super::{Refused, Witness};
use crate::causes;
use crate::tlog::witness::{ADD_CHECKPOINT_BYTES_MAX, ADD_CHECKPOINT_PATH, Refusal, SIZE_TYPE};

/// Requests that are decided on at once; more wait.
const IN_WORK_MAX: usize = 16;

const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Clone, Debug)]
struct Door {
    witness: Witness,
    places: Arc<Semaphore>,
}

/// `POST /add-checkpoint` and `GET /<SHA-256 of the origin>/checkpoint`.
pub fn router(witness: Witness) -> Router {
    let door = Door { witness, places: Arc::new(Semaphore::new(IN_WORK_MAX)) };
    Router::new()
        .route(ADD_CHECKPOINT_PATH, post(add))
        .route("/{log}/checkpoint", get(show))
        .layer(DefaultBodyLimit::max(ADD_CHECKPOINT_BYTES_MAX))
        .with_state(door)
}

async fn add(State(door): State<Door>, body: Bytes) -> Response {
    let adding = door.work(move |witness| witness.add_checkpoint(&body)).await;
    match adding {
        None => failed(),
        Some(Ok(lines)) => answer(StatusCode::OK, TEXT, lines),
        Some(Err(refused)) => refusal(&refused),
    }
}

async fn show(State(door): State<Door>, Path(log): Path<String>) -> Response {
    match door.work(move |witness| witness.checkpoint(&log)).await {
        Some(Ok(Some(note))) => answer(StatusCode::OK, TEXT, note),
        Some(Ok(None)) => {
            answer(StatusCode::NOT_FOUND, TEXT, "nothing was cosigned for such a log\n".to_owned())
        }
        Some(Err(error)) => refusal(&Refused::Broken(error)),
        None => failed(),
    }
}

impl Door {
    /// Reads and writes files where that holds nobody up; `None` after a panic.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Witness) -> T + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        let witness = self.witness.clone();
        // Runs on when the client leaves: a decision is not taken back.
        let working = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&witness)
        });
        working.await.ok()
    }
}

fn refusal(refused: &Refused) -> Response {
    let status = StatusCode::from_u16(refused.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Refused::Judged(Refusal::OtherOld { known }) = refused {
        return answer(status, SIZE_TYPE, format!("{known}\n"));
    }
    let mut told = causes::told(refused);
    if let Refused::Broken(error) = refused {
        tracing::error!(error = causes::told(error), "a request failed");
        // Where things lie is nobody's business outside.
        told = refused.to_string();
    }
    answer(status, TEXT, format!("{told}\n"))
}

fn failed() -> Response {
    answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the request failed\n".to_owned())
}

fn answer(status: StatusCode, mime: &'static str, body: String) -> Response {
    let mime = (header::CONTENT_TYPE, HeaderValue::from_static(mime));
    let fresh = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (status, [mime, fresh], body).into_response()
}

#[cfg(test)]
mod tests;
