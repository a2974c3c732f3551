//! Fuzzing of everything that reads bytes from outside and needs no disk: the
//! rooms `tlog`, `entry`, `policy`, `record` and `timestamp`, taken in by path as they are.
//!
//! Not a part of Muniment: nothing depends on this crate. Each module of
//! [`checks`] states what must hold of a parser for any bytes; the programs in
//! `targets/` give it bytes, `fuzz/run` runs them. See `fuzz/README.md`.

pub mod checks;
pub mod known;
pub mod seeds;

// Below this directory as in Muniment's `lib.rs`, and named from the root for
// the rooms' own paths. `pub(in crate::…)` cannot be written in them: it does
// not follow a `use`.
#[path = "../../src"]
#[allow(dead_code, reason = "what only Muniment's other rooms use")]
mod rooms {
    pub mod entry;
    pub mod policy;
    pub mod record;
    pub mod spelling;
    pub mod timestamp;
    pub mod tlog;
}

pub use rooms::{entry, policy, record, spelling, timestamp, tlog};
