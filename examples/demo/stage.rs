//! Where it plays: the temporary directory, the program, the daemon; and how all
//! of it is struck again, whatever happens.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use serde::de::DeserializeOwned;

use crate::daemon::{self, Daemon, Doors};
use crate::tell::shell;

/// The directory and the program.
#[derive(Debug)]
pub struct Stage {
    program: PathBuf,
    dir: PathBuf,
    token: Option<String>,
    strike: Strike,
}

impl Stage {
    /// Sets up an empty temporary directory.
    pub fn new(program: PathBuf, strike: Strike) -> anyhow::Result<Self> {
        ensure!(
            program.is_file(),
            "there is no program {}: build it with `cargo build --release`, or name it in MUNIMENT_BIN",
            program.display()
        );
        let program = std::path::absolute(&program).context("the program has no place")?;
        let dir = tempfile::Builder::new()
            .prefix("muniment-demo-")
            .tempdir()
            .context("could not make a temporary directory")?
            .keep();
        strike.inner().dir = Some(dir.clone());
        Ok(Self { program, dir, token: None, strike })
    }

    /// The temporary directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The directory that `muniment init` makes.
    pub fn archive(&self) -> PathBuf {
        self.dir.join("archive")
    }

    /// The configuration of the archive.
    pub fn config(&self) -> PathBuf {
        self.archive().join("muniment.toml")
    }

    /// The file that the auditor's token is kept in.
    pub fn token_file(&self) -> PathBuf {
        self.dir.join("token")
    }

    /// From here on commands use this token.
    pub fn use_token(&mut self, token: String) {
        self.token = Some(token);
    }

    /// The token in use.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Runs `muniment` with these arguments; it must end with `code`.
    pub fn run(&self, arguments: &[&str], code: i32) -> anyhow::Result<String> {
        let Output { status, stdout, stderr } = self
            .command(arguments)
            .output()
            .with_context(|| format!("could not run {}", self.program.display()))?;
        ensure!(
            status.code() == Some(code),
            "`{}` ended with {status} where exit code {code} was due\n{}{}",
            by_hand(arguments),
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr),
        );
        String::from_utf8(stdout).context("the program wrote what is no UTF-8")
    }

    /// Runs `muniment … --json` and reads what it prints.
    pub fn ask<T: DeserializeOwned>(&self, arguments: &[&str]) -> anyhow::Result<T> {
        let mut with_json = arguments.to_vec();
        with_json.push("--json");
        let text = self.run(&with_json, 0)?;
        serde_json::from_str(&text)
            .with_context(|| format!("`{}` printed other JSON than expected", by_hand(&with_json)))
    }

    /// Starts the daemon.
    pub fn start_daemon(&self) -> anyhow::Result<Doors> {
        let ready = self.dir.join("ready.json");
        let ready_text = ready.to_string_lossy();
        let command = self.command(&["serve", "--ready-file", &ready_text]);
        let trace = self.dir.join("daemon.trace");
        self.strike.inner().trace = Some(trace.clone());
        let daemon = Daemon::start(command, &ready, &trace)?;
        let doors = daemon.doors.clone();
        self.strike.inner().daemon = Some(daemon);
        Ok(doors)
    }

    /// Where the daemon listens.
    pub fn doors(&self) -> anyhow::Result<Doors> {
        let inner = self.strike.inner();
        inner.daemon.as_ref().map(|daemon| daemon.doors.clone()).context("no daemon is running")
    }

    /// Stops the daemon in order.
    pub fn stop_daemon(&self) -> anyhow::Result<()> {
        let daemon = self.strike.inner().daemon.take().context("no daemon is running")?;
        let status = daemon.stop()?;
        ensure!(status.success(), "the daemon ended with {status}");
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // What is set outside must not reach into the demonstration.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MUNIMENT_") {
                command.env_remove(name);
            }
        }
        command.args(arguments).current_dir(&self.dir).env("MUNIMENT_CONFIG", self.config());
        if let Some(token) = &self.token {
            command.env("MUNIMENT_TOKEN", token);
        }
        command
    }
}

/// The command line that does the same by hand.
pub fn by_hand(arguments: &[&str]) -> String {
    let words: Vec<&str> = std::iter::once("muniment").chain(arguments.iter().copied()).collect();
    shell(&words)
}

/// The program that cargo built beside this one.
pub fn program_beside() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("this program does not know where it is")?;
    // target/release/examples/demo → target/release/muniment
    let built = own.parent().and_then(Path::parent).context("this program has no place")?;
    Ok(built.join("muniment"))
}

/// What has to be struck at the end; shared with who catches Ctrl-C.
#[derive(Clone, Debug, Default)]
pub struct Strike(Arc<Mutex<Inner>>);

/// What there is to strike.
#[derive(Debug, Default)]
struct Inner {
    daemon: Option<Daemon>,
    dir: Option<PathBuf>,
    trace: Option<PathBuf>,
}

impl Strike {
    /// Stops the daemon and removes the directory. Twice does no harm.
    pub fn all(&self) {
        let mut inner = self.inner();
        if let Some(daemon) = inner.daemon.take() {
            // At the end it matters only that it is gone.
            let _ = daemon.stop();
        }
        if let Some(dir) = inner.dir.take() {
            let _ = std::fs::remove_dir_all(dir);
        }
    }

    /// Leaves the daemon running and the directory in place.
    pub fn leave(&self) {
        let mut inner = self.inner();
        inner.daemon = None;
        inner.dir = None;
    }

    /// The end of the daemon's trace.
    pub fn trace_tail(&self) -> Option<String> {
        self.inner().trace.as_ref().and_then(daemon::tail)
    }

    /// Strikes all and ends this process when Ctrl-C or a request to end comes.
    pub fn on_interrupt(&self, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot catch Ctrl-C")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot catch SIGTERM")?;
        let strike = self.clone();
        runtime.spawn(async move {
            let code = tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            };
            strike.all();
            std::process::exit(code);
        });
        Ok(())
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
