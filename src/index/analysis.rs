//! How a text is cut into words, and in which form a word is looked up.
//!
//! One analysis for documents and for queries: whatever spelling, accent, script
//! of digits or article a word is written with, it meets its other spellings.
//!
//! A text is cut by the word boundaries of [UAX #29], and further at the marks
//! that stand inside a word there (`.`, `:`, `_`, `'` …), so that an address, a
//! file name or a link is found by its parts. Thai and Han text gives a word for
//! each character, and is found as a phrase. Emoji are words. A word is folded
//! ([`fold`]), a number that is written in groups is one word ([`numbers`]).
//!
//! A word has one form that is **sought** and, in a document, more forms that it
//! is found under, all at one position:
//!
//! | in the text | sought | found under besides |
//! |---|---|---|
//! | `Straße` | `strasse` | |
//! | `والكتاب` | `كتاب` | `والكتاب` |
//! | `وكتاب` | `وكتاب` | `كتاب` |
//! | `1.250,00` | `1250` then `00` | `1`, `250` at the position of `1250` |
//! | `+49 1555 0100-777` | `4915550100777` | `49`, `1555`, `0100`, `777` |
//!
//! A query looks for the sought form alone, which is among the forms of every
//! word that it means: the article is taken off on both sides, a conjunction or
//! preposition only in documents ([`arabic`]). A phrase is the sought forms at
//! their positions; a prefix is any form that begins with the sought form.
//!
//! It knows no language and has no list of stop words. What it does not do:
//! stemming (`books` does not find `book`; `book*` does), German `ae` for `ä`,
//! and cutting compounds.
//!
//! [UAX #29]: https://www.unicode.org/reports/tr29/#Word_Boundaries

mod arabic;
mod numbers;
mod pieces;

use std::ops::Range;

use tantivy::tokenizer::{TextAnalyzer, Token as Term, TokenStream, Tokenizer};

use numbers::Unit;

use crate::spelling::fold;

/// The most bytes of a form. Of a longer word the beginning is kept, in documents
/// and queries alike, so that the whole word still finds itself.
const FORM_BYTES_MAX: usize = 128;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The bytes of the text that it was made from: whole characters.
    pub(super) range: Range<usize>,
    /// Its place among the words, from 0.
    pub(super) position: usize,
    /// The form that a query looks for. Never empty.
    pub(super) sought: String,
    /// What a document is found under besides, without repetitions.
    pub(super) also: Vec<String>,
}

impl Token {
    /// Every form that the word is found under in a document.
    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.sought.as_str()).chain(self.also.iter().map(String::as_str))
    }
}

/// The words of a text, in order; of a query's word, phrase or prefix the
/// [`Token::sought`] and the positions count.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for unit in numbers::units(text, pieces::pieces(text)) {
        match unit {
            Unit::Word(range) => push_words(&mut tokens, text, range),
            Unit::Number(number) => {
                let position = tokens.len();
                let sought = shortened(number.digits);
                let also = distinct(number.forms, &sought);
                tokens.push(Token { range: number.range, position, sought, also });
            }
        }
    }
    tokens
}

/// The analysis for the search library, to be registered under the name that the
/// schema gives it.
pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Words).build()
}

/// One piece of text is one word, unless folding shows that it was written as
/// one character for several (`½`, `㍻`, `ﷺ`): those share its bytes.
fn push_words(tokens: &mut Vec<Token>, text: &str, range: Range<usize>) {
    let piece = text.get(range.clone()).unwrap_or_default();
    let folded = fold(piece);
    if piece.is_ascii() || folded == piece {
        return push(tokens, range, folded);
    }
    for part in pieces::pieces(&folded) {
        let part = folded.get(part).unwrap_or_default();
        push(tokens, range.clone(), fold(part));
    }
}

fn push(tokens: &mut Vec<Token>, range: Range<usize>, folded: String) {
    let exact = shortened(folded);
    if exact.is_empty() {
        return;
    }
    let position = tokens.len();
    let sought = arabic::without_article(&exact).to_owned();
    let also = if arabic::is_arabic(&exact) {
        let forms = arabic::found_under(&exact).into_iter().map(str::to_owned);
        distinct(forms.collect(), &sought)
    } else {
        vec![]
    };
    tokens.push(Token { range, position, sought, also });
}

fn distinct(mut forms: Vec<String>, sought: &str) -> Vec<String> {
    forms.retain(|form| form != sought);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The beginning of a form that is too long, in whole characters.
fn shortened(mut form: String) -> String {
    form.truncate(form.floor_char_boundary(FORM_BYTES_MAX));
    form
}

/// The tokenizer of documents.
#[derive(Clone, Copy, Debug)]
struct Words;

/// The forms of a text's words, one after another.
struct Forms {
    words: std::vec::IntoIter<Token>,
    /// The other forms of the word that `term` is of.
    others: std::vec::IntoIter<String>,
    term: Term,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Forms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Forms {
        Forms { words: tokens(text).into_iter(), others: vec![].into_iter(), term: Term::default() }
    }
}

impl TokenStream for Forms {
    fn advance(&mut self) -> bool {
        if let Some(form) = self.others.next() {
            self.term.text = form;
            return true;
        }
        let Some(word) = self.words.next() else { return false };
        self.others = word.also.into_iter();
        self.term = Term {
            offset_from: word.range.start,
            offset_to: word.range.end,
            position: word.position,
            text: word.sought,
            position_length: 1,
        };
        true
    }

    fn token(&self) -> &Term {
        &self.term
    }

    fn token_mut(&mut self) -> &mut Term {
        &mut self.term
    }
}

#[cfg(test)]
mod tests;
