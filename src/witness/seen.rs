//! What the witness cosigned last for each log: all that it must never forget.
//!
//! A file a log, which is the checkpoint itself with the cosignature on it. So a
//! file that was altered does not verify, and anybody can check it.

use super::Error;
use super::directory::{Directory, LogId, names_in, read_text, replace};
use crate::causes;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::{CosignatureTime, NOTE_BYTES_MAX, Note, VerifierKey};
use crate::tlog::witness::TreeHead;

/// The newest checkpoint of a log that was cosigned.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) note: Note,
    pub(super) head: TreeHead,
    pub(super) at: CosignatureTime,
}

/// Reads what was cosigned last; `None` where nothing was. A file that is there and
/// is not this witness' own is an error, never an absence.
pub(super) fn read(dir: &Directory, id: LogId, own: &VerifierKey) -> Result<Option<Seen>, Error> {
    let path = dir.seen_file(id);
    let Some(text) = read_text(&path, NOTE_BYTES_MAX)? else { return Ok(None) };
    let damaged = |why: String| Error::Damaged { path: path.clone(), why };
    let note = Note::parse(&text).map_err(|error| damaged(error.to_string()))?;
    let verified = note.verify(std::slice::from_ref(own));
    let verified = verified.map_err(|error| damaged(causes::told(&error)))?;
    let at = verified.first().and_then(|found| found.cosigned_at);
    let at = at.ok_or_else(|| damaged("it states no time".to_owned()))?;
    let checkpoint: Checkpoint =
        note.text().parse().map_err(|error| damaged(causes::told(&error)))?;
    if LogId::of(checkpoint.origin()) != id {
        return Err(damaged(format!("it is of the log {:?}", checkpoint.origin())));
    }
    Ok(Some(Seen { head: TreeHead::of(&checkpoint), note, at }))
}

/// Writes down what is about to be answered; when this returns `Ok`, it lasts.
pub(super) fn write(dir: &Directory, id: LogId, note: &Note) -> Result<(), Error> {
    replace(&dir.seen_file(id), note.to_string().as_bytes())
}

/// The latest time that any cosignature states.
pub(super) fn latest(dir: &Directory, own: &VerifierKey) -> Result<Option<CosignatureTime>, Error> {
    let mut latest = None;
    for name in names_in(&dir.seen())? {
        let Some(Ok(id)) = name.strip_suffix(".checkpoint").map(str::parse) else { continue };
        match read(dir, id, own) {
            Ok(seen) => latest = latest.max(seen.map(|seen| seen.at)),
            // That log is not cosigned any more; the others are.
            Err(error) => {
                tracing::error!(error = causes::told(&error), "a log cannot be witnessed")
            }
        }
    }
    Ok(latest)
}
