//! `muniment init`: a new archive, its keys and its configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use zeroize::Zeroizing;

use super::new_file::{self, Access};
use super::{Exit, Printer, Setting};
use crate::clock::Clock;
use crate::config::{ArchiveConfig, DEFAULT_FILE, read_secret, sample};
use crate::log::{Log, LogConfig, SignerConfig};
use crate::seal::ArchiveIdentity;
use crate::store::{Store, StoreConfig};
use crate::tlog::checkpoint::ORIGIN_BYTES_MAX;
use crate::tlog::note::{KeyName, SigningKey};

const VERIFY_TOKEN_BYTES: usize = 24;

/// Make a new archive: its directory, its keys, its first entry and a configuration.
///
/// Nothing that is there already is touched. The keys are the archive: without
/// keys/identity.age nobody can ever read what is sealed in it. Back the keys up
/// now, and apart from the data.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment init /srv/archive --origin archive.example.com/2026
  muniment init --origin archive.example.com/2026 --passphrase-file /root/passphrase

What it makes in DIR:
  muniment.toml     the configuration, with every key explained
  data/             the archive itself
  keys/             identity.age and shares/ open records; log.key signs; log.vkey is for those
                    who check; log.checkpoint is what was signed last
  secrets/          the verify token for Meta's form; the app secret is yours to put there")]
pub(super) struct Args {
    /// Where.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The archive's name for life: what its checkpoints are signed as.
    #[arg(long, value_name = "NAME", value_parser = origin)]
    origin: KeyName,
    /// Protect keys/identity.age with the passphrase on the first line of FILE
    /// (or in MUNIMENT_ARCHIVE_PASSPHRASE). The daemon then needs it to start.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let passphrase_file = args.passphrase_file.as_deref().map(std::path::absolute).transpose()?;
    let passphrase = match &passphrase_file {
        Some(path) => Some(read_secret(path)?),
        None => setting.environment.passphrase(),
    };
    let made = Made::below(&args.dir);
    made.check_absent()?;
    let verifier = made
        .make(&args.origin, passphrase.as_ref(), passphrase_file.as_deref(), &setting.clock)
        .with_context(|| {
            format!(
                "could not make the archive; remove what is in {} and try again",
                args.dir.display()
            )
        })?;
    tell_next_steps(&args.dir, &verifier, passphrase.is_some(), printer)?;
    Ok(Exit::Fine)
}

/// Reads an origin: the name of the log's key, and the first line of its checkpoints.
pub(super) fn origin(text: &str) -> Result<KeyName, String> {
    if text.len() > ORIGIN_BYTES_MAX {
        return Err(format!("an origin has at most {ORIGIN_BYTES_MAX} bytes"));
    }
    text.parse().map_err(|error| format!("{error}; for example archive.example.com/2026"))
}

/// What is made, and where.
struct Made {
    dir: PathBuf,
    config: PathBuf,
    secrets: PathBuf,
    archive: ArchiveConfig,
}

impl Made {
    fn below(dir: &Path) -> Self {
        let usual = ArchiveConfig::default();
        let archive =
            ArchiveConfig { data: dir.join(&usual.data), keys: dir.join(&usual.keys), ..usual };
        let (config, secrets) = (dir.join(DEFAULT_FILE), dir.join("secrets"));
        Self { dir: dir.to_owned(), config, secrets, archive }
    }

    fn check_absent(&self) -> anyhow::Result<()> {
        for path in [&self.config, &self.archive.data, &self.archive.keys, &self.secrets] {
            ensure!(
                path.symlink_metadata().is_err(),
                "{} is there already: choose another directory; nothing was changed",
                path.display()
            );
        }
        Ok(())
    }

    /// Makes everything; the configuration last, so that where it is, all is.
    fn make(
        &self,
        origin: &KeyName,
        passphrase: Option<&Zeroizing<String>>,
        passphrase_file: Option<&Path>,
        clock: &Clock,
    ) -> anyhow::Result<String> {
        if !self.dir.is_dir() {
            std::fs::create_dir_all(&self.dir)
                .with_context(|| format!("could not create {}", self.dir.display()))?;
        }
        let key = self.make_keys(origin, passphrase)?;
        let verifier = key.verifier().to_string();
        self.make_secrets()?;
        let archive = self.archive.clone();
        let signer = SignerConfig {
            origin: origin.to_string(),
            key,
            last_checkpoint: archive.last_checkpoint_file(),
        };
        begin(&archive.data, signer, clock.clone())?;
        let config = sample(origin.as_str(), passphrase_file);
        new_file::write(&self.config, config.as_bytes(), Access::Usual)?;
        Ok(verifier)
    }

    fn make_keys(
        &self,
        origin: &KeyName,
        passphrase: Option<&Zeroizing<String>>,
    ) -> anyhow::Result<SigningKey> {
        new_file::create_private_dir(&self.archive.keys)?;
        new_file::create_private_dir(&self.archive.shares_dir())?;
        let identity = ArchiveIdentity::generate()
            .to_file(passphrase.map(|text| text.as_str()))
            .map_err(anyhow::Error::msg)
            .context("could not protect the identity with the passphrase")?;
        let identity = Zeroizing::new(identity);
        new_file::write(&self.archive.identity_file(), &identity, Access::Private)?;
        let key = SigningKey::generate(origin.clone())?;
        let text = Zeroizing::new(format!("{}\n", key.to_private_text().as_str()));
        new_file::write(&self.archive.log_key_file(), text.as_bytes(), Access::Private)?;
        let public = format!("{}\n", key.verifier());
        new_file::write(&self.archive.log_vkey_file(), public.as_bytes(), Access::Usual)?;
        Ok(key)
    }

    fn make_secrets(&self) -> anyhow::Result<()> {
        new_file::create_private_dir(&self.secrets)?;
        let mut token = Zeroizing::new([0; VERIFY_TOKEN_BYTES]);
        getrandom::fill(token.as_mut_slice()).context("the system gave no random bytes")?;
        let line = Zeroizing::new(format!("{}\n", hex::encode(token.as_slice())));
        let path = self.secrets.join("meta-verify-token");
        new_file::write(&path, line.as_bytes(), Access::Private)
    }
}

/// Writes entry 0 and signs the first checkpoint.
fn begin(data: &Path, signer: SignerConfig, clock: Clock) -> anyhow::Result<()> {
    let store = Arc::new(Store::create(data, &StoreConfig::default())?);
    let (log, threads) = Log::open(store, signer, clock, &LogConfig::default())?;
    drop(log);
    threads.close()?;
    Ok(())
}

fn tell_next_steps(
    dir: &Path,
    verifier: &str,
    protected: bool,
    printer: &mut Printer<'_>,
) -> anyhow::Result<()> {
    let dir = std::path::absolute(dir)?;
    let shown = dir.display();
    printer.line(printer.strong(format!("The archive in {shown} is ready.")))?;
    printer.line(format!("\nIts public key, for everybody who will check it:\n  {verifier}\n"))?;
    printer.line("Next:")?;
    let protection = if protected { "protected by your passphrase" } else { "not protected" };
    let steps = [
        format!(
            "Back up {shown}/keys now, apart from the data, on media nobody else reads\n     \
             (identity.age is {protection}). Without it, what is sealed can never be read.\n     \
             keys/shares changes: copy it with every backup, and keep its newest copy alone."
        ),
        format!(
            "Put the app secret of your Meta app (App settings > Basic) into\n     \
             {shown}/secrets/meta-app-secret, on one line, and `chmod 600` it."
        ),
        format!(
            "Give people tokens:  muniment --config {shown}/{DEFAULT_FILE} token create NAME \
             --role officer"
        ),
        format!("Start it:            muniment --config {shown}/{DEFAULT_FILE} serve"),
        format!(
            "In Meta's webhook form, give your public address with /hooks/meta behind it, and\n     \
             the verify token from {shown}/secrets/meta-verify-token."
        ),
    ];
    for (number, step) in steps.iter().enumerate() {
        printer.line(format!("  {}. {step}", number + 1))?;
    }
    printer.line("\ndocs/OPERATING.md tells each of them in full.")?;
    Ok(())
}

/// An archive that nobody keeps: for measuring, and for tests.
pub(super) fn scratch(dir: &Path, name: &str, clock: &Clock) -> anyhow::Result<()> {
    let origin = origin(name).map_err(anyhow::Error::msg)?;
    let made = Made::below(dir);
    made.check_absent()?;
    made.make(&origin, None, None, clock).map(drop)
}

/// An archive for other commands' tests.
#[cfg(test)]
pub(crate) fn for_test(dir: &Path) {
    scratch(dir, "archive.example.com/test", &Clock::system()).expect("an empty directory");
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Config, Environment};
    use crate::tlog::LeafIndex;

    fn init(dir: &Path, passphrase_file: Option<PathBuf>) -> anyhow::Result<String> {
        let args =
            Args { dir: dir.to_owned(), origin: "a.example/1".parse().unwrap(), passphrase_file };
        let setting = Setting {
            config_file: PathBuf::new(),
            environment: Environment::default(),
            clock: Clock::system(),
        };
        let mut out = vec![];
        run(&args, &setting, &mut Printer::new(&mut out, false))?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_archive_has_everything_and_shows_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let said = init(dir.path(), None).unwrap();
        let config =
            Config::load_with(&dir.path().join(DEFAULT_FILE), Environment::default()).unwrap();
        let archive = &config.archive;
        let vkey = std::fs::read_to_string(archive.log_vkey_file()).unwrap();
        assert!(said.contains(vkey.trim()), "{said}");
        let token = config.verify_token().unwrap();
        assert_eq!(token.len(), 2 * VERIFY_TOKEN_BYTES);
        assert!(!said.contains(token.as_str()) && !said.contains("PRIVATE"));
        for private in [archive.identity_file(), archive.log_key_file()] {
            assert_eq!(mode(&private), 0o600, "{}", private.display());
        }
        let shares = archive.shares_dir();
        for private in [&archive.keys, &shares, &archive.data, &dir.path().join("secrets")] {
            assert_eq!(mode(private), 0o700, "{}", private.display());
        }
        ArchiveIdentity::load(&archive.identity_file(), None).unwrap();
        let store = Store::open_read_only(&archive.data).unwrap();
        let first = store.leaf(LeafIndex::FIRST).unwrap().unwrap();
        assert!(String::from_utf8(first).unwrap().contains("a.example/1"));
        let checkpoint = std::fs::read_to_string(archive.last_checkpoint_file()).unwrap();
        assert!(checkpoint.starts_with("a.example/1\n1\n"), "{checkpoint}");
    }

    #[test]
    fn nothing_that_is_there_is_touched() {
        for there in [DEFAULT_FILE, "data", "keys", "secrets"] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir(dir.path().join(there)).unwrap();
            let error = init(dir.path(), None).unwrap_err().to_string();
            assert!(error.contains("nothing was changed"), "{error}");
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "{there}");
        }
    }

    #[test]
    fn a_passphrase_protects_the_identity_and_is_named_in_the_configuration() {
        let dir = tempfile::tempdir().unwrap();
        let phrase = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut phrase.as_file(), b"correct horse\n").unwrap();
        init(dir.path(), Some(phrase.path().to_owned())).unwrap();
        let config =
            Config::load_with(&dir.path().join(DEFAULT_FILE), Environment::default()).unwrap();
        let identity = config.archive.identity_file();
        assert!(ArchiveIdentity::load(&identity, None).is_err());
        let passphrase = config.passphrase().unwrap().unwrap();
        ArchiveIdentity::load(&identity, Some(&passphrase)).unwrap();
    }

    #[test]
    fn an_origin_is_a_name_that_can_sign() {
        for bad in ["", "my archive", "a+b", &"x".repeat(256)] {
            assert!(origin(bad).is_err(), "{bad:?}");
        }
        origin("archive.example.com/2026").unwrap();
    }
}
