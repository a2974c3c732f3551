//! What a witness knows, for its operator: read from the files, beside a running one.

use jiff::Timestamp;
use serde::Serialize;

use super::directory::{Directory, LogId, read_text};
use super::evidence::{self, Fork};
use super::{Error, seen, trust};
use crate::causes;
use crate::tlog::note::{KEY_TEXT_BYTES_MAX, VerifierKey};

/// What is known of one log.
#[derive(Clone, Debug, Serialize)]
pub struct LogStatus {
    /// The log; its file's name where no key reads.
    pub origin: String,
    /// The keys that are trusted for it.
    pub keys: Vec<String>,
    /// What was cosigned last; `None` before the first time.
    pub last: Option<Last>,
    /// Contradictions of which evidence is kept.
    pub forks: Vec<Fork>,
    /// What cannot be read; nothing is cosigned for the log then.
    pub damaged: Vec<String>,
}

/// The newest checkpoint that was cosigned.
#[derive(Clone, Debug, Serialize)]
pub struct Last {
    /// How many entries it has.
    pub size: u64,
    /// Their root, in hexadecimal.
    pub root: String,
    /// When it was cosigned.
    pub cosigned: Timestamp,
}

/// Everything about every log that is trusted.
///
/// # Errors
/// When there is no witness, or its own key does not read.
pub fn status(dir: &Directory) -> Result<Vec<LogStatus>, Error> {
    dir.check()?;
    let own = own_key(dir)?;
    let logs = trust::logs(dir)?;
    let mut all: Vec<LogStatus> = logs.into_iter().map(|id| of_log(dir, id, &own)).collect();
    all.sort_by(|one, other| one.origin.cmp(&other.origin));
    Ok(all)
}

fn of_log(dir: &Directory, id: LogId, own: &VerifierKey) -> LogStatus {
    let mut damaged = vec![];
    let keys = trust::keys(dir, id).unwrap_or_else(|error| {
        damaged.push(causes::told(&error));
        vec![]
    });
    let origin = keys.first().map_or_else(|| id.to_string(), |key| key.name().to_string());
    let last = seen::read(dir, id, own).unwrap_or_else(|error| {
        damaged.push(causes::told(&error));
        None
    });
    let (forks, unread) = evidence::list(dir, id).unwrap_or_else(|error| {
        damaged.push(causes::told(&error));
        (vec![], vec![])
    });
    damaged.extend(unread.into_iter().map(|folder| format!("{folder} does not read")));
    let last = last.map(|seen| Last {
        size: seen.head.size.get(),
        root: seen.head.root.to_string(),
        cosigned: moment(seen.at.as_seconds()),
    });
    let keys = keys.iter().map(ToString::to_string).collect();
    LogStatus { origin, keys, last, forks, damaged }
}

fn own_key(dir: &Directory) -> Result<VerifierKey, Error> {
    let path = dir.vkey_file();
    let text = read_text(&path, KEY_TEXT_BYTES_MAX + 1)?;
    let text = text.ok_or_else(|| Error::Missing(dir.path().to_owned()))?;
    text.trim().parse().map_err(|error| Error::Damaged { path, why: causes::told(&error) })
}

/// A cosignature may state any time; what no calendar has is shown as its end.
fn moment(seconds: u64) -> Timestamp {
    let at = i64::try_from(seconds).ok().and_then(|at| Timestamp::from_second(at).ok());
    at.unwrap_or(Timestamp::MAX)
}
