//! Where elements come from: what all elements of one change share.

use serde_json::value::RawValue;

use super::Item;
use super::field::Field;
use super::json::{Json, Object};
use super::party::Contacts;
use super::reading::Reading;
use super::sameness::{self, Place};
use crate::record::{Class, Direction, Origin, Party, Provider, RECORD_VERSION, Record};

/// The member whose elements were typed in the business app.
pub(super) const ECHOES: &str = "message_echoes";

/// What all elements of one change share.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    field: String,
    account: Option<String>,
    number_id: Option<String>,
    number: Option<String>,
    time: Option<i64>,
    contacts: Contacts,
    standby: bool,
}

impl Source {
    /// Of an entry, before its changes are looked at.
    pub(super) fn entry(entry: &Object<'_>) -> Self {
        Self { account: entry.word("id"), time: entry.integer("time"), ..Self::default() }
    }

    /// Of a change in an entry, under its field.
    pub(super) fn change(&self, field: String) -> Self {
        Self { field, ..self.clone() }
    }

    /// Of a change, with what its value says of the number and its customers.
    pub(super) fn of_value(mut self, value: Option<&Object<'_>>) -> Self {
        let Some(value) = value else { return self };
        // Handovers name the number as their recipient, account fields at the top.
        for place in [value.object("metadata"), value.object("recipient")].iter().flatten() {
            self.number_id = self.number_id.or_else(|| place.word("phone_number_id"));
            self.number = self.number.or_else(|| number(place, "display_phone_number"));
        }
        let at_the_top = ["display_phone_number", "phone_number"];
        self.number =
            self.number.or_else(|| at_the_top.iter().find_map(|name| number(value, name)));
        self.contacts = Contacts::of(&value.objects("contacts"));
        self
    }

    /// Of what stands one level deeper, because somebody else owns the conversation.
    pub(super) fn standby(&self, inner: &Object<'_>) -> Self {
        let contacts = inner.objects("contacts");
        let contacts =
            if contacts.is_empty() { self.contacts.clone() } else { Contacts::of(&contacts) };
        Self { contacts, standby: true, ..self.clone() }
    }

    /// The webhook field.
    pub(super) fn field(&self) -> Field {
        Field::of(&self.field)
    }

    /// The webhook field's name.
    pub(super) fn field_name(&self) -> &str {
        &self.field
    }

    /// The business as a party.
    pub(super) fn business(&self) -> Party {
        Party { phone: self.number.clone(), ..Party::default() }
    }

    /// Whether a party is the business.
    pub(super) fn is_business(&self, party: &Party) -> bool {
        party.phone.is_some() && party.phone == self.number
    }

    /// A party with what the change's contacts say of it.
    pub(super) fn complete(&self, party: Party) -> Party {
        self.contacts.complete(party)
    }

    /// The author and the addressee, seen from the direction, which the field
    /// decides: where the customer should stand, some senders put the business.
    pub(super) fn parties(&self, direction: Direction, from: Party, to: Party) -> (Party, Party) {
        let (customer, business) = match direction {
            Direction::Inbound => (from, to),
            Direction::Outbound => (to, from),
        };
        let turned = self.is_business(&customer) && !business.is_empty();
        let (customer, business) = if turned && !self.is_business(&business) {
            (business, customer)
        } else {
            (customer, business)
        };
        let business = if business.is_empty() { self.business() } else { business };
        match direction {
            Direction::Inbound => (self.complete(customer), business),
            Direction::Outbound => (business, self.complete(customer)),
        }
    }

    /// The item of an element that stands in the member of that name; `thread`
    /// names its conversation where the element itself need not.
    pub(super) fn item(
        &self,
        member: &str,
        thread: Option<&str>,
        element: Json<'_>,
        reading: Reading,
    ) -> Item {
        let class = match self.field() {
            Field::Unknown => Class::Unrecognised,
            Field::Account | Field::Conversation | Field::Handover => reading.class,
        };
        // What has no id of its own happens again: then only the time tells it apart.
        let has_identity = reading.provider_id.is_some() || reading.at.is_some();
        let time = self.time.filter(|_| class == Class::Account || !has_identity);
        let owner = self.number_id.as_deref().or(self.account.as_deref());
        let place = Place { field: &self.field, member, owner, time, thread };
        let sameness = sameness::of(place, element);
        let record = Record {
            v: RECORD_VERSION,
            class,
            provider: Provider::Meta,
            field: self.field.clone(),
            origin: self.origin(member),
            account: self.account.clone(),
            number_id: self.number_id.clone(),
            number: self.number.clone(),
            provider_id: reading.provider_id,
            at: reading.at.or(self.time),
            direction: reading.direction,
            from: reading.from,
            to: reading.to,
            group_id: reading.group_id,
            body: reading.body,
            raw: RawValue::to_owned(element.raw()),
        };
        Item { record, sameness }
    }

    fn origin(&self, member: &str) -> Origin {
        match self.field.as_str() {
            "history" => Origin::History,
            "standby" => Origin::Standby,
            _ if self.standby => Origin::Standby,
            _ if member == ECHOES => Origin::Echo,
            _ => Origin::Live,
        }
    }
}

/// The digits of a number, which some senders format.
fn number(object: &Object<'_>, name: &str) -> Option<String> {
    Party::from_address(&object.word(name)?).phone
}
