//! What was found wrong, as data: where, of what kind, and what it means.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::store::rows::Family;
use crate::tlog::LeafIndex;

/// Findings kept in a report; more are only counted.
pub const FINDINGS_MAX: usize = 1000;

/// Findings of one kind in one family that are kept, so that one flood does not
/// wash away the others.
const FINDINGS_OF_A_KIND_MAX: u64 = 200;

/// How many of the last findings a further one may go on from.
const GO_ON_WITHIN: usize = 8;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// Of what kind.
    pub kind: FindingKind,
    /// What it means, for people who read no code.
    pub text: String,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The entry, where it is about one; the first, where it is about several that
    /// follow each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The last entry, where it is about several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<u64>,
    /// The family of rows (`entries`, `bodies` …); `files` for what lies beneath
    /// the rows, `outside` for checkpoints kept apart from the archive.
    pub rows: Cow<'static, str>,
    /// The row's key or the thing's name, where the entry does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Still there, though an entry says that it was destroyed.
    NotDestroyed,
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
            Self::NotDestroyed => "not destroyed",
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
        Self { entry: Some(index.get()), ..Self::rows(family) }
    }

    /// A family as a whole.
    pub(super) const fn rows(family: Family) -> Self {
        Self { entry: None, through: None, rows: Cow::Borrowed(family.name()), key: None }
    }

    /// A row with a key of its own that belongs to an entry.
    pub(super) fn entry_row(family: Family, index: LeafIndex, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::entry(family, index) }
    }

    /// A row with a key of its own.
    pub(super) fn row(family: Family, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::rows(family) }
    }

    /// A checkpoint kept apart, by its name.
    pub(super) fn outside(name: &str) -> Self {
        Self::named("outside", name)
    }

    /// What lies beneath the rows, by its name.
    pub(super) fn files(name: impl Into<String>) -> Self {
        Self::named("files", name)
    }

    fn named(rows: &'static str, name: impl Into<String>) -> Self {
        Self { entry: None, through: None, rows: Cow::Borrowed(rows), key: Some(name.into()) }
    }

    /// The entries that it is about.
    fn span(&self) -> Option<(u64, u64)> {
        self.entry.map(|first| (first, self.through.unwrap_or(first)))
    }

    /// Whether the other place lies in this one.
    fn holds(&self, other: &Self) -> bool {
        let within = match (self.span(), other.span()) {
            (Some((first, last)), Some(other)) => first <= other.0 && other.1 <= last,
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
        };
        within && self.rows == other.rows && self.key == other.key
    }

    /// Takes in the other place, where that begins right behind this one, or anywhere
    /// behind it.
    fn goes_on_with(&mut self, other: &Self, anywhere: bool) -> bool {
        let (Some((_, last)), Some((first, through))) = (self.span(), other.span()) else {
            return false;
        };
        let goes_on = (last.checked_add(1) == Some(first) || anywhere && last < first)
            && self.rows == other.rows
            && self.key.is_none()
            && other.key.is_none();
        if goes_on {
            self.through = Some(through);
        }
        goes_on
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.entry, self.through) {
            (None, _) => f.write_str(&self.rows)?,
            (Some(entry), None) => write!(f, "entry {entry} ({}", self.rows)?,
            (Some(first), Some(last)) => write!(f, "entries {first}–{last} ({}", self.rows)?,
        }
        if let Some(key) = &self.key {
            write!(f, " {key}")?;
        }
        if self.entry.is_some() { f.write_str(")") } else { Ok(()) }
    }
}

/// Findings as they come in, within [`FINDINGS_MAX`].
///
/// What is said in the same words of entries that follow each other is one finding:
/// a gap; and so is what cannot be read for one and the same cause, a damaged block of
/// a file, though there be entries between that have no row there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(super) struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<(FindingKind, Cow<'static, str>), u64>,
}

/// [`Findings`] as they are written down.
#[derive(Serialize, Deserialize)]
struct Kept {
    kept: Vec<Finding>,
    counts: Vec<(FindingKind, Cow<'static, str>, u64)>,
}

impl Findings {
    pub(super) fn add(&mut self, place: Place, kind: FindingKind, text: impl Into<String>) {
        self.put(Finding { place, kind, text: text.into() });
    }

    /// Takes over what another collected; what it no longer kept is only counted.
    pub(super) fn merge(&mut self, other: Self) {
        let mut counts = other.counts;
        for finding in other.kept {
            if let Some(left) = counts.get_mut(&(finding.kind, finding.place.rows.clone())) {
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

    /// Those that were kept.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Finding> {
        self.kept.iter()
    }

    /// The findings in the order of the log; those that are about no entry, last.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        self.kept.sort_by(|one, other| order(one).cmp(&order(other)));
        self.kept
    }

    fn put(&mut self, finding: Finding) {
        let same = |kept: &Finding| kept.kind == finding.kind && kept.place.holds(&finding.place);
        if self.kept.iter().any(same) {
            return;
        }
        // Pieces come in order: what it can go on from is among the last.
        let mut last = self.kept.iter_mut().rev().take(GO_ON_WITHIN);
        if last.any(|last| {
            last.kind == finding.kind
                && last.text == finding.text
                && last.place.goes_on_with(&finding.place, finding.kind == FindingKind::Unreadable)
        }) {
            return;
        }
        let count = self.counts.entry((finding.kind, finding.place.rows.clone())).or_default();
        *count += 1;
        if *count <= FINDINGS_OF_A_KIND_MAX && self.kept.len() < FINDINGS_MAX {
            self.kept.push(finding);
        }
    }
}

impl From<Findings> for Kept {
    fn from(findings: Findings) -> Self {
        let counts = findings.counts.into_iter().map(|((kind, rows), count)| (kind, rows, count));
        Self { kept: findings.kept, counts: counts.collect() }
    }
}

impl From<Kept> for Findings {
    fn from(Kept { kept, counts }: Kept) -> Self {
        let counts = counts.into_iter().map(|(kind, rows, count)| ((kind, rows), count));
        Self { kept, counts: counts.collect() }
    }
}

fn order(finding: &Finding) -> (bool, Option<u64>, &str, Option<&str>, FindingKind) {
    let Place { entry, through: _, rows, key } = &finding.place;
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
            missing(&mut findings, index * 2);
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
            missing(&mut one, index * 2);
            missing(&mut other, 1000 + index * 2);
        }
        one.merge(other);
        assert_eq!(one.total(), 600);
        missing(&mut one, 2);
        assert_eq!(one.total(), 600, "the same again");
    }

    #[test]
    fn the_same_of_entries_that_follow_each_other_is_one_finding() {
        let (mut one, mut other) = (Findings::default(), Findings::default());
        for index in [7, 8, 9] {
            missing(&mut one, index);
        }
        one.add(Place::entry(Family::Headers, LeafIndex::new(9)), FindingKind::Missing, "gone");
        one.add(Place::entry(Family::Bodies, LeafIndex::new(9)), FindingKind::Altered, "other");
        for index in [10, 11, 13] {
            missing(&mut other, index);
        }
        one.merge(other);
        missing(&mut one, 8);
        assert_eq!(one.total(), 4);
        let told: Vec<String> =
            one.into_sorted().iter().map(|finding| finding.place.to_string()).collect();
        let expected =
            ["entries 7–11 (bodies)", "entry 9 (bodies)", "entry 9 (headers)", "entry 13 (bodies)"];
        assert_eq!(told, expected);
    }

    #[test]
    fn findings_survive_being_written_down() {
        let mut findings = Findings::default();
        for index in 0..500 {
            missing(&mut findings, index * 3);
        }
        findings.add(Place::outside("old"), FindingKind::BadSignature, "x");
        let text = serde_json::to_string(&findings).unwrap();
        let read: Findings = serde_json::from_str(&text).unwrap();
        assert_eq!(read.total(), findings.total());
        assert_eq!(read.into_sorted(), findings.into_sorted());
    }
}
