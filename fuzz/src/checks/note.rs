//! A signed note prints as it was read; what verifies, its key has signed.

use super::text_of;
use crate::known::{KEYS, LOG_KEY, WITNESS_KEY};
use crate::tlog::note::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, Verified};

/// Reads a note.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let Ok(note) = Note::parse(text) else { return };
    assert_eq!(note.to_string(), text, "a note prints as it was read");
    assert!(text.len() <= NOTE_BYTES_MAX && note.signatures().len() <= NOTE_SIGNATURES_MAX);
    assert!(note.text().ends_with('\n') && !note.signatures().is_empty());
    assert!(text.bytes().all(|byte| byte >= b' ' || byte == b'\n'));
    if let Ok(verified) = note.verify(KEYS.as_slice()) {
        are_made_by_their_keys(&note, &verified);
    }
    can_be_added_again(&note);
}

/// Ed25519 is deterministic: who signs the text again gets the same line.
fn are_made_by_their_keys(note: &Note, verified: &[Verified<'_>]) {
    for found in verified {
        let again = match found.cosigned_at {
            None => Note::sign(note.text(), &LOG_KEY),
            Some(at) => note.clone().cosign(&WITNESS_KEY, at),
        };
        let again = again.expect("the text stands in a note already");
        let line = again.signatures().last().expect("it was just signed");
        assert!(line.claims(found.key) && note.signatures().contains(line));
    }
    let signed = note.clone().signed_by(KEYS.as_slice()).expect("one signature verified");
    assert_eq!(signed.verify(KEYS.as_slice()).as_deref(), Ok(verified));
}

fn can_be_added_again(note: &Note) {
    let Ok(once) = note.clone().with_signatures(note.signatures()) else {
        panic!("no signature was added that the note did not have");
    };
    assert_eq!(once.text(), note.text());
    assert_eq!(Note::parse(&once.to_string()).as_ref(), Ok(&once));
    let twice = once.clone().with_signatures(once.signatures());
    assert_eq!(twice, Ok(once), "each key's signature stands once");
}
