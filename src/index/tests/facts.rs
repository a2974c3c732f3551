//! Facts from the columns, against facts from the records themselves.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::archive::{Archive, Running};
use crate::index::People;
use crate::index::fixtures::{Draft, party};
use crate::policy::{Facts, Mark, card_number_mark, mentions_card};
use crate::record::{Class, Direction, Origin, Party, Record};
use crate::tlog::LeafIndex;

fn parties() -> impl Strategy<Value = Option<Party>> {
    let phones =
        vec![None, Some("4915550100777"), Some("4915550100100"), Some("15550100"), Some("1")];
    let phone = select(phones);
    let id = select(vec![None, Some("DE.555001"), Some("209900000000001")]);
    let name = select(vec![None, Some("mira"), Some("Leyla.D")]);
    let party = (phone, id, name).prop_map(|(phone, id, name)| {
        let username = name.map(str::to_owned);
        Party { username, ..party(phone, id) }
    });
    prop::option::of(party)
}

fn records() -> impl Strategy<Value = Record> {
    let classes: Vec<_> = Class::ALL.into_iter().filter(|class| class.holds_record()).collect();
    let origins = vec![Origin::Live, Origin::Echo, Origin::History, Origin::Standby];
    let directions = vec![None, Some(Direction::Inbound), Some(Direction::Outbound)];
    let raws = vec![
        r#"{"pricing":{"category":"marketing"}}"#,
        r#"{"new_category":"UTILITY"}"#,
        r#"{"a":1}"#,
    ];
    let times = vec![None, Some(0), Some(-1), Some(1_790_000_000), Some(i64::MAX)];
    let plain = (select(classes), select(origins), select(directions), select(raws), select(times));
    let numbers = (any::<bool>(), any::<bool>(), any::<bool>());
    (plain, numbers, parties(), parties(), parties()).prop_map(|(plain, numbers, from, to, now)| {
        let mut record = Draft::inbound("4915550100777", "text").record();
        (record.class, record.origin, record.direction, _, record.at) = plain;
        record.raw = serde_json::from_str(plain.3).unwrap();
        record.number = record.number.filter(|_| numbers.0);
        record.number_id = record.number_id.filter(|_| numbers.1);
        record.group_id = numbers.2.then(|| "group".to_owned());
        (record.from, record.to) = (from, to);
        record.body.mentions = now.into_iter().collect();
        if numbers.0 && numbers.1 {
            record.body.text = Some("my card is 4111 1111 1111 1111".to_owned());
        }
        record
    })
}

fn told(running: &Running) -> BTreeMap<LeafIndex, Facts> {
    let mut told = BTreeMap::new();
    let searchable = running.index.facts(|entry, facts| {
        assert_eq!(told.insert(entry, facts.clone()), None, "told once");
    });
    assert_eq!(searchable.unwrap(), running.index.progress().searchable);
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_columns_tell_what_the_records_tell(
        records in prop::collection::vec(records(), 1..40), erase in any::<prop::sample::Index>(),
    ) {
        let archive = Archive::new();
        let running = archive.run();
        let mut expected = BTreeMap::new();
        for record in &records {
            let (id, entry) = archive.append_record(record);
            let mut facts = Facts::of(record, Archive::now());
            let text = record.body.text.as_deref().unwrap_or_default();
            facts.lexicons.extend(mentions_card(text).then(card_number_mark));
            expected.insert(entry, (id, facts));
        }
        running.catch_up();
        for _ in 0..2 {
            let facts: BTreeMap<_, _> = expected
                .iter()
                .map(|(entry, (id, facts))| {
                    let thread = running.index.thread_of(*id).unwrap().map(|id| *id.as_bytes());
                    (*entry, Facts { thread, ..facts.clone() })
                })
                .collect();
            prop_assert_eq!(told(&running), facts.clone());
            let folded = running.index.fold_facts(Vec::new, |part, entry, facts| {
                part.push((entry, facts.clone()));
            });
            let folded: BTreeMap<_, _> = folded.unwrap().parts.into_iter().flatten().collect();
            prop_assert_eq!(folded, facts);
            let erased = *expected.keys().nth(erase.index(expected.len())).unwrap();
            running.index.erase(&[erased].into_iter().collect()).unwrap();
            expected.remove(&erased);
            if expected.is_empty() {
                break;
            }
        }
        running.stop();
    }
}

#[test]
fn who_has_another_number_is_joined_with_who_wrote_from_the_old_one() {
    let archive = Archive::new();
    let running = archive.run();
    let message = |phone| Draft::inbound(phone, "text").record();
    let mut notice = message("4915550100777");
    notice.class = Class::Contact;
    notice.body.mentions = vec![party(Some("4915550100779"), Some("DE.9"))];
    let with_id = Record { from: Some(party(Some("4915550100888"), Some("DE.8"))), ..message("1") };
    for record in [&message("4915550100777"), &notice, &with_id, &message("4915550100999")] {
        archive.append_record(record);
    }
    running.catch_up();
    let people = running.index.people(&People::default()).unwrap();
    let sorted = |names: &[&str]| {
        let mut marks: Vec<Mark> = names.iter().map(|name| Mark::of(name)).collect();
        marks.sort_unstable();
        marks
    };
    for (asked, expected) in [
        ("DE.9", &["4915550100777", "4915550100779", "DE.9"][..]),
        ("+49 1555 0100888", &["4915550100888", "DE.8"]),
        ("4915550100999", &["4915550100999"]),
    ] {
        assert_eq!(people.joined().with(&[Mark::of(asked)]), sorted(expected), "{asked}");
    }
    running.stop();
}

#[test]
fn an_empty_index_tells_nothing() {
    let archive = Archive::new();
    let running = archive.run();
    assert!(told(&running).is_empty());
    running.stop();
}
