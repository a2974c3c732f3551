//! The growing tree: what must be held in memory to append and to know the root.
//!
//! [`Frontier`] is enough for a root: the roots of the complete subtrees, one
//! for each bit that is set in the size. [`Edge`] adds the tiles that are not
//! full yet, and gives each tile out when it fills.

mod edge;
mod frontier;
#[cfg(test)]
mod tests;

pub use edge::{Edge, RestoreError};
pub use frontier::{Frontier, root_of};
