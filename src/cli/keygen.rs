//! `muniment keygen`: keys made apart from an archive.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use zeroize::Zeroizing;

use super::new_file::{self, Access};
use super::{Exit, Printer, Setting, init};
use crate::config::read_secret;
use crate::seal::ArchiveIdentity;
use crate::tlog::note::{KeyName, SigningKey};

/// Make a key apart from an archive, for escrow or on another machine.
///
/// `muniment init` makes an archive's own keys; this is for further ones. The
/// secret goes into a new file that only you can read, the public part is printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment keygen identity -o escrow.age --passphrase-file passphrase
      prints age1…; put it into archive.escrow_recipients, keep the file in a safe
  muniment keygen log --origin archive.example.com/2027 -o log.key
      prints the public key that checkpoints verify with")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// An age identity: opens what is sealed to its recipient.
    Identity {
        /// The new file.
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
        /// Protect it with the passphrase on the first line of FILE (or in
        /// MUNIMENT_ARCHIVE_PASSPHRASE).
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// A log's signing key.
    Log {
        /// The name it signs as.
        #[arg(long, value_name = "NAME", value_parser = init::origin)]
        origin: KeyName,
        /// The new file.
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
    },
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let public = match &args.what {
        What::Identity { out, passphrase_file } => {
            let passphrase = match passphrase_file {
                Some(path) => Some(read_secret(path)?),
                None => setting.environment.passphrase(),
            };
            identity(out, passphrase.as_ref())?
        }
        What::Log { origin, out } => log(out, origin)?,
    };
    printer.line(public)?;
    Ok(Exit::Fine)
}

fn identity(out: &Path, passphrase: Option<&Zeroizing<String>>) -> anyhow::Result<String> {
    let identity = ArchiveIdentity::generate();
    let file = identity
        .to_file(passphrase.map(|text| text.as_str()))
        .map_err(anyhow::Error::msg)
        .context("could not protect the identity with the passphrase")?;
    new_file::write(out, &Zeroizing::new(file), Access::Private)?;
    Ok(identity.recipient())
}

fn log(out: &Path, origin: &KeyName) -> anyhow::Result<String> {
    let key = SigningKey::generate(origin.clone())?;
    let text = Zeroizing::new(format!("{}\n", key.to_private_text().as_str()));
    new_file::write(out, text.as_bytes(), Access::Private)?;
    Ok(key.verifier().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_the_public_part_of_what_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let (age, key) = (dir.path().join("escrow.age"), dir.path().join("log.key"));
        let recipient = identity(&age, None).unwrap();
        assert_eq!(ArchiveIdentity::load(&age, None).unwrap().recipient(), recipient);
        let verifier = log(&key, &"a.example/1".parse().unwrap()).unwrap();
        let read: SigningKey = read_secret(&key).unwrap().parse().unwrap();
        assert_eq!(read.verifier().to_string(), verifier);
        assert!(log(&key, &"a.example/1".parse().unwrap()).is_err(), "it is there already");
    }
}
