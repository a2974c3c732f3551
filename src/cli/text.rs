//! Makes what other people wrote safe to show on a terminal.
//!
//! A message may hold escape sequences that move the cursor, and marks that turn
//! the writing direction of everything behind them. Here the first become a
//! visible sign and the second are left out; a line with right-to-left writing is
//! isolated (U+2068 … U+2069), so that it cannot disturb what stands beside it.
//! Exact bytes are had with `--json` and `--raw`.

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// One line: breaks become spaces, and a run of spaces one.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars().filter(|char| !turns_direction(*char)) {
        match char {
            char if char.is_whitespace() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            char => line.push(shown(char)),
        }
    }
    line
}

/// The lines of a text, each made safe and isolated where it needs to be.
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| {
        let chars = line.chars().filter(|char| !turns_direction(*char));
        isolated(
            &chars.map(|char| if char == '\t' { ' ' } else { shown(char) }).collect::<String>(),
        )
    })
}

/// A text in one line that can stand beside others.
pub(super) fn safe(text: &str) -> String {
    isolated(&one_line(text))
}

/// One line, isolated where it has right-to-left writing.
pub(super) fn isolated(line: &str) -> String {
    if line.chars().any(is_right_to_left) {
        format!("{FIRST_STRONG_ISOLATE}{line}{POP_ISOLATE}")
    } else {
        line.to_owned()
    }
}

/// Whether a character belongs to a script that is written from right to left.
/// By block, which errs towards isolating.
pub(super) const fn is_right_to_left(char: char) -> bool {
    matches!(char,
        '\u{0590}'..='\u{08FF}'
        | '\u{200F}'
        | '\u{FB1D}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
}

/// Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
const fn turns_direction(char: char) -> bool {
    matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn shown(char: char) -> char {
    if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_seen_and_not_obeyed() {
        assert_eq!(one_line("a\u{1b}[2Jb\u{9b}c"), "a\u{FFFD}[2Jb\u{FFFD}c");
        let shown: Vec<_> = lines("one\u{7}\ttwo\nthree").collect();
        assert_eq!(shown, ["one\u{FFFD} two", "three"]);
    }

    #[test]
    fn breaks_become_one_space() {
        assert_eq!(one_line("a\r\n\n  b\tc"), "a b c");
    }

    #[test]
    fn right_to_left_writing_is_isolated_and_no_other() {
        assert_eq!(isolated("hello 123"), "hello 123");
        assert_eq!(isolated("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(lines("مرحبا\nhi").collect::<Vec<_>>(), ["\u{2068}مرحبا\u{2069}", "hi"]);
    }

    #[test]
    fn nothing_in_a_text_breaks_out_of_its_isolate() {
        let spoof = "שלום\u{2069}\u{202E}txt.exe\u{2066}";
        assert_eq!(lines(spoof).next().unwrap(), "\u{2068}שלוםtxt.exe\u{2069}");
    }
}
