//! Secrets: from a file or the environment, never from the configuration itself.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::{Config, ConfigError};

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// The permission bit that lets everybody read.
const WORLD_READS: u32 = 0o004;

const APP_SECRET_ADVICE: &str = "find it at Meta under App settings > Basic; it belongs, on one \
     line, into a file that meta.app_secret_files names, or into MUNIMENT_META_APP_SECRETS";
const VERIFY_TOKEN_ADVICE: &str = "make up a long one; it belongs, on one line, into the file that \
     meta.verify_token_file names, or into MUNIMENT_META_VERIFY_TOKEN";
const PASSPHRASE_ADVICE: &str = "the passphrase of keys/identity.age belongs, on one line, into the \
     file that archive.passphrase_file names, or into MUNIMENT_ARCHIVE_PASSPHRASE";
const MEDIA_TOKEN_ADVICE: &str = "the access token of a system user at Meta belongs, on one line, \
     into the file that media.token_file names, or into MUNIMENT_MEDIA_TOKEN; or set \
     media.enabled = false";

impl Config {
    /// The app secrets of Meta's webhooks, at least one: those of the environment
    /// where it has any, else those of the files.
    ///
    /// # Errors
    /// When there is none, or a file cannot be read.
    pub fn app_secrets(&self) -> Result<Vec<Zeroizing<String>>, ConfigError> {
        if let Some(list) = self.environment.secret("MUNIMENT_META_APP_SECRETS") {
            let each = list.split(',').map(str::trim).filter(|secret| !secret.is_empty());
            return Ok(each.map(|secret| Zeroizing::new(secret.to_owned())).collect());
        }
        if self.meta.app_secret_files.is_empty() {
            return Err(ConfigError::NoSecret {
                what: "the app secret of Meta's webhooks",
                advice: APP_SECRET_ADVICE,
            });
        }
        let files = self.meta.app_secret_files.iter();
        files.map(|path| expected(path, APP_SECRET_ADVICE)).collect()
    }

    /// The verify token of Meta's handshake.
    ///
    /// # Errors
    /// When there is none, or its file cannot be read.
    pub fn verify_token(&self) -> Result<Zeroizing<String>, ConfigError> {
        let file = self.meta.verify_token_file.as_deref();
        let token = self.secret("MUNIMENT_META_VERIFY_TOKEN", file, VERIFY_TOKEN_ADVICE)?;
        token.ok_or(ConfigError::NoSecret {
            what: "the verify token of Meta's webhook",
            advice: VERIFY_TOKEN_ADVICE,
        })
    }

    /// The passphrase of the archive's identity, where one is configured.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn passphrase(&self) -> Result<Option<Zeroizing<String>>, ConfigError> {
        let file = self.archive.passphrase_file.as_deref();
        self.secret("MUNIMENT_ARCHIVE_PASSPHRASE", file, PASSPHRASE_ADVICE)
    }

    /// The access token that media are fetched with; `None` when they are not.
    ///
    /// # Errors
    /// When there is none although media are to be fetched, or its file cannot be read.
    pub fn media_token(&self) -> Result<Option<Zeroizing<String>>, ConfigError> {
        if !self.media.enabled {
            return Ok(None);
        }
        let file = self.media.token_file.as_deref();
        let token = self.secret("MUNIMENT_MEDIA_TOKEN", file, MEDIA_TOKEN_ADVICE)?;
        token.map(Some).ok_or(ConfigError::NoSecret {
            what: "the access token that media are fetched with",
            advice: MEDIA_TOKEN_ADVICE,
        })
    }

    fn secret(
        &self,
        variable: &str,
        file: Option<&Path>,
        advice: &'static str,
    ) -> Result<Option<Zeroizing<String>>, ConfigError> {
        match self.environment.secret(variable) {
            Some(secret) => Ok(Some(Zeroizing::new(secret.trim().to_owned()))),
            None => file.map(|path| expected(path, advice)).transpose(),
        }
    }
}

/// Reads the file of a secret that the configuration names; where it is not there,
/// says what belongs there.
fn expected(path: &Path, advice: &'static str) -> Result<Zeroizing<String>, ConfigError> {
    match read_secret(path) {
        Err(ConfigError::Read { path, source }) if source.kind() == ErrorKind::NotFound => {
            Err(ConfigError::NoSecretFile { path, advice })
        }
        read => read,
    }
}

/// Reads a secret's file: its first line. Where everybody can read it, says so.
///
/// # Errors
/// When it cannot be read, or holds nothing.
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>, ConfigError> {
    if mode(path)? & WORLD_READS != 0 {
        tracing::warn!(path = %path.display(), "every user can read this secret: chmod 600");
    }
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(unread(path))?;
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => Ok(Zeroizing::new(line.to_owned())),
        None => Err(ConfigError::EmptySecret(path.to_owned())),
    }
}

/// Makes sure that nobody but its owner can read a private key.
///
/// # Errors
/// [`ConfigError::KeyExposed`] when somebody can; else when it is not there.
pub fn check_private(path: &Path) -> Result<(), ConfigError> {
    let mode = mode(path)?;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(ConfigError::KeyExposed { path: path.to_owned(), mode })
}

fn mode(path: &Path) -> Result<u32, ConfigError> {
    let metadata = std::fs::metadata(path).map_err(unread(path))?;
    Ok(metadata.permissions().mode() & 0o777)
}

fn unread(path: &Path) -> impl FnOnce(std::io::Error) -> ConfigError + use<> {
    let path = path.to_owned();
    move |source| ConfigError::Read { path, source }
}
