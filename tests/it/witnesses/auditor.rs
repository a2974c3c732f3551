//! An auditor with a witness: the real program in a process of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use muniment::tlog::hash::sha256;
use muniment::tlog::note::VerifierKey;
use serde_json::Value;

use crate::support::{Asker, House, Ran, until};

/// A witness' directory, and the process that serves it while it does.
pub(crate) struct Auditor {
    dir: tempfile::TempDir,
    serving: Option<Child>,
    /// Where it answers; the same after each start.
    pub(crate) door: Asker,
}

impl Auditor {
    /// Makes a witness and serves it.
    pub(crate) fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut auditor = Self { dir, serving: None, door: Asker::of("http://127.0.0.1:0") };
        let path = auditor.path();
        let made = auditor.run(&["init", path.to_str().unwrap(), "--name", name]);
        assert_eq!(made.code, 0, "{made:?}");
        assert!(made.stdout.contains(&auditor.vkey().to_string()), "{made:?}");
        auditor.serve();
        auditor
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("witness")
    }

    pub(crate) fn vkey(&self) -> VerifierKey {
        let text = fs::read_to_string(self.path().join("witness.vkey")).unwrap();
        text.trim().parse().unwrap()
    }

    /// `muniment witness ACT …`, run to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muniment"));
        command.arg("witness").args(arguments).env_clear();
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// Trusts the log of an archive, or whose key is in a file.
    pub(crate) fn trust(&self, house: &House) {
        let vkey = house.keys().join("log.vkey");
        self.trust_key(vkey.to_str().unwrap());
    }

    pub(crate) fn trust_key(&self, vkey: &str) {
        let added = self.run(&["add", self.path().to_str().unwrap(), vkey]);
        assert_eq!(added.code, 0, "{added:?}");
    }

    /// Serves, at the address of before where there was one.
    pub(crate) fn serve(&mut self) {
        let ready = self.dir.path().join("ready.json");
        let _ = fs::remove_file(&ready);
        let listen = self.door.base().trim_start_matches("http://").to_owned();
        let path = self.path();
        let mut command = self.command(&[
            "serve",
            path.to_str().unwrap(),
            "--listen",
            &listen,
            "--ready-file",
            ready.to_str().unwrap(),
        ]);
        let trace = File::options().append(true).create(true).open(self.trace_file()).unwrap();
        let mut child = command.stderr(trace).spawn().unwrap();
        let told: Value = until("the witness is ready", || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the witness ended with {status}: {}", self.trace());
            }
            serde_json::from_slice(&fs::read(&ready).ok()?).ok()
        });
        self.serving = Some(child);
        self.door = Asker::of(told["witness"].as_str().unwrap());
    }

    /// Ends it without a warning, as a loss of power would.
    pub(crate) fn kill(&mut self) {
        let mut child = self.serving.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn trace_file(&self) -> PathBuf {
        self.dir.path().join("trace.txt")
    }

    pub(crate) fn trace(&self) -> String {
        fs::read_to_string(self.trace_file()).unwrap()
    }

    /// `muniment witness status --json`: the exit code and the logs.
    pub(crate) fn status(&self) -> (i32, Vec<Value>) {
        let ran = self.run(&["status", self.path().to_str().unwrap(), "--json"]);
        (ran.code, ran.json().as_array().unwrap().clone())
    }

    /// What it cosigned last for a log, as everybody can ask.
    pub(crate) fn checkpoint(&self, origin: &str) -> Option<String> {
        let answer = self.door.get(&format!("/{}/checkpoint", sha256(origin.as_bytes())));
        match answer.status {
            200 => Some(answer.text()),
            404 => None,
            status => panic!("{status}: {}", answer.text()),
        }
    }

    /// A policy's line about this witness.
    pub(crate) fn line(&self, name: &str) -> String {
        format!("witness {name} {} {}\n", self.vkey(), self.door.base())
    }
}

impl Drop for Auditor {
    fn drop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            // Fails only when it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
