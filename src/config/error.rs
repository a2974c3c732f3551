//! What is wrong with a configuration, and what to do about it.

use std::path::PathBuf;

use crate::policy::consent::BadLexicon;
use crate::timestamp::BadAuthorities;
use crate::tlog::policy::BadPolicy;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no such file.
    #[error(
        "there is no configuration at {0}: create one with `muniment init`, \
         or name it with --config or MUNIMENT_CONFIG"
    )]
    Missing(PathBuf),
    /// A file could not be read.
    #[error("could not read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML, or a value does not fit its key.
    #[error("{path}, line {line}: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says. Never the line's text, which may hold a secret.
        message: String,
    },
    /// A key that does not exist.
    #[error("{place}: there is no key `{key}`{}", meant(nearest.as_deref()))]
    UnknownKey {
        /// File and line, or the environment.
        place: String,
        /// The key.
        key: String,
        /// The known key that is nearest, where one is near.
        nearest: Option<String>,
    },
    /// A value in the environment that does not fit its key.
    #[error("environment variable {variable}: expected {expected}")]
    Variable {
        /// Its name.
        variable: String,
        /// What its key takes.
        expected: String,
    },
    /// A secret where everybody looks.
    #[error("{place}: `{key}` is a secret and does not belong here: {advice}")]
    SecretInFile {
        /// File and line.
        place: String,
        /// The key.
        key: String,
        /// Where it belongs.
        advice: &'static str,
    },
    /// A value that cannot be.
    #[error("`{key}` {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A file of certificates that holds none that can be used.
    #[error("{path} does not say whose timestamps to trust")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: BadAuthorities,
    },
    /// A file that is no lexicon of consent.
    #[error("{path} does not say by which words people stop messages")]
    Lexicon {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: BadLexicon,
    },
    /// A file that is no policy.
    #[error("{path} does not say whose cosignatures to trust")]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: BadPolicy,
    },
    /// A private key that others can read.
    #[error("{path} can be read by other users (mode {mode:o}): run `chmod 600 {path}`")]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A secret that the daemon needs is nowhere.
    #[error("{what} is not configured: {advice}")]
    NoSecret {
        /// What is missing.
        what: &'static str,
        /// Where to put it.
        advice: &'static str,
    },
    /// A secret's file that the configuration names is not there.
    #[error("there is no file {path}: {advice}")]
    NoSecretFile {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        advice: &'static str,
    },
    /// A secret's file holds none.
    #[error("{0} is empty: put the secret into it, on one line")]
    EmptySecret(PathBuf),
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default()
}
