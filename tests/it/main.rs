//! The real daemon over real HTTP: a file a behaviour.
//!
//! Every test makes an archive of its own with `muniment init`, serves it on
//! ports of the system's choice and asks as a provider and an auditor would.
//! What is asserted about bytes is read from the archive's own rows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod auditing;
mod backup;
mod bitflips;
mod canary;
mod cli;
mod consent;
mod dispositions;
mod doctor;
mod duplicates;
mod erasure;
mod evidence;
mod findings;
mod formats;
mod holds;
mod keys;
mod load;
mod media;
mod policies;
mod refusals;
mod restart;
mod story;
mod subjects;
mod support;
mod tags;
mod tiles;
mod timestamps;
mod watch;
mod witnesses;
