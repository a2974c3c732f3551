//! Parties as Meta names them: by phone number, by user ids, or by all of them.
//!
//! Since 2026 a customer with a user name may come without a phone number, and
//! a reseller may put a user id where a number is expected. The name shown
//! stands apart from the message, in the change's `contacts`.

use std::collections::BTreeMap;

use super::json::Object;
use crate::record::Party;

/// Which members of an object name a party; of each kind the first found counts.
pub(super) struct Names {
    address: &'static [&'static str],
    user_id: &'static [&'static str],
    parent_user_id: &'static [&'static str],
}

/// The author.
pub(super) const FROM: Names = Names {
    address: &["from"],
    user_id: &["from_user_id"],
    parent_user_id: &["from_parent_user_id"],
};

/// The addressee.
pub(super) const TO: Names =
    Names { address: &["to"], user_id: &["to_user_id"], parent_user_id: &["to_parent_user_id"] };

/// The addressee of the message that a status speaks of.
pub(super) const RECIPIENT: Names = Names {
    address: &["recipient_id"],
    user_id: &["recipient_user_id"],
    parent_user_id: &["recipient_parent_user_id", "parent_recipient_user_id", "parent_user_id"],
};

/// The one participant of a group that a status speaks of.
pub(super) const PARTICIPANT: Names = Names {
    address: &["recipient_participant_id", "participant_recipient_id"],
    user_id: &["recipient_participant_user_id"],
    parent_user_id: &["recipient_participant_parent_user_id"],
};

/// The party that an object is about.
pub(super) const ITSELF: Names = Names {
    address: &["wa_id", "phone_number", "input"],
    user_id: &["user_id"],
    parent_user_id: &["parent_user_id"],
};

/// The party that an object's members name; empty where they name none.
pub(super) fn named(object: &Object<'_>, names: &Names) -> Party {
    let address = object.word_of(names.address).unwrap_or_default();
    let party = Party::from_address(&address);
    let by_ids = Party {
        user_id: object.word_of(names.user_id),
        parent_user_id: object.word_of(names.parent_user_id),
        ..Party::default()
    };
    merged(by_ids, &party)
}

/// A party as a contact, an address book or a group's list describes it.
pub(super) fn described(object: &Object<'_>) -> Party {
    let profile = object.object("profile");
    let of_profile = |name| profile.as_ref().and_then(|profile| profile.word(name));
    let username = of_profile("username").or_else(|| object.word("username"));
    Party {
        name: of_profile("name").or_else(|| object.word_of(&["full_name", "first_name"])),
        username: username.map(|name| name.trim_start_matches('@').to_owned()),
        ..named(object, &ITSELF)
    }
}

/// A party with what it lacks filled in from what else is known of it.
pub(super) fn merged(party: Party, more: &Party) -> Party {
    Party {
        phone: party.phone.or_else(|| more.phone.clone()),
        user_id: party.user_id.or_else(|| more.user_id.clone()),
        parent_user_id: party.parent_user_id.or_else(|| more.parent_user_id.clone()),
        username: party.username.or_else(|| more.username.clone()),
        name: party.name.or_else(|| more.name.clone()),
    }
}

/// As [`merged`], unless the two contradict each other: then they are two parties.
pub(super) fn agreed(party: Party, more: &Party) -> Party {
    if contradict(&party, more) { party } else { merged(party, more) }
}

/// The party, where anything is known of it.
pub(super) fn known(party: Party) -> Option<Party> {
    (!party.is_empty()).then_some(party)
}

/// The parties that a change describes beside its elements.
#[derive(Clone, Debug, Default)]
pub(super) struct Contacts {
    all: Vec<Party>,
    by_identifier: BTreeMap<String, usize>,
}

impl Contacts {
    pub(super) fn of(objects: &[Object<'_>]) -> Self {
        let all: Vec<_> = objects.iter().map(described).collect();
        let mut by_identifier = BTreeMap::new();
        for (at, party) in all.iter().enumerate() {
            for identifier in identifiers(party) {
                by_identifier.entry(identifier.clone()).or_insert(at);
            }
        }
        Self { all, by_identifier }
    }

    /// What is known of a party here, added to it. The only contact of a change
    /// is taken for the party unless they contradict each other.
    pub(super) fn complete(&self, party: Party) -> Party {
        let at = identifiers(&party).find_map(|identifier| self.by_identifier.get(identifier));
        let found = match (at, self.all.as_slice()) {
            (Some(at), all) => all.get(*at),
            (None, [only]) if !contradict(&party, only) => Some(only),
            (None, _) => None,
        };
        match found {
            Some(found) => merged(party, found),
            None => party,
        }
    }
}

fn identifiers(party: &Party) -> impl Iterator<Item = &String> {
    [&party.phone, &party.user_id, &party.parent_user_id].into_iter().flatten()
}

fn contradict(one: &Party, other: &Party) -> bool {
    let differ = |one: &Option<String>, other: &Option<String>| matches!((one, other), (Some(one), Some(other)) if one != other);
    differ(&one.phone, &other.phone)
        || differ(&one.user_id, &other.user_id)
        || differ(&one.parent_user_id, &other.parent_user_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::meta::json::Json;

    fn contacts(texts: &[&str]) -> Contacts {
        let objects: Vec<_> = texts
            .iter()
            .map(|text| Json::parse(text.as_bytes()).unwrap().object().unwrap())
            .collect();
        Contacts::of(&objects)
    }

    fn phone(digits: &str) -> Party {
        Party { phone: Some(digits.into()), ..Party::default() }
    }

    const MIRA: &str = r#"{"profile":{"name":"Mira","username":"@mirak"},"wa_id":"4915550100777","user_id":"DE.1"}"#;
    const ODO: &str = r#"{"profile":{"name":"Odo"},"wa_id":"4915550100888"}"#;

    #[test]
    fn a_party_is_completed_by_the_contact_that_shares_an_identifier() {
        let both = contacts(&[MIRA, ODO]);
        let mira = both.complete(phone("4915550100777"));
        assert_eq!((mira.name.as_deref(), mira.username.as_deref()), (Some("Mira"), Some("mirak")));
        assert_eq!(mira.user_id.as_deref(), Some("DE.1"));
        assert_eq!(both.complete(phone("4915550100888")).name.as_deref(), Some("Odo"));
        assert_eq!(both.complete(phone("4915550100999")), phone("4915550100999"));
        assert!(both.complete(Party::default()).is_empty());
    }

    #[test]
    fn an_only_contact_is_the_party_unless_it_is_somebody_else() {
        let one = contacts(&[MIRA]);
        assert_eq!(one.complete(Party::default()).name.as_deref(), Some("Mira"));
        assert_eq!(one.complete(phone("4915550100888")), phone("4915550100888"));
        let nameless = contacts(&[r#"{"profile":{"name":"Mira"}}"#]);
        assert_eq!(nameless.complete(phone("1")).name.as_deref(), Some("Mira"));
    }

    #[test]
    fn a_user_id_in_the_numbers_place_is_a_user_id() {
        let object = Json::parse(br#"{"from":"DE.1"}"#).unwrap().object().unwrap();
        let party = named(&object, &FROM);
        assert_eq!((party.phone, party.user_id.as_deref()), (None, Some("DE.1")));
    }
}
