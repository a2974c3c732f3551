//! `muniment policy explain` and `simulate`: what schedules come to.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::remote::{Remote, RemoteArgs, record_path};
use crate::cli::text::{one_line, safe};
use crate::cli::{Exit, Printer, Setting, words};
use crate::disposition::{Explained, Simulated};
use crate::policy::{Applied, Due};
use crate::record::RecordId;

/// Explain how long a record is kept: every rule that is for it, and every hold.
///
/// Nothing of its content is shown, so that no reading is written down.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// The record's id: 32 hexadecimal digits.
    record: RecordId,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// Try a schedule out: what would be due now and in 1, 5 and 10 years, if it were adopted.
///
/// Nothing is written down. It counts the records that there are now.
#[derive(Debug, clap::Args)]
pub(super) struct SimulateArgs {
    /// The file, or the name of a schedule that is shipped.
    file: PathBuf,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

pub(super) fn explain(
    args: &ExplainArgs,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let answer = remote.get(&record_path(args.record, "retention"), &[])?;
    remote.print(&answer, args.json, printer, print)
}

pub(super) fn simulate(
    args: &SimulateArgs,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let text = super::text(&args.file)?;
    let remote = Remote::of(&args.remote, setting)?;
    let answer = remote.post_file("/v1/schedules/simulate", "application/toml", text.as_bytes())?;
    remote.print(&answer, args.json, printer, print_simulated)
}

fn print(explained: &Explained, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let Explained { record, entry, captured, decision, tags, holds, bound, for_life, may_go } =
        explained;
    let told = match decision.due {
        _ if *for_life => "it is a decision, kept for the life of the archive".to_owned(),
        Due::Unruled => "no rule is for it: it is kept".to_owned(),
        Due::Waiting => "it is kept until something is told of that has not come".to_owned(),
        Due::At(due) => format!("its rules keep it until {}", words::moment(due)),
    };
    printer.line(printer.strong(format!("{record}: {told}")))?;
    printer.line(format!("  entry {entry}, taken in {}", words::moment(*captured)))?;
    for tag in tags {
        printer.line(format!("  tagged {}", safe(tag)))?;
    }
    for (place, rule) in decision.applied.iter().enumerate() {
        print_rule(rule, decision.by == Some(place), printer)?;
    }
    for hold in holds {
        printer.line(printer.strong(format!("  held by {hold}")))?;
    }
    if let Some(bound) = bound.as_ref().filter(|_| !for_life) {
        printer.line(format!("  kept, because {}", one_line(bound)))?;
    }
    let may_go = if *may_go { "it may be destroyed now" } else { "it may not be destroyed now" };
    printer.line(format!("  {may_go}"))
}

fn print_rule(rule: &Applied, decides: bool, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let Applied { schedule, version, rule: id, authority, clock, starts, keep, due, .. } = rule;
    let mark = if decides { "*" } else { " " };
    let day = |at: &Option<Timestamp>| at.map_or("not yet".to_owned(), words::moment);
    let mut told =
        format!("{mark} {schedule} {version}, rule {id}: from {clock} ({})", day(starts));
    if let Some(keep) = keep {
        told.push_str(&format!(", at least {keep} ({})", day(due)));
    }
    if let Some(max) = &rule.max {
        told.push_str(&format!(", at most {max} ({})", day(&rule.must_go)));
    }
    told.push_str(&format!(", then {}", rule.then.as_str()));
    printer.line(one_line(&told))?;
    for cited in authority {
        printer.line(printer.faint(format!("    {}", one_line(cited))))?;
    }
    Ok(())
}

fn print_simulated(simulated: &Simulated, printer: &mut Printer<'_>) -> std::io::Result<()> {
    let Simulated { schedule, version, horizons, rules, waiting, unruled } = simulated;
    let title = format!("If {schedule} {version} were adopted now, these would be due:");
    printer.line(printer.strong(title))?;
    let columns = |numbers: &mut dyn Iterator<Item = u64>| -> String {
        numbers.map(|number| format!("{number:>12}")).collect()
    };
    let heads = horizons.iter().map(|horizon| match horizon.years {
        0 => format!("{:>12}", "now"),
        years => format!("{:>12}", format!("in {years} y")),
    });
    printer.line(format!("{:40}{}", "", heads.collect::<String>()))?;
    for rule in rules {
        let name = format!("{} {}, {}", rule.schedule, rule.version, rule.rule);
        printer.line(format!("{name:40}{}", columns(&mut rule.due.iter().copied())))?;
    }
    let due = columns(&mut horizons.iter().map(|horizon| horizon.due));
    printer.line(format!("{:40}{due}", "all"))?;
    let held = columns(&mut horizons.iter().map(|horizon| horizon.held));
    printer.line(format!("{:40}{held}", "of those held now"))?;
    printer.line(format!("{waiting} wait for an event; for {unruled} there is no rule: kept"))
}
