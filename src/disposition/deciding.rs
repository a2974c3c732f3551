//! What rules say of many records, one after the other, by one standing.
//!
//! For who tells a person how long their records are kept: holds are not in it, and
//! nothing is judged to be destroyed by it.

use std::sync::Arc;

use super::look::Standing;
use super::{Disposition, Error, Inner};
use crate::entry::Entry;
use crate::policy::Decision;

/// Rules, events and conversations as they were at one moment.
#[derive(Debug)]
pub struct Deciding {
    inner: Arc<Inner>,
    standing: Standing,
}

impl Disposition {
    /// What records are judged by now.
    ///
    /// # Errors
    /// As [`Disposition::explain`].
    pub async fn deciding(&self) -> Result<Deciding, Error> {
        let standing = self.0.blocking(|inner| inner.standing(inner.clock.now())).await?;
        Ok(Deciding { inner: Arc::clone(&self.0), standing })
    }
}

impl Deciding {
    /// What the rules say of a record; `None` where it was destroyed. Blocks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn decision(&self, entry: &Entry) -> Result<Option<Decision>, Error> {
        let facts = self.inner.facts_of(&self.standing, entry)?;
        Ok(facts.map(|facts| self.standing.decide(entry.index, &facts)))
    }
}
