//! What makes two things the same: canonical bytes of an element and its place.
//!
//! Not RFC 8785: numbers keep their spelling, since an id may have more digits
//! than a double can tell apart, and names are sorted by their UTF-8 bytes.
//!
//! Guarantee: two elements of the same place have the same bytes only when
//! they differ in nothing but white space, the order of members, the escaping
//! of strings, and the address of a medium, which expires after five minutes
//! and is given anew with each delivery.

use super::json::{Json, LEVELS_MAX, Object};

/// Where an element stands: what tells apart equal elements of different places.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'a> {
    /// The webhook field.
    pub(super) field: &'a str,
    /// The member of the change's value that holds the element.
    pub(super) member: &'a str,
    /// The business number's id, else the account's.
    pub(super) owner: Option<&'a str>,
    /// The time of the batch, for elements that have neither id nor time.
    pub(super) time: Option<i64>,
    /// The conversation, where the element itself does not name it.
    pub(super) thread: Option<&'a str>,
}

/// The bytes that stand for an element at its place.
pub(super) fn of(place: Place<'_>, element: Json<'_>) -> Vec<u8> {
    let place = serde_json::json!([
        "meta",
        place.field,
        place.member,
        place.owner,
        place.time,
        place.thread
    ]);
    let mut out = place.to_string().into_bytes();
    out.push(b'\n');
    write(element, LEVELS_MAX, &mut out);
    out
}

fn write(json: Json<'_>, levels: usize, out: &mut Vec<u8>) {
    if levels > 0 {
        if let Some(object) = json.object() {
            return write_object(&object, levels, out);
        }
        if let Some(elements) = json.array() {
            return write_array(&elements, levels, out);
        }
    }
    match json.exact_text() {
        Some(text) => write_text(&text, out),
        // A number, `true`, `false`, `null`, or what only its spelling tells apart.
        None => out.extend_from_slice(json.raw().get().as_bytes()),
    }
}

fn write_object(object: &Object<'_>, levels: usize, out: &mut Vec<u8>) {
    let is_medium = is_medium(object);
    let mut members: Vec<_> =
        object.members().filter(|(name, _)| !(is_medium && *name == "url")).collect();
    // Stable: repeated members keep their order, which decides their meaning.
    members.sort_by_key(|(name, _)| *name);
    out.push(b'{');
    for (at, (name, value)) in members.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        write(value, levels - 1, out);
    }
    out.push(b'}');
}

fn write_array(elements: &[Json<'_>], levels: usize, out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(*element, levels - 1, out);
    }
    out.push(b']');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend(serde_json::to_vec(text).expect("a string is always JSON"));
}

/// Whether an object announces a medium: its `url` is a passing address. A
/// place and a contact card have addresses too, but those are what was said.
fn is_medium(object: &Object<'_>) -> bool {
    let names = |wanted: &str| object.get(wanted).is_some();
    names("id") && (names("mime_type") || names("sha256"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        let mut out = vec![];
        write(Json::parse(text.as_bytes()).unwrap(), LEVELS_MAX, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn order_white_space_and_escaping_do_not_matter() {
        let one = canonical(r#"{"b":[1,{"z":null,"y":"\u00e4\/"}],"a":"x"}"#);
        let other = canonical("{ \"a\" : \"\\u0078\",\n\"b\":[1, {\"y\":\"ä/\",\"z\":null} ] }");
        assert_eq!(one, other);
        assert_eq!(one, r#"{"a":"x","b":[1,{"y":"ä/","z":null}]}"#);
    }

    #[test]
    fn a_passing_address_of_a_medium_does_not_matter_but_other_addresses_do() {
        let medium = |url: &str| canonical(&format!(r#"{{"id":"7","sha256":"q","url":"{url}"}}"#));
        assert_eq!(medium("https://one.example"), medium("https://two.example"));
        let place = |url: &str| canonical(&format!(r#"{{"latitude":1,"url":"{url}"}}"#));
        assert_ne!(place("https://one.example"), place("https://two.example"));
    }

    #[test]
    fn whatever_else_differs_makes_a_difference() {
        let all = [
            "1",
            "1.0",
            "\"1\"",
            "12345678901234567890123",
            "12345678901234567890124",
            "null",
            "{}",
            "[]",
            "[[]]",
            r#"{"a":1}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":2,"a":1}"#,
            r#"{"a":{"b":1}}"#,
            r#""\ud83d""#,
            r#""\ud83e""#,
            r#""\ufffd""#,
            r#"["a","b"]"#,
            r#"["a,b"]"#,
        ]
        .map(canonical);
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{one}");
        }
    }

    #[test]
    fn nesting_beyond_the_limit_is_taken_as_it_is() {
        let deep = format!("{}\"a\" {}", "[".repeat(1000), "]".repeat(1000));
        assert!(canonical(&deep).contains("\"a\" ]"));
    }
}
