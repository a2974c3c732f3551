//! Which identifiers records show together.

use std::collections::HashMap;
use std::hash::Hash;

use super::Mark;
use super::groups::Groups;

/// Identifiers that belong together, since some record shows them together: the phone
/// number with the user id, the old number with the new one; and so on, from one to the
/// next.
///
/// It joins too much rather than too little: a phone number that somebody else has now, a
/// user name that was given up and taken by another, join two people. That is right for
/// what keeps records, and not enough for what gives them out or destroys them.
///
/// Memory: some 30 bytes for each identifier that was ever shown with another.
#[derive(Clone, Debug)]
pub struct Joined<K = Mark> {
    /// The number of a mark, in the order of their coming.
    places: HashMap<K, u32>,
    marks: Vec<K>,
    groups: Groups,
}

impl<K> Default for Joined<K> {
    fn default() -> Self {
        Self { places: HashMap::new(), marks: vec![], groups: Groups::default() }
    }
}

impl<K: Copy + Eq + Hash + Ord> Joined<K> {
    /// Whether nothing is joined.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Takes the identifiers of one record.
    pub fn take(&mut self, together: &[K]) {
        // One alone joins nothing.
        let [first, rest @ ..] = together else { return };
        for other in rest {
            let (one, other) = (self.place(*first), self.place(*other));
            self.groups.join(one, other);
        }
    }

    /// Takes what came of other records.
    pub fn unite(&mut self, other: &Self) {
        for (place, mark) in (0_u32..).zip(&other.marks) {
            let first = other.marks.get(other.groups.first(place) as usize);
            first.into_iter().for_each(|first| self.take(&[*first, *mark]));
        }
    }

    /// Every mark that belongs together with one of these, and they themselves; rising.
    pub fn with(&self, marks: &[K]) -> Vec<K> {
        self.with_each(&[marks]).pop().unwrap_or_default()
    }

    /// As [`Joined::with`] of many lists, in one pass over all marks.
    pub fn with_each(&self, lists: &[&[K]]) -> Vec<Vec<K>> {
        let firsts_of = |list: &[K]| {
            let firsts = list.iter().filter_map(|mark| self.places.get(mark));
            let mut firsts: Vec<u32> = firsts.map(|place| self.groups.first(*place)).collect();
            firsts.sort_unstable();
            firsts.dedup();
            firsts
        };
        let firsts: Vec<Vec<u32>> = lists.iter().map(|list| firsts_of(list)).collect();
        let mut groups: HashMap<u32, Vec<K>> =
            firsts.iter().flatten().map(|first| (*first, vec![])).collect();
        if !groups.is_empty() {
            for (place, mark) in (0_u32..).zip(&self.marks) {
                if let Some(group) = groups.get_mut(&self.groups.first(place)) {
                    group.push(*mark);
                }
            }
        }
        let with = |(list, firsts): (&&[K], Vec<u32>)| {
            let joined = firsts.iter().filter_map(|first| groups.get(first)).flatten();
            let mut all: Vec<K> = list.iter().chain(joined).copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        lists.iter().zip(firsts).map(with).collect()
    }

    fn place(&mut self, mark: K) -> u32 {
        *self.places.entry(mark).or_insert_with(|| {
            self.marks.push(mark);
            self.groups.add()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn marks(numbers: &[u64]) -> Vec<Mark> {
        numbers.iter().copied().map(Mark).collect()
    }

    #[test]
    fn what_no_record_shows_with_another_stays_alone() {
        let mut joined: Joined = Joined::default();
        joined.take(&marks(&[1]));
        joined.take(&[]);
        joined.take(&marks(&[2, 3]));
        assert_eq!(joined.with(&marks(&[1])), marks(&[1]));
        assert_eq!(joined.with(&marks(&[3])), marks(&[2, 3]));
        assert_eq!(joined.with(&marks(&[9, 2])), marks(&[2, 3, 9]));
        assert_eq!(joined.with(&[]), []);
    }

    /// Every set that has something in common with what is joined, until none has.
    fn model(records: &[Vec<u64>], asked: u64) -> Vec<Mark> {
        let mut all = BTreeSet::from([asked]);
        loop {
            let before = all.len();
            for record in records {
                if record.iter().any(|it| all.contains(it)) {
                    all.extend(record);
                }
            }
            if all.len() == before {
                return all.into_iter().map(Mark).collect();
            }
        }
    }

    proptest! {
        #[test]
        fn it_joins_what_a_naive_search_joins_however_the_records_are_divided(
            records in prop::collection::vec(prop::collection::vec(0_u64..30, 0..4), 0..25),
            cut in 0_usize..25,
            asked in 0_u64..30,
            beside in 0_u64..30,
        ) {
            let (one, other) = records.split_at(cut.min(records.len()));
            let taken = |part: &[Vec<u64>]| {
                let mut joined: Joined = Joined::default();
                part.iter().for_each(|record| joined.take(&marks(record)));
                joined
            };
            let mut whole = taken(one);
            whole.unite(&taken(other));
            prop_assert_eq!(whole.with(&[Mark(asked)]), model(&records, asked));
            let both: [&[Mark]; 3] = [&[Mark(asked)], &[], &[Mark(beside)]];
            let each = [model(&records, asked), vec![], model(&records, beside)];
            prop_assert_eq!(whole.with_each(&both), each);
        }
    }
}
