//! Secrets: from a file or the environment, never from the configuration itself.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::{Config, ConfigError};

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// The permission bit that lets everybody read.
const WORLD_READS: u32 = 0o004;

impl Config {
    /// The app secrets of Meta's webhooks, at least one.
    ///
    /// # Errors
    /// When there is none, or a file cannot be read.
    pub fn app_secrets(&self) -> Result<Vec<Zeroizing<String>>, ConfigError> {
        let mut secrets = vec![];
        if let Some(list) = self.environment.secret("MUNIMENT_META_APP_SECRETS") {
            let each = list.split(',').map(str::trim).filter(|secret| !secret.is_empty());
            secrets.extend(each.map(|secret| Zeroizing::new(secret.to_owned())));
        }
        for path in &self.meta.app_secret_files {
            secrets.push(read_secret(path)?);
        }
        if secrets.is_empty() {
            return Err(ConfigError::NoSecret {
                what: "the app secret of Meta's webhooks",
                advice: "copy it from App settings > Basic into a file, and name that in \
                         meta.app_secret_files (or set MUNIMENT_META_APP_SECRETS)",
            });
        }
        Ok(secrets)
    }

    /// The verify token of Meta's handshake.
    ///
    /// # Errors
    /// When there is none, or its file cannot be read.
    pub fn verify_token(&self) -> Result<Zeroizing<String>, ConfigError> {
        let variable = "MUNIMENT_META_VERIFY_TOKEN";
        let token = self.secret(variable, self.meta.verify_token_file.as_deref())?;
        token.ok_or(ConfigError::NoSecret {
            what: "the verify token of Meta's webhook",
            advice: "make up a long one, put it into a file, and name that in \
                     meta.verify_token_file (or set MUNIMENT_META_VERIFY_TOKEN)",
        })
    }

    /// The passphrase of the archive's identity, where one is configured.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn passphrase(&self) -> Result<Option<Zeroizing<String>>, ConfigError> {
        self.secret("MUNIMENT_ARCHIVE_PASSPHRASE", self.archive.passphrase_file.as_deref())
    }

    /// The access token that media are fetched with, where one is configured.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn media_token(&self) -> Result<Option<Zeroizing<String>>, ConfigError> {
        self.secret("MUNIMENT_MEDIA_TOKEN", self.media.token_file.as_deref())
    }

    fn secret(
        &self,
        variable: &str,
        file: Option<&Path>,
    ) -> Result<Option<Zeroizing<String>>, ConfigError> {
        match self.environment.secret(variable) {
            Some(secret) => Ok(Some(Zeroizing::new(secret.trim().to_owned()))),
            None => file.map(read_secret).transpose(),
        }
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
