//! What others say of the log: parties that the archive's operator does not control.
//!
//! An archive can say of itself what it likes. What it cannot do is to give a
//! second history, or another time, to somebody who kept the first one. Here they
//! are given each checkpoint, and what they answer is kept beside it.
//!
//! Nothing here holds the log up: who does not answer is asked again later.

pub mod authority;
pub mod witnesses;
