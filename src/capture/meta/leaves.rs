//! The words inside a JSON value whose form is open or unknown, for search.
//!
//! Limit: beyond [`LINES_BYTES_MAX`] of them nothing more is taken up; all of
//! it is in the record's raw bytes.

use super::json::{Json, LEVELS_MAX, Object};

/// Most bytes of lines that one walk gives.
const LINES_BYTES_MAX: usize = 64 * 1024;

/// Longest label; a longer one ends there.
const LABEL_BYTES_MAX: usize = 200;

/// Every string and number inside, in their order.
pub(super) fn words(json: Json<'_>) -> Vec<String> {
    let mut lines = Lines::new(false);
    lines.walk(json, "", LEVELS_MAX);
    lines.done
}

/// As [`words`], for all members of an object but those that are read otherwise.
pub(super) fn words_but(object: &Object<'_>, but: &[&str]) -> Vec<String> {
    Lines::new(false).of_members(object, but)
}

/// Every leaf inside as `name.of.member: value`; what is `null` or empty is left out.
pub(super) fn labelled(json: Json<'_>) -> Vec<String> {
    labelled_as("", json)
}

/// As [`labelled`], for a value that stands under a name.
pub(super) fn labelled_as(name: &str, json: Json<'_>) -> Vec<String> {
    let mut lines = Lines::new(true);
    lines.walk(json, name, LEVELS_MAX);
    lines.done
}

/// As [`labelled`], for all members of an object but those that are read otherwise.
pub(super) fn labelled_but(object: &Object<'_>, but: &[&str]) -> Vec<String> {
    Lines::new(true).of_members(object, but)
}

/// One text of several lines; `None` where there is not one that says something.
pub(super) fn joined(lines: impl IntoIterator<Item = String>) -> Option<String> {
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

struct Lines {
    done: Vec<String>,
    bytes_left: usize,
    with_labels: bool,
}

impl Lines {
    fn new(with_labels: bool) -> Self {
        Self { done: vec![], bytes_left: LINES_BYTES_MAX, with_labels }
    }

    fn of_members(mut self, object: &Object<'_>, but: &[&str]) -> Vec<String> {
        for (name, member) in object.members().filter(|(name, _)| !but.contains(name)) {
            self.walk(member, clipped(name), LEVELS_MAX);
        }
        self.done
    }

    fn walk(&mut self, json: Json<'_>, label: &str, levels: usize) {
        let Some(levels) = levels.checked_sub(1) else { return };
        if self.bytes_left == 0 {
            return;
        }
        if let Some(object) = json.object() {
            for (name, member) in object.members() {
                self.walk(member, &joint(label, name), levels);
            }
        } else if let Some(elements) = json.array() {
            for element in elements {
                self.walk(element, label, levels);
            }
        } else {
            self.take(json, label);
        }
    }

    fn take(&mut self, leaf: Json<'_>, label: &str) {
        let flag = || leaf.flag().filter(|_| self.with_labels).map(|flag| flag.to_string());
        let Some(word) = leaf.word().or_else(flag) else { return };
        let line = match label {
            label if self.with_labels && !label.is_empty() => format!("{label}: {word}"),
            _ => word,
        };
        match self.bytes_left.checked_sub(line.len() + 1) {
            Some(left) => {
                self.bytes_left = left;
                self.done.push(line);
            }
            None => self.bytes_left = 0,
        }
    }
}

fn joint(label: &str, name: &str) -> String {
    let name = clipped(name);
    if label.is_empty() || label.len() + name.len() >= LABEL_BYTES_MAX {
        return if label.is_empty() { name.to_owned() } else { label.to_owned() };
    }
    format!("{label}.{name}")
}

fn clipped(name: &str) -> &str {
    let end = (0..=LABEL_BYTES_MAX.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &[u8] = br#"{"a":"x","b":{"c":[1,"y",null,true]},"d":""}"#;

    #[test]
    fn words_are_found_at_every_level() {
        assert_eq!(words(Json::parse(NESTED).unwrap()), ["x", "1", "y"]);
    }

    #[test]
    fn labels_say_where_a_word_stood() {
        let json = Json::parse(NESTED).unwrap();
        assert_eq!(labelled(json), ["a: x", "b.c: 1", "b.c: y", "b.c: true"]);
        assert_eq!(labelled_but(&json.object().unwrap(), &["b"]), ["a: x"]);
        assert_eq!(labelled_as("top", json).first().unwrap(), "top.a: x");
    }

    #[test]
    fn empty_lines_make_no_text() {
        assert_eq!(joined([String::new()]), None);
        assert_eq!(joined(["a".into(), String::new(), "b".into()]).unwrap(), "a\nb");
    }

    #[test]
    fn long_names_above_many_leaves_make_no_long_text() {
        let name = "ä".repeat(10_000);
        let leaves = vec!["1"; 50_000].join(",");
        let json = format!(r#"{{"{name}":{{"{name}":[{leaves}]}}}}"#);
        let lines = labelled(Json::parse(json.as_bytes()).unwrap());
        assert!(lines.iter().map(|line| line.len() + 1).sum::<usize>() <= LINES_BYTES_MAX);
        assert!(lines.len() > 100 && lines.iter().all(|line| line.len() <= LABEL_BYTES_MAX + 4));
    }
}
