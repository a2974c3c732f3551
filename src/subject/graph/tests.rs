//! Joining, against a plain search; and the people that must not be mistaken for each other.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Records of so many numbers: messages of parties, and notices of changes.
fn record(members: &Value) -> Record {
    let mut record = json!({"v": 1, "class": "message", "provider": "meta", "field": "messages",
        "origin": "live", "direction": "inbound", "body": {"kind": "text"}, "raw": {}});
    for (name, member) in members.as_object().unwrap() {
        record[name] = member.clone();
    }
    serde_json::from_str(&record.to_string()).unwrap()
}

fn party(names: &[&str]) -> Value {
    let mut party = json!({});
    for name in names {
        let said = Identifier::said(name).unwrap();
        let field = match said.kind {
            IdentifierKind::UserId => "user_id",
            IdentifierKind::ParentUserId => "parent_user_id",
            IdentifierKind::Phone => "phone",
            IdentifierKind::UserName => "username",
        };
        party[field] = json!(said.value);
    }
    party
}

fn message(names: &[&str]) -> Record {
    record(&json!({"from": party(names)}))
}

fn changed(before: &[&str], now: &[&str]) -> Record {
    record(&json!({"class": "contact", "from": party(before),
        "body": {"kind": "changed", "mentions": [party(now)]}}))
}

fn graph(records: &[Record]) -> Graph {
    let mut graph = Graph::default();
    for (number, record) in (0_u8..).zip(records) {
        graph.take(RecordId::from_bytes([number; 16]), record);
    }
    graph
}

fn said(names: &[&str]) -> Vec<Identifier> {
    names.iter().map(|name| Identifier::said(name).unwrap()).collect()
}

fn reached(graph: &Graph, asked: &[&str]) -> Vec<String> {
    let mut reached: Vec<String> =
        graph.reach(&said(asked)).into_iter().map(|it| it.identifier.value).collect();
    reached.sort_unstable();
    reached
}

fn conflicting(graph: &Graph, asked: &[&str]) -> Vec<String> {
    graph.conflicts(&said(asked)).into_iter().map(|it| it.identifier.value).collect()
}

#[test]
fn a_new_number_and_new_ids_are_followed_from_any_of_them() {
    let graph = graph(&[
        message(&["4915550100777", "DE.1"]),
        changed(&["4915550100777", "DE.1"], &["4915550100779", "DE.9"]),
        changed(&["DE.9"], &["DE.10", "DE.ENT.10"]),
        message(&["4915550100888", "DE.2"]),
    ]);
    let all = ["4915550100777", "4915550100779", "DE.1", "DE.10", "DE.9", "DE.ENT.10"];
    for name in all {
        assert_eq!(reached(&graph, &[name]), all, "{name}");
        assert_eq!(conflicting(&graph, &[name]), [""; 0], "{name}");
    }
    let found = graph.reach(&said(&["DE.1"]));
    assert_eq!(found[0].by, None);
    let later = found.iter().find(|it| it.identifier.value == "DE.10").unwrap();
    assert_eq!(later.by, Some((RecordId::from_bytes([2; 16]), How::Changed)));
    assert_eq!(reached(&graph, &["DE.77"]), ["DE.77"]);
}

#[test]
fn a_user_name_is_shown_and_joins_nobody() {
    let graph = graph(&[
        message(&["4915550100777", "DE.1", "@mira"]),
        message(&["DE.2", "@mira"]),
        message(&["@mira"]),
    ]);
    assert_eq!(reached(&graph, &["DE.1"]), ["4915550100777", "DE.1", "mira"]);
    assert_eq!(reached(&graph, &["@mira"]), ["mira"]);
    let beside: Vec<String> =
        graph.beside(&said(&["@mira"])).into_iter().map(|it| it.value).collect();
    assert_eq!(beside, ["DE.1", "4915550100777", "DE.2"]);
    assert_eq!(graph.beside(&said(&["@mira", "DE.1", "DE.2"])), []);
}

#[test]
fn a_number_that_went_to_somebody_else_is_a_conflict_with_its_people() {
    let graph = graph(&[
        message(&["4915550100777", "DE.1"]),
        message(&["4915550100777", "DE.2"]),
        changed(&["DE.2"], &["DE.3"]),
    ]);
    let conflicts = graph.conflicts(&said(&["DE.1"]));
    let [conflict] = conflicts.as_slice() else { panic!("{conflicts:?}") };
    assert_eq!(conflict.identifier.value, "4915550100777");
    assert_eq!(conflict.groups, [said(&["DE.1"]), said(&["DE.2", "DE.3"])]);
}

#[test]
fn a_change_that_tells_both_ids_is_no_conflict() {
    let told = [
        message(&["4915550100777", "DE.1"]),
        message(&["4915550100777", "DE.2"]),
        changed(&["DE.1"], &["DE.2"]),
    ];
    assert_eq!(conflicting(&graph(&told), &["4915550100777"]), [""; 0]);
    // Without user ids the provider's word is all there is.
    let moved = [
        changed(&["4915550100777"], &["4915550100778"]),
        changed(&["4915550100778"], &["4915550100779"]),
    ];
    assert_eq!(conflicting(&graph(&moved), &["4915550100777"]), [""; 0]);
}

#[test]
fn a_number_that_was_left_twice_or_taken_twice_is_a_conflict() {
    let left = [
        changed(&["4915550100777"], &["4915550100778"]),
        changed(&["4915550100777"], &["4915550100779"]),
    ];
    assert_eq!(conflicting(&graph(&left), &["4915550100778"]), ["4915550100777"]);
    let taken = [
        changed(&["4915550100778"], &["4915550100777"]),
        changed(&["4915550100779"], &["4915550100777"]),
    ];
    assert_eq!(conflicting(&graph(&taken), &["4915550100778"]), ["4915550100777"]);
    let after_somebody = [
        message(&["4915550100777", "DE.1"]),
        changed(&["4915550100778", "DE.2"], &["4915550100777"]),
    ];
    assert_eq!(conflicting(&graph(&after_somebody), &["DE.1"]), ["4915550100777"]);
}

#[test]
fn a_list_of_members_and_a_shared_card_join_nobody() {
    let card = record(&json!({"from": party(&["DE.1"]),
        "body": {"kind": "contacts", "mentions": [party(&["4915550100888"])]}}));
    let members = record(&json!({"class": "contact", "group_id": "g", "from": party(&["DE.1"]),
        "body": {"kind": "added", "mentions": [party(&["DE.2"]), party(&["DE.3"])]}}));
    assert_eq!(reached(&graph(&[card, members]), &["DE.1"]), ["DE.1"]);
}

const NAMES: [&str; 9] = [
    "4915550100001",
    "4915550100002",
    "4915550100003",
    "4915550100004",
    "DE.1",
    "DE.2",
    "DE.3",
    "@a",
    "@b",
];

/// What records say, each a message of a party or a change from one to another.
fn story() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    prop::collection::vec((0..NAMES.len(), 0..NAMES.len(), any::<bool>()), 0..14)
}

/// A party has one of a kind: the second takes the first's place.
fn pair(one: &str, other: &str) -> Vec<String> {
    let (a, b) = (Identifier::said(one).unwrap(), Identifier::said(other).unwrap());
    if a.kind == b.kind { vec![b.value] } else { vec![a.value, b.value] }
}

proptest! {
    #[test]
    fn it_joins_what_a_plain_search_joins(story in story(), asked in 0..NAMES.len()) {
        let records: Vec<Record> = story
            .iter()
            .map(|(one, other, change)| {
                let (one, other) = (NAMES[*one], NAMES[*other]);
                if *change { changed(&[one], &[other]) } else { message(&[one, other]) }
            })
            .collect();
        // The plain search: sets that have something sure in common are one.
        let is_name = |name: &str| !name.contains('.') && !name.starts_with('4');
        let sets: Vec<Vec<String>> = story
            .iter()
            .map(|(one, other, change)| {
                let value = |name: &str| Identifier::said(name).unwrap().value;
                let (one, other) = (NAMES[*one], NAMES[*other]);
                match change {
                    false => pair(one, other),
                    true if is_name(&value(one)) || is_name(&value(other)) => vec![],
                    true => vec![value(one), value(other)],
                }
            })
            .collect();
        let first = Identifier::said(NAMES[asked]).unwrap().value;
        let mut model = BTreeSet::from([first.clone()]);
        loop {
            let before = model.len();
            for set in &sets {
                if set.iter().any(|it| !is_name(it) && model.contains(it)) {
                    model.extend(set.iter().cloned());
                }
            }
            if model.len() == before {
                break;
            }
        }
        let graph = graph(&records);
        let found: BTreeSet<String> = reached(&graph, &[NAMES[asked]]).into_iter().collect();
        prop_assert_eq!(&found, &model);
        // A conflict's groups are of what was found, and share nothing.
        for conflict in graph.conflicts(&said(&[NAMES[asked]])) {
            prop_assert!(conflict.groups.len() > 1);
            let all: Vec<_> = conflict.groups.iter().flatten().collect();
            let each: BTreeSet<_> = all.iter().collect();
            prop_assert_eq!(all.len(), each.len());
            prop_assert!(all.iter().all(|it| model.contains(&it.value)));
        }
    }
}
