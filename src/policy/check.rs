//! What is doubtful about a schedule that can be read: it may be meant, and often
//! is not.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::period::compare;
use super::schedule::{Problem, Rule, Schedule, When};
use crate::record::Class;

/// What is doubtful about a schedule, in the order of its file.
pub fn warnings(schedule: &Schedule) -> Vec<Problem> {
    let mut found = vec![];
    for rule in &schedule.rules {
        let line = rule.line;
        let warn = |what| Problem { line, what };
        found.extend(never(rule).map(warn));
        found.extend(too_short(rule, schedule).map(warn));
    }
    found.extend(unused(schedule));
    found.sort_by_key(|problem| problem.line);
    found
}

/// The classes whose records no rule of any of these schedules can be for: they are
/// kept until somebody adopts a rule.
pub fn uncovered(schedules: &[&Schedule]) -> Vec<Class> {
    let rules = || schedules.iter().flat_map(|schedule| &schedule.rules);
    Class::ALL.into_iter().filter(|class| !rules().any(|rule| rule.is_for(*class))).collect()
}

/// Whether a schedule says how long decisions are kept. They are kept for the life of the
/// archive, and no rule destroys them.
pub fn names_decisions(schedule: &Schedule) -> bool {
    schedule.rules.iter().any(|rule| rule.when.classes.contains(&Class::Governance))
}

/// Why a rule is for no record.
fn never(rule: &Rule) -> Option<String> {
    let When { classes, templates, .. } = &rule.when;
    let id = &rule.id;
    // A medium has the facts of the message that brought it.
    let has_record = |class: &Class| class.holds_record() || *class == Class::Medium;
    if classes.is_empty() {
        return None;
    }
    if !classes.iter().any(has_record) && rule.when.needs_a_record() {
        return Some(format!(
            "rule `{id}` matches nothing: records of its classes have neither source nor \
             direction, party, number, template, jurisdiction, tags or text"
        ));
    }
    let priced = [Class::Status, Class::Account];
    if !templates.is_empty() && !classes.iter().any(|class| priced.contains(class)) {
        return Some(format!(
            "rule `{id}` matches nothing: the category of a template is known of the classes \
             status and account alone; name one of them, or leave `template_category` out"
        ));
    }
    None
}

/// That a rule's maximum is shorter than a minimum for the same records.
fn too_short(rule: &Rule, schedule: &Schedule) -> Option<String> {
    let max = rule.max?;
    let other = schedule.rules.iter().find(|other| {
        other.starts == rule.starts
            && other.keep.is_some_and(|keep| compare(keep, max) != Some(Ordering::Less))
            && other.keep.is_some_and(|keep| compare(keep, max) != Some(Ordering::Equal))
            && can_overlap(&rule.when, &other.when)
    })?;
    let keep = other.keep?;
    Some(format!(
        "rule `{}` keeps for at most {max}, and `{}` for at least {keep}: where both are for a \
         record the minimum wins",
        rule.id, other.id
    ))
}

/// Whether one record can fulfil both: it has one class, source, direction and
/// template, but several parties, numbers, tags and hits.
fn can_overlap(one: &When, other: &When) -> bool {
    share(&one.classes, &other.classes)
        && share(&one.sources, &other.sources)
        && share(&one.templates, &other.templates)
        && one.direction.zip(other.direction).is_none_or(|(one, other)| one == other)
}

fn share<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|value| other.contains(value))
}

/// Definitions that no rule names.
fn unused(schedule: &Schedule) -> Vec<Problem> {
    let whens = || schedule.rules.iter().map(|rule| &rule.when);
    let lexicons: HashSet<&String> = whens().flat_map(|when| &when.lexicons).collect();
    let places: HashSet<&String> = whens().flat_map(|when| &when.jurisdictions).collect();
    let warn = |what: &str, name: &str, line| Problem {
        line,
        what: format!("no rule names the {what} `{name}`: name it in a `when`, or leave it out"),
    };
    let idle = schedule.lexicons.iter().filter(|lexicon| !lexicons.contains(&lexicon.name));
    let mut found: Vec<Problem> =
        idle.map(|lexicon| warn("lexicon", &lexicon.name, lexicon.line)).collect();
    let idle = schedule.places.iter().filter(|place| !places.contains(&place.name));
    found.extend(idle.map(|place| warn("jurisdiction", &place.name, place.line)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(rules: &str) -> Schedule {
        let text = format!("name = \"a\"\ntitle = \"A\"\nversion = 1\n{rules}");
        Schedule::parse(&text).unwrap_or_else(|bad| panic!("{bad:?}"))
    }

    fn rule(id: &str, rest: &str) -> String {
        let head = format!("[[rule]]\nid = \"{id}\"\ntitle = \"T\"\nauthority = [\"A\"]\n");
        format!("{head}starts = \"message\"\nthen = \"review\"\n{rest}\n")
    }

    fn told(rules: &[String]) -> Vec<String> {
        warnings(&schedule(&rules.concat())).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_maximum_below_a_minimum_is_told() {
        let long = rule("long", "keep = { years = 3 }\nwhen = { class = [\"message\", \"call\"] }");
        let short = rule("short", "max = { months = 35 }\nwhen = { class = [\"call\"] }");
        let found = told(&[long.clone(), short]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("line 12: rule `short` keeps for at most 35 months"),
            "{found:?}"
        );
        let elsewhere = rule("short", "max = { months = 35 }\nwhen = { class = [\"status\"] }");
        let enough = rule("short", "max = { months = 36 }");
        for other in [elsewhere, enough] {
            assert!(told(&[long.clone(), other.clone()]).is_empty(), "{other}");
        }
        assert_eq!(told(&[rule("own", "keep = { days = 2 }\nmax = { days = 1 }")]).len(), 1);
    }

    #[test]
    fn a_rule_that_matches_nothing_is_told() {
        for when in [
            "class = [\"delivery\", \"access\"], direction = \"inbound\"",
            "class = [\"message\"], template_category = [\"marketing\"]",
            "class = [\"access\"], tag = [\"x\"]",
        ] {
            let found =
                told(&[rule("none", &format!("keep = {{ days = 1 }}\nwhen = {{ {when} }}"))]);
            assert!(matches!(found.as_slice(), [one] if one.contains("matches nothing")), "{when}");
        }
        for when in [
            "class = [\"delivery\", \"message\"], direction = \"inbound\"",
            "class = [\"medium\"], party = [\"1\"]",
            "template_category = [\"marketing\"]",
            "class = [\"status\"], tag = [\"x\"]",
        ] {
            let found =
                told(&[rule("some", &format!("keep = {{ days = 1 }}\nwhen = {{ {when} }}"))]);
            assert!(found.is_empty(), "{when}: {found:?}");
        }
    }

    #[test]
    fn a_definition_that_no_rule_names_is_told() {
        let text = "[[lexicon]]\nname = \"x\"\nwords = [\"w\"]\n[[jurisdiction]]\nname = \"y\"\ncalling = [\"49\"]\n";
        let found = told(&[text.to_owned(), rule("a", "keep = { days = 1 }")]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("lexicon `x`") && found[1].contains("jurisdiction `y`"));
    }

    #[test]
    fn classes_that_no_schedule_covers_are_found() {
        let messages =
            schedule(&rule("m", "keep = { days = 1 }\nwhen = { class = [\"message\"] }"));
        let all = schedule(&rule("all", "keep = { days = 1 }"));
        let left = uncovered(&[&messages]);
        assert_eq!(left.len(), Class::ALL.len() - 1);
        assert!(!left.contains(&Class::Message));
        assert!(uncovered(&[&messages, &all]).is_empty());
    }
}
