//! `muniment log timestamp`: a timestamp of an authority as files for `openssl ts`.

use std::path::PathBuf;

use anyhow::Context as _;

use super::export;
use crate::cli::new_file::{self, Access};
use crate::cli::{Exit, Printer, Setting};
use crate::log;
use crate::tlog::TreeSize;

/// Write a checkpoint and the authority's timestamp on it into files, for an auditor
/// to check with OpenSSL.
///
/// SIZE.text is what was stamped: the first three lines of SIZE.checkpoint. SIZE.tsr is
/// the authority's response (RFC 3161). It works beside a running daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment log timestamp --out /media/stick
  openssl ts -verify -data 123.text -in 123.tsr -CAfile authority.pem

Exit codes: 0 written; 5 there is no such timestamp; 1 it failed.")]
pub(super) struct Args {
    /// Of which checkpoint: how many entries it is of. By default the newest that was
    /// stamped.
    size: Option<TreeSize>,
    /// The directory to write into; it is made where it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The data directory of a copy, instead of the configured archive.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => setting.config()?.archive.data,
    };
    let store = export::open(&data)?;
    let Some(stamped) = log::stamped(&store, args.size)? else {
        eprintln!("muniment: {}", absent(args.size));
        return Ok(Exit::Nothing);
    };
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("could not make {}", args.out.display()))?;
    let name = |extension: &str| args.out.join(format!("{}.{extension}", stamped.size));
    let files = [
        (name("checkpoint"), stamped.checkpoint.as_bytes()),
        (name("text"), stamped.text.as_bytes()),
        (name("tsr"), &stamped.response),
    ];
    for (path, bytes) in files {
        new_file::write(&path, bytes, Access::Usual)?;
        printer.line(path.display())?;
    }
    Ok(Exit::Fine)
}

fn absent(size: Option<TreeSize>) -> String {
    match size {
        Some(size) => format!("the checkpoint of {size} entries was not stamped"),
        None => "no checkpoint was stamped yet; is timestamp.url configured?".to_owned(),
    }
}
