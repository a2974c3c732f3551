//! The daemon that is loaded: this program in a process of its own.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::scratch::Scratch;

/// What the scratch archive's deliveries are signed with.
pub(super) const APP_SECRET: &str = "a secret of muniment load";

const POLL: Duration = Duration::from_millis(20);

/// `muniment serve`; killed when dropped.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
    /// `host:port` of the provider's door.
    pub(super) hooks: String,
    api: String,
}

impl Daemon {
    pub(super) fn start(scratch: &Scratch) -> anyhow::Result<Self> {
        let ready = scratch.dir().join("ready.json");
        let program = std::env::current_exe().context("where is this program?")?;
        let child = Command::new(program)
            .arg("--config")
            .arg(scratch.config_file())
            .args(["serve", "--ready-file"])
            .arg(&ready)
            .env("MUNIMENT_META_APP_SECRETS", APP_SECRET)
            .env("MUNIMENT_SERVER__HOOKS", "127.0.0.1:0")
            .env("MUNIMENT_SERVER__API", "127.0.0.1:0")
            .env("MUNIMENT_MEDIA__ENABLED", "false")
            .env("MUNIMENT_TELEMETRY__LEVEL", "warn")
            .env("MUNIMENT_TELEMETRY__FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("could not start the daemon")?;
        let mut daemon = Self { child, hooks: String::new(), api: String::new() };
        let told: serde_json::Value = loop {
            if let Some(told) =
                std::fs::read(&ready).ok().and_then(|told| serde_json::from_slice(&told).ok())
            {
                break told;
            }
            ensure!(daemon.child.try_wait()?.is_none(), "the daemon did not start");
            std::thread::sleep(POLL);
        };
        let door = |name: &str| {
            let url = told.get(name).and_then(serde_json::Value::as_str);
            url.map(|url| url.trim_start_matches("http://").to_owned())
                .with_context(|| format!("the daemon does not tell its door {name}"))
        };
        (daemon.hooks, daemon.api) = (door("hooks")?, door("api")?);
        Ok(daemon)
    }

    /// A number of its metrics.
    pub(super) fn metric(&self, name: &str) -> anyhow::Result<u64> {
        let url = format!("http://{}/metrics", self.api);
        let mut answer = ureq::get(&url).call().context("the daemon tells no metrics")?;
        let text =
            answer.body_mut().read_to_string().context("the daemon's metrics do not read")?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let number = line.and_then(|number| number.trim().parse().ok());
        number.with_context(|| format!("the daemon has no metric {name}"))
    }

    /// Memory that it holds.
    pub(super) fn resident_mib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        Ok(kib.context("the system does not tell the daemon's memory")? / 1024)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
