//! The policy file: which witnesses are asked, and whose word is enough.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Config, ConfigError};
use crate::tlog::policy::{POLICY_BYTES_MAX, Policy};

impl Config {
    /// The policy that is configured; `None` where none is.
    ///
    /// # Errors
    /// When its file cannot be read, or is no policy.
    pub fn policy(&self) -> Result<Option<Policy>, ConfigError> {
        let file = self.witnesses.policy_file.as_deref();
        let file = file.filter(|path| !path.as_os_str().is_empty());
        file.map(read_policy).transpose()
    }
}

/// Reads a policy, <https://c2sp.org/tlog-policy>.
///
/// # Errors
/// When the file cannot be read, or is no policy; then with the line that is wrong.
pub fn read_policy(path: &Path) -> Result<Policy, ConfigError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(POLICY_BYTES_MAX as u64 + 1).read_to_string(&mut text))
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    text.parse().map_err(|source| ConfigError::Policy { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_policy_is_read_from_its_file_and_what_is_wrong_is_told_with_the_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy");
        let write = |text: &str| File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let mut config = Config::default();
        assert!(config.policy().unwrap().is_none());
        config.witnesses.policy_file = Some(path.clone());
        assert!(matches!(config.policy(), Err(ConfigError::Read { .. })));
        write("# nobody\nquorum none\n");
        assert!(config.policy().unwrap().unwrap().is_met_by(&[]));
        write("quorum nobody\n");
        let error = anyhow::Error::new(config.policy().unwrap_err());
        let told = format!("{error:#}");
        assert!(told.contains("line 1") && told.contains("policy"), "{told}");
        write(&"#".repeat(POLICY_BYTES_MAX + 1));
        assert!(matches!(config.policy(), Err(ConfigError::Policy { .. })));
    }
}
