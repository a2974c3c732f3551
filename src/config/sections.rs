//! The sections that belong to the rim; the others are each their room's own.

use std::path::PathBuf;

use serde::Deserialize;

/// `[archive]`: which archive, and where its parts lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArchiveConfig {
    /// The archive's directory: rows, index, tokens.
    pub data: PathBuf,
    /// The directory of keys, and of the last signed checkpoint. Back it up apart
    /// from the data.
    pub keys: PathBuf,
    /// The name that the log signs under, `archive.example.com/2026`. It never
    /// changes in an archive's life.
    pub origin: String,
    /// The file with the passphrase of the identity, where it has one.
    pub passphrase_file: Option<PathBuf>,
    /// Further age recipients (`age1…`) who can open what is sealed from now on.
    pub escrow_recipients: Vec<String>,
}

/// `[server]`: the two doors and their limits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where providers deliver: the door to be shown to the internet.
    pub hooks: String,
    /// Where auditors and officers ask: the door to be kept inside.
    pub api: String,
    /// Most connections at once, each door.
    pub connections_max: usize,
    /// A connection that sends nothing for so long is closed.
    pub idle_seconds_max: u64,
    /// A request to the API that takes longer is answered 503.
    pub request_seconds_max: u64,
    /// Largest body that the API reads.
    pub request_bytes_max: usize,
    /// Most requests that the API works on at once; then 503.
    pub requests_in_work_max: usize,
    /// How long requests in work are waited for at a stop.
    pub stop_seconds_max: u64,
}

/// `[meta]`: what Meta proves itself with. Secrets are named by file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetaConfig {
    /// Files with one app secret each; several while a secret is rotated.
    pub app_secret_files: Vec<PathBuf>,
    /// The file with the verify token of the webhook's handshake.
    pub verify_token_file: Option<PathBuf>,
}

/// `[verification]`: the daemon checks its own archive, slowly.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerificationConfig {
    /// Whether it does.
    pub enabled: bool,
    /// How much of one core's time it takes at most.
    pub share_percent: u32,
    /// Between the beginnings of two rounds over the whole archive there is at least
    /// so much time.
    pub round_hours_min: u64,
}

/// `[telemetry]`: the traces on standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// For eyes or for machines.
    pub format: TraceFormat,
    /// From which level on: `error`, `warn`, `info`, `debug`, `trace`, or directives
    /// by target as in `info,muniment::log=debug`.
    pub level: String,
}

/// How a trace line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceFormat {
    /// For eyes.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for ArchiveConfig {
    fn default() -> Self {
        Self {
            data: "data".into(),
            keys: "keys".into(),
            origin: String::new(),
            passphrase_file: None,
            escrow_recipients: vec![],
        }
    }
}

impl ArchiveConfig {
    /// The archive's age identity.
    pub fn identity_file(&self) -> PathBuf {
        self.keys.join("identity.age")
    }

    /// The folder of the shares that belong to the identity.
    pub fn shares_dir(&self) -> PathBuf {
        self.keys.join("shares")
    }

    /// The log's signing key.
    pub fn log_key_file(&self) -> PathBuf {
        self.keys.join("log.key")
    }

    /// The key that takes over from the log's key, while it does.
    pub fn next_log_key_file(&self) -> PathBuf {
        self.keys.join("log.key.next")
    }

    /// The log's public key, for whoever checks a checkpoint.
    pub fn log_vkey_file(&self) -> PathBuf {
        self.keys.join("log.vkey")
    }

    /// The last checkpoint that was signed.
    pub fn last_checkpoint_file(&self) -> PathBuf {
        self.keys.join("log.checkpoint")
    }

    /// The tokens of the API.
    pub fn tokens_file(&self) -> PathBuf {
        self.data.join("tokens.toml")
    }

    /// The full-text index.
    pub fn index_dir(&self) -> PathBuf {
        self.data.join("index")
    }

    /// What findings of conduct are made from.
    pub fn conduct_dir(&self) -> PathBuf {
        self.data.join("conduct")
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            hooks: "127.0.0.1:8600".to_owned(),
            api: "127.0.0.1:8601".to_owned(),
            connections_max: 1024,
            idle_seconds_max: 75,
            request_seconds_max: 30,
            request_bytes_max: 64 * 1024,
            requests_in_work_max: 64,
            stop_seconds_max: 20,
        }
    }
}

impl Default for VerificationConfig {
    fn default() -> Self {
        Self { enabled: true, share_percent: 5, round_hours_min: 24 }
    }
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { format: TraceFormat::Text, level: "info".to_owned() }
    }
}
