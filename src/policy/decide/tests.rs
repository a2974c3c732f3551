//! Precedence, versions, maxima; and everything at once against the model.

use proptest::prelude::*;
use proptest::sample::select;

use super::any::{histories, moments, some_facts};
use super::*;
use crate::record::Class;

const CAPTURED: &str = "2024-02-29T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn facts() -> Facts {
    Facts::bare(Class::Message, at(CAPTURED))
}

/// A schedule out of rules that are written in one line each: `id keep max then when`.
fn schedule(name: &str, version: u32, rules: &[&str]) -> Schedule {
    let mut text = format!("name = \"{name}\"\ntitle = \"T\"\nversion = {version}\n");
    for (place, rest) in rules.iter().enumerate() {
        let starts = if rest.contains("starts") { "" } else { "starts = \"message\"\n" };
        let then = if rest.contains("then") { "" } else { "then = \"destroy\"\n" };
        text += &format!("[[rule]]\nid = \"r{place}\"\ntitle = \"T\"\nauthority = [\"A\"]\n");
        text += &format!("{starts}{then}{rest}\n");
    }
    Schedule::parse(&text).unwrap_or_else(|bad| panic!("{bad:?}\n{text}"))
}

fn adopted(schedule: Schedule, since: u64, until: Option<u64>) -> Adopted {
    Adopted { schedule: Arc::new(schedule), sha256: [0; 32], since, until }
}

fn in_force(schedules: impl IntoIterator<Item = Schedule>) -> Vec<Adopted> {
    (0..).zip(schedules).map(|(since, schedule)| adopted(schedule, since, None)).collect()
}

fn due_at(adopted: &[Adopted], leaf: u64) -> String {
    match decide(adopted, leaf, &facts(), &Triggers::default()).due {
        Due::At(at) => at.to_string()[..10].to_owned(),
        Due::Waiting => "waiting".to_owned(),
        Due::Unruled => "unruled".to_owned(),
    }
}

fn winner(rules: &[&str], facts: &Facts) -> String {
    let decision = decide(&in_force([schedule("a", 1, rules)]), 9, facts, &Triggers::default());
    decision.winner().unwrap().rule.clone()
}

const YEAR: &str = "keep = { years = 1 }";

#[test]
fn a_record_of_no_rule_is_kept() {
    let other = schedule("a", 1, &["keep = { years = 1 }\nwhen = { class = [\"call\"] }"]);
    assert_eq!(due_at(&in_force([other]), 9), "unruled");
    assert_eq!(due_at(&[], 9), "unruled");
    let verdict = Rules::of(&[]).verdict(9, &facts(), &Triggers::default());
    assert_eq!(verdict, Verdict { due: Due::Unruled, max: None, by: None, then: None });
}

#[test]
fn the_longest_wins_over_schedules_and_rules() {
    let [one, three] = [schedule("a", 1, &[YEAR]), schedule("b", 1, &["keep = { years = 3 }"])];
    assert_eq!(due_at(&in_force([one.clone()]), 9), "2025-03-01");
    assert_eq!(due_at(&in_force([one, three]), 9), "2027-03-01");
    let both = schedule("a", 1, &["keep = { days = 364 }", YEAR]);
    assert_eq!(due_at(&in_force([both]), 9), "2025-03-01");
}

#[test]
fn what_waits_for_an_event_is_longer_than_any_date() {
    let waits = "keep = { days = 0 }\nstarts = { event = \"contract_end\" }";
    let schedules = in_force([schedule("a", 1, &["keep = { years = 100 }", waits])]);
    assert_eq!(due_at(&schedules, 9), "waiting");
    let ended = [
        (Mark::of("contract_end"), at("2150-01-01T00:00:00Z")),
        (Mark::of("contract_end"), at("2030-01-01T00:00:00Z")),
        (Mark::of("other"), at("2300-01-01T00:00:00Z")),
    ];
    let triggers = Triggers { events: &ended, ..Triggers::default() };
    let decision = decide(&schedules, 9, &facts(), &triggers);
    assert_eq!(decision.due, Due::At(at("2150-01-02T00:00:00Z")), "the latest of its name");
    let early = Triggers { events: &ended[1..], ..Triggers::default() };
    let decision = decide(&schedules, 9, &facts(), &early);
    assert_eq!(decision.due, Due::At(at("2124-03-01T00:00:00Z")));
    assert_eq!(decision.applied.len(), 2);
    assert_eq!(decision.winner().unwrap().rule, "r0");
}

#[test]
fn between_equals_explicit_goes_first_then_review_then_transfer() {
    let facts = Facts { tags: vec![Mark::of("x")], ..facts() };
    let rule = |then: &str, when: &str| format!("{YEAR}\nthen = \"{then}\"\n{when}");
    let tagged = rule("destroy", "when = { tag = [\"X\"] }");
    let [destroy, transfer, review] = ["destroy", "transfer", "review"].map(|then| rule(then, ""));
    assert_eq!(winner(&[&review, &tagged], &facts), "r1");
    assert_eq!(winner(&[&destroy, &transfer, &review], &facts), "r2");
    assert_eq!(winner(&[&transfer, &destroy], &facts), "r0");
    assert_eq!(winner(&[&destroy, &destroy], &facts), "r0");
    let [most, reviewed] =
        ["destroy", "review"].map(|then| format!("max = {{ days = 9 }}\nthen = \"{then}\""));
    assert_eq!(winner(&[&most, &most], &facts), "r0");
    assert_eq!(winner(&[&most, &reviewed], &facts), "r1");
    let longer = "keep = { months = 13 }";
    assert_eq!(winner(&[longer, &tagged], &facts), "r0", "length goes before explicitness");
}

#[test]
fn a_version_counts_if_it_was_in_force_or_came_later() {
    let version =
        |version, years| schedule("a", version, &[&format!("keep = {{ years = {years} }}")]);
    let history = [
        adopted(version(1, 3), 10, Some(20)),
        adopted(version(2, 1), 20, Some(30)),
        adopted(version(3, 2), 40, None),
    ];
    for (leaf, due) in [
        (5, "2027-03-01"),
        (15, "2027-03-01"),
        (19, "2027-03-01"),
        (20, "2026-03-01"),
        (29, "2026-03-01"),
        (35, "2026-03-01"),
        (45, "2026-03-01"),
    ] {
        assert_eq!(due_at(&history, leaf), due, "{leaf}");
    }
    let withdrawn = [adopted(version(1, 3), 10, Some(20))];
    assert_eq!(due_at(&withdrawn, 19), "2027-03-01");
    assert_eq!(due_at(&withdrawn, 20), "unruled");
}

#[test]
fn a_maximum_counts_where_no_minimum_is_longer() {
    let max = schedule("p", 1, &["max = { months = 6 }"]);
    assert_eq!(due_at(&in_force([max.clone()]), 9), "2024-08-30");
    let longer = decide(
        &in_force([max.clone(), schedule("a", 1, &[YEAR])]),
        9,
        &facts(),
        &Triggers::default(),
    );
    assert_eq!(
        (longer.due, longer.max),
        (Due::At(at("2025-03-01T00:00:00Z")), Some(at("2025-03-01T00:00:00Z")))
    );
    let shorter = schedule("a", 1, &["keep = { days = 1 }\nthen = \"review\""]);
    let decision = decide(&in_force([max, shorter]), 9, &facts(), &Triggers::default());
    assert_eq!(decision.due, Due::At(at("2024-03-02T00:00:00Z")));
    assert_eq!(decision.max, Some(at("2024-08-30T00:00:00Z")));
    assert_eq!(decision.winner().unwrap().schedule, "a");
}

#[test]
fn of_maxima_the_shortest_binds_but_nothing_adopted_later_shortens() {
    let max = |name: &str, version, months| {
        schedule(name, version, &[&format!("max = {{ months = {months} }}")])
    };
    assert_eq!(due_at(&in_force([max("p", 1, 6), max("q", 1, 3)]), 9), "2024-05-30");
    let history = [adopted(max("p", 1, 6), 10, Some(20)), adopted(max("p", 2, 3), 20, None)];
    assert_eq!(due_at(&history, 15), "2024-08-30");
    assert_eq!(due_at(&history, 25), "2024-05-30");
    let history = [adopted(max("p", 1, 6), 10, None), adopted(max("q", 1, 3), 20, None)];
    assert_eq!(due_at(&history, 15), "2024-08-30", "another schedule does not either");
    assert_eq!(due_at(&history, 25), "2024-05-30");
    let shorter = || schedule("a", 1, &["keep = { days = 1 }"]);
    let history = [adopted(max("p", 1, 6), 10, None), adopted(shorter(), 20, None)];
    assert_eq!(due_at(&history, 15), "2024-08-30", "nor does a minimum");
    assert_eq!(due_at(&history, 25), "2024-03-02");
    let history = [adopted(shorter(), 10, None), adopted(max("p", 2, 3), 20, None)];
    let old = decide(&history, 15, &facts(), &Triggers::default());
    assert_eq!((old.due, old.max), (Due::At(at("2024-03-02T00:00:00Z")), None));
    let new = decide(&history, 25, &facts(), &Triggers::default());
    assert_eq!(new.max, Some(at("2024-05-30T00:00:00Z")));
}

#[test]
fn a_tag_counts_from_the_beginning_or_lengthens() {
    let most = "max = { months = 6 }";
    let tagged = |rule: &str| format!("{rule}\nwhen = {{ tag = [\"x\"] }}");
    let rules = |rule: &str| in_force([schedule("a", 1, &[most, &tagged(rule)])]);
    let due = |rule: &str, since: Vec<u64>| {
        let facts = Facts { tags: vec![Mark::of("x")], tags_since: since, ..facts() };
        let decision = decide(&rules(rule), 9, &facts, &Triggers::default());
        (decision.due, decision.applied.len())
    };
    let on = |day: &str, rules| (Due::At(at(&format!("{day}T00:00:00Z"))), rules);
    // Put before the record came: it is as any other condition.
    assert_eq!(due("keep = { days = 1 }", vec![3]), on("2024-03-02", 2));
    assert_eq!(due("keep = { days = 1 }", vec![]), on("2024-03-02", 2));
    assert_eq!(due("max = { days = 0 }", vec![3]), on("2024-03-01", 2));
    // Put on what was there: what is shorter than what stood does not count.
    assert_eq!(due("keep = { days = 1 }", vec![20]), on("2024-08-30", 2));
    assert_eq!(due("max = { days = 0 }", vec![20]), on("2024-08-30", 2));
    assert_eq!(due(YEAR, vec![20]), on("2025-03-01", 2));
}

#[test]
fn the_clock_can_start_with_the_last_message_of_the_conversation() {
    let adopted =
        in_force([schedule("a", 1, &["keep = { years = 1 }\nstarts = \"last_of_thread\""])]);
    let rules = Rules::of(&adopted);
    assert!(rules.need_threads() && !rules.need_events());
    let due = |last: Option<&str>| {
        let triggers = Triggers { last_of_thread: last.map(at), ..Triggers::default() };
        rules.verdict(9, &facts(), &triggers).due
    };
    assert_eq!(due(Some("2026-05-05T05:00:00Z")), Due::At(at("2027-05-06T00:00:00Z")));
    assert_eq!(due(None), Due::At(at("2025-03-01T00:00:00Z")));
    assert_eq!(due(Some("2020-01-01T00:00:00Z")), Due::At(at("2025-03-01T00:00:00Z")));
}

#[test]
fn a_decision_tells_every_rule_and_is_kept_as_json() {
    let waits =
        "keep = { years = 2 }\nstarts = { event = \"contract_end\", from = \"end_of_year\" }";
    let decision =
        decide(&in_force([schedule("a", 7, &[YEAR, waits])]), 9, &facts(), &Triggers::default());
    let [first, second] = decision.applied.as_slice() else { panic!("{decision:?}") };
    assert_eq!((first.schedule.as_str(), first.version, first.rule.as_str()), ("a", 7, "r0"));
    assert_eq!((first.starts, first.due), (Some(at(CAPTURED)), Some(at("2025-03-01T00:00:00Z"))));
    assert_eq!(second.clock, "end of the year of the event contract_end");
    assert_eq!((second.starts, second.due, second.keep.unwrap().years), (None, None, 2));
    assert_eq!(decision.by, Some(1));
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_decision_is_the_models(
        history in histories(), leaf in 0..10_u64, facts in some_facts(),
        last_of_thread in prop::option::of(moments()),
        events in prop::collection::vec((select(vec![Mark::of("e"), Mark::of("f")]), moments()), 0..3),
    ) {
        let triggers = Triggers { last_of_thread, events: &events };
        let rules = Rules::of(&history);
        let decision = rules.decide(leaf, &facts, &triggers);
        let model = model::decide(&history, leaf, &facts, &triggers);
        prop_assert_eq!(decision.due, model.due);
        prop_assert_eq!(decision.max, model.max);
        prop_assert_eq!(decision.applied.len(), model.applied);
        let verdict = rules.verdict(leaf, &facts, &triggers);
        prop_assert_eq!((verdict.due, verdict.max), (model.due, model.max));
        let named = verdict.by.and_then(|by| rules.rule(by)).map(|(adopted, rule)| {
            (adopted.schedule.name.clone(), adopted.schedule.version, rule.id.clone())
        });
        prop_assert_eq!(verdict.then, decision.winner().map(|winner| winner.then));
        let winner = decision.winner().map(|won| (won.schedule.clone(), won.version, won.rule.clone()));
        prop_assert_eq!(&winner, &named);
        prop_assert_eq!(named, model.by);
    }

    #[test]
    fn no_tag_that_is_put_on_a_record_makes_it_due_sooner(
        history in histories(), leaf in 0..10_u64, facts in some_facts(), put in 10..14_u64,
    ) {
        let due = |facts: &Facts| decide(&history, leaf, facts, &Triggers::default()).due;
        let mut more = facts.clone();
        more.tags.push(Mark::of("v"));
        more.tags.push(Mark::of("t"));
        let last = facts.tags_since.last().copied().unwrap_or(0).max(put);
        more.tags_since.extend([last, last + 1]);
        match (due(&facts), due(&more)) {
            (Due::At(before), Due::At(after)) => prop_assert!(after >= before),
            (Due::Waiting, after) => prop_assert_eq!(after, Due::Waiting),
            (Due::At(_), Due::Waiting) | (Due::Unruled, _) => {}
            (Due::At(_), Due::Unruled) => prop_assert!(false, "a rule was lost"),
        }
    }

    #[test]
    fn nothing_adopted_later_makes_a_record_due_sooner(
        history in histories(), mut later in histories(), leaf in 0..10_u64, facts in some_facts(),
    ) {
        for adopted in &mut later {
            // After the record and after all that was adopted before.
            adopted.since += 20;
            adopted.until = adopted.until.map(|until| until + 20);
        }
        let before = decide(&history, leaf, &facts, &Triggers::default()).due;
        let more = [history, later].concat();
        let after = decide(&more, leaf, &facts, &Triggers::default()).due;
        match (before, after) {
            (Due::At(before), Due::At(after)) => prop_assert!(after >= before),
            (Due::Waiting, after) => prop_assert_eq!(after, Due::Waiting),
            (Due::At(_), Due::Waiting) | (Due::Unruled, _) => {}
            (Due::At(_), Due::Unruled) => prop_assert!(false, "a rule was lost"),
        }
    }
}
