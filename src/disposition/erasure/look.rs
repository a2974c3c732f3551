//! What of a person's there is: every record judged, and counted by what becomes of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::bundle::Bundle;
use super::super::look::Standing;
use super::super::{Error, Inner};
use super::judge::Fate;
use crate::entry::Entry;
use crate::policy::Facts;
use crate::projection::runs::{Cause, Stage};
use crate::projection::subjects::{Account, Identity, Kept, Tally, Why};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// Whose records are looked for.
#[derive(Debug)]
pub(in crate::disposition) struct Person {
    pub(super) identity: Identity,
    /// The records by which they do not want to be written to.
    pub(super) refusals: BTreeSet<RecordId>,
}

/// What became of every record of a person.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// What goes, as much as one plan may list; and whether its rule wants somebody to decide.
    pub(super) goes: Vec<(Bundle, bool)>,
    /// How many go.
    pub(super) found: u64,
    pub(super) kept: Tally<Why>,
    /// How many records the archive has, of anybody.
    pub(super) all: u64,
}

impl Inner {
    pub(super) fn account(&self, request: RecordId, size: u64) -> Result<Account, Error> {
        let standing = self.standing(self.clock.now())?;
        let person = self.person(request, None)?;
        let looked = self.look_at_person(&standing, &person, size)?;
        let runs = self.govern.read(|projection| {
            let ended = projection.runs.iter().filter(|(_, run)| {
                run.cause == Cause::Erasure { request } && run.stage == Stage::Finished
            });
            ended.map(|(id, _)| id).collect::<Vec<_>>()
        });
        let runs = runs.map_err(Error::Govern)?;
        let mut destroyed = Tally::default();
        for run in &runs {
            let (at, _) = self.plan_of(*run)?;
            for by in self.destroyed_by(*run, at)? {
                for index in by.entries.iter() {
                    let entry = self.log.entry_at(index).map_err(Error::Log)?;
                    count(&mut destroyed, &entry, ());
                }
            }
        }
        Ok(Account {
            as_of: standing.now,
            runs,
            destroyed: destroyed.counted().map(|(counted, ())| counted).collect(),
            kept: kept(looked.kept),
            left: looked.found,
        })
    }

    /// Judges every record of a person by what it is; blocks.
    pub(super) fn look_at_person(
        &self,
        standing: &Standing,
        person: &Person,
        size: u64,
    ) -> Result<Looked, Error> {
        let mut looked = Looked::default();
        for index in self.candidates(person, size, &mut looked.all)? {
            let bundle = Bundle::read(&self.log, index).map_err(Error::Log)?;
            match self.fate(standing, person, &bundle)? {
                Fate::Goes { reviewed } => {
                    looked.found += 1;
                    if looked.goes.len() < self.config.plan_records_max {
                        looked.goes.push((bundle, reviewed));
                    }
                }
                Fate::Stays(why) => count(&mut looked.kept, &bundle.entry, why),
                Fate::Gone | Fate::NotTheirs => {}
            }
        }
        Ok(looked)
    }

    /// The entries whose records may be the person's, by the index; rising.
    fn candidates(
        &self,
        person: &Person,
        size: u64,
        all: &mut u64,
    ) -> Result<Vec<LeafIndex>, Error> {
        let look = |part: &mut (Vec<LeafIndex>, u64), entry, facts: &Facts| {
            part.1 += 1;
            if person.identity.may_be_of(facts) {
                part.0.push(entry);
            }
        };
        let told = self.index.fold_facts(Default::default, look).map_err(Error::Index)?;
        let searchable = told.searchable.get();
        if searchable < size {
            return Err(Error::Behind { searchable, size });
        }
        let mut entries = vec![];
        for (some, count) in told.parts {
            entries.extend(some);
            *all += count;
        }
        entries.sort_unstable();
        Ok(entries)
    }
}

pub(super) fn count<K: Ord>(into: &mut Tally<K>, entry: &Entry, about: K) {
    if let Some(kept) = entry.kept() {
        into.count(kept.class, about, day(entry));
    }
}

fn day(entry: &Entry) -> Date {
    entry.time.to_zoned(TimeZone::UTC).date()
}

pub(super) fn kept(tally: Tally<Why>) -> Vec<Kept> {
    tally.counted().map(|(counted, why)| Kept { counted, why }).collect()
}
