//! Whose a record is. The comparison itself is pure and folds of decisions need it too,
//! so that it lives with them (`projection::subjects`); here are the records that may be
//! somebody's, by the index.

use jiff::Timestamp;

pub use crate::projection::subjects::{Identity, is_of};

use crate::index::{Error, Index};
use crate::policy::Facts;
use crate::tlog::LeafIndex;

/// A record that may be somebody's: opened, [`is_of`] says whether it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its conversation, as the index names it; those of none come last.
    pub thread: (bool, [u8; 16]),
    /// When it happened, as the provider says; else when it was captured.
    pub at: Timestamp,
    /// Its entry.
    pub entry: LeafIndex,
}

/// Every record that may be somebody's, by conversation and time; `None` where there are
/// more than `most`. Blocks.
///
/// # Errors
/// When the index cannot be asked.
pub fn candidates(
    index: &Index,
    identity: &Identity,
    most: usize,
) -> Result<Option<Vec<Candidate>>, Error> {
    let look = |found: &mut Vec<Candidate>, entry: LeafIndex, facts: &Facts| {
        // One more than the most is enough to know.
        if found.len() <= most && identity.may_be_of(facts) {
            let thread = (facts.thread.is_none(), facts.thread.unwrap_or_default());
            found.push(Candidate { thread, at: facts.at.unwrap_or(facts.captured), entry });
        }
    };
    let mut found: Vec<Candidate> =
        index.fold_facts(Vec::new, look)?.parts.into_iter().flatten().collect();
    if found.len() > most {
        return Ok(None);
    }
    found.sort_unstable();
    Ok(Some(found))
}
