//! The one thread that gives entries their places.
//!
//! It takes all groups that wait, lays them out in order, writes them in one
//! synced batch (group commit), publishes the new end of the log, and only then
//! answers. So an answer means: on disk.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Draft, Error, Group, Placed, Poison, Published, Request, Shared};
use crate::clock::Clock;
use crate::entry::{Entry, Event, codec};
use crate::store::{Commit, OnceKey};
use crate::tlog::{Hash, LeafIndex, leaf_hash};

/// The state that only the sequencer's thread touches.
pub(super) struct Sequencer {
    shared: Arc<Shared>,
    clock: Clock,
    last_time: Timestamp,
}

/// A batch in the making: the log as it will be.
struct Batch {
    commit: Commit,
    published: Published,
    time: Timestamp,
    seen: HashMap<OnceKey, LeafIndex>,
    before: LeafIndex,
}

impl Sequencer {
    pub(super) fn new(shared: Arc<Shared>, clock: Clock, last_time: Timestamp) -> Self {
        Self { shared, clock, last_time }
    }

    /// Runs until every handle on the log is dropped or the log is poisoned.
    pub(super) fn start(
        mut self,
        mut waiting: mpsc::Receiver<Request>,
        batch_groups_max: usize,
    ) -> Result<JoinHandle<()>, Error> {
        let run = move || {
            let mut requests = Vec::with_capacity(batch_groups_max);
            while waiting.blocking_recv_many(&mut requests, batch_groups_max) > 0 {
                if let Err(poison) = self.write(&mut requests) {
                    tracing::error!(%poison, "log poisoned");
                    self.shared.poison.set(poison);
                    break;
                }
            }
        };
        std::thread::Builder::new().name("sequencer".to_owned()).spawn(run).map_err(Error::Thread)
    }

    fn write(&mut self, requests: &mut Vec<Request>) -> Result<(), Poison> {
        if let Some(poison) = self.shared.poison.read() {
            return Err(poison);
        }
        let mut batch = Batch::new(self.shared.published(), self.clock.now().max(self.last_time));
        let mut answers = Vec::with_capacity(requests.len());
        let mut failed = None;
        for Request { group, answer } in requests.drain(..) {
            if failed.is_none() {
                match batch.place_group(&self.shared, group) {
                    Ok(placed) => answers.push((answer, placed)),
                    Err(error) => failed = Some(Poison::from_error(&error)),
                }
            }
        }
        let result = match failed {
            Some(poison) => Err(poison),
            None => self.make_durable(batch),
        };
        for (answer, placed) in answers {
            // Nobody may be waiting any more: the group is written all the same.
            let _ = answer.send(match &result {
                Ok(()) => Ok(placed),
                Err(poison) => Err(Error::Poisoned(poison.clone())),
            });
        }
        result
    }

    fn make_durable(&mut self, mut batch: Batch) -> Result<(), Poison> {
        let size = batch.published.edge.size();
        if size.get() == batch.before.get() {
            return Ok(());
        }
        batch.published.head.size = size;
        batch.published.head.root = batch.published.edge.root();
        batch.commit.put_head(batch.published.head);
        self.shared.store.commit(batch.commit).map_err(|error| Poison::from_error(&error))?;
        self.last_time = batch.time;
        *self.shared.published.write().unwrap_or_else(PoisonError::into_inner) = batch.published;
        self.shared.grown.send_replace(size);
        Ok(())
    }
}

impl Batch {
    fn new(published: Published, time: Timestamp) -> Self {
        let before = LeafIndex::new(published.head.size.get());
        Self { commit: Commit::default(), published, time, seen: HashMap::new(), before }
    }

    fn place_group(
        &mut self,
        shared: &Shared,
        group: Group,
    ) -> Result<Vec<Placed>, crate::store::Error> {
        let mut found = Vec::with_capacity(group.drafts.len());
        for draft in &group.drafts {
            found.push(self.seen_at(shared, draft)?);
        }
        let lead_serves = !group.leads || found.iter().skip(1).any(Option::is_none);
        let mut placed = Vec::with_capacity(found.len());
        for (position, (draft, seen)) in group.drafts.into_iter().zip(found).enumerate() {
            let leads = group.leads && position == 0;
            // Two drafts of one group may be the same thing.
            let seen = seen.or_else(|| draft.once.and_then(|key| self.seen.get(&key).copied()));
            placed.push(match seen {
                Some(index) if !leads => Placed::Seen(index),
                _ if leads && !lead_serves => Placed::Superfluous,
                _ => Placed::At(self.place(draft)),
            });
        }
        Ok(placed)
    }

    fn seen_at(
        &self,
        shared: &Shared,
        draft: &Draft,
    ) -> Result<Option<LeafIndex>, crate::store::Error> {
        let Some(key) = draft.once else { return Ok(None) };
        match self.seen.get(&key) {
            Some(index) => Ok(Some(*index)),
            None => shared.store.seen(&key),
        }
    }

    fn place(&mut self, draft: Draft) -> LeafIndex {
        let index = LeafIndex::new(self.published.edge.size().get());
        self.put_rows(index, &draft);
        if let (Some(kept), Some((header, body))) = (draft.event.kept(), draft.sealed) {
            self.commit.put_sealed(index, kept.record, header, body);
        }
        let prev = self.published.head.last;
        let leaf = codec::encode(&Entry { index, time: self.time, event: draft.event, prev });
        self.extend(leaf_hash(&leaf));
        self.commit.put_leaf(index, leaf);
        index
    }

    fn put_rows(&mut self, index: LeafIndex, draft: &Draft) {
        if let Some(key) = draft.once {
            self.seen.insert(key, index);
            self.commit.put_seen(key, index);
        }
        if let Event::Linked { record, medium, matches } = draft.event {
            self.commit.put_link(record, medium, matches);
        }
        if let Some(task) = &draft.awaits_medium {
            self.commit.put_media_task(index, task.clone());
        }
        if let Some(record) = draft.ends_wait_of {
            self.commit.delete_media_task(record);
        }
    }

    fn extend(&mut self, leaf: Hash) {
        for tile in self.published.edge.push(leaf) {
            self.commit.put_tile(tile.at(), tile.to_bytes());
        }
        self.published.head.last = leaf;
    }
}
