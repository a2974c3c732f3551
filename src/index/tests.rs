//! The index on a real log, store and keyring.

mod answers;
mod archive;
mod damage;
mod erase;
mod facts;
mod follow;
mod later;
mod model;
mod paging;
mod semantics;
mod sequences;
mod together;
