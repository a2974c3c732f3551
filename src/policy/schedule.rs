//! A retention schedule: rules that say how long records are kept, from when, why,
//! and what happens then. One TOML file (`docs/GOVERNANCE.md`).

mod condition;
mod parse;
mod problem;
#[cfg(test)]
mod schema;
mod section;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::lexicon::Lexicon;
use super::period::{Period, Rounding, YearEnd};
use crate::record::Class;

pub use condition::{Jurisdiction, When};
pub use parse::KEYS;
pub use problem::{BadSchedule, Problem};

/// The most bytes of a schedule's file.
pub const SCHEDULE_BYTES_MAX: usize = 1024 * 1024;
/// The most rules of a schedule.
pub(super) const RULES_MAX: usize = 200;
/// The most lexicons, and the most jurisdictions, of a schedule.
pub(super) const DEFINITIONS_MAX: usize = 100;
/// The most values in a list.
pub(super) const VALUES_MAX: usize = 10_000;
/// The most characters of a name.
pub(super) const NAME_CHARS_MAX: usize = 64;
/// The most characters of a title, a citation or a word.
pub(super) const LINE_CHARS_MAX: usize = 300;
/// The most characters of a note.
pub(super) const NOTE_CHARS_MAX: usize = 4_000;

/// A retention schedule, read and found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What it is called; its versions have one name.
    pub name: String,
    /// What it is about, in a line.
    pub title: String,
    /// Which version of it this is, from 1.
    pub version: u32,
    /// The law or rule book that it implements, as it is cited.
    pub authority: Vec<String>,
    /// What to know before it is adopted.
    pub note: Option<String>,
    /// Where that law holds. For readers: it restricts nothing, `when.jurisdiction` does.
    pub jurisdictions: Vec<String>,
    /// When its fiscal year ends.
    pub fiscal_year_end: YearEnd,
    /// Its rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// The lexicons that its rules name.
    pub lexicons: Vec<Lexicon>,
    /// The jurisdictions that its rules name.
    pub places: Vec<Jurisdiction>,
}

/// One rule of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name within the schedule.
    pub id: String,
    /// What it keeps, in a line.
    pub title: String,
    /// What obliges to it, as it is cited.
    pub authority: Vec<String>,
    /// What to know about it.
    pub note: Option<String>,
    /// Which records it is for.
    pub when: When,
    /// What starts its clock.
    pub starts: Starts,
    /// At least how long.
    pub keep: Option<Period>,
    /// At most how long, once every minimum has ended.
    pub max: Option<Period>,
    /// What happens when it has ended.
    pub then: Then,
    /// The line of the file that it begins on, from 1.
    pub line: usize,
}

/// What starts a rule's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starts {
    /// What is waited for.
    pub trigger: Trigger,
    /// Which day counts then.
    pub from: Rounding,
}

/// What a clock waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The record itself: when it happened or when it was captured, whichever is later.
    Message,
    /// The last message of its conversation.
    LastOfThread,
    /// The archive's taking it in.
    Captured,
    /// Something that is told through the API, by this name: the end of a contract.
    Event(String),
}

/// What happens to a record whose period has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It is destroyed.
    Destroy,
    /// It is handed over to another archive, and destroyed.
    Transfer,
    /// Somebody decides.
    Review,
}

impl Then {
    /// Every disposition, the one that is easiest to regret first.
    pub const ALL: [Self; 3] = [Self::Destroy, Self::Transfer, Self::Review];

    /// The word used in schedules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::Transfer => "transfer",
            Self::Review => "review",
        }
    }
}

impl Trigger {
    /// The words of the file for those that need no name.
    const WORDS: [&'static str; 3] = ["message", "last_of_thread", "captured"];

    fn of_word(word: &str) -> Option<Self> {
        match word {
            "message" => Some(Self::Message),
            "last_of_thread" => Some(Self::LastOfThread),
            "captured" => Some(Self::Captured),
            _ => None,
        }
    }
}

impl std::fmt::Display for Starts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.from {
            Rounding::SameDay => {}
            Rounding::EndOfMonth => f.write_str("end of the month of ")?,
            Rounding::EndOfYear => f.write_str("end of the year of ")?,
            Rounding::EndOfFiscalYear => f.write_str("end of the fiscal year of ")?,
        }
        match &self.trigger {
            Trigger::Message => f.write_str("the message"),
            Trigger::LastOfThread => f.write_str("the last message of the conversation"),
            Trigger::Captured => f.write_str("its capture"),
            Trigger::Event(event) => write!(f, "the event {event}"),
        }
    }
}

impl Schedule {
    /// Reads a schedule from the text of its file.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key, or says what cannot be; with all
    /// that is wrong, each with its line and what to do.
    pub fn parse(text: &str) -> Result<Self, BadSchedule> {
        parse::schedule(text)
    }

    /// The SHA-256 of a schedule's file: how an entry names it.
    pub fn digest(file: &[u8]) -> [u8; 32] {
        let digest = ring::digest::digest(&ring::digest::SHA256, file);
        *digest.as_ref().first_chunk().expect("a SHA-256 has 32 bytes")
    }

    /// The rule of that id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

impl Rule {
    /// Whether it names a party, a number, a tag or a lexicon: such a rule goes
    /// before a general one where both keep a record equally long.
    pub fn is_explicit(&self) -> bool {
        let When { parties, numbers, tags, lexicons, .. } = &self.when;
        [parties, numbers, tags, lexicons].into_iter().any(|list| !list.is_empty())
    }

    /// Whether records of a class can fall under it.
    pub fn is_for(&self, class: Class) -> bool {
        self.when.classes.is_empty() || self.when.classes.contains(&class)
    }
}
