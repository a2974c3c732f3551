//! `muniment log export`: the log as files that any web server can serve.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::{Exit, Printer, Setting, vkeys};
use crate::log::{self, Exported};
use crate::store::{self, Store};
use crate::tlog::TreeSize;

/// Tries to open rows that a running daemon is just tidying up.
const TRIES_MAX: u32 = 10;
const PAUSE_MS: u64 = 100;

/// Export the log as static files, for auditors and their programs.
///
/// The files are those of C2SP tlog-tiles: `checkpoint`, `tile/…` with the hashes and
/// `tile/entries/…` with the entries, which hold no content. Any web server can serve
/// the directory, and a memory stick can carry it. Run it again to add what is new;
/// what is there is never changed. It works beside a running daemon.
///
/// Everything is checked on its way: the entries must lead to the signed root.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment log export /srv/log
  muniment log export /media/stick/log --data /mnt/copy/data --key log.vkey

Exit codes: 0 exported; 1 it could not, and why.")]
pub(super) struct Args {
    /// The directory: empty, not there yet, or one that was exported to before.
    dir: PathBuf,
    /// The data directory of a copy, instead of the configured archive.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The log's public key: the text itself, or a file with it; may be given several
    /// times. By default the configured archive's; a copy's signature is checked only
    /// when it is given.
    #[arg(long, value_name = "FILE|KEY")]
    key: Vec<String>,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let (data, keys) = match &args.data {
        Some(data) => (data.clone(), args.key.clone()),
        None => {
            let archive = setting.config()?.archive;
            let own = archive.log_vkey_file().display().to_string();
            let keys = if args.key.is_empty() { vec![own] } else { args.key.clone() };
            (archive.data, keys)
        }
    };
    let keys = vkeys::read(&keys)?;
    let exported = log::export(&open(&data)?, &keys, &args.dir)?;
    printer.line(told(&exported, &args.dir))?;
    if keys.is_empty() {
        eprintln!("muniment: the checkpoint's signature was not checked: give the log's --key");
    }
    Ok(Exit::Fine)
}

/// A running daemon may take a file away between its being listed and opened.
pub(super) fn open(data: &Path) -> Result<Store, store::Error> {
    let mut tries = 1;
    loop {
        match Store::open_read_only(data) {
            Err(store::Error::Database { .. } | store::Error::Corrupt { .. })
                if tries < TRIES_MAX =>
            {
                tries += 1;
                std::thread::sleep(Duration::from_millis(PAUSE_MS));
            }
            opened => return opened,
        }
    }
}

fn told(exported: &Exported, dir: &Path) -> String {
    let Exported { before, size, files, bytes } = exported;
    let dir = dir.display();
    let before = before.unwrap_or(TreeSize::EMPTY).get();
    match size.get().saturating_sub(before) {
        0 if *files == 0 => format!("{dir} has all {size} entries already; no file was added"),
        new => format!(
            "{dir}: {new} new entries of {size}; {files} files written, {bytes} bytes, and the \
             checkpoint"
        ),
    }
}
