//! `muniment witness serve`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;

use super::super::{Exit, Setting, input};
use crate::clock::Clock;
use crate::config::{ServerConfig, TelemetryConfig, TraceFormat, check_private, read_secret};
use crate::daemon::door::Door;
use crate::daemon::ready;
use crate::daemon::signals::Signals;
use crate::telemetry;
use crate::tlog::note::CosigningKey;
use crate::witness::{Directory, Witness, router};

/// The configuration that `init` writes.
pub(super) const SAMPLE: &str = "\
# How this witness listens. Every line that is commented out shows a default.
# TLS is the business of the reverse proxy before it.
#listen = \"127.0.0.1:8610\"
# Most connections at once; more wait.
#connections_max = 256
# `text` for eyes, `json` for machines.
#traces = \"text\"
";

const CONFIG_BYTES_MAX: usize = 64 * 1024;
/// How long requests in work are waited for at a stop.
const STOP_SECONDS_MAX: u64 = 10;

/// Cosign for the logs that were added, until told to stop.
///
/// It stays in the foreground and traces to standard error. Logs that are added
/// while it runs are known at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment witness serve /srv/witness
  muniment witness serve /srv/witness --listen 10.0.0.7:8610

Exit codes: 0 stopped in order; 1 could not start.")]
pub(super) struct Args {
    /// The witness's directory.
    dir: PathBuf,
    /// The address to listen on, instead of the one in witness.toml.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Write where it listens to FILE (JSON) once it does.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// What stands in `witness.toml`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Config {
    listen: String,
    connections_max: usize,
    traces: TraceFormat,
}

impl Default for Config {
    fn default() -> Self {
        let listen = "127.0.0.1:8610".to_owned();
        Self { listen, connections_max: 256, traces: TraceFormat::Text }
    }
}

impl Config {
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = input::read_text(path, CONFIG_BYTES_MAX)?;
        let config: Self =
            toml::from_str(&text).with_context(|| format!("{} does not read", path.display()))?;
        anyhow::ensure!(config.connections_max > 0, "connections_max is 0: allow one at least");
        Ok(config)
    }
}

pub(super) fn run(args: &Args, setting: &Setting) -> anyhow::Result<Exit> {
    let dir = Directory::new(&args.dir);
    let mut config = Config::load(&dir.config_file())?;
    if let Some(listen) = &args.listen {
        config.listen.clone_from(listen);
    }
    telemetry::start(&TelemetryConfig { format: config.traces, ..TelemetryConfig::default() })?;
    let witness = open(dir, &setting.clock)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the threads of the witness")?;
    let served = runtime.block_on(serve(witness, &config, args.ready_file.as_deref()));
    runtime.shutdown_timeout(Duration::from_secs(STOP_SECONDS_MAX));
    served.map(|()| Exit::Fine)
}

pub(super) fn open(dir: Directory, clock: &Clock) -> anyhow::Result<Witness> {
    let path = dir.key_file();
    anyhow::ensure!(
        path.exists(),
        "there is no witness in {}: make one with `muniment witness init`",
        dir.path().display()
    );
    check_private(&path).context("the key of the witness cannot be used")?;
    let key: CosigningKey = read_secret(&path)?
        .parse()
        .with_context(|| format!("{} is no key of a witness", path.display()))?;
    let public = input::read_text(&dir.vkey_file(), CONFIG_BYTES_MAX)?;
    anyhow::ensure!(
        public.trim() == key.verifier().to_string(),
        "{} is not the public part of {}: one of them was replaced. A witness keeps its key for \
         life; put the right ones back, or begin a new witness in another directory",
        dir.vkey_file().display(),
        path.display(),
    );
    Ok(Witness::open(dir, key, clock.clone())?)
}

async fn serve(witness: Witness, config: &Config, ready_file: Option<&Path>) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let vkey = witness.verifier_key().to_string();
    let limits =
        ServerConfig { connections_max: config.connections_max, ..ServerConfig::default() };
    let door = Door::bind("--listen", &config.listen, router(witness), &limits).await?;
    let address = door.address()?;
    let stop = watch::Sender::new(false);
    let answering = tokio::spawn(door.answer(stop.subscribe()));
    tracing::info!(%address, vkey, "witnessing");
    if let Some(path) = ready_file {
        let told = serde_json::json!({
            "pid": std::process::id(),
            "witness": format!("http://{address}"),
            "vkey": vkey,
        });
        ready::tell(path, &told)?;
    }
    signals.next().await;
    tracing::info!("asked to stop");
    stop.send_replace(true);
    let longest = Duration::from_secs(STOP_SECONDS_MAX);
    if tokio::time::timeout(longest, answering).await.is_err() {
        tracing::warn!("stopping without waiting any longer");
    }
    Ok(())
}
