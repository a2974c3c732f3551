//! How the things of an archive are put into words for people.

use jiff::Timestamp;

use super::text::{one_line, safe};
use crate::query::view::Problem;
use crate::record::{Direction, Party, RelationKind};

/// A moment, in UTC and to the second.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A party: its name and what identifies it.
pub(super) fn party(party: Option<&Party>) -> String {
    let Some(party) = party.filter(|party| !party.is_empty()) else { return "?".to_owned() };
    let name = party.name.as_deref().map(safe);
    let name = name.or_else(|| party.username.as_deref().map(|name| format!("@{}", safe(name))));
    match (name, party.identifier().map(safe)) {
        (Some(name), Some(identifier)) => format!("{name} ({identifier})"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => "?".to_owned(),
    }
}

/// Who to whom.
pub(super) fn parties(from: Option<&Party>, to: Option<&Party>) -> String {
    match (from, to) {
        (None, None) => String::new(),
        (Some(from), None) => party(Some(from)),
        (None, to) => format!("to {}", party(to)),
        (from, to) => format!("{} to {}", party(from), party(to)),
    }
}

/// Which way a message went, in a column of its own.
pub(super) const fn way(direction: Option<Direction>) -> &'static str {
    match direction {
        Some(Direction::Inbound) => "in ",
        Some(Direction::Outbound) => "out",
        None => "   ",
    }
}

/// How a later record relates to an earlier one.
pub(super) const fn relation(kind: Option<RelationKind>) -> &'static str {
    match kind {
        Some(RelationKind::Edits) => "edited",
        Some(RelationKind::ReactsTo) => "reaction",
        Some(RelationKind::RepliesTo) => "answered",
        Some(RelationKind::Revokes) => "taken back",
        Some(RelationKind::Reports) => "status",
        Some(RelationKind::Notes) => "noted",
        None => "mentioned",
    }
}

/// Why a record shows nothing.
pub(super) const fn problem(problem: Problem) -> &'static str {
    match problem {
        Problem::Damaged => "[damaged: run `muniment verify`]",
        Problem::Destroyed => "[destroyed: its key is gone, its entry remains]",
        Problem::Restricted => "[restricted: its person has its use restricted (GDPR art. 18)]",
    }
}

/// A medium as it was announced.
pub(super) fn medium(mime: Option<&str>, file_name: Option<&str>) -> String {
    let name = file_name.map(safe);
    let parts: Vec<String> = mime.map(one_line).into_iter().chain(name).collect();
    format!("[{}]", if parts.is_empty() { "medium".to_owned() } else { parts.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_named_by_what_is_known() {
        let named = Party { name: Some("Dana".into()), ..Party::from_address("972555010101") };
        assert_eq!(party(Some(&named)), "Dana (972555010101)");
        let user = Party { username: Some("leyla.d".into()), ..Party::default() };
        assert_eq!(party(Some(&user)), "@leyla.d");
        assert_eq!(party(Some(&Party::default())), "?");
        assert_eq!(parties(Some(&user), None), "@leyla.d");
        assert_eq!(parties(None, None), "");
    }

    #[test]
    fn a_hebrew_name_does_not_turn_its_number_around() {
        let named = Party { name: Some("דנה".into()), ..Party::from_address("972555010101") };
        assert_eq!(party(Some(&named)), "\u{2068}דנה\u{2069} (972555010101)");
    }

    #[test]
    fn a_moment_is_told_in_utc() {
        let at: Timestamp = "2026-11-21T09:15:02.987+01:00".parse().unwrap();
        assert_eq!(moment(at), "2026-11-21 08:15:02 UTC");
    }

    #[test]
    fn a_medium_is_told_by_what_is_known() {
        assert_eq!(medium(Some("image/png"), Some("a\u{1b}.png")), "[image/png, a\u{FFFD}.png]");
        assert_eq!(medium(None, None), "[medium]");
    }
}
