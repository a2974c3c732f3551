//! The one thread that makes batches durable and answers for them.
//!
//! While it waits for the disk, the sequencer lays out the next batch. Batches
//! come in order and end in order, so that an answer means: this group, and all
//! that it may have leant on as seen before, is on disk.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{Error, Placed, Poison, Published, Shared};
use crate::store::Commit;

/// Batches laid out and waiting: one, or the batches would stay small.
const WAITING_BATCHES_MAX: usize = 1;

/// Those who wait for a batch, with what became of their groups.
pub(super) type Answers = Vec<(oneshot::Sender<Result<Vec<Placed>, Error>>, Vec<Placed>)>;

/// A batch laid out, to be made durable.
pub(super) struct Ready {
    /// The rows, and the log as it will be; `None` where nothing was new, and only
    /// those before it are waited for.
    pub(super) grown: Option<(Commit, Published)>,
    pub(super) answers: Answers,
}

/// Starts the thread; it ends when the sender is dropped.
pub(super) fn start(shared: Arc<Shared>) -> Result<(SyncSender<Ready>, JoinHandle<()>), Error> {
    let (batches, waiting) = sync_channel(WAITING_BATCHES_MAX);
    let run = move || write_all(&shared, &waiting);
    let thread = std::thread::Builder::new().name("log writer".to_owned()).spawn(run);
    Ok((batches, thread.map_err(Error::Thread)?))
}

fn write_all(shared: &Shared, waiting: &Receiver<Ready>) {
    for Ready { grown, answers } in waiting {
        let result = match shared.poison.read() {
            // What was laid out upon a lost batch is lost with it.
            Some(poison) => Err(poison),
            None => grown.map_or(Ok(()), |(commit, after)| make_durable(shared, commit, after)),
        };
        if let Err(poison) = &result {
            tracing::error!(%poison, "log poisoned");
            shared.poison.set(poison.clone());
        }
        for (answer, placed) in answers {
            // Nobody may be waiting any more: the group is written all the same.
            let _ = answer.send(match &result {
                Ok(()) => Ok(placed),
                Err(poison) => Err(Error::Poisoned(poison.clone())),
            });
        }
    }
}

fn make_durable(shared: &Shared, commit: Commit, after: Published) -> Result<(), Poison> {
    shared.store.commit(commit).map_err(|error| Poison::from_error(&error))?;
    shared.batches.fetch_add(1, Ordering::Relaxed);
    let size = after.head.size;
    *shared.published.write().unwrap_or_else(PoisonError::into_inner) = after;
    shared.grown.send_replace(size);
    Ok(())
}
