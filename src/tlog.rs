//! The transparency log's mathematics and texts: RFC 6962 hashing and the C2SP
//! formats, and nothing else.
//!
//! No module here reads a disk, a clock or anything of Muniment: bytes and
//! values go in, bytes and values come out. Where stored tiles are needed, the
//! caller passes a function that reads them.
//!
//! - [`hash`]: leaf and node hashes, RFC 6962 section 2.1
//! - [`tree`]: the growing right edge of a tree
//! - [`tile`]: tiles, entry bundles and their paths, <https://c2sp.org/tlog-tiles>
//! - [`proof`]: inclusion and consistency proofs, made and checked
//! - [`note`]: signed notes and cosignatures, <https://c2sp.org/signed-note>
//! - [`checkpoint`]: signed tree heads, <https://c2sp.org/tlog-checkpoint>
//! - [`receipt`]: proofs in a file, <https://c2sp.org/tlog-proof>
//! - [`witness`]: what is asked of a witness, and its decision, <https://c2sp.org/tlog-witness>
//! - [`policy`]: whose cosignatures are enough, <https://c2sp.org/tlog-policy>
//!
//! Everything that is parsed is parsed strictly: a text is accepted only in the
//! form in which it would be written again, so that no two texts mean the same.

pub mod checkpoint;
pub mod hash;
#[cfg(test)]
mod model;
pub mod note;
pub mod policy;
mod position;
pub mod proof;
pub mod receipt;
pub mod tile;
pub mod tree;
#[cfg(test)]
mod vectors;
pub mod witness;

pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use position::{BadNumber, LeafIndex, TREE_SIZE_MAX, TreeSize};
