//! `muniment policy`: retention schedules as files, and what is in force of them.

mod adopted;
mod check;
mod diff;
mod effect;
mod list;
mod show;

use std::path::Path;

use anyhow::Context as _;

use super::{Exit, Printer, Setting, input};
use crate::policy::{SCHEDULE_BYTES_MAX, Schedule, shipped};

/// Read, check, compare and adopt retention schedules.
///
/// A schedule is a file of rules: which records are kept, how long, from when, why,
/// and what happens then. Those that come with the program are templates: none is in
/// force before somebody adopts it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment policy list
  muniment policy show sec-17a-4 > ours.toml
  muniment policy check ours.toml
  muniment policy diff sec-17a-4 ours.toml
  muniment policy simulate ours.toml
  muniment policy adopt ours.toml --because 'Resolution of the board, 3 November'
  muniment policy explain RECORD

docs/GOVERNANCE.md says how schedules are written and what they mean.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    List(list::Args),
    Show(show::Args),
    Check(check::Args),
    Diff(diff::Args),
    Simulate(effect::SimulateArgs),
    Adopt(adopted::AdoptArgs),
    Withdraw(adopted::WithdrawArgs),
    Adopted(adopted::AdoptedArgs),
    Explain(effect::ExplainArgs),
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match &args.act {
        Act::List(args) => list::run(args, printer),
        Act::Show(args) => show::run(args, printer),
        Act::Check(args) => check::run(args, printer),
        Act::Diff(args) => diff::run(args, printer),
        Act::Simulate(args) => effect::simulate(args, setting, printer),
        Act::Adopt(args) => adopted::adopt(args, setting, printer),
        Act::Withdraw(args) => adopted::withdraw(args, setting, printer),
        Act::Adopted(args) => adopted::list(args, setting, printer),
        Act::Explain(args) => effect::explain(args, setting, printer),
    }
}

/// The text of a schedule: of the file, or, where there is none, of the one that is
/// shipped under that name.
fn text(place: &Path) -> anyhow::Result<String> {
    let name = place.to_str().unwrap_or_default();
    match shipped::shipped(name) {
        Some(shipped) if !place.exists() => Ok(shipped.text.to_owned()),
        Some(_) | None => input::read_text(place, SCHEDULE_BYTES_MAX),
    }
}

/// A schedule that must be right to go on.
fn schedule(place: &Path) -> anyhow::Result<Schedule> {
    let told =
        || format!("{} is no schedule: `muniment policy check` tells all of it", place.display());
    Schedule::parse(&text(place)?).with_context(told)
}
