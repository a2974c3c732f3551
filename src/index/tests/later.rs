//! Who came to be known by what since a decision, against a naive search.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::archive::Archive;
use crate::index::fixtures::{Draft, party};
use crate::index::{Known, Later};
use crate::policy::{Facts, Mark};
use crate::record::Record;
use crate::tlog::LeafIndex;

const PHONES: [Option<&str>; 4] = [None, Some("491"), Some("492"), Some("493")];
const IDS: [Option<&str>; 4] = [None, Some("DE.1"), Some("DE.2"), Some("DE.3")];

fn records() -> impl Strategy<Value = Record> {
    let names = (select(PHONES.to_vec()), select(IDS.to_vec()));
    names.prop_map(|(phone, id)| Draft::from(party(phone, id), "zinc").record())
}

/// Whatever is new and stands beside what is theirs, until there is no more.
fn naive((marks, since): &Known, records: &[(LeafIndex, Vec<Mark>)]) -> Vec<Mark> {
    let first =
        |mark: &Mark| records.iter().find(|(_, all)| all.contains(mark)).map(|(entry, _)| *entry);
    let mut theirs: BTreeSet<Mark> = marks.iter().copied().collect();
    loop {
        let beside = records.iter().filter(|(_, all)| all.iter().any(|it| theirs.contains(it)));
        let beside = beside.flat_map(|(_, all)| all).filter(|mark| first(mark) > Some(*since));
        let more: BTreeSet<Mark> = theirs.iter().chain(beside).copied().collect();
        if more.len() == theirs.len() {
            return theirs.into_iter().filter(|mark| !marks.contains(mark)).collect();
        }
        theirs = more;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_is_what_a_naive_search_finds_also_when_it_is_read_piece_by_piece(
        pieces in prop::collection::vec(prop::collection::vec(records(), 1..5), 1..6),
        lists in prop::collection::vec((select(vec!["491", "492", "DE.1", "DE.2"]), 0_u64..16), 1..4),
        comes_later in 0_usize..5,
    ) {
        let archive = Archive::new();
        let running = archive.run();
        let (mut later, mut all) = (Later::default(), vec![]);
        for (place, piece) in pieces.iter().enumerate() {
            for record in piece {
                let entry = archive.append_record(record).1;
                all.push((entry, Facts::of(record, Archive::now()).parties));
            }
            running.catch_up();
            // One decision more is there from some piece on.
            let some = if place < comes_later { 1 } else { lists.len() };
            let known: Vec<Known> = lists.iter().take(some).map(|(name, since)| {
                (vec![Mark::of(name)], LeafIndex::new(*since))
            }).collect();
            let found = running.index.later(known.clone(), &mut later).unwrap();
            let expected: Vec<_> = known.iter().map(|one| naive(one, &all)).collect();
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(running.index.later(known, &mut later).unwrap(), expected);
        }
        running.stop();
    }
}

#[test]
fn what_was_known_and_not_listed_is_left_out_and_what_is_new_is_followed() {
    let archive = Archive::new();
    let running = archive.run();
    let keep = |phone, id| archive.append_record(&Draft::from(party(phone, id), "zinc").record()).1;
    keep(Some("491"), Some("DE.1"));
    let since = keep(Some("491"), Some("DE.9"));
    let known: Known = (vec![Mark::of("DE.1")], since);
    let mut later = Later::default();
    let mut ask = || {
        running.catch_up();
        let found = running.index.later(vec![known.clone()], &mut later).unwrap();
        found.into_iter().flatten().collect::<BTreeSet<_>>()
    };
    assert_eq!(ask(), BTreeSet::new());
    // By what was left out, nothing is joined to them.
    keep(Some("491"), Some("DE.7"));
    assert_eq!(ask(), BTreeSet::new());
    keep(Some("492"), Some("DE.1"));
    keep(Some("492"), Some("DE.2"));
    assert_eq!(ask(), BTreeSet::from([Mark::of("492"), Mark::of("DE.2")]));
    assert_eq!(running.index.later(vec![], &mut later).unwrap(), Vec::<Vec<Mark>>::new());
    running.stop();
}
