//! Which point is reached how: a line for every durable step of the program.

use muniment::fault::Point;

/// The variable that arms a point.
pub(crate) const VARIABLE: &str = "MUNIMENT_FAULT";

/// What reaches a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A daemon that takes deliveries, until these hits.
    Serving(Ends, &'static [u64]),
    /// A witness that is asked, until these hits.
    Witnessing(&'static [u64]),
    /// Records that are destroyed, until these hits.
    Shredding(&'static [u64]),
    /// A command; each of its hits.
    Command(Act),
}

/// What a daemon does after a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It does not start.
    AtStart,
    /// It ends by itself, with what failed: starting is the recovery.
    ByItself,
    /// It goes on: what failed is derived and made again.
    GoesOn,
    /// It fails when it is asked to end.
    AtStop,
}

/// A command that makes something durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Export,
    Init,
    Rotate,
    SaveMedium,
    Token,
    Verify,
}

/// The scene of a point: none can be forgotten, or this does not compile.
pub(crate) const fn scene(point: Point) -> Scene {
    use Ends::{AtStart, AtStop, ByItself, GoesOn};
    match point {
        Point::LogBatch | Point::LogCheckpoint => Scene::Serving(ByItself, &[2]),
        Point::MediaTask => Scene::Serving(ByItself, &[1]),
        // The first bucket is made at the start, the next with the first delivery.
        Point::SealBucket => Scene::Serving(ByItself, &[2, 3]),
        Point::MemoryCreate
        | Point::MemoryWrite
        | Point::MemorySync
        | Point::MemoryRename
        | Point::MemoryFolder => Scene::Serving(ByItself, &[2]),
        Point::IndexFormat => Scene::Serving(AtStart, &[1, 2, 3]),
        Point::IndexFile | Point::IndexReplace | Point::IndexFolder => Scene::Serving(GoesOn, &[6]),
        // It is written aside, put in its place, and its directory synced.
        Point::ConductSnapshot => Scene::Serving(GoesOn, &[1, 2, 3]),
        // A new key's share, then an old one that is removed.
        Point::ShareFolder => Scene::Shredding(&[1, 2]),
        Point::ShareWrite | Point::ShareRename | Point::ShareOverwrite | Point::ShareRemove => {
            Scene::Shredding(&[1])
        }
        // The row is emptied, later forgotten.
        Point::SealRetired => Scene::Shredding(&[1, 2]),
        Point::SealRewrapped | Point::StoreCompacted => Scene::Shredding(&[1]),
        // Two batches of records, then the marks of what was seen.
        Point::StoreDestroyed => Scene::Shredding(&[1, 2, 3]),
        Point::StoreOpen => Scene::Serving(AtStart, &[1]),
        Point::ReadyFile => Scene::Serving(AtStart, &[1, 2]),
        Point::StoreFlush => Scene::Serving(AtStop, &[1]),
        Point::StoreFormat | Point::NewFile => Scene::Command(Act::Init),
        Point::TokensWrite | Point::TokensRename | Point::TokensFolder => {
            Scene::Command(Act::Token)
        }
        Point::WitnessState => Scene::Witnessing(&[1, 2, 3]),
        Point::VerifySaved => Scene::Command(Act::Verify),
        Point::KeyFiles => Scene::Command(Act::Rotate),
        Point::ExportFile => Scene::Command(Act::Export),
        Point::SavedMedium => Scene::Command(Act::SaveMedium),
        Point::LogCosignatures | Point::LogTimestamp => Scene::Serving(ByItself, &[1]),
    }
}

/// Every way in which a step can fail.
pub(crate) const WAYS: [&str; 6] =
    ["before:eio", "before:enospc", "before:kill", "after:eio", "after:enospc", "after:kill"];

/// The points whose scene is chosen.
pub(crate) fn points(is_chosen: impl Fn(Scene) -> bool) -> Vec<Point> {
    let chosen: Vec<Point> =
        Point::ALL.iter().copied().filter(|point| is_chosen(scene(*point))).collect();
    assert!(!chosen.is_empty(), "a test that goes through nothing");
    chosen
}

/// The line of the trace that says that the fault struck.
pub(crate) fn struck(trace: &str, point: Point) -> bool {
    trace.lines().any(|line| line.contains("fault struck") && line.contains(point.name()))
}
