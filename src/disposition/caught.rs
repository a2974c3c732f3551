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
use crate::govern::Actor;
use crate::index::{People, Selection, Together};
use crate::policy::{Joined, Mark};
use crate::projection::Act;
use crate::projection::holds::{Caught, Followed, Held, Hold, HoldAct};
use crate::record::RecordId;
use crate::tlog::Hash;

/// Most names in one decision of what a hold follows.
const NAMES_A_STEP: usize = 10_000;

impl Disposition {
    /// Counts what a hold catches of the entries before its own, finds whom it follows,
    /// and writes both down. The hold is in force already.
    ///
    /// # Errors
    /// When the index cannot be asked, or the decision not be written.
    pub async fn count_caught(&self, hold: RecordId) -> Result<(), Error> {
        self.indexed().await;
        let counted = self.0.blocking(move |inner| inner.count_caught(hold)).await?;
        let Some((also, caught)) = counted else { return Ok(()) };
        self.write_followed(hold, also).await?;
        self.write_down(HoldAct::Counted { hold, caught }).await
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
    pub(super) async fn follow_before(&self, planned: Arc<Selection>) -> Result<(), Error> {
        for (hold, also) in self.0.blocking(move |inner| inner.to_be_lost(&planned)).await? {
            self.write_followed(hold, also).await?;
        }
        Ok(())
    }

    async fn write_followed(&self, hold: RecordId, also: Followed) -> Result<(), Error> {
        let threads = also.threads.chunks(NAMES_A_STEP).map(|some| (vec![], some.to_vec()));
        let parties = also.parties.chunks(NAMES_A_STEP).map(|some| (some.to_vec(), vec![]));
        for (parties, threads) in parties.chain(threads) {
            let also = Followed { parties, threads };
            self.write_down(HoldAct::Followed { hold, also }).await?;
        }
        Ok(())
    }

    async fn write_down(&self, act: HoldAct) -> Result<(), Error> {
        let decided = self.0.govern.act(&Actor::muniment(), Act::Hold(act)).await;
        decided.map(drop).map_err(Error::Govern)
    }
}

impl Inner {
    /// Whom a hold follows and what it caught; `None` where that was counted before.
    fn count_caught(&self, id: RecordId) -> Result<Option<(Followed, Caught)>, Error> {
        let hold = self.govern.read(|projection| projection.holds.get(id).cloned());
        let mut hold = hold.map_err(Error::Govern)?.ok_or(Error::NotFound("hold"))?;
        let placed = hold.history.first().map(|step| step.entry);
        let (Some(placed), None) = (placed, &hold.caught) else { return Ok(None) };
        let also = self.followed_by(&hold)?;
        hold.followed.extend(&also);
        let held = Held::of(std::iter::once((id, &hold)));
        let caught = self.caught(held, &BTreeMap::from([(id, placed.get())]))?;
        Ok(caught.get(&id).map(|caught| (also, *caught)))
    }

    /// Whom and what a hold follows now, beyond what it names.
    fn followed_by(&self, hold: &Hold) -> Result<Followed, Error> {
        // The names of conversations are asked for seldom, and not kept.
        let threads = match hold.scope.threads.is_empty() {
            true => Joined::default(),
            false => self.index.together(&Selection::new()).map_err(Error::Index)?.threads,
        };
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if !hold.scope.parties.is_empty() {
            *people = self.index.people(&people).map_err(Error::Index)?;
        }
        Ok(followed(people.joined(), &threads, &[hold]).pop().unwrap_or_default())
    }

    /// Forgets whom records showed together: some of them are gone.
    pub(super) fn forget_people(&self) {
        *self.people.lock().unwrap_or_else(PoisonError::into_inner) = People::default();
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
