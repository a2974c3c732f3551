//! Public keys of logs, from the command line or from files.

use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::entry::KEYS_MAX;
use crate::tlog::note::{KEY_TEXT_BYTES_MAX, VerifierKey};

/// The largest file of keys.
const FILE_BYTES_MAX: usize = (KEY_TEXT_BYTES_MAX + 1) * KEYS_MAX;

/// Reads keys, each the text itself or a file with one a line; none twice.
pub(super) fn read(texts_or_files: &[String]) -> anyhow::Result<Vec<VerifierKey>> {
    let mut keys = vec![];
    for given in texts_or_files {
        let found = match given.trim().parse() {
            Ok(key) => vec![key],
            Err(_) => of_file(Path::new(given)).with_context(|| {
                format!("{given:?} is neither a public key of a log nor a file with such keys")
            })?,
        };
        for key in found {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

fn of_file(path: &Path) -> anyhow::Result<Vec<VerifierKey>> {
    let text = super::input::read_text(path, FILE_BYTES_MAX)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Vec<VerifierKey> = lines.map(str::parse).collect::<Result<_, _>>()?;
    ensure!(!keys.is_empty(), "the file is empty");
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::tlog::note::SigningKey;

    #[test]
    fn keys_come_as_texts_and_from_files_and_each_once() {
        let [a, b] = [(); 2].map(|()| SigningKey::generate("a.example".parse().unwrap()).unwrap());
        let [a, b] = [a, b].map(|key| key.verifier().clone());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "{a}\n\n {b} \n").unwrap();
        let file = file.path().to_str().unwrap().to_owned();
        assert_eq!(read(&[a.to_string(), file]).unwrap(), [a, b]);
        assert!(read(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_holds_no_key_is_named() {
        let empty = tempfile::NamedTempFile::new().unwrap();
        for given in ["/nowhere/log.vkey", "a+b+c", empty.path().to_str().unwrap()] {
            let error = read(&[given.to_owned()]).unwrap_err().to_string();
            assert!(error.contains(given), "{error}");
        }
    }
}
