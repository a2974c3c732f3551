//! Vectors of others, and what was computed apart from this code: whoever agrees
//! with them agrees with the rest of the world. Their origins are in
//! `tests/vectors/tlog/SOURCES.md`.

mod corpus;
mod log;
mod texts;

use serde_json::Value;

use super::Hash;

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// A hash; `None` where the vector has something of another length in its place.
fn hash(value: &Value) -> Option<Hash> {
    Hash::from_base64(text(value)).ok()
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    list(value).iter().map(hash).collect()
}
