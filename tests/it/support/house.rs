//! An archive made by `muniment init`, and the commands run on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use muniment::entry::{Entry, codec};
use muniment::store::Store;
use muniment::tlog::LeafIndex;

use super::{APP_SECRET, Daemon, VERIFY_TOKEN, until};

pub(crate) const ORIGIN: &str = "archive.example.com/it";

/// A directory with a configuration, keys and data; gone when dropped.
pub(crate) struct House {
    dir: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl House {
    /// A new archive. Ports are the system's choice, secrets are in the
    /// environment, and what waits for a clock waits little.
    pub(crate) fn new() -> Self {
        let house = Self::empty();
        let made = house.run(&["init", house.path().to_str().unwrap(), "--origin", ORIGIN]);
        assert_eq!(made.code, 0, "{made:?}");
        house
    }

    /// The same environment, but nothing made yet.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut house = Self { dir, environment: BTreeMap::new() };
        let config = house.config_file();
        for (name, value) in [
            ("MUNIMENT_CONFIG", config.to_str().unwrap()),
            ("MUNIMENT_SERVER__HOOKS", "127.0.0.1:0"),
            ("MUNIMENT_SERVER__API", "127.0.0.1:0"),
            ("MUNIMENT_META__APP_SECRET_FILES", ""),
            ("MUNIMENT_META_APP_SECRETS", APP_SECRET),
            ("MUNIMENT_META_VERIFY_TOKEN", VERIFY_TOKEN),
            ("MUNIMENT_MEDIA__ENABLED", "false"),
            ("MUNIMENT_LOG__CHECKPOINT_INTERVAL_MS", "50"),
            ("MUNIMENT_INDEX__COMMIT_INTERVAL_MS", "50"),
            // Whoever damages an archive here looks for it himself.
            ("MUNIMENT_VERIFICATION__ENABLED", "false"),
        ] {
            house.set(name, value);
        }
        house
    }

    /// Sets a variable for every command from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("house")
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.path().join("muniment.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.path().join("keys")
    }

    /// A place beside the archive.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muniment"));
        command.args(arguments).env_clear().envs(&self.environment);
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Starts the daemon and waits until it serves.
    pub(crate) fn serve(&self) -> Daemon {
        Daemon::start(self)
    }

    /// Makes a token of a role.
    pub(crate) fn token(&self, role: &str) -> String {
        self.token_of("it", role)
    }

    /// Makes a token of somebody.
    pub(crate) fn token_of(&self, name: &str, role: &str) -> String {
        let made = self.run(&["token", "create", name, "--role", role]);
        assert_eq!(made.code, 0, "{made:?}");
        let token = made.stdout.split_whitespace().find(|word| word.starts_with("mun_"));
        token.unwrap_or_else(|| panic!("no token in {made:?}")).to_owned()
    }

    /// `muniment verify` of the whole archive, with its keys.
    pub(crate) fn verify(&self) -> Ran {
        self.run(&["verify"])
    }

    /// Every entry of the log, also beside a running daemon.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.read(|store| {
            let leaves = store.leaves_from(LeafIndex::FIRST);
            leaves.map(|leaf| codec::decode(&leaf.ok()?.1).ok()).collect()
        })
    }

    /// Looks at the rows of this moment; tries again where a running daemon took
    /// a file away meanwhile.
    pub(crate) fn read<T>(&self, look: impl Fn(&Store) -> Option<T>) -> T {
        until("the archive's rows are read", || look(&Store::open_read_only(&self.data()).ok()?))
    }

    pub(crate) fn file(&self, path: &Path) -> Vec<u8> {
        fs::read(self.path().join(path)).unwrap()
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
