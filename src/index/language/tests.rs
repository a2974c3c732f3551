use proptest::prelude::*;

use super::*;

/// A query as it was understood, fully parenthesised.
fn read(query: &str) -> String {
    match parse(query) {
        Ok(expr) => shown(&expr),
        Err(error) => panic!("{query}: {error}"),
    }
}

fn shown(expr: &Expr) -> String {
    let joined = |parts: &[Expr], by: &str| {
        let parts: Vec<_> = parts.iter().map(shown).collect();
        format!("({})", parts.join(by))
    };
    match expr {
        Expr::All => "*".to_owned(),
        Expr::And(parts) => joined(parts, " AND "),
        Expr::Or(parts) => joined(parts, " OR "),
        Expr::Not(inner) => format!("NOT {}", shown(inner)),
        Expr::Is { condition: Condition::Words(field, words), .. } => {
            let field = if *field == WordField::Any {
                String::new()
            } else {
                format!("{field:?}:").to_lowercase()
            };
            match words {
                Words::Word(word) => format!("{field}{word}"),
                Words::Prefix(stem) => format!("{field}{stem}*"),
                Words::Phrase(phrase) => format!("{field}\"{phrase}\""),
            }
        }
        Expr::Is { condition, .. } => format!("{condition:?}"),
    }
}

fn refused(query: &str) -> BadQuery {
    parse(query).expect_err(query)
}

fn when(query: &str) -> Span {
    let Expr::Is { condition: Condition::When(span), .. } = parse(query).unwrap() else {
        panic!("{query} is no date");
    };
    span
}

fn micros(moment: &str) -> Option<i64> {
    Some(moment.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

#[test]
fn words_stand_together_and_not_binds_closest_then_and_then_or() {
    assert_eq!(read("a b"), "(a AND b)");
    assert_eq!(read("a AND b OR c"), "((a AND b) OR c)");
    assert_eq!(read("a OR b c"), "(a OR (b AND c))");
    assert_eq!(read("a (b OR c)"), "(a AND (b OR c))");
    assert_eq!(read("NOT a b"), "(NOT a AND b)");
    assert_eq!(read("a -b"), "(a AND NOT b)");
    assert_eq!(read("-(a OR b)"), "NOT (a OR b)");
    assert_eq!(read("NOT NOT a"), "NOT NOT a");
}

#[test]
fn a_query_without_words_matches_everything() {
    for query in ["", "  ", "*"] {
        assert_eq!(read(query), "*");
    }
}

#[test]
fn operators_are_written_in_capitals_and_are_words_otherwise() {
    assert_eq!(read("this and that or not"), "(this AND and AND that AND or AND not)");
}

#[test]
fn a_hyphen_within_a_word_excludes_nothing() {
    assert_eq!(read("follow-up"), "follow-up");
    assert_eq!(read("a - b"), "(a AND - AND b)");
}

#[test]
fn phrases_are_read_in_the_quotation_marks_of_several_languages() {
    for query in ["\"a b\"", "“a b”", "„a b“", "„a b”", "«a b»"] {
        assert_eq!(read(query), "\"a b\"", "{query}");
    }
    assert_eq!(read("\"a AND (b\""), "\"a AND (b\"");
}

#[test]
fn a_number_with_its_plus_is_one_phrase() {
    assert_eq!(read("+49 1555 0100-777"), "\"+49 1555 0100-777\"");
    assert_eq!(read("from:+49 (1555) 0100777 hello"), "(from:\"+49 (1555) 0100777\" AND hello)");
    assert_eq!(read("+4915550100777 2026"), "(\"+4915550100777\" AND 2026)");
    assert_eq!(read("from:+491555*"), "from:+491555*");
}

#[test]
fn fields_hold_for_the_next_word_or_the_parenthesis() {
    assert_eq!(read("from:anna meeting"), "(from:anna AND meeting)");
    assert_eq!(read("from:(anna OR \"j. doe\")"), "(from:anna OR from:\"j. doe\")");
    assert_eq!(read("FILE:report*"), "file:report*");
    assert_eq!(read("sender:anna"), "from:anna");
    assert_eq!(read("party:@anna.k"), "party:@anna.k");
}

#[test]
fn values_of_exact_fields_are_taken_tolerantly() {
    assert_eq!(read("type:Photo"), read("kind:image"));
    assert_eq!(read("type:\"voice note\""), read("type:voice"));
    assert_eq!(read("type:something_new"), "Kind(\"something_new\")");
    assert_eq!(read("class:Messages"), "Class(Message)");
    assert_eq!(read("class:statuses"), "Class(Status)");
    assert_eq!(read("direction:in"), read("direction:INBOUND"));
    assert_eq!(read("direction:sent"), "Direction(Outbound)");
    assert_eq!(read("origin:history"), "Origin(History)");
    let id = "0123456789ABCDEF0123456789abcdef";
    assert_eq!(read(&format!("thread:{id}")), format!("Thread(ThreadId({}))", id.to_lowercase()));
    assert_eq!(read(&format!("id:{id}")), format!("Record(RecordId({}))", id.to_lowercase()));
    assert_eq!(read("id:wamid.HBgN"), "ProviderId(\"wamid.HBgN\")");
}

#[test]
fn dates_are_spans_in_utc() {
    let day = Span { from: micros("2026-01-02T00:00:00Z"), until: micros("2026-01-03T00:00:00Z") };
    assert_eq!(when("date:2026-01-02"), day);
    assert_eq!(when("date:2026-01-02..2026-01-02"), day);
    let from = when("after:2026-02");
    assert_eq!((from.from, from.until), (micros("2026-02-01T00:00:00Z"), None));
    let before = when("before:2026");
    assert_eq!((before.from, before.until), (None, micros("2026-01-01T00:00:00Z")));
    assert_eq!(when("date:2024-02").until, micros("2024-03-01T00:00:00Z"));
    assert_eq!(when("date:..2026").until, micros("2027-01-01T00:00:00Z"));
    assert_eq!(when("after:2026-01-02T10:30:00+02:00").from, micros("2026-01-02T08:30:00Z"));
}

#[test]
fn what_is_not_understood_is_refused_with_place_and_advice() {
    for (query, at, what, advice) in [
        ("a \"b", 2, "not closed", "\""),
        ("a (b", 2, "not closed", ")"),
        ("a) b", 1, "closes nothing", "remove"),
        ("a OR", 4, "must follow", "write a word"),
        ("AND b", 0, "nothing stands before", "quotation marks"),
        ("() a", 1, "nothing stands before", "write a word"),
        ("größe form:anna", 6, "no field form:", "did you mean from:?"),
        ("https://example.com", 0, "no field https:", "quotation marks"),
        ("from:", 5, "without a value", "write a word"),
        ("from:to:anna", 5, "inside another field", "quotation marks"),
        ("a*b", 1, "inside a word", "at the end"),
        ("x a*", 2, "too short", "at least 2"),
        ("type:im*", 5, "no prefix", "in full"),
        ("class:letter", 6, "does not take \"letter\"", "message, status"),
        ("class:delivery", 6, "does not take", "look for the record"),
        ("direction:up", 10, "does not take \"up\"", "inbound or outbound"),
        ("thread:12", 7, "does not take", "32 hex digits"),
        ("date:yesterday", 5, "does not take", "2026-01-02"),
        ("date:2026-02-30", 5, "does not take", "UTC"),
        ("date:2026-02..2026-01", 5, "does not take", "FROM..TO"),
        ("date:..", 5, "does not take", "FROM..TO"),
    ] {
        let error = refused(query);
        assert_eq!(error.at, at, "{query}: {error}");
        assert!(error.what.contains(what), "{query}: {error}");
        assert!(error.advice.contains(advice), "{query}: {error}");
    }
}

#[test]
fn a_query_beyond_the_limits_is_refused() {
    assert!(refused(&"a".repeat(QUERY_BYTES_MAX + 1)).what.contains("longer than"));
    assert!(refused(&"a ".repeat(QUERY_TERMS_MAX + 1)).what.contains("too many"));
    assert!(refused(&"(".repeat(QUERY_BYTES_MAX)).what.contains("too"));
    let nested = format!("{}a{}", "(".repeat(QUERY_DEPTH_MAX + 1), ")".repeat(QUERY_DEPTH_MAX + 1));
    assert!(refused(&nested).what.contains("nests too deep"));
    assert!(parse(&"a ".repeat(QUERY_TERMS_MAX)).is_ok());
}

#[test]
fn the_place_is_counted_in_characters() {
    let error = refused("größe \"x");
    assert_eq!(error.at, 6);
    assert!(error.to_string().starts_with("at character 7: "), "{error}");
}

/// A small grammar of what people write, right and wrong.
fn query() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("AND"),
        Just("OR"),
        Just("NOT"),
        Just("-"),
        Just("("),
        Just(")"),
        Just("\""),
        Just("*"),
        Just("+"),
        Just("from:"),
        Just("date:"),
        Just("id:"),
        Just("x:"),
        Just("a"),
        Just("wörd"),
        Just("+49 1555"),
        Just("2026-01"),
        Just(" "),
        Just("„"),
        Just("“"),
        Just("日本"),
        Just("\u{202e}"),
        Just("👩‍👩‍👧"),
        Just("~"),
        Just("..")
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn every_text_is_understood_or_refused_at_a_place_in_it(query in query()) {
        if let Err(error) = parse(&query) {
            prop_assert!(error.at <= query.chars().count(), "{query}: {error}");
            prop_assert!(!error.what.is_empty() && !error.advice.is_empty());
        }
    }

    #[test]
    fn no_text_at_all_makes_the_parser_panic(query in "\\PC{0,60}") {
        let _ = parse(&query);
    }
}
