//! Judging: every record by the index's columns, one record by itself.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::bundle::{Bundle, SharedMedia};
use super::held::HeldNow;
use super::lexicons::LexiconFinds;
use super::plan::{Candidate, Ground, Looked};
use super::{Error, Inner};
use crate::entry::{Entry, Kept};
use crate::index::Selection;
use crate::log;
use crate::policy::{Facts, Lexicons, Rules, message_time};
use crate::projection::Projection;
use crate::projection::events::Events;
use crate::projection::holds::Held;
use crate::record::{Class, Record};
use crate::tlog::LeafIndex;

/// Everything that records are judged by, as it is at one moment.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) rules: Arc<Rules>,
    pub(super) events: Events,
    pub(super) held: Arc<HeldNow>,
    pub(super) last_of_thread: HashMap<[u8; 16], Timestamp>,
    pub(super) lexicons: Lexicons,
    /// Where the words of lexicons stand, by the index.
    pub(super) lexicons_find: LexiconFinds,
    pub(super) now: Timestamp,
}

/// A candidate that goes, with what goes along.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) candidate: Candidate,
    pub(super) along: Vec<LeafIndex>,
}

impl Standing {
    pub(super) fn ground(&self) -> Ground<'_> {
        let Self { rules, events, last_of_thread, now, .. } = self;
        Ground { rules, events, last_of_thread, now: *now }
    }
}

impl Inner {
    /// What records are judged by now; blocks.
    pub(super) fn standing(&self, now: Timestamp) -> Result<Standing, Error> {
        self.standing_after(now, None)
    }

    /// As [`Inner::standing`], with what holds found before.
    pub(super) fn standing_after(
        &self,
        now: Timestamp,
        before: Option<&HeldNow>,
    ) -> Result<Standing, Error> {
        let by =
            |projection: &Projection| (projection.schedules.rules(), projection.holds.compile(now));
        self.stand(now, by, before)
    }

    /// As [`Inner::standing`], by other rules or holds.
    pub(super) fn standing_by(
        &self,
        now: Timestamp,
        by: impl FnOnce(&Projection) -> (Arc<Rules>, Held),
    ) -> Result<Standing, Error> {
        self.stand(now, by, None)
    }

    fn stand(
        &self,
        now: Timestamp,
        by: impl FnOnce(&Projection) -> (Arc<Rules>, Held),
        before: Option<&HeldNow>,
    ) -> Result<Standing, Error> {
        let unread = self.govern.unread().map_err(Error::Govern)?;
        if let Some(first) = unread.first() {
            return Err(Error::Unread { count: unread.len(), first: first.index.get() });
        }
        let read = self.govern.read(|projection| {
            let (rules, held) = by(projection);
            (rules, projection.events.clone(), held)
        });
        let (rules, events, held) = read.map_err(Error::Govern)?;
        let held = HeldNow::ask_again(held, &self.index, before).map_err(Error::Index)?;
        let held = Arc::new(held);
        let last_of_thread =
            if rules.need_threads() { self.last_of_thread()? } else { HashMap::new() };
        let lexicons = Lexicons::of(rules.adopted());
        let lexicons_find =
            LexiconFinds::ask(rules.adopted(), &self.index).map_err(Error::Index)?;
        Ok(Standing { rules, events, held, last_of_thread, lexicons, lexicons_find, now })
    }

    fn last_of_thread(&self) -> Result<HashMap<[u8; 16], Timestamp>, Error> {
        let mut last: HashMap<[u8; 16], Timestamp> = HashMap::new();
        let look = |_: LeafIndex, facts: &Facts| {
            if let Some(thread) = facts.thread.filter(|_| facts.class == Class::Message) {
                let at = message_time(facts);
                let newest = last.entry(thread).or_insert(at);
                *newest = (*newest).max(at);
            }
        };
        self.index.facts(look).map_err(Error::Index)?;
        Ok(last)
    }

    /// Judges every record by the index; blocks, some seconds for 10⁷ records.
    ///
    /// # Errors
    /// [`Error::Behind`] where the index has not read `size` entries.
    pub(super) fn look_at_all(&self, standing: &Standing, size: u64) -> Result<Looked, Error> {
        let ground = standing.ground();
        let told = self.index.fold_facts(Looked::default, |looked, entry, facts| {
            let held = standing.held.on(entry, facts).is_some();
            if standing.lexicons_find.is_empty() {
                looked.look(&ground, entry, facts, held);
            } else {
                let facts = standing.lexicons_find.with(entry, facts);
                looked.look(&ground, entry, &facts, held);
            }
        });
        let told = told.map_err(Error::Index)?;
        let searchable = told.searchable.get();
        if searchable < size {
            return Err(Error::Behind { searchable, size });
        }
        Ok(told.parts.into_iter().fold(Looked::default(), Looked::join))
    }

    /// Those candidates that can go with all that goes along with them.
    pub(super) fn going(
        &self,
        standing: &Standing,
        looked: &Looked,
        candidates: &[Candidate],
    ) -> Result<Vec<Going>, Error> {
        let ground = standing.ground();
        let mut going = vec![];
        for candidate in candidates {
            let bundle = Bundle::read(&self.log, candidate.entry).map_err(Error::Log)?;
            let is_held = |entry: &Entry| looked.held.contains(entry.index);
            if bundle.why_kept(&ground, is_held).is_none() {
                going.push((*candidate, bundle));
            }
        }
        let gone: Selection = going.iter().map(|(candidate, _)| candidate.entry).collect();
        let shared = SharedMedia::read(&self.log).map_err(Error::Log)?;
        going
            .into_iter()
            .map(|(candidate, bundle)| {
                let along = self.along(&bundle, &shared, |entry| gone.contains(entry))?;
                Ok(Going { candidate, along })
            })
            .collect()
    }

    /// What goes along with a record: its delivery, and the media that no record shows
    /// that stays.
    pub(super) fn along(
        &self,
        bundle: &Bundle,
        shared: &SharedMedia,
        goes: impl Fn(LeafIndex) -> bool,
    ) -> Result<Vec<LeafIndex>, Error> {
        let store = self.log.store();
        let mut along: Vec<LeafIndex> =
            bundle.delivery.iter().map(|delivery| delivery.index).collect();
        let Some(own) = bundle.entry.kept() else { return Ok(along) };
        for medium in &bundle.media {
            let Some(kept) = medium.kept() else { continue };
            let mut stays = false;
            for other in shared.others(kept.record, own.record) {
                let Some(other) = store.index_of(other).map_err(Error::Store)? else { continue };
                let is_there = store.header(other).map_err(Error::Store)?.is_some();
                stays |= is_there && !goes(other);
            }
            if !stays {
                along.push(medium.index);
            }
        }
        Ok(along)
    }

    /// The facts of one record, from itself; `None` where it was destroyed.
    pub(super) fn facts_of(
        &self,
        standing: &Standing,
        entry: &Entry,
    ) -> Result<Option<Facts>, Error> {
        let Some(kept) = entry.kept() else { return Err(Error::NotFound("record")) };
        let Some(record) = self.open(entry.index, kept)? else { return Ok(None) };
        let mut facts = Facts::of(&record, entry.time);
        let thread = self.index.thread_of(kept.record).map_err(Error::Index)?;
        facts.thread = thread.map(|thread| *thread.as_bytes());
        if let Some(text) = record.body.text.as_deref().filter(|_| !standing.lexicons.is_empty()) {
            facts.lexicons = standing.lexicons.hits(text);
        }
        Ok(Some(facts))
    }

    fn open(&self, index: LeafIndex, kept: &Kept) -> Result<Option<Record>, Error> {
        if !kept.class.holds_record() {
            return Err(Error::NotFound("record"));
        }
        let (header, body) = match self.log.sealed_at(index) {
            Ok(sealed) => sealed,
            Err(log::Error::Shredded) => return Ok(None),
            Err(error) => return Err(Error::Log(error)),
        };
        let plaintext = self.keyring.open(kept, &header, &body).map_err(Error::Seal)?;
        let broken = |_| log::Error::Broken(format!("the record of entry {index} does not read"));
        serde_json::from_slice(&plaintext).map(Some).map_err(broken).map_err(Error::Log)
    }
}

impl Bundle {
    /// Why a record that is due stays, for the sake of what goes along with it.
    pub(super) fn why_kept(
        &self,
        ground: &Ground<'_>,
        is_held: impl Fn(&Entry) -> bool,
    ) -> Option<&'static str> {
        if self.siblings.iter().any(is_held) {
            return Some("a record of the same delivery is held");
        }
        let may_go =
            |entry: &Entry, class| ground.may_go(entry.index, &Facts::bare(class, entry.time));
        if self.delivery.iter().any(|delivery| !may_go(delivery, Class::Delivery)) {
            return Some("a rule keeps its delivery longer");
        }
        if self.media.iter().any(|medium| !may_go(medium, Class::Medium)) {
            return Some("a rule keeps its medium longer");
        }
        None
    }
}
