//! Judging: every record by the index's columns, one record by itself.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::bundle::{Bundle, SharedMedia};
use super::held::HeldNow;
use super::lexicons::LexiconFinds;
use super::plan::{Candidate, Ground, Looked, Room};
use super::{Error, Inner};
use crate::entry::{Entry, Kept};
use crate::index::Selection;
use crate::log;
use crate::policy::{Decision, Facts, Lexicons, Rules, Triggers, message_time};
use crate::projection::Projection;
use crate::projection::events::Events;
use crate::projection::holds::Held;
use crate::projection::subjects::RestrictedNow;
use crate::projection::tags::{Tagged, TagsOn};
use crate::record::{Class, Record};
use crate::tlog::LeafIndex;

/// Everything that records are judged by, as it is at one moment.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) rules: Arc<Rules>,
    pub(super) events: Events,
    pub(super) tagged: Arc<Tagged>,
    pub(super) held: Arc<HeldNow>,
    pub(super) last_of_thread: HashMap<[u8; 16], Timestamp>,
    /// Whose records are kept whatever the rules say.
    pub(super) restrictions: RestrictedNow,
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
        let Self { rules, events, tagged, last_of_thread, now, .. } = self;
        Ground { rules, events, tagged, last_of_thread, now: *now }
    }

    /// The facts of a record, with what the index does not know of it: its tags, and the
    /// words of lexicons. `room` is used for one record after the other.
    pub(super) fn completed<'a>(
        &self,
        entry: LeafIndex,
        facts: &'a Facts,
        room: &'a mut Room,
    ) -> &'a Facts {
        if self.tagged.is_empty() && self.lexicons_find.is_empty() {
            return facts;
        }
        let room = room.facts();
        room.become_as(facts);
        self.tagged.put_on(entry, TagsOn::Now, room);
        self.lexicons_find.add(entry, room);
        room
    }

    /// What the rules say of a record, at length.
    pub(super) fn decide(&self, entry: LeafIndex, facts: &Facts) -> Decision {
        let mut events = vec![];
        self.events.of(entry, facts, &mut events);
        let thread = facts.thread.and_then(|id| self.last_of_thread.get(&id).copied());
        let triggers = Triggers { last_of_thread: thread, events: &events };
        self.rules.decide(entry.get(), facts, &triggers)
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
            let restrictions = Arc::clone(projection.subjects.restrictions());
            (rules, projection.events.clone(), held, restrictions, projection.tags.tagged())
        });
        let (rules, events, held, restrictions, tagged) = read.map_err(Error::Govern)?;
        let held = HeldNow::ask_again(held, &self.index, before).map_err(Error::Index)?;
        let held = Arc::new(held);
        let restrictions = self.restricted_now(restrictions)?;
        let last_of_thread =
            if rules.need_threads() { self.last_of_thread()? } else { HashMap::new() };
        let lexicons = Lexicons::of(rules.adopted());
        let lexicons_find =
            LexiconFinds::ask(rules.adopted(), &self.index).map_err(Error::Index)?;
        Ok(Standing {
            rules,
            events,
            tagged,
            held,
            last_of_thread,
            restrictions,
            lexicons,
            lexicons_find,
            now,
        })
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
            let held = standing.held.is_on(entry, facts);
            let restricted = standing.restrictions.on(facts).is_some();
            let mut room = std::mem::take(&mut looked.room);
            let facts = standing.completed(entry, facts, &mut room);
            looked.look(&ground, entry, facts, (held, restricted));
            looked.room = room;
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
        let bundle_of = |candidate: &Candidate| {
            let bundle = Bundle::read(&self.log, candidate.entry).map_err(Error::Log)?;
            let is_held = |entry: &Entry| looked.held.contains(entry.index);
            let stays = bundle.why_kept(&ground, is_held).is_some();
            Ok((!stays).then_some((*candidate, bundle)))
        };
        let going: Vec<Option<(Candidate, Bundle)>> =
            candidates.par_iter().map(bundle_of).collect::<Result<_, Error>>()?;
        let going: Vec<(Candidate, Bundle)> = going.into_iter().flatten().collect();
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
        if kept.class == Class::Access {
            return self.facts_of_access(entry);
        }
        let Some(record) = self.open(entry.index, kept)? else { return Ok(None) };
        let mut facts = Facts::of(&record, entry.time);
        let thread = self.index.thread_of(kept.record).map_err(Error::Index)?;
        facts.thread = thread.map(|thread| *thread.as_bytes());
        standing.tagged.put_on(entry.index, TagsOn::Now, &mut facts);
        if let Some(text) = record.body.text.as_deref().filter(|_| !standing.lexicons.is_empty()) {
            facts.lexicons = standing.lexicons.hits(text);
        }
        Ok(Some(facts))
    }

    /// A record; `None` where it was destroyed.
    pub(super) fn open(&self, index: LeafIndex, kept: &Kept) -> Result<Option<Record>, Error> {
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
