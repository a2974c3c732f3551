//! What a hold caught when it was placed, and whom it follows: counted, and written down.
//!
//! Afterwards a hold asks the index whom it follows ([`HeldNow`]). But the index knows
//! that only from records: when those that show two identifiers together are destroyed,
//! or the index is made anew without them, it cannot tell any more. So what they show is
//! written into the hold first.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};

use ring::digest::{Context, SHA256};

use super::held::HeldNow;
use super::{Disposition, Error, Inner};
use crate::index::{Later, People, Selection, Together};
use crate::policy::{Joined, Mark};
use crate::projection::Act;
use crate::projection::holds::{Caught, Followed, Held, Hold, HoldAct};
use crate::record::RecordId;
use crate::tlog::Hash;

/// Most names in one decision of what a hold follows.
const NAMES_A_STEP: usize = 10_000;

/// Most holds that are counted in one look at all records.
const HOLDS_A_LOOK: usize = 1_000;

/// A hold that was counted just now, and whom it follows beyond whom it names.
type Counted = (RecordId, Followed, Caught);

impl Disposition {
    /// Counts what a hold catches of the entries before its own, finds whom it follows,
    /// and writes both down. The hold is in force already.
    ///
    /// # Errors
    /// When the index cannot be asked, or the decision not be written.
    pub async fn count_caught(&self, hold: RecordId) -> Result<(), Error> {
        self.indexed().await;
        let _counting = self.0.counting.lock().await;
        self.count_each(vec![hold]).await
    }

    /// Counts what every hold in force caught of which that was never written down: its
    /// daemon ended before it could be. Waits for the index to have read the log. Answers
    /// how many there were.
    ///
    /// # Errors
    /// As [`Disposition::count_caught`]; [`Error::Stopping`].
    pub async fn count_uncounted(&self) -> Result<usize, Error> {
        let now = self.0.clock.now();
        let uncounted = self.0.govern.read(|projection| {
            let holds = projection.holds.iter();
            let holds = holds.filter(|(_, hold)| hold.caught.is_none() && hold.in_force(now));
            holds.map(|(id, _)| id).collect::<Vec<_>>()
        });
        let uncounted = uncounted.map_err(Error::Govern)?;
        if uncounted.is_empty() {
            return Ok(0);
        }
        self.wholly_indexed().await?;
        for holds in uncounted.chunks(HOLDS_A_LOOK) {
            self.0.go_on()?;
            let _counting = self.0.counting.lock().await;
            self.count_each(holds.to_vec()).await?;
        }
        Ok(uncounted.len())
    }

    /// Counts again what holds caught when they were placed: as they were counted then,
    /// of the records that are there now. Holds that were not counted are left out.
    ///
    /// # Errors
    /// When the index cannot be asked.
    pub async fn recount(&self, holds: Vec<RecordId>) -> Result<BTreeMap<RecordId, Caught>, Error> {
        self.0.blocking(move |inner| inner.recount(&holds)).await
    }

    /// Writes down what only records that are to be destroyed show of whom holds follow.
    /// Waits for the index to have read the log.
    pub(super) async fn follow_before(&self, planned: Arc<Selection>) -> Result<(), Error> {
        self.wholly_indexed().await?;
        for (hold, also) in self.0.blocking(move |inner| inner.to_be_lost(&planned)).await? {
            self.write_followed(hold, also).await?;
        }
        Ok(())
    }

    /// Counts those of these holds that were not counted yet, by who is the only one to
    /// count.
    async fn count_each(&self, holds: Vec<RecordId>) -> Result<(), Error> {
        for (hold, also, caught) in self.0.blocking(move |inner| inner.count(&holds)).await? {
            self.write_followed(hold, also).await?;
            self.act_as_muniment(Act::Hold(HoldAct::Counted { hold, caught })).await?;
        }
        Ok(())
    }

    async fn write_followed(&self, hold: RecordId, also: Followed) -> Result<(), Error> {
        let threads = also.threads.chunks(NAMES_A_STEP).map(|some| (vec![], some.to_vec()));
        let parties = also.parties.chunks(NAMES_A_STEP).map(|some| (some.to_vec(), vec![]));
        for (parties, threads) in parties.chain(threads) {
            let also = Followed { parties, threads };
            self.act_as_muniment(Act::Hold(HoldAct::Followed { hold, also })).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// Whom holds follow and what they caught, without those that were counted before.
    fn count(&self, holds: &[RecordId]) -> Result<Vec<Counted>, Error> {
        let read = self.govern.read(|projection| {
            let found = holds.iter().map(|id| Some((*id, projection.holds.get(*id)?.clone())));
            found.collect::<Option<Vec<_>>>()
        });
        let mut holds = read.map_err(Error::Govern)?.ok_or(Error::NotFound("hold"))?;
        holds.retain(|(_, hold)| hold.caught.is_none());
        let also = self.followed_by(&holds)?;
        for ((_, hold), also) in holds.iter_mut().zip(&also) {
            hold.followed.extend(also);
        }
        let placed = holds.iter().filter_map(|(id, hold)| Some((*id, hold.history.first()?)));
        let placed = placed.map(|(id, step)| (id, step.entry.get())).collect();
        let held = Held::of(holds.iter().map(|(id, hold)| (*id, hold)));
        let caught = self.caught(held, &placed)?;
        let counted = holds.iter().zip(also).filter_map(|((id, _), also)| {
            let caught = caught.get(id)?;
            Some((*id, also, *caught))
        });
        Ok(counted.collect())
    }

    /// Whom and what each of these holds follows now, beyond what it names.
    fn followed_by(&self, holds: &[(RecordId, Hold)]) -> Result<Vec<Followed>, Error> {
        let asked: Vec<&Hold> = holds.iter().map(|(_, hold)| hold).collect();
        // The names of conversations are asked for seldom, and not kept.
        let threads = match asked.iter().all(|hold| hold.scope.threads.is_empty()) {
            true => Joined::default(),
            false => self.index.together(&Selection::new()).map_err(Error::Index)?.threads,
        };
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.iter().any(|hold| !hold.scope.parties.is_empty()) {
            *people = self.index.people(&people).map_err(Error::Index)?;
        }
        Ok(followed(people.joined(), &threads, &asked))
    }

    /// Forgets whom records showed together: some of them are gone.
    pub(super) fn forget_people(&self) {
        *self.people.lock().unwrap_or_else(PoisonError::into_inner) = People::default();
        *self.later.lock().unwrap_or_else(PoisonError::into_inner) = Later::default();
    }

    fn recount(&self, holds: &[RecordId]) -> Result<BTreeMap<RecordId, Caught>, Error> {
        let read = self.govern.read(|projection| {
            let known = holds.iter().filter_map(|id| Some((*id, projection.holds.get(*id)?)));
            let logs =
                known.clone().filter_map(|(id, hold)| Some((id, hold.caught.as_ref()?.0.log)));
            (Held::as_counted(known), logs.collect())
        });
        let (held, logs) = read.map_err(Error::Govern)?;
        self.caught(held, &logs)
    }

    /// What holds catch, each of so many of the first entries.
    fn caught(
        &self,
        held: Held,
        logs: &BTreeMap<RecordId, u64>,
    ) -> Result<BTreeMap<RecordId, Caught>, Error> {
        let held = HeldNow::as_it_is(held, &self.index).map_err(Error::Index)?;
        let told =
            self.index.fold_facts(BTreeMap::<RecordId, Selection>::new, |caught, entry, facts| {
                for hold in held.all_on(entry, facts) {
                    if logs.get(&hold).is_some_and(|log| entry.get() < *log) {
                        caught.entry(hold).or_default().insert(entry);
                    }
                }
            });
        let told = told.map_err(Error::Index)?;
        let mut all: BTreeMap<RecordId, Selection> =
            logs.keys().map(|hold| (*hold, Selection::new())).collect();
        for (hold, some) in told.parts.into_iter().flatten() {
            all.entry(hold).or_default().unite(&some);
        }
        let searchable = told.searchable.get();
        let counted = |(hold, entries): (RecordId, Selection)| {
            let log = logs.get(&hold).copied().unwrap_or_default().min(searchable);
            (hold, Caught { log, records: entries.len(), sha256: digest(&entries) })
        };
        Ok(all.into_iter().map(counted).collect())
    }

    /// What holds in force follow that is not in the index any more without these entries.
    fn to_be_lost(&self, planned: &Selection) -> Result<Vec<(RecordId, Followed)>, Error> {
        let now = self.clock.now();
        let holds = self.govern.read(|projection| {
            let names = |hold: &Hold| {
                hold.in_force(now)
                    && !(hold.scope.parties.is_empty() && hold.scope.threads.is_empty())
            };
            let naming = projection.holds.iter().filter(|(_, hold)| names(hold));
            naming.map(|(id, hold)| (id, hold.clone())).collect::<Vec<_>>()
        });
        let holds = holds.map_err(Error::Govern)?;
        if holds.is_empty() {
            return Ok(vec![]);
        }
        let asked: Vec<&Hold> = holds.iter().map(|(_, hold)| hold).collect();
        let by = |without: &Selection| {
            let Together { parties, threads } =
                self.index.together(without).map_err(Error::Index)?;
            Ok(followed(&parties, &threads, &asked))
        };
        let (with, without) = (by(&Selection::new())?, by(planned)?);
        let lost = holds.iter().zip(with.into_iter().zip(without));
        let lost = lost.map(|((id, _), (with, without))| (*id, but(with, without)));
        Ok(lost.filter(|(_, also)| !also.is_empty()).collect())
    }
}

/// What each of these holds follows by what belongs together, and does not name or follow
/// yet.
fn followed(parties: &Joined, threads: &Joined<[u8; 16]>, holds: &[&Hold]) -> Vec<Followed> {
    let marks: Vec<Vec<Mark>> = holds.iter().map(|hold| hold.party_marks()).collect();
    let names: Vec<Vec<_>> = holds.iter().map(|hold| hold.thread_names()).collect();
    let all_marks = parties.with_each(&slices(&marks));
    let all_names = threads.with_each(&slices(&names));
    let listed = |(marks, threads): (Vec<Mark>, Vec<[u8; 16]>)| {
        let parties = marks.iter().map(|mark| mark.0.to_be_bytes()).collect();
        Followed { parties, threads }
    };
    let known = marks.into_iter().zip(names).map(listed);
    let all = all_marks.into_iter().zip(all_names).map(listed);
    all.zip(known).map(|(all, known)| but(all, known)).collect()
}

fn slices<T>(lists: &[Vec<T>]) -> Vec<&[T]> {
    lists.iter().map(Vec::as_slice).collect()
}

/// What is in one and not in the other.
fn but(all: Followed, known: Followed) -> Followed {
    fn without<const BYTES: usize>(
        all: Vec<[u8; BYTES]>,
        known: Vec<[u8; BYTES]>,
    ) -> Vec<[u8; BYTES]> {
        let known: HashSet<_> = known.into_iter().collect();
        all.into_iter().filter(|name| !known.contains(name)).collect()
    }
    Followed {
        parties: without(all.parties, known.parties),
        threads: without(all.threads, known.threads),
    }
}

/// SHA-256 of the list of entries, as `docs/FORMAT.md` §8 has it.
fn digest(entries: &Selection) -> Hash {
    let mut context = Context::new(&SHA256);
    entries.iter().for_each(|entry| context.update(format!("{entry}\n").as_bytes()));
    let digest = context.finish();
    let bytes = digest.as_ref().first_chunk().expect("a SHA-256 has 32 bytes");
    Hash::from_bytes(*bytes)
}
