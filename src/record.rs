//! What is kept: the vocabulary of records.
//!
//! A [`Record`] is one thing a provider told us (a message, a status, a change
//! of contact …) in the archive's own words, together with the provider's own
//! bytes. It is what gets sealed. This room is pure: no I/O, no clock.
//!
//! It does not know how a record is logged (`entry`), sealed (`seal`) or which
//! webhook it came from (`capture`).

mod body;
mod class;
mod id;
mod party;
mod thread;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use body::{Body, MediaRef, Relation, RelationKind};
pub use class::{Class, UnknownClass};
pub use id::{BadRecordId, RecordId};
pub use party::Party;
pub use thread::ThreadKey;

/// The version of the record's JSON form, written into every sealed body.
pub const RECORD_VERSION: u32 = 1;

/// One thing kept, in the archive's words and in the provider's.
///
/// The JSON form (see `docs/FORMAT.md`) is what is sealed. Unknown fields are
/// ignored on reading, so that an older build opens a newer archive's records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_VERSION`] of the build that wrote it.
    pub v: u32,
    /// Its place in the retention schedule.
    pub class: Class,
    /// Who delivered it.
    pub provider: Provider,
    /// The webhook field it came under (`messages`, `smb_message_echoes` …).
    pub field: String,
    /// How it reached us.
    pub origin: Origin,
    /// The provider's account (WhatsApp Business Account id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The business number's id at the provider (`phone_number_id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_id: Option<String>,
    /// The business number as displayed, digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The provider's id of the thing (a wamid: it contains a phone number).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// When it happened, as the provider says: Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// Which way it went, seen from the business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Party>,
    /// The addressee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Party>,
    /// The group it was said in, where it was not between two parties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// What was said or done.
    pub body: Body,
    /// The provider's own JSON of this element, exact bytes.
    pub raw: Box<RawValue>,
}

/// Who delivered a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Meta's WhatsApp Cloud API.
    Meta,
}

/// How a record reached the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// As it happened.
    Live,
    /// Typed in the business app and echoed to us.
    Echo,
    /// From the synchronised past of a number that joined.
    History,
    /// While another application or Meta's agent owned the conversation.
    Standby,
}

/// Which way a message went, seen from the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer to the business.
    Inbound,
    /// From the business to the customer.
    Outbound,
}

impl Direction {
    /// The word used in the JSON form, in queries and on the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

impl Record {
    /// The party on the other side from the business: the sender of what came
    /// in, the addressee of what went out. `None` where the record concerns
    /// the business alone.
    pub fn counterparty(&self) -> Option<&Party> {
        match self.direction {
            Some(Direction::Inbound) => self.from.as_ref(),
            Some(Direction::Outbound) => self.to.as_ref(),
            None => self.from.as_ref().or(self.to.as_ref()),
        }
    }

    /// Who its author is from now on, where it is a notice that somebody has another number
    /// or other ids. The address book says who is called what, and a list of a group's
    /// members who belongs to it: neither says who is who.
    pub fn successors(&self) -> &[Party] {
        let is_notice = matches!(self.class, Class::Contact | Class::Consent)
            && self.from.is_some()
            && self.group_id.is_none()
            && self.direction != Some(Direction::Outbound)
            && self.field != "smb_app_state_sync";
        if is_notice { &self.body.mentions } else { &[] }
    }

    /// Which conversation the record belongs to; `None` where it belongs to none.
    pub fn thread_key(&self) -> Option<ThreadKey> {
        let business = self.number_id.as_deref().or(self.number.as_deref())?;
        match &self.group_id {
            Some(group) => Some(ThreadKey::group(business, group)),
            None => Some(ThreadKey::pair(business, self.counterparty()?.identifier()?)),
        }
    }
}
