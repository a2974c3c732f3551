//! The index on a real log, store and keyring.

mod archive;
mod damage;
mod follow;
mod model;
mod paging;
mod semantics;
