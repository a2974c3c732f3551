//! `muniment load`: measures a machine on a scratch archive.
//!
//! It says how fast, how long the slowest waited, and whether what was acknowledged
//! was on disk by then: as the database counts its own syncs, and by opening the
//! archive again. It never touches an archive that is there already.

mod append;
mod daemon;
mod deliver;
mod plan;
mod restart;
mod scratch;
mod synced;
mod waits;

use super::{Exit, Printer, Setting};

/// Measure this machine: fill a scratch archive, and say how fast and how safely.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment load deliver --deliveries 20000 --connections 16,64
  muniment load append --entries 1000000 --dir /srv/scratch
  muniment load append --entries 10000000 --dir /srv/scratch --crash
  muniment load restart --dir /srv/scratch
  muniment load plan --records 1000000 --holds 5000

The scratch archive is removed afterwards, unless --dir says where to leave it.
Measure on the disk that the archive will live on: TMPDIR is often in memory.")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Append(append::Args),
    Deliver(deliver::Args),
    Plan(plan::Args),
    Restart(restart::Args),
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match &args.what {
        What::Append(args) => append::run(args, setting, printer),
        What::Deliver(args) => deliver::run(args, setting, printer),
        What::Plan(args) => plan::run(args, setting, printer),
        What::Restart(args) => restart::run(args, setting, printer),
    }
}
