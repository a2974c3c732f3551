//! What is kept when a log contradicts itself.
//!
//! A folder for each contradiction: the checkpoint that was cosigned, the one that
//! was submitted, the request with its proof, and what it means. The first two are
//! signed by the log: whoever has its key can check them without this witness.

use std::fs;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Error;
use super::directory::{Directory, LogId, io, names_in, read_text, sync_folder, write_synced};
use super::seen::Seen;
use crate::fault::{self, Point};
use crate::tlog::note::Note;
use crate::tlog::witness::{AddCheckpoint, Contradiction, TreeHead};

/// The most folders of evidence of a log, of each degree of certainty: suspicions,
/// which anybody can cause, never take the room of proofs.
const FORKS_MAX: usize = 100;

const ABOUT_FILE: &str = "about.json";
const ABOUT_BYTES_MAX: usize = 4096;
/// Digits of a root in a folder's name.
const ROOT_DIGITS: usize = 16;

/// A checkpoint that contradicts, as it was submitted.
#[derive(Clone, Copy, Debug)]
pub struct Submitted<'a> {
    /// How sure it is.
    pub contradiction: Contradiction,
    /// The request.
    pub asked: &'a AddCheckpoint,
    /// The submitted note with the log's signatures alone.
    pub note: &'a Note,
}

/// A contradiction of which evidence is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// Whether the evidence proves it to anybody; else it is a suspicion.
    pub proven: bool,
    /// The log.
    pub origin: String,
    /// How many entries had been cosigned.
    pub known_size: u64,
    /// Their root, in hexadecimal.
    pub known_root: String,
    /// How many entries the contradicting checkpoint has.
    pub submitted_size: u64,
    /// Their root, in hexadecimal.
    pub submitted_root: String,
    /// When it was submitted.
    pub at: Timestamp,
    /// The folder with the evidence.
    #[serde(skip_deserializing, default)]
    pub folder: String,
}

/// Keeps the evidence, once for each two trees.
pub(super) fn keep(
    dir: &Directory,
    id: LogId,
    seen: &Seen,
    submitted: &Submitted<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let next = TreeHead::of(submitted.asked.claimed());
    let origin = submitted.asked.claimed().origin();
    let proven = submitted.contradiction == Contradiction::Proven;
    let (folder, name) = (dir.forks_of(id), name(proven, &seen.head, &next));
    let kept = folder.join(&name);
    let (known, size) = (seen.head.size, next.size);
    let kept_in = kept.display();
    if kept.is_dir() {
        tracing::warn!(origin, %known, submitted = %size, %kept_in, "the same contradiction again");
        return Ok(());
    }
    if proven {
        tracing::error!(origin, %known, submitted = %size, %kept_in, "FORK: the log contradicts itself");
    } else {
        tracing::error!(origin, %known, submitted = %size, %kept_in, "a fork is suspected: not proven to go on");
    }
    let same = |kept: &&String| is_proven(kept) == proven;
    if names_in(&folder)?.iter().filter(same).count() >= FORKS_MAX {
        tracing::error!(origin, "no more evidence of this log is kept: there is plenty");
        return Ok(());
    }
    let about = Fork {
        proven,
        origin: origin.to_owned(),
        known_size: known.get(),
        known_root: seen.head.root.to_string(),
        submitted_size: size.get(),
        submitted_root: next.root.to_string(),
        at: now,
        folder: kept.display().to_string(),
    };
    let about = serde_json::to_string_pretty(&about).expect("plain fields are always JSON");
    // Whole under another name first: what has the right name is complete.
    let new = folder.join(format!("{name}.new"));
    fs::create_dir_all(&new).map_err(io("create", &new))?;
    write_synced(&new.join("cosigned.checkpoint"), seen.note.to_string().as_bytes())?;
    write_synced(&new.join("submitted.checkpoint"), submitted.note.to_string().as_bytes())?;
    write_synced(&new.join("submitted.request"), request(submitted).as_bytes())?;
    write_synced(&new.join(ABOUT_FILE), format!("{about}\n").as_bytes())?;
    sync_folder(&new)?;
    fault::at(Point::WitnessState, || fs::rename(&new, &kept))
        .map_err(io("put in place", &kept))?;
    sync_folder(&folder)?;
    // The log's own folder may be new as well.
    sync_folder(folder.parent().unwrap_or(&folder))
}

/// A suspicion about a tree that was then proven to go on was none.
pub(super) fn forget_suspicion(dir: &Directory, id: LogId, right: &TreeHead) -> Result<(), Error> {
    let folder = dir.forks_of(id);
    let end = tree_in_name(right);
    for name in names_in(&folder)? {
        if !is_proven(&name) && name.ends_with(&end) {
            let path = folder.join(&name);
            fs::remove_dir_all(&path).map_err(io("remove", &path))?;
        }
    }
    Ok(())
}

/// All that is kept about a log, with what of it does not read.
pub(super) fn list(dir: &Directory, id: LogId) -> Result<(Vec<Fork>, Vec<String>), Error> {
    let folder = dir.forks_of(id);
    let (mut forks, mut unread) = (vec![], vec![]);
    for name in names_in(&folder)?.into_iter().filter(|name| !name.ends_with(".new")) {
        let kept = folder.join(&name);
        let text = read_text(&kept.join(ABOUT_FILE), ABOUT_BYTES_MAX)?;
        match text.and_then(|text| serde_json::from_str::<Fork>(&text).ok()) {
            Some(fork) => forks.push(Fork { folder: kept.display().to_string(), ..fork }),
            None => unread.push(kept.display().to_string()),
        }
    }
    Ok((forks, unread))
}

/// The request as it came, without the lines of strangers.
fn request(submitted: &Submitted<'_>) -> String {
    let Submitted { asked, note, .. } = submitted;
    let request = AddCheckpoint::new(asked.old(), asked.proof().clone(), (*note).clone());
    request.map_or_else(|_| asked.to_string(), |request| request.to_string())
}

fn name(proven: bool, known: &TreeHead, next: &TreeHead) -> String {
    let word = if proven { "proven" } else { "suspected" };
    format!("{word}-{}{}", known.size, tree_in_name(next))
}

fn tree_in_name(head: &TreeHead) -> String {
    let root = head.root.to_string();
    format!("-{}-{}", head.size, root.get(..ROOT_DIGITS).unwrap_or(&root))
}

fn is_proven(name: &str) -> bool {
    name.starts_with("proven-")
}
