//! Groups that the business made: their beginning and end, who joins and leaves.

use super::json::Object;
use super::reading::Reading;
use super::source::Source;
use super::{party, unknown};
use crate::record::Class;

const PARTICIPANTS: [&str; 4] =
    ["added_participants", "failed_participants", "participants", "removed_participants"];

/// Reads one of `groups`. Who belongs to a group is a matter of parties; what a
/// group is called, and whether there is one, is the account's.
pub(super) fn read(source: &Source, group: &Object<'_>) -> Option<Reading> {
    let kind = group.word("type").unwrap_or_else(|| source.field_name().to_owned());
    let of_parties = source.field_name() == "group_participants_update";
    let class = if of_parties { Class::Contact } else { Class::Account };
    let listed = PARTICIPANTS.into_iter().flat_map(|name| group.objects(name));
    let listed: Vec<_> = listed.map(|one| party::described(&one)).collect();
    let mut reading =
        Reading::of(class, kind, group).saying(unknown::lines(group)).mentioning(listed);
    reading.provider_id = group.word_of(&["request_id", "join_request_id"]);
    reading.group_id = group.word("group_id");
    Some(reading)
}
