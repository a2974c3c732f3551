//! Muniment: a compliance archive and audit daemon for business messaging.
//!
//! Data walks one way through rooms named after what happens to a record:
//! `capture` → `seal` → `log` → `index` → `query` → `api`, with `verify` checking
//! everything from bytes. `docs/ARCHITECTURE.md` is the map.

mod aside;
mod causes;
pub mod clock;
pub mod fault;
pub mod record;
mod spelling;
pub mod timestamp;
pub mod tlog;

pub mod witness;

pub mod entry;
pub mod policy;
pub mod projection;

pub mod log;
pub mod seal;
pub mod store;

pub mod attest;
pub mod capture;
pub mod conduct;
pub mod disposition;
pub mod govern;
pub mod index;
pub mod query;
pub mod subject;
pub mod verify;

pub mod api;

pub mod cli;
pub mod config;
pub mod daemon;
pub mod telemetry;
pub mod timer;
