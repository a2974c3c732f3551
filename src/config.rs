//! The configuration: one typed tree, from a TOML file and the environment.
//!
//! Defaults, then the file, then `MUNIMENT_SECTION__KEY` variables; an unknown
//! key anywhere is an error that names its line and the nearest known key.
//! Relative paths are relative to the file. Secrets never stand in the tree: it
//! names files, or the environment holds them ([`Config::app_secrets`] …).
//!
//! `docs/OPERATING.md` documents every key; a test compares.

mod authorities;
mod consent;
mod environment;
mod error;
mod keys;
mod policy;
mod read;
mod sample;
mod secret;
mod sections;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use authorities::read_authorities;
pub use environment::Environment;
pub use error::ConfigError;
pub use keys::{Key, Kind};
pub use policy::read_policy;
pub use sample::sample;
pub use secret::{check_private, read_secret};
pub use sections::{
    ArchiveConfig, MetaConfig, ServerConfig, TelemetryConfig, TraceFormat, VerificationConfig,
};

use crate::api::HoldsConfig;
use crate::attest::authority::AuthorityConfig;
use crate::attest::witnesses::WitnessesConfig;
use crate::capture::CaptureConfig;
use crate::capture::media::MediaConfig;
use crate::conduct::ConductConfig;
use crate::disposition::DispositionConfig;
use crate::index::IndexConfig;
use crate::log::LogConfig;
use crate::projection::holds::GRACE_DAYS_MAX;
use crate::query::QueryConfig;
use crate::store::StoreConfig;
use crate::timer::Times;
use crate::tlog::checkpoint::ORIGIN_BYTES_MAX;
use crate::tlog::note::KeyName;

/// Where the configuration is looked for when nothing else is said.
pub const DEFAULT_FILE: &str = "muniment.toml";

/// Everything that can be configured.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Which archive.
    pub archive: ArchiveConfig,
    /// The two doors.
    pub server: ServerConfig,
    /// What Meta proves itself with.
    pub meta: MetaConfig,
    /// Taking in.
    pub capture: CaptureConfig,
    /// Fetching media.
    pub media: MediaConfig,
    /// The ledger.
    pub log: LogConfig,
    /// Who cosigns the log.
    pub witnesses: WitnessesConfig,
    /// Trusted time.
    pub timestamp: AuthorityConfig,
    /// The rows on disk.
    pub store: StoreConfig,
    /// The full-text index.
    pub index: IndexConfig,
    /// Searching and reading.
    pub query: QueryConfig,
    /// Findings of conduct.
    pub conduct: ConductConfig,
    /// Legal holds.
    pub holds: HoldsConfig,
    /// Dispositions.
    pub disposition: DispositionConfig,
    /// The daemon's checks of its own archive.
    pub verification: VerificationConfig,
    /// The traces.
    pub telemetry: TelemetryConfig,
    /// For the secrets that stand in it.
    #[serde(skip)]
    environment: Environment,
}

impl Config {
    /// Reads the file and this process's environment.
    ///
    /// # Errors
    /// Whatever is wrong with either, with its place.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_with(path, Environment::of_process())
    }

    /// As [`Config::load`], with a given environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_with(path: &Path, environment: Environment) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| {
            if source.kind() == std::io::ErrorKind::NotFound {
                ConfigError::Missing(path.to_owned())
            } else {
                ConfigError::Read { path: path.to_owned(), source }
            }
        })?;
        let mut config = read::tree(&text, path, &environment)?;
        config.environment = environment;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        config.check()?;
        Ok(config)
    }

    /// A whole configuration below one directory, with ports of the system's choice
    /// and small memory; secrets go into the environment given.
    pub fn for_testing(dir: &Path, environment: Environment) -> Self {
        let mut config = Self { environment, ..Self::default() };
        config.archive.origin = "archive.example.com/test".to_owned();
        config.server.hooks = "127.0.0.1:0".to_owned();
        config.server.api = "127.0.0.1:0".to_owned();
        config.server.stop_seconds_max = 5;
        config.store.memory_bytes_max = 16 * 1024 * 1024;
        config.log.checkpoint_interval_ms = 20;
        config.media.enabled = false;
        config.resolve(dir);
        config
    }

    /// Every key there is, with what it takes.
    pub fn keys() -> Vec<Key> {
        keys::of::<Self>()
    }

    /// The environment that it was read with.
    pub const fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Variables that begin as ours do and mean nothing: most likely misspelt.
    pub fn idle_variables(&self) -> impl Iterator<Item = &str> {
        self.environment.idle()
    }

    fn resolve(&mut self, base: &Path) {
        let onto = |path: &mut PathBuf| *path = base.join(&*path);
        onto(&mut self.archive.data);
        onto(&mut self.archive.keys);
        self.archive.passphrase_file.iter_mut().for_each(onto);
        self.capture.consent_lexicon_file.iter_mut().for_each(onto);
        self.meta.app_secret_files.iter_mut().for_each(onto);
        self.meta.verify_token_file.iter_mut().for_each(onto);
        self.media.token_file.iter_mut().for_each(onto);
        self.witnesses.policy_file.iter_mut().for_each(onto);
        self.timestamp.ca_file.iter_mut().for_each(onto);
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong =
            |key, problem: &str| Err(ConfigError::Value { key, problem: problem.to_owned() });
        if self.archive.origin.is_empty() {
            return wrong(
                "archive.origin",
                "is missing: name the archive as in `archive.example.com/2026`; \
                 checkpoints are signed under this name and it never changes",
            );
        }
        if self.archive.origin.parse::<KeyName>().is_err()
            || self.archive.origin.len() > ORIGIN_BYTES_MAX
        {
            return wrong(
                "archive.origin",
                "cannot name a log: at most 255 bytes, no spaces and no plus signs, \
                 as in `archive.example.com/2026`",
            );
        }
        if self.archive.keys.starts_with(&self.archive.data) {
            return wrong(
                "archive.keys",
                "lies inside archive.data: keys belong apart from the data, \
                 so that a copy of the data alone opens nothing",
            );
        }
        if self.media.enabled && self.media.workers == 0 {
            return wrong(
                "media.workers",
                "is 0: allow one at least, or set media.enabled = false",
            );
        }
        if self.server.hooks == self.server.api && !self.server.api.ends_with(":0") {
            return wrong("server.api", "is the address of server.hooks: give each door its own");
        }
        self.timestamp.check().map_err(|bad| {
            let (key, problem) = (bad.key, bad.problem.to_owned());
            ConfigError::Value { key, problem }
        })?;
        self.conduct.check().map_err(|(key, problem)| ConfigError::Value { key, problem })?;
        Times::parse(&self.disposition.timer).map_err(|bad| ConfigError::Value {
            key: "disposition.timer",
            problem: format!("cannot be: {bad}"),
        })?;
        self.check_limits()
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let wrong =
            |key, problem: &str| Err(ConfigError::Value { key, problem: problem.to_owned() });
        let zero = |key| wrong(key, "is 0: allow one at least");
        match &self.server {
            server if server.connections_max == 0 => zero("server.connections_max"),
            server if server.requests_in_work_max == 0 => zero("server.requests_in_work_max"),
            server if server.request_seconds_max == 0 => zero("server.request_seconds_max"),
            server if server.idle_seconds_max <= server.request_seconds_max => wrong(
                "server.idle_seconds_max",
                "must be more than server.request_seconds_max, or slow requests are cut off",
            ),
            _ if self.disposition.plan_records_max == 0 => zero("disposition.plan_records_max"),
            _ if !(1..=100).contains(&self.verification.share_percent) => wrong(
                "verification.share_percent",
                "is the share of one core: 1 to 100, or set verification.enabled = false",
            ),
            _ if self.holds.grace_days > GRACE_DAYS_MAX => {
                wrong("holds.grace_days", "is more than ten years: 3660 days")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
