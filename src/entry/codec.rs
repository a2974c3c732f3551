//! The exact bytes of an entry, to and fro.
//!
//! A leaf is one line of JSON with a fixed order of fields and no spaces, so
//! that an auditor needs only `sha256sum` and eyes. [`decode`] accepts exactly
//! what [`encode`] writes: it encodes what it read again and compares, so that
//! no two leaves say the same thing.

mod canonical;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Act, ENTRY_VERSION, Entry, Event, FOUND_BY_BYTES_MAX, Finding, HandOver, Kept, LEAF_BYTES_MAX,
    MissedReason, Ranges,
};
use crate::record::{Class, RecordId};
use crate::tlog::{Hash, LeafIndex};

/// Why bytes are not an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They are more than a leaf may have.
    #[error("the leaf has {bytes} bytes; the most is {LEAF_BYTES_MAX}")]
    TooLong {
        /// How many they are.
        bytes: usize,
    },
    /// They are not a line of JSON with an entry's fields.
    #[error("the leaf is not an entry's line of JSON")]
    Json(#[source] serde_json::Error),
    /// Written in a form that this build does not know.
    #[error("the leaf has form version {0}; this build reads {ENTRY_VERSION}")]
    Version(u32),
    /// A word that this build does not know, where only known words may stand.
    #[error("the leaf says {field} {word:?}, which this build does not know")]
    Word {
        /// The field.
        field: &'static str,
        /// The word.
        word: String,
    },
    /// A field that its kind needs is missing, or does not read.
    #[error("the leaf's field {0} is missing or malformed")]
    Field(&'static str),
    /// It reads as an entry, but not in the one form that is written.
    #[error("the leaf is not in the canonical form")]
    NotCanonical,
}

/// The line as it is written: this order of fields is the format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    v: u32,
    index: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    origin: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    bucket: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<SealedLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    medium: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    who: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    act: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<RecordId>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    finding: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    by: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RecordId>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    entries: Option<Cow<'a, str>>,
    prev: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedLine {
    sha256: Hash,
    size: u64,
}

/// Writes the leaf of an entry.
///
/// # Panics
/// When the leaf would pass [`LEAF_BYTES_MAX`]: the longest text in it is the
/// origin, which configuration bounds far below that.
pub fn encode(entry: &Entry) -> Vec<u8> {
    let leaf = line_of(entry);
    assert!(leaf.len() <= LEAF_BYTES_MAX, "a leaf of {} bytes cannot be served", leaf.len());
    leaf
}

/// The line, however long.
fn line_of(entry: &Entry) -> Vec<u8> {
    let mut line = blank(entry);
    fill(&mut line, &entry.event);
    let mut leaf = Vec::with_capacity(480);
    serde_json::to_writer(&mut leaf, &line).expect("a line of plain fields is always JSON");
    leaf
}

/// What every kind of entry says.
fn blank(entry: &Entry) -> Line<'_> {
    Line {
        v: ENTRY_VERSION,
        index: entry.index.get(),
        time: format!("{:.6}", entry.time).into(),
        kind: entry.event.kind().into(),
        origin: None,
        record: None,
        class: None,
        bucket: None,
        sealed: None,
        commitment: None,
        delivery: None,
        medium: None,
        matches: None,
        reason: None,
        who: None,
        act: None,
        target: None,
        note: None,
        finding: None,
        by: None,
        at: None,
        digest: None,
        run: None,
        entries: None,
        prev: entry.prev,
    }
}

fn fill<'a>(line: &mut Line<'a>, event: &'a Event) {
    match event {
        Event::Began { origin } => line.origin = Some(origin.into()),
        Event::Captured { kept, delivery } => {
            fill_kept(line, kept);
            line.delivery = *delivery;
        }
        Event::Linked { record, medium, matches } => {
            line.record = Some(*record);
            line.medium = Some(*medium);
            line.matches = *matches;
        }
        Event::Missed { record, reason } => {
            line.record = Some(*record);
            line.reason = Some(reason.as_str().into());
        }
        Event::Accessed { kept, who, act, target } => {
            fill_kept(line, kept);
            line.who = Some(who.into());
            line.act = Some(act.as_str().into());
            line.target = *target;
        }
        Event::Governed { kept, who, digest } => {
            fill_kept(line, kept);
            line.who = Some(who.into());
            line.digest = *digest;
        }
        Event::Destroyed { run, entries } => {
            line.run = Some(*run);
            line.entries = Some(entries.to_string().into());
        }
        Event::HandedOver(hand_over) => line.note = Some(hand_over.note().to_string().into()),
        Event::Found { finding, by, at } => {
            line.finding = Some(finding.as_str().into());
            line.by = Some(by.into());
            line.at = *at;
        }
    }
}

fn fill_kept<'a>(line: &mut Line<'a>, kept: &'a Kept) {
    line.record = Some(kept.record);
    line.class = Some(kept.class);
    line.bucket = Some(kept.bucket.as_str().into());
    line.sealed = Some(SealedLine { sha256: kept.sealed_sha256, size: kept.sealed_size });
    line.commitment = Some(kept.commitment);
}

/// Reads a leaf.
///
/// # Errors
/// When the bytes are not exactly what [`encode`] writes for some entry.
pub fn decode(leaf: &[u8]) -> Result<Entry, DecodeError> {
    if leaf.len() > LEAF_BYTES_MAX {
        return Err(DecodeError::TooLong { bytes: leaf.len() });
    }
    canonical::read(leaf).map_or_else(|| decode_slowly(leaf), Ok)
}

fn decode_slowly(leaf: &[u8]) -> Result<Entry, DecodeError> {
    let line: Line<'_> = serde_json::from_slice(leaf).map_err(DecodeError::Json)?;
    if line.v != ENTRY_VERSION {
        return Err(DecodeError::Version(line.v));
    }
    let entry = Entry {
        index: LeafIndex::new(line.index),
        time: line.time.parse::<Timestamp>().map_err(|_| DecodeError::Field("time"))?,
        event: event_of(&line)?,
        prev: line.prev,
    };
    // What was read may be longer when written: a time can be put in fewer letters.
    if line_of(&entry) == leaf { Ok(entry) } else { Err(DecodeError::NotCanonical) }
}

fn event_of(line: &Line<'_>) -> Result<Event, DecodeError> {
    match line.kind.as_ref() {
        "began" => Ok(Event::Began { origin: text(line.origin.as_ref(), "origin")? }),
        "captured" => Ok(Event::Captured { kept: kept_of(line)?, delivery: line.delivery }),
        "linked" => Ok(Event::Linked {
            record: line.record.ok_or(DecodeError::Field("record"))?,
            medium: line.medium.ok_or(DecodeError::Field("medium"))?,
            matches: line.matches,
        }),
        "missed" => Ok(Event::Missed {
            record: line.record.ok_or(DecodeError::Field("record"))?,
            reason: word(line.reason.as_ref(), "reason", &MissedReason::ALL, |r| r.as_str())?,
        }),
        "accessed" => Ok(Event::Accessed {
            kept: kept_of(line)?,
            who: text(line.who.as_ref(), "who")?,
            act: word(line.act.as_ref(), "act", &Act::ALL, |act| act.as_str())?,
            target: line.target,
        }),
        "governed" => Ok(Event::Governed {
            kept: kept_of(line)?,
            who: text(line.who.as_ref(), "who")?,
            digest: line.digest,
        }),
        "destroyed" => {
            let entries = line.entries.as_ref().and_then(|text| text.parse::<Ranges>().ok());
            let entries = entries.ok_or(DecodeError::Field("entries"))?;
            let run = line.run.ok_or(DecodeError::Field("run"))?;
            // What is destroyed stood in the log before.
            let entries = fits(entries.last().get() < line.index, entries, "entries")?;
            Ok(Event::Destroyed { run, entries })
        }
        "handed_over" => Ok(Event::HandedOver(Box::new(hand_over_of(line)?))),
        "found" => Ok(Event::Found {
            finding: word(line.finding.as_ref(), "finding", &Finding::ALL, |f| f.as_str())?,
            by: text(line.by.as_ref(), "by")
                .and_then(|by| fits(by.len() <= FOUND_BY_BYTES_MAX, by, "by"))?,
            at: line.at,
        }),
        other => Err(DecodeError::Word { field: "kind", word: other.to_owned() }),
    }
}

/// A hand-over that says the place that it stands in.
fn hand_over_of(line: &Line<'_>) -> Result<HandOver, DecodeError> {
    let note = line.note.as_ref().ok_or(DecodeError::Field("note"))?;
    let hand_over = HandOver::parse(note).map_err(|_| DecodeError::Field("note"))?;
    fits(hand_over.index().get() == line.index, hand_over, "note")
}

fn fits<T>(does: bool, value: T, field: &'static str) -> Result<T, DecodeError> {
    if does { Ok(value) } else { Err(DecodeError::Field(field)) }
}

fn kept_of(line: &Line<'_>) -> Result<Kept, DecodeError> {
    let sealed = line.sealed.as_ref().ok_or(DecodeError::Field("sealed"))?;
    Ok(Kept {
        record: line.record.ok_or(DecodeError::Field("record"))?,
        class: line.class.ok_or(DecodeError::Field("class"))?,
        bucket: text(line.bucket.as_ref(), "bucket")?,
        sealed_sha256: sealed.sha256,
        sealed_size: sealed.size,
        commitment: line.commitment.ok_or(DecodeError::Field("commitment"))?,
    })
}

fn text(value: Option<&Cow<'_, str>>, field: &'static str) -> Result<String, DecodeError> {
    value.map(|text| text.clone().into_owned()).ok_or(DecodeError::Field(field))
}

fn word<T: Copy>(
    value: Option<&Cow<'_, str>>,
    field: &'static str,
    all: &[T],
    spelled: impl Fn(&T) -> &'static str,
) -> Result<T, DecodeError> {
    let word = text(value, field)?;
    let found = all.iter().find(|known| spelled(known) == word).copied();
    found.ok_or(DecodeError::Word { field, word })
}
