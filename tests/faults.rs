//! Faults: every durable step fails once in each way; files are damaged at rest;
//! the disk fills up; files cannot be opened. What was acknowledged is there
//! afterwards, once, and `muniment doctor` says what the matter is.
//!
//! Needs the program built with the feature `faults`, as `bin/test` does.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "it/support.rs"]
mod support;

#[path = "it/witnesses/auditor.rs"]
#[allow(dead_code, reason = "the tests of witnesses use more of it")]
mod auditor;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/commands.rs"]
mod commands;
#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/files.rs"]
mod files;
#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/places.rs"]
mod places;
#[path = "faults/process.rs"]
mod process;
#[path = "faults/serving.rs"]
mod serving;
#[path = "faults/shredding.rs"]
mod shredding;
#[path = "faults/table.rs"]
mod table;
#[path = "faults/tail.rs"]
mod tail;
#[path = "faults/witnessing.rs"]
mod witnessing;
