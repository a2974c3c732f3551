//! The words of consent that are recognised in messages.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Config, ConfigError};
use crate::policy::consent::{LEXICON_BYTES_MAX, Signals};

impl Config {
    /// The lexicon that is configured; that of the program where none is.
    ///
    /// # Errors
    /// When its file cannot be read, or is no lexicon.
    pub fn signals(&self) -> Result<Signals, ConfigError> {
        match self.capture.consent_lexicon_file.as_deref() {
            None => Ok(Signals::shipped().clone()),
            Some(path) => read_signals(path),
        }
    }
}

fn read_signals(path: &Path) -> Result<Signals, ConfigError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LEXICON_BYTES_MAX as u64 + 1).read_to_string(&mut text))
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    Signals::parse(&text).map_err(|source| ConfigError::Lexicon { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn an_own_lexicon_is_read_and_what_is_wrong_with_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("consent.toml");
        let write = |text: &str| File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let mut config = Config::default();
        assert_eq!(config.signals().unwrap().version(), Signals::shipped().version());
        config.capture.consent_lexicon_file = Some(path.clone());
        assert!(matches!(config.signals(), Err(ConfigError::Read { .. })));
        write(
            "version = \"7\"\nshort_words_max = 3\nopt_out_purposes = [\"all\"]\n\
             opt_in_purposes = [\"marketing\"]\n[[language]]\ncode = \"nl\"\nopt_out = [\"uit\"]\n",
        );
        assert!(config.signals().unwrap().read("Uit!").is_some());
        write("version = 7\n");
        let told = crate::causes::told(&config.signals().unwrap_err());
        assert!(told.contains("consent.toml") && told.contains("not in the form"), "{told}");
    }
}
