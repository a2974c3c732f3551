//! What records show together, read piece by piece; and queries that are asked again.

use proptest::prelude::*;
use proptest::sample::select;

use super::archive::Archive;
use crate::index::fixtures::{Draft, party};
use crate::index::language::parse;
use crate::index::{People, Selection};
use crate::policy::Mark;
use crate::record::Record;

const PHONES: [Option<&str>; 4] = [None, Some("4915550100777"), Some("4915550100778"), Some("491")];
const IDS: [Option<&str>; 4] = [None, Some("DE.1"), Some("DE.2"), Some("DE.3")];

fn records() -> impl Strategy<Value = Record> {
    let names = (select(PHONES.to_vec()), select(IDS.to_vec()));
    let text = select(vec!["zinc", "copper", "zinc and copper", "tin"]);
    (names, text).prop_map(|((phone, id), text)| Draft::from(party(phone, id), text).record())
}

fn names() -> Vec<Mark> {
    let all = PHONES.into_iter().chain(IDS).flatten();
    all.map(Mark::of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_read_on_and_asked_again_is_what_is_read_and_asked_anew(
        pieces in prop::collection::vec(prop::collection::vec(records(), 1..8), 1..5),
        left_out in any::<prop::sample::Index>(),
    ) {
        let archive = Archive::new();
        let running = archive.run();
        let mut people = People::default();
        let mut entries = vec![];
        for piece in &pieces {
            entries.extend(piece.iter().map(|record| archive.append_record(record).1));
            running.catch_up();
            people = running.index.people(&people).unwrap();
            let anew = running.index.people(&People::default()).unwrap();
            for name in names() {
                prop_assert_eq!(people.joined().with(&[name]), anew.joined().with(&[name]));
            }
            for query in ["zinc", "copper NOT zinc", "from:DE.1 OR tin", "all"] {
                let expr = parse(query).unwrap();
                let again = running.index.select_again(&expr).unwrap();
                let anew = running.index.select(&expr).unwrap();
                prop_assert_eq!(&*again, &anew.entries, "{}", query);
            }
        }
        let anew = running.index.people(&People::default()).unwrap();
        let all = running.index.together(&Selection::new()).unwrap();
        for name in names() {
            prop_assert_eq!(all.parties.with(&[name]), anew.joined().with(&[name]));
        }
        // Without an entry, it is as though it had never been.
        let out = left_out.index(entries.len());
        let without = running.index.together(&[entries[out]].into_iter().collect()).unwrap();
        let others = pieces.iter().flatten().enumerate().filter(|(place, _)| *place != out);
        let mut naive = crate::policy::Joined::default();
        for (_, record) in others {
            naive.take(&crate::policy::Facts::of(record, Archive::now()).parties);
        }
        for name in names() {
            prop_assert_eq!(without.parties.with(&[name]), naive.with(&[name]));
        }
        running.stop();
    }
}

#[test]
fn the_names_of_a_conversation_are_shown_together() {
    let archive = Archive::new();
    let running = archive.run();
    let by_id = archive.append_record(&Draft::from(party(None, Some("DE.1")), "one").record());
    let both = party(Some("4915550100777"), Some("DE.1"));
    archive.append_record(&Draft::from(both, "two").record());
    let other = archive.append_record(&Draft::from(party(Some("491"), None), "three").record());
    running.catch_up();
    let name = |(record, _)| *running.index.thread_of(record).unwrap().unwrap().as_bytes();
    let (named, other) = (name(by_id), name(other));
    let together = running.index.together(&Selection::new()).unwrap().threads;
    let all = together.with(&[named]);
    assert_eq!(all.len(), 2, "by the user id and by the number");
    assert!(all.contains(&named) && !all.contains(&other));
    assert_eq!(together.with(&[other]), [other]);
    running.stop();
}

#[test]
fn what_was_erased_is_not_among_what_is_asked_again() {
    let archive = Archive::new();
    let running = archive.run();
    let keep = |text| archive.append_record(&Draft::inbound("491", text).record()).1;
    let (gone, kept) = (keep("zinc"), keep("more zinc"));
    running.catch_up();
    let zinc = parse("zinc").unwrap();
    assert_eq!(running.index.select_again(&zinc).unwrap().len(), 2);
    running.index.erase(&[gone].into_iter().collect()).unwrap();
    let asked = running.index.select(&zinc).unwrap().entries;
    assert_eq!(asked, [kept].into_iter().collect());
    assert_eq!(*running.index.select_again(&zinc).unwrap(), asked);
    running.stop();
}
