//! `muniment doctor`: how an archive stands, for whoever runs it.
//!
//! It only reads, and works on a running, a stopped or a damaged archive. Each check
//! says what it found in words that need no programmer, and what to do where
//! something is to be done. It looks at where things lie and whether they fit
//! together; whether every byte is what was written is `verify`'s to say.

mod end;
mod house;
mod index;
mod keys;
mod patient;
mod report;
mod rows;

use std::path::PathBuf;

use super::{Exit, Printer, Setting};
use patient::Patient;
use report::Report;

/// Say how an archive stands, what is wrong with it, and what to do.
///
/// It only reads, and works beside a running daemon, on a stopped archive, and on one
/// that does not open any more.
///
/// Without DIR it looks at the configured archive. With DIR it looks at what lies
/// there: a directory that `muniment init` made, or a copy of its data.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment doctor
  muniment doctor /mnt/copy --json

Each line begins with ok, note (nothing is wrong, but know it), WRONG, or ? where it could
not look. `muniment verify` then checks every byte, which takes longer.

Exit codes: 0 nothing is wrong; 3 something is wrong; 4 nothing wrong was seen, but not
everything could be looked at; 1 it could not begin.")]
pub(super) struct Args {
    /// An archive's directory, or a copy of its directory `data`.
    dir: Option<PathBuf>,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let mut report = Report::default();
    let patient = Patient::find(args.dir.as_deref(), setting, &mut report)?;
    house::look(&patient, &mut report);
    let files = keys::look(&patient, &mut report);
    rows::look_at_files(&patient, &mut report);
    let store = rows::open(&patient, &mut report);
    let chain = keys::compare(&patient, &files, store.as_deref(), &mut report);
    if let Some(store) = store {
        rows::look_at_listed(&store, &patient, &mut report);
        let ended = end::look(&patient, chain.as_ref(), &store, &mut report);
        keys::look_at_opening(files.identity, &patient, &store, ended, &mut report);
    }
    if args.json {
        printer.line(report.to_json(&patient.archive.data)?)?;
    } else {
        report.print(printer)?;
    }
    Ok(report.exit())
}

#[cfg(test)]
mod tests;
