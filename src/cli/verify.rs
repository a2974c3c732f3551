//! `muniment verify`: checks an archive from its bytes, with or without a daemon.

mod course;
mod matter;
mod progress;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use super::{Exit, Printer, Setting};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::{self, Store};
use crate::tlog::TreeSize;
use crate::verify::{self, Report, Request};

use course::Course;
use matter::Matter;

/// Check an archive from its bytes, trusting nothing that it says of itself.
///
/// Every entry is hashed again and put into the tree, which must be the one that
/// was signed; every sealed record is hashed, opened and compared with what the log
/// commits to. It only reads, and works beside a running daemon.
///
/// Without DIR it checks the configured archive, with its keys. With DIR it checks
/// a copy, with what you give it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment verify
  muniment verify --checkpoint last-years.checkpoint --json
  muniment verify /mnt/copy/data --vkey log.vkey --identity identity.age
  muniment verify --save-checkpoint daily.checkpoint       # all of it, once a week
  muniment verify --since daily.checkpoint --save-checkpoint daily.checkpoint
  muniment verify --resume verify.state --progress         # goes on after an interruption

A checkpoint that you kept elsewhere shows that nothing was cut off or rewritten
since; `curl …/v1/log/checkpoint` gets one to keep. keys/log.checkpoint of the
configured archive is always used.

Exit codes: 0 everything was checked and is right; 3 something is wrong; 4 nothing is
wrong, but not everything could be checked; 1 it could not begin.")]
pub(super) struct Args {
    /// A copy to check: a directory `data`, or the directory it is in.
    dir: Option<PathBuf>,
    /// The identity that opens the records. Without it, only hashes and signatures
    /// are checked.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The passphrase of the identity, on the first line of FILE (or in
    /// MUNIMENT_ARCHIVE_PASSPHRASE).
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The log's public key: the text itself, or a file with it.
    #[arg(long, value_name = "FILE|KEY")]
    vkey: Option<String>,
    /// A checkpoint that was kept apart from the archive; may be given several times.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Certificates (PEM) of those whose timestamps are trusted, instead of the
    /// configured ones (timestamp.ca_file).
    #[arg(long, value_name = "FILE")]
    tsa_ca: Option<PathBuf>,
    /// A C2SP tlog-policy: which witnesses are known and how many of them are enough,
    /// instead of the configured one (witnesses.policy_file).
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Read only what came after this checkpoint, up to which the archive was verified
    /// before.
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// When the archive is right, keep its newest checkpoint here, for the next --since.
    #[arg(long, value_name = "FILE")]
    save_checkpoint: Option<PathBuf>,
    /// Write down how far it is, and go on from there when it is run again with the same
    /// options. The file goes away when all is done.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Say how far it is every ten seconds, also where no terminal is.
    #[arg(long)]
    progress: bool,
    /// How many threads read; by default as many as the machine has cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    // Checkpoints are read before the archive is opened: a running daemon signs
    // only what is on disk, so what is opened afterwards holds all of it.
    let matter = match &args.dir {
        Some(dir) => Matter::of_copy(dir, args, setting)?,
        None => Matter::of_archive(args, setting)?,
    };
    let Matter { data, identity, key, origin, outside, since, authorities, policy } = matter;
    let threads = threads(args);
    let request = |origin| Request { origin, key, outside, since, authorities, policy, threads };
    let report = match Store::open_to_verify(&data) {
        Ok(store) => {
            let store = Arc::new(store);
            let origin = match origin {
                Some(origin) => origin,
                None => matter::first_origin(&store)?,
            };
            let report = report(&store, identity, &request(origin), args)?;
            if let Some(path) = &args.save_checkpoint {
                save_checkpoint(&store, &report, path)?;
            }
            report
        }
        Err(error @ store::Error::Corrupt { .. }) => {
            verify::unopened(&request(origin.unwrap_or_default()), &error)
        }
        Err(error) => return Err(error.into()),
    };
    if args.json {
        printer.line(serde_json::to_string_pretty(&report)?)?;
    } else {
        printer.bytes(report.to_string().as_bytes())?;
    }
    Ok(exit_of(&report))
}

/// Checks the whole archive, and tells how far it is meanwhile.
fn report(
    store: &Arc<Store>,
    identity: Option<ArchiveIdentity>,
    request: &Request,
    args: &Args,
) -> anyhow::Result<Report> {
    let keyring = identity.map(|identity| Keyring::new(Arc::clone(store), identity, vec![]));
    let state = args.resume.as_deref();
    let course = Course::begin(store, keyring.as_ref(), request, state)?;
    course.run(&mut progress::Teller::new(args.progress))
}

fn exit_of(report: &Report) -> Exit {
    match (report.is_right(), report.is_complete()) {
        (false, _) => Exit::Wrong,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Fine,
    }
}

/// Keeps the newest checkpoint that was found good, for the next `--since`.
fn save_checkpoint(store: &Store, report: &Report, path: &std::path::Path) -> anyhow::Result<()> {
    let signed = report.signed_size.map(TreeSize::new).filter(|_| report.is_right());
    let Some(signed) = signed else {
        tracing::warn!("no checkpoint is saved: the archive is not right, or no signature fits it");
        return Ok(());
    };
    let could_not = || format!("could not save the checkpoint {}", path.display());
    let newest = store.checkpoint_up_to(signed).with_context(could_not)?;
    let Some((_, note)) = newest else { anyhow::bail!("the archive has no checkpoint to save") };
    course::replace(path, &note).with_context(could_not)
}

fn threads(args: &Args) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    args.threads.map_or_else(cores, usize::from)
}

#[cfg(test)]
mod tests;
