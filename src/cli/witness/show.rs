//! `muniment witness status`.

use std::path::PathBuf;

use super::super::words::moment;
use super::super::{Exit, Printer};
use crate::witness::{Directory, Fork, LogStatus, status};

/// Show what was cosigned last for each log, and whether one contradicted itself.
///
/// It reads the directory, beside a running witness.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment witness status /srv/witness
  muniment witness status /srv/witness --json

Exit codes: 0 nothing is wrong; 3 a log has two histories, and the proof is kept, or the
witness's own files are damaged; 4 a fork is suspected, but not proven; 1 it failed.")]
pub(super) struct Args {
    /// The witness's directory.
    dir: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    #[cfg(test)]
    pub(super) const fn of(dir: PathBuf) -> Self {
        Self { dir, json: false }
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let logs = status(&Directory::new(&args.dir))?;
    if args.json {
        printer.line(serde_json::to_string_pretty(&logs)?)?;
    } else {
        tell(&logs, printer)?;
    }
    Ok(exit_of(&logs))
}

pub(super) fn exit_of(logs: &[LogStatus]) -> Exit {
    let forks = || logs.iter().flat_map(|log| &log.forks);
    if forks().any(|fork| fork.proven) || logs.iter().any(|log| !log.damaged.is_empty()) {
        Exit::Wrong
    } else if forks().next().is_some() {
        Exit::Incomplete
    } else {
        Exit::Fine
    }
}

pub(super) fn tell(logs: &[LogStatus], printer: &mut Printer<'_>) -> anyhow::Result<()> {
    if logs.is_empty() {
        eprintln!("muniment: no log is known yet; `muniment witness add` makes one known");
    }
    for log in logs {
        printer.line(printer.strong(&log.origin))?;
        match &log.last {
            Some(last) => {
                let cosigned = moment(last.cosigned);
                printer.line(format!("  cosigned  {} entries, {cosigned}", last.size))?;
                printer.line(format!("  root      {}", last.root))?;
            }
            None => printer.line("  cosigned  nothing yet")?,
        }
        printer.line(format!("  keys      {}", log.keys.len()))?;
        for why in &log.damaged {
            printer.line(format!("  DAMAGED   {why}"))?;
        }
        for fork in &log.forks {
            tell_fork(fork, printer)?;
        }
    }
    Ok(())
}

fn tell_fork(fork: &Fork, printer: &mut Printer<'_>) -> anyhow::Result<()> {
    let (known, submitted, at) = (fork.known_size, fork.submitted_size, moment(fork.at));
    if fork.proven {
        printer.line(printer.strong(format!(
            "  FORK      the log signed {submitted} entries that contradict the {known} cosigned \
             before; submitted {at}"
        )))?;
        printer.line("            It has two histories. The proof, signed by the log itself:")?;
    } else {
        printer.line(format!(
            "  suspected {submitted} signed entries were not proven to go on from the {known} \
             cosigned before; submitted {at}"
        ))?;
        printer.line(
            "            The log forked, or somebody else submitted it. Ask the archive to prove \
             it:\n            `muniment log consistency` with the two checkpoints in",
        )?;
    }
    Ok(printer.line(format!("            {}", fork.folder))?)
}
