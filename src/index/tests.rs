//! The index on a real log, store and keyring.

mod archive;
mod damage;
mod erase;
mod facts;
mod follow;
mod model;
mod paging;
mod semantics;
mod sequences;
mod together;
