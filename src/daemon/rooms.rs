//! Opens the rooms of an archive, in order, each once the one before it stands.
//!
//! keys → rows → keyring → log → capture → media → govern → index → conduct → query →
//! disposition → subject. The first
//! that cannot stand ends the start, with what to do about it.

use std::sync::Arc;

use anyhow::Context as _;

use super::watch::Watch;
use super::{disposing, log_key};
use crate::attest::authority::Stamper;
use crate::attest::witnesses::Witnesses;
use crate::capture::Capture;
use crate::capture::media::{BearerToken, Fetcher};
use crate::capture::meta::signature::AppSecret;
use crate::capture::webhook::MetaDoor;
use crate::clock::Clock;
use crate::conduct::{self, Below, Conduct};
use crate::config::{Config, check_private};
use crate::disposition::Disposition;
use crate::govern::Govern;
use crate::index::{Follower, Index};
use crate::log::{self, Log, LogThreads, SignerConfig, open_rows};
use crate::query::Query;
use crate::seal::{ArchiveIdentity, Escrow, Keyring, Purpose};
use crate::store::Store;
use crate::subject::Subject;
use crate::tlog::policy::Policy;

/// Everything that runs for one archive.
#[derive(Debug)]
pub(super) struct Rooms {
    pub(super) log: Log,
    pub(super) threads: LogThreads,
    /// Where media are fetched.
    pub(super) fetcher: Option<Fetcher>,
    /// Where witnesses are asked.
    pub(super) witnesses: Option<Witnesses>,
    /// Where checkpoints are stamped.
    pub(super) stamper: Option<Stamper>,
    /// Where the archive is verified on the side.
    pub(super) watch: Option<Watch>,
    pub(super) follower: Follower,
    /// Where findings of conduct are made.
    pub(super) findings: Option<conduct::Follower>,
    pub(super) answering: Answering,
}

/// What answers behind the two doors.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) capture: Capture,
    pub(super) meta: MetaDoor,
    pub(super) index: Index,
    pub(super) query: Query,
    pub(super) govern: Govern,
    pub(super) conduct: Conduct,
    pub(super) disposition: Disposition,
    pub(super) subject: Subject,
}

impl Rooms {
    /// Opens all of them; blocks while rows are recovered.
    pub(super) fn open(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let identity = identity(config)?;
        check_private(&config.archive.log_key_file())
            .context("a key of the archive cannot be used")?;
        let meta = meta_door(config)?;
        let media_token = config.media_token()?;
        let policy = config.policy()?;
        let signals = config.signals()?;
        let authorities = config.authorities()?;
        let escrow = config.archive.escrow_recipients.iter().map(|text| Escrow::parse(text));
        let escrow = escrow.collect::<Result<_, _>>().context("archive.escrow_recipients")?;

        let store = Arc::new(rows(config)?);
        let keyring = Arc::new(Keyring::new(Arc::clone(&store), identity, escrow));
        opens(&keyring, config)?;
        let signer = SignerConfig {
            origin: config.archive.origin.clone(),
            key: log_key::load(&config.archive, &store)?,
            last_checkpoint: config.archive.last_checkpoint_file(),
        };
        let (log, threads) = Log::open(store, signer, clock.clone(), &config.log)
            .context("the log cannot be opened")?;
        let stand = || -> anyhow::Result<_> {
            let (log_, keyring_) = (|| log.clone(), || Arc::clone(&keyring));
            let limits = config.capture.clone();
            let capture = Capture::new(log_(), keyring_(), clock.clone(), signals, limits)?;
            let fetcher = media_token.map(|token| {
                let token = BearerToken::new(token.to_string());
                Fetcher::new(log_(), keyring_(), clock.clone(), token, config.media.clone())
            });
            let fetcher = fetcher.transpose()?;
            let witnesses = policy.map(|policy| witnesses(config, &log, clock, policy));
            let witnesses =
                witnesses.transpose().context("witnesses.policy_file cannot be followed")?;
            let stamper = authorities
                .map(|trusted| Stamper::new(log_(), clock.clone(), trusted, &config.timestamp))
                .transpose()?
                .flatten();
            let govern = Govern::open(log_(), keyring_(), clock.clone())?;
            let (index, follower) = index(config, log_(), keyring_())?;
            let (conduct, findings) = conduct(config, &log, &keyring, &govern, &index)?;
            let query = query(config, &log, &keyring, &index, &govern, clock);
            let disposition = disposition(config, &log, &keyring, &index, &govern, clock);
            let subject = subject(&log, &index, &query, &govern, &disposition, clock);
            let answering =
                Answering { capture, meta, index, query, govern, conduct, disposition, subject };
            let verification = config.verification.clone();
            let watch = verification.enabled.then(|| Watch::new(log_(), keyring_(), verification));
            Ok((fetcher, witnesses, stamper, watch, (follower, findings), answering))
        };
        match stand() {
            Ok((fetcher, witnesses, stamper, watch, (follower, findings), answering)) => Ok(Self {
                log,
                threads,
                fetcher,
                witnesses,
                stamper,
                watch,
                follower,
                findings,
                answering,
            }),
            // In order: threads that are left to the process's end may crash it.
            Err(error) => {
                drop(log);
                threads.close()?;
                Err(error)
            }
        }
    }
}

/// Whether the keys are this archive's, and all there.
fn opens(keyring: &Keyring, config: &Config) -> anyhow::Result<()> {
    keyring.derive(Purpose::Once).with_context(|| {
        let identity = config.archive.identity_file();
        format!("{} does not open this archive", identity.display())
    })?;
    match keyring.lost_shares()?.into_iter().next() {
        Some(lost) => Err(lost.into()),
        None => Ok(()),
    }
}

/// The rows, which are looked at before they are opened.
fn rows(config: &Config) -> anyhow::Result<Store> {
    let archive = &config.archive;
    let opened = open_rows(&archive.data, &config.store, &archive.last_checkpoint_file());
    opened.map_err(|error| {
        if let log::Error::Store(error) = error {
            return error.into();
        }
        anyhow::Error::new(error).context("the log cannot be opened")
    })
}

fn index(config: &Config, log: Log, keyring: Arc<Keyring>) -> anyhow::Result<(Index, Follower)> {
    let dir = config.archive.index_dir();
    Index::open(&dir, log, keyring, config.index.clone())
        .with_context(|| format!("the index in {} can neither be opened nor made", dir.display()))
}

fn witnesses(
    config: &Config,
    log: &Log,
    clock: &Clock,
    policy: Policy,
) -> anyhow::Result<Witnesses> {
    log.prefer_cosigned(policy.clone())?;
    let config = config.witnesses.clone();
    Ok(Witnesses::new(log.clone(), clock.clone(), &policy, config)?)
}

fn query(
    config: &Config,
    log: &Log,
    keyring: &Arc<Keyring>,
    index: &Index,
    govern: &Govern,
    clock: &Clock,
) -> Query {
    let (log, keyring, index) = (log.clone(), Arc::clone(keyring), index.clone());
    Query::new(log, keyring, index, govern.clone(), clock.clone(), config.query.clone())
}

fn conduct(
    config: &Config,
    log: &Log,
    keyring: &Arc<Keyring>,
    govern: &Govern,
    index: &Index,
) -> anyhow::Result<(Conduct, Option<conduct::Follower>)> {
    let dir = config.archive.conduct_dir();
    let (log, keyring) = (log.clone(), Arc::clone(keyring));
    let below = Below { log, keyring, govern: govern.clone(), index: index.clone() };
    Conduct::open(&dir, below, &config.conduct)
        .with_context(|| format!("findings of conduct cannot be made in {}", dir.display()))
}

/// Dispositions. What an interrupted one said is destroyed, nobody reads from here on.
fn disposition(
    config: &Config,
    log: &Log,
    keyring: &Arc<Keyring>,
    index: &Index,
    govern: &Govern,
    clock: &Clock,
) -> Disposition {
    let (keyring, config) = (Arc::clone(keyring), config.disposition.clone());
    let (log, index, govern) = (log.clone(), index.clone(), govern.clone());
    let disposition = Disposition::new(log, keyring, index, govern, clock.clone(), config);
    disposing::delete_left(&disposition);
    disposition
}

fn subject(
    log: &Log,
    index: &Index,
    query: &Query,
    govern: &Govern,
    disposition: &Disposition,
    clock: &Clock,
) -> Subject {
    let (log, index, query) = (log.clone(), index.clone(), query.clone());
    Subject::new(log, index, query, govern.clone(), disposition.clone(), clock.clone())
}

/// The identity, which nobody else may be able to read.
fn identity(config: &Config) -> anyhow::Result<ArchiveIdentity> {
    let path = config.archive.identity_file();
    check_private(&path).context("a key of the archive cannot be used")?;
    let passphrase = config.passphrase()?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    Ok(ArchiveIdentity::load(&path, passphrase)?)
}

fn meta_door(config: &Config) -> anyhow::Result<MetaDoor> {
    let secrets = config.app_secrets()?;
    let app_secrets = secrets.iter().map(|secret| AppSecret::new(secret.as_bytes()));
    Ok(MetaDoor {
        app_secrets: app_secrets.collect::<Result<_, _>>()?,
        verify_token: config.verify_token()?,
    })
}
