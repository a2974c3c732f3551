//! What a hold catches, compared with the plainest way to find out.

use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::policy::{Facts, Mark};
use crate::record::Class;

/// A record, by names as somebody would write them.
#[derive(Clone, Debug)]
struct Told {
    class: Class,
    parties: Vec<&'static str>,
    numbers: Vec<&'static str>,
    thread: Option<&'static str>,
    /// Hours since 1970.
    at: Option<i64>,
    captured: i64,
    /// The holds, by their place, whose queries find it.
    found: Vec<bool>,
}

const PARTIES: [&str; 4] = ["4915550100777", "4915550100888", "de.555001", "mira"];
const SPELLED: [&str; 4] = ["+49 1555 0100-777", "(49) 1555.0100888", "DE.555001", "@Mira"];
const NUMBERS: [&str; 3] = ["4915550100100", "209900000000001", "4915550100200"];
const THREADS: [&str; 2] = ["00112233445566778899aabbccddeeff", "ffffffffffffffffffffffffffffffff"];
const HOLDS: usize = 6;

fn some_of<T: Copy + std::fmt::Debug + 'static, const N: usize>(
    all: [T; N],
    most: usize,
) -> impl Strategy<Value = Vec<T>> {
    subsequence(all.to_vec(), 0..=most)
}

/// A day of January 1970, so that spans and records meet often.
fn day() -> impl Strategy<Value = Option<Date>> {
    prop::option::of((1..6_i8).prop_map(|day| Date::constant(1970, 1, day)))
}

fn scopes() -> impl Strategy<Value = Scope> {
    let names = (some_of(SPELLED, 2), some_of(NUMBERS, 1), some_of(THREADS, 1));
    let query = prop::option::of(Just("wire"));
    (names, day(), day(), query).prop_map(|((parties, numbers, threads), one, other, query)| {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let turned = one.zip(other).is_some_and(|(one, other)| one > other);
        let (from, to) = if turned { (other, one) } else { (one, other) };
        Scope {
            everything: false,
            parties: owned(parties),
            numbers: owned(numbers),
            threads: owned(threads),
            from,
            to,
            query: query.map(str::to_owned),
        }
    })
}

fn records() -> impl Strategy<Value = Told> {
    let class = select(vec![Class::Message, Class::Status, Class::Unrecognised, Class::Delivery]);
    let names =
        (some_of(PARTIES, 2), some_of(NUMBERS, 1), prop::option::of(select(THREADS.to_vec())));
    let times = (prop::option::of(-30..160_i64), -30..160_i64);
    let found = prop::collection::vec(any::<bool>(), HOLDS);
    (class, names, times, found).prop_map(
        |(class, (parties, numbers, thread), (at, captured), found)| Told {
            class,
            parties,
            numbers,
            thread,
            at,
            captured,
            found,
        },
    )
}

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3600).unwrap()
}

fn facts(told: &Told) -> Facts {
    Facts {
        parties: told.parties.iter().map(|name| Mark::of(name)).collect(),
        numbers: told.numbers.iter().map(|name| Mark::of(name)).collect(),
        thread: told.thread.map(|id| hex::decode(id).unwrap().try_into().unwrap()),
        at: told.at.map(hour),
        ..Facts::bare(told.class, hour(told.captured))
    }
}

/// Hold by hold, condition by condition, text by text.
fn naive(scope: &Scope, found: bool, told: &Told) -> bool {
    let plain = |name: &str| match SPELLED.iter().position(|spelled| *spelled == name) {
        Some(which) => PARTIES[which].to_owned(),
        None => name.to_owned(),
    };
    let asks = |asked: &[String], names: &[&str]| {
        asked.is_empty() || asked.iter().any(|name| names.contains(&plain(name).as_str()))
    };
    let days = |date: Date| i64::from(date.day()) - 1;
    let in_days = |hour: i64| {
        scope.from.is_none_or(|from| hour >= days(from) * 24 - 14)
            && scope.to.is_none_or(|to| hour < (days(to) + 1) * 24 + 12)
    };
    if !(told.at.is_some_and(in_days) || in_days(told.captured)) {
        return false;
    }
    if matches!(told.class, Class::Unrecognised | Class::Delivery) || told.parties.is_empty() {
        return true;
    }
    asks(&scope.parties, &told.parties)
        && (told.numbers.is_empty() || asks(&scope.numbers, &told.numbers))
        && told.thread.is_none_or(|thread| asks(&scope.threads, &[thread]))
        && (scope.query.is_none() || found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_held_is_what_a_naive_matcher_holds(
        scopes in prop::collection::vec(scopes(), 0..=HOLDS),
        told in records(),
    ) {
        let mut holds = Holds::default();
        for (number, scope) in (0_u64..).zip(&scopes) {
            let act = HoldAct::Placed(placed(scope.clone()));
            holds.apply(&at(number, 0, "t1"), &act).unwrap();
        }
        let held = holds.compile(Timestamp::UNIX_EPOCH);
        let number = |hold: RecordId| {
            (0..HOLDS).find(|number| id(*number as u64) == hold).unwrap()
        };
        let by = |query: usize| told.found[number(held.queries()[query].0)];
        let some = (0..held.queries().len()).any(by);
        let finds = Finds { some, by: &by };
        let expected: Vec<usize> = (0..scopes.len())
            .filter(|number| naive(&scopes[*number], told.found[*number], &told))
            .collect();
        let all: Vec<usize> = held.all(&facts(&told), finds).into_iter().map(number).collect();
        prop_assert_eq!(&all, &expected);
        for (query, (hold, _)) in held.queries().iter().enumerate() {
            let scope = &scopes[number(*hold)];
            let only = Scope { query: scope.query.clone(), ..Scope::default() };
            prop_assert_eq!(held.alone()[query], *scope == only);
            // Such a hold holds whatever its query finds, be it judged or not.
            prop_assert!(!(held.alone()[query] && by(query)) || all.contains(&number(*hold)));
        }
        let first = held.first(&facts(&told), finds).map(number);
        match first {
            Some(hold) => prop_assert!(expected.contains(&hold)),
            None => prop_assert_eq!(expected, Vec::<usize>::new()),
        }
    }
}

#[test]
fn a_thread_that_is_none_holds_every_thread() {
    let mut holds = Holds::default();
    let scope = Scope { threads: vec!["of a newer build".into()], ..Scope::default() };
    holds.apply(&at(1, 0, "t1"), &HoldAct::Placed(placed(scope))).unwrap();
    let record = Facts { parties: vec![Mark::of("mira")], ..Facts::bare(Class::Message, hour(0)) };
    assert_eq!(holds.compile(hour(0)).first(&record, Finds::NOTHING), Some(id(1)));
}
