//! Carrying a plan out: piece by piece, each piece judged again from the opened records
//! while nobody decides anything, written into the log, then deleted.
//!
//! A crash at any step leaves either a piece that was not begun, or one whose entry says
//! that it is gone while some of its rows are still there: the same steps made again end
//! it. What the entry names is destroyed, whatever is decided afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::bundle::{Bundle, SharedMedia};
use super::held::HeldNow;
use super::look::Standing;
use super::{Error, Inner, relied};
use crate::entry::{Event, Ranges};
use crate::index::Selection;
use crate::log::{Draft, Group};
use crate::policy::Due;
use crate::projection::runs::{Cause, Plan, Withheld};
use crate::record::RecordId;
use crate::store::Commit;
use crate::tlog::LeafIndex;

/// Records judged and destroyed in one piece: for so long a hold may wait to be placed.
pub(super) const RECORDS_A_PIECE: usize = 500;

/// Rows deleted in one synced batch.
const ENTRIES_A_BATCH: usize = 1000;

/// Why what is held stays. Which hold it is, is not said: it may be a silent one.
pub const HELD: &str = "a hold";

/// What became of a piece.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Everything that goes, rising.
    pub(super) goes: BTreeSet<LeafIndex>,
    /// What stays after all, by why.
    pub(super) stays: BTreeMap<String, Vec<LeafIndex>>,
}

/// A piece, and what it is judged by beside the state of the archive.
#[derive(Debug)]
pub(super) struct Judging {
    pub(super) as_of: Timestamp,
    pub(super) cause: Cause,
    pub(super) planned: Arc<Selection>,
    pub(super) piece: Vec<LeafIndex>,
    pub(super) before: Before,
}

/// What was found for the piece before, and is mostly true of the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Before {
    /// What the holds found.
    held: Option<Arc<HeldNow>>,
    shared: Option<SharedMedia>,
}

/// An entry of a run that destroyed.
#[derive(Clone, Debug)]
pub(super) struct DestroyedBy {
    pub(super) index: LeafIndex,
    pub(super) entries: Ranges,
}

impl Inner {
    /// Judges a piece of a plan by the archive of this moment.
    ///
    /// # Errors
    /// [`Error::Behind`] where the index has not read `size` entries any more: it was found
    /// damaged meanwhile, and is made anew.
    pub(super) fn judge_by(&self, judging: &Judging, size: u64) -> Result<(Piece, Before), Error> {
        let Judging { as_of, cause, planned, piece, before } = judging;
        let standing = self.standing_after(*as_of, before.held.as_deref())?;
        let shared = match before.shared.clone() {
            Some(shared) => shared.still(&self.log),
            None => SharedMedia::read(&self.log),
        };
        let shared = shared.map_err(Error::Log)?;
        let person = self.person_of(cause)?;
        let why_kept = |bundle: &Bundle| match &person {
            None => self.why_kept(&standing, bundle),
            Some(person) => self.why_not_erased(&standing, person, bundle),
        };
        let judged = self.judge(why_kept, planned, &shared, piece)?;
        let searchable = self.index.progress().searchable.get();
        if searchable < size {
            return Err(Error::Behind { searchable, size });
        }
        Ok((judged, Before { held: Some(standing.held), shared: Some(shared) }))
    }

    /// Judges a piece of a plan again, from the records themselves.
    pub(super) fn judge(
        &self,
        why_kept: impl Fn(&Bundle) -> Result<Option<String>, Error>,
        planned: &Selection,
        shared: &SharedMedia,
        entries: &[LeafIndex],
    ) -> Result<Piece, Error> {
        let mut piece = Piece::default();
        let mut bundles = vec![];
        for index in entries {
            let bundle = Bundle::read(&self.log, *index).map_err(Error::Log)?;
            match why_kept(&bundle)? {
                None => bundles.push(bundle),
                Some(why) => piece.stays.entry(why).or_default().push(*index),
            }
        }
        let gone: BTreeSet<LeafIndex> = bundles.iter().map(|bundle| bundle.entry.index).collect();
        for bundle in bundles {
            let along = self.along(&bundle, shared, |entry| gone.contains(&entry))?;
            if along.iter().all(|entry| planned.contains(*entry)) {
                piece.goes.insert(bundle.entry.index);
                piece.goes.extend(along);
            } else {
                let why = "what belongs to it changed since the plan was made".to_owned();
                piece.stays.entry(why).or_default().push(bundle.entry.index);
            }
        }
        Ok(piece)
    }

    /// Why a record stays after all; `None` where it goes.
    fn why_kept(&self, standing: &Standing, bundle: &Bundle) -> Result<Option<String>, Error> {
        let ground = standing.ground();
        let facts = match self.facts_of(standing, &bundle.entry) {
            Ok(Some(facts)) => facts,
            // Destroyed by another run: nothing is left to be done.
            Ok(None) => return Ok(Some("it was destroyed before".to_owned())),
            Err(Error::Log(_) | Error::Seal(_)) => {
                return Ok(Some("it does not open, so that it cannot be judged".to_owned()));
            }
            Err(other) => return Err(other),
        };
        let index = bundle.entry.index;
        if standing.held.is_on(index, &facts) {
            return Ok(Some(HELD.to_owned()));
        }
        if self.is_relied_upon(index, standing.now)? {
            return Ok(Some(relied::WHY.to_owned()));
        }
        if standing.restrictions.on(&facts).is_some() {
            return Ok(Some("its person wants it kept (GDPR art. 18)".to_owned()));
        }
        match ground.verdict(index, &facts, &mut vec![]).due {
            Due::At(due) if due <= standing.now => {}
            Due::At(due) => return Ok(Some(format!("its rules keep it until {due}"))),
            Due::Waiting => return Ok(Some("its rules wait for an event".to_owned())),
            Due::Unruled => return Ok(Some("no rule is for it any more".to_owned())),
        }
        let mut held = BTreeSet::new();
        for sibling in &bundle.siblings {
            // One that is gone, or cannot be judged, is no reason to destroy less than the
            // delivery that holds its words: only a hold is.
            let facts = match self.facts_of(standing, sibling) {
                Ok(Some(facts)) => facts,
                Ok(None) | Err(Error::NotFound(_)) => continue,
                Err(Error::Log(_) | Error::Seal(_)) => {
                    return Ok(Some("a record of the same delivery does not open".to_owned()));
                }
                Err(other) => return Err(other),
            };
            if standing.held.is_on(sibling.index, &facts) {
                held.insert(sibling.index);
            }
        }
        let is_held = |entry: &crate::entry::Entry| held.contains(&entry.index);
        Ok(bundle.why_kept(&ground, is_held).map(str::to_owned))
    }

    /// Writes down that a piece is destroyed, and deletes it. Nobody decides meanwhile.
    pub(super) async fn destroy(
        self: &std::sync::Arc<Self>,
        run: RecordId,
        goes: &BTreeSet<LeafIndex>,
    ) -> Result<(), Error> {
        let sets = Ranges::covering(goes.iter().copied());
        let drafts = sets.into_iter().map(|set| Draft::destroyed(run, set)).collect();
        self.log.append(Group::all(drafts)).await.map_err(Error::Log)?;
        let entries: Vec<LeafIndex> = goes.iter().copied().collect();
        self.blocking(move |inner| inner.delete(&entries)).await
    }

    /// Deletes the rows of what is said to be destroyed. Doing it again does no harm.
    pub(super) fn delete(&self, entries: &[LeafIndex]) -> Result<(), Error> {
        for some in entries.chunks(ENTRIES_A_BATCH) {
            let mut commit = Commit::default();
            some.iter().for_each(|entry| commit.destroy_sealed(*entry));
            self.log.store().commit(commit).map_err(Error::Store)?;
        }
        Ok(())
    }

    /// Every entry of a run that destroyed, from the plan's entry on.
    pub(super) fn destroyed_by(
        &self,
        run: RecordId,
        from: LeafIndex,
    ) -> Result<Vec<DestroyedBy>, Error> {
        let mut found = vec![];
        for index in self.log.store().governing_from(from) {
            let index = index.map_err(Error::Store)?;
            let entry = self.log.entry_at(index).map_err(Error::Log)?;
            if let Event::Destroyed { run: by, entries } = entry.event
                && by == run
            {
                found.push(DestroyedBy { index, entries });
            }
        }
        Ok(found)
    }

    /// Makes what a run destroyed be gone from everything that was derived from it, and the
    /// keys that could open old copies of it; its rows are deleted. Blocks, for minutes in a
    /// large archive; made again after a crash it goes on.
    pub(super) fn sweep(&self, destroyed: &[DestroyedBy]) -> Result<(), Error> {
        let entries: BTreeSet<LeafIndex> =
            destroyed.iter().flat_map(|by| by.entries.iter().collect::<Vec<_>>()).collect();
        let entries: Vec<LeafIndex> = entries.into_iter().collect();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
        let selection: Selection = entries.iter().copied().collect();
        self.index.erase(&selection).map_err(Error::Index)?;
        self.forget_people();
        let store = self.log.store();
        store.delete_seen_of(&entries).map_err(Error::Store)?;
        let mut buckets = BTreeSet::new();
        for index in &entries {
            let entry = self.log.entry_at(*index).map_err(Error::Log)?;
            buckets.extend(entry.kept().map(|kept| kept.bucket.clone()));
        }
        self.keyring.rekey(&buckets).map_err(Error::Seal)?;
        store.compact_destroyed(*first, *last).map_err(Error::Store)
    }
}

/// The plan's records that stayed, as they are written down.
pub(super) fn withheld(stays: BTreeMap<String, Vec<LeafIndex>>) -> Vec<Withheld> {
    let with = |(why, mut entries): (String, Vec<LeafIndex>)| {
        entries.sort_unstable();
        entries.dedup();
        Withheld { why, entries: Ranges::covering(entries) }
    };
    stays.into_iter().map(with).collect()
}

/// Every entry that a plan lists.
pub(super) fn listed(plan: &Plan) -> Selection {
    let sets = plan.groups.iter().flat_map(|group| &group.entries);
    let mut all = Selection::new();
    for (first, last) in sets.flat_map(Ranges::runs) {
        all.insert_run(first, last);
    }
    all
}
