//! Reads a table of a TOML file value by value, and notes all that is wrong.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{LINE_CHARS_MAX, Problem};

/// Above this similarity (0 to 1) a known word is offered for an unknown one.
const SIMILARITY_MIN: f64 = 0.6;

/// The file that is read, and what was found wrong with it.
pub(super) struct File<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> File<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, problems: RefCell::new(vec![]) }
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    /// Notes that something is wrong at a byte.
    pub(super) fn wrong(&self, at: usize, what: impl Into<String>) {
        let problem = Problem { line: self.line(at), what: what.into() };
        self.problems.borrow_mut().push(problem);
    }

    /// All that was found wrong, in the order of the file.
    pub(super) fn problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

/// A table of the file, whose keys are known.
pub(super) struct Section<'s, 't, 'd> {
    file: &'s File<'t>,
    table: &'s DeTable<'d>,
    /// What it is, for sentences: `a rule`.
    what: &'static str,
    at: usize,
}

impl<'s, 't, 'd> Section<'s, 't, 'd> {
    /// Takes a table, and notes every key that it should not have.
    pub(super) fn open(
        file: &'s File<'t>,
        table: &'s DeTable<'d>,
        at: usize,
        what: &'static str,
        keys: &[&str],
    ) -> Self {
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if !keys.contains(&word) {
                let advice = match nearest(word, keys) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it takes {}", keys.join(", ")),
                };
                // What stands where a key does not may be anything: it is cut.
                let shown: String = word.chars().take(40).collect();
                file.wrong(key.span().start, format!("{what} has no key `{shown}`: {advice}"));
            }
        }
        Self { file, table, what, at }
    }

    /// The line it begins on.
    pub(super) fn line(&self) -> usize {
        self.file.line(self.at)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<&'s Spanned<DeValue<'d>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// Notes that something is wrong with a key's value, or with the whole.
    pub(super) fn wrong(&self, key: &str, what: impl std::fmt::Display) {
        let at = self.get(key).map_or(self.at, |value| value.span().start);
        self.file.wrong(at, format!("`{key}` of {}: {what}", self.what));
    }

    /// A line of text, or none.
    pub(super) fn text(&self, key: &str, chars_max: usize) -> Option<&'s str> {
        let DeValue::String(text) = self.get(key)?.get_ref() else {
            self.wrong(key, "write a text in quotes");
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            self.wrong(key, "it is empty: say it, or leave the key out");
        } else if text.chars().count() > chars_max {
            self.wrong(key, format_args!("at most {chars_max} characters are taken"));
        } else {
            return Some(text);
        }
        None
    }

    /// What is given for a key, if it is a text; whatever it is.
    pub(super) fn name_given(&self, key: &str) -> Option<&'s str> {
        self.get(key)?.get_ref().as_str()
    }

    /// The same as [`Self::text`]; noted where it is missing.
    pub(super) fn needed_text(&self, key: &str, chars_max: usize) -> Option<&'s str> {
        self.need(key)?;
        self.text(key, chars_max)
    }

    /// Notes a key that is missing.
    pub(super) fn need(&self, key: &str) -> Option<()> {
        if !self.has(key) {
            self.file.wrong(self.at, format!("{} needs `{key}`", self.what));
            return None;
        }
        Some(())
    }

    /// A whole number within a range, or none.
    pub(super) fn whole(&self, key: &str, most: u32) -> Option<u32> {
        let value = self.get(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong(key, "write a whole number");
            return None;
        };
        match u32::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if number <= most => Some(number),
            Ok(_) | Err(_) => {
                self.wrong(key, format_args!("write a whole number from 0 to {most}"));
                None
            }
        }
    }

    /// A list of texts; empty where it was not given.
    pub(super) fn texts(&self, key: &str, count_max: usize) -> Vec<&'s str> {
        let Some(value) = self.get(key) else { return vec![] };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, "write a list of texts: [\"…\", \"…\"]");
            return vec![];
        };
        if items.is_empty() {
            self.wrong(key, "an empty list matches nothing: fill it, or leave the key out");
        }
        if items.len() > count_max {
            self.wrong(key, format_args!("at most {count_max} values are taken"));
            return vec![];
        }
        let fits = |text: &str| !text.is_empty() && text.chars().count() <= LINE_CHARS_MAX;
        let mut texts = vec![];
        for item in items.iter() {
            match item.get_ref().as_str().map(str::trim) {
                Some(text) if fits(text) => texts.push(text),
                Some(_) | None => {
                    let what = format!(
                        "`{key}` of {} takes texts of 1 to {LINE_CHARS_MAX} characters, in quotes",
                        self.what
                    );
                    self.file.wrong(item.span().start, what);
                }
            }
        }
        texts
    }

    /// A list of words out of a closed set.
    pub(super) fn words<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Vec<T> {
        let texts = self.texts(key, all.len());
        texts.into_iter().filter_map(|text| self.one_of(key, text, all, &word)).collect()
    }

    /// One word out of a closed set, or none.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.text(key, LINE_CHARS_MAX)?;
        self.one_of(key, text, all, &word)
    }

    fn one_of<T: Copy>(
        &self,
        key: &str,
        text: &str,
        all: &[T],
        word: &impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|value| word(*value) == text);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|value| word(*value)).collect();
            self.wrong(key, not_known(text, &known));
        }
        found
    }

    /// A table below, or none.
    pub(super) fn section(
        &self,
        key: &str,
        what: &'static str,
        keys: &[&str],
    ) -> Option<Section<'s, 't, 'd>> {
        let value = self.get(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(
                key,
                format_args!("write a table: {{ {} = … }}", keys.first().unwrap_or(&"")),
            );
            return None;
        };
        Some(Section::open(self.file, table, value.span().start, what, keys))
    }

    /// The tables of a list (`[[rule]]`); empty where there is none.
    pub(super) fn sections(
        &self,
        key: &str,
        what: &'static str,
        keys: &[&str],
        count_max: usize,
    ) -> Vec<Section<'s, 't, 'd>> {
        let Some(value) = self.get(key) else { return vec![] };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, format_args!("write [[{key}]] on a line of its own"));
            return vec![];
        };
        if items.len() > count_max {
            self.wrong(key, format_args!("at most {count_max} are taken"));
            return vec![];
        }
        let mut sections = vec![];
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => {
                    let at = item.span().start;
                    sections.push(Section::open(self.file, table, at, what, keys));
                }
                None => self.wrong(key, format_args!("write [[{key}]] on a line of its own")),
            }
        }
        sections
    }

    /// Whether a key's value is a text.
    pub(super) fn is_text(&self, key: &str) -> bool {
        self.name_given(key).is_some()
    }
}

/// That a word is none of those that are known.
pub(super) fn not_known(word: &str, known: &[&str]) -> String {
    let shown: String = word.chars().take(40).collect();
    match nearest(word, known) {
        Some(near) => format!("`{shown}` is not known: did you mean `{near}`?"),
        None if known.is_empty() => format!("`{shown}` is not known, and none is defined"),
        None => format!("`{shown}` is not known: it takes {}", known.join(", ")),
    }
}

fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = |name: &str| strsim::normalized_damerau_levenshtein(word, name);
    known
        .iter()
        .copied()
        .max_by(|left, right| near(left).total_cmp(&near(right)))
        .filter(|name| near(name) >= SIMILARITY_MIN)
}
