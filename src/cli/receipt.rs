//! `muniment receipt`: the proof that a record's entry is in the log, got from the
//! daemon, and verified by anybody.

mod verify;

use std::path::PathBuf;

use super::new_file::{self, Access};
use super::remote::{Remote, RemoteArgs, record_path};
use super::{Exit, Printer, Setting};
use crate::record::RecordId;

/// Get the receipt of a record: a proof that anybody can verify without the archive.
///
/// It is a C2SP tlog-proof: the entry, its place, the path of hashes to the root, and
/// the signed checkpoint. It holds nothing of the content.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  muniment receipt 0123456789abcdef0123456789abcdef -o evidence.tlog-proof
  muniment receipt verify evidence.tlog-proof --key log.vkey

Exit codes: 0 fine; 3 `verify` found it wrong; 5 there is no such record; 1 it failed."
)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Option<Act>,
    /// The record's id: 32 hexadecimal digits.
    #[arg(required = true)]
    record: Option<RecordId>,
    /// Into a new file instead of to standard output.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Verify(verify::Args),
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match (&args.act, args.record) {
        (Some(Act::Verify(args)), _) => verify::run(args, printer),
        (None, Some(record)) => get(record, args, setting, printer),
        (None, None) => anyhow::bail!("which record? give its id"),
    }
}

fn get(
    record: RecordId,
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let remote = Remote::of(&args.remote, setting)?;
    let receipt = remote.get_once_covered(&record_path(record, "receipt"))?;
    match &args.out {
        Some(out) => new_file::write(out, &receipt, Access::Usual)?,
        None => printer.bytes(&receipt)?,
    }
    Ok(Exit::Fine)
}
