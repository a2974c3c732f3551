//! `muniment serve`: the daemon, in the foreground.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use super::{Exit, Setting};
use crate::config::{Config, TraceFormat};
use crate::daemon::signals::Signals;
use crate::daemon::{Daemon, files};
use crate::telemetry;

/// How long work that was given up may still hold the process.
const LEAVE_SECONDS_MAX: u64 = 2;

/// Run the archive: take deliveries in, answer searches, until told to stop.
///
/// It stays in the foreground and traces to standard error. SIGTERM or Ctrl-C
/// stops it in order: requests in work are finished, the last checkpoint is
/// signed. A second signal stops it at once, which loses nothing that was
/// acknowledged.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  muniment serve
  MUNIMENT_TELEMETRY__FORMAT=json muniment --config /etc/muniment/muniment.toml serve

Exit codes: 0 stopped in order; 1 could not start, or stopped because it could not write.")]
pub(super) struct Args {
    /// Write where the doors are to FILE (JSON) once everything is ready.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

pub(super) fn run(args: &Args, setting: &Setting) -> anyhow::Result<Exit> {
    let config = setting.config()?;
    telemetry::start(&config.telemetry)?;
    for variable in config.idle_variables() {
        tracing::warn!(variable, "this variable means nothing to muniment; is it misspelt?");
    }
    files::allow_enough(&config).context("could not start")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the threads of the daemon")?;
    let served = runtime.block_on(serve(config, setting, args.ready_file.as_deref()));
    runtime.shutdown_timeout(Duration::from_secs(LEAVE_SECONDS_MAX));
    served.map(|()| Exit::Fine)
}

async fn serve(config: Config, setting: &Setting, ready_file: Option<&Path>) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let for_eyes = config.telemetry.format == TraceFormat::Text;
    let starting = Daemon::start(config, setting.clock.clone());
    let daemon = tokio::select! {
        daemon = starting => daemon.context("could not start")?,
        () = signals.next() => return Ok(()),
    };
    let [hooks, api] = daemon.addresses();
    if for_eyes {
        eprintln!("muniment: deliveries to http://{hooks}/hooks/meta, questions to http://{api}");
    }
    if let Some(error) = ready_file.and_then(|path| daemon.write_ready_file(path).err()) {
        // In order all the same: threads that are left to the process's end may crash it.
        daemon.run(std::future::ready(())).await?;
        return Err(error);
    }
    let asked = async move {
        signals.next().await;
        tracing::info!("asked to stop; a second signal stops at once");
        tokio::spawn(async move {
            signals.next().await;
            tracing::warn!("stopped at once; the next start recovers");
            std::process::exit(1);
        });
    };
    daemon.run(asked).await
}
