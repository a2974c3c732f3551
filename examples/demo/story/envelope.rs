//! Meta's envelope: `object`, `entry[]`, `changes[]`, and the arrays within a
//! change's `value`.

use super::json::{array, object, text};
use super::script::Desk;

/// One element of a delivery, with all that decides where it stands in the envelope.
#[derive(Clone, Debug)]
pub struct Part {
    /// The desk whose account and number it came through.
    pub desk: &'static Desk,
    /// The webhook field.
    pub field: String,
    /// `entry[].time`, which only account-type fields have.
    pub time: Option<i64>,
    /// The customers named beside it in `value.contacts`.
    pub contacts: Vec<String>,
    /// Where in `value` it stands.
    pub place: Place,
    /// The class of the records it becomes, and how many there are.
    pub class: &'static str,
    /// How many records.
    pub records: usize,
}

/// Where in a change's `value` an element stands.
#[derive(Clone, Debug)]
pub enum Place {
    /// It is the whole value.
    Whole(String),
    /// It is these items of the array with this name.
    In(&'static str, Vec<String>),
}

/// One change under way: its value's contacts and arrays.
struct Change<'a> {
    first: &'a Part,
    contacts: Vec<String>,
    arrays: Vec<(&'static str, Vec<String>)>,
}

/// Composes a body of the parts; parts of one number and field share a change,
/// changes of one account share an entry.
pub fn compose(parts: &[Part]) -> String {
    let mut changes: Vec<Change<'_>> = Vec::new();
    for part in parts {
        let shared = changes.iter_mut().find(|change| change.admits(part));
        match shared {
            Some(change) => change.add(part),
            None => {
                let mut change = Change { first: part, contacts: Vec::new(), arrays: Vec::new() };
                change.add(part);
                changes.push(change);
            }
        }
    }
    let entries: Vec<String> = entries_of(&changes);
    let kind = ("object", text("whatsapp_business_account"));
    let entries_last = parts.iter().all(|part| part.time.is_none());
    if entries_last {
        object([kind, ("entry", array(&entries))])
    } else {
        object([("entry", array(&entries)), kind])
    }
}

fn entries_of(changes: &[Change<'_>]) -> Vec<String> {
    let mut accounts: Vec<(&str, Option<i64>)> = Vec::new();
    for change in changes {
        let account = (change.first.desk.account, change.first.time);
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    accounts
        .into_iter()
        .map(|(account, time)| {
            let of_account = |change: &&Change<'_>| {
                (change.first.desk.account, change.first.time) == (account, time)
            };
            let changes: Vec<String> =
                changes.iter().filter(of_account).map(Change::compose).collect();
            let id = ("id", text(account));
            let time = time.map(|time| ("time", time.to_string()));
            object([id].into_iter().chain(time).chain([("changes", array(&changes))]))
        })
        .collect()
}

impl Change<'_> {
    fn admits(&self, part: &Part) -> bool {
        self.first.desk.account == part.desk.account
            && self.first.field == part.field
            && self.first.time == part.time
            && matches!((&self.first.place, &part.place), (Place::In(..), Place::In(..)))
    }

    fn add(&mut self, part: &Part) {
        for contact in &part.contacts {
            if !self.contacts.contains(contact) {
                self.contacts.push(contact.clone());
            }
        }
        if let Place::In(name, items) = &part.place {
            match self.arrays.iter_mut().find(|(other, _)| other == name) {
                Some((_, all)) => all.extend_from_slice(items),
                None => self.arrays.push((name, items.clone())),
            }
        }
    }

    fn compose(&self) -> String {
        let value = match &self.first.place {
            Place::Whole(value) => value.clone(),
            Place::In(..) => self.value(),
        };
        let (field, value) = (("field", text(&self.first.field)), ("value", value));
        // Meta writes the oldest field the one way round and the newer the other.
        if self.first.field == "messages" { object([value, field]) } else { object([field, value]) }
    }

    fn value(&self) -> String {
        let desk = self.first.desk;
        let metadata = object([
            ("display_phone_number", text(desk.number)),
            ("phone_number_id", text(desk.number_id)),
        ]);
        let head = [("messaging_product", text("whatsapp")), ("metadata", metadata)];
        let contacts = (!self.contacts.is_empty()).then(|| ("contacts", array(&self.contacts)));
        let arrays = self.arrays.iter().map(|(name, items)| (*name, array(items)));
        object(head.into_iter().chain(contacts).chain(arrays))
    }
}
