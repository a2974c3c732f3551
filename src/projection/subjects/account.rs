//! What came of a request for erasure: what is gone, what is kept and why. Counts, dates
//! and reasons; no word of a record, and no legal hold by its name.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::record::{Class, RecordId};

/// What came of an erasure, as of a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The moment.
    pub as_of: Timestamp,
    /// The dispositions that destroyed; each has a certificate.
    pub runs: Vec<RecordId>,
    /// What is gone.
    pub destroyed: Vec<Counted>,
    /// What is kept.
    pub kept: Vec<Kept>,
    /// How many records could be destroyed and are not yet.
    pub left: u64,
}

/// Records of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The class.
    pub class: Class,
    /// How many.
    pub records: u64,
    /// The days, in UTC, on which the first and the last of them were taken in.
    pub days: (Date, Date),
}

/// Records that are kept for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Which.
    #[serde(flatten)]
    pub counted: Counted,
    /// Why.
    pub why: Why,
}

/// Why a record is kept although its person would have it erased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Why {
    /// A duty to keep it, to a day (GDPR art. 17(3)(b)).
    Duty {
        /// The rule: `SCHEDULE/RULE`.
        rule: String,
        /// What obliges to it, as it is cited.
        authority: Vec<String>,
        /// The moment from which on it does not.
        until: Timestamp,
    },
    /// A duty to keep it that ends so long after something that has not happened yet.
    DutyAfter {
        /// The rule: `SCHEDULE/RULE`.
        rule: String,
        /// What obliges to it, as it is cited.
        authority: Vec<String>,
    },
    /// A legal claim or another duty; which is not told (art. 17(3)(b), (e)).
    Claim,
    /// The person wanted it kept and not used (art. 18).
    Restricted,
    /// It says that the person does not want to be written to, and is kept so that it is
    /// heeded (art. 17(3)(b), 21(3)).
    Refusal,
    /// It does not open, so that nobody can tell whether it may go: it is damaged.
    Unreadable,
}

impl Why {
    /// In words, for who looks at what a run kept. Names no hold.
    pub fn told(&self) -> String {
        match self {
            Self::Duty { rule, until, .. } => format!("{rule} keeps it until {until}"),
            Self::DutyAfter { rule, .. } => format!("{rule} keeps it until an event has come"),
            Self::Claim => "a legal claim or another duty keeps it".to_owned(),
            Self::Restricted => "it is restricted".to_owned(),
            Self::Refusal => "it says that the person does not want to be written to".to_owned(),
            Self::Unreadable => "it does not open, so that it cannot be judged".to_owned(),
        }
    }
}

/// Counts records by what is the same about them.
#[derive(Debug)]
pub struct Tally<K>(std::collections::BTreeMap<(Class, K), (u64, Date, Date)>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(std::collections::BTreeMap::new())
    }
}

impl<K: Ord> Tally<K> {
    /// Counts a record that was taken in on a day.
    pub fn count(&mut self, class: Class, about: K, day: Date) {
        let (records, first, last) = self.0.entry((class, about)).or_insert((0, day, day));
        *records += 1;
        (*first, *last) = ((*first).min(day), (*last).max(day));
    }

    /// What was counted, by class.
    pub fn counted(self) -> impl Iterator<Item = (Counted, K)> {
        self.0.into_iter().map(|((class, about), (records, first, last))| {
            (Counted { class, records, days: (first, last) }, about)
        })
    }
}
