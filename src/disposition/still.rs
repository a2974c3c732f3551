//! Waiting for a moment at which what is judged stays true.

use std::time::{Duration, Instant};

use super::{Disposition, Error};
use crate::govern::Still;

/// How long a plan waits for the index to have read the newest entries.
const INDEX_SECONDS_MAX: u64 = 10;
const INDEX_LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Disposition {
    /// Waits for the index to have read everything that is in the log now, but not long.
    pub(super) async fn indexed(&self) -> u64 {
        let size = self.0.log.size().get();
        let until = Instant::now() + Duration::from_secs(INDEX_SECONDS_MAX);
        while self.0.index.progress().searchable.get() < size && Instant::now() < until {
            tokio::time::sleep(INDEX_LOOK_AGAIN).await;
        }
        size
    }

    /// Waits until nobody decides and the index has read the log, however long it takes to
    /// read it: who judges by a part of the index does not see every hold. Answers with the
    /// log's size.
    pub(super) async fn still_and_indexed(&self) -> Result<(Still, u64), Error> {
        loop {
            self.wholly_indexed().await?;
            self.0.go_on()?;
            let still = self.0.govern.hold_still().await;
            let size = self.indexed().await;
            if self.0.index.progress().searchable.get() >= size {
                return Ok((still, size));
            }
        }
    }

    /// Waits for the index to have read everything that is in the log now, however long
    /// that takes.
    pub(super) async fn wholly_indexed(&self) -> Result<(), Error> {
        let size = self.0.log.size().get();
        while self.0.index.progress().searchable.get() < size {
            self.0.go_on()?;
            tokio::time::sleep(INDEX_LOOK_AGAIN).await;
        }
        Ok(())
    }
}
