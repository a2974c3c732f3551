//! What holds hold at a moment: their facts, and what their queries find.

use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::index::{Error, Index, People, Selection, language};
use crate::policy::Facts;
use crate::projection::holds::{Finds, Held};
use crate::record::RecordId;
use crate::tlog::LeafIndex;

/// Every hold in force, with what its query finds.
#[derive(Debug)]
pub struct HeldNow {
    held: Held,
    /// As the queries of `held`; `None` for one that cannot be asked: it holds whatever
    /// its other conditions let it hold.
    found: Vec<Option<Arc<Selection>>>,
    /// What any of them finds.
    union: Selection,
    /// What those find that are all that their holds ask.
    by_query_alone: Selection,
    all_asked: bool,
    /// Whom the index shows together; nobody where no hold names a party.
    people: People,
}

impl HeldNow {
    /// Asks the index for what the queries find; blocks.
    ///
    /// # Errors
    /// When the index cannot be asked.
    pub fn ask(held: Held, index: &Index) -> Result<Self, Error> {
        Self::ask_again(held, index, None)
    }

    /// As [`HeldNow::ask`], asking only for what was not asked before: for entries that
    /// the index had read then, that is what it finds now.
    pub(super) fn ask_again(
        mut held: Held,
        index: &Index,
        before: Option<&Self>,
    ) -> Result<Self, Error> {
        let mut people = before.map(|before| before.people.clone()).unwrap_or_default();
        if held.names_parties() {
            people = index.people(&people)?;
            held.follow(people.joined());
        }
        Ok(Self { people, ..Self::by_queries(held, index, before)? })
    }

    /// As [`HeldNow::ask`], following nobody but whom a hold is known to follow.
    pub(super) fn as_it_is(held: Held, index: &Index) -> Result<Self, Error> {
        Self::by_queries(held, index, None)
    }

    /// Queries are asked on all cores: holds may have thousands of them.
    fn by_queries(held: Held, index: &Index, before: Option<&Self>) -> Result<Self, Error> {
        let ask = |(hold, query): &(RecordId, String)| {
            let known = before.and_then(|before| before.known(*hold));
            Ok(match (known, language::parse(query)) {
                (Some(known), _) => Some(known),
                (None, Ok(expr)) => Some(index.select_again(&expr)?),
                // It was understood when the hold was placed, by another build.
                (None, Err(_)) => None,
            })
        };
        let found: Vec<Option<Arc<Selection>>> =
            held.queries().par_iter().map(ask).collect::<Result<_, Error>>()?;
        let (mut union, mut by_query_alone) = (Selection::new(), Selection::new());
        for (entries, alone) in found.iter().zip(held.alone()) {
            let entries = entries.iter();
            entries.clone().for_each(|entries| union.unite(entries));
            entries.filter(|_| alone).for_each(|entries| by_query_alone.unite(entries));
        }
        let all_asked = found.iter().all(Option::is_some);
        let people = People::default();
        Ok(Self { held, found, union, by_query_alone, all_asked, people })
    }

    /// Puts aside what the queries found, so that they are not asked anew after a start.
    pub(super) fn put_aside(&self, index: &Index) {
        let queries = self.held.queries().iter();
        let exprs: Vec<_> = queries.filter_map(|(_, query)| language::parse(query).ok()).collect();
        index.put_aside(&exprs);
    }

    /// Whether a hold is on the record of an entry. Faster than to name one: a record is not
    /// compared with each of thousands of queries.
    pub fn is_on(&self, entry: LeafIndex, facts: &Facts) -> bool {
        self.by_query_alone.contains(entry) || self.on(entry, facts).is_some()
    }

    /// A hold on the record of an entry.
    pub fn on(&self, entry: LeafIndex, facts: &Facts) -> Option<RecordId> {
        if self.held.is_empty() {
            return None;
        }
        self.held.first(facts, Finds { some: self.some(entry), by: &|at| self.finds(at, entry) })
    }

    /// Every hold on it.
    pub fn all_on(&self, entry: LeafIndex, facts: &Facts) -> Vec<RecordId> {
        self.held.all(facts, Finds { some: self.some(entry), by: &|at| self.finds(at, entry) })
    }

    /// How many identifiers of parties a hold follows, those that it names among them.
    pub fn follows(&self, hold: RecordId) -> usize {
        self.held.follows(hold)
    }

    /// What the query of a hold found; a hold's query never changes.
    fn known(&self, hold: RecordId) -> Option<Arc<Selection>> {
        let place = self.held.queries().iter().position(|(of, _)| *of == hold)?;
        self.found.get(place).cloned().flatten()
    }

    fn some(&self, entry: LeafIndex) -> bool {
        !self.all_asked || self.union.contains(entry)
    }

    fn finds(&self, query: usize, entry: LeafIndex) -> bool {
        match self.found.get(query) {
            Some(Some(entries)) => entries.contains(entry),
            Some(None) | None => true,
        }
    }
}
