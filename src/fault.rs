//! Fail points: every durable step can be made to fail, in a build for tests.
//!
//! With the feature `faults`, one environment variable arms one point of a process:
//! `MUNIMENT_FAULT=log.batch:after:enospc:3` lets the third batch of entries reach
//! the disk, and then tells the caller that the disk was full. Kinds of failure are
//! `eio`, `enospc` and `kill`, which ends the process as a loss of power would.
//! Without the feature [`at`] calls the step and does nothing else.
//!
//! `tests/faults.rs` goes through all points; `docs/DECISIONS/0018-faults.md` says
//! why they are our own.

#[cfg(feature = "faults")]
mod armed;

use std::io;

#[cfg(feature = "faults")]
use armed::strike;

macro_rules! points {
    ($($(#[doc = $doc:literal])+ $point:ident = $name:literal,)+) => {
        /// A step after which something must be on disk.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Point {
            $($(#[doc = $doc])+ $point,)+
        }

        impl Point {
            /// Every point.
            pub const ALL: &[Self] = &[$(Self::$point),+];

            /// Its name in `MUNIMENT_FAULT`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)+
                }
            }
        }
    };
}

points! {
    /// The batch of entries that acknowledgements rest on.
    LogBatch = "log.batch",
    /// The row of a signed checkpoint.
    LogCheckpoint = "log.checkpoint",
    /// The row of a checkpoint that witnesses cosigned.
    LogCosignatures = "log.cosignatures",
    /// The row of an authority's timestamp.
    LogTimestamp = "log.timestamp",
    /// The row that says when a medium is tried again.
    MediaTask = "media.task",
    /// The row of a new bucket's wrapped key.
    SealBucket = "seal.bucket",
    /// The rows that say that a bucket's key was destroyed.
    SealRetired = "seal.retired",
    /// Headers put under another key of their bucket.
    SealRewrapped = "seal.rewrapped",
    /// The file of a share: writing it aside.
    ShareWrite = "share.write",
    /// The same file: putting it in its place.
    ShareRename = "share.rename",
    /// The folder of shares.
    ShareFolder = "share.folder",
    /// The file of a share that is destroyed: writing over it.
    ShareOverwrite = "share.overwrite",
    /// The same file: removing it.
    ShareRemove = "share.remove",
    /// The rows of destroyed records.
    StoreDestroyed = "store.destroyed",
    /// Taking the bytes of deleted rows out of the files.
    StoreCompacted = "store.compacted",
    /// The file that says which format an archive has.
    StoreFormat = "store.format",
    /// Opening the rows for writing, which recovers them.
    StoreOpen = "store.open",
    /// Flushing the rows at an orderly stop.
    StoreFlush = "store.flush",
    /// The file of the checkpoint signed last: making it aside.
    MemoryCreate = "memory.create",
    /// The same file: writing it.
    MemoryWrite = "memory.write",
    /// The same file: syncing it.
    MemorySync = "memory.sync",
    /// The same file: putting it in the place of the one before.
    MemoryRename = "memory.rename",
    /// The same file: syncing its directory.
    MemoryFolder = "memory.folder",
    /// A file of the index, sealed to its end.
    IndexFile = "index.file",
    /// A file of the index put in the place of another: its list of segments.
    IndexReplace = "index.replace",
    /// The directory of the index.
    IndexFolder = "index.folder",
    /// The file that says which format the index has, and its directory.
    IndexFormat = "index.format",
    /// The file of what findings are made from, and its directory.
    ConductSnapshot = "conduct.snapshot",
    /// The files of the log's key and of its public key, when they are replaced.
    KeyFiles = "keys.files",
    /// The file of tokens: writing it aside.
    TokensWrite = "tokens.write",
    /// The file of tokens: putting it in the place of the one before.
    TokensRename = "tokens.rename",
    /// The file of tokens: syncing its directory.
    TokensFolder = "tokens.folder",
    /// What a witness remembers and keeps as evidence, and its directory.
    WitnessState = "witness.state",
    /// What a verification keeps for the next one, and its directory.
    VerifySaved = "verify.saved",
    /// A file of the exported log, and its directory.
    ExportFile = "export.file",
    /// A key or a configuration that a command makes, and its directory.
    NewFile = "file.new",
    /// A medium that a command saves.
    SavedMedium = "file.medium",
    /// The file that says where the daemon listens.
    ReadyFile = "file.ready",
}

/// When a point strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The step is not made.
    Before,
    /// The step is made, and then fails all the same.
    After,
}

/// A failure that was asked for; made only in a build with the feature `faults`.
#[derive(Debug)]
pub struct Struck {
    point: Point,
    source: io::Error,
}

/// Makes a durable step, or fails where its point is armed.
///
/// # Errors
/// Those of the step; in a build for tests, the failure that was asked for.
#[inline]
pub fn at<T, E: From<Struck>>(point: Point, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    strike(point, Moment::Before)?;
    let made = step()?;
    strike(point, Moment::After)?;
    Ok(made)
}

/// Whether a variable of the environment arms a point of this build.
pub(crate) fn is_armed_by(variable: &str) -> bool {
    cfg!(feature = "faults") && variable == "MUNIMENT_FAULT"
}

#[cfg(not(feature = "faults"))]
#[inline]
const fn strike(_: Point, _: Moment) -> Result<(), Struck> {
    Ok(())
}

impl Struck {
    /// The point's name.
    pub const fn point(&self) -> &'static str {
        self.point.name()
    }
}

impl From<Struck> for io::Error {
    fn from(struck: Struck) -> Self {
        struck.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_a_name_of_its_own() {
        let mut names: Vec<&str> = Point::ALL.iter().map(|point| point.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Point::ALL.len());
        assert!(names.iter().all(|name| !name.contains(':')), "{names:?}");
    }

    #[test]
    fn what_is_not_armed_makes_its_step_once_and_passes_its_error_on() {
        let mut made = 0;
        let done: io::Result<u8> = at(Point::LogBatch, || {
            made += 1;
            Ok(7)
        });
        assert_eq!((done.unwrap(), made), (7, 1));
        let failed: io::Result<()> = at(Point::LogBatch, || Err(io::Error::other("the disk")));
        assert_eq!(failed.unwrap_err().to_string(), "the disk");
    }
}
