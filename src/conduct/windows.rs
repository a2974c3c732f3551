//! When customers wrote, and how long everything is let through to them: pure.
//!
//! Times of the last days only: what is older opens nothing any more. About 24 bytes for
//! each message and identifier of its author.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::told::{Inbound, Pair};

/// How long after an advertisement everything may be let through.
const FREE_SECONDS_MAX: i64 = 72 * 3600;

/// When customers wrote to which business number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Rows", into = "Rows")]
pub(super) struct Windows {
    /// The times, each with its entry.
    said: HashMap<Pair, BTreeSet<(i64, u64)>>,
    /// Until when everything is let through, each with the entry that says so.
    free: HashMap<Pair, BTreeSet<(i64, u64)>>,
}

type Rows = [Vec<(Pair, BTreeSet<(i64, u64)>)>; 2];

impl Windows {
    /// The customer wrote.
    pub(super) fn take(&mut self, inbound: &Inbound, entry: u64) {
        for pair in &inbound.pairs {
            self.said.entry(*pair).or_default().insert((inbound.at, entry));
        }
    }

    /// The provider lets everything through to somebody until then.
    pub(super) fn free(&mut self, pairs: impl Iterator<Item = Pair>, until: i64, entry: u64) {
        for pair in pairs {
            self.free.entry(pair).or_default().insert((until, entry));
        }
    }

    /// When one of these last wrote, up to a time.
    pub(super) fn last(&self, pairs: impl Iterator<Item = Pair>, at: i64) -> Option<i64> {
        let of = |pair| self.said.get(&pair)?.range(..=(at, u64::MAX)).next_back();
        pairs.filter_map(of).map(|(said, _)| *said).max()
    }

    /// Whether everything was let through to one of these at a time.
    pub(super) fn is_free(&self, mut pairs: impl Iterator<Item = Pair>, at: i64) -> bool {
        let last = at.saturating_add(FREE_SECONDS_MAX);
        pairs.any(|pair| {
            let until = self.free.get(&pair);
            until.is_some_and(|until| until.range((at, 0)..=(last, u64::MAX)).next().is_some())
        })
    }

    /// Forgets what was before a time.
    pub(super) fn forget_before(&mut self, time: i64) {
        for all in [&mut self.said, &mut self.free] {
            all.retain(|_, times| {
                if times.first().is_some_and(|(first, _)| *first < time) {
                    *times = times.split_off(&(time, 0));
                }
                !times.is_empty()
            });
        }
    }

    /// Forgets what records told that were destroyed, and tells when customers wrote that
    /// is forgotten by it.
    pub(super) fn forget(&mut self, destroyed: impl Fn(u64) -> bool) -> BTreeMap<u64, i64> {
        let mut gone = BTreeMap::new();
        for (all, is_said) in [(&mut self.said, true), (&mut self.free, false)] {
            all.retain(|_, times| {
                times.retain(|(at, entry)| {
                    let is_gone = destroyed(*entry);
                    if is_gone && is_said {
                        gone.insert(*entry, *at);
                    }
                    !is_gone
                });
                !times.is_empty()
            });
        }
        gone
    }
}

impl From<Rows> for Windows {
    fn from([said, free]: Rows) -> Self {
        Self { said: said.into_iter().collect(), free: free.into_iter().collect() }
    }
}

impl From<Windows> for Rows {
    fn from(Windows { said, free }: Windows) -> Self {
        [said.into_iter().collect(), free.into_iter().collect()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Mark;

    const PAIR: Pair = (Mark(1), Mark(2));
    const OTHER: Pair = (Mark(1), Mark(3));

    fn said(times: &[(i64, u64)]) -> Windows {
        let mut windows = Windows::default();
        for (at, entry) in times {
            windows.take(&Inbound { pairs: vec![PAIR], at: *at }, *entry);
        }
        windows
    }

    #[test]
    fn the_last_time_before_another_is_found_and_only_of_this_pair() {
        let windows = said(&[(50, 9), (10, 3), (10, 4)]);
        let last = |at| windows.last([OTHER, PAIR].into_iter(), at);
        assert_eq!([9, 10, 49, 50, 99].map(last), [None, Some(10), Some(10), Some(50), Some(50)]);
        assert_eq!(windows.last([OTHER].into_iter(), 99), None);
    }

    #[test]
    fn what_an_advertisement_opened_ends_and_did_not_begin_before_three_days() {
        let mut windows = Windows::default();
        windows.free([PAIR].into_iter(), 1_000_000, 1);
        let free = |at| windows.is_free([OTHER, PAIR].into_iter(), at);
        let begin = 1_000_000 - FREE_SECONDS_MAX;
        assert_eq!([begin - 1, begin, 1_000_000, 1_000_001].map(free), [false, true, true, false]);
    }

    #[test]
    fn what_is_old_or_destroyed_is_forgotten() {
        let mut windows = said(&[(10, 1), (20, 2), (30, 3)]);
        windows.free([PAIR].into_iter(), 40, 2);
        let json = serde_json::to_string(&windows).unwrap();
        assert_eq!(serde_json::from_str::<Windows>(&json).unwrap(), windows);
        assert_eq!(windows.forget(|entry| entry == 2), BTreeMap::from([(2, 20)]));
        assert_eq!(windows, said(&[(10, 1), (30, 3)]));
        windows.forget_before(30);
        assert_eq!(windows, said(&[(30, 3)]));
        windows.forget_before(31);
        assert_eq!(windows, Windows::default());
    }
}
