//! The thread that makes findings of conduct, beside everything else.

use std::sync::mpsc::channel;

use tokio::sync::{oneshot, watch};

use super::watch::lower_priority;
use crate::conduct::Follower;

/// Follows the log until the daemon stops, and puts aside what is known then.
pub(super) async fn follow(follower: Follower, mut stopping: watch::Receiver<bool>) {
    let (stop, stopped) = channel();
    let (end, ended) = oneshot::channel();
    // A thread of its own, because its priority is lowered.
    let thread = std::thread::Builder::new().name("conduct".to_owned()).spawn(move || {
        lower_priority();
        // The archive is let go before anybody hears that this has ended.
        follower.follow(&stopped);
        // The daemon may have stopped waiting.
        let _ = end.send(());
    });
    if let Err(error) = thread {
        tracing::error!(%error, "findings of conduct are not made: no thread for it");
        return;
    }
    // Fails when the sender is gone: then too it stops.
    let _ = stopping.wait_for(|stop| *stop).await;
    drop(stop);
    // Fails where the thread panicked, which was traced.
    let _ = ended.await;
}
