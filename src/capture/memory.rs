//! How much of all deliveries' bodies is held in memory at once.
//!
//! Who sends slowly holds only what it sent: what a request announces reserves
//! nothing, so that nobody without the app secret can book the archive out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{CaptureConfig, Error};

/// The memory for bodies, one permit a KiB.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    free: Arc<Semaphore>,
    wait: Duration,
}

/// What one body holds of it; given back when dropped.
#[derive(Debug)]
pub struct Held {
    memory: Memory,
    permits: Option<OwnedSemaphorePermit>,
}

/// 256 GiB: Tokio counts permits in less than a `usize`.
const KIB_MAX: u32 = 256 * 1024 * 1024;

impl Memory {
    pub(super) fn new(config: &CaptureConfig) -> Self {
        // The largest body always finds room in the end.
        let bytes = config.bytes_in_work_max.max(config.body_bytes_max);
        let free = Arc::new(Semaphore::new(kib(bytes) as usize));
        Self { free, wait: Duration::from_millis(config.wait_ms_max) }
    }

    /// Holds nothing yet.
    pub(super) fn hold(&self) -> Held {
        Held { memory: self.clone(), permits: None }
    }
}

impl Held {
    /// Waits until a body may grow to so many bytes.
    ///
    /// # Errors
    /// [`Error::Busy`] when there is no room in time.
    pub async fn grow_to(&mut self, bytes: usize) -> Result<(), Error> {
        let held = self.permits.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = kib(bytes).saturating_sub(u32::try_from(held).unwrap_or(u32::MAX));
        if more == 0 {
            return Ok(());
        }
        let permits = Arc::clone(&self.memory.free).acquire_many_owned(more);
        let permits = tokio::time::timeout(self.memory.wait, permits).await;
        let permits = permits.map_err(|_| Error::Busy)?.map_err(|_| Error::Stopping)?;
        match &mut self.permits {
            Some(held) => held.merge(permits),
            None => self.permits = Some(permits),
        }
        Ok(())
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(KIB_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(bytes_in_work_max: usize, body_bytes_max: usize) -> Memory {
        let config = CaptureConfig {
            bytes_in_work_max,
            body_bytes_max,
            wait_ms_max: 1,
            ..CaptureConfig::default()
        };
        Memory::new(&config)
    }

    #[tokio::test]
    async fn bodies_grow_as_far_as_there_is_room_and_give_it_back() {
        let memory = memory(10 * 1024, 8 * 1024);
        let (mut one, mut other) = (memory.hold(), memory.hold());
        one.grow_to(1).await.unwrap();
        one.grow_to(1024).await.unwrap();
        one.grow_to(8 * 1024).await.unwrap();
        other.grow_to(2 * 1024).await.unwrap();
        assert!(matches!(other.grow_to(2 * 1024 + 1).await, Err(Error::Busy)));
        drop(one);
        other.grow_to(10 * 1024).await.unwrap();
    }

    #[tokio::test]
    async fn the_largest_body_fits_whatever_is_configured() {
        assert!(memory(0, 8 * 1024).hold().grow_to(8 * 1024).await.is_ok());
        assert!(memory(usize::MAX, usize::MAX).hold().grow_to(8 * 1024).await.is_ok());
    }
}
