//! Composes JSON the way Meta writes it: everything outside ASCII as `\uXXXX`
//! in lower case, `/` as `\/`, keys in the order given.
//!
//! A composed value is its text; a signature is over bytes, so bytes are what
//! is composed here, and no value tree stands between.

use std::fmt::Write as _;

use serde_json::Value;

/// A string, quoted and escaped.
pub fn text(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len() + 2);
    out.push('"');
    for unit in plain.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('/') => out.push_str("\\/"),
            Some('\n') => out.push_str("\\n"),
            Some(ascii @ ' '..='~') => out.push(ascii),
            Some(_) | None => {
                write!(out, "\\u{unit:04x}").expect("a String takes all that is written")
            }
        }
    }
    out.push('"');
    out
}

/// An object of composed values; keys are ours and need no escaping.
pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// An array of composed values.
pub fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

/// A value from the data files, in the same spelling.
pub fn value(tree: &Value) -> String {
    match tree {
        Value::Null | Value::Bool(_) | Value::Number(_) => tree.to_string(),
        Value::String(plain) => text(plain),
        Value::Array(items) => array(&items.iter().map(value).collect::<Vec<_>>()),
        Value::Object(members) => {
            object(members.iter().map(|(key, tree)| (key.as_str(), value(tree))))
        }
    }
}

/// The same value with the keys of every object from Z to A.
pub fn keys_reversed(tree: &Value) -> String {
    match tree {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value(tree),
        Value::Array(items) => array(&items.iter().map(keys_reversed).collect::<Vec<_>>()),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|left, right| right.0.cmp(left.0));
            object(members.into_iter().map(|(key, tree)| (key.as_str(), keys_reversed(tree))))
        }
    }
}
