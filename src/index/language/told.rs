//! A query as it was understood, in its own language: every AND and OR written out,
//! every day as the moments that it stands for.

use std::fmt;

use jiff::Timestamp;

use super::{Condition, Expr, Span, WordField, Words};
use crate::index::schema::origin_word;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::And(parts) => joined(f, parts, " AND "),
            Self::Or(ways) => joined(f, ways, " OR "),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                part(f, inner)
            }
            Self::Is { condition, .. } => condition.fmt(f),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expr], by: &str) -> fmt::Result {
    for (position, inner) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(by)?;
        }
        part(f, inner)?;
    }
    Ok(())
}

/// In parentheses where it has parts of its own.
fn part(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    match expr {
        Expr::And(_) | Expr::Or(_) => write!(f, "({expr})"),
        Expr::All | Expr::Not(_) | Expr::Is { .. } => write!(f, "{expr}"),
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(field, words) => write!(f, "{}{words}", prefix(*field)),
            Self::Kind(kind) => write!(f, "type:\"{kind}\""),
            Self::Class(class) => write!(f, "class:{class}"),
            Self::Direction(direction) => write!(f, "direction:{}", direction.as_str()),
            Self::Origin(origin) => write!(f, "origin:{}", origin_word(*origin)),
            Self::Thread(thread) => write!(f, "thread:{thread}"),
            Self::Record(record) => write!(f, "id:{record}"),
            Self::ProviderId(id) => write!(f, "id:\"{id}\""),
            Self::Number(number) => write!(f, "number:\"{number}\""),
            Self::Group(group) => write!(f, "group:\"{group}\""),
            Self::When(span) => when(f, *span),
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Prefix(stem) => write!(f, "{stem}*"),
            Self::Phrase(phrase) => write!(f, "\"{phrase}\""),
        }
    }
}

const fn prefix(field: WordField) -> &'static str {
    match field {
        WordField::Any => "",
        WordField::Text => "text:",
        WordField::File => "file:",
        WordField::From => "from:",
        WordField::To => "to:",
        WordField::Party => "party:",
    }
}

fn when(f: &mut fmt::Formatter<'_>, span: Span) -> fmt::Result {
    let moment = |micros: i64| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
    match (span.from.map(moment), span.until.map(moment)) {
        (Some(from), Some(until)) => write!(f, "(after:{from} AND before:{until})"),
        (Some(from), None) => write!(f, "after:{from}"),
        (None, Some(until)) => write!(f, "before:{until}"),
        (None, None) => f.write_str("*"),
    }
}

#[cfg(test)]
mod tests {
    use crate::index::language::parse;

    #[test]
    fn a_query_is_told_with_every_and_or_and_moment() {
        for (query, told) in [
            ("", "*"),
            ("refund invoice", "refund AND invoice"),
            ("a b OR c", "(a AND b) OR c"),
            ("-a (b OR cc*)", "NOT a AND (b OR cc*)"),
            ("from:Mira \"to the day\"", "from:Mira AND \"to the day\""),
            ("after:2026-03", "after:2026-03-01T00:00:00Z"),
            ("date:2026", "(after:2026-01-01T00:00:00Z AND before:2027-01-01T00:00:00Z)"),
            ("direction:in type:photo", "direction:inbound AND type:\"image\""),
            ("class:messages number:4915550100100", "class:message AND number:\"4915550100100\""),
        ] {
            assert_eq!(parse(query).unwrap().to_string(), told, "{query}");
        }
    }

    #[test]
    fn what_is_told_is_understood_alike() {
        for query in
            ["a b OR NOT (c dd*)", "party:\"+49 1555 0100777\" date:2026-03-02", "id:wamid.A"]
        {
            let told = parse(query).unwrap().to_string();
            assert_eq!(parse(&told).unwrap().to_string(), told, "{query}");
        }
    }
}
