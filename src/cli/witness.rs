//! `muniment witness`: an auditor's own witness, for as many archives as wanted.

mod make;
mod serve;
mod show;

use std::path::PathBuf;

use super::{Exit, Printer, Setting, vkeys};
use crate::tlog::note::KeyName;
use crate::witness::{Directory, trust};

/// Witness the archives of others: cosign their checkpoints, so that none of them
/// can have two histories without leaving proof of it.
///
/// It needs no archive and no configuration of one: a directory holds its key, the
/// logs that it knows, and what it cosigned. It serves any log that speaks
/// c2sp.org/tlog-witness.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment witness init /srv/witness --name witness.example.org/1
      makes the witness and prints its key: give it to the archives
  muniment witness add /srv/witness archive.vkey
      from now on it cosigns for that archive
  muniment witness serve /srv/witness
      answers archives, at 127.0.0.1:8610 or where witness.toml says
  muniment witness status /srv/witness
      what it cosigned last for whom, and whether a log contradicted itself

Run it on a machine that the archive's operator does not control. Never restore its
directory from a backup: a witness that forgot what it cosigned could cosign a second
history. If the directory is lost, begin a new witness with a new key.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Make a new witness: its directory, its key, its configuration.
    Init {
        /// Where; it must not be there, or be empty.
        dir: PathBuf,
        /// The witness's name, which stands beside each cosignature. A host name of
        /// yours and a number.
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: KeyName,
    },
    /// Trust a log: cosign the checkpoints that its key signs.
    Add {
        /// The witness's directory.
        dir: PathBuf,
        /// The log's public key: the text itself, or a file with it (keys/log.vkey of
        /// an archive). After a rotation, add the new key as well.
        #[arg(value_name = "VKEY|FILE")]
        vkey: String,
    },
    Serve(serve::Args),
    Status(show::Args),
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    match &args.act {
        Act::Init { dir, name } => make::run(dir, name, printer),
        Act::Add { dir, vkey } => add(dir, vkey, printer),
        Act::Serve(args) => serve::run(args, setting),
        Act::Status(args) => show::run(args, printer),
    }
}

impl Args {
    /// Whether it runs until it is stopped, with traces of its own.
    pub(super) const fn is_service(&self) -> bool {
        matches!(self.act, Act::Serve(_))
    }
}

fn name(text: &str) -> Result<KeyName, String> {
    super::init::origin(text).map_err(|_| {
        "no spaces, no plus signs, at most 255 bytes; for example witness.example.org/1".to_owned()
    })
}

fn add(dir: &std::path::Path, vkey: &str, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let dir = Directory::new(dir);
    for key in vkeys::read(&[vkey.to_owned()])? {
        let is_new = trust(&dir, &key)?;
        let origin = key.name();
        if is_new {
            printer.line(format!("{origin}: checkpoints by {key} are cosigned from now on"))?;
        } else {
            printer.line(format!("{origin}: this key was trusted already"))?;
        }
    }
    Ok(Exit::Fine)
}

#[cfg(test)]
mod tests;
