//! Any history of adoptions, and the facts of any record: out of few values, so that
//! rules and records often meet.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::policy::period::YearEnd;
use crate::policy::{
    Jurisdiction, Lexicon, LexiconKind, Period, Rounding, Starts, TemplateCategory, Trigger, When,
};
use crate::record::{Class, Direction, Origin};

fn periods() -> impl Strategy<Value = Period> {
    let some = |years: u16, months: u16, days: u32| Period { years, months, days };
    select(vec![
        some(0, 0, 0),
        some(1, 0, 0),
        some(0, 12, 0),
        some(3, 1, 2),
        some(0, 0, 365),
        some(4, 0, 0),
    ])
}

fn triggers() -> impl Strategy<Value = Trigger> {
    let event = |name: &str| Trigger::Event(name.to_owned());
    select(vec![
        Trigger::Message,
        Trigger::Message,
        Trigger::Captured,
        Trigger::LastOfThread,
        event("e"),
        event("f"),
    ])
}

fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    prop_oneof![4 => Just(vec![]), 1 => subsequence(names, 1..=2)]
}

fn whens() -> impl Strategy<Value = When> {
    let classes = prop_oneof![
        Just(vec![]),
        subsequence(vec![Class::Message, Class::Call, Class::Access], 1..3)
    ];
    let sources =
        prop_oneof![4 => Just(vec![]), 1 => subsequence(vec![Origin::Live, Origin::Echo], 1..2)];
    let direction = prop_oneof![4 => Just(None), 1 => Just(Some(Direction::Inbound))];
    let templates = prop_oneof![4 => Just(vec![]), 1 => Just(vec![TemplateCategory::Marketing])];
    let lists = (
        some_of(&["p", "q"]),
        some_of(&["1", "2"]),
        some_of(&["t", "u"]),
        some_of(&["l", "m"]),
        some_of(&["x", "y"]),
    );
    (classes, sources, direction, templates, lists).prop_map(
        |(classes, sources, direction, templates, lists)| {
            let (parties, numbers, tags, lexicons, jurisdictions) = lists;
            When {
                classes,
                sources,
                direction,
                parties,
                numbers,
                templates,
                jurisdictions,
                tags,
                lexicons,
            }
        },
    )
}

fn some_rules() -> impl Strategy<Value = Vec<Rule>> {
    let limits = (prop::option::of(periods()), prop::option::of(periods()))
        .prop_filter("a rule has a period", |(keep, max)| keep.is_some() || max.is_some());
    let rule =
        (whens(), triggers(), select(Rounding::ALL.to_vec()), limits, select(Then::ALL.to_vec()));
    let rule = rule.prop_map(|(when, trigger, from, (keep, max), then)| Rule {
        id: String::new(),
        title: String::new(),
        authority: vec![],
        note: None,
        when,
        starts: Starts { trigger, from },
        keep,
        max,
        then,
        line: 1,
    });
    prop::collection::vec(rule, 0..4).prop_map(|mut rules| {
        (0..)
            .zip(&mut rules)
            .for_each(|(place, rule): (u32, &mut Rule)| rule.id = place.to_string());
        rules
    })
}

pub(super) fn histories() -> impl Strategy<Value = Vec<Adopted>> {
    let lexicon = |name: &str| Lexicon {
        name: name.to_owned(),
        kind: LexiconKind::Words,
        words: vec![name.to_owned()],
        line: 1,
    };
    let place = |name: &str, calling: u16, number: &str| Jurisdiction {
        name: name.to_owned(),
        calling: vec![calling],
        numbers: vec![number.to_owned()],
        line: 1,
    };
    let one = (
        select(vec!["a", "b", "c"]),
        some_rules(),
        select(vec!["12-31", "06-30", "02-29"]),
        0..9_u64,
        prop::option::of(0..9_u64),
    );
    prop::collection::vec(one, 0..5).prop_map(move |all| {
        let schedules = (1..).zip(all).map(|(version, (name, rules, fiscal, since, until))| {
            let schedule = Schedule {
                name: name.to_owned(),
                title: String::new(),
                version,
                authority: vec![],
                note: None,
                jurisdictions: vec![],
                fiscal_year_end: YearEnd::parse(fiscal).unwrap(),
                rules,
                lexicons: vec![lexicon("l"), lexicon("m")],
                places: vec![place("x", 49, "7"), place("y", 1, "1")],
            };
            Adopted {
                schedule: Arc::new(schedule),
                sha256: [0; 32],
                since,
                until: until.map(|until| since + until),
            }
        });
        schedules.collect()
    })
}

fn some_marks(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Mark>> {
    subsequence(names.iter().map(|name| Mark::of(name)).collect::<Vec<_>>(), 0..=names.len())
}

pub(super) fn moments() -> impl Strategy<Value = Timestamp> {
    // Leap days and ends of years come up often.
    let near = select(vec![
        "2024-02-28T23:59:59Z",
        "2024-12-31T22:00:00Z",
        "2023-06-30T00:00:00Z",
        "2027-01-31T12:00:00Z",
    ]);
    (near, 0..100_i64).prop_map(|(near, hours)| {
        near.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
    })
}

pub(super) fn some_facts() -> impl Strategy<Value = Facts> {
    let marks = (some_marks(&["p", "q"]), some_marks(&["1", "2", "7"]), some_marks(&["t", "u"]));
    let lexicon = |name: &str| Lexicon {
        name: name.to_owned(),
        kind: LexiconKind::Words,
        words: vec![name.to_owned()],
        line: 1,
    };
    let lexicons = subsequence(vec![lexicon("l").mark(), lexicon("m").mark()], 0..=2);
    let rest = (
        select(vec![Class::Message, Class::Call, Class::Access, Class::Status]),
        prop::option::of(select(vec![Origin::Live, Origin::Echo])),
        prop::option::of(select(vec![Direction::Inbound, Direction::Outbound])),
        prop::option::of(Just(TemplateCategory::Marketing)),
        prop::option::of(select(vec![4915, 49, 1202, 7])),
    );
    let puttings = prop::collection::vec(0..14_u64, 2);
    ((marks, puttings), lexicons, rest, prop::option::of(moments()), moments()).prop_map(
        |(
            ((parties, numbers, tags), mut tags_since),
            lexicons,
            (class, origin, direction, template, calling),
            at,
            captured,
        )| {
            tags_since.sort_unstable();
            tags_since.truncate(tags.len());
            let bare = Facts::bare(class, captured);
            let named = Facts { numbers, parties, calling, tags, tags_since, lexicons, ..bare };
            Facts { origin, direction, template, at, ..named }
        },
    )
}
