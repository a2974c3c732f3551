//! What a schedule would let go, and when, if it were adopted now. Nothing is written.
//!
//! Records proper are counted each by itself: what goes along with them, and keeps them, is
//! not looked at. Accesses go by whole months, and are counted so (`accesses`).

mod accesses;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::look::Standing;
use super::plan::Room;
use super::{Disposition, Error, Inner};
use crate::govern;
use crate::policy::{Adopted, Due, Facts, Mark, RuleAt, Rules, Schedule};
use crate::projection::Projection;
use crate::projection::schedules::ScheduleAct;
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

/// How many years ahead it is looked.
const YEARS_AHEAD: [i16; 4] = [0, 1, 5, 10];

/// What would come of a schedule, beside all that is adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    /// The schedule's name.
    pub schedule: String,
    /// Its version.
    pub version: u32,
    /// How many of the records that there are now would be due, at some moments.
    pub horizons: Vec<Horizon>,
    /// The same by rule, of every schedule, in the order of the moments.
    pub rules: Vec<RuleDue>,
    /// Records that wait for an event; with an access all of its month.
    pub waiting: u64,
    /// Records that no rule would be for; with an access all of its month. Where no rule is
    /// for accesses at all, they are not counted.
    pub unruled: u64,
}

/// What would be due at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizon {
    /// So many years from now.
    pub years: i16,
    /// The moment.
    pub at: Timestamp,
    /// Records that would be due, the held ones among them.
    pub due: u64,
    /// Of those, records that are held now; with an access all of its month.
    pub held: u64,
}

/// What a rule would let go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDue {
    /// The schedule's name.
    pub schedule: String,
    /// Its version.
    pub version: u32,
    /// The rule's id.
    pub rule: String,
    /// How many records, at each of the moments.
    pub due: [u64; YEARS_AHEAD.len()],
}

/// What a part of the records came to.
#[derive(Debug, Default)]
struct Tally {
    rules: BTreeMap<RuleAt, [u64; YEARS_AHEAD.len()]>,
    held: [u64; YEARS_AHEAD.len()],
    waiting: u64,
    unruled: u64,
    events: Vec<(Mark, Timestamp)>,
    room: Room,
}

impl Disposition {
    /// Says what a schedule's file would let go.
    ///
    /// # Errors
    /// When the file is no schedule or could not be adopted; [`Error::Behind`],
    /// [`Error::Unread`]; else when something cannot be read.
    pub async fn simulate(&self, file: String) -> Result<Simulated, Error> {
        let size = self.indexed().await;
        self.0.blocking(move |inner| inner.simulate(&file, size)).await
    }
}

impl Inner {
    fn simulate(&self, file: &str, size: u64) -> Result<Simulated, Error> {
        let refused = |refused| Error::Govern(govern::Error::Refused(refused));
        let act = ScheduleAct::Adopted { file: file.to_owned(), reason: String::new() };
        let check = self.govern.read(|projection| projection.schedules.check(&act));
        check.map_err(Error::Govern)?.map_err(refused)?;
        let schedule = Schedule::parse(file);
        let schedule =
            schedule.map_err(|bad| refused(crate::projection::Refused(bad.to_string())))?;
        let (name, version) = (schedule.name.clone(), schedule.version);
        let (schedule, sha256) = (Arc::new(schedule), *sha256(file.as_bytes()).as_bytes());
        let adopted = Adopted { schedule, sha256, since: size, until: None };
        let now = self.clock.now();
        let standing = self.standing_by(now, |projection| {
            (with(projection, adopted), projection.holds.compile(now))
        })?;
        let moments = moments(now);
        let mut tally = self.tally(&standing, &moments, size)?;
        self.tally_accesses(&standing, &moments, size, &mut tally)?;
        let due_at =
            |place: usize| -> u64 { tally.rules.values().filter_map(|due| due.get(place)).sum() };
        let horizons = YEARS_AHEAD.into_iter().zip(moments).zip(tally.held).enumerate();
        let horizons = horizons
            .map(|(place, ((years, at), held))| Horizon { years, at, due: due_at(place), held })
            .collect();
        let rules = tally.rules.iter().filter_map(|(at, due)| {
            let (adopted, rule) = standing.rules.rule(*at)?;
            Some(RuleDue {
                schedule: adopted.schedule.name.clone(),
                version: adopted.schedule.version,
                rule: rule.id.clone(),
                due: *due,
            })
        });
        let (rules, waiting, unruled) = (rules.collect(), tally.waiting, tally.unruled);
        Ok(Simulated { schedule: name, version, horizons, rules, waiting, unruled })
    }

    fn tally(
        &self,
        standing: &Standing,
        moments: &[Timestamp; YEARS_AHEAD.len()],
        size: u64,
    ) -> Result<Tally, Error> {
        let ground = standing.ground();
        let told =
            self.index.fold_facts(Tally::default, |tally, entry: LeafIndex, facts: &Facts| {
                let facts = standing.completed(entry, facts, &mut tally.room);
                let verdict = ground.verdict(entry, facts, &mut tally.events);
                match (verdict.due, verdict.by) {
                    (Due::At(due), Some(by)) => {
                        let held = standing.held.is_on(entry, facts);
                        tally.add(by, moments.map(|moment| u64::from(due <= moment)), held);
                    }
                    (Due::Waiting, _) => tally.waiting += 1,
                    (Due::Unruled, _) | (Due::At(_), None) => tally.unruled += 1,
                }
            });
        let told = told.map_err(Error::Index)?;
        let searchable = told.searchable.get();
        if searchable < size {
            return Err(Error::Behind { searchable, size });
        }
        Ok(told.parts.into_iter().fold(Tally::default(), Tally::join))
    }
}

/// The rules with one version more.
fn with(projection: &Projection, adopted: Adopted) -> Arc<Rules> {
    let mut all = projection.schedules.rules().adopted().to_vec();
    for before in &mut all {
        if before.schedule.name == adopted.schedule.name && before.until.is_none() {
            before.until = Some(adopted.since);
        }
    }
    all.push(adopted);
    Arc::new(Rules::of(&all))
}

fn moments(now: Timestamp) -> [Timestamp; YEARS_AHEAD.len()] {
    let now = now.to_zoned(TimeZone::UTC);
    YEARS_AHEAD.map(|years| {
        let then = now.checked_add(years.years());
        then.map_or(Timestamp::MAX, |then| then.timestamp())
    })
}

impl Tally {
    fn add(&mut self, by: RuleAt, due: [u64; YEARS_AHEAD.len()], held: bool) {
        let rule = self.rules.entry(by).or_default();
        add_each(rule, &due);
        if held {
            add_each(&mut self.held, &due);
        }
    }

    fn join(mut self, other: Self) -> Self {
        for (by, due) in other.rules {
            add_each(self.rules.entry(by).or_default(), &due);
        }
        add_each(&mut self.held, &other.held);
        self.waiting += other.waiting;
        self.unruled += other.unruled;
        self
    }
}

fn add_each(sums: &mut [u64], more: &[u64]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}
