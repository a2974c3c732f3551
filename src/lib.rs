//! Muniment: a compliance archive and audit daemon for business messaging.
//!
//! Data walks one way through rooms named after what happens to a record:
//! `capture` → `seal` → `log` → `index` → `query` → `api`, with `verify` checking
//! everything from bytes. `docs/ARCHITECTURE.md` is the map.

mod causes;
pub mod clock;
pub mod record;
pub mod tlog;

pub mod entry;

pub mod log;
pub mod seal;
pub mod store;

pub mod capture;
pub mod index;
pub mod query;
pub mod verify;

pub mod api;

pub mod cli;
pub mod config;
pub mod daemon;
pub mod telemetry;
