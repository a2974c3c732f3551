//! Numbers that are written in groups are one word.
//!
//! An amount (`1.250`, `1,250`, `1'250`, `1 250` with a space that does not
//! break) and a telephone number in international form (`+49 1555 0100-777`,
//! `+1 (555) 010-0777`) are sought as their digits, in whatever way they are
//! grouped; in a document their groups are forms too. Digits of any script.
//!
//! Limit: a national number (`01555 0100777`) cannot be told from other digits
//! that follow one another, and stays several words.

use std::ops::Range;

use crate::spelling::fold;

/// The most digits of a telephone number (ITU-T E.164).
const PHONE_DIGITS_MAX: usize = 15;

/// With fewer digits it is no telephone number.
const PHONE_DIGITS_MIN: usize = 7;

/// A first group as long as this is a whole number.
const PHONE_DIGITS_WHOLE: usize = 8;

/// The digits of a group of thousands.
const THOUSAND_DIGITS: usize = 3;

/// A word, or a number in groups.
#[derive(Debug)]
pub(super) enum Unit {
    Word(Range<usize>),
    Number(Number),
}

/// A number in groups.
#[derive(Debug)]
pub(super) struct Number {
    /// From its first digit to its last.
    pub(super) range: Range<usize>,
    /// All its digits.
    pub(super) digits: String,
    /// What else a document is found under because of it. May repeat.
    pub(super) forms: Vec<String>,
}

/// The words of a text with their ranges, the groups of a number put together.
pub(super) fn units(text: &str, pieces: Vec<Range<usize>>) -> Vec<Unit> {
    let mut units = Vec::with_capacity(pieces.len());
    let mut rest = pieces.as_slice();
    while let [piece, after @ ..] = rest {
        let groups = match digits_of(text, piece) {
            Some(first) => groups_of(text, piece, &first, after),
            None => vec![],
        };
        rest = after;
        if groups.len() < 2 {
            units.push(Unit::Word(piece.clone()));
            continue;
        }
        rest = after.get(groups.len() - 1..).unwrap_or_default();
        let last = after.get(groups.len() - 2).unwrap_or(piece);
        let range = piece.start..last.end;
        let digits = groups.concat();
        units.push(Unit::Number(Number { range, digits, forms: forms(groups) }));
    }
    units
}

/// The groups of the number that begins here; one alone is no number in groups.
fn groups_of(text: &str, piece: &Range<usize>, first: &str, after: &[Range<usize>]) -> Vec<String> {
    let before = text.get(..piece.start).unwrap_or_default();
    if before.trim_end_matches('(').ends_with(['+', '\u{ff0b}']) {
        let groups = phone(text, piece, first, after);
        if groups.iter().map(String::len).sum::<usize>() >= PHONE_DIGITS_MIN {
            return groups;
        }
    }
    amount(text, piece, first, after)
}

/// Groups of three behind a first one of at most three, with one and the same
/// mark between them.
fn amount(text: &str, piece: &Range<usize>, first: &str, after: &[Range<usize>]) -> Vec<String> {
    let mut groups = vec![first.to_owned()];
    let (mut end, mut mark) = (piece.end, None);
    if first.len() > THOUSAND_DIGITS {
        return groups;
    }
    for next in after {
        let between = text.get(end..next.start).unwrap_or_default();
        let same = mark.is_none_or(|mark| mark == between);
        let Some(group) = digits_of(text, next) else { break };
        if !same || !is_thousands_mark(between) || group.len() != THOUSAND_DIGITS {
            break;
        }
        groups.push(group);
        (end, mark) = (next.end, Some(between));
    }
    groups
}

fn is_thousands_mark(between: &str) -> bool {
    let mut chars = between.chars();
    let mark = chars.next().is_some_and(|c| {
        matches!(c, '.' | ',' | '\'' | '\u{a0}' | '\u{66c}' | '\u{2009}' | '\u{2019}' | '\u{202f}')
    });
    mark && chars.next().is_none()
}

/// The groups behind a `+`, as far as they can belong to one number.
fn phone(text: &str, piece: &Range<usize>, first: &str, after: &[Range<usize>]) -> Vec<String> {
    let mut groups = vec![first.to_owned()];
    let (mut end, mut digits) = (piece.end, first.len());
    if digits >= PHONE_DIGITS_WHOLE {
        return groups;
    }
    for next in after {
        let between = text.get(end..next.start).unwrap_or_default();
        let Some(group) = digits_of(text, next) else { break };
        if !is_phone_gap(between) || digits + group.len() > PHONE_DIGITS_MAX {
            break;
        }
        (end, digits) = (next.end, digits + group.len());
        groups.push(group);
    }
    groups
}

/// One mark, or parentheses with or without one: not the end of a sentence.
fn is_phone_gap(between: &str) -> bool {
    let outside = between.chars().filter(|c| !matches!(c, '(' | ')'));
    let mark = |c| {
        matches!(c, ' ' | '-' | '.' | '/')
            || matches!(c, '\u{a0}' | '\u{2009}' | '\u{2010}' | '\u{2011}' | '\u{202f}')
    };
    outside.clone().count() <= 1 && outside.clone().all(mark) && (1..=4).contains(&between.len())
}

/// The groups of a number and, because what follows a telephone number may not
/// belong to it, the number without its last groups.
fn forms(groups: Vec<String>) -> Vec<String> {
    let mut forms = Vec::with_capacity(2 * groups.len());
    let mut digits = String::new();
    for group in groups {
        digits.push_str(&group);
        if digits.len() >= PHONE_DIGITS_MIN {
            forms.push(digits.clone());
        }
        forms.push(group);
    }
    forms
}

/// The digits of a piece that has nothing else.
fn digits_of(text: &str, piece: &Range<usize>) -> Option<String> {
    let piece = text.get(piece.clone())?;
    let begins = piece.chars().next().is_some_and(char::is_numeric);
    let digits = if begins { fold(piece) } else { return None };
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}
