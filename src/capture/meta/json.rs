//! JSON as it came: one level at a time, every value with its exact bytes.
//!
//! Not a document tree: a tree would have to decide about repeated members,
//! about integers beyond 64 bits and about half surrogate pairs, and would
//! lose the bytes. Here members keep their order and their repetitions, numbers
//! keep their spelling, and nesting costs no stack.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deepest nesting that is looked into; below it, bytes are taken as they are.
/// The deepest form documented is 12 levels from the body's root.
pub(super) const LEVELS_MAX: usize = 64;

/// A JSON value, not yet looked into.
#[derive(Clone, Copy)]
pub(super) struct Json<'a>(&'a RawValue);

/// The members of a JSON object, in their order.
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Json<'a> {
    /// Reads bytes that should be one JSON value and nothing else.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    /// A value that was read before.
    pub(super) fn of(raw: &'a RawValue) -> Self {
        Self(raw)
    }

    /// The exact bytes.
    pub(super) fn raw(self) -> &'a RawValue {
        self.0
    }

    /// The members, where it is an object with readable names.
    pub(super) fn object(self) -> Option<Object<'a>> {
        if !self.starts_with(b'{') {
            return None;
        }
        serde_json::from_str(self.0.get()).ok()
    }

    /// The elements, where it is an array.
    pub(super) fn array(self) -> Option<Vec<Self>> {
        if !self.starts_with(b'[') {
            return None;
        }
        let elements: Vec<&'a RawValue> = serde_json::from_str(self.0.get()).ok()?;
        Some(elements.into_iter().map(Self).collect())
    }

    /// The elements of an array; another container is its own only element.
    pub(super) fn elements(self) -> Vec<Self> {
        match self.array() {
            Some(elements) => elements,
            None if self.is_container() => vec![self],
            None => vec![],
        }
    }

    /// The text, where it is a string. Half a surrogate pair, which a sender
    /// that cuts texts may leave behind, becomes replacement characters.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self.bytes()? {
            Cow::Borrowed(bytes) => Some(String::from_utf8_lossy(bytes)),
            Cow::Owned(bytes) => {
                Some(Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|error| {
                    String::from_utf8_lossy(error.as_bytes()).into_owned()
                })))
            }
        }
    }

    /// The text, where it is a string without half surrogate pairs.
    pub(super) fn exact_text(self) -> Option<String> {
        String::from_utf8(self.bytes()?.into_owned()).ok()
    }

    /// A string that is not empty, or a number in its spelling: senders differ.
    pub(super) fn word(self) -> Option<String> {
        let word = if self.is_number() { Cow::Borrowed(self.0.get()) } else { self.text()? };
        (!word.is_empty()).then(|| word.into_owned())
    }

    /// A whole number, as a number or as its decimal digits in a string.
    pub(super) fn integer(self) -> Option<i64> {
        self.word()?.trim().parse().ok()
    }

    /// A truth value.
    pub(super) fn flag(self) -> Option<bool> {
        match self.0.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub(super) fn is_null(self) -> bool {
        self.0.get() == "null"
    }

    /// Whether it says nothing: `null`, an empty string, array or object.
    pub(super) fn is_empty(self) -> bool {
        match self.0.get().as_bytes() {
            [b'{', inner @ .., b'}'] | [b'[', inner @ .., b']'] => {
                inner.iter().all(u8::is_ascii_whitespace)
            }
            bytes => matches!(bytes, b"null" | b"\"\""),
        }
    }

    /// Whether it is an object or an array.
    pub(super) fn is_container(self) -> bool {
        self.starts_with(b'{') || self.starts_with(b'[')
    }

    fn is_number(self) -> bool {
        self.0.get().starts_with(|first: char| first == '-' || first.is_ascii_digit())
    }

    fn starts_with(self, byte: u8) -> bool {
        self.0.get().as_bytes().first() == Some(&byte)
    }

    fn bytes(self) -> Option<Cow<'a, [u8]>> {
        if !self.starts_with(b'"') {
            return None;
        }
        serde_json::from_str::<StringBytes<'a>>(self.0.get()).ok().map(|string| string.0)
    }
}

impl<'a> Object<'a> {
    /// The members in their order, repeated ones included.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// The member of this name; of several the last, as is usual. `null` is none.
    pub(super) fn get(&self, name: &str) -> Option<Json<'a>> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    /// The object under this name.
    pub(super) fn object(&self, name: &str) -> Option<Object<'a>> {
        self.get(name)?.object()
    }

    /// The elements of the array under this name; none where it is no array.
    pub(super) fn array(&self, name: &str) -> Vec<Json<'a>> {
        self.get(name).and_then(Json::array).unwrap_or_default()
    }

    /// The objects in the array under this name.
    pub(super) fn objects(&self, name: &str) -> Vec<Object<'a>> {
        self.array(name).into_iter().filter_map(Json::object).collect()
    }

    /// The string or number under this name, see [`Json::word`].
    pub(super) fn word(&self, name: &str) -> Option<String> {
        self.get(name)?.word()
    }

    /// The first word found under one of these names.
    pub(super) fn word_of(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.word(name))
    }

    /// The whole number under this name.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.integer()
    }
}

/// The bytes of a string; not UTF-8 where it holds half a surrogate pair.
struct StringBytes<'a>(Cow<'a, [u8]>);

impl<'de> Deserialize<'de> for StringBytes<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = StringBytes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(StringBytes(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(StringBytes(Cow::Owned(bytes.to_vec())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = vec![];
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, Json(map.next_value()?)));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn members_keep_their_bytes_their_order_and_their_repetitions() {
        let object = json(r#"{"b": [1, 2] ,"a":1,"b":{"x" :0}}"#).object().unwrap();
        let seen: Vec<_> = object.members().map(|(n, v)| (n.to_owned(), v.raw().get())).collect();
        assert_eq!(seen, [("b".into(), "[1, 2]"), ("a".into(), "1"), ("b".into(), r#"{"x" :0}"#)]);
        assert_eq!(object.get("b").unwrap().raw().get(), r#"{"x" :0}"#);
    }

    #[test]
    fn half_a_surrogate_pair_is_readable_text_but_not_exact_text() {
        let cut = json(r#""cut \ud83d""#);
        assert!(cut.text().unwrap().starts_with("cut \u{fffd}"));
        assert_eq!(cut.exact_text(), None);
        assert_eq!(json(r#""\ud83d\ude00""#).exact_text().unwrap(), "😀");
    }

    #[test]
    fn words_and_integers_are_taken_from_strings_and_numbers() {
        assert_eq!(json("19.50").word().unwrap(), "19.50");
        assert_eq!(json(r#""""#).word(), None);
        assert_eq!(json("12345678901234567890123").word().unwrap(), "12345678901234567890123");
        assert_eq!(json(r#""1790000001""#).integer(), Some(1_790_000_001));
        assert_eq!(json("1790000001").integer(), Some(1_790_000_001));
        assert_eq!(json("true").integer(), None);
    }

    #[test]
    fn emptiness_does_not_depend_on_white_space() {
        for text in ["null", "[ \n]", "{ }", r#""""#] {
            assert!(json(text).is_empty(), "{text}");
        }
        for text in ["[null]", "0", "false", r#"{"a":1}"#, r#"" ""#] {
            assert!(!json(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(json(&deep).array().unwrap().len(), 1);
    }
}
