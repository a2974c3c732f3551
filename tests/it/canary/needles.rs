//! Looking for many strings in all their forms at once.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// How many bytes of a needle are looked up before the rest is compared.
const PREFIX_BYTES: usize = 4;

/// Fewer bytes than this occur by chance.
const NEEDLE_BYTES_MIN: usize = 6;

/// What is looked for, by its first bytes.
#[derive(Default)]
pub(super) struct Needles(HashMap<[u8; PREFIX_BYTES], Vec<(String, Vec<u8>)>>);

impl Needles {
    /// Looks for a text in every form.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        for (form, bytes) in forms(text) {
            self.add(format!("{name} ({form})"), bytes);
        }
    }

    /// Looks for a number as digits, also without its country's, and as an integer.
    pub(super) fn digits(&mut self, name: &str, digits: &str) {
        self.text(name, digits);
        self.text(&format!("{name}, its last 9 digits"), &digits[digits.len() - 9..]);
        let number: u64 = digits.parse().unwrap();
        self.add(format!("{name} (big-endian)"), number.to_be_bytes()[2..].to_vec());
        self.add(format!("{name} (little-endian)"), number.to_le_bytes()[..6].to_vec());
    }

    /// The names of everything that the bytes hold.
    pub(super) fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = vec![];
        for at in 0..bytes.len().saturating_sub(PREFIX_BYTES - 1) {
            let prefix: [u8; PREFIX_BYTES] = bytes[at..at + PREFIX_BYTES].try_into().unwrap();
            for (name, needle) in self.0.get(&prefix).into_iter().flatten() {
                if bytes[at..].starts_with(needle) && !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found
    }

    fn add(&mut self, name: String, needle: Vec<u8>) {
        assert!(needle.len() >= NEEDLE_BYTES_MIN, "{name} is too short to look for");
        let prefix = needle[..PREFIX_BYTES].try_into().unwrap();
        self.0.entry(prefix).or_default().push((name, needle));
    }
}

/// The forms in which a text can stand in a file.
pub(super) fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let escaped = text.chars().flat_map(|c| {
        let mut units = [0; 2];
        match c {
            ' '..='~' => c.to_string(),
            _ => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        }
        .into_bytes()
    });
    let mut forms = vec![
        ("UTF-8", bytes.to_vec()),
        ("lower case", text.to_lowercase().into_bytes()),
        ("upper case", text.to_uppercase().into_bytes()),
        ("JSON escapes", escaped.collect()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("hex", hex::encode(bytes).into_bytes()),
        ("HEX", hex::encode_upper(bytes).into_bytes()),
        ("percent", bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()),
        ("reversed", bytes.iter().rev().copied().collect()),
    ];
    // In base64 a text looks different at each of three offsets; its first and
    // last characters depend on the neighbours.
    for (offset, name) in ["base64", "base64 at 1", "base64 at 2"].into_iter().enumerate() {
        let padded = [&vec![0; offset], bytes].concat();
        let whole = padded.len() / 3 * 4;
        for (engine, name) in
            [(BASE64_STANDARD_NO_PAD, name), (BASE64_URL_SAFE_NO_PAD, "base64url")]
        {
            let encoded = engine.encode(&padded).into_bytes();
            let from = if offset == 0 { 0 } else { 4 };
            forms.push((name, encoded[from..whole].to_vec()));
        }
    }
    forms.retain(|(_, bytes)| bytes.len() >= NEEDLE_BYTES_MIN);
    forms
}
