//! The words inside a JSON value whose form is open or unknown, for search.

use super::json::{Json, LEVELS_MAX};

/// Every string and number inside, in their order.
pub(super) fn words(json: Json<'_>) -> Vec<String> {
    let mut lines = vec![];
    walk(json, "", LEVELS_MAX, &mut |_, leaf| lines.extend(leaf.word()));
    lines
}

/// Every leaf inside as `name.of.member: value`; what is `null` or empty is left out.
pub(super) fn labelled(json: Json<'_>) -> Vec<String> {
    let mut lines = vec![];
    walk(json, "", LEVELS_MAX, &mut |label, leaf| {
        let word = leaf.word().or_else(|| leaf.flag().map(|flag| flag.to_string()));
        lines.extend(word.map(|word| match label {
            "" => word,
            label => format!("{label}: {word}"),
        }));
    });
    lines
}

/// One text of several lines; `None` where there is not one that says something.
pub(super) fn joined(lines: impl IntoIterator<Item = String>) -> Option<String> {
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn walk(json: Json<'_>, label: &str, levels: usize, leaf: &mut dyn FnMut(&str, Json<'_>)) {
    let Some(levels) = levels.checked_sub(1) else { return };
    if let Some(object) = json.object() {
        for (name, member) in object.members() {
            let label = if label.is_empty() { name.into() } else { format!("{label}.{name}") };
            walk(member, &label, levels, leaf);
        }
    } else if let Some(elements) = json.array() {
        for element in elements {
            walk(element, label, levels, leaf);
        }
    } else {
        leaf(label, json);
    }
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
        let lines = labelled(Json::parse(NESTED).unwrap());
        assert_eq!(lines, ["a: x", "b.c: 1", "b.c: y", "b.c: true"]);
    }

    #[test]
    fn empty_lines_make_no_text() {
        assert_eq!(joined([String::new()]), None);
        assert_eq!(joined(["a".into(), String::new(), "b".into()]).unwrap(), "a\nb");
    }
}
