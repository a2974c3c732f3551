//! The lexicon of opt-out and opt-in words, and recognising them.
//!
//! A text is folded ([`crate::spelling`]: case, accents, Arabic vowel signs and forms of
//! letters, marks without width), letters repeated three times or more count once,
//! punctuation and emoji are left out, and so are words of courtesy (`please`). Then
//!
//! 1. a text that is one of the words is that signal, as certain as the lexicon says;
//! 2. a short text that contains an opt-out word is a candidate, unless the word counts
//!    alone only (`within = "never"`);
//! 3. a longer text is one only where it contains a word that counts anywhere
//!    (`within = "any"`).
//!
//! Opt-in words count alone only: nobody consents by a word in passing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{Certainty, Kind, Purposes};
use crate::spelling;

/// The largest lexicon.
pub const LEXICON_BYTES_MAX: usize = 1024 * 1024;

/// Words of a text that are looked at; a message of WhatsApp has 4096 characters at most.
const WORDS_LOOKED_AT_MAX: usize = 2048;

/// Words of one entry.
const WORDS_OF_ENTRY_MAX: usize = 8;

const SHIPPED: &str = include_str!("../../../policies/consent.toml");

static OF_THE_BUILD: LazyLock<Signals> =
    LazyLock::new(|| Signals::parse(SHIPPED).expect("a test reads the shipped lexicon"));

/// The words that are recognised.
#[derive(Clone, Debug)]
pub struct Signals {
    version: String,
    short_words_max: usize,
    /// By their folded form.
    words: BTreeMap<String, Word>,
    courtesies: Vec<String>,
    /// The most words that an entry has.
    longest: usize,
}

/// What was recognised in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// [`Kind::OptIn`] or [`Kind::OptOut`].
    pub kind: Kind,
    /// How sure one can be.
    pub certainty: Certainty,
    /// The word, as the lexicon writes it.
    pub word: String,
    /// The first of the languages that the lexicon has it in.
    pub language: String,
    /// What it is about.
    pub purposes: Purposes,
    /// The version of the lexicon, and the beginning of its SHA-256.
    pub lexicon_version: String,
}

/// Why a lexicon cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLexicon {
    /// It is no TOML of this form.
    #[error("it is not in the form of a consent lexicon: {0}")]
    Form(String),
    /// It is too large.
    #[error("it has {0} bytes; the most is {LEXICON_BYTES_MAX}")]
    TooLarge(usize),
    /// An entry is none.
    #[error("the word {say:?} of {language:?} {problem}")]
    Word {
        /// The entry.
        say: String,
        /// Where it stands.
        language: String,
        /// What is wrong.
        problem: &'static str,
    },
}

#[derive(Clone, Debug)]
struct Word {
    say: String,
    language: String,
    kind: Kind,
    certainty: Certainty,
    within: Within,
    purposes: Purposes,
}

/// In which texts an opt-out word counts that say more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Within {
    Never,
    #[default]
    Short,
    Any,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    short_words_max: usize,
    opt_out_purposes: Purposes,
    opt_in_purposes: Purposes,
    language: Vec<Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    code: String,
    #[serde(default)]
    courtesies: Vec<String>,
    #[serde(default)]
    opt_out: Vec<Entry>,
    #[serde(default)]
    opt_in: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Plain(String),
    Described(Described),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    say: String,
    #[serde(default = "certain")]
    certainty: Certainty,
    #[serde(default)]
    within: Within,
    purposes: Option<Purposes>,
    /// For people.
    #[serde(default, rename = "note")]
    _note: Option<String>,
}

const fn certain() -> Certainty {
    Certainty::Certain
}

impl Signals {
    /// The lexicon that is in the program.
    pub fn shipped() -> &'static Self {
        &OF_THE_BUILD
    }

    /// Reads a lexicon: the form is that of `policies/consent.toml`.
    ///
    /// # Errors
    /// When it is no such file, or an entry cannot be recognised or is there twice with
    /// different meanings.
    pub fn parse(text: &str) -> Result<Self, BadLexicon> {
        if text.len() > LEXICON_BYTES_MAX {
            return Err(BadLexicon::TooLarge(text.len()));
        }
        let file: File =
            toml::from_str(text).map_err(|error| BadLexicon::Form(error.message().to_owned()))?;
        let sum = hex::encode(digest(&SHA256, text.as_bytes()));
        let version = format!("{}+{}", file.version, sum.get(..8).unwrap_or_default());
        let (opt_out, opt_in) = (file.opt_out_purposes, file.opt_in_purposes);
        let mut signals = Self {
            version,
            short_words_max: file.short_words_max,
            words: BTreeMap::new(),
            courtesies: vec![],
            longest: 1,
        };
        for language in file.language {
            signals.courtesies.extend(language.courtesies.iter().map(|word| folded(word).concat()));
            for entry in language.opt_out {
                signals.add(entry, &language.code, Kind::OptOut, opt_out)?;
            }
            for entry in language.opt_in {
                signals.add(entry, &language.code, Kind::OptIn, opt_in)?;
            }
        }
        Ok(signals)
    }

    /// Which lexicon it is.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a message says about being written to; `None` where it says nothing of it.
    pub fn read(&self, text: &str) -> Option<Recognised> {
        let mut words = folded(text);
        words.truncate(WORDS_LOOKED_AT_MAX);
        if let Some(word) = self.words.get(&words.join(" ")) {
            return Some(self.recognised(word, word.certainty));
        }
        words.retain(|word| !self.courtesies.contains(word));
        if let Some(word) = self.words.get(&words.join(" ")) {
            return Some(self.recognised(word, word.certainty));
        }
        let least = if words.len() <= self.short_words_max { Within::Short } else { Within::Any };
        let word = self.within(&words, least)?;
        Some(self.recognised(word, Certainty::Candidate))
    }

    /// The longest opt-out word that stands in a text which says more.
    fn within(&self, words: &[String], least: Within) -> Option<&Word> {
        let counts = |word: &&Word| word.kind == Kind::OptOut && word.within >= least;
        (1..=self.longest).rev().find_map(|length| {
            let mut places = words.windows(length);
            places.find_map(|place| self.words.get(&place.join(" ")).filter(counts))
        })
    }

    fn recognised(&self, word: &Word, certainty: Certainty) -> Recognised {
        let Word { say, language, kind, purposes, .. } = word.clone();
        let lexicon_version = self.version.clone();
        Recognised { kind, certainty, word: say, language, purposes, lexicon_version }
    }

    fn add(
        &mut self,
        entry: Entry,
        language: &str,
        kind: Kind,
        usual: Purposes,
    ) -> Result<(), BadLexicon> {
        let entry = match entry {
            Entry::Plain(say) => Described {
                say,
                certainty: Certainty::Certain,
                within: Within::Short,
                purposes: None,
                _note: None,
            },
            Entry::Described(entry) => entry,
        };
        let wrong = |problem| BadLexicon::Word {
            say: entry.say.clone(),
            language: language.to_owned(),
            problem,
        };
        let form = folded(&entry.say);
        if form.is_empty() || form.len() > WORDS_OF_ENTRY_MAX {
            return Err(wrong("must have 1 to 8 words with letters"));
        }
        self.longest = self.longest.max(form.len());
        let word = Word {
            say: entry.say.clone(),
            language: language.to_owned(),
            kind,
            certainty: entry.certainty,
            within: entry.within,
            purposes: entry.purposes.unwrap_or(usual),
        };
        let known = self.words.entry(form.join(" ")).or_insert_with(|| word.clone());
        if known.kind != kind {
            return Err(wrong("means opt-in and opt-out at once: leave one of them out"));
        }
        // What is doubtful in one language is doubtful: nobody says which they write.
        if word.certainty == Certainty::Candidate {
            known.certainty = Certainty::Candidate;
        }
        known.within = known.within.min(word.within);
        Ok(())
    }
}

/// The words of a text in their normal form.
fn folded(text: &str) -> Vec<String> {
    // An apostrophe belongs to its word (`don't`, `d'accord`), whichever is typed.
    let plain: String =
        text.chars().filter(|c| !matches!(c, '\'' | '’' | '‘' | '`' | '´')).collect();
    let folded = spelling::fold(&plain);
    let words = folded.split(|c: char| !c.is_alphanumeric() && !is_joined(c));
    words.map(calmed).filter(|word| word.contains(char::is_alphanumeric)).collect()
}

/// Signs that are no letters and stand inside words: the virama of Devanagari.
const fn is_joined(c: char) -> bool {
    matches!(c, '\u{94d}')
}

/// A word without the stretching of letters: `stoooop`, `STOPPP`.
fn calmed(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut calm = String::with_capacity(word.len());
    for run in letters.chunk_by(|one, next| one == next) {
        let kept = if run.len() > 2 { 1 } else { run.len() };
        calm.extend(run.iter().take(kept));
    }
    calm
}

#[cfg(test)]
mod tests;
