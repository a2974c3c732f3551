//! Opens the rooms of an archive, in order, each once the one before it stands.
//!
//! keys → rows → keyring → log → capture → media → index → query. The first
//! that cannot stand ends the start, with what to do about it.

use std::sync::Arc;

use anyhow::Context as _;

use crate::capture::Capture;
use crate::capture::media::{BearerToken, Fetcher};
use crate::capture::meta::signature::AppSecret;
use crate::capture::webhook::MetaDoor;
use crate::clock::Clock;
use crate::config::{Config, check_private, read_secret};
use crate::index::{Follower, Index};
use crate::log::{Log, LogThreads, SignerConfig};
use crate::query::Query;
use crate::seal::{ArchiveIdentity, Escrow, Keyring, Purpose};
use crate::store::Store;
use crate::tlog::note::SigningKey;

/// Everything that runs for one archive.
#[derive(Debug)]
pub(super) struct Rooms {
    pub(super) log: Log,
    pub(super) threads: LogThreads,
    /// Where media are fetched.
    pub(super) fetcher: Option<Fetcher>,
    pub(super) follower: Follower,
    pub(super) answering: Answering,
}

/// What answers behind the two doors.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) capture: Capture,
    pub(super) meta: MetaDoor,
    pub(super) index: Index,
    pub(super) query: Query,
}

impl Rooms {
    /// Opens all of them; blocks while rows are recovered.
    pub(super) fn open(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let (identity, signer) = keys(config)?;
        let meta = meta_door(config)?;
        let media_token = config.media_token()?;
        let escrow = config.archive.escrow_recipients.iter().map(|text| Escrow::parse(text));
        let escrow = escrow.collect::<Result<_, _>>().context("archive.escrow_recipients")?;

        let store = Arc::new(Store::open(&config.archive.data, &config.store)?);
        let keyring = Arc::new(Keyring::new(Arc::clone(&store), identity, escrow));
        keyring.derive(Purpose::Once).with_context(|| {
            let identity = config.archive.identity_file();
            format!("{} does not open this archive", identity.display())
        })?;
        let (log, threads) = Log::open(store, signer, clock.clone(), &config.log)
            .context("the log cannot be opened")?;
        let (log_, keyring_) = (|| log.clone(), || Arc::clone(&keyring));
        let capture = Capture::new(log_(), keyring_(), clock.clone(), config.capture.clone())?;
        let fetcher = media_token
            .map(|token| {
                let token = BearerToken::new(token.to_string());
                Fetcher::new(log_(), keyring_(), clock.clone(), token, config.media.clone())
            })
            .transpose()?;
        let index_dir = config.archive.index_dir();
        let (index, follower) = Index::open(&index_dir, log_(), keyring_(), config.index.clone())
            .with_context(|| {
            format!("the index in {} can neither be opened nor made", index_dir.display())
        })?;
        let query =
            Query::new(log_(), keyring_(), index.clone(), clock.clone(), config.query.clone());
        let answering = Answering { capture, meta, index, query };
        Ok(Self { log, threads, fetcher, follower, answering })
    }
}

/// The identity and the log's key, which nobody else may be able to read.
fn keys(config: &Config) -> anyhow::Result<(ArchiveIdentity, SignerConfig)> {
    let archive = &config.archive;
    let (identity_file, log_key_file) = (archive.identity_file(), archive.log_key_file());
    for path in [&identity_file, &log_key_file] {
        check_private(path).context("a key of the archive cannot be used")?;
    }
    let passphrase = config.passphrase()?;
    let identity =
        ArchiveIdentity::load(&identity_file, passphrase.as_ref().map(|text| text.as_str()))?;
    let key: SigningKey = read_secret(&log_key_file)?
        .parse()
        .with_context(|| format!("{} is no key of a log", log_key_file.display()))?;
    anyhow::ensure!(
        key.verifier().name().as_str() == archive.origin,
        "archive.origin is {:?}, but the key in {} signs for {:?}: an archive keeps its origin for \
         life, so put the old one back",
        archive.origin,
        log_key_file.display(),
        key.verifier().name().as_str(),
    );
    let signer = SignerConfig {
        origin: archive.origin.clone(),
        key,
        last_checkpoint: archive.last_checkpoint_file(),
    };
    Ok((identity, signer))
}

fn meta_door(config: &Config) -> anyhow::Result<MetaDoor> {
    let secrets = config.app_secrets()?;
    let app_secrets = secrets.iter().map(|secret| AppSecret::new(secret.as_bytes()));
    Ok(MetaDoor {
        app_secrets: app_secrets.collect::<Result<_, _>>()?,
        verify_token: config.verify_token()?,
    })
}
