//! The JSON Schema of schedules says what the parser does: the same keys, the same
//! words, and both take every schedule that is shipped.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::parse::KEYS;
use super::*;
use crate::policy::shipped::SHIPPED;
use crate::policy::{LexiconKind, TemplateCategory};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../schemas/policy.schema.json")).unwrap()
}

fn section<'s>(schema: &'s Value, name: &str) -> &'s Value {
    if name.is_empty() { schema } else { &schema["$defs"][name] }
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn the_schema_has_exactly_the_keys_of_the_parser() {
    let schema = schema();
    for (name, keys) in KEYS {
        let section = section(&schema, name);
        let of_schema: BTreeSet<&str> =
            section["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(of_schema, keys.iter().copied().collect(), "{name}");
        assert_eq!(section["additionalProperties"], json!(false), "{name}");
    }
}

#[test]
fn the_schema_has_exactly_the_words_of_the_parser() {
    let schema = schema();
    let of = |section: &str, key: &str| schema["$defs"][section]["properties"][key].clone();
    let when = |key: &str| of("when", key)["items"]["enum"].clone();
    assert_eq!(words(&when("class")), Class::ALL.map(Class::as_str));
    assert_eq!(words(&when("source")), condition::SOURCES.map(condition::source_word));
    assert_eq!(
        words(&when("template_category")),
        TemplateCategory::ALL.map(TemplateCategory::as_str)
    );
    assert_eq!(
        words(&of("when", "direction")["enum"]),
        condition::DIRECTIONS.map(|direction| direction.as_str())
    );
    assert_eq!(words(&of("rule", "then")["enum"]), Then::ALL.map(Then::as_str));
    assert_eq!(words(&of("starts", "from")["enum"]), Rounding::ALL.map(Rounding::as_str));
    assert_eq!(words(&schema["$defs"]["trigger"]["enum"]), Trigger::WORDS);
    assert_eq!(words(&of("lexicon", "kind")["enum"]), LexiconKind::ALL.map(LexiconKind::as_str));
    assert_eq!(of("period", "years")["maximum"], json!(crate::policy::period::PERIOD_YEARS_MAX));
    assert_eq!(schema["properties"]["rule"]["maxItems"], json!(RULES_MAX));
}

#[test]
fn the_schema_takes_what_is_shipped() {
    let schema = schema();
    for shipped in SHIPPED {
        let faults = faults(&schema, &schema, &as_json(shipped.text), shipped.name);
        assert!(faults.is_empty(), "{faults:?}");
    }
}

/// Each fault is one that the parser refuses, too.
#[test]
fn the_schema_refuses_what_the_parser_refuses() {
    let schema = schema();
    let right = SHIPPED[0].text;
    for (replace, by) in [
        ("version = 1", "version = 0"),
        ("version = 1", "version = \"1\""),
        ("version = 1", "versio = 1"),
        ("name = \"", "name = \"A "),
        ("title = ", "fiscal_year_end = \"6-30\"\ntitle = "),
        ("starts = \"message\"", "starts = \"massage\""),
        ("starts = \"message\"", "starts = { from = \"end_of_year\" }"),
        ("starts = \"message\"", "starts = { trigger = \"message\", event = \"e\" }"),
        ("keep = { years = 5 }", "keep = {}"),
        ("keep = { years = 5 }", "keep = { years = 201 }"),
        ("keep = { years = 5 }", "keep = { year = 5 }"),
        ("keep = { years = 5 }", ""),
        ("then = \"review\"", "then = \"look\""),
        ("then = \"review\"", ""),
        ("class = [\"call\"]", "class = []"),
        ("class = [\"call\"]", "class = [\"calls\"]"),
        ("class = [\"call\"]", "class = \"call\""),
    ] {
        assert!(right.contains(replace), "{replace}");
        let wrong = right.replacen(replace, by, 1);
        assert!(Schedule::parse(&wrong).is_err(), "{by}");
        assert!(!faults(&schema, &schema, &as_json(&wrong), "").is_empty(), "{by}");
    }
}

fn as_json(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

/// What a schema does not like about a value. Knows what this schema uses, and
/// refuses what it does not know.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = vec![];
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = |rule: &Value| faults(root, rule, value, at).is_empty();
        let object = value.as_object();
        let holds = match keyword.as_str() {
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                found.extend(faults(root, &root["$defs"][name], value, at));
                true
            }
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64(),
                other => panic!("type {other}"),
            },
            "required" => {
                object.is_none_or(|has| words(rule).iter().all(|key| has.contains_key(*key)))
            }
            "properties" => {
                for (key, value) in object.into_iter().flatten() {
                    if let Some(schema) = rule.get(key) {
                        found.extend(faults(root, schema, value, &format!("{at}.{key}")));
                    }
                }
                true
            }
            "additionalProperties" => object
                .is_none_or(|has| has.keys().all(|key| schema["properties"].get(key).is_some())),
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    found.extend(faults(root, rule, item, at));
                }
                true
            }
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => rule.as_array().unwrap().iter().any(holds),
            "oneOf" => rule.as_array().unwrap().iter().filter(|rule| holds(rule)).count() == 1,
            "minProperties" => count(rule) <= object.map_or(usize::MAX, serde_json::Map::len),
            "minItems" => count(rule) <= value.as_array().map_or(usize::MAX, Vec::len),
            "maxItems" => count(rule) >= value.as_array().map_or(0, Vec::len),
            "minLength" => {
                count(rule) <= value.as_str().map_or(usize::MAX, |text| text.chars().count())
            }
            "maxLength" => count(rule) >= value.as_str().map_or(0, |text| text.chars().count()),
            "minimum" => value.as_i64().is_none_or(|value| value >= rule.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|value| value <= rule.as_i64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| fits(rule.as_str().unwrap(), text)),
            "$schema" | "$defs" | "title" | "description" => true,
            other => panic!("keyword {other}"),
        };
        if !holds {
            found.push(format!("{at}: {keyword}"));
        }
    }
    found
}

fn count(rule: &Value) -> usize {
    usize::try_from(rule.as_u64().unwrap()).unwrap()
}

/// The patterns of the schema, by hand.
fn fits(pattern: &str, text: &str) -> bool {
    let starts_plain = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    match pattern {
        "^[a-z0-9][a-z0-9._-]*$" => {
            starts_plain
                && text
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        }
        "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" => YearEnd::parse(text).is_some(),
        r"^\+?[1-9][0-9]{0,3}$" => {
            let digits = text.strip_prefix('+').unwrap_or(text);
            (1..=4).contains(&digits.len())
                && digits.parse::<u16>().is_ok()
                && !digits.starts_with('0')
        }
        other => panic!("pattern {other}"),
    }
}
