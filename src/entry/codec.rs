//! The exact bytes of an entry, to and fro.
//!
//! A leaf is one line of JSON with a fixed order of fields and no spaces, so
//! that an auditor needs only `sha256sum` and eyes. [`decode`] accepts exactly
//! what [`encode`] writes: it encodes what it read again and compares, so that
//! no two leaves say the same thing.

mod canonical;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Act, ENTRY_VERSION, Entry, Event, Kept, LEAF_BYTES_MAX, MissedReason};
use crate::record::{Class, RecordId};
use crate::tlog::{Hash, LeafIndex};

/// Why bytes are not an entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
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
    let mut line = blank(entry);
    fill(&mut line, &entry.event);
    let mut leaf = Vec::with_capacity(480);
    serde_json::to_writer(&mut leaf, &line).expect("a line of plain fields is always JSON");
    assert!(leaf.len() <= LEAF_BYTES_MAX, "a leaf of {} bytes cannot be served", leaf.len());
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
    if encode(&entry) == leaf { Ok(entry) } else { Err(DecodeError::NotCanonical) }
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
        other => Err(DecodeError::Word { field: "kind", word: other.to_owned() }),
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept() -> Kept {
        Kept {
            record: RecordId::from_bytes([7; 16]),
            class: Class::Message,
            bucket: "message-2026-11".into(),
            sealed_sha256: Hash::from_bytes([1; 32]),
            sealed_size: 381,
            commitment: Hash::from_bytes([2; 32]),
        }
    }

    fn entry(event: Event) -> Entry {
        Entry {
            index: LeafIndex::new(12),
            time: "2026-11-21T06:46:18.000120Z".parse().unwrap(),
            event,
            prev: Hash::from_bytes([0xab; 32]),
        }
    }

    pub(super) fn every_kind() -> Vec<Entry> {
        let id = RecordId::from_bytes([9; 16]);
        let mut all = vec![
            entry(Event::Began { origin: "archive.example/halyard".into() }),
            entry(Event::Captured { kept: kept(), delivery: None }),
            entry(Event::Captured { kept: kept(), delivery: Some(id) }),
        ];
        for matches in [None, Some(true), Some(false)] {
            all.push(entry(Event::Linked { record: id, medium: id, matches }));
        }
        for reason in MissedReason::ALL {
            all.push(entry(Event::Missed { record: id, reason }));
        }
        for act in Act::ALL {
            let who = "a1b2c3".to_owned();
            all.push(entry(Event::Accessed { kept: kept(), who, act, target: Some(id) }));
        }
        all
    }

    #[test]
    fn the_line_of_a_captured_message_is_this() {
        let delivery = Some(RecordId::from_bytes([9; 16]));
        let leaf = encode(&entry(Event::Captured { kept: kept(), delivery }));
        let expected = concat!(
            r#"{"v":1,"index":12,"time":"2026-11-21T06:46:18.000120Z","kind":"captured","#,
            r#""record":"07070707070707070707070707070707","class":"message","#,
            r#""bucket":"message-2026-11","sealed":{"sha256":"#,
            r#""0101010101010101010101010101010101010101010101010101010101010101","size":381},"#,
            r#""commitment":"0202020202020202020202020202020202020202020202020202020202020202","#,
            r#""delivery":"09090909090909090909090909090909","#,
            r#""prev":"abababababababababababababababababababababababababababababababab"}"#,
        );
        assert_eq!(String::from_utf8(leaf).unwrap(), expected);
    }

    #[test]
    fn every_kind_of_entry_survives_its_line() {
        for entry in every_kind() {
            assert_eq!(decode(&encode(&entry)).unwrap(), entry);
        }
    }

    #[test]
    fn a_line_in_another_spelling_is_refused() {
        let leaf = String::from_utf8(encode(&every_kind()[1])).unwrap();
        let spaced = leaf.replacen(':', ": ", 1);
        assert!(matches!(decode(spaced.as_bytes()), Err(DecodeError::NotCanonical)));
        let precise = leaf.replacen("18.000120Z", "18.00012Z", 1);
        assert!(matches!(decode(precise.as_bytes()), Err(DecodeError::NotCanonical)));
        let foreign = leaf.replacen("{\"v\":1,", "{\"v\":1,\"x\":1,", 1);
        assert!(matches!(decode(foreign.as_bytes()), Err(DecodeError::Json(_))));
    }

    #[test]
    fn a_newer_form_and_an_unknown_kind_are_named() {
        let leaf = String::from_utf8(encode(&every_kind()[1])).unwrap();
        let newer = leaf.replacen("{\"v\":1", "{\"v\":2", 1);
        assert!(matches!(decode(newer.as_bytes()), Err(DecodeError::Version(2))));
        let other = leaf.replacen("captured", "imagined", 1);
        assert!(decode(other.as_bytes()).unwrap_err().to_string().contains("imagined"));
    }

    proptest! {
        #[test]
        fn no_flipped_bit_of_a_line_reads_as_the_same_entry(kind in 0..14usize, at in 0..4096usize, bit in 0..8u8) {
            let entry = &every_kind()[kind % every_kind().len()];
            let mut leaf = encode(entry);
            let at = at % leaf.len();
            leaf[at] ^= 1 << bit;
            if let Ok(read) = decode(&leaf) {
                prop_assert_ne!(&read, entry);
            }
        }
    }
}
