//! Telephone numbers, however somebody writes them.
//!
//! A party's number is indexed as its digits in international form, and once
//! more back to front, so that the national form (`01555 0100777`), which lacks
//! the country, is found by its end. No table of countries is needed.

/// Fewer digits than this are not looked up as a number.
const DIGITS_MIN: usize = 5;

/// More digits than this are not looked up as a number.
const DIGITS_MAX: usize = 20;

/// Fewer digits than this at the end of a number are shared by too many.
const END_DIGITS_MIN: usize = 7;

/// Begins the term of a number written back to front; no id begins so.
const BACKWARDS: char = '~';

/// What to look up for a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The term of the number itself.
    pub(super) exact: String,
    /// What the term of its other spelling begins with, where the country may be
    /// missing.
    pub(super) ending: Option<String>,
}

/// The terms under which an identifier of a party is indexed.
pub(super) fn terms(identifier: &str) -> Vec<String> {
    let mut terms = vec![identifier.to_lowercase()];
    if identifier.bytes().all(|byte| byte.is_ascii_digit()) {
        terms.push(backwards(identifier));
    }
    terms
}

/// What to look up for a text that may be a number; `None` where it is none.
pub(super) fn wanted(text: &str) -> Option<Wanted> {
    let digits = digits_of(text)?;
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) {
        return None;
    }
    let international = text.trim_start().starts_with('+');
    if let Some(exact) = digits.strip_prefix("00") {
        return Some(Wanted { exact: exact.to_owned(), ending: None });
    }
    let national = digits.trim_start_matches('0');
    let ending = (!international && national.len() >= END_DIGITS_MIN).then(|| backwards(national));
    Some(Wanted { exact: digits, ending })
}

/// What the term of a number begins with whose beginning is given in
/// international form; `None` where it is no number.
pub(super) fn beginning(stem: &str) -> Option<String> {
    let digits = digits_of(stem)?;
    Some(digits.strip_prefix("00").map_or_else(|| digits.clone(), str::to_owned))
}

/// Whether a text is written like the term of a number back to front, which
/// nobody means.
pub(super) fn is_backwards(text: &str) -> bool {
    text.starts_with(BACKWARDS)
}

/// The digits of a text that has nothing but digits and what stands between them.
pub(super) fn digits_of(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    for c in text.chars() {
        match digit(c) {
            Some(digit) => digits.push(digit),
            None if matches!(c, '+' | '-' | '.' | '/' | '(' | ')' | '\u{2010}' | '\u{2011}') => {}
            None if c.is_whitespace() => {}
            // Marks of direction come along when a number is copied from a page.
            None if matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}') => {}
            None => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// A decimal digit, in Latin, Arabic-Indic, Persian or Devanagari writing.
fn digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        _ => return None,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

fn backwards(digits: &str) -> String {
    std::iter::once(BACKWARDS).chain(digits.chars().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_looked_up_as_its_digits() {
        for text in [
            "4915550100777",
            "+49 1555 0100-777",
            "0049 (1555) 0100777",
            "\u{202a}+49 1555 0100 777\u{202c}",
        ] {
            assert_eq!(wanted(text).unwrap().exact, "4915550100777", "{text}");
        }
        assert_eq!(wanted("٤٩١٥٥٥٠١٠٠٧٧٧").unwrap().exact, "4915550100777");
    }

    #[test]
    fn the_national_form_is_found_by_its_end() {
        let indexed = terms("4915550100777");
        let ending = wanted("01555 0100777").unwrap().ending.unwrap();
        assert!(indexed.iter().any(|term| term.starts_with(&ending)), "{indexed:?} {ending}");
        assert_eq!(wanted("+49 1555 0100777").unwrap().ending, None);
    }

    #[test]
    fn what_is_no_number_is_not_looked_up() {
        for text in ["", "anna", "12", "2026", "4915550100777x", "123456789012345678901"] {
            assert_eq!(wanted(text), None, "{text}");
        }
    }

    #[test]
    fn a_user_id_is_indexed_once_in_lower_case() {
        assert_eq!(terms("DE.5550001"), ["de.5550001"]);
    }
}
