//! Which keys are trusted to sign for which log.
//!
//! A file a log, a verifier key a line, named by the origin; read at each request,
//! so that a change takes effect at once.

use super::Error;
use super::directory::{Directory, LogId, names_in, read_text, replace};
use crate::tlog::note::{KEY_TEXT_BYTES_MAX, KeyType, VerifierKey};

/// The most keys of a log; it has one, and another after each rotation.
pub const KEYS_OF_A_LOG_MAX: usize = 16;

const FILE_BYTES_MAX: usize = 4 * KEYS_OF_A_LOG_MAX * KEY_TEXT_BYTES_MAX;

/// Trusts a key to sign for the log that it is named after. `false` when it was
/// trusted before.
///
/// # Errors
/// When it is no log's key, or cannot be written down.
pub fn trust(dir: &Directory, key: &VerifierKey) -> Result<bool, Error> {
    dir.check()?;
    if key.key_type() != KeyType::Ed25519 {
        return Err(Error::NotALogsKey(key.clone()));
    }
    let id = LogId::of(key.name().as_str());
    let mut keys = keys(dir, id)?;
    if keys.contains(key) {
        return Ok(false);
    }
    if keys.len() >= KEYS_OF_A_LOG_MAX {
        return Err(Error::TooManyKeys);
    }
    keys.push(key.clone());
    let mut text = format!("# Who signs for {}: a key a line.\n", key.name());
    text.extend(keys.iter().map(|key| format!("{key}\n")));
    replace(&dir.keys_file(id), text.as_bytes())?;
    Ok(true)
}

/// The keys that are trusted for a log; none when it is not known.
pub(super) fn keys(dir: &Directory, id: LogId) -> Result<Vec<VerifierKey>, Error> {
    let path = dir.keys_file(id);
    let Some(text) = read_text(&path, FILE_BYTES_MAX)? else { return Ok(vec![]) };
    let mut keys: Vec<VerifierKey> = vec![];
    for (line, text) in (1..).zip(text.lines().map(str::trim)) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let bad = |why: String| Error::BadKeys { path: path.clone(), line, why };
        let key: VerifierKey = text.parse().map_err(|error| bad(format!("{error}")))?;
        if key.key_type() != KeyType::Ed25519 || LogId::of(key.name().as_str()) != id {
            return Err(bad(format!("{key} is not a key of this log")));
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    if keys.len() > KEYS_OF_A_LOG_MAX {
        return Err(Error::TooManyKeys);
    }
    Ok(keys)
}

/// The logs whose keys are trusted.
pub(super) fn logs(dir: &Directory) -> Result<Vec<LogId>, Error> {
    let names = names_in(&dir.logs())?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(".keys")?.parse().ok()).collect())
}
