//! Lists of words that rules look for in what was said.

use std::collections::HashMap;

use ring::digest::{Context, SHA256};

use super::card::{DIGITS_MIN, has_card_number};
use super::words::words;
use super::{Adopted, Mark, Schedule};
use crate::spelling::fold;

/// The most bytes of a text that are looked through: the beginning of longer ones.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// A list of words, or a detector, that a schedule defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexicon {
    /// What rules call it.
    pub name: String,
    /// How it looks.
    pub kind: LexiconKind,
    /// Its words and phrases: whole ones, in any case, with or without accents.
    pub words: Vec<String>,
    /// The line of the file, from 1.
    pub line: usize,
}

/// How a lexicon looks at a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexiconKind {
    /// For any of its words.
    Words,
    /// For numbers that look like those of payment cards.
    CardNumber,
}

impl LexiconKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Words, Self::CardNumber];

    /// The word used in schedules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::CardNumber => "card_number",
        }
    }
}

impl Lexicon {
    /// What [`Facts::lexicons`](super::Facts::lexicons) holds where it hits: a digest
    /// of its name, its kind and its words, so that a schedule's new version that
    /// changes a list does not go by what the old list found.
    ///
    /// Detectors of one kind find the same, whatever they are called: they have one mark,
    /// which the index knows as well ([`card_number_mark`]).
    pub fn mark(&self) -> Mark {
        match self.kind {
            LexiconKind::CardNumber => card_number_mark(),
            LexiconKind::Words => {
                let parts = [self.name.as_str(), self.kind.as_str()];
                mark(parts.into_iter().chain(self.words.iter().map(String::as_str)))
            }
        }
    }

    /// The place, from 1, of a word that no text can have: one without letters.
    pub(super) fn wordless(&self) -> Option<usize> {
        self.words.iter().position(|word| words(&fold(word)).is_empty()).map(|place| place + 1)
    }
}

/// What [`Facts::lexicons`](super::Facts::lexicons) holds where a text has what looks like
/// the number of a payment card.
pub fn card_number_mark() -> Mark {
    mark([LexiconKind::CardNumber.as_str()].into_iter())
}

/// Whether a text has what looks like the number of a payment card: what a lexicon of kind
/// [`LexiconKind::CardNumber`] finds in it.
pub fn mentions_card(text: &str) -> bool {
    let text = beginning(text);
    // Most texts have too few digits, of any script: they need not be folded.
    text.chars().filter(|c| c.is_numeric()).nth(DIGITS_MIN - 1).is_some()
        && has_card_number(&fold(text))
}

fn mark<'a>(parts: impl Iterator<Item = &'a str>) -> Mark {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        digest.update(part.as_bytes());
        digest.update(&[0]);
    }
    let digest = digest.finish();
    let first = digest.as_ref().first_chunk().expect("a SHA-256 has 32 bytes");
    Mark(u64::from_be_bytes(*first))
}

/// What of a text is looked through.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default()
}

/// The lexicons of all schedules that are in force or were, ready to look at texts.
#[derive(Clone, Debug, Default)]
pub struct Lexicons {
    /// Phrases by their first word.
    phrases: HashMap<String, Vec<Phrase>>,
    cards: bool,
}

#[derive(Clone, Debug)]
struct Phrase {
    /// The words behind the first.
    rest: Vec<String>,
    lexicon: Mark,
}

impl Phrase {
    /// Whether its further words stand behind its first.
    fn follows(&self, behind: &[&str]) -> bool {
        behind.len() >= self.rest.len() && self.rest.iter().zip(behind).all(|(word, at)| word == at)
    }
}

impl Lexicons {
    /// The lexicons of what was adopted.
    pub fn of(adopted: &[Adopted]) -> Self {
        Self::of_schedules(adopted.iter().map(|adopted| &*adopted.schedule))
    }

    /// The lexicons of schedules.
    pub fn of_schedules<'s>(schedules: impl IntoIterator<Item = &'s Schedule>) -> Self {
        let mut found = Self::default();
        for lexicon in schedules.into_iter().flat_map(|schedule| &schedule.lexicons) {
            found.add(lexicon);
        }
        found
    }

    fn add(&mut self, lexicon: &Lexicon) {
        let mark = lexicon.mark();
        match lexicon.kind {
            LexiconKind::CardNumber => self.cards = true,
            LexiconKind::Words => {
                for word in &lexicon.words {
                    let word = fold(word);
                    let mut words = words(&word).into_iter().map(str::to_owned);
                    let Some(first) = words.next() else { continue };
                    let phrase = Phrase { rest: words.collect(), lexicon: mark };
                    self.phrases.entry(first).or_default().push(phrase);
                }
            }
        }
    }

    /// Whether there is none: no text need be looked at.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty() && !self.cards
    }

    /// The marks of the lexicons that hit a text, in order, each once.
    pub fn hits(&self, text: &str) -> Vec<Mark> {
        if self.is_empty() {
            return vec![];
        }
        let text = fold(beginning(text));
        let mut hits = vec![];
        if !self.phrases.is_empty() {
            let words = words(&text);
            for (place, word) in words.iter().enumerate() {
                let behind = words.get(place + 1..).unwrap_or_default();
                let phrases = self.phrases.get(*word).into_iter().flatten();
                let found = phrases.filter(|phrase| phrase.follows(behind));
                hits.extend(found.map(|phrase| phrase.lexicon));
            }
        }
        if self.cards && has_card_number(&text) {
            hits.push(card_number_mark());
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(name: &str, words: &[&str]) -> Lexicon {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Lexicon { name: name.to_owned(), kind: LexiconKind::Words, words, line: 1 }
    }

    fn lexicons(of: &[Lexicon]) -> Lexicons {
        let mut found = Lexicons::default();
        of.iter().for_each(|lexicon| found.add(lexicon));
        found
    }

    #[test]
    fn whole_words_and_phrases_hit_in_any_spelling() {
        let complaint =
            lexicon("complaint", &["complaint", "Beschwerde", "شكوى", "παράπονο", "not happy"]);
        let found = lexicons(std::slice::from_ref(&complaint));
        for text in [
            "A COMPLAINT!",
            "meine beschwerde.",
            "لدي شَكوي",
            "ΠΑΡΑΠΟΝΟ",
            "I am not  happy",
            "I'm not,happy: complaint",
        ] {
            assert_eq!(found.hits(text), [complaint.mark()], "{text}");
        }
        for text in ["complaints", "Beschwerdebrief", "happy not", "not very happy", ""] {
            assert!(found.hits(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn each_lexicon_that_hits_is_named_once() {
        let [one, two] = [lexicon("one", &["a", "b"]), lexicon("two", &["b", "c d"])];
        let found = lexicons(&[one.clone(), two.clone()]);
        let mut both = vec![one.mark(), two.mark()];
        both.sort_unstable();
        assert_eq!(found.hits("b a b"), both);
        assert_eq!(found.hits("c d"), [two.mark()]);
    }

    #[test]
    fn a_card_number_hits_its_detector() {
        let cards = Lexicon {
            name: "cards".to_owned(),
            kind: LexiconKind::CardNumber,
            words: vec![],
            line: 1,
        };
        let found = lexicons(&[cards.clone(), lexicon("words", &["visa"])]);
        assert_eq!(found.hits("4111 1111 1111 1111"), [cards.mark()]);
        assert!(found.hits("4111 1111 1111 1112").is_empty());
        assert_eq!(found.hits("visa 4111111111111111").len(), 2);
        assert_eq!(cards.mark(), card_number_mark(), "whatever it is called");
    }

    #[test]
    fn a_text_mentions_a_card_where_the_detector_hits() {
        let detector =
            Lexicon { name: "c".to_owned(), kind: LexiconKind::CardNumber, words: vec![], line: 1 };
        let found = lexicons(&[detector]);
        let spelled =
            ["4111 1111 1111 1111", "٤١١١ ١١١١ ١١١١ ١١١١", "４１１１１１１１１１１１１１１１"];
        for text in spelled.into_iter().chain(["4111", "", "4111111111111112", "no digits"]) {
            assert_eq!(mentions_card(text), !found.hits(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn another_list_of_the_same_name_has_another_mark() {
        let marks = [lexicon("a", &["x"]), lexicon("a", &["y"]), lexicon("b", &["x"])]
            .map(|lexicon| lexicon.mark());
        assert!(marks[0] != marks[1] && marks[0] != marks[2]);
    }

    #[test]
    fn the_end_of_a_very_long_text_is_not_looked_at() {
        let found = lexicons(&[lexicon("a", &["needle"])]);
        let hay = "é ".repeat(TEXT_BYTES_MAX);
        assert!(found.hits(&format!("{hay} needle")).is_empty());
        assert_eq!(found.hits(&format!("needle {hay}")).len(), 1);
    }

    #[test]
    fn without_lexicons_nothing_is_looked_at() {
        assert!(Lexicons::default().is_empty());
        assert!(Lexicons::default().hits("anything").is_empty());
    }
}
