//! The daemon as a process of its own: `muniment serve`, started, awaited, stopped.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

const START_WAIT_MAX: Duration = Duration::from_secs(60);
const STOP_WAIT_MAX: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// The last lines of the trace that a failure shows.
const TRACE_LINES_SHOWN: usize = 30;

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    /// Where it listens.
    pub doors: Doors,
}

/// What the ready file says.
#[derive(Clone, Debug, Deserialize)]
pub struct Doors {
    /// The process.
    pub pid: u32,
    /// Where providers deliver.
    pub hooks: String,
    /// Where auditors ask.
    pub api: String,
}

impl Daemon {
    /// Starts a command that serves and writes `ready`; its trace goes to a file.
    pub fn start(mut command: Command, ready: &Path, trace: &Path) -> anyhow::Result<Self> {
        // A file of an earlier run would be taken for this one's.
        let _ = std::fs::remove_file(ready);
        let trace = File::options().create(true).append(true).open(trace);
        let trace = trace.context("could not open the file for the daemon's trace")?;
        // A process group of its own: Ctrl-C is for us, who then stop it in order.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(trace);
        let child = command.spawn().context("could not start the daemon")?;
        let mut started = Self { child, doors: Doors::nowhere() };
        match started.wait_until_ready(ready) {
            Ok(doors) => Ok(Self { doors, ..started }),
            Err(error) => {
                let _ = started.child.kill();
                let _ = started.child.wait();
                Err(error)
            }
        }
    }

    fn wait_until_ready(&mut self, ready: &Path) -> anyhow::Result<Doors> {
        let begun = Instant::now();
        loop {
            if let Ok(text) = std::fs::read(ready) {
                return serde_json::from_slice(&text).context("the ready file does not read");
            }
            if let Some(status) = self.child.try_wait().context("could not ask for the daemon")? {
                bail!("the daemon ended at once ({status})");
            }
            ensure!(begun.elapsed() < START_WAIT_MAX, "the daemon is not ready after a minute");
            std::thread::sleep(POLL);
        }
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<ExitStatus> {
        // The shell's own `kill`: a minimal system has no program of that name.
        let asked = format!("kill -TERM {}", self.child.id());
        Command::new("sh").args(["-c", &asked]).status().context("could not run sh")?;
        let begun = Instant::now();
        while begun.elapsed() < STOP_WAIT_MAX {
            if let Some(status) = self.child.try_wait().context("could not ask for the daemon")? {
                return Ok(status);
            }
            std::thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        bail!("the daemon did not stop within a minute and was killed")
    }
}

impl Doors {
    fn nowhere() -> Self {
        Self { pid: 0, hooks: String::new(), api: String::new() }
    }
}

/// The last lines of a trace.
pub fn tail(trace: &PathBuf) -> Option<String> {
    let text = std::fs::read_to_string(trace).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let begin = lines.len().saturating_sub(TRACE_LINES_SHOWN);
    lines.get(begin..).map(|lines| lines.join("\n"))
}
