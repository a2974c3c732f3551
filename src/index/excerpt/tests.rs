use proptest::prelude::*;

use super::*;
use crate::index::language::parse;

/// An excerpt with its hits in brackets.
fn shown(query: &str, text: &str, chars_max: usize) -> String {
    excerpt(&parse(query).unwrap(), text, chars_max)
        .into_iter()
        .map(|segment| if segment.hit { format!("[{}]", segment.text) } else { segment.text })
        .collect()
}

#[test]
fn words_are_marked_as_they_were_written() {
    assert_eq!(shown("strasse", "Die Straße ist lang", 80), "Die [Straße] ist lang");
    assert_eq!(shown("\"wire the\"", "Please wire the money", 80), "Please [wire] [the] money");
    assert_eq!(shown("inv*", "The invoice; an INVERSE", 80), "The [invoice]; an [INVERSE]");
    assert_eq!(shown("كتاب", "هذا الكتاب جديد", 80), "هذا [الكتاب] جديد");
}

#[test]
fn what_is_excluded_or_asked_of_others_is_not_marked() {
    assert_eq!(shown("money -wire", "wire money", 80), "wire [money]");
    assert_eq!(shown("from:wire money", "wire money", 80), "wire [money]");
    assert_eq!(shown("wire date:2026", "wire 2026", 80), "[wire] 2026");
    assert_eq!(shown("*", "wire money", 80), "wire money");
}

#[test]
fn a_phrase_is_marked_only_where_it_stands_together() {
    assert_eq!(shown("\"a b\"", "a c b a b", 80), "a c b [a] [b]");
}

#[test]
fn the_window_lies_around_the_first_hit() {
    let text = format!("{} wire {}", "before ".repeat(40), "after ".repeat(40));
    let excerpt = shown("wire", &text, 40);
    assert!(excerpt.starts_with("…before"), "{excerpt}");
    assert!(excerpt.contains("[wire] after"), "{excerpt}");
    assert!(excerpt.ends_with('…'), "{excerpt}");
}

#[test]
fn a_hit_near_the_end_is_shown_with_more_of_what_stands_before() {
    let text = format!("{}wire", "before ".repeat(40));
    let excerpt = shown("wire", &text, 40);
    assert!(excerpt.ends_with("before before before before [wire]"), "{excerpt}");
}

#[test]
fn no_picture_is_cut_apart() {
    let family = "👩‍👩‍👧‍👦";
    let text = family.repeat(30);
    for chars_max in 1..8 {
        let expected = format!("{}…", family.repeat(chars_max));
        assert_eq!(shown("x", &text, chars_max), expected);
    }
    assert_eq!(shown("👧", &format!("a {family} b"), 80), format!("a [{family}] b"));
}

#[test]
fn line_breaks_become_spaces() {
    assert_eq!(shown("b", "a\r\nb\tc", 80), "a  [b] c");
}

#[test]
fn an_empty_text_and_no_room_give_no_more_than_there_is() {
    assert_eq!(shown("b", "", 80), "");
    assert_eq!(shown("b", "a b", 0), "…");
}

proptest! {
    #[test]
    fn an_excerpt_is_a_part_of_the_text(
        text in "[ab é日👩‍👧ß]{0,60}", query in "[abß日]{1,2}", chars_max in 0_usize..40,
    ) {
        let segments = excerpt(&parse(&query).unwrap(), &text, chars_max);
        let joined: String = segments.iter().map(|segment| segment.text.as_str()).collect();
        let bare = joined.strip_prefix(LEFT_OUT).unwrap_or(&joined);
        let bare = bare.strip_suffix(LEFT_OUT).unwrap_or(bare);
        prop_assert!(text.contains(bare), "{text:?} {bare:?}");
        prop_assert!(bare.graphemes(true).count() <= chars_max);
        prop_assert!(segments.iter().all(|segment| !segment.text.is_empty()));
    }
}
