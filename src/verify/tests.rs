//! Archives that are damaged in every way that there is a name for.

mod archive;
mod files;
mod flips;
mod log;
mod records;
mod right;
mod rows;
