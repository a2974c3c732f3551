//! From what is asked to what is looked up: [`Expr`] to the library's query.
//!
//! Conditions on anything but words only filter; they add nothing to a score. A
//! word of which nothing can be looked up (a lone `&`) is left out of the query,
//! as it is left out of the texts.

use std::sync::Arc;

use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, Occur, PhrasePrefixQuery, PhraseQuery, Query,
    TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Term};

use super::analysis;
use super::language::{Condition, Expr, Span, WordField, Words};
use super::number;
use super::period::Period;
use super::schema::{Fields, PartyFields, origin_word, provider_id_digest};
use super::view::View;
use crate::record::RecordId;
use crate::tlog::LeafIndex;

type Planned = Box<dyn Query>;

/// Makes queries. `place` finds the entry that keeps a record.
pub(super) struct Planner<'a, P> {
    pub(super) fields: &'a Fields,
    pub(super) view: &'a Arc<View>,
    pub(super) place: P,
}

impl<E, P: Fn(RecordId) -> Result<Option<LeafIndex>, E>> Planner<'_, P> {
    /// The query of an expression; `None` where nothing of it can be looked up.
    pub(super) fn plan(&self, expr: &Expr) -> Result<Option<Planned>, E> {
        Ok(match expr {
            Expr::All => Some(everything()),
            Expr::And(parts) => self.together(parts)?,
            Expr::Or(ways) => {
                let mut planned = vec![];
                for way in ways {
                    planned.extend(self.plan(way)?);
                }
                any_of(planned)
            }
            Expr::Not(_) => self.together(std::slice::from_ref(expr))?,
            Expr::Is { condition, .. } => self.condition(condition)?,
        })
    }

    fn together(&self, parts: &[Expr]) -> Result<Option<Planned>, E> {
        let mut clauses = vec![];
        for part in parts {
            let (occur, inner) = match part {
                Expr::Not(inner) => (Occur::MustNot, inner.as_ref()),
                Expr::All | Expr::And(_) | Expr::Or(_) | Expr::Is { .. } => (Occur::Must, part),
            };
            if let Some(planned) = self.plan(inner)? {
                clauses.push((occur, planned));
            }
        }
        if clauses.is_empty() {
            return Ok(None);
        }
        // What is left out must be left out of something.
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            clauses.push((Occur::Must, everything()));
        }
        Ok(Some(Box::new(BooleanQuery::new(clauses))))
    }

    fn condition(&self, condition: &Condition) -> Result<Option<Planned>, E> {
        let fields = self.fields;
        let text = |field, text: &str| Term::from_field_text(field, text);
        let term = match condition {
            Condition::Words(field, words) => return Ok(self.words(*field, words)),
            Condition::When(span) => return Ok(Some(self.when(*span))),
            Condition::Number(value) => return Ok(any_of(identifiers(fields.business, value))),
            Condition::Kind(kind) => text(fields.kind, kind),
            Condition::Class(class) => text(fields.class, class.as_str()),
            Condition::Direction(direction) => text(fields.direction, direction.as_str()),
            Condition::Origin(origin) => text(fields.origin, origin_word(*origin)),
            Condition::Group(group) => text(fields.group, group),
            Condition::Thread(thread) => Term::from_field_bytes(fields.thread, thread.as_bytes()),
            Condition::ProviderId(id) => {
                Term::from_field_u64(fields.provider_id, provider_id_digest(id))
            }
            Condition::Record(record) => {
                // An entry that does not exist matches nothing.
                let place = (self.place)(*record)?.map_or(u64::MAX, LeafIndex::get);
                Term::from_field_u64(fields.leaf, place)
            }
        };
        Ok(Some(filter(exactly(term))))
    }

    fn words(&self, field: WordField, words: &Words) -> Option<Planned> {
        let fields = self.fields;
        let authors: &[PartyFields] = match field {
            WordField::Any | WordField::Party => &[fields.from, fields.to, fields.mention],
            WordField::Text | WordField::File => &[],
            WordField::From => &[fields.from],
            WordField::To => &[fields.to],
        };
        let texts: &[Field] = match field {
            WordField::Any => &[fields.text, fields.file],
            WordField::Text => &[fields.text],
            WordField::File => &[fields.file],
            WordField::From | WordField::To | WordField::Party => &[],
        };
        let mut ways = vec![];
        for text in texts {
            ways.extend(in_words(*text, words));
        }
        for party in authors {
            ways.extend(in_words(party.name, words));
            ways.extend(match words {
                Words::Word(value) | Words::Phrase(value) => identifiers(party.id, value),
                Words::Prefix(stem) => identifiers_beginning(party.id, stem).into_iter().collect(),
            });
        }
        any_of(ways)
    }

    fn when(&self, span: Span) -> Planned {
        Box::new(Period { view: Arc::clone(self.view), span })
    }
}

/// Words in a field that is cut into words.
fn in_words(field: Field, words: &Words) -> Option<Planned> {
    let (Words::Word(text) | Words::Phrase(text) | Words::Prefix(text)) = words;
    let mut terms: Vec<(usize, Term)> = analysis::tokens(text)
        .into_iter()
        .map(|token| (token.position, Term::from_field_text(field, &token.sought)))
        .collect();
    terms.dedup();
    match words {
        Words::Prefix(_) if terms.is_empty() => None,
        Words::Prefix(_) => Some(beginning(terms)),
        Words::Word(_) | Words::Phrase(_) => match terms.len() {
            0 => None,
            1 => terms.pop().map(|(_, term)| {
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Planned
            }),
            _ => Some(Box::new(PhraseQuery::new_with_offset(terms))),
        },
    }
}

/// Words in a row, the last of which is only the beginning of one.
fn beginning(terms: Vec<(usize, Term)>) -> Planned {
    let mut query = PhrasePrefixQuery::new_with_offset(terms);
    // A limit here would leave hits out and tell nobody.
    query.set_max_expansions(u32::MAX);
    Box::new(ConstScoreQuery::new(Box::new(query), 1.0))
}

/// A number in any spelling, a user id or a user name.
fn identifiers(field: Field, value: &str) -> Vec<Planned> {
    let plain = plain_identifier(value);
    let mut ways: Vec<Planned> = vec![];
    if let Some(wanted) = number::wanted(value) {
        if wanted.exact != plain {
            ways.push(exactly(Term::from_field_text(field, &wanted.exact)));
        }
        if let Some(ending) = wanted.ending {
            ways.push(beginning(vec![(0, Term::from_field_text(field, &ending))]));
        }
    }
    if names_somebody(&plain) {
        ways.push(exactly(Term::from_field_text(field, &plain)));
    }
    ways
}

/// The beginning of a number in international form, of a user id or a user name.
fn identifiers_beginning(field: Field, stem: &str) -> Option<Planned> {
    let plain = number::beginning(stem).unwrap_or_else(|| plain_identifier(stem));
    let term = (0, Term::from_field_text(field, &plain));
    names_somebody(&plain).then(|| beginning(vec![term]))
}

/// Whether a text may be an identifier, or the beginning of one: nobody is called `&`.
fn names_somebody(plain: &str) -> bool {
    plain.chars().any(char::is_alphanumeric) && !number::is_backwards(plain)
}

/// As user ids and user names are indexed: in lower case, without `@`.
fn plain_identifier(value: &str) -> String {
    let value = value.trim();
    value.strip_prefix('@').unwrap_or(value).to_lowercase()
}

fn exactly(term: Term) -> Planned {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn everything() -> Planned {
    filter(Box::new(AllQuery))
}

/// A query that adds nothing to a score.
fn filter(query: Planned) -> Planned {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn any_of(mut ways: Vec<Planned>) -> Option<Planned> {
    match ways.len() {
        0 | 1 => ways.pop(),
        _ => Some(Box::new(BooleanQuery::union(ways))),
    }
}
