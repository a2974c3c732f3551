//! What was found wrong, as data: where, of what kind, and what it means.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::store::rows::Family;
use crate::tlog::LeafIndex;

/// Findings kept in a report; more are only counted.
pub const FINDINGS_MAX: usize = 1000;

/// Findings of one kind in one family that are kept, so that one flood does not
/// wash away the others.
const FINDINGS_OF_A_KIND_MAX: u64 = 200;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// Of what kind.
    pub kind: FindingKind,
    /// What it means, for people who read no code.
    pub text: String,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The entry, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The family of rows (`entries`, `bodies` …); `files` for what lies beneath
    /// the rows, `outside` for checkpoints kept apart from the archive.
    pub rows: &'static str,
    /// The row's key or the thing's name, where the entry does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Not the bytes that were written.
    Altered,
    /// Signed, but not by the log's key, or not for this log.
    BadSignature,
    /// Opens, but is not what the log commits to.
    Commitment,
    /// Sealed bytes that the keys do not open.
    DoesNotOpen,
    /// Reads, but is in no form that is ever written.
    Malformed,
    /// Must be there and is not.
    Missing,
    /// Belongs to nothing.
    Orphan,
    /// Of another log than the one to be verified.
    OtherLog,
    /// The archive has fewer entries than were signed.
    ShorterThanSigned,
    /// The disk or the database cannot read it.
    Unreadable,
    /// Opens, but does not hold what its class holds.
    WrongContent,
    /// Not in its place, or not in the order of time.
    WrongOrder,
    /// The tree is another than was signed.
    WrongRoot,
}

impl FindingKind {
    /// The words for it in a report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::BadSignature => "bad signature",
            Self::Commitment => "not what was committed to",
            Self::DoesNotOpen => "does not open",
            Self::Malformed => "malformed",
            Self::Missing => "missing",
            Self::Orphan => "belongs to nothing",
            Self::OtherLog => "of another log",
            Self::ShorterThanSigned => "shorter than signed",
            Self::Unreadable => "unreadable",
            Self::WrongContent => "wrong content",
            Self::WrongOrder => "wrong order",
            Self::WrongRoot => "wrong root",
        }
    }
}

impl Place {
    /// A row that belongs to an entry.
    pub(super) fn entry(family: Family, index: LeafIndex) -> Self {
        Self { entry: Some(index.get()), rows: family.name(), key: None }
    }

    /// A family as a whole.
    pub(super) fn rows(family: Family) -> Self {
        Self { entry: None, rows: family.name(), key: None }
    }

    /// A row with a key of its own that belongs to an entry.
    pub(super) fn entry_row(family: Family, index: LeafIndex, key: impl Into<String>) -> Self {
        Self { entry: Some(index.get()), rows: family.name(), key: Some(key.into()) }
    }

    /// A row with a key of its own.
    pub(super) fn row(family: Family, key: impl Into<String>) -> Self {
        Self { entry: None, rows: family.name(), key: Some(key.into()) }
    }

    /// A checkpoint kept apart, by its name.
    pub(super) fn outside(name: &str) -> Self {
        Self { entry: None, rows: "outside", key: Some(name.to_owned()) }
    }

    /// What lies beneath the rows, by its name.
    pub(super) fn files(name: impl Into<String>) -> Self {
        Self { entry: None, rows: "files", key: Some(name.into()) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.entry, &self.key) {
            (Some(entry), None) => write!(f, "entry {entry} ({})", self.rows),
            (Some(entry), Some(key)) => write!(f, "entry {entry} ({} {key})", self.rows),
            (None, Some(key)) => write!(f, "{} {key}", self.rows),
            (None, None) => f.write_str(self.rows),
        }
    }
}

/// Findings as they come in, within [`FINDINGS_MAX`].
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<(FindingKind, &'static str), u64>,
}

impl Findings {
    pub(super) fn add(&mut self, place: Place, kind: FindingKind, text: impl Into<String>) {
        self.put(Finding { place, kind, text: text.into() });
    }

    /// Takes over what another collected; what it no longer kept is only counted.
    pub(super) fn merge(&mut self, other: Self) {
        let mut counts = other.counts;
        for finding in other.kept {
            if let Some(left) = counts.get_mut(&(finding.kind, finding.place.rows)) {
                *left = left.saturating_sub(1);
            }
            self.put(finding);
        }
        for (of, more) in counts {
            *self.counts.entry(of).or_default() += more;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The findings in the order of the log; those that are about no entry, last.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        self.kept.sort_by(|one, other| order(one).cmp(&order(other)));
        self.kept
    }

    fn put(&mut self, finding: Finding) {
        let same = |kept: &Finding| kept.kind == finding.kind && kept.place == finding.place;
        if self.kept.iter().any(same) {
            return;
        }
        let count = self.counts.entry((finding.kind, finding.place.rows)).or_default();
        *count += 1;
        if *count <= FINDINGS_OF_A_KIND_MAX && self.kept.len() < FINDINGS_MAX {
            self.kept.push(finding);
        }
    }
}

fn order(finding: &Finding) -> (bool, Option<u64>, &'static str, Option<&str>, FindingKind) {
    let Place { entry, rows, key } = &finding.place;
    (entry.is_none(), *entry, rows, key.as_deref(), finding.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(findings: &mut Findings, index: u64) {
        let place = Place::entry(Family::Bodies, LeafIndex::new(index));
        findings.add(place, FindingKind::Missing, "gone");
    }

    #[test]
    fn a_flood_is_counted_and_leaves_room_for_others() {
        let mut findings = Findings::default();
        for index in 0..5000 {
            missing(&mut findings, index);
        }
        findings.add(Place::files("x"), FindingKind::Unreadable, "x");
        assert_eq!(findings.total(), 5001);
        let kept = findings.into_sorted();
        assert_eq!(kept.len(), 201);
        assert_eq!(kept[200].place.rows, "files");
    }

    #[test]
    fn merged_findings_are_counted_once() {
        let (mut one, mut other) = (Findings::default(), Findings::default());
        for index in 0..300 {
            missing(&mut one, index);
            missing(&mut other, 1000 + index);
        }
        one.merge(other);
        assert_eq!(one.total(), 600);
        missing(&mut one, 1);
        assert_eq!(one.total(), 600, "the same again");
    }
}
