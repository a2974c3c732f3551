//! What is held, in a form that is asked of 10⁷ records and thousands of holds.
//!
//! Each hold is filed under the names of its narrowest list: parties, else threads, else
//! numbers; or among the rest. A record is compared only with what is filed under its own
//! names, and of holds that ask for no more than a name and days only with the time that
//! they cover together.
//!
//! What cannot be judged is held: a record that the index does not read (a delivery, a
//! medium, an access), one that was not understood, and one that tells no party is held by
//! every hold within whose days it lies. A medium or a delivery is to be asked about with
//! the facts of each record that it belongs to, where these are known. A record that
//! tells no number passes for one of any number, one without a thread for one of any.
//! Names are compared as [`Mark`]s: two that share one hold too much, never too little.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use super::Hold;
use super::cover::{Cover, Span};
use crate::policy::{Facts, Joined, Mark};
use crate::record::{Class, RecordId};

/// What is held by the holds that were given.
#[derive(Debug, Default)]
pub struct Held {
    holds: Vec<Caught>,
    queries: Vec<(RecordId, String)>,
    parties: HashMap<Mark, Filed>,
    threads: HashMap<[u8; 16], Filed>,
    numbers: HashMap<Mark, Filed>,
    /// Filed under no name.
    rest: Filed,
    /// Filed under a thread, whichever: for records that tell none.
    any_thread: Filed,
    /// Filed under a number, whichever.
    any_number: Filed,
    /// All of them, by their days alone: for records that cannot be judged.
    days: Filed,
}

/// A hold, ready to be compared.
#[derive(Debug)]
struct Caught {
    id: RecordId,
    span: Span,
    /// Sorted, as the other lists; empty where it does not ask.
    parties: Vec<Mark>,
    threads: Vec<[u8; 16]>,
    numbers: Vec<Mark>,
    /// Its place in [`Held::queries`].
    query: Option<usize>,
}

/// Holds under one name.
#[derive(Debug, Default)]
struct Filed {
    /// Those that ask for nothing but the name and the days.
    plain: Vec<u32>,
    covered: Cover,
    /// Those that ask for more names.
    more: Vec<u32>,
    /// Those that ask a query as well: looked at where any query finds the record.
    asking: Vec<u32>,
}

/// What a hold asks for beside the name that it is filed under.
#[derive(Clone, Copy)]
enum Asks {
    Days,
    Names,
    Query,
}

/// Which queries find a record.
#[derive(Clone, Copy)]
pub struct Finds<'a> {
    /// Whether any of them does; may be true where none does.
    pub some: bool,
    /// Whether the one at a place in [`Held::queries`] does. One that cannot be asked is
    /// to be taken for one that does.
    pub by: &'a dyn Fn(usize) -> bool,
}

impl Finds<'static> {
    /// None of them.
    pub const NOTHING: Self = Self { some: false, by: &|_| false };
}

impl fmt::Debug for Finds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finds").field("some", &self.some).finish_non_exhaustive()
    }
}

/// What an act of looking leads to: to look on, or to end with a hold.
type Found = Option<u32>;

impl Held {
    /// What these holds hold, in force or not.
    pub fn of<'a>(holds: impl Iterator<Item = (RecordId, &'a Hold)>) -> Self {
        let mut held = Self::default();
        for (id, hold) in holds {
            let caught = Caught::of(id, hold, &mut held.queries);
            held.holds.push(caught);
        }
        held.file();
        held
    }

    /// What these holds hold by what they followed when they were counted; without those
    /// that were not.
    pub fn as_counted<'a>(holds: impl Iterator<Item = (RecordId, &'a Hold)>) -> Self {
        let then = holds.filter_map(|(id, hold)| {
            let (_, followed) = hold.caught.as_ref()?;
            Some((id, Hold { followed: followed.clone(), ..hold.clone() }))
        });
        let then: Vec<(RecordId, Hold)> = then.collect();
        Self::of(then.iter().map(|(id, hold)| (*id, hold)))
    }

    /// Whether one of them names parties: then it follows them ([`Held::follow`]).
    pub fn names_parties(&self) -> bool {
        self.holds.iter().any(|hold| !hold.parties.is_empty())
    }

    /// Lets every hold follow the parties that it names, by all identifiers that belong
    /// to them.
    pub fn follow(&mut self, joined: &Joined) {
        let lists: Vec<&[Mark]> = self.holds.iter().map(|hold| hold.parties.as_slice()).collect();
        let followed = joined.with_each(&lists);
        for (hold, parties) in self.holds.iter_mut().zip(followed) {
            hold.parties = parties;
        }
        self.file();
    }

    /// How many identifiers of parties a hold follows, those that it names among them.
    pub fn follows(&self, hold: RecordId) -> usize {
        let found = self.holds.iter().find(|caught| caught.id == hold);
        found.map_or(0, |caught| caught.parties.len())
    }

    /// Of [`Held::queries`], which are all that their hold asks: it holds whatever they find.
    pub fn alone(&self) -> Vec<bool> {
        let mut alone = vec![false; self.queries.len()];
        for hold in &self.holds {
            let place = hold.query.and_then(|query| alone.get_mut(query));
            place.into_iter().for_each(|alone| *alone = hold.asks_no_more());
        }
        alone
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.holds.is_empty()
    }

    /// The holds that ask for more than facts, and their queries: what these find is to
    /// be told with each record ([`Finds`]).
    pub fn queries(&self) -> &[(RecordId, String)] {
        &self.queries
    }

    /// A hold that holds a record; `None` where it may go. The fast one.
    pub fn first(&self, facts: &Facts, finds: Finds<'_>) -> Option<RecordId> {
        let found = self.look(facts, |filed| {
            let one_at = |moment| filed.covered.one_at(moment);
            let plain = facts.at.and_then(one_at).or_else(|| one_at(facts.captured));
            plain.or_else(|| self.catching(filed, facts, finds).next())
        });
        self.hold(found?).map(|hold| hold.id)
    }

    /// Every hold that holds a record, each once, the oldest first.
    pub fn all(&self, facts: &Facts, finds: Finds<'_>) -> Vec<RecordId> {
        let mut all = vec![];
        self.look(facts, |filed| {
            all.extend(self.in_days(&filed.plain, facts));
            all.extend(self.catching(filed, facts, finds));
            None
        });
        all.sort_unstable();
        all.dedup();
        all.into_iter().filter_map(|which| Some(self.hold(which)?.id)).collect()
    }

    /// Looks where a hold on a record may be filed, until one is found.
    fn look(&self, facts: &Facts, mut look: impl FnMut(&Filed) -> Found) -> Found {
        if !is_judged(facts) {
            return look(&self.days);
        }
        for party in &facts.parties {
            if let Some(found) = self.parties.get(party).and_then(&mut look) {
                return Some(found);
            }
        }
        let by_thread = match &facts.thread {
            Some(thread) => self.threads.get(thread).and_then(&mut look),
            None => look(&self.any_thread),
        };
        if by_thread.is_some() {
            return by_thread;
        }
        if facts.numbers.is_empty()
            && let Some(found) = look(&self.any_number)
        {
            return Some(found);
        }
        for number in &facts.numbers {
            if let Some(found) = self.numbers.get(number).and_then(&mut look) {
                return Some(found);
            }
        }
        look(&self.rest)
    }

    fn in_days(&self, filed: &[u32], facts: &Facts) -> impl Iterator<Item = u32> {
        let within = |which: &u32| self.hold(*which).is_some_and(|hold| hold.is_in_days(facts));
        filed.iter().copied().filter(within)
    }

    fn catching(
        &self,
        filed: &Filed,
        facts: &Facts,
        finds: Finds<'_>,
    ) -> impl Iterator<Item = u32> {
        let asking: &[u32] = if finds.some { &filed.asking } else { &[] };
        let catches =
            move |which: &u32| self.hold(*which).is_some_and(|hold| hold.catches(facts, finds));
        filed.more.iter().chain(asking).copied().filter(catches)
    }

    fn hold(&self, which: u32) -> Option<&Caught> {
        self.holds.get(usize::try_from(which).ok()?)
    }

    fn file(&mut self) {
        (self.parties, self.threads, self.numbers) = Default::default();
        (self.rest, self.any_thread, self.any_number, self.days) = Default::default();
        for (which, hold) in (0..).zip(&self.holds) {
            self.days.plain.push(which);
            let (parties, threads, numbers) = (&hold.parties, &hold.threads, &hold.numbers);
            let asks = |more: bool| match (&hold.query, more) {
                (Some(_), _) => Asks::Query,
                (None, true) => Asks::Names,
                (None, false) => Asks::Days,
            };
            if !parties.is_empty() {
                let asks = asks(!(threads.is_empty() && numbers.is_empty()));
                file_under(&mut self.parties, parties, which, asks);
            } else if !threads.is_empty() {
                let asks = asks(!numbers.is_empty());
                file_under(&mut self.threads, threads, which, asks);
                self.any_thread.put(which, asks);
            } else if !numbers.is_empty() {
                file_under(&mut self.numbers, numbers, which, asks(false));
                self.any_number.put(which, asks(false));
            } else {
                self.rest.put(which, asks(false));
            }
        }
        let named = self.parties.values_mut().chain(self.numbers.values_mut());
        let named = named.chain(self.threads.values_mut());
        let others = [&mut self.rest, &mut self.any_thread, &mut self.any_number, &mut self.days];
        named.chain(others).for_each(|filed| filed.cover(&self.holds));
    }
}

impl Caught {
    fn of(id: RecordId, hold: &Hold, queries: &mut Vec<(RecordId, String)>) -> Self {
        let scope = &hold.scope;
        let query = scope.query.as_ref().map(|query| {
            queries.push((id, query.clone()));
            queries.len() - 1
        });
        Self {
            id,
            span: scope.span(),
            parties: sorted(hold.party_marks().into_iter()),
            threads: sorted(hold.thread_names().into_iter()),
            numbers: sorted(scope.numbers.iter().map(|name| Mark::of(name))),
            query,
        }
    }

    /// Whether it asks for nothing beside its query.
    fn asks_no_more(&self) -> bool {
        self.parties.is_empty()
            && self.threads.is_empty()
            && self.numbers.is_empty()
            && self.span.is_all()
    }

    fn is_in_days(&self, facts: &Facts) -> bool {
        let told = facts.at.is_some_and(|at| self.span.contains(at));
        told || self.span.contains(facts.captured)
    }

    /// Whether it holds a record that can be judged.
    fn catches(&self, facts: &Facts, finds: Finds<'_>) -> bool {
        let found = self.query.is_none_or(|query| finds.some && (finds.by)(query));
        found
            && self.is_in_days(facts)
            && one_of(&facts.parties, &self.parties)
            && (facts.numbers.is_empty() || one_of(&facts.numbers, &self.numbers))
            && facts.thread.is_none_or(|thread| one_of(&[thread], &self.threads))
    }
}

/// Whether a record tells enough to be let go by what it tells.
fn is_judged(facts: &Facts) -> bool {
    facts.class.holds_record() && facts.class != Class::Unrecognised && !facts.parties.is_empty()
}

/// Whether one of a record's names is among those of a hold that asks for any.
fn one_of<T: Ord>(names: &[T], asked: &[T]) -> bool {
    asked.is_empty() || names.iter().any(|name| asked.binary_search(name).is_ok())
}

fn sorted<T: Ord>(names: impl Iterator<Item = T>) -> Vec<T> {
    let mut names: Vec<T> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn file_under<N: Copy + Eq + Hash>(
    files: &mut HashMap<N, Filed>,
    names: &[N],
    which: u32,
    asks: Asks,
) {
    names.iter().for_each(|name| files.entry(*name).or_default().put(which, asks));
}

impl Filed {
    fn put(&mut self, which: u32, asks: Asks) {
        match asks {
            Asks::Days => self.plain.push(which),
            Asks::Names => self.more.push(which),
            Asks::Query => self.asking.push(which),
        }
    }

    fn cover(&mut self, holds: &[Caught]) {
        let span = |which: &u32| Some((holds.get(usize::try_from(*which).ok()?)?.span, *which));
        self.covered = Cover::of(self.plain.iter().filter_map(span).collect());
    }
}
