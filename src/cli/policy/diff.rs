//! `muniment policy diff`: what changes from one version of a schedule to the next.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::text::one_line;
use crate::cli::{Exit, Printer};
use crate::policy::{Change, Difference, Length, Period, Schedule, diff};

/// Tell for each rule what is longer, shorter, new, gone or otherwise changed.
///
/// What is longer counts for records that are there already, too. What is shorter counts
/// only for records that are logged after the new version was adopted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment policy diff ours-1.toml ours-2.toml
  muniment policy diff sec-17a-4 ours.toml
  muniment policy diff ours-1.toml ours-2.toml --json")]
pub(super) struct Args {
    /// The file that was adopted, or the name of a schedule that comes with the program.
    old: PathBuf,
    /// The file that is to be adopted.
    new: PathBuf,
    /// Print what changes as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let (old, new) = (super::schedule(&args.old)?, super::schedule(&args.new)?);
    let differences = diff(&old, &new);
    if args.json {
        printer.line(format!("{:#}", as_json(&old, &new, &differences)))?;
        return Ok(Exit::Fine);
    }
    tell_names(&old, &new, printer)?;
    let mut shortens = false;
    for Difference { rule, changes } in &differences {
        if changes.is_empty() {
            printer.line(printer.faint(format!("  same     {rule}")))?;
        }
        for change in changes {
            shortens |= change.shortens();
            let (word, what) = told(change);
            printer.line(format!("  {word:8} {rule}: {}", one_line(&what)))?;
        }
    }
    if shortens {
        printer.line(
            "What is shorter, gone or for other records counts only for records that are logged \
             after the new version was adopted: those that are there already keep the longer \
             time.",
        )?;
    }
    Ok(Exit::Fine)
}

/// What changes, for programs; `change` is the word that is printed for people.
fn as_json(old: &Schedule, new: &Schedule, differences: &[Difference]) -> Value {
    let version = |schedule: &Schedule| json!({"name": schedule.name, "version": schedule.version});
    let one = |change: &Change| {
        let (word, what) = told(change);
        json!({"of": of(change), "change": word, "shortens": change.shortens(), "what": what})
    };
    let rules: Vec<Value> = differences
        .iter()
        .map(|Difference { rule, changes }| {
            json!({"rule": rule, "changes": changes.iter().map(one).collect::<Vec<_>>()})
        })
        .collect();
    let changes = || differences.iter().flat_map(|difference| &difference.changes);
    json!({
        "old": version(old),
        "new": version(new),
        "can_follow": old.name == new.name && new.version > old.version,
        "shortens": changes().any(Change::shortens),
        "rules": rules,
    })
}

/// What of a rule changes, by its key in the file.
const fn of(change: &Change) -> &'static str {
    match change {
        Change::New { .. } | Change::Gone => "rule",
        Change::Keep(..) => "keep",
        Change::Max(..) => "max",
        Change::Starts(..) => "starts",
        Change::When => "when",
        Change::Definition => "definition",
        Change::Then(..) => "then",
        Change::Words => "words",
    }
}

fn tell_names(old: &Schedule, new: &Schedule, printer: &mut Printer<'_>) -> anyhow::Result<()> {
    let line =
        format!("{} version {} → {} version {}", old.name, old.version, new.name, new.version);
    printer.line(printer.strong(line))?;
    if old.name != new.name {
        printer.line(
            "  note     another name is another schedule: it is adopted beside the old one, not \
             in its place",
        )?;
    } else if new.version <= old.version {
        printer.line(format!(
            "  note     to be adopted the new file needs a greater version: write `version = {}`",
            old.version.saturating_add(1)
        ))?;
    }
    Ok(())
}

fn told(change: &Change) -> (&'static str, String) {
    match change {
        Change::New { keep, max } => ("new", limits(*keep, *max)),
        Change::Gone => ("gone", "there is no such rule any more".to_owned()),
        Change::Keep(length, from, to) => {
            (word(*length), format!("keeps for {} instead of {}", at_least(*to), at_least(*from)))
        }
        Change::Max(length, from, to) => {
            (word(*length), format!("keeps for {} instead of {}", at_most(*to), at_most(*from)))
        }
        Change::Starts(from, to) if from == to => {
            ("other", format!("its clock starts at the {to}, which is on another day"))
        }
        Change::Starts(from, to) => {
            ("other", format!("its clock starts at {to} instead of {from}"))
        }
        Change::When => ("other", "it is for other records: compare its `when`".to_owned()),
        Change::Definition => {
            ("other", "a lexicon or jurisdiction that it names has changed".to_owned())
        }
        Change::Then(from, to) => {
            let (from, to) = (from.as_str(), to.as_str());
            ("other", format!("its disposition is {to} instead of {from}"))
        }
        Change::Words => ("words", "title, authority or note read otherwise".to_owned()),
    }
}

const fn word(length: Length) -> &'static str {
    match length {
        Length::Longer => "longer",
        Length::Shorter => "shorter",
        Length::Same => "same",
        Length::Either => "either",
    }
}

fn limits(keep: Option<Period>, max: Option<Period>) -> String {
    match (keep, max) {
        (Some(_), Some(_)) => format!("keeps for {}, {}", at_least(keep), at_most(max)),
        (None, Some(_)) => format!("keeps for {}", at_most(max)),
        (_, None) => format!("keeps for {}", at_least(keep)),
    }
}

fn at_least(period: Option<Period>) -> String {
    period.map_or("no minimum".to_owned(), |period| format!("at least {period}"))
}

fn at_most(period: Option<Period>) -> String {
    period.map_or("no maximum".to_owned(), |period| format!("at most {period}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_the_same_as_people() {
        let text = |version: u32, keep: &str| {
            let head = format!("name = \"a\"\ntitle = \"A\"\nversion = {version}\n");
            let rule = |id: &str, keep: &str| {
                format!(
                    "[[rule]]\nid = \"{id}\"\ntitle = \"T\"\nauthority = [\"A\"]\n\
                     starts = \"message\"\nkeep = {{ {keep} }}\nthen = \"review\"\n"
                )
            };
            Schedule::parse(&format!("{head}{}{}", rule("one", keep), rule("two", "years = 1")))
        };
        let (old, new) = (text(1, "years = 2").unwrap(), text(2, "years = 1").unwrap());
        let shown = as_json(&old, &new, &diff(&old, &new));
        let expected = json!([
            {"rule": "one", "changes": [{"of": "keep", "change": "shorter", "shortens": true,
                "what": "keeps for at least 1 year instead of at least 2 years"}]},
            {"rule": "two", "changes": []},
        ]);
        assert_eq!(shown["rules"], expected);
        assert_eq!(shown["new"], json!({"name": "a", "version": 2}));
        assert_eq!((&shown["shortens"], &shown["can_follow"]), (&json!(true), &json!(true)));
        let back = as_json(&new, &old, &diff(&new, &old));
        assert_eq!((&back["shortens"], &back["can_follow"]), (&json!(false), &json!(false)));
    }
}
