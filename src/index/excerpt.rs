//! The part of a text that shows why it was found.
//!
//! Words of the query are marked where they stand in the text as it was written:
//! whole words, in whatever spelling. What the query excludes is not marked. Where
//! nothing of the text is asked for (a date, a party), its beginning is shown.

use std::ops::Range;

use serde::Serialize;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use super::analysis::{self, Token};
use super::language::{Condition, Expr, WordField, Words};

/// Of a longer text only this much is searched for words to mark.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// What stands for what was left out.
const LEFT_OUT: &str = "…";

/// This part of the excerpt stands before the first hit.
const BEFORE_PART: usize = 4;

/// A piece of an excerpt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Segment {
    /// The text, as it was written; line breaks and tabs are spaces.
    pub text: String,
    /// Whether it is a word that was searched for.
    pub hit: bool,
}

/// The part of a text around the first word that was searched for, of at most
/// `chars_max` characters as people count them (grapheme clusters), and the mark
/// for what was left out before and behind.
pub fn excerpt(expr: &Expr, text: &str, chars_max: usize) -> Vec<Segment> {
    let marked = marked(expr, text);
    let window = window(text, marked.first().map(|hit| hit.start), chars_max);
    let mut segments = vec![];
    if window.start > 0 && !window.is_empty() {
        push(&mut segments, LEFT_OUT, false);
    }
    let mut at = window.start;
    for hit in marked {
        let hit = hit.start.max(at)..hit.end.min(window.end);
        if hit.is_empty() {
            continue;
        }
        push(&mut segments, text.get(at..hit.start).unwrap_or_default(), false);
        push(&mut segments, text.get(hit.clone()).unwrap_or_default(), true);
        at = hit.end;
    }
    push(&mut segments, text.get(at..window.end).unwrap_or_default(), false);
    if window.end < text.len() {
        push(&mut segments, LEFT_OUT, false);
    }
    segments
}

fn push(segments: &mut Vec<Segment>, text: &str, hit: bool) {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match segments.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.hit == hit && !hit => last.text.push_str(&text),
        _ => segments.push(Segment { text, hit }),
    }
}

/// The bytes of the words that were searched for, in order, without overlap.
fn marked(expr: &Expr, text: &str) -> Vec<Range<usize>> {
    let mut wanted = vec![];
    collect(expr, &mut wanted);
    if wanted.is_empty() {
        return vec![];
    }
    let read = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    let tokens = analysis::tokens(read);
    let mut found: Vec<Range<usize>> = vec![];
    for wanted in &wanted {
        for start in 0..tokens.len() {
            let here = tokens.get(start..start + wanted.words.len()).unwrap_or_default();
            if wanted.matches(here) {
                found.extend(here.iter().map(|token| whole_characters(text, &token.range)));
            }
        }
    }
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<usize>> = vec![];
    for range in found {
        match joined.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// A range with the rest of the characters that it begins and ends in: an emoji
/// may be one word of a few that are shown as one picture.
fn whole_characters(text: &str, range: &Range<usize>) -> Range<usize> {
    let boundary = |at| GraphemeCursor::new(at, text.len(), true);
    let is_one = |at| boundary(at).is_boundary(text, 0).unwrap_or(true);
    let before = |at| boundary(at).prev_boundary(text, 0).ok().flatten().unwrap_or(at);
    let after = |at| boundary(at).next_boundary(text, 0).ok().flatten().unwrap_or(at);
    let start = if is_one(range.start) { range.start } else { before(range.start) };
    let end = if is_one(range.end) { range.end } else { after(range.end) };
    start..end
}

/// Words in a row that are searched for.
struct Wanted {
    words: Vec<Token>,
    /// Whether the last is only the beginning of a word.
    open: bool,
}

impl Wanted {
    fn matches(&self, here: &[Token]) -> bool {
        let Some((last, others)) = self.words.split_last() else { return false };
        let Some((last_here, others_here)) = here.split_last() else { return false };
        others.len() == others_here.len()
            && others.iter().zip(others_here).all(|(word, token)| is_found(word, token))
            && match self.open {
                true => last_here.forms().any(|form| form.starts_with(&last.sought)),
                false => is_found(last, last_here),
            }
    }
}

fn is_found(word: &Token, token: &Token) -> bool {
    token.forms().any(|form| form == word.sought)
}

/// What is looked for in the text, less what is excluded.
fn collect(expr: &Expr, wanted: &mut Vec<Wanted>) {
    match expr {
        Expr::All | Expr::Not(_) => {}
        Expr::And(parts) | Expr::Or(parts) => {
            parts.iter().for_each(|part| collect(part, wanted));
        }
        Expr::Is { condition: Condition::Words(field, words), .. } => match field {
            WordField::Any | WordField::Text => {
                let (Words::Word(text) | Words::Phrase(text) | Words::Prefix(text)) = words;
                let open = matches!(words, Words::Prefix(_));
                wanted.push(Wanted { words: analysis::tokens(text), open });
            }
            WordField::File | WordField::From | WordField::To | WordField::Party => {}
        },
        Expr::Is { .. } => {}
    }
}

/// The bytes that are shown: whole characters around the first hit, as much behind
/// as before it where there is room.
fn window(text: &str, first: Option<usize>, chars_max: usize) -> Range<usize> {
    let first = first.unwrap_or(0);
    let after = text.get(first..).unwrap_or_default();
    let before = text.get(..first).unwrap_or_default();
    let room_after = chars_max - chars_max / BEFORE_PART;
    let (_, taken_after) = ends_after(after, room_after);
    let (start, taken_before) = begins_before(before, chars_max - taken_after);
    let (len, _) = ends_after(after, chars_max - taken_before);
    let start = match start {
        0 => 0,
        start => word_start(text, start, first),
    };
    start..first + len
}

/// Where the first `chars_max` characters end, and how many there are.
fn ends_after(text: &str, chars_max: usize) -> (usize, usize) {
    text.graphemes(true)
        .take(chars_max)
        .fold((0, 0), |(bytes, chars), grapheme| (bytes + grapheme.len(), chars + 1))
}

/// Where the last `chars_max` characters begin, and how many there are.
fn begins_before(text: &str, chars_max: usize) -> (usize, usize) {
    text.graphemes(true)
        .rev()
        .take(chars_max)
        .fold((text.len(), 0), |(at, chars), grapheme| (at - grapheme.len(), chars + 1))
}

/// The next beginning of a word, so that the excerpt does not begin within one;
/// where there is none before the hit, the place itself.
fn word_start(text: &str, from: usize, before: usize) -> usize {
    if text.get(..from).is_some_and(|cut| cut.ends_with(char::is_whitespace)) {
        return from;
    }
    let cut = text.get(from..before).unwrap_or_default();
    let space = cut.find(char::is_whitespace).unwrap_or(0);
    let rest = cut.get(space..).unwrap_or_default();
    from + space + (rest.len() - rest.trim_start().len())
}

#[cfg(test)]
mod tests;
