//! `muniment log`: what the operator and the auditor do with the log as such.

mod consistency;
mod export;
mod rotate;
mod timestamp;

use super::{Exit, Printer, Setting};

/// Export the log, and check what others keep of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment log export /srv/log
  muniment log consistency last-year.checkpoint today.checkpoint --key log.vkey

docs/OPERATING.md says what each of them is for.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Consistency(consistency::Args),
    Export(export::Args),
    Rotate(rotate::Args),
    Timestamp(timestamp::Args),
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match &args.act {
        Act::Consistency(args) => consistency::run(args, setting, printer),
        Act::Export(args) => export::run(args, setting, printer),
        Act::Rotate(args) => rotate::run(args, setting, printer),
        Act::Timestamp(args) => timestamp::run(args, setting, printer),
    }
}
