//! Who came to be known by what, since something was decided about them.
//!
//! Who decides about a person lists everything that the person is known by then; what was
//! known and not listed was left out on purpose. What no record bore before, and a record
//! shows since together with something of theirs, is taken for theirs as well: a new number,
//! a new user id; and so on, from one to the next. That is too much where somebody else has
//! their number since, and is right for what keeps and hides.

use std::collections::{HashMap, HashSet};

use tantivy::SegmentReader;
use tantivy::index::SegmentId;

use super::{Error, Index, People, facts};
use crate::policy::{Facts, Joined, Mark};
use crate::tlog::LeafIndex;

const STEP: &str = "read who came to be known by what";

/// What somebody was known by, and the entry with which that was decided.
pub type Known = (Vec<Mark>, LeafIndex);

/// What was read and found last, so that only what is new is read: see [`Index::later`].
#[derive(Debug, Default)]
pub struct Later {
    people: People,
    known: Vec<Known>,
    /// Of whom `shown` tells.
    asked: HashSet<Mark>,
    /// Of which pieces of the index.
    read: HashSet<SegmentId>,
    shown: Shown,
    found: Vec<Vec<Mark>>,
}

/// What records show of some identifiers.
#[derive(Debug, Default)]
struct Shown {
    /// The first entry with each.
    first: HashMap<Mark, LeafIndex>,
    /// Those that one record shows together, the smaller one first.
    together: HashSet<(Mark, Mark)>,
}

impl Index {
    /// What each of these came to be known by behind its entry, by the records that are
    /// indexed. Blocks; only what was not read before is read, but for all of it when one of
    /// them is first shown with something else.
    ///
    /// # Errors
    /// As [`Index::facts`].
    pub fn later(&self, known: Vec<Known>, later: &mut Later) -> Result<Vec<Vec<Mark>>, Error> {
        if known.is_empty() {
            *later = Later::default();
            return Ok(vec![]);
        }
        let people = self.people(&later.people)?;
        if !people.is_as(&later.people) || known != later.known {
            let lists: Vec<&[Mark]> = known.iter().map(|(marks, _)| marks.as_slice()).collect();
            let groups = people.joined().with_each(&lists);
            let more =
                known.iter().zip(&groups).filter(|((marks, _), all)| all.len() > marks.len());
            let asked = more.flat_map(|(_, all)| all).copied().collect();
            self.read_on(asked, later)?;
            let found = known.iter().zip(&groups);
            later.found = found.map(|(one, all)| later.shown.reached(one, all)).collect();
            later.known = known;
        }
        later.people = people;
        Ok(later.found.clone())
    }

    /// Reads of those that are asked for what was not read yet.
    fn read_on(&self, asked: HashSet<Mark>, later: &mut Later) -> Result<(), Error> {
        if !asked.is_subset(&later.asked) {
            (later.read, later.shown) = Default::default();
        }
        later.asked = asked;
        let (asked, read) = (&later.asked, &later.read);
        let view = self.0.view();
        let take = |shown: &mut Shown, entry: LeafIndex, facts: &Facts| {
            shown.take(asked, entry, &facts.parties);
        };
        let parts = self.0.ask(STEP, &view, |view| {
            let new = |segment: &SegmentReader| {
                !asked.is_empty() && !read.contains(&segment.segment_id())
            };
            facts::parts(view, new, &Shown::default, &take)
        })?;
        parts.into_iter().for_each(|part| later.shown.unite(part));
        let segments = view.searcher.segment_readers().iter();
        later.read = segments.map(SegmentReader::segment_id).collect();
        Ok(())
    }
}

impl Shown {
    fn take(&mut self, asked: &HashSet<Mark>, entry: LeafIndex, parties: &[Mark]) {
        for (place, mark) in parties.iter().enumerate() {
            if !asked.contains(mark) {
                continue;
            }
            self.see(*mark, entry);
            let others = parties.iter().skip(place.saturating_add(1));
            for other in others.filter(|other| asked.contains(other)) {
                self.together.insert((*mark.min(other), *mark.max(other)));
            }
        }
    }

    fn see(&mut self, mark: Mark, entry: LeafIndex) {
        let first = self.first.entry(mark).or_insert(entry);
        *first = (*first).min(entry);
    }

    fn unite(&mut self, other: Self) {
        other.first.into_iter().for_each(|(mark, entry)| self.see(mark, entry));
        self.together.extend(other.together);
    }

    /// Of all that may belong to somebody, what they came to be known by since.
    fn reached(&self, (marks, since): &Known, all: &[Mark]) -> Vec<Mark> {
        if all.len() == marks.len() {
            return vec![];
        }
        let is_new = |mark: &Mark| self.first.get(mark).is_some_and(|first| first > since);
        let theirs = |mark: &Mark| marks.contains(mark) || is_new(mark);
        let theirs: HashSet<Mark> = all.iter().copied().filter(theirs).collect();
        let mut joined = Joined::default();
        for (one, other) in &self.together {
            if theirs.contains(one) && theirs.contains(other) {
                joined.take(&[*one, *other]);
            }
        }
        joined.with(marks).into_iter().filter(|mark| !marks.contains(mark)).collect()
    }
}
