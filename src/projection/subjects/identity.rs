//! Whose a record is: compared with everything that one person is known by.
//!
//! A party is judged by the surest of what the provider says of it. Where it has a user
//! id, only the ids count: the phone number may have been somebody else's before, or be so
//! now. Without one its phone number counts, and a user name where there is nothing else.
//! Who a message merely speaks of, or shares the contact card of, is not whose it is.

use super::{Identifier, IdentifierKind};
use crate::policy::{Facts, Mark, phone_digits};
use crate::record::{Direction, Party, Record};

/// What one person is known by, ready to be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    identifiers: Vec<Identifier>,
    /// Sorted, as the others: user ids and parent user ids.
    ids: Vec<Mark>,
    phones: Vec<Mark>,
    names: Vec<Mark>,
}

impl Identity {
    /// The person that is known by all of these.
    pub fn of(identifiers: &[Identifier]) -> Self {
        let mut identifiers = identifiers.to_vec();
        identifiers.sort_unstable();
        identifiers.dedup();
        let of = |kinds: &[IdentifierKind]| {
            let asked = identifiers.iter().filter(|one| kinds.contains(&one.kind));
            let mut marks: Vec<Mark> = asked.map(|one| Mark::of(&one.value)).collect();
            marks.sort_unstable();
            marks
        };
        let ids = of(&[IdentifierKind::UserId, IdentifierKind::ParentUserId]);
        let (phones, names) = (of(&[IdentifierKind::Phone]), of(&[IdentifierKind::UserName]));
        Self { identifiers, ids, phones, names }
    }

    /// Everything that the person is known by, the surest first.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// The marks of all of it, rising: a record of the person has one of them among its
    /// parties.
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks = [&self.ids[..], &self.phones, &self.names].concat();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// Whether a record may be the person's, by what the index knows of it: never `false`
    /// where [`is_of`] says that it is.
    pub fn may_be_of(&self, facts: &Facts) -> bool {
        let among = |marks: &[Mark], mark| marks.binary_search(mark).is_ok();
        facts.parties.iter().any(|mark| {
            among(&self.ids, mark) || among(&self.phones, mark) || among(&self.names, mark)
        })
    }

    /// Whether a party is the person.
    pub fn is(&self, party: &Party) -> bool {
        let (kind, said) = surest(party);
        let known = match kind {
            IdentifierKind::UserId | IdentifierKind::ParentUserId => &self.ids,
            IdentifierKind::Phone => &self.phones,
            IdentifierKind::UserName => &self.names,
        };
        said.into_iter().any(|identifier| known.binary_search(&Mark::of(identifier)).is_ok())
    }
}

/// What a party is judged by, and of which kind: its ids, where it has any.
pub(super) fn surest(party: &Party) -> (IdentifierKind, Vec<&str>) {
    let Party { user_id, parent_user_id, phone, username, .. } = party;
    let said = [user_id, parent_user_id, phone, username]
        .map(|identifier| identifier.as_deref().filter(|identifier| !identifier.trim().is_empty()));
    match said {
        [None, None, Some(phone), _] => (IdentifierKind::Phone, vec![phone]),
        [None, None, None, name] => (IdentifierKind::UserName, name.into_iter().collect()),
        [id, parent, ..] => (IdentifierKind::UserId, id.into_iter().chain(parent).collect()),
    }
}

/// Whether a record is a person's: its party on the other side from the business is, or
/// who that party is from now on, where the record tells so.
pub fn is_of(record: &Record, identity: &Identity) -> bool {
    others(record).any(|party| identity.is(party))
}

/// The parties of a record that can be a data subject: those on the other side from the
/// business, and who they are from now on.
pub fn others(record: &Record) -> impl Iterator<Item = &Party> {
    let sides = match record.direction {
        Some(Direction::Inbound) => [record.from.as_ref(), None],
        Some(Direction::Outbound) => [None, record.to.as_ref()],
        None => [record.from.as_ref(), record.to.as_ref()],
    };
    let sides = sides.into_iter().flatten().chain(record.successors());
    sides.filter(|party| !is_business(record, party))
}

fn is_business(record: &Record, party: &Party) -> bool {
    let own = [record.number.as_deref(), record.number_id.as_deref()];
    let same = |phone: &str| own.iter().flatten().any(|own| Mark::of(own) == Mark::of(phone));
    party.phone.as_deref().is_some_and(same)
}

impl Identifier {
    /// What somebody wrote, as an identifier: a phone number in any spelling, a user id
    /// (`DE.555…`), a parent user id (`DE.ENT.666…`), or a user name. One that begins with
    /// `@` is a user name, whatever it looks like.
    ///
    /// # Errors
    /// What of it cannot be looked for, and what to write.
    pub fn said(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("an identifier is empty".to_owned());
        }
        if let Some(name) = text.strip_prefix('@') {
            return Ok(Self { kind: IdentifierKind::UserName, value: name.to_owned() });
        }
        if let Some(digits) = phone_digits(text) {
            // No country's code begins with 0: it would be found nowhere.
            if digits.starts_with('0') {
                let how = "write a phone number in international form, as +49 1555 0100777";
                return Err(how.to_owned());
            }
            return Ok(Self { kind: IdentifierKind::Phone, value: digits });
        }
        Ok(Self { kind: kind_of(text), value: text.to_owned() })
    }
}

/// Whether it is a user id (the country, a dot, letters and digits) or a name.
fn kind_of(text: &str) -> IdentifierKind {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_country =
        |word: &str| word.len() == 2 && word.bytes().all(|it| it.is_ascii_alphabetic());
    let pieces: Vec<&str> = text.split('.').collect();
    match pieces.as_slice() {
        [country, id] if is_country(country) && is_word(id) => IdentifierKind::UserId,
        [country, ent, id]
            if is_country(country) && ent.eq_ignore_ascii_case("ENT") && is_word(id) =>
        {
            IdentifierKind::ParentUserId
        }
        _ => IdentifierKind::UserName,
    }
}

#[cfg(test)]
mod tests;
