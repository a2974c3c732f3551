//! What changes between two versions of a schedule.

use std::cmp::Ordering;

use super::period::{Period, compare};
use super::schedule::{Rule, Schedule, Starts, Then};

/// What changes for one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The rule's id.
    pub rule: String,
    /// What changes; empty where nothing does.
    pub changes: Vec<Change>,
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was no such rule.
    New {
        /// Its minimum.
        keep: Option<Period>,
        /// Its maximum.
        max: Option<Period>,
    },
    /// There is no such rule any more.
    Gone,
    /// The minimum is another.
    Keep(Length, Option<Period>, Option<Period>),
    /// The maximum is another.
    Max(Length, Option<Period>, Option<Period>),
    /// The clock starts otherwise.
    Starts(Starts, Starts),
    /// It is for other records.
    When,
    /// A lexicon or jurisdiction that it names is another.
    Definition,
    /// Something else happens then.
    Then(Then, Then),
    /// Title, authority or note read otherwise.
    Words,
}

/// How a period compares with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Longer, whatever day it starts on.
    Longer,
    /// Shorter, whatever day it starts on.
    Shorter,
    /// Equally long in other words.
    Same,
    /// Longer or shorter, as the months fall.
    Either,
}

/// What changes from one version to another: a line for each rule of either.
pub fn diff(old: &Schedule, new: &Schedule) -> Vec<Difference> {
    let gone = old.rules.iter().filter(|rule| new.rule(&rule.id).is_none());
    let now = new.rules.iter().map(|rule| {
        let changes = match old.rule(&rule.id) {
            Some(before) => changes(before, old, rule, new),
            None => vec![Change::New { keep: rule.keep, max: rule.max }],
        };
        Difference { rule: rule.id.clone(), changes }
    });
    let gone = gone.map(|rule| Difference { rule: rule.id.clone(), changes: vec![Change::Gone] });
    now.chain(gone).collect()
}

impl Change {
    /// Whether records may be kept for a shorter time than by the version before.
    pub const fn shortens(&self) -> bool {
        match self {
            Self::Gone | Self::When | Self::Definition | Self::Starts(..) => true,
            Self::Keep(length, ..) | Self::Max(length, ..) => {
                matches!(length, Length::Shorter | Length::Either)
            }
            Self::New { max, .. } => max.is_some(),
            Self::Then(..) | Self::Words => false,
        }
    }
}

fn changes(before: &Rule, old: &Schedule, now: &Rule, new: &Schedule) -> Vec<Change> {
    let mut changes = vec![];
    if before.keep != now.keep {
        // Without a minimum a rule keeps nothing.
        let length = length(before.keep, now.keep, Length::Longer);
        changes.push(Change::Keep(length, before.keep, now.keep));
    }
    if before.max != now.max {
        // Without a maximum nothing has to go.
        let length = length(before.max, now.max, Length::Shorter);
        changes.push(Change::Max(length, before.max, now.max));
    }
    if before.starts != now.starts || fiscal_year_moved(now, old, new) {
        changes.push(Change::Starts(before.starts.clone(), now.starts.clone()));
    }
    if before.when != now.when {
        changes.push(Change::When);
    } else if definitions(before, old) != definitions(now, new) {
        changes.push(Change::Definition);
    }
    if before.then != now.then {
        changes.push(Change::Then(before.then, now.then));
    }
    let words = |rule: &Rule| (rule.title.clone(), rule.authority.clone(), rule.note.clone());
    if words(before) != words(now) {
        changes.push(Change::Words);
    }
    changes
}

fn length(before: Option<Period>, now: Option<Period>, when_new: Length) -> Length {
    let when_gone = match when_new {
        Length::Longer => Length::Shorter,
        Length::Shorter => Length::Longer,
        length @ (Length::Same | Length::Either) => length,
    };
    match (before, now) {
        (None, None) => Length::Same,
        (None, Some(_)) => when_new,
        (Some(_), None) => when_gone,
        (Some(before), Some(now)) => match compare(now, before) {
            Some(Ordering::Greater) => Length::Longer,
            Some(Ordering::Less) => Length::Shorter,
            Some(Ordering::Equal) => Length::Same,
            None => Length::Either,
        },
    }
}

fn fiscal_year_moved(rule: &Rule, old: &Schedule, new: &Schedule) -> bool {
    rule.starts.from == super::Rounding::EndOfFiscalYear
        && old.fiscal_year_end != new.fiscal_year_end
}

/// What a rule's names mean, without where they stand in the file.
fn definitions(rule: &Rule, schedule: &Schedule) -> Vec<String> {
    let lexicons =
        schedule.lexicons.iter().filter(|lexicon| rule.when.lexicons.contains(&lexicon.name));
    let places =
        schedule.places.iter().filter(|place| rule.when.jurisdictions.contains(&place.name));
    let lexicons = lexicons.map(|lexicon| format!("{:?} {:?}", lexicon.kind, lexicon.words));
    let places = places.map(|place| format!("{:?} {:?}", place.calling, place.numbers));
    lexicons.chain(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"
name = "a"
title = "A"
version = 1
[[lexicon]]
name = "words"
words = ["one"]
[[rule]]
id = "stays"
title = "T"
authority = ["A"]
starts = "message"
keep = { years = 1 }
max = { years = 5 }
then = "review"
when = { lexicon = ["words"] }
[[rule]]
id = "goes"
title = "T"
authority = ["A"]
starts = "message"
keep = { years = 1 }
then = "review"
"#;

    fn changed(replace: &str, by: &str) -> Vec<Change> {
        assert!(OLD.contains(replace), "{replace}");
        let schedule = |text: &str| Schedule::parse(text).unwrap();
        let mut found = diff(&schedule(OLD), &schedule(&OLD.replacen(replace, by, 1)));
        found.remove(0).changes
    }

    #[test]
    fn a_period_is_longer_or_shorter_than_before() {
        for (keep, length) in [
            ("{ years = 2 }", Length::Longer),
            ("{ days = 364 }", Length::Shorter),
            ("{ months = 12 }", Length::Same),
            ("{ days = 365 }", Length::Shorter),
            ("{ months = 1, days = 335 }", Length::Either),
        ] {
            let changes = changed("keep = { years = 1 }", &format!("keep = {keep}"));
            assert!(
                matches!(changes.as_slice(), [Change::Keep(found, ..)] if *found == length),
                "{keep}: {changes:?}"
            );
            let shortens = matches!(length, Length::Shorter | Length::Either);
            assert_eq!(changes[0].shortens(), shortens, "{keep}");
        }
        let changes = changed("keep = { years = 1 }\n", "");
        assert!(matches!(changes.as_slice(), [Change::Keep(Length::Shorter, Some(_), None)]));
        let changes = changed("max = { years = 5 }\n", "");
        assert!(matches!(changes.as_slice(), [Change::Max(Length::Longer, Some(_), None)]));
    }

    #[test]
    fn whatever_else_changes_is_told() {
        for (replace, by, shortens) in [
            (
                "starts = \"message\"",
                "starts = { trigger = \"message\", from = \"end_of_year\" }",
                true,
            ),
            ("when = {", "when = { class = [\"call\"],", true),
            ("[\"one\"]", "[\"one\", \"two\"]", true),
            ("then = \"review\"", "then = \"destroy\"", false),
            ("authority = [\"A\"]", "authority = [\"B\"]", false),
        ] {
            let changes = changed(replace, by);
            assert_eq!(changes.len(), 1, "{replace}: {changes:?}");
            assert_eq!(changes[0].shortens(), shortens, "{replace}");
        }
        assert!(changed("version = 1", "version = 2").is_empty());
        let moved = changed("starts = \"message\"", "starts = \"captured\"");
        assert!(matches!(moved.as_slice(), [Change::Starts(..)]));
    }

    #[test]
    fn rules_come_and_go() {
        let old = Schedule::parse(OLD).unwrap();
        let new = Schedule::parse(&OLD.replacen("id = \"goes\"", "id = \"comes\"", 1)).unwrap();
        let found = diff(&old, &new);
        let names: Vec<&str> = found.iter().map(|difference| difference.rule.as_str()).collect();
        assert_eq!(names, ["stays", "comes", "goes"]);
        assert!(matches!(found[1].changes.as_slice(), [Change::New { keep: Some(_), max: None }]));
        assert_eq!(found[2].changes, [Change::Gone]);
    }
}
