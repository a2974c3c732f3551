//! The certificates of those whose timestamps are trusted.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Config, ConfigError};
use crate::timestamp::Authorities;

/// The largest file of certificates: room for as many as are taken.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

impl Config {
    /// Those whose timestamps are trusted; `None` where no file names them.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no certificate.
    pub fn authorities(&self) -> Result<Option<Authorities>, ConfigError> {
        self.timestamp.ca_file.as_deref().map(read_authorities).transpose()
    }
}

/// Reads a file of certificates (PEM), each of which is trusted.
///
/// # Errors
/// When it cannot be read, or holds no certificate.
pub fn read_authorities(path: &Path) -> Result<Authorities, ConfigError> {
    let mut pem = vec![];
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut pem))
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    Authorities::from_pem(&pem)
        .map_err(|source| ConfigError::Authorities { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_names_nobody_is_refused_with_what_belongs_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let refused = |config: &Config| crate::causes::told(&config.authorities().unwrap_err());
        let mut config = Config::default();
        assert!(config.authorities().unwrap().is_none());
        config.timestamp.ca_file = Some(path.clone());
        assert!(refused(&config).contains("could not read"));
        File::create(&path).unwrap().write_all(b"nothing\n").unwrap();
        let told = refused(&config);
        assert!(told.contains("ca.pem") && told.contains("BEGIN CERTIFICATE"), "{told}");
    }
}
