//! The language in which people search the archive.
//!
//! Words stand together (AND), `OR` between them, `NOT` or `-` before them,
//! `"phrases"`, `prefix*`, parentheses, and `field:value`. NOT binds closest,
//! then AND, written or not, then OR. `docs/API.md` has the table of fields.
//!
//! A grammar of our own and not the one that comes with the search library,
//! because that one forgets where a word stood (an error could not show the
//! place), and makes `a b OR c` match whatever has `a`.
//!
//! Pure: it knows fields and values, neither the index nor how a text is cut
//! into words. Everything it accepts can be searched for; what it refuses it
//! refuses with the place and with what to write instead.

mod dates;
mod lexer;
mod parser;
mod told;

use std::fmt;

use crate::record::{Class, Direction, Origin, RecordId};

pub use super::thread::ThreadId;

pub use dates::{Span, span_of};

/// The most bytes that a query may have.
pub const QUERY_BYTES_MAX: usize = 4096;

/// The most words, phrases and fields that a query may have.
pub const QUERY_TERMS_MAX: usize = 128;

/// How deep parentheses and negations may nest.
pub const QUERY_DEPTH_MAX: usize = 32;

/// A query, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Every document.
    All,
    /// What all of them match.
    And(Vec<Expr>),
    /// What one of them matches.
    Or(Vec<Expr>),
    /// What it does not match.
    Not(Box<Expr>),
    /// One condition.
    Is {
        /// Where it stands in the query, in characters from 0.
        at: usize,
        /// What must hold.
        condition: Condition,
    },
}

/// One condition on a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Words in a field that is cut into words.
    Words(WordField, Words),
    /// The provider's word for the kind of thing, in lower case.
    Kind(String),
    /// The class.
    Class(Class),
    /// Which way it went.
    Direction(Direction),
    /// How it reached the archive.
    Origin(Origin),
    /// The conversation.
    Thread(ThreadId),
    /// The record's own id.
    Record(RecordId),
    /// The provider's id.
    ProviderId(String),
    /// The business number, or its id at the provider.
    Number(String),
    /// The group's id.
    Group(String),
    /// Happened in this span.
    When(Span),
}

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordField {
    /// The text, file names, and the parties' names and numbers.
    Any,
    /// The text.
    Text,
    /// The name of the file.
    File,
    /// The author.
    From,
    /// The addressee.
    To,
    /// The author, the addressee, or who is named inside.
    Party,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// A word, or what is cut into a few that stand together.
    Word(String),
    /// Words that begin so.
    Prefix(String),
    /// Words in this order; or a number in any form.
    Phrase(String),
}

/// A query that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
pub struct BadQuery {
    /// Where, counted in characters from 0.
    pub at: usize,
    /// What is wrong there.
    pub what: String,
    /// What to write instead.
    pub advice: String,
}

impl fmt::Display for BadQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}; {}", self.at + 1, self.what, self.advice)
    }
}

/// Reads a query. One without a word matches everything.
///
/// # Errors
/// [`BadQuery`], with the place.
pub fn parse(query: &str) -> Result<Expr, BadQuery> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(BadQuery {
            at: QUERY_BYTES_MAX,
            what: format!("the query is longer than {QUERY_BYTES_MAX} bytes"),
            advice: "ask for less at a time".to_owned(),
        });
    }
    let lexemes = lexer::lexemes(query)?;
    parser::Parser::new(query, lexemes).parse()
}

#[cfg(test)]
mod tests;
