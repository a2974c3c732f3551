//! `muniment policy check`: what is wrong with schedules, and what is doubtful.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::text::one_line;
use crate::cli::{Exit, Printer};
use crate::policy::{Problem, Schedule, names_decisions, uncovered, warnings};
use crate::record::Class;

/// Check schedules, and tell all that is wrong or doubtful with the line it is on.
///
/// Doubtful are: a rule that matches nothing; a maximum below a minimum for the same
/// records (the minimum wins); a definition that no rule names; a class of records that no
/// rule of all the files together is for (such records are kept until one is).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment policy check ours.toml
  muniment policy check sec-17a-4 finra-4511 ours.toml

Exit codes: 0 nothing is wrong, whatever is doubtful; 3 something is wrong; 1 a file could
not be read.")]
pub(super) struct Args {
    /// Files, or names of schedules that come with the program.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// Of rules for the class `governance`.
const FOR_LIFE: &str = "  note   decisions (class governance) are kept for the life of the archive: \
     rules for them say how long they are owed, and destroy nothing";

/// What was found in one file.
struct Found<'a> {
    file: &'a Path,
    /// The schedule, or what is wrong.
    read: Result<Schedule, Vec<Problem>>,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let mut all = vec![];
    for file in &args.files {
        let read = Schedule::parse(&super::text(file)?).map_err(|bad| bad.problems);
        all.push(Found { file, read });
    }
    let right: Vec<&Schedule> = all.iter().filter_map(|found| found.read.as_ref().ok()).collect();
    let is_right = right.len() == all.len();
    // A file that cannot be read as a whole may well cover what the others leave.
    let left = if is_right { uncovered(&right) } else { vec![] };
    if args.json {
        let files: Vec<Value> = all.iter().map(Found::as_json).collect();
        let shown = json!({"right": is_right, "files": files, "uncovered": left});
        printer.line(format!("{shown:#}"))?;
    } else {
        for found in &all {
            found.tell(printer)?;
        }
        tell_uncovered(&left, printer)?;
        if right.iter().any(|schedule| names_decisions(schedule)) {
            printer.line(FOR_LIFE)?;
        }
    }
    Ok(if is_right { Exit::Fine } else { Exit::Wrong })
}

impl Found<'_> {
    fn tell(&self, printer: &mut Printer<'_>) -> anyhow::Result<()> {
        let file = self.file.display();
        match &self.read {
            Ok(schedule) => {
                let Schedule { name, version, rules, .. } = schedule;
                let rules = match rules.len() {
                    1 => "1 rule".to_owned(),
                    count => format!("{count} rules"),
                };
                printer.line(format!("{file}: right ({name} version {version}, {rules})"))?;
                for warning in warnings(schedule) {
                    tell(printer, &file, "note", &warning)?;
                }
            }
            Err(problems) => {
                printer.line(printer.strong(format!("{file}: WRONG, cannot be adopted")))?;
                for problem in problems {
                    tell(printer, &file, "WRONG", problem)?;
                }
            }
        }
        Ok(())
    }

    fn as_json(&self) -> Value {
        let problems = |problems: &[Problem]| -> Vec<Value> {
            let shown = |problem: &Problem| json!({"line": problem.line, "what": problem.what});
            problems.iter().map(shown).collect()
        };
        let file = self.file.display().to_string();
        match &self.read {
            Ok(schedule) => json!({
                "file": file,
                "right": true,
                "name": schedule.name,
                "version": schedule.version,
                "rules": schedule.rules.len(),
                "warnings": problems(&warnings(schedule)),
            }),
            Err(wrong) => json!({"file": file, "right": false, "errors": problems(wrong)}),
        }
    }
}

fn tell(
    printer: &mut Printer<'_>,
    file: &impl std::fmt::Display,
    word: &str,
    problem: &Problem,
) -> anyhow::Result<()> {
    let what = one_line(&problem.what);
    printer.line(format!("  {word:5}  {file}:{}: {what}", problem.line))?;
    Ok(())
}

fn tell_uncovered(left: &[Class], printer: &mut Printer<'_>) -> anyhow::Result<()> {
    if !left.is_empty() {
        let left = left.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", ");
        printer.line(format!(
            "  note   no rule is for the classes {left}: their records are kept, and reported, \
             until one is"
        ))?;
    }
    Ok(())
}
