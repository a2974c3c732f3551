//! A reserve of disk space: the log takes nothing more before the disk is full.
//!
//! A write that fails for want of space poisons the log, as every failed write.
//! So the log refuses entries, and says why, while less than `log.free_bytes_min`
//! is free, and takes them again by itself when there is room. The reserve is for
//! what must still be written then: checkpoints, and rows on their way from memory
//! to their files. Where another program fills the disk to its end all the same,
//! the failed write decides, and the next start recovers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Error, Log};
use crate::tlog::TreeSize;

/// How old may be what is known of the free space.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// So many parts of the reserve must be free beside it before entries are taken
/// again: one part more than the whole, so that a log at the edge does not waver.
const PARTS: u64 = 8;

/// What is known of the disk's free space.
#[derive(Debug)]
pub(super) struct Room {
    dir: PathBuf,
    free_bytes_min: u64,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    at: Option<Instant>,
    free_bytes: u64,
    is_full: bool,
}

impl Log {
    /// Whether the disk has room for entries; looked at ten times a second at most.
    /// The first entry of all is always taken.
    ///
    /// # Errors
    /// [`Error::Full`] where it has not.
    pub fn check_room(&self) -> Result<(), Error> {
        if self.size() == TreeSize::EMPTY {
            return Ok(());
        }
        self.shared.room.check()
    }
}

impl Room {
    /// The room that is left where a directory lies; `free_bytes_min` of 0 never
    /// refuses.
    pub(super) fn new(dir: &Path, free_bytes_min: u64) -> Self {
        Self { dir: dir.to_owned(), free_bytes_min, seen: Mutex::default() }
    }

    /// Whether entries may be taken.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.free_bytes_min == 0 {
            return Ok(());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.at.is_none_or(|at| at.elapsed() >= LOOK_INTERVAL) {
            seen.at = Some(Instant::now());
            self.look(&mut seen);
        }
        if !seen.is_full {
            return Ok(());
        }
        Err(Error::Full { free_bytes: seen.free_bytes, free_bytes_min: self.free_bytes_min })
    }

    fn look(&self, seen: &mut Seen) {
        let free_bytes = match free_bytes(&self.dir) {
            Ok(free_bytes) => free_bytes,
            // The write itself will say what the matter is.
            Err(error) => {
                tracing::warn!(%error, "free disk space unknown");
                return;
            }
        };
        let (was_full, free_bytes_min) = (seen.is_full, self.free_bytes_min);
        seen.free_bytes = free_bytes;
        seen.is_full = is_full(was_full, free_bytes, free_bytes_min);
        if seen.is_full && !was_full {
            tracing::error!(free_bytes, free_bytes_min, "disk full: entries are refused");
        } else if was_full && !seen.is_full {
            tracing::info!(free_bytes, "there is room again: entries are taken");
        }
    }
}

/// How many bytes a process without privileges may still write where a path lies.
///
/// # Errors
/// When the system does not say.
pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let system = rustix::fs::statvfs(path)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

const fn is_full(was_full: bool, free_bytes: u64, free_bytes_min: u64) -> bool {
    let enough = if was_full {
        free_bytes_min.saturating_add(free_bytes_min / PARTS)
    } else {
        free_bytes_min
    };
    free_bytes < enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_at_the_edge_is_taken_only_with_more_room() {
        assert!(!is_full(false, 800, 800));
        assert!(is_full(false, 799, 800));
        assert!(is_full(true, 800, 800), "just a little more is not room");
        assert!(is_full(true, 899, 800));
        assert!(!is_full(true, 900, 800));
        assert!(is_full(true, u64::MAX - 1, u64::MAX), "no limit overflows");
    }

    #[test]
    fn no_reserve_never_refuses_and_an_impossible_one_always_does() {
        let dir = tempfile::tempdir().unwrap();
        Room::new(dir.path(), 0).check().unwrap();
        Room::new(dir.path(), 1).check().unwrap();
        let full = Room::new(dir.path(), u64::MAX).check().unwrap_err();
        assert!(matches!(full, Error::Full { free_bytes_min: u64::MAX, .. }), "{full}");
    }

    #[test]
    fn a_disk_that_cannot_be_looked_at_does_not_refuse() {
        assert!(free_bytes(Path::new("/no/such/place")).is_err());
        Room::new(Path::new("/no/such/place"), u64::MAX).check().unwrap();
    }
}
