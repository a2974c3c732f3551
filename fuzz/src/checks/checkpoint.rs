//! A checkpoint prints as it was read, and opens for its log alone.

use super::text_of;
use crate::known::{KEYS, LOG_KEY, ORIGIN};
use crate::tlog::checkpoint::{
    Checkpoint, EXTENSION_BYTES_MAX, EXTENSIONS_MAX, ORIGIN_BYTES_MAX, open, open_by, sign,
};
use crate::tlog::note::Note;
use crate::tlog::{EMPTY_ROOT, TREE_SIZE_MAX, TreeSize};

/// Reads a checkpoint, first as the text, then as the note around it.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text, "a checkpoint prints as it was read");
        is_within_limits(&checkpoint);
        let note = sign(&checkpoint, &LOG_KEY);
        let opened = open(&note, LOG_KEY.verifier(), checkpoint.origin());
        assert_eq!(opened, Ok(checkpoint), "what is signed opens");
    }
    if let Ok(note) = Note::parse(text) {
        opens_for_its_log(&note);
    }
}

fn is_within_limits(checkpoint: &Checkpoint) {
    assert!((1..=ORIGIN_BYTES_MAX).contains(&checkpoint.origin().len()));
    assert!(checkpoint.size() <= TREE_SIZE_MAX);
    assert!(checkpoint.size() != TreeSize::EMPTY || *checkpoint.root() == EMPTY_ROOT);
    assert!(checkpoint.extensions().len() <= EXTENSIONS_MAX);
    for line in checkpoint.extensions() {
        assert!((1..=EXTENSION_BYTES_MAX).contains(&line.len()));
    }
}

fn opens_for_its_log(note: &Note) {
    let text = note.to_string();
    let opened = open(&text, LOG_KEY.verifier(), ORIGIN);
    if let Ok(checkpoint) = &opened {
        assert_eq!((checkpoint.origin(), checkpoint.to_string().as_str()), (ORIGIN, note.text()));
        assert!(open(&text, LOG_KEY.verifier(), "log.example/other").is_err());
    }
    if let Ok((checkpoint, verified)) = open_by(note, KEYS.as_slice()) {
        assert_eq!(opened, Ok(checkpoint), "a witness changes nothing");
        assert!(verified.iter().any(|found| found.key == LOG_KEY.verifier()));
    }
}
