//! `muniment log rotate`: another key for the log.

use std::sync::Arc;

use anyhow::Context as _;
use zeroize::Zeroizing;

use crate::cli::new_file::{self, Access};
use crate::cli::{Exit, Printer, Setting};
use crate::config::{ArchiveConfig, Config};
use crate::daemon::log_key;
use crate::log::{Log, SignerConfig, open_rows};
use crate::store::Store;
use crate::tlog::LeafIndex;
use crate::tlog::note::SigningKey;

/// Give the log a new signing key, after which the old one signs nothing any more.
///
/// The hand-over is an entry of the log, signed by both keys, so that whoever has
/// either of them can check every checkpoint, before and after. The daemon must be
/// stopped. When the command was cut off, run it again or start the daemon:
/// either finishes what was begun.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  muniment log rotate

Then give the new public key to your auditors and to the witnesses, and back up the
directory of keys again.")]
pub(super) struct Args {}

pub(super) fn run(
    _args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let config = setting.config()?;
    let archive = &config.archive;
    let opened = open_rows(&archive.data, &config.store, &archive.last_checkpoint_file());
    let store = Arc::new(opened?);
    let new = match log_key::finish(archive, &store)? {
        Some(new) => new,
        None => {
            let old = log_key::load(archive, &store)?;
            let new = prepare(archive, &old)?;
            hand_over(&config, setting, Arc::clone(&store), &old, &new)?;
            log_key::promote(archive, new.verifier())?;
            new
        }
    };
    let index = store.keys()?.and_then(|keys| keys.hand_overs().last()).unwrap_or(LeafIndex::FIRST);
    drop(store);
    let public = new.verifier().to_string();
    sign(&config, setting, new)?;
    let lines = [
        printer.strong("The log has a new key.".to_owned()),
        format!("\nEntry {index} of the log hands it over; both keys signed that. The new one:"),
        format!("  {public}"),
        format!(
            "\nThe old one signs nothing any more and is gone from {}.",
            archive.keys.display()
        ),
        "Give the new public key to your auditors and to the witnesses of this log, and back up \
         the directory of keys."
            .to_owned(),
    ];
    lines.into_iter().try_for_each(|line| printer.line(line))?;
    Ok(Exit::Fine)
}

/// Makes the next key, durable before the log names it; goes on with one that was
/// made before.
fn prepare(archive: &ArchiveConfig, old: &SigningKey) -> anyhow::Result<SigningKey> {
    if let Some(next) = log_key::next(archive)? {
        return Ok(next);
    }
    let key = SigningKey::generate(old.verifier().name().clone())?;
    let text = Zeroizing::new(format!("{}\n", key.to_private_text().as_str()));
    new_file::write(&archive.next_log_key_file(), text.as_bytes(), Access::Private)?;
    Ok(key)
}

fn hand_over(
    config: &Config,
    setting: &Setting,
    store: Arc<Store>,
    old: &SigningKey,
    new: &SigningKey,
) -> anyhow::Result<()> {
    let again = old.to_private_text().parse().context("the log's key does not read again")?;
    let (log, threads) =
        Log::open(store, signer(config, again), setting.clock.clone(), &config.log)?;
    let handed_over = log.hand_over(old, new);
    drop(log);
    threads.close()?;
    handed_over?;
    Ok(())
}

/// Signs the first checkpoint with the new key.
fn sign(config: &Config, setting: &Setting, new: SigningKey) -> anyhow::Result<()> {
    let store = Arc::new(Store::open(&config.archive.data, &config.store)?);
    let (log, threads) = Log::open(store, signer(config, new), setting.clock.clone(), &config.log)?;
    drop(log);
    Ok(threads.close()?)
}

fn signer(config: &Config, key: SigningKey) -> SignerConfig {
    SignerConfig {
        origin: config.archive.origin.clone(),
        key,
        last_checkpoint: config.archive.last_checkpoint_file(),
    }
}
