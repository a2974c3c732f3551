//! A query cut into lexemes, each with its place.

use std::ops::Range;

use super::{BadQuery, QUERY_TERMS_MAX};

/// A lexeme and the bytes of the query where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) what: What,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Open,
    Close,
    And,
    Or,
    Not,
    /// A field's name, without its colon.
    Field(String),
    Word(String),
    /// A word before a `*`.
    Prefix(String),
    /// A lone `*`.
    Star,
    /// What stood in quotes, or a number written with its `+` and gaps.
    Phrase(String),
}

/// The most digits of a telephone number (ITU-T E.164).
const NUMBER_DIGITS_MAX: usize = 15;

/// A first run of digits as long as this is a whole number: what follows is not
/// part of it.
const NUMBER_DIGITS_WHOLE: usize = 8;

pub(super) fn lexemes(query: &str) -> Result<Vec<Lexeme>, BadQuery> {
    let mut lexer = Lexer { query, at: 0, found: vec![] };
    while lexer.step()? {
        if lexer.found.len() > 4 * QUERY_TERMS_MAX {
            let advice = format!("use at most {QUERY_TERMS_MAX} words");
            return Err(bad(query, lexer.at, "the query has too many parts", advice));
        }
    }
    Ok(lexer.found)
}

/// An error at a byte of the query.
pub(super) fn bad(
    query: &str,
    at: usize,
    what: impl Into<String>,
    advice: impl Into<String>,
) -> BadQuery {
    BadQuery { at: chars_before(query, at), what: what.into(), advice: advice.into() }
}

/// How many characters stand before a byte of the query.
pub(super) fn chars_before(query: &str, at: usize) -> usize {
    query.char_indices().take_while(|(start, _)| *start < at).count()
}

struct Lexer<'a> {
    query: &'a str,
    at: usize,
    found: Vec<Lexeme>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.query.get(self.at..).unwrap_or_default()
    }

    /// Takes one lexeme; `false` at the end.
    fn step(&mut self) -> Result<bool, BadQuery> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let rest = self.rest();
        let mut chars = rest.chars();
        let Some(first) = chars.next() else { return Ok(false) };
        let second = chars.next();
        match first {
            '(' => self.take(What::Open, 1),
            ')' => self.take(What::Close, 1),
            '-' if second.is_some_and(|c| !c.is_whitespace()) => self.take(What::Not, 1),
            '+' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            '+' => self.at += 1,
            _ if closing_quotes(first).is_some() => self.phrase(first)?,
            _ => self.field_or_word()?,
        }
        Ok(true)
    }

    fn take(&mut self, what: What, len: usize) {
        self.found.push(Lexeme { what, span: self.at..self.at + len });
        self.at += len;
    }

    fn phrase(&mut self, quote: char) -> Result<(), BadQuery> {
        let closing = closing_quotes(quote).unwrap_or_default();
        let inside = self.rest().get(quote.len_utf8()..).unwrap_or_default();
        let Some((end, close)) = inside.char_indices().find(|(_, c)| closing.contains(c)) else {
            let advice = "end the phrase with another \"";
            return Err(bad(self.query, self.at, "the quotation mark is not closed", advice));
        };
        let phrase = inside.get(..end).unwrap_or_default().to_owned();
        self.take(What::Phrase(phrase), quote.len_utf8() + end + close.len_utf8());
        Ok(())
    }

    /// A number with its `+`, as far as it goes: `+49 (1555) 0100-777`.
    fn number(&mut self) {
        let rest = self.rest();
        let mut end = 1 + leading_digits(rest.get(1..).unwrap_or_default());
        let mut digits = end - 1;
        if digits < NUMBER_DIGITS_WHOLE {
            while let Some((len, more)) = next_group(rest.get(end..).unwrap_or_default()) {
                if digits + more > NUMBER_DIGITS_MAX {
                    break;
                }
                (end, digits) = (end + len, digits + more);
            }
        }
        let number = rest.get(..end).unwrap_or_default().to_owned();
        match rest.get(end..).is_some_and(|after| after.starts_with('*')) {
            true => self.take(What::Prefix(number), end + 1),
            false => self.take(What::Phrase(number), end),
        }
    }

    fn field_or_word(&mut self) -> Result<(), BadQuery> {
        let rest = self.rest();
        let name = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(rest.len());
        if name > 0 && rest.get(name..).is_some_and(|after| after.starts_with(':')) {
            let field = rest.get(..name).unwrap_or_default().to_ascii_lowercase();
            self.take(What::Field(field), name + 1);
            return Ok(());
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '“' | '”' | '„');
        let end = rest.find(ends).unwrap_or(rest.len());
        // A stray closing mark is a word of its own, so that every step moves on.
        let end = end.max(rest.chars().next().map_or(0, char::len_utf8));
        let word = rest.get(..end).unwrap_or_default();
        let what = self.word(word)?;
        self.take(what, end);
        Ok(())
    }

    fn word(&self, word: &str) -> Result<What, BadQuery> {
        let stem = word.strip_suffix('*');
        if let Some(star) = stem.unwrap_or(word).find('*') {
            let advice = "put * at the end of a word, or the word in quotation marks";
            return Err(bad(self.query, self.at + star, "* stands inside a word", advice));
        }
        Ok(match (stem, word) {
            (Some(""), _) => What::Star,
            (Some(stem), _) => What::Prefix(stem.to_owned()),
            (None, "AND") => What::And,
            (None, "OR") => What::Or,
            (None, "NOT") => What::Not,
            (None, word) => What::Word(word.to_owned()),
        })
    }
}

/// What closes a phrase that begins so, where it begins one.
fn closing_quotes(quote: char) -> Option<&'static [char]> {
    match quote {
        '"' => Some(&['"']),
        '“' => Some(&['”']),
        '„' => Some(&['“', '”']),
        '«' => Some(&['»']),
        _ => None,
    }
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The next group of a number: its length with the gap before it, and how many
/// of that are digits.
fn next_group(text: &str) -> Option<(usize, usize)> {
    let gap = text.bytes().take(2).take_while(|byte| b" -./".contains(byte)).count();
    let after = text.get(gap..)?;
    let (open, inside) = match after.strip_prefix('(') {
        Some(inside) => (1, inside),
        None => (0, after),
    };
    let digits = leading_digits(inside);
    let end = inside.get(digits..)?;
    if digits == 0 || (open == 1 && !end.starts_with(')')) {
        return None;
    }
    // `2026-01-02` after a number is a word of its own only when a letter follows.
    if end.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    Some((gap + 2 * open + digits, digits))
}
