//! `muniment load restart`: how long an archive takes to open again.

use std::path::PathBuf;
use std::time::Instant;

use super::scratch::Scratch;
use crate::cli::{Exit, Printer, Setting};

/// Open a scratch archive that was left, and say how long that took.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where it was left.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let scratch = Scratch::left_in(&args.dir)?;
    let start = Instant::now();
    let running = scratch.open(setting)?;
    let took = start.elapsed().as_secs_f64();
    printer.line(format!("opened     {} entries in {took:.2} s", running.log.size()))?;
    running.close()?;
    Ok(Exit::Fine)
}
