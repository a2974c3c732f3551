//! What is verified, and by what: from the configuration, or from the arguments.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::Args;
use crate::cli::Setting;
use crate::config::{ConfigError, read_authorities, read_policy, read_secret};
use crate::entry::{Event, codec};
use crate::seal::ArchiveIdentity;
use crate::store::Store;
use crate::timestamp::Authorities;
use crate::tlog::LeafIndex;
use crate::tlog::note::VerifierKey;
use crate::tlog::policy::Policy;
use crate::verify::OutsideCheckpoint;

/// The largest note that is read as a checkpoint.
const NOTE_BYTES_MAX: u64 = 1024 * 1024;

/// What is checked, and by what.
pub(super) struct Matter {
    pub(super) data: PathBuf,
    pub(super) identity: Option<ArchiveIdentity>,
    pub(super) key: Option<VerifierKey>,
    pub(super) origin: Option<String>,
    pub(super) outside: Vec<OutsideCheckpoint>,
    /// The checkpoint up to which it was verified before.
    pub(super) since: Option<OutsideCheckpoint>,
    /// Those whose timestamps are trusted.
    pub(super) authorities: Option<Authorities>,
    /// Which witnesses are known, and how many are enough.
    pub(super) policy: Option<Policy>,
}

impl Matter {
    /// The configured archive, with its own keys where nothing else is given.
    pub(super) fn of_archive(args: &Args, setting: &Setting) -> anyhow::Result<Self> {
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
        let authorities = match authorities(args)? {
            Some(given) => Some(given),
            None => config.authorities()?,
        };
        let policy = match policy(args)? {
            Some(given) => Some(given),
            None => config.policy()?,
        };
        Ok(Self {
            data: archive.data.clone(),
            identity: Some(ArchiveIdentity::load(&identity_file, passphrase)?),
            key: Some(verifier_key(&vkey)?),
            origin: Some(archive.origin.clone()),
            outside,
            since: since(args)?,
            authorities,
            policy,
        })
    }

    /// A copy, with what was given.
    pub(super) fn of_copy(dir: &Path, args: &Args, setting: &Setting) -> anyhow::Result<Self> {
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
        anyhow::ensure!(
            args.since.is_none() || key.is_some(),
            "--since goes on from a signed checkpoint: give the log's public key with --vkey"
        );
        let (outside, since) = (outside(&args.checkpoint)?, since(args)?);
        let (authorities, policy) = (authorities(args)?, policy(args)?);
        Ok(Self { data, identity, key, origin, outside, since, authorities, policy })
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

fn since(args: &Args) -> anyhow::Result<Option<OutsideCheckpoint>> {
    args.since.as_deref().map(checkpoint).transpose()
}

fn authorities(args: &Args) -> Result<Option<Authorities>, ConfigError> {
    args.tsa_ca.as_deref().map(read_authorities).transpose()
}

fn policy(args: &Args) -> Result<Option<Policy>, ConfigError> {
    args.policy.as_deref().map(read_policy).transpose()
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
pub(super) fn first_origin(store: &Store) -> anyhow::Result<String> {
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
            | Event::Accessed { .. }
            | Event::HandedOver(_)
            | Event::Governed { .. }
            | Event::Destroyed { .. }
            | Event::Found { .. },
        )
        | Err(_) => Err(unknown()),
    }
}
