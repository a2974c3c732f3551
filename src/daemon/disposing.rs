//! Dispositions of a running daemon: what a stop interrupted is finished in the
//! background, holds that it left uncounted are counted, the timer plans, and a stop ends the
//! work between two steps.

use tokio::sync::watch::Sender;
use tokio::task::JoinSet;

use crate::causes;
use crate::disposition::{Disposition, Error};
use crate::timer::Timer;

/// Starts all of it. Nothing else waits for it.
pub(super) fn start(
    work: &mut JoinSet<()>,
    disposition: Disposition,
    timer: Option<Timer>,
    stop: &Sender<bool>,
) {
    let (going_on, mut stopping) = (disposition.clone(), stop.subscribe());
    work.spawn(async move {
        go_on(&going_on).await;
        count(&going_on).await;
    });
    work.spawn(async move {
        // Fails only when nobody can ask for a stop any more.
        let _ = stopping.wait_for(|stop| *stop).await;
        disposition.stop().await;
    });
    if let Some(timer) = timer {
        work.spawn(timer.run(stop.subscribe()));
    }
}

/// Counts what holds caught that a stop left uncounted.
async fn count(disposition: &Disposition) {
    match disposition.count_uncounted().await {
        Ok(0) | Err(Error::Stopping) => {}
        Ok(holds) => tracing::info!(holds, "what holds caught is counted, which a stop prevented"),
        Err(error) => {
            let error = causes::told(&error);
            tracing::warn!(error, "what holds caught is not counted yet");
        }
    }
}

/// Deletes what is said to be destroyed and a stop left there, before anybody reads it. That
/// this fails keeps nobody from delivering.
pub(super) fn delete_left(disposition: &Disposition) {
    if let Err(error) = disposition.delete_left() {
        tell_incomplete(&error);
    }
}

/// Finishes what was begun before the start.
async fn go_on(disposition: &Disposition) {
    match disposition.resume().await {
        Ok(None) => {}
        Ok(Some(done)) => {
            let (destroyed, withheld) = (done.destroyed, done.withheld);
            tracing::info!(destroyed, withheld, "an interrupted disposition is complete");
        }
        Err(error) => tell_incomplete(&error),
    }
}

fn tell_incomplete(error: &Error) {
    let error = causes::told(error);
    tracing::error!(error, "an interrupted disposition is not complete yet");
}
