//! `muniment verify`: checks an archive from its bytes, with or without a daemon.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Exit, Printer, Setting};
use crate::config::{ConfigError, read_secret};
use crate::entry::{Event, codec};
use crate::seal::{ArchiveIdentity, Keyring};
use crate::store::{self, Store};
use crate::tlog::LeafIndex;
use crate::tlog::note::VerifierKey;
use crate::verify::{self, OutsideCheckpoint, Progress, Report, Request};

/// The largest note that is read as a checkpoint.
const NOTE_BYTES_MAX: u64 = 1024 * 1024;

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
    /// How many threads read; by default as many as the machine has cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What is checked, and by what.
struct Matter {
    data: PathBuf,
    identity: Option<ArchiveIdentity>,
    key: Option<VerifierKey>,
    origin: Option<String>,
    outside: Vec<OutsideCheckpoint>,
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
    let Matter { data, identity, key, origin, outside } = matter;
    let threads = threads(args);
    let report = match Store::open_to_verify(&data) {
        Ok(store) => {
            let store = Arc::new(store);
            let origin = match origin {
                Some(origin) => origin,
                None => first_origin(&store)?,
            };
            report(&store, identity, &Request { origin, key, outside, threads })
        }
        Err(error @ store::Error::Corrupt { .. }) => {
            let origin = origin.unwrap_or_default();
            verify::unopened(&Request { origin, key, outside, threads }, &error)
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

/// Checks the whole archive, with a bar on the terminal.
fn report(store: &Arc<Store>, identity: Option<ArchiveIdentity>, request: &Request) -> Report {
    let keyring = identity.map(|identity| Keyring::new(Arc::clone(store), identity, vec![]));
    let bar = bar();
    let report = verify::verify(store, keyring.as_ref(), request, |progress| show(&bar, progress));
    bar.finish_and_clear();
    report
}

const fn exit_of(report: &Report) -> Exit {
    match (report.is_right(), report.not_checked.is_empty()) {
        (false, _) => Exit::Wrong,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Fine,
    }
}

impl Matter {
    /// The configured archive, with its own keys where nothing else is given.
    fn of_archive(args: &Args, setting: &Setting) -> anyhow::Result<Self> {
        let config = setting.config().map_err(|error| {
            let is_missing = matches!(error, ConfigError::Missing(_));
            let error = anyhow!(error);
            if is_missing {
                return error.context("which archive? name a copy's directory, or a configuration");
            }
            error
        })?;
        let archive = &config.archive;
        let identity_file = args.identity.clone().unwrap_or_else(|| archive.identity_file());
        let passphrase = match &args.passphrase_file {
            Some(path) => Some(read_secret(path)?),
            None => config.passphrase()?,
        };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        let vkey_file = archive.log_vkey_file();
        let vkey = args.vkey.clone().unwrap_or_else(|| vkey_file.display().to_string());
        let mut outside = outside(&args.checkpoint)?;
        let last = archive.last_checkpoint_file();
        if last.is_file() {
            outside.push(checkpoint(&last)?);
        }
        Ok(Self {
            data: archive.data.clone(),
            identity: Some(ArchiveIdentity::load(&identity_file, passphrase)?),
            key: Some(verifier_key(&vkey)?),
            origin: Some(archive.origin.clone()),
            outside,
        })
    }

    /// A copy, with what was given.
    fn of_copy(dir: &Path, args: &Args, setting: &Setting) -> anyhow::Result<Self> {
        let inner = dir.join("data");
        let is_inside = !dir.join("format").is_file() && inner.join("format").is_file();
        let data = if is_inside { inner } else { dir.to_owned() };
        let passphrase = match &args.passphrase_file {
            Some(path) => Some(read_secret(path)?),
            None => setting.environment.passphrase(),
        };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        let identity = args.identity.as_deref();
        let identity = identity.map(|path| ArchiveIdentity::load(path, passphrase)).transpose()?;
        let key = args.vkey.as_deref().map(verifier_key).transpose()?;
        let origin = key.as_ref().map(|key| key.name().to_string());
        Ok(Self { data, identity, key, origin, outside: outside(&args.checkpoint)? })
    }
}

/// Reads a public key from its text, or from a file with it.
fn verifier_key(text_or_file: &str) -> anyhow::Result<VerifierKey> {
    if let Ok(key) = text_or_file.trim().parse() {
        return Ok(key);
    }
    let path = Path::new(text_or_file);
    let text = read_note(path).with_context(|| {
        format!("{text_or_file:?} is neither a public key of a log nor a file with one")
    })?;
    let line = String::from_utf8_lossy(&text).trim().to_owned();
    line.parse().with_context(|| format!("{} holds no public key of a log", path.display()))
}

fn outside(paths: &[PathBuf]) -> anyhow::Result<Vec<OutsideCheckpoint>> {
    paths.iter().map(|path| checkpoint(path)).collect()
}

fn checkpoint(path: &Path) -> anyhow::Result<OutsideCheckpoint> {
    let note = read_note(path)
        .with_context(|| format!("could not read the checkpoint {}", path.display()))?;
    Ok(OutsideCheckpoint { name: path.display().to_string(), note })
}

fn read_note(path: &Path) -> anyhow::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    anyhow::ensure!(size <= NOTE_BYTES_MAX, "it is larger than {NOTE_BYTES_MAX} bytes");
    Ok(std::fs::read(path)?)
}

/// What a copy calls itself, where no key says what it must be.
fn first_origin(store: &Store) -> anyhow::Result<String> {
    let unknown = || {
        anyhow!("the copy does not say which log it is (entry 0 does not read): give its --vkey")
    };
    let leaf = store.leaf(LeafIndex::FIRST).ok().flatten().ok_or_else(unknown)?;
    match codec::decode(&leaf).map(|entry| entry.event) {
        Ok(Event::Began { origin }) => Ok(origin),
        Ok(
            Event::Captured { .. }
            | Event::Linked { .. }
            | Event::Missed { .. }
            | Event::Accessed { .. },
        )
        | Err(_) => Err(unknown()),
    }
}

fn threads(args: &Args) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    args.threads.map_or_else(cores, usize::from)
}

/// A bar on standard error, where that is a terminal.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{bar:30} {pos}/{len} entries, {eta} left {msg}";
    let style = ProgressStyle::with_template(template);
    ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of);
    bar.set_position(progress.entries);
    if progress.findings > 0 {
        bar.set_message(format!("{} found wrong", progress.findings));
    }
}

#[cfg(test)]
mod tests;
