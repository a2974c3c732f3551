//! A running daemon: the real program in a process of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};

use serde_json::Value;

use super::{Answer, Asker, House, sign, until};

/// `muniment serve`; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    trace: PathBuf,
    /// The provider's door.
    pub(crate) hooks: Asker,
    /// The auditor's door, without a token.
    pub(crate) api: Asker,
}

impl Daemon {
    pub(super) fn start(house: &House) -> Self {
        let (ready, trace) = (house.beside("ready.json"), house.beside("trace.txt"));
        let _ = fs::remove_file(&ready);
        let mut command = house.command(&["serve", "--ready-file", ready.to_str().unwrap()]);
        let appended = File::options().append(true).create(true).open(&trace).unwrap();
        let child = command.stderr(appended).spawn().unwrap();
        let nowhere = Asker::of("http://127.0.0.1:9");
        let mut daemon = Self { child, trace, hooks: nowhere.clone(), api: nowhere };
        let told: Value = until("the daemon is ready", || {
            if let Some(status) = daemon.child.try_wait().unwrap() {
                panic!("the daemon ended with {status}: {}", daemon.trace());
            }
            serde_json::from_slice(&fs::read(&ready).ok()?).ok()
        });
        assert_eq!(told["pid"], daemon.pid());
        daemon.hooks = Asker::of(told["hooks"].as_str().unwrap());
        daemon.api = Asker::of(told["api"].as_str().unwrap());
        daemon
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Delivers a body that the provider signed.
    pub(crate) fn deliver(&self, body: &str) -> Answer {
        self.deliver_as(body.as_bytes(), &sign(body.as_bytes()))
    }

    pub(crate) fn deliver_as(&self, body: &[u8], signature: &str) -> Answer {
        self.hooks.with("x-hub-signature-256", signature).post("/hooks/meta", body)
    }

    /// Delivers, and insists that it was taken.
    pub(crate) fn take(&self, body: &str) {
        let answer = self.deliver(body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A first page of search results, when everything logged so far is searchable.
    pub(crate) fn search(&self, house: &House, token: &str, query: &str) -> Value {
        let logged = house.entries().len() as u64;
        let asker = self.api.with_token(token);
        until("what was logged is searchable", || {
            let answer = asker.get_with("/v1/search", &[("q", query), ("limit", "100")]);
            assert_eq!(answer.status, 200, "{query}: {}", answer.text());
            let page = answer.json();
            (page["searchable"].as_u64().unwrap() >= logged).then_some(page)
        })
    }

    /// The standard error of this daemon and of those before it.
    pub(crate) fn trace(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.trace).unwrap()).into_owned()
    }

    /// Asks it to end, and insists that it ends well.
    pub(crate) fn stop(mut self) {
        // The shell's own `kill`: a minimal system has no program of that name.
        let asked = format!("kill -TERM {}", self.pid());
        let asked = Command::new("sh").args(["-c", &asked]).status();
        assert!(asked.unwrap().success());
        let status = until("the daemon ends", || self.child.try_wait().unwrap());
        assert_eq!(status.code(), Some(0), "{}", self.trace());
    }

    /// Ends it without a warning, as a loss of power would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
