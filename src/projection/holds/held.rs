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
use super::scope::thread_bytes;
use crate::policy::{Facts, Mark};
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
        // One that is none may stand in the log of another build: then every thread.
        let threads: Option<Vec<_>> = scope.threads.iter().map(|it| thread_bytes(it)).collect();
        let query = scope.query.as_ref().map(|query| {
            queries.push((id, query.clone()));
            queries.len() - 1
        });
        Self {
            id,
            span: scope.span(),
            parties: sorted(scope.parties.iter().map(|name| Mark::of(name))),
            threads: sorted(threads.unwrap_or_default().into_iter()),
            numbers: sorted(scope.numbers.iter().map(|name| Mark::of(name))),
            query,
        }
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
