//! Where the words of a text stand.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

/// The bytes of each word of a text, in order, without overlap. A word is a run
/// of letters, digits and their marks, or one emoji.
pub(super) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for (start, segment) in text.split_word_bound_indices() {
        if segment.chars().any(char::is_alphanumeric) {
            push_runs(&mut pieces, start, segment);
        } else if !segment.is_ascii() {
            push_emoji(&mut pieces, start, segment);
        }
    }
    pieces
}

/// Cuts a segment at the marks that UAX #29 lets stand inside a word.
fn push_runs(pieces: &mut Vec<Range<usize>>, start: usize, segment: &str) {
    let mut next = start;
    for run in segment.split_inclusive(cuts) {
        next += run.len();
        // A mark that has lost its letter to a cut is no part of a word.
        let begun = run.trim_start_matches(|c: char| !c.is_alphanumeric() || is_combining_mark(c));
        let word = begun.trim_end_matches(cuts);
        if !word.is_empty() {
            let at = next - begun.len();
            pieces.push(at..at + word.len());
        }
    }
}

/// The characters with one of the properties MidLetter, MidNum, MidNumLet,
/// Single_Quote or ExtendNumLet, and the letters that stand for an apostrophe.
/// Not among them, because the word is one: the middle dot of Catalan (`col·le`)
/// and the marks of Hebrew abbreviations.
fn cuts(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ':'
            | ';'
            | '\''
            | '_'
            | '\u{2bb}'
            | '\u{2bc}'
            | '\u{37e}'
            | '\u{55f}'
            | '\u{589}'
            | '\u{60c}'
            | '\u{60d}'
            | '\u{66c}'
            | '\u{7f8}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{2024}'
            | '\u{2027}'
            | '\u{202f}'
            | '\u{203f}'
            | '\u{2040}'
            | '\u{2044}'
            | '\u{2054}'
            | '\u{fe10}'
            | '\u{fe13}'
            | '\u{fe14}'
            | '\u{fe33}'
            | '\u{fe34}'
            | '\u{fe4d}'
            ..='\u{fe50}'
                | '\u{fe52}'
                | '\u{fe54}'
                | '\u{fe55}'
                | '\u{ff07}'
                | '\u{ff0c}'
                | '\u{ff0e}'
                | '\u{ff1a}'
                | '\u{ff1b}'
                | '\u{ff3f}'
    )
}

/// Each emoji of a segment; two regional indicators are one flag. What only
/// modifies one (skin, variation, joiner) goes with it.
fn push_emoji(pieces: &mut Vec<Range<usize>>, start: usize, segment: &str) {
    let mut flag_open = false;
    for (offset, c) in segment.char_indices() {
        let at = start + offset;
        let end = at + c.len_utf8();
        if is_regional(c) && flag_open {
            if let Some(flag) = pieces.last_mut() {
                flag.end = end;
            }
            flag_open = false;
        } else if is_emoji(c) {
            pieces.push(at..end);
            flag_open = is_regional(c);
        } else {
            flag_open = false;
        }
    }
}

/// Whether a symbol is a word: arrows and shapes in text are not, what is used as
/// an emoji is.
fn is_emoji(c: char) -> bool {
    let modifies = matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    let is_one = matches!(
        c,
        '\u{2300}'..='\u{23ff}'
            | '\u{2600}'..='\u{27bf}'
            | '\u{2b00}'..='\u{2bff}'
            | '\u{1f000}'..='\u{1faff}'
    );
    is_one && !modifies
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}
