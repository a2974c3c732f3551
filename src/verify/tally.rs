//! What the pieces hand on that is only added up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Counts;
use super::chunk::Chunk;
use super::finding::Findings;
use super::sides::Sums;

/// What pieces of one sort came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    pub(super) findings: Findings,
    /// What follows from the entries …
    pub(super) expected: Sums,
    /// … and what the rows say.
    pub(super) found: Sums,
    /// The rows of the buckets whose keys headers are under: a class and a month each.
    pub(super) buckets: BTreeSet<String>,
    /// Records whose media cannot be known, because they do not open.
    pub(super) unopened: u64,
}

impl Tally {
    /// Takes a piece in.
    pub(super) fn take(&mut self, mut chunk: Chunk) {
        self.findings.merge(chunk.findings);
        self.counts.add(&chunk.counts);
        self.expected.add(&chunk.expected);
        self.found.add(&chunk.found);
        self.buckets.append(&mut chunk.buckets);
        self.unopened += chunk.unopened;
    }

    /// Takes in what pieces of another sort came to.
    pub(super) fn add(&mut self, mut other: Self) {
        self.findings.merge(other.findings);
        self.counts.add(&other.counts);
        self.expected.add(&other.expected);
        self.found.add(&other.found);
        self.buckets.append(&mut other.buckets);
        self.unopened += other.unopened;
    }
}
