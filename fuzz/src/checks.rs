//! What must hold for any bytes, a module for each parser.
//!
//! A check returns when the bytes are refused, and panics when something that
//! was accepted breaks a promise: mostly that a text is accepted only in the form
//! in which it would be written again.

pub mod add_checkpoint;
pub mod bundle;
pub mod checkpoint;
pub mod entry;
pub mod hand_over;
pub mod key;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod schedule;
pub mod tile_path;
pub mod timestamp;

/// A check, by the name of its target.
pub type Check = (&'static str, fn(&[u8]));

/// Every check.
pub const ALL: [Check; 13] = [
    ("add_checkpoint", add_checkpoint::check),
    ("bundle", bundle::check),
    ("checkpoint", checkpoint::check),
    ("entry", entry::check),
    ("hand_over", hand_over::check),
    ("key", key::check),
    ("note", note::check),
    ("policy", policy::check),
    ("proof", proof::check),
    ("receipt", receipt::check),
    ("schedule", schedule::check),
    ("tile_path", tile_path::check),
    ("timestamp", timestamp::check),
];

fn text_of(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// Takes the first bytes off; zeros where there are too few.
fn take<const N: usize>(input: &mut &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    for byte in &mut taken {
        if let Some((first, rest)) = input.split_first() {
            (*byte, *input) = (*first, rest);
        }
    }
    taken
}
