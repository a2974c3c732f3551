//! The one thread that gives entries their places.
//!
//! It takes all groups that wait and lays them out in order as one batch, which
//! the writer makes durable with one sync (group commit). It runs one batch
//! ahead of the disk: what it knows of the log is what will be, and is never
//! shown to anybody before it is.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::writer::Ready;
use super::{Draft, Error, Group, Placed, Poison, Published, Request, Shared};
use crate::clock::Clock;
use crate::entry::{Entry, Event, HandOver, codec};
use crate::store::{Commit, OnceKey};
use crate::tlog::{Hash, LeafIndex, leaf_hash};

/// The state that only the sequencer's thread touches.
pub(super) struct Sequencer {
    shared: Arc<Shared>,
    clock: Clock,
    /// The log as it will be when all that was laid out is durable.
    ahead: Published,
    last_time: Timestamp,
    /// What was marked seen in batches that may not be durable yet.
    seen: HashMap<OnceKey, LeafIndex>,
    commit: Commit,
}

impl Sequencer {
    pub(super) fn new(shared: Arc<Shared>, clock: Clock, last_time: Timestamp) -> Self {
        let (ahead, seen) = (shared.published(), HashMap::new());
        Self { shared, clock, ahead, last_time, seen, commit: Commit::default() }
    }

    /// Runs until every handle on the log is dropped or the log is poisoned.
    pub(super) fn start(
        mut self,
        mut waiting: mpsc::Receiver<Request>,
        batch_groups_max: usize,
        batches: SyncSender<Ready>,
    ) -> Result<JoinHandle<()>, Error> {
        let run = move || {
            let mut requests = Vec::with_capacity(batch_groups_max);
            while waiting.blocking_recv_many(&mut requests, batch_groups_max) > 0 {
                if self.shared.poison.read().is_some() {
                    break;
                }
                let ready = self.lay_out(&mut requests);
                if batches.send(ready).is_err() {
                    let poison = Poison::new("the writer's thread has ended");
                    self.shared.poison.set(poison);
                    break;
                }
            }
        };
        std::thread::Builder::new().name("sequencer".to_owned()).spawn(run).map_err(Error::Thread)
    }

    fn lay_out(&mut self, requests: &mut Vec<Request>) -> Ready {
        let before = self.ahead.edge.size();
        self.last_time = self.clock.now().max(self.last_time);
        let durable = LeafIndex::new(self.shared.head().size.get());
        self.seen.retain(|_, index| *index >= durable);
        let mut answers = Vec::with_capacity(requests.len());
        for Request { group, answer } in requests.drain(..) {
            match self.place_group(group) {
                Ok(placed) => answers.push((answer, placed)),
                Err(error) => {
                    // The rest of the batch goes the same way: the writer refuses it.
                    self.shared.poison.set(Poison::from_error(&error));
                    answers.push((answer, vec![]));
                }
            }
        }
        let commit = std::mem::take(&mut self.commit);
        let size = self.ahead.edge.size();
        let grown = (size > before).then(|| {
            self.ahead.head.size = size;
            self.ahead.head.root = self.ahead.edge.root();
            (commit.with_head(self.ahead.head), self.ahead.clone())
        });
        Ready { grown, answers }
    }

    fn place_group(&mut self, group: Group) -> Result<Vec<Placed>, crate::store::Error> {
        let mut found = Vec::with_capacity(group.drafts.len());
        for draft in &group.drafts {
            found.push(self.seen_at(draft)?);
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

    fn seen_at(&self, draft: &Draft) -> Result<Option<LeafIndex>, crate::store::Error> {
        let Some(key) = draft.once else { return Ok(None) };
        match self.seen.get(&key) {
            Some(index) => Ok(Some(*index)),
            None => self.shared.store.seen(&key),
        }
    }

    fn place(&mut self, draft: Draft) -> LeafIndex {
        let index = LeafIndex::new(self.ahead.edge.size().get());
        self.put_rows(index, &draft);
        if let (Some(kept), Some((header, body))) = (draft.event.kept(), draft.sealed) {
            self.commit.put_sealed(index, kept.record, header, body);
        }
        let prev = self.ahead.head.last;
        let leaf = codec::encode(&Entry { index, time: self.last_time, event: draft.event, prev });
        self.extend(leaf_hash(&leaf));
        self.commit.put_leaf(index, leaf);
        index
    }

    fn put_rows(&mut self, index: LeafIndex, draft: &Draft) {
        if let Some(key) = draft.once {
            self.seen.insert(key, index);
            self.commit.put_seen(key, index);
        }
        if draft.event.governs() {
            self.commit.put_governance(index);
        }
        if let Event::Linked { record, medium, matches } = &draft.event {
            self.commit.put_link(*record, *medium, *matches);
        }
        if let Event::HandedOver(hand_over) = &draft.event {
            self.hand_over(hand_over);
        }
        if let Some(task) = &draft.awaits_medium {
            self.commit.put_media_task(index, task.clone());
        }
        if let Some(record) = draft.ends_wait_of {
            self.commit.delete_media_task(record);
        }
    }

    /// The list of keys is a row of the same batch. What does not go on from the
    /// newest key was never drafted.
    fn hand_over(&mut self, hand_over: &HandOver) {
        let keys = Arc::make_mut(&mut self.ahead.keys);
        match keys.extend(hand_over) {
            Ok(()) => self.commit.put_keys(keys),
            Err(error) => self.shared.poison.set(Poison::from_error(&error)),
        }
    }

    fn extend(&mut self, leaf: Hash) {
        for tile in self.ahead.edge.push(leaf) {
            self.commit.put_tile(tile.at(), tile.to_bytes());
        }
        self.ahead.head.last = leaf;
    }
}
