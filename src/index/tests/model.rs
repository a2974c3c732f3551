//! Random expressions over a small corpus, against a model that reads every record.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::archive::{Archive, Running, ask, entries};
use crate::index::Order;
use crate::index::fixtures::Draft;
use crate::index::language::parse;
use crate::tlog::LeafIndex;

const WORDS: [&str; 6] = ["wire", "money", "invoice", "meeting", "monday", "wired"];
const PARTIES: [(&str, &str); 3] =
    [("4915550100777", "Anna"), ("4915550100888", "Boris"), ("390655501234", "Wire")];

/// What the model knows of a record.
struct Known {
    entry: LeafIndex,
    words: Vec<&'static str>,
    name: &'static str,
    phone: &'static str,
    outbound: bool,
    day: u32,
}

/// An expression, which the model evaluates and the query language writes.
#[derive(Clone, Debug)]
enum Asked {
    Word(usize),
    Prefix(usize, usize),
    Phrase(usize, usize),
    Name(usize),
    Phone(usize),
    Outbound,
    Since(u32),
    Not(Box<Asked>),
    And(Vec<Asked>),
    Or(Vec<Asked>),
}

fn fill(archive: &Archive) -> Vec<Known> {
    // Deterministic, and so irregular that most combinations occur.
    let mut state = 12_345_usize;
    let mut draw = |below: usize| {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state >> 16) % below
    };
    (0..120)
        .map(|_| {
            let words: Vec<_> = (0..draw(5)).map(|_| WORDS[draw(WORDS.len())]).collect();
            let (phone, name) = PARTIES[draw(PARTIES.len())];
            let (outbound, day) = (draw(2) == 0, u32::try_from(draw(28)).unwrap() + 1);
            let text = words.join(" ");
            let draft = match outbound {
                true => Draft::outbound(phone, &text),
                false => Draft::inbound(phone, &text),
            };
            let mut record = draft.at(&format!("2026-01-{day:02}T12:00:00Z")).record();
            let other = if outbound { &mut record.to } else { &mut record.from };
            other.as_mut().unwrap().name = Some(name.to_owned());
            let entry = archive.append_record(&record).1;
            Known { entry, words, name, phone, outbound, day }
        })
        .collect()
}

impl Asked {
    fn query(&self) -> String {
        let joined = |parts: &[Self], by: &str| {
            let parts: Vec<_> = parts.iter().map(Self::query).collect();
            format!("({})", parts.join(by))
        };
        match self {
            Self::Word(word) => WORDS[*word].to_owned(),
            Self::Prefix(word, len) => format!("{}*", &WORDS[*word][..*len]),
            Self::Phrase(one, two) => format!("text:\"{} {}\"", WORDS[*one], WORDS[*two]),
            Self::Name(party) => format!("party:{}", PARTIES[*party].1.to_uppercase()),
            Self::Phone(party) => format!("+{}", PARTIES[*party].0),
            Self::Outbound => "direction:outbound".to_owned(),
            Self::Since(day) => format!("after:2026-01-{day:02}"),
            Self::Not(inner) => format!("NOT {}", inner.query()),
            Self::And(parts) => joined(parts, " "),
            Self::Or(parts) => joined(parts, " OR "),
        }
    }

    fn holds(&self, known: &Known) -> bool {
        let name = known.name.to_lowercase();
        match self {
            Self::Word(word) => known.words.contains(&WORDS[*word]) || name == WORDS[*word],
            Self::Prefix(word, len) => {
                let stem = &WORDS[*word][..*len];
                known.words.iter().any(|word| word.starts_with(stem)) || name.starts_with(stem)
            }
            Self::Phrase(one, two) => {
                known.words.windows(2).any(|pair| pair == [WORDS[*one], WORDS[*two]])
            }
            Self::Name(party) => known.name == PARTIES[*party].1,
            Self::Phone(party) => known.phone == PARTIES[*party].0,
            Self::Outbound => known.outbound,
            Self::Since(day) => known.day >= *day,
            Self::Not(inner) => !inner.holds(known),
            Self::And(parts) => parts.iter().all(|part| part.holds(known)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(known)),
        }
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let word = 0..WORDS.len();
    let leaf = prop_oneof![
        word.clone().prop_map(Asked::Word),
        (word.clone(), 2_usize..5).prop_map(|(word, len)| Asked::Prefix(word, len)),
        (word.clone(), word).prop_map(|(one, two)| Asked::Phrase(one, two)),
        (0..PARTIES.len()).prop_map(Asked::Name),
        (0..PARTIES.len()).prop_map(Asked::Phone),
        Just(Asked::Outbound),
        (1_u32..29).prop_map(Asked::Since),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            inner.prop_map(|inner| Asked::Not(Box::new(inner))),
            several.clone().prop_map(Asked::And),
            several.prop_map(Asked::Or),
        ]
    })
}

#[test]
fn a_search_finds_what_reading_every_record_finds() {
    let archive = Archive::new();
    let known = fill(&archive);
    let running = archive.run();
    let checked = TestRunner::new(ProptestConfig::with_cases(400))
        .run(&asked(), |asked| check(&running, &known, &asked));
    checked.unwrap_or_else(|error| panic!("{error}"));
    running.stop();
}

fn check(running: &Running, known: &[Known], asked: &Asked) -> Result<(), TestCaseError> {
    let query = asked.query();
    let mut expected: Vec<_> = known.iter().filter(|known| asked.holds(known)).collect();
    expected.sort_by_key(|known| (known.day, known.entry));
    let mut expected: Vec<_> = expected.iter().map(|known| known.entry).collect();
    let page = ask(&running.index, &query, Order::Oldest, 1000, None);
    prop_assert_eq!(entries(&page), expected.as_slice(), "{}", query);
    let mut best = entries(&ask(&running.index, &query, Order::Best, 1000, None));
    best.sort_unstable();
    expected.sort_unstable();
    prop_assert_eq!(best, expected.as_slice(), "{}", query);
    let selected = running.index.select(&parse(&query).unwrap()).unwrap();
    prop_assert_eq!(selected.searchable, running.index.progress().searchable);
    prop_assert_eq!(selected.entries.iter().collect::<Vec<_>>(), expected, "{}", query);
    Ok(())
}
