//! A daemon that may end by itself: at its start, or when a fault strikes.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use serde_json::Value;

use crate::support::{Asker, House, until};

/// `muniment serve` in a process of its own, with a trace of its own.
pub(crate) struct Process {
    child: Child,
    trace: PathBuf,
    doors: Option<[Asker; 2]>,
}

impl Process {
    /// Starts it and waits until it serves or has ended.
    pub(crate) fn start(house: &House, variables: &[(&str, &str)]) -> Self {
        let mut command = house.command(&["serve"]);
        command.envs(variables.iter().copied());
        Self::spawn(house, command)
    }

    /// Starts a command that ends in serving; `--ready-file` is added to it.
    pub(crate) fn spawn(house: &House, mut command: Command) -> Self {
        let (ready, trace) = (house.beside("process.json"), house.beside("process.txt"));
        let _ = fs::remove_file(&ready);
        command.args(["--ready-file", ready.to_str().unwrap()]);
        let child = command.stderr(File::create(&trace).unwrap()).spawn().unwrap();
        let mut process = Self { child, trace, doors: None };
        until("the daemon serves or has ended", || {
            let told: Option<Value> =
                fs::read(&ready).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            process.doors = told.map(|told| {
                // A witness has one door only.
                let door = |name: &str| told[name].as_str().or(told["witness"].as_str());
                ["hooks", "api"].map(|name| Asker::of(door(name).unwrap()))
            });
            (process.doors.is_some() || process.ended().is_some()).then_some(())
        });
        process
    }

    /// The provider's door, where it was opened.
    pub(crate) fn hooks(&self) -> Option<&Asker> {
        self.doors.as_ref().map(|[hooks, _]| hooks)
    }

    /// The auditor's door of a daemon that serves.
    pub(crate) fn api(&self) -> &Asker {
        &self.doors.as_ref().unwrap_or_else(|| panic!("it serves: {}", self.trace()))[1]
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let asked = format!("kill -TERM {}", self.pid());
        assert!(Command::new("sh").args(["-c", &asked]).status().unwrap().success());
        until("the daemon ends", || self.ended())
    }

    pub(crate) fn trace(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.trace).unwrap()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a process was ended by SIGKILL.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(9)
}
