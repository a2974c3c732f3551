//! Which templates could be sent when, as the provider told: pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::Mark;
use crate::record::RecordId;

/// What is sent within a minute of a change was on its way.
const ON_ITS_WAY_SECONDS: i64 = 60;

/// Most changes remembered of one template in one language; of more the oldest go.
const CHANGES_MAX: usize = 200;

/// A template, as a message or a notice names it. The marks are of its name and language:
/// no words of a business stand in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Used {
    name: Mark,
    /// `None` where that is not told.
    language: Option<Mark>,
}

/// What can be done with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum TemplateState {
    Approved,
    Pending,
    Rejected,
    InAppeal,
    Paused,
    Disabled,
    Archived,
}

/// What was told of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Change {
    /// Unix seconds.
    at: i64,
    entry: u64,
    record: RecordId,
    state: TemplateState,
}

/// Every template that notices were about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Rows", into = "Rows")]
pub(super) struct Templates(BTreeMap<Mark, BTreeMap<Option<Mark>, Vec<Change>>>);

type Rows = Vec<(Used, Vec<Change>)>;

impl Used {
    /// A template whose name is not told.
    pub(super) const UNNAMED: Self = Self { name: Mark(0), language: None };

    /// A template by its name in an account.
    pub(super) fn of(account: &str, name: &str, language: &str) -> Option<Self> {
        let (name, language) = (name.trim(), language.trim());
        // Some write `en-US` for `en_US`.
        let language = (!language.is_empty()).then(|| Mark::of(&language.replace('-', "_")));
        let named = (!name.is_empty()).then(|| Mark::of(&format!("{account}/{name}")));
        named.map(|name| Self { name, language })
    }

    /// Whether both may be the same.
    pub(super) fn may_be(self, other: Self) -> bool {
        let same = self.language == other.language;
        self.name == other.name && (same || self.language.is_none() || other.language.is_none())
    }
}

impl TemplateState {
    /// Reads the provider's word; `None` for one that changes nothing (`FLAGGED`) or that
    /// is not known.
    pub(super) fn of_provider(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "APPROVED" | "REINSTATED" | "UNARCHIVED" => Self::Approved,
            "PENDING" => Self::Pending,
            "REJECTED" => Self::Rejected,
            "IN_APPEAL" => Self::InAppeal,
            "PAUSED" => Self::Paused,
            "DISABLED" => Self::Disabled,
            "ARCHIVED" => Self::Archived,
            _ => return None,
        })
    }
}

impl Templates {
    /// Takes what was told of a template, in any order.
    pub(super) fn take(
        &mut self,
        used: Used,
        state: TemplateState,
        at: i64,
        entry: u64,
        record: RecordId,
    ) {
        let changes = self.0.entry(used.name).or_default().entry(used.language).or_default();
        let change = Change { at, entry, record, state };
        let place = changes.partition_point(|other| *other <= change);
        changes.insert(place, change);
        if changes.len() > CHANGES_MAX {
            changes.remove(0);
        }
    }

    /// Why a template could not be sent at a time, and the record that says so; `None`
    /// where it could, or nobody can tell. Where the language is not told, it must be so in
    /// every one that is known.
    pub(super) fn barred(&self, used: Used, at: i64) -> Option<(TemplateState, RecordId)> {
        let languages = self.0.get(&used.name)?;
        let mut newest: Option<&Change> = None;
        for (language, changes) in languages {
            if used.language.is_some() && *language != used.language && language.is_some() {
                continue;
            }
            let known = changes.partition_point(|change| change.at <= at);
            let change = changes.get(..known).and_then(<[_]>::last)?;
            let settled = at.saturating_sub(change.at) >= ON_ITS_WAY_SECONDS;
            if change.state == TemplateState::Approved || !settled {
                return None;
            }
            newest = newest.max(Some(change));
        }
        newest.map(|change| (change.state, change.record))
    }

    /// Forgets what records told that were destroyed.
    pub(super) fn forget(&mut self, destroyed: impl Fn(u64) -> bool) {
        self.0.retain(|_, languages| {
            languages.retain(|_, changes| {
                changes.retain(|change| !destroyed(change.entry));
                !changes.is_empty()
            });
            !languages.is_empty()
        });
    }
}

impl From<Rows> for Templates {
    fn from(rows: Rows) -> Self {
        let mut templates = Self::default();
        for (Used { name, language }, changes) in rows {
            templates.0.entry(name).or_default().insert(language, changes);
        }
        templates
    }
}

impl From<Templates> for Rows {
    fn from(templates: Templates) -> Self {
        let names = templates.0.into_iter();
        let rows = names.flat_map(|(name, languages)| {
            let row = move |(language, changes)| (Used { name, language }, changes);
            languages.into_iter().map(row)
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(name: &str, language: &str) -> Used {
        Used::of("109900000000001", name, language).unwrap()
    }

    fn told(changes: &[(&str, &str, i64)]) -> Templates {
        let mut templates = Templates::default();
        for (entry, (language, word, at)) in changes.iter().enumerate() {
            let state = TemplateState::of_provider(word).unwrap();
            let record = RecordId::from_bytes([u8::try_from(entry).unwrap(); 16]);
            templates.take(used("note", language), state, *at, entry as u64, record);
        }
        templates
    }

    #[test]
    fn a_template_is_barred_from_a_minute_after_its_pause_until_its_return() {
        // Told in another order than it happened.
        let all = [("de", "REINSTATED", 9_000), ("de", "PAUSED", 5_000), ("de", "APPROVED", 1_000)];
        let templates = told(&all);
        let barred = |at| templates.barred(used("note", "de"), at).map(|(state, _)| state);
        for (at, expected) in [
            (999, None),
            (1_500, None),
            (5_059, None),
            (5_060, Some(TemplateState::Paused)),
            (8_999, Some(TemplateState::Paused)),
            (9_000, None),
        ] {
            assert_eq!(barred(at), expected, "{at}");
        }
        assert_eq!(templates.barred(used("other", "de"), 6_000), None, "nothing is known of it");
        let other = Used::of("another account", "note", "de").unwrap();
        assert_eq!(templates.barred(other, 6_000), None);
    }

    #[test]
    fn without_a_language_all_that_are_known_must_be_barred() {
        let templates = told(&[("de", "REJECTED", 10), ("en-US", "APPROVED", 10)]);
        assert_eq!(templates.barred(used("note", ""), 500), None);
        assert!(templates.barred(used("note", "de"), 500).is_some());
        assert!(templates.barred(used("note", "en_US"), 500).is_none());
        let templates = told(&[("de", "REJECTED", 10), ("en_US", "DISABLED", 20)]);
        let (state, record) = templates.barred(used("note", ""), 500).unwrap();
        assert_eq!((state, record), (TemplateState::Disabled, RecordId::from_bytes([1; 16])));
    }

    #[test]
    fn what_a_destroyed_record_told_is_forgotten_and_the_rest_survives_its_json() {
        let mut templates =
            told(&[("de", "APPROVED", 10), ("de", "PAUSED", 20), ("", "PAUSED", 1)]);
        templates.forget(|entry| entry == 1);
        assert_eq!(templates.barred(used("note", "de"), 500), None);
        let json = serde_json::to_string(&templates).unwrap();
        assert_eq!(serde_json::from_str::<Templates>(&json).unwrap(), templates);
        templates.forget(|_| true);
        assert_eq!(templates, Templates::default());
    }

    #[test]
    fn words_that_change_nothing_are_passed_over() {
        for word in ["FLAGGED", "LOCKED", "LIMIT_EXCEEDED", "PENDING_DELETION", ""] {
            assert_eq!(TemplateState::of_provider(word), None, "{word}");
        }
    }

    #[test]
    fn a_template_is_remembered_to_an_end() {
        let mut templates = Templates::default();
        for at in 0..=(CHANGES_MAX as i64) {
            let (used, record) = (used("note", "de"), RecordId::from_bytes([0; 16]));
            templates.take(used, TemplateState::Paused, at, 0, record);
        }
        assert_eq!(Rows::from(templates).first().unwrap().1.len(), CHANGES_MAX);
    }
}
