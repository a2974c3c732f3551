//! From lexemes to an [`Expr`], by recursive descent.

use std::ops::Range;

use super::dates::{Span, span_of};
use super::lexer::{Lexeme, What, bad, chars_before};
use super::{BadQuery, Condition, Expr, QUERY_DEPTH_MAX, QUERY_TERMS_MAX, WordField, Words};
use crate::index::schema::is_indexed;
use crate::record::{Class, Direction, Origin, RecordId};

/// The names of the fields, as they are listed in an error.
const FIELDS: [&str; 16] = [
    "after",
    "before",
    "class",
    "date",
    "direction",
    "file",
    "from",
    "group",
    "id",
    "number",
    "origin",
    "party",
    "text",
    "thread",
    "to",
    "type",
];

/// A prefix shorter than this would match a good part of the archive.
const PREFIX_CHARS_MIN: usize = 2;

pub(super) struct Parser<'a> {
    query: &'a str,
    lexemes: std::iter::Peekable<std::vec::IntoIter<Lexeme>>,
    depth: usize,
    terms: usize,
}

/// A field's name and where it stands.
type Named = (String, Range<usize>);

impl<'a> Parser<'a> {
    pub(super) fn new(query: &'a str, lexemes: Vec<Lexeme>) -> Self {
        Self { query, lexemes: lexemes.into_iter().peekable(), depth: 0, terms: 0 }
    }

    pub(super) fn parse(mut self) -> Result<Expr, BadQuery> {
        if self.lexemes.peek().is_none() {
            return Ok(Expr::All);
        }
        let expr = self.either(None)?;
        match self.lexemes.next() {
            None => Ok(expr),
            Some(lexeme) => {
                let advice = "remove it, or open a parenthesis before";
                Err(self.bad(&lexeme.span, "this parenthesis closes nothing", advice))
            }
        }
    }

    fn either(&mut self, field: Option<&Named>) -> Result<Expr, BadQuery> {
        let mut ways = vec![self.together(field)?];
        while self.next_is(&What::Or) {
            ways.push(self.together(field)?);
        }
        Ok(if ways.len() == 1 { ways.remove(0) } else { Expr::Or(ways) })
    }

    fn together(&mut self, field: Option<&Named>) -> Result<Expr, BadQuery> {
        let mut parts = vec![self.negatable(field)?];
        loop {
            let written = self.next_is(&What::And);
            match self.lexemes.peek().map(|lexeme| &lexeme.what) {
                None | Some(What::Close | What::Or) if !written => break,
                _ => parts.push(self.negatable(field)?),
            }
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn negatable(&mut self, field: Option<&Named>) -> Result<Expr, BadQuery> {
        self.depth += 1;
        if self.depth > QUERY_DEPTH_MAX {
            let advice = format!("nest at most {QUERY_DEPTH_MAX} parentheses and negations");
            return Err(self.bad_at_next("this nests too deep", advice));
        }
        let expr = if self.next_is(&What::Not) {
            Expr::Not(Box::new(self.negatable(field)?))
        } else {
            self.primary(field)?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn primary(&mut self, field: Option<&Named>) -> Result<Expr, BadQuery> {
        let Some(lexeme) = self.lexemes.next() else {
            let what = match field {
                Some((name, _)) => format!("{name}: stands without a value"),
                None => "something must follow here".to_owned(),
            };
            return Err(self.bad_at_next(what, "write a word, or remove what stands before"));
        };
        match lexeme.what {
            What::Open => self.group(&lexeme.span, field),
            What::Field(name) if field.is_none() => {
                let named = (usual_field(name), lexeme.span);
                check_field(&named.0).map_err(|(what, advice)| self.bad(&named.1, what, advice))?;
                self.primary(Some(&named))
            }
            What::Field(name) => {
                let what = format!("the field {name}: stands inside another field");
                Err(self.bad(&lexeme.span, what, "put the word in quotation marks"))
            }
            What::Word(word) => self.value(field, Words::Word(word), lexeme.span),
            What::Prefix(stem) => self.value(field, Words::Prefix(stem), lexeme.span),
            What::Phrase(phrase) => self.value(field, Words::Phrase(phrase), lexeme.span),
            What::Star if field.is_none() => Ok(Expr::All),
            What::Star => {
                Err(self.bad(&lexeme.span, "* alone is no value", "write the start of a word"))
            }
            What::Close | What::And | What::Or | What::Not => {
                let advice = "write a word before it, or put it in quotation marks";
                Err(self.bad(&lexeme.span, "nothing stands before this", advice))
            }
        }
    }

    fn group(&mut self, open: &Range<usize>, field: Option<&Named>) -> Result<Expr, BadQuery> {
        let inside = self.either(field)?;
        if self.next_is(&What::Close) {
            return Ok(inside);
        }
        Err(self.bad(open, "this parenthesis is not closed", "close it with )"))
    }

    fn value(
        &mut self,
        field: Option<&Named>,
        words: Words,
        span: Range<usize>,
    ) -> Result<Expr, BadQuery> {
        self.terms += 1;
        if self.terms > QUERY_TERMS_MAX {
            let advice = format!("use at most {QUERY_TERMS_MAX} words");
            return Err(self.bad(&span, "the query has too many words", advice));
        }
        let name = field.map_or("", |(name, _)| name);
        condition(name, words)
            .map(|condition| Expr::Is { at: chars_before(self.query, span.start), condition })
            .map_err(|(what, advice)| self.bad(&span, what, advice))
    }

    fn next_is(&mut self, what: &What) -> bool {
        self.lexemes.next_if(|lexeme| lexeme.what == *what).is_some()
    }

    fn bad_at_next(&mut self, what: impl Into<String>, advice: impl Into<String>) -> BadQuery {
        let at = self.lexemes.peek().map_or(self.query.len(), |lexeme| lexeme.span.start);
        bad(self.query, at, what, advice)
    }

    fn bad(
        &self,
        span: &Range<usize>,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) -> BadQuery {
        bad(self.query, span.start, what, advice)
    }
}

/// What is wrong, and what to write instead.
type Wrong = (String, String);

/// The name of a field that somebody may call otherwise.
fn usual_field(name: String) -> String {
    match name.as_str() {
        "author" | "sender" => "from".to_owned(),
        "recipient" => "to".to_owned(),
        "kind" => "type".to_owned(),
        "since" => "after".to_owned(),
        "until" => "before".to_owned(),
        _ => name,
    }
}

/// The provider's word for a kind that somebody may call otherwise. The kinds are
/// an open set: other words are taken as they are.
fn usual_kind(value: &str) -> String {
    let value = value.trim().to_lowercase().replace([' ', '-'], "_");
    let usual = match value.as_str() {
        "images" | "photo" | "photos" | "picture" | "pictures" => "image",
        "videos" => "video",
        "audios" => "audio",
        "voice_note" | "voice_notes" => "voice",
        "documents" | "file" | "files" => "document",
        "stickers" => "sticker",
        "texts" => "text",
        "locations" => "location",
        "reactions" => "reaction",
        "edits" | "edited" => "edit",
        "templates" => "template",
        _ => return value,
    };
    usual.to_owned()
}

/// A class by its word, also in the plural; `None` where there is none.
fn class_of(value: &str) -> Option<Class> {
    let word = value.trim().to_lowercase();
    match word.as_str() {
        "media" => Some(Class::Medium),
        "deliveries" => Some(Class::Delivery),
        "unrecognized" => Some(Class::Unrecognised),
        _ => Class::ALL.into_iter().find(|class| {
            let end = word.strip_prefix(class.as_str());
            end.is_some_and(|end| matches!(end, "" | "s" | "es"))
        }),
    }
}

fn class(value: &str) -> Result<Condition, String> {
    match class_of(value) {
        Some(class) if is_indexed(class) => Ok(Condition::Class(class)),
        Some(class) => Err(format!(
            "a {class} has no words of its own: look for the record that it belongs to"
        )),
        None => {
            let classes = Class::ALL.into_iter().filter(|class| is_indexed(*class));
            let classes: Vec<_> = classes.map(Class::as_str).collect();
            Err(format!("the classes are {}", classes.join(", ")))
        }
    }
}

fn check_field(name: &str) -> Result<(), Wrong> {
    if FIELDS.contains(&name) {
        return Ok(());
    }
    let likely = FIELDS.iter().find(|field| strsim::damerau_levenshtein(field, name) == 1);
    let advice = match likely {
        Some(field) => format!("did you mean {field}:?"),
        None => format!(
            "the fields are {}; to search for these characters put them in quotation marks",
            FIELDS.join(", ")
        ),
    };
    Err((format!("there is no field {name}:"), advice))
}

/// The condition that a field and a value make.
fn condition(field: &str, words: Words) -> Result<Condition, Wrong> {
    let word_field = match field {
        "" => Some(WordField::Any),
        "text" => Some(WordField::Text),
        "file" => Some(WordField::File),
        "from" => Some(WordField::From),
        "to" => Some(WordField::To),
        "party" => Some(WordField::Party),
        _ => None,
    };
    if let Some(word_field) = word_field {
        return worded(word_field, words);
    }
    let value = match words {
        Words::Word(value) | Words::Phrase(value) => value,
        Words::Prefix(stem) => {
            let advice = format!("write {field}:{stem} in full, without *");
            return Err((format!("{field}: takes no prefix"), advice));
        }
    };
    exact(field, &value)
}

fn worded(field: WordField, words: Words) -> Result<Condition, Wrong> {
    if let Words::Prefix(stem) = &words
        && stem.chars().count() < PREFIX_CHARS_MIN
    {
        let advice = format!("write at least {PREFIX_CHARS_MIN} characters before *");
        return Err(("the prefix is too short".to_owned(), advice));
    }
    Ok(Condition::Words(field, words))
}

fn exact(field: &str, value: &str) -> Result<Condition, Wrong> {
    let wrong = |advice: &str| (format!("{field}: does not take {value:?}"), advice.to_owned());
    match field {
        "type" => Ok(Condition::Kind(usual_kind(value))),
        "class" => class(value).map_err(|advice| wrong(&advice)),
        "direction" => match value.to_lowercase().as_str() {
            "in" | "inbound" | "incoming" | "received" => {
                Ok(Condition::Direction(Direction::Inbound))
            }
            "out" | "outbound" | "outgoing" | "sent" => {
                Ok(Condition::Direction(Direction::Outbound))
            }
            _ => Err(wrong("write inbound or outbound")),
        },
        "origin" => match value.to_lowercase().as_str() {
            "live" => Ok(Condition::Origin(Origin::Live)),
            "echo" => Ok(Condition::Origin(Origin::Echo)),
            "history" => Ok(Condition::Origin(Origin::History)),
            "standby" => Ok(Condition::Origin(Origin::Standby)),
            _ => Err(wrong("write live, echo, history or standby")),
        },
        "thread" => {
            let digits = value.to_ascii_lowercase();
            digits.parse().map(Condition::Thread).map_err(|_| wrong("write its 32 hex digits"))
        }
        "id" => Ok(match value.to_ascii_lowercase().parse::<RecordId>() {
            Ok(record) => Condition::Record(record),
            Err(_) => Condition::ProviderId(value.to_owned()),
        }),
        "number" => Ok(Condition::Number(value.to_owned())),
        "group" => Ok(Condition::Group(value.to_owned())),
        _ => when(field, value).map(Condition::When).ok_or_else(|| {
            wrong("write 2026-01-02, 2026-01, 2026, 2026-01-02T10:00:00Z, or date:FROM..TO (UTC)")
        }),
    }
}

fn when(field: &str, value: &str) -> Option<Span> {
    let span = match field {
        "after" => Some(Span { from: span_of(value)?.from, until: None }),
        "before" => Some(Span { from: None, until: span_of(value)?.from }),
        _ => match value.split_once("..") {
            None => span_of(value),
            Some((from, until)) => Some(Span {
                from: if from.is_empty() { None } else { span_of(from)?.from },
                until: if until.is_empty() { None } else { span_of(until)?.until },
            }),
        },
    };
    span.filter(|span| match (span.from, span.until) {
        (Some(from), Some(until)) => from < until,
        (from, until) => from.is_some() || until.is_some(),
    })
}
