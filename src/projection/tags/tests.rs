use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::entry::Ranges;
use crate::policy::Facts;
use crate::projection::threads::NamedAct;
use crate::record::Class;
use crate::tlog::LeafIndex;

fn id(entry: u64) -> RecordId {
    RecordId::from_bytes(u128::from(entry).to_be_bytes())
}

fn at<'a>(entry: u64, name: &'a str) -> At<'a> {
    let (index, time) = (LeafIndex::new(entry), Timestamp::UNIX_EPOCH);
    At { index, time, record: id(entry), who: name, name }
}

fn put(tag: &str, on: On) -> TagAct {
    TagAct::Put(Put { tag: tag.into(), on, reason: "file 4711".into() })
}

fn party(party: &str) -> On {
    On::Party { party: party.into() }
}

fn listed(entries: &[u64]) -> On {
    let entries = Ranges::covering(entries.iter().copied().map(LeafIndex::new));
    On::Query { query: "invoice".into(), searched: 9, entries }
}

fn done(steps: &[(u64, &str, TagAct)]) -> Tags {
    let mut tags = Tags::default();
    for (entry, name, act) in steps {
        tags.check(&at(*entry, name), act).unwrap();
        tags.apply(&at(*entry, name), act).unwrap();
    }
    tags
}

fn taken(putting: u64) -> TagAct {
    TagAct::Taken { putting: id(putting), reason: "it was the wrong customer".into() }
}

fn agreed(putting: u64) -> TagAct {
    TagAct::TakingApproved { putting: id(putting), reason: "I looked".into() }
}

fn kept(putting: u64) -> TagAct {
    TagAct::Kept { putting: id(putting), reason: "it was right".into() }
}

/// The tags on a record, and the entries that put them.
fn on(tags: &Tags, entry: u64, facts: &mut Facts) -> Vec<(Mark, u64)> {
    tags.tagged().put_on(LeafIndex::new(entry), TagsOn::Now, facts);
    facts.tags.iter().copied().zip(facts.tags_since.iter().copied()).collect()
}

fn bare() -> Facts {
    Facts::bare(Class::Message, Timestamp::UNIX_EPOCH)
}

#[test]
fn a_tag_is_on_what_it_was_put_on_and_on_nothing_else() {
    let tags = done(&[
        (10, "Mira", put("Contract", party("+49 1555 0100777"))),
        (11, "Mira", put("pilot", On::Number { number: "4930555".into() })),
        (12, "Mira", put("case-7", On::Thread { thread: "0a".repeat(16) })),
        (13, "Mira", put("invoice", listed(&[3, 4, 8]))),
        (14, "Mira", put("contract", party("de.555"))),
    ]);
    let mut facts = bare();
    assert_eq!(on(&tags, 2, &mut facts), []);
    facts.parties = vec![Mark::of("4915550100777"), Mark::of("DE.555")];
    facts.numbers = vec![Mark::of("4930555")];
    facts.thread = Some([10; 16]);
    let mark = Mark::of;
    let all = [(mark("contract"), 10), (mark("pilot"), 11), (mark("case-7"), 12)];
    assert_eq!(on(&tags, 2, &mut facts), all, "each once, in the order in which they were put");
    let [one, two, three] = all;
    assert_eq!(on(&tags, 4, &mut facts), [one, two, three, (mark("invoice"), 13)]);
    assert_eq!(on(&tags, 99, &mut facts), all, "what comes later too");
    assert_eq!(on(&tags, 5, &mut bare()), []);
    assert!(tags.knows("CONTRACT") && !tags.knows("contracts"));
}

#[test]
fn a_tag_on_a_conversation_is_on_it_by_each_of_its_names() {
    let mut tags = done(&[(12, "Mira", put("case-7", On::Thread { thread: "0a".repeat(16) }))]);
    assert_eq!(tags.threads().collect::<Vec<_>>(), [[10; 16]]);
    let mut facts = Facts { thread: Some([11; 16]), ..bare() };
    assert_eq!(on(&tags, 5, &mut facts), []);
    let mut names = Names::default();
    names.take(&NamedAct { names: vec![[11; 16], [10; 16]] });
    tags.name_by(&Arc::new(names));
    for (thread, count) in [(10, 1), (11, 1), (12, 0)] {
        facts.thread = Some([thread; 16]);
        assert_eq!(on(&tags, 5, &mut facts).len(), count, "{thread}");
    }
}

#[test]
fn a_taking_needs_a_second_person() {
    let steps = [(10, "Mira", put("contract", party("mira"))), (11, "Mira", taken(10))];
    let mut tags = done(&steps);
    assert_eq!(tags.get(id(10)).unwrap().stage, Stage::TakingAsked);
    let own = tags.check(&at(12, "mira"), &agreed(10)).unwrap_err();
    assert!(own.0.contains("another person"), "{own}");
    let mut facts = Facts { parties: vec![Mark::of("mira")], ..bare() };
    assert_eq!(on(&tags, 5, &mut facts).len(), 1, "until then it counts");
    tags.apply(&at(12, "Kostas"), &agreed(10)).unwrap();
    assert_eq!(on(&tags, 5, &mut facts), []);
    assert!(!tags.knows("contract") && tags.tagged().has_taken());
    tags.tagged().put_on(LeafIndex::new(5), TagsOn::Ever, &mut facts);
    assert_eq!(facts.tags, [Mark::of("contract")]);
    for after in [taken(10), agreed(10), kept(10)] {
        assert!(tags.check(&at(13, "Amal"), &after).is_err(), "{after:?}");
    }
    let did: Vec<_> = tags.get(id(10)).unwrap().history.iter().map(|step| step.did).collect();
    assert_eq!(did, ["put", "taken", "taking_approved"]);
}

#[test]
fn a_taking_that_is_off_can_be_asked_for_again() {
    let put = put("contract", party("mira"));
    let asked = [(10, "Mira", put), (11, "Mira", taken(10)), (12, "Kostas", kept(10))];
    let tags = done(&asked);
    assert_eq!(tags.get(id(10)).unwrap().stage, Stage::Stands);
    assert!(tags.check(&at(13, "Kostas"), &agreed(10)).is_err());
    assert!(tags.check(&at(13, "Kostas"), &taken(10)).is_ok());
    assert!(tags.check(&at(13, "Kostas"), &taken(77)).unwrap_err().0.contains("no putting"));
}

#[test]
fn what_is_put_on_nothing_is_refused() {
    let records = |count: u64| On::Records {
        records: (0..count).map(id).collect(),
        entries: Ranges::covering([LeafIndex::new(1)]),
    };
    let query = |query: &str, entries| On::Query { query: query.into(), searched: 9, entries };
    for (tag, on, why) in [
        (" ", party("mira"), "`tag` is empty"),
        ("a\nb", party("mira"), "control"),
        (&"t".repeat(201), party("mira"), "200 bytes"),
        ("t", party(""), "`party` is empty"),
        ("t", On::Number { number: " ".into() }, "`number` is empty"),
        ("t", party("01555 0100777"), "international form"),
        (
            "t",
            query(
                "q",
                [Ranges::covering([LeafIndex::new(1)]), Ranges::covering([LeafIndex::new(1)])]
                    .concat(),
            ),
            "do not rise",
        ),
        ("t", On::Thread { thread: "0A".repeat(16) }, "32 lower-case"),
        ("t", records(0), "`records` is empty"),
        ("t", records(1001), "several steps"),
        ("t", query("", vec![]), "would find everything"),
        ("t", query("invoice", vec![]), "finds nothing"),
        ("t", query(&"q".repeat(5000), vec![]), "4096 bytes"),
    ] {
        let refused = put(tag, on).check().unwrap_err();
        assert!(refused.0.contains(why), "{refused}");
    }
    let TagAct::Put(put) = put("t", party("mira")) else { unreachable!("it was put") };
    let silent = TagAct::Put(Put { reason: " ".into(), ..put });
    assert!(silent.check().unwrap_err().0.contains("say why"));
}

#[test]
fn what_is_too_scattered_is_refused() {
    let scattered: Vec<u64> = (0..600_000).map(|at| 2 * at).collect();
    let tags = done(&[(1, "Mira", put("a", listed(&scattered)))]);
    let more = tags.check(&at(2, "Mira"), &put("b", listed(&scattered))).unwrap_err();
    assert!(more.0.contains("too scattered"), "{more}");
    assert!(tags.check(&at(2, "Mira"), &put("b", party("mira"))).is_ok());
}

#[test]
fn a_decision_survives_its_json() {
    let records = On::Records {
        records: vec![id(3), id(7)],
        entries: Ranges::covering([3, 7].map(LeafIndex::new)),
    };
    for act in [put("a", records), put("a", listed(&[1, 2])), put("a", party("x")), taken(3)] {
        let json = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<TagAct>(&json).unwrap(), act, "{json}");
    }
    let json = serde_json::to_value(put("a", listed(&[1, 2, 4]))).unwrap();
    assert_eq!(json["on"]["by"], "query");
    assert_eq!(json["on"]["entries"][0], "1-2,4");
}

proptest! {
    #[test]
    fn each_record_has_the_tags_of_a_list_that_is_gone_through(
        puttings in prop::collection::vec(
            (0..3_usize, prop::collection::btree_set(0..30_u64, 0..12), prop::option::of(0..2_usize)),
            0..8,
        ),
        takings in prop::collection::vec(any::<bool>(), 8),
    ) {
        let (names, people) = (["a", "b", "c"], ["mira", "kostas"]);
        let mut tags = Tags::default();
        for (place, (tag, entries, of)) in (100..).zip(&puttings) {
            let entries: Vec<u64> = entries.iter().copied().collect();
            let on = match of {
                Some(of) => party(people[*of]),
                None => listed(&entries),
            };
            tags.apply(&at(place, "Mira"), &put(names[*tag], on)).unwrap();
        }
        let taken_ones = (100..).zip(&puttings).zip(&takings).filter(|(_, taken)| **taken);
        for ((place, _), _) in taken_ones {
            tags.apply(&at(200, "Mira"), &taken(place)).unwrap();
            tags.apply(&at(201, "Kostas"), &agreed(place)).unwrap();
        }
        for entry in 0..31 {
            for (of, name) in people.iter().enumerate() {
                let mut expected: Vec<(Mark, u64)> = vec![];
                for ((place, (tag, entries, to)), gone) in (100..).zip(&puttings).zip(&takings) {
                    let is_on = match to { Some(to) => *to == of, None => entries.contains(&entry) };
                    let mark = Mark::of(names[*tag]);
                    let known = expected.iter().any(|(known, _)| *known == mark);
                    if is_on && !known && !gone {
                        expected.push((mark, place));
                    }
                }
                let mut facts = Facts { parties: vec![Mark::of(name)], ..bare() };
                prop_assert_eq!(on(&tags, entry, &mut facts), expected);
            }
        }
    }
}
