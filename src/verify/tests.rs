//! Archives that are damaged in every way that there is a name for.

mod archive;
mod cosignatures;
mod destroyed;
mod files;
mod flips;
mod growing;
mod interrupted;
mod keys;
mod log;
mod records;
mod right;
mod rows;
mod since;
mod timestamps;
