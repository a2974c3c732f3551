//! By which names the conversations go that tags and events name: written down before the
//! records are destroyed that show it.
//!
//! The index goes on with the name that it gave a conversation, until it is made anew from
//! the records that are left; these had every name of it written down by then.

use std::collections::BTreeSet;

use super::{Disposition, Error, Inner};
use crate::govern::Actor;
use crate::index::Selection;
use crate::projection::Act;
use crate::projection::threads::{NAMES_MAX, NamedAct, Names};

impl Disposition {
    /// Writes down what other names the index has for conversations that tags and events
    /// name. Waits for it to have read the log.
    ///
    /// # Errors
    /// When the index cannot be asked, or the decision not be written; [`Error::Stopping`].
    pub async fn name_threads(&self) -> Result<(), Error> {
        self.wholly_indexed().await?;
        let _counting = self.0.counting.lock().await;
        for act in self.0.blocking(Inner::names_unwritten).await? {
            self.act_as_muniment(Act::Thread(act)).await?;
        }
        Ok(())
    }

    /// Writes a decision down that nobody made: what the archive itself shows.
    pub(super) async fn act_as_muniment(&self, act: Act) -> Result<(), Error> {
        self.0.govern.act(&Actor::muniment(), act).await.map(drop).map_err(Error::Govern)
    }
}

impl Inner {
    fn names_unwritten(&self) -> Result<Vec<NamedAct>, Error> {
        let read = self.govern.read(|projection| {
            let named: BTreeSet<[u8; 16]> =
                projection.tags.threads().chain(projection.events.threads()).collect();
            (named, projection.threads.clone())
        });
        let (named, before) = read.map_err(Error::Govern)?;
        if named.is_empty() {
            return Ok(vec![]);
        }
        let shown = self.index.together(&Selection::new()).map_err(Error::Index)?.threads;
        let asked: Vec<&[[u8; 16]]> = named.iter().map(|name| before.of(name)).collect();
        let (mut acts, mut written) = (vec![], Names::clone(&before));
        for (name, mut new) in named.iter().zip(shown.with_each(&asked)) {
            new.retain(|other| written.of(name).binary_search(other).is_err());
            for some in new.chunks(NAMES_MAX - 1) {
                let act = NamedAct { names: [&[*name], some].concat() };
                written.take(&act);
                acts.push(act);
            }
        }
        Ok(acts)
    }
}
