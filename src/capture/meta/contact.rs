//! Changes of the business's address book, and of parties' identities.

use super::json::Object;
use super::party;
use super::reading::Reading;
use super::source::Source;
use crate::record::{Class, Party};

/// Reads one of `state_sync`: the business added, changed or removed a contact.
/// `None` where it is about something else than a contact.
pub(super) fn of_address_book(source: &Source, change: &Object<'_>) -> Option<Reading> {
    let contact = change.object("contact")?;
    let kind = change.word_of(&["action", "type"])?;
    let party = source.complete(party::described(&contact));
    let mut reading = Reading::bare(Class::Contact, kind).saying(party.name.clone());
    reading.to = party::known(party);
    reading.at = change.object("metadata").and_then(|metadata| metadata.integer("timestamp"));
    Some(reading)
}

/// Reads one of `user_id_update`: a customer has other user ids from now on.
pub(super) fn of_new_id(source: &Source, update: &Object<'_>) -> Option<Reading> {
    let ids = |which: &str| {
        let of = |name| update.object(name).and_then(|ids| ids.word(which));
        Party {
            user_id: of("user_id"),
            parent_user_id: of("parent_user_id"),
            ..Party::from_address(&update.word("wa_id").unwrap_or_default())
        }
    };
    let (before, now) = (ids("previous"), ids("current"));
    if before.is_empty() && now.is_empty() {
        return None;
    }
    let mut reading = Reading::of(Class::Contact, "user_id_update", update)
        .between(source.complete(before), Party::default())
        .saying(update.word("detail"))
        .mentioning([now]);
    reading.provider_id = update.word("id");
    Some(reading)
}
