//! What a record tells that conduct is judged by: pure, one record at a time.
//!
//! What the provider tells of messages sent through its API is their statuses: when, to
//! whom, how it was priced; not the words, and not which template. Nothing is guessed: what
//! is not told stays unknown ([`Sighting`]), and is not judged.

use serde::Deserialize;
use serde_json::Value;

use super::template::{TemplateState, Used};
use crate::policy::{Mark, TemplateCategory};
use crate::record::{Class, Direction, Origin, Party, Record, RelationKind};

/// What a record tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// The customer wrote or called.
    Inbound(Inbound),
    /// Something about a message of the business.
    Sent(Sighting),
    /// A template may be sent from now on, or may not.
    Template(Notice),
    /// Nothing of these.
    Nothing,
}

/// The customer wrote or called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inbound {
    pub(super) pairs: Vec<Pair>,
    /// Unix seconds, as the provider says.
    pub(super) at: i64,
}

/// A business number and an identifier of somebody: whom a window is open between.
pub(super) type Pair = (Mark, Mark);

/// Something about a message of the business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    /// The provider's id of the message.
    pub(super) message: Mark,
    pub(super) number: Mark,
    /// Who it went to, by each identifier but the user name, which changes hands.
    pub(super) parties: Vec<Mark>,
    /// Unix seconds, as the provider says.
    pub(super) at: i64,
    /// Whether that is when it was sent; else only that it was sent by then.
    pub(super) sent_then: bool,
    pub(super) how: How,
    pub(super) price: Option<Price>,
    /// Until when the provider lets everything through to this person.
    pub(super) free_until: Option<i64>,
    pub(super) template: Option<Used>,
    /// The provider did not deliver it, and why.
    pub(super) refused: Option<u32>,
}

/// How a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// Through the API, or nobody knows.
    Api,
    /// Through the API by another application, and its words are known: no template.
    ApiPlain,
    /// In the business app: the window does not bind it.
    Typed,
}

/// How the provider priced a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Price {
    /// As a template of this category.
    Template(Priced),
    /// As an answer within the window.
    Service,
    /// As part of a conversation that an advertisement opened: everything is let through.
    FreeEntry,
    /// By a word that this build does not know.
    Other,
}

/// The categories that templates are priced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priced {
    Marketing,
    Utility,
    Authentication,
}

/// What the provider says of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) used: Used,
    pub(super) state: TemplateState,
    pub(super) at: i64,
}

/// Reads a record. `note` is what the name of a template stands behind in the sender's own
/// note, where it stands there.
pub(super) fn read(record: &Record, note: &str) -> Told {
    match (record.class, record.direction) {
        (Class::Message | Class::Unrecognised | Class::Call, Some(Direction::Inbound)) => {
            inbound(record).map_or(Told::Nothing, Told::Inbound)
        }
        (Class::Message, Some(Direction::Outbound)) => {
            outbound(record).map_or(Told::Nothing, Told::Sent)
        }
        (Class::Status, _) => status(record, note).map_or(Told::Nothing, Told::Sent),
        (Class::Account, _) => notice(record).map_or(Told::Nothing, Told::Template),
        (
            Class::Message
            | Class::Unrecognised
            | Class::Call
            | Class::Access
            | Class::Consent
            | Class::Contact
            | Class::Delivery
            | Class::Governance
            | Class::Medium,
            _,
        ) => Told::Nothing,
    }
}

/// What a customer said to the business alone. The past of a number that joined opens no
/// window: it was said before there was one.
fn inbound(record: &Record) -> Option<Inbound> {
    if record.group_id.is_some() || record.origin == Origin::History {
        return None;
    }
    let number = number_of(record)?;
    let parties = identifiers(record.from.as_ref()?);
    let pairs: Vec<Pair> = parties.into_iter().map(|party| (number, party)).collect();
    Some(Inbound { at: record.at.filter(|_| !pairs.is_empty())?, pairs })
}

/// A message whose words are known: typed in the app, of the past, or of another
/// application. Taking back and correcting are no messages of their own.
fn outbound(record: &Record) -> Option<Sighting> {
    if matches!(record.body.kind.as_str(), "edit" | "revoke") {
        return None;
    }
    let template = sent_template(record);
    let how = match (record.origin, &template) {
        (Origin::Echo | Origin::History, _) => How::Typed,
        (Origin::Live | Origin::Standby, None) => How::ApiPlain,
        (Origin::Live | Origin::Standby, Some(_)) => How::Api,
    };
    let message = Mark::of(record.provider_id.as_deref()?);
    Some(Sighting { how, template, sent_then: true, ..sighting(record, message)? })
}

/// What became of a message.
fn status(record: &Record, note: &str) -> Option<Sighting> {
    let about = record.body.relation.as_ref().filter(|it| it.kind == RelationKind::Reports)?;
    let said: Status = serde_json::from_str(record.raw.get()).ok()?;
    let kind = record.body.kind.as_str();
    let seen = sighting(record, Mark::of(&about.provider_id))?;
    Some(Sighting {
        sent_then: matches!(kind, "sent" | "failed"),
        price: said.price(),
        free_until: said.free_until(),
        template: said.template(record.account.as_deref(), note),
        refused: (kind == "failed").then(|| said.error()),
        ..seen
    })
}

/// What all sightings have.
fn sighting(record: &Record, message: Mark) -> Option<Sighting> {
    // In a group nobody is written to alone.
    if record.group_id.is_some() {
        return None;
    }
    Some(Sighting {
        message,
        number: number_of(record)?,
        parties: identifiers(record.to.as_ref()?),
        at: record.at?,
        sent_then: false,
        how: How::Api,
        price: None,
        free_until: None,
        template: None,
        refused: None,
    })
    .filter(|seen| !seen.parties.is_empty())
}

/// Of a status, what it says beside the word.
#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    pricing: Value,
    #[serde(default)]
    conversation: Value,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    biz_opaque_callback_data: Value,
}

impl Status {
    fn price(&self) -> Option<Price> {
        let free = self.pricing.get("type").and_then(Value::as_str) == Some("free_entry_point");
        let word = self.pricing.get("category").and_then(Value::as_str);
        let price = word.map(|word| match TemplateCategory::of_provider(word) {
            Some(TemplateCategory::Marketing) => Price::Template(Priced::Marketing),
            Some(TemplateCategory::Utility) => Price::Template(Priced::Utility),
            Some(TemplateCategory::Authentication) => Price::Template(Priced::Authentication),
            Some(TemplateCategory::Service) => Price::Service,
            None if word.eq_ignore_ascii_case("referral_conversion") => Price::FreeEntry,
            None => Price::Other,
        });
        match price {
            // Free of charge, but a template all the same: consent is asked for.
            Some(Price::Template(_)) => price,
            _ if free => Some(Price::FreeEntry),
            _ => price,
        }
    }

    fn free_until(&self) -> Option<i64> {
        let origin = self.conversation.get("origin")?.get("type")?.as_str()?;
        let until = self.conversation.get("expiration_timestamp")?;
        let until = until.as_i64().or_else(|| until.as_str()?.parse().ok());
        until.filter(|_| origin == "referral_conversion")
    }

    /// The first error's code; 0 where it says none.
    fn error(&self) -> u32 {
        let code = self.errors.get(0).and_then(|error| error.get("code")?.as_u64());
        code.and_then(|code| code.try_into().ok()).unwrap_or(0)
    }

    /// The template that the sender noted: `template=NAME`, or `template=NAME:LANGUAGE`.
    fn template(&self, account: Option<&str>, note: &str) -> Option<Used> {
        let noted = self.biz_opaque_callback_data.as_str().filter(|_| !note.is_empty())?;
        let (_, behind) = noted.split_once(note)?;
        let fits = |c: char| c.is_alphanumeric() || "_-:".contains(c);
        let end = behind.find(|c| !fits(c)).unwrap_or(behind.len());
        let word = behind.get(..end).filter(|word| !word.is_empty())?;
        let (name, language) = word.split_once(':').unwrap_or((word, ""));
        Used::of(account?, name, language)
    }
}

/// The template of a message whose words are known.
fn sent_template(record: &Record) -> Option<Used> {
    #[derive(Deserialize)]
    struct Message {
        #[serde(default)]
        message: Value,
        #[serde(default)]
        template: Value,
    }
    if record.body.kind != "template" {
        return None;
    }
    let Message { message, template } = serde_json::from_str(record.raw.get()).ok()?;
    let template = message.get("template").unwrap_or(&template);
    let language = template.get("language").map(|it| it.get("code").unwrap_or(it));
    let language = language.and_then(Value::as_str).unwrap_or_default();
    let name = template.get("name").and_then(Value::as_str).unwrap_or_default();
    // A template all the same, where its name is not told.
    let account = record.account.as_deref().unwrap_or_default();
    Some(Used::of(account, name, language).unwrap_or(Used::UNNAMED))
}

fn notice(record: &Record) -> Option<Notice> {
    #[derive(Deserialize)]
    struct Update {
        event: String,
        message_template_name: String,
        #[serde(default)]
        message_template_language: Option<String>,
    }
    if record.field != "message_template_status_update" {
        return None;
    }
    let update: Update = serde_json::from_str(record.raw.get()).ok()?;
    let language = update.message_template_language.unwrap_or_default();
    Some(Notice {
        used: Used::of(record.account.as_deref()?, &update.message_template_name, &language)?,
        state: TemplateState::of_provider(&update.event)?,
        at: record.at?,
    })
}

fn number_of(record: &Record) -> Option<Mark> {
    record.number_id.as_deref().or(record.number.as_deref()).map(Mark::of)
}

/// What identifies a party for good.
pub(super) fn identifiers(party: &Party) -> Vec<Mark> {
    let all = [&party.phone, &party.user_id, &party.parent_user_id].into_iter().flatten();
    all.filter(|name| !name.trim().is_empty()).map(|name| Mark::of(name)).collect()
}

#[cfg(test)]
mod tests;
