//! Names as numbers: what rules, holds and the index compare instead of texts.

use std::fmt;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// The first 8 bytes of the SHA-256 of a name in its normal form, big-endian.
///
/// A phone number is named by its digits, however it is written; any other name
/// (a user id, a user name, a tag, a lexicon) without the space and the `@` around
/// it, in lower case. It is not keyed: who knows a mark can find the phone number
/// by trial. It stands in sealed places and in memory only, and is not printed.
///
/// Limit: two names of an archive have one mark with a chance of 2⁻⁶⁴; for rules
/// and holds that errs towards keeping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark(pub u64);

impl Mark {
    /// The mark of a name, in whatever spelling.
    pub fn of(name: &str) -> Self {
        let digest = digest(&SHA256, normal_form(name).as_bytes());
        let first = digest.as_ref().first_chunk().expect("a SHA-256 has 32 bytes");
        Self(u64::from_be_bytes(*first))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(personal data)")
    }
}

/// The digits of a phone number in whatever spelling; `None` for any other name.
pub fn phone_digits(name: &str) -> Option<String> {
    let normal = normal_form(name);
    normal.bytes().all(|byte| byte.is_ascii_digit()).then_some(normal).filter(|it| !it.is_empty())
}

/// What of two spellings of one name is the same.
fn normal_form(name: &str) -> String {
    let name = name.trim();
    if !name.is_ascii() {
        let resolved: String = name.nfkc().filter(|c| !is_invisible(*c)).collect();
        return spelled(resolved.trim());
    }
    spelled(name)
}

fn spelled(name: &str) -> String {
    let name = name.trim_start_matches('@');
    digits_of_phone(name).unwrap_or_else(|| name.to_lowercase())
}

/// The digits of what is written as a phone number is; `None` for any other name.
fn digits_of_phone(name: &str) -> Option<String> {
    let mut digits = String::with_capacity(name.len());
    for c in name.chars() {
        match digit(c) {
            Some(digit) => digits.push(digit),
            None if c.is_whitespace() || "+-().\u{2010}\u{2011}".contains(c) => {}
            None => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// A digit as people write it: ASCII, Arabic-Indic, or Persian.
fn digit(c: char) -> Option<char> {
    let first = match c {
        '0'..='9' => '0',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        _ => return None,
    };
    char::from_digit(u32::from(c).checked_sub(u32::from(first))?, 10)
}

/// Marks of the writing direction, and spaces without width, come along when a
/// number is copied from a screen.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_has_one_mark_in_every_spelling() {
        let plain = Mark::of("4915550100777");
        for spelling in [
            "+49 1555 0100-777",
            " (49) 1555.0100777 ",
            "٤٩١٥٥٥٠١٠٠٧٧٧",
            "۴۹۱۵۵۵۰۱۰۰۷۷۷",
            "\u{202A}+49 1555 0100777\u{202C}",
        ] {
            assert_eq!(Mark::of(spelling), plain, "{spelling}");
        }
        assert_ne!(Mark::of("4915550100778"), plain);
    }

    #[test]
    fn another_name_has_one_mark_in_every_case() {
        assert_eq!(Mark::of(" @Leyla.D"), Mark::of("leyla.d"));
        assert_eq!(Mark::of("DE.555"), Mark::of("de.555"));
        assert_ne!(Mark::of("DE.555"), Mark::of("555"));
    }

    #[test]
    fn the_mark_is_the_beginning_of_the_digest() {
        // printf 4915550100777 | sha256sum
        assert_eq!(Mark::of("4915550100777").0, 0x884f_bd61_0865_3700);
    }

    #[test]
    fn a_mark_is_not_printed() {
        let mark = Mark::of("4915550100777");
        assert!(!format!("{mark:?}").contains(&mark.0.to_string()));
    }
}
